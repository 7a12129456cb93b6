"""Paging: how a collection continues, read from what an operation says, takes and returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from codegen.ir import ListOf, ModelIR, PagingIR, ParameterIR, Ref, ResponseIR, Scalar, Type, UnionOf
from codegen.ir.walk import bare
from codegen.read.schema.types import STRING
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node

_ODATA_LINKS: Final = ("@odata.nextLink", "@nextLink", "odata.nextLink")
_LINKS: Final = (*_ODATA_LINKS, "nextLink", "next_link")
_COUNTS: Final = ("@odata.count", "@count", "odata.count")
_KINDS: Final = ("odata", "next_link", "offset", "cursor", "page")
_OFF: Final = ("none", "off", False)


class PagingReader:
    """Recognises paging. The models of the responses must have their fields."""

    def __init__(self, models: dict[str, ModelIR], findings: Findings) -> None:
        self._models = models
        self._findings = findings

    def read(
        self,
        said: Node | None,
        pageable: Node | None,
        http_method: str,
        parameters: Iterable[ParameterIR],
        responses: Iterable[ResponseIR],
    ) -> PagingIR | None:
        """The paging of one operation. said: the spec's `paging`; pageable: Microsoft's `x-ms-pageable`."""
        listed = list(parameters)
        paging = self._paging(said, pageable, http_method, listed, responses)
        if paging is not None:
            self._as_numbers(paging, listed)
        return paging

    def _paging(
        self,
        said: Node | None,
        pageable: Node | None,
        http_method: str,
        parameters: Iterable[ParameterIR],
        responses: Iterable[ResponseIR],
    ) -> PagingIR | None:
        # Errors of a collection are not paged.
        response = success(responses)
        if response is None or response.kind not in ("json", "any") or response.type is None:
            self._check_unpageable(said)
            return None
        query = {p.wire.lower(): p.wire for p in parameters if p.location == "query"}
        # What a person decided comes first, then the vendor's own extension, then what the shape
        # suggests.
        if said is not None and said.value is not None:
            return None if said.value in _OFF else self._said(said, response.type, query)
        if pageable is not None and pageable.is_object:
            return self._pageable(pageable, response.type, query)
        # A pager repeats its request for each page, which only a safe method allows without being
        # asked.
        return self._recognised(response.type, query) if http_method == "GET" else None

    @staticmethod
    def _as_numbers(paging: PagingIR, parameters: Iterable[ParameterIR]) -> None:
        """Let the pager count in a parameter that the document types as text: its wire form is the same."""
        for parameter in parameters:
            # Postman documents everything in a query as text.
            if parameter.wire in (paging.skip, paging.top) and bare(parameter.type) == STRING:
                parameter.type = UnionOf((Scalar("integer"), STRING))

    def _check_unpageable(self, said: Node | None) -> None:
        if said is not None and said.value is not None and said.value not in _OFF:
            self._findings.problem(said, "`paging` needs an operation with a JSON response")

    def _said(self, said: Node, response: Type, query: dict[str, str]) -> PagingIR | None:
        kind = said.text("kind", "odata") if said.is_object else said.value
        if kind not in _KINDS:
            self._findings.problem(said, f"`paging` must be none or one of {', '.join(_KINDS)}")
            return None
        rows = said.text("rows", "value")
        links, counts = _texts(said.get("next_link")), _texts(said.get("count"))
        odata = kind == "odata"
        return PagingIR(
            kind=kind,
            rows=rows,
            row_type=self._row(response, rows),
            next_link=links or (("@odata.nextLink", "@nextLink") if odata else ()),
            count=counts or (("@odata.count", "@count") if odata else ()),
            skip_token=said.text("skip_token") or _first(query, "$skiptoken", "skiptoken"),
            skip=said.text("skip") or _first(query, "$skip", "skip", *(() if odata else ("offset",))),
            top=said.text("top") or _first(query, "$top", "top", *(() if odata else ("limit",))),
        )

    def _pageable(self, pageable: Node, response: Type, query: dict[str, str]) -> PagingIR | None:
        link, rows = pageable.text("nextLinkName"), pageable.text("itemName", "value")
        # `nextLinkName: null` means that the operation returns a list in one piece (x-ms-pageable).
        if not link:
            return None
        return PagingIR(
            kind="next_link",
            rows=rows,
            row_type=self._row(response, rows),
            next_link=(link,),
            count=(),
            skip_token=_first(query, "$skiptoken"),
            skip=_first(query, "$skip"),
            top=_first(query, "$top"),
        )

    def _recognised(self, response: Type, query: dict[str, str]) -> PagingIR | None:
        """OData by its response's keys, or by its options together with a `value` list."""
        model = self._model(response)
        wires = {f.wire: f.type for f in model.fields} if model else {}
        listed = bare(wires["value"]) if "value" in wires else None
        if not isinstance(listed, ListOf):
            return None
        links = tuple(k for k in _LINKS if k in wires)
        options = "$skip" in query or "$skiptoken" in query
        # A list called `value` alone is no proof: many envelopes have one. A wrong guess would ask for
        # pages that do not exist.
        if not links and not ("$top" in query and options):
            return None
        return PagingIR(
            kind="odata" if options or set(links) & set(_ODATA_LINKS) or not links else "next_link",
            row_type=listed.item,
            # IDI's APIs use both spellings of the keys, and documents often omit the link because the last
            # page has none.
            next_link=links or ("@odata.nextLink", "@nextLink"),
            count=tuple(k for k in _COUNTS if k in wires) or ("@odata.count", "@count"),
            skip_token=_first(query, "$skiptoken"),
            skip=_first(query, "$skip"),
            top=_first(query, "$top"),
        )

    def _row(self, response: Type, rows: str) -> Type:
        """The row type: of the named list, of a bare list, or the object itself where there is no list."""
        held = bare(response)
        if isinstance(held, ListOf):
            return held.item
        model = self._model(held)
        for member in model.fields if model else ():
            listed = bare(member.type)
            if member.wire == rows and isinstance(listed, ListOf):
                return listed.item
        return held

    def _model(self, response: Type) -> ModelIR | None:
        held = bare(response)
        return self._models.get(held.name) if isinstance(held, Ref) else None


def success(responses: Iterable[ResponseIR]) -> ResponseIR | None:
    """The response that a call returns: the lowest 2xx with content, else the lowest 2xx, else `default`."""
    listed = list(responses)
    # A 201 with a body before a 200 without one: the caller wants the content.
    good = sorted((a for a in listed if a.status.startswith("2")), key=lambda a: (a.type is None, a.status))
    return good[0] if good else next((a for a in listed if a.status == "default"), None)


def _first(query: dict[str, str], *names: str) -> str | None:
    return next((query[name] for name in names if name in query), None)


def _texts(node: Node) -> tuple[str, ...]:
    if isinstance(node.value, str):
        return (node.value,)
    return tuple(n.value for n in node.each() if isinstance(n.value, str))
