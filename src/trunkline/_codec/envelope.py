"""The envelope of a collection's rows: links, count, and undocumented keys.

Collections answer as `{"value": […]}` with or without links and a count in any order, as a bare list, or as
one object, which is then one row (specs/README.md).
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
    """One page of a collection. next_link: opaque, as sent. extra: keys that paging does not know."""

    rows: list[Any]
    count: int | None = None
    next_link: str | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict)


class Envelope:
    """Reads one operation's envelopes; learns their unknown keys, as a struct does."""

    def __init__(self, paging: Paging) -> None:
        self.paging = paging
        self._known = (paging.rows, *paging.next_link, *paging.count)
        self._learned: list[str] = []

    def learn(self, names: Iterable[str]) -> bool:
        """Take unknown keys into the fast way; True if that changes anything."""
        new = [name for name in names if name not in self._learned and can_be_renamed_to(name)]
        self._learned += new[: MAX_LEARNED - len(self._learned)]
        return bool(new)

    def reader(self, rows_type: Any, step: Callable[[Any], Any] | None) -> Callable[[bytes], PageParts]:
        """The fast way: the type of the list of structs, and the step from it to the rows."""
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
                rows=rows if step is None else step(rows),
                next_link=_first(rest[:links]) or None,
                count=_first(rest[links : links + counts]),
                extra=_present(zip(self._learned, rest[links + counts :], strict=False)),
            )

        return read

    def split(self, body: Any) -> tuple[PageParts | None, Any]:
        """The careful way: the envelope without rows, and the rows; (None, body) if it is no envelope."""
        if not isinstance(body, dict):
            raise MisfitError("a collection")
        rows = body.get(self.paging.rows, [])
        enveloped = self.paging.rows in body if isinstance(rows, list) else rows is None
        if not enveloped and (set(body) - set(self._known) or self.paging.rows in body):
            return None, body
        extra = {key: value for key, value in body.items() if key not in self._known}
        count = _first(_blank_to_none(body.get(key)) for key in self.paging.count)
        parts = PageParts(rows=[], next_link=self._link(body), extra=extra)
        try:
            parts.count = None if count is None else to_int(count)
        except MisfitError:
            # A count is a courtesy: the rows are worth more, and the walk ends by its links.
            extra |= {key: body[key] for key in self.paging.count if body.get(key) is not None}
        return parts, rows or []

    def is_row(self, row: Any, body: Mapping[str, Any]) -> bool:
        """Whether an object that is no envelope can be one row: it has a field of the row's model."""
        return not is_model(row) or any(field.wire in body for field in model_fields(row))

    def _link(self, body: Mapping[str, Any]) -> str | None:
        for key in self.paging.next_link:
            link = body.get(key)
            if link is not None and (not isinstance(link, str) or len(link) > _MAX_LINK):
                raise MisfitError("a link", (f".{key}",))
            if link:
                return str(link)
        return None


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None and value != ""), None)


def _blank_to_none(value: Any) -> Any:
    return None if value == "" else value


def _present(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in pairs if value is not UNSET}
