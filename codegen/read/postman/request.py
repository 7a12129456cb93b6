"""One Postman request into an `OperationIR`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from codegen.ir import (
    BodyIR,
    FieldIR,
    ListOf,
    ModelIR,
    OperationIR,
    ParameterIR,
    Provenance,
    Ref,
    Scalar,
    Type,
    UnionOf,
)
from codegen.read.operation.names import NameWish
from codegen.read.operation.overlay import Overlay, told
from codegen.read.operation.parameters import PLACEHOLDER, name_parameters, unsendable
from codegen.read.operation.words import Words, idempotency_of
from codegen.read.postman.auth import PostmanAuth
from codegen.read.postman.body import RawPostmanBody, read_body, saved
from codegen.read.postman.examples import Shape, shape_of
from codegen.read.postman.responses import ResponseReader
from codegen.read.postman.shapes import ShapeReader
from codegen.read.postman.url import VARIABLE, Entry, Url, described, entries_of, note_nameless
from codegen.read.schema.facts import facts_of, provenance_of
from codegen.read.schema.names import FIELD_RESERVED, pascal_case, unique_names
from codegen.read.schema.reader import SchemaReader
from codegen.read.schema.types import ANY, STRING
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node

OWN_HEADERS: Final = frozenset(
    {"accept", "content-type", "authorization", "content-length", "host", "postman-token", "accept-encoding"}
)
_FILE: Final = Scalar("file")
# Postman has no field for it. Authors write "(required)" or "Required. …" into the description;
# elsewhere in a sentence the word means something else.
_REQUIRED: Final = re.compile(r"[\[(]\s*required\s*[\])]|^\s*required\b", re.IGNORECASE)


class RequestReader:
    """Reads the requests of one collection."""

    def __init__(
        self,
        schemas: SchemaReader,
        shapes: ShapeReader,
        overlay: Overlay,
        auth: PostmanAuth,
        findings: Findings,
    ) -> None:
        self._schemas = schemas
        self._shapes = shapes
        self._overlay = overlay
        self._auth = auth
        self._findings = findings
        self._body_fields: dict[str, Node] = {}
        self._responses = ResponseReader(shapes, overlay, findings)

    def read(
        self, item: Node, request: Node, url: Url, http_method: str, name: NameWish, words: Words
    ) -> OperationIR:
        """One request. `auth` of the result is only what an Authorization header implies."""
        told_ = self._overlay.request(item.text("name"))
        hint = pascal_case(name.operation_id) if name.operation_id else pascal_case(name.method)
        headers = entries_of(request.get("header")) or entries_of(request.get("headers"))
        responses = self._responses.read(item, told_, hint)
        body = request.get("body")
        lists = (request.get("url").get("query"), request.get("header"), body.get(body.text("mode")))
        note_nameless(self._findings, *lists)
        return OperationIR(
            resource=name.resource,
            method=name.method,
            operation_id=name.operation_id or f"{'.'.join(name.resource)}.{name.method}",
            title=told_.text("title") or item.text("name"),
            description=told_.text("description") or described(request) or described(item),
            http_method=http_method,
            path=url.path,
            parameters=self._parameters(url, headers, item, told_),
            body=self._body(request, item, told_, hint, http_method),
            responses=responses,
            bulk=words.bulk,
            idempotency=words.idempotency or idempotency_of(http_method),
            filterable=words.filterable,
            sortable=words.sortable,
            patchable=words.patchable,
            revisions=words.revisions,
            auth=self._implied_auth(headers),
            since=words.since,
            route_provenance=words.provenance.get("route", "documented"),
            request_provenance=words.provenance.get("request", "documented"),
            response_provenance=words.provenance.get("response", "documented"),
            place=item.place,
        )

    def finish(self) -> None:
        """Build the models that the overlay names, now that all examples are known."""
        self._shapes.build_named(self._body_fields)
        self._schemas.finish()

    # -- parameters ------------------------------------------------------------------------------

    def _parameters(self, url: Url, headers: Iterable[Entry], item: Node, told_: Node) -> list[ParameterIR]:
        found = []
        for wire in dict.fromkeys(PLACEHOLDER.findall(url.path)):
            # Only `:name` segments have an entry; a `{{variable}}` in the path has none.
            entry = url.variables.get(wire) or Entry(key=wire, value=None, node=item)
            found.append(self._parameter(wire, [entry], "path", told_))
            found[-1].allow_reserved = wire in url.glued  # it may hold slashes of its own
        placed = {p.wire for p in found}
        for wire, entry in url.variables.items():
            if wire not in placed:
                # Left over from an earlier form of the URL.
                reason = f"the path holds no :{wire}; the variable is not in the package"
                self._findings.note(entry.node, "parameter", reason)
        for wire, entries in _grouped(url.query).items():
            found.append(self._parameter(wire, entries, "query", told_))
        for wire, entries in _grouped(headers).items():
            never = unsendable(wire, "header")
            # Postman stores the headers that it sent itself.
            if wire.lower() in OWN_HEADERS:
                self._note_own(wire, entries[0])
            elif never is not None:
                self._findings.gap(entries[0].node, "parameter", never, dropped=True)
            else:
                found.append(self._parameter(wire, entries, "header", told_))
        wires = {p.wire for p in found}
        for wire, said in told_.get("parameters").items():
            if wire not in wires:
                self._findings.problem(said, f"the request has no parameter {wire!r}; correct the name")
        name_parameters(found)
        return found

    def _note_own(self, wire: str, entry: Entry) -> None:
        """Note that the client sets a header itself, unless it only asks for JSON, as the client does."""
        if wire.lower() == "content-type" or "json" in (entry.value or "") or entry.value == "*/*":
            return
        self._findings.note(entry.node, "header", f"the client itself sets the header {wire}")

    def _parameter(self, wire: str, entries: list[Entry], location: str, told_: Node) -> ParameterIR:
        said = told_.get("parameters").get(wire)
        first = entries[0]
        facts = facts_of(told(said))
        hint = pascal_case(wire, fallback="Parameter")
        # What a person decided in the overlay wins; an example is a guess.
        type_: Type = self._shapes.told_type(said, hint, wire) if said.is_object else _value_type(entries)
        guessed = not said.is_object or type_ == ANY
        if type_ == ANY:
            type_ = _value_type(entries)
        description = facts.description or first.description
        required = location == "path" or bool(_REQUIRED.search(first.description) and not first.disabled)
        query = location in ("query", "cookie")
        return ParameterIR(
            name="",
            wire=wire,
            location=location,  # type: ignore[arg-type]
            type=type_,
            required=required or said.flag("required"),
            style=said.text("style") or ("form" if query else "simple"),
            # A key that occurs several times is how Postman shows a list.
            explode=said.flag("explode", query),
            default=facts.default,
            description=description,
            sensitive=facts.sensitive,
            provenance=provenance_of(told(said)) or (_provenance(type_) if guessed else "documented"),
            since=facts.since,
            place=first.node.place,
        )

    def _implied_auth(self, headers: Iterable[Entry]) -> tuple[str, ...] | None:
        for header in headers:
            if header.key.lower() == "authorization" and not header.disabled:
                return self._auth.implied(header.value or "", header.node)
        return None

    # -- body ------------------------------------------------------------------------------------

    def _body(self, request: Node, item: Node, told_: Node, hint: str, http_method: str) -> BodyIR | None:
        # A saved response keeps the request that led to it, with another body as a rule.
        examples = [n.get("originalRequest") for n in saved(item)]
        raw = read_body(request, examples, self._findings) if request.is_object else None
        said = told_.get("body")
        if raw is None:
            if said.is_object:
                self._findings.problem(
                    said, "the request has no body; remove this, or add one to the collection"
                )
            return None
        # By the overlay's model, the body is what its author says.
        patch = raw.is_json_patch(http_method) and not said.has("model")
        return BodyIR(
            media_type=raw.media_type,
            kind=raw.kind,
            type=ListOf(ANY) if patch else self._body_type(raw, said, hint),
            # The format has no word for it. A request that is saved with a body is taken to need it.
            required=said.flag("required", raw.kind != "none"),
            is_json_patch=patch,
            encoding=raw.encoding,
            description=said.text("description"),
            place=raw.node.place,
        )

    def _body_type(self, raw: RawPostmanBody, said: Node, hint: str) -> Type:
        if raw.kind == "text":
            return STRING
        if raw.kind == "binary":
            return Scalar("bytes")
        shape = shape_of(*raw.values) if raw.kind == "json" else Shape()
        if said.has("model"):
            name = said.text("model")
            fields = said.get("fields") if said.has("fields") else self._overlay.model(name).get("fields")
            if said.has("fields"):
                self._body_fields[name] = fields
            many = said.flag("many")
            # The overlay gives names and types; the examples still add keys that it does not mention.
            self._shapes.feed(name, (shape.item or Shape()) if many else shape, fields)
            model = self._shapes.model(name, said)
            return ListOf(model) if many else model
        if raw.entries:
            return self._form(raw, hint)
        return self._shapes.type_of(shape, f"{hint}Request", raw.node.place)

    def _form(self, raw: RawPostmanBody, hint: str) -> Type:
        name = self._schemas.class_name(f"{hint}Form")
        model = ModelIR(name=name, wire_name=name, place=raw.node.place)
        grouped = _grouped(raw.entries)
        for python, (wire, entries) in zip(
            unique_names(grouped, reserved=FIELD_RESERVED), grouped.items(), strict=True
        ):
            model.fields.append(
                FieldIR(
                    name=python,
                    wire=wire,
                    type=(type_ := _value_type(entries)),
                    required=bool(_REQUIRED.search(entries[0].description)) and not entries[0].disabled,
                    description=entries[0].description,
                    provenance=_provenance(type_),
                    place=entries[0].node.place,
                )
            )
        self._schemas.add_model(model)
        return Ref(name)


def _grouped(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries by key, an enabled one first."""
    found: dict[str, list[Entry]] = {}
    # The enabled entry is the one that was sent, so its description and value count first.
    for entry in sorted(entries, key=lambda e: e.disabled):
        found.setdefault(entry.key, []).append(entry)
    return found


