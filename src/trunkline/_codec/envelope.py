"""The envelope of a collection's rows: links, count, and undocumented keys.

Collections respond as `{"value": […]}` with or without links and a count in any order, as a bare list, or as
one object, which is then one row (specs/README.md). A key of the envelope that holds another type than its
own costs no row: it stays in `extra` as it came, and a link that cannot be followed is an error after the
page, when the next one is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs
import msgspec

from trunkline._codec.annotations import is_model, model_fields
from trunkline._codec.coercion import MisfitError, to_int
from trunkline._codec.exact_json import decoder
from trunkline._codec.learned import MAX_LEARNED, can_be_renamed_to
from trunkline.model import UNSET
from trunkline.operation import Paging

_MAX_LINK: Final = 65_536


@attrs.define(kw_only=True)
class PageParts:
    """One page of a collection.

    next_link: opaque, as sent. odd_link: there is one that is not a text, so that the next page cannot be
        found.
    extra: keys that paging does not know, and those whose value is of another type.
    deep: values that were nested too deeply to be read, and are their JSON text.
    """

    rows: list[Any]
    count: int | None = None
    next_link: str | None = None
    odd_link: bool = False
    extra: Mapping[str, Any] = attrs.field(factory=dict)
    deep: int = 0


class Envelope:
    """Reads one operation's envelopes; learns their unknown keys, as a struct does.

    is_cut: whether large pages may be cut between rows, until one turns out to hold more than cuts allow for.
    """

    def __init__(self, paging: Paging) -> None:
        self.paging = paging
        self.is_cut = True
        self._known = (paging.rows, *paging.next_link, *paging.count)
        self._learned: list[str] = []

    def learn(self, names: Iterable[str]) -> bool:
        """Take unknown keys into the fast path; True if that changes anything."""
        taken = {*self._known, *self._learned}
        new = [name for name in names if name not in taken and can_be_renamed_to(name)]
        self._learned += new[: MAX_LEARNED - len(self._learned)]
        return bool(new)

    def reader(self, rows_type: Any) -> Callable[[bytes], PageParts]:
        """The fast path: a page with its rows as structs, of which `rows_type` is a list."""
        # Fields are taken by position: the link and count keys come in several spellings, and each
        # becomes one field of the struct.
        links, counts = len(self.paging.next_link), len(self.paging.count)
        wires = [*self._known, *self._learned]
        types = [rows_type, *[str | None] * links, *[int | None] * counts, *[Any] * len(self._learned)]
        defaults: list[Any] = [[], *[None] * (links + counts), *[UNSET] * len(self._learned)]
        fields = [(f"f{index}", *spec) for index, spec in enumerate(zip(types, defaults, strict=True))]
        rename = {f"f{index}": wire for index, wire in enumerate(wires)}
        struct = msgspec.defstruct(
            "EnvelopeStruct", fields, rename=rename, forbid_unknown_fields=True, gc=False
        )
        decode, take = decoder(struct), msgspec.structs.astuple

        def read(data: bytes) -> PageParts:
            rows, *rest = take(decode(data))
            return PageParts(
                rows=rows,
                next_link=_first(rest[:links]) or None,
                count=_first(rest[links : links + counts]),
                extra=_present(zip(self._learned, rest[links + counts :], strict=False)),
            )

        return read

    def split(self, body: Any, row: Any, *, strict: bool) -> tuple[PageParts | None, Any]:
        """The slow path: the envelope without rows, and the rows; (None, body) if it is not an envelope.

        row: the type of a row. strict: a key of another type is an error.
        """
        if not isinstance(body, dict):
            raise MisfitError("a collection")
        key = self.paging.rows
        came = body.get(key, [])
        rows = came if strict or isinstance(came, list) else self._as_list(came, row)
        enveloped = key in body if isinstance(rows, list) else rows is None
        if not enveloped and (set(body) - set(self._known) or key in body):
            return None, body
        extra = {name: value for name, value in body.items() if name not in self._known}
        if rows is not came:
            extra[key] = came
        parts = PageParts(rows=[], extra=extra)
        self._continue(parts, body, extra, strict=strict)
        count = _first(_blank_to_none(body.get(name)) for name in self.paging.count)
        try:
            parts.count = None if count is None else to_int(count)
        except MisfitError:
            # A count is a courtesy: the rows are worth more, and the walk ends by its links.
            extra |= {name: body[name] for name in self.paging.count if body.get(name) is not None}
        return parts, rows or []

    def _as_list(self, came: Any, row: Any) -> Any:
        """What came in place of the list of rows as one, where that loses nothing; else as it came.

        PHP writes an empty list as {}, "" or false and one with gaps as an object of numbers; converters from
        XML write a list of one as the one.
        """
        if came is None:
            return None
        if not came:
            return []
        if isinstance(came, dict) and all(key.isdecimal() for key in came):
            return list(came.values())
        if isinstance(came, dict) and is_model(row) and self.is_row(row, came):
            return [came]
        return came

    def is_row(self, row: Any, body: Mapping[str, Any]) -> bool:
        """Whether an object that is not an envelope can be one row: it has a field of the row's model."""
        return not is_model(row) or any(field.wire in body for field in model_fields(row))

    def _continue(
        self, parts: PageParts, body: Mapping[str, Any], extra: dict[str, Any], *, strict: bool
    ) -> None:
        """Find the link to the next page. What is empty in any type is none, as null is."""
        for key in self.paging.next_link:
            link = body.get(key)
            # A longer text is not a URL that any server would take.
            if isinstance(link, str) and len(link) <= _MAX_LINK:
                parts.next_link = parts.next_link or link or None
            elif link is not None:
                if strict:
                    raise MisfitError("a link", (f".{key}",))
                extra[key] = link
                parts.odd_link = parts.odd_link or bool(link)
        parts.odd_link = parts.odd_link and parts.next_link is None


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None and value != ""), None)


def _blank_to_none(value: Any) -> Any:
    return None if value == "" else value


def _present(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in pairs if value is not UNSET}