def _value_type(entries: list[Entry]) -> Type:
    """The type of a value by its examples; a key that is enabled several times is a list."""
    enabled = [e for e in entries if not e.disabled]
    if any(e.kind == "file" for e in entries):
        # `src` lists the chosen files, which are several if the field takes several.
        files = sum(max(1, len(list(e.node.get("src").each()))) for e in enabled)
        return ListOf(_FILE) if files > 1 else _FILE
    types = {_guess(e.value) for e in entries}
    type_ = types.pop() if len(types) == 1 else STRING
    return ListOf(type_) if len(enabled) > 1 else type_


def _guess(value: str | None) -> Type:
    """The type of one example. A number may be given as text too, since other values may begin with a zero.

    Ten digits and more are telephone numbers and the like, which are texts.
    """
    text = value or ""
    if VARIABLE.search(text):
        return STRING
    # A leading zero is significant in codes and numbers of accounts.
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", text):
        return UnionOf((Scalar("integer"), STRING))
    if re.fullmatch(r"-?[0-9]{1,9}\.[0-9]+", text):
        return UnionOf((Scalar("number"), STRING))
    return Scalar("boolean") if text.lower() in ("true", "false") else STRING


def _provenance(type_: Type) -> Provenance:
    """Inferred, where the type is read from an example and not just the text on the wire."""
    return "documented" if type_ in (STRING, _FILE, ListOf(STRING), ListOf(_FILE)) else "inferred"
