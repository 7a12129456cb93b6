"""What responses hold that the spec does not: counted per operation, read as a report.

Off means no recorder and no cost. On, a sample of the responses is compared with the models as plain JSON:
the first `EAGER` responses of each operation, then every `STRIDE`th, and of each page at most `ROWS` rows,
evenly spread. A response with a value that its field could not hold is always compared, with all of its rows
up to `MOST_ROWS`.
So counts are of what was looked at (`compared`, `objects`), and something very rare may be missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from trunkline._codec.annotations import NoneType, is_model, model_fields, resolve_in_module
from trunkline._codec.drift_compare import Difference, Finder, json_type, shape, shown_name, type_text
from trunkline._codec.exact_json import MISFIT_ERRORS, loads_exact
from trunkline.operation import Operation, Paging

EAGER: Final = 16
STRIDE: Final = 512
ROWS: Final = 32
MOST_ROWS: Final = 5_000
"""Rows that are compared of a response that is compared whole; more would cost seconds for a report."""
MOST_SHOWN: Final = 20
"""Names of unknown fields below one place, and values of one enum, that the report shows."""
_MAX_KINDS: Final = 500


@attrs.define
class _Entry:
    """One line of the report. types: JSON type → how often. values: of an enum, in order of appearance."""

    count: int
    example: str
    expected: str
    types: dict[str, int]
    values: list[str]


@attrs.define
class _Counts:
    """What was seen of one operation. found: (kind, path) → entry."""

    seen: int = 0
    compared: int = 0
    objects: int = 0
    found: dict[tuple[str, str], _Entry] = attrs.field(factory=dict)
    present: dict[str, int] = attrs.field(factory=dict)
    parents: dict[str, str] = attrs.field(factory=dict)
    names: dict[str, set[str]] = attrs.field(factory=dict)

    def add(self, one: Difference) -> None:
        if one.kind == "object":
            self.objects += 1
            self.present[one.path] = self.present.get(one.path, 0) + 1
            return
        path = self._path(one)
        if one.kind == "missing field":
            self.parents[path] = one.parent
        entry = self.found.get((one.kind, path))
        if entry is None:
            # Keys of a map that the vendor made from data would otherwise each become
            # a line of the report.
            if len(self.found) >= _MAX_KINDS:
                return
            entry = self.found[one.kind, path] = _Entry(0, one.example, one.expected, {}, [])
        entry.count += 1
        if one.type:
            entry.types[one.type] = entry.types.get(one.type, 0) + 1
        if one.value is not None and one.value not in entry.values and len(entry.values) < MOST_SHOWN:
            entry.values.append(one.value)

    def _path(self, one: Difference) -> str:
        """The place; beyond `MOST_SHOWN` unknown names below one place, all further ones are one line."""
        if one.kind != "unknown field":
            return one.path
        names = self.names.setdefault(one.parent, set())
        if one.path not in names and len(names) >= MOST_SHOWN:
            return f"{one.parent}.*"
        names.add(one.path)
        return one.path


class DriftRecorder:
    """Compares responses with the spec and keeps counts, one recorder per client."""

    def __init__(self) -> None:
        self._operations: dict[str, _Counts] = {}

    def report(self) -> dict[str, Any]:
        """What differed, as plain JSON: names, types, counts and places, no values but those of enums.

            {"device.get": {            operation id
                "seen": 1200,           responses of it
                "compared": 40,         of these, compared with the spec
                "objects": 52,          objects in them, nested ones included
                "differences": [{
                    "kind": "other type",
                    "path": "$.value[].isEsim",
                    "count": 40,
                    "example": "text of 1: a",
                    "expected": "bool",
                    "types": {"string": 40},
                    "values": []}]}}

        kind: "unknown field", "missing field", "other type", "new enum value" or "paging key".
        path: from the response's root; `[]` is any item of a list, `.*` any key of a map, or the unknown
            fields beyond the first 20 below one place.
        example: the first one's shape: type and length, digits as 9 and letters as a; of a sensitive field
            the type alone, of a missing field "required" or "optional".
        expected: the type that the spec gives, as Python writes it; "" where it knows no such field.
        types: JSON types that came (string, integer, number, boolean, array, object, null) and how often.
        values: up to 20 unknown values of an enum; a shape where the field is sensitive or the value looks
            like a person's number. Field names are masked in the same way.
        A field counts as missing once it was absent from every object compared.
        """
        return {
            name: {
                "seen": counts.seen,
                "compared": counts.compared,
                "objects": counts.objects,
                "differences": _differences(counts),
            }
            for name, counts in sorted(self._operations.items())
        }

    def observe(
        self,
        op: Operation[Any],
        data: bytes,
        tp: Any,
        paging: Paging | None = None,
        *,
        surprising: bool = False,
        whole: bool = False,
    ) -> None:
        """Compare a response that was decoded as `tp`, or as a page of `tp`, if its turn has come.

        surprising: it has come, since the fast path refused the response. whole: all rows, since one is odd.
        """
        counts = self._operations.get(op.id) or self._operations.setdefault(op.id, _Counts())
        counts.seen += 1
        # A comparison reads the response a second time, so most responses are only counted.
        if not (surprising or whole or counts.seen <= EAGER or counts.seen % STRIDE == 0):
            return
        try:
            body = loads_exact(data)
        except MISFIT_ERRORS:
            return  # the decoder has raised for it
        counts.compared += 1
        most = MOST_ROWS if whole else ROWS
        finder = Finder(most)
        places = [("$", body)] if paging is None else _rows(body, paging, _page_keys(op), counts, most)
        for path, row in places:
            for difference in finder.compare(path, tp, row):
                counts.add(difference)

    def observe_undocumented(self, op: Operation[Any], tp: Any, data: bytes) -> None:
        """Count a success whose body is not the JSON that is documented; empty: none came."""
        try:
            if tp is not NoneType and loads_exact(data) is not None:
                return  # JSON of another shape was counted when it was decoded
        except MISFIT_ERRORS:
            pass
        counts = self._operations.get(op.id) or self._operations.setdefault(op.id, _Counts())
        counts.compared += 1
        counts.seen = max(counts.seen, counts.compared)  # the decoder may have counted it already
        example = shape(data.decode("utf-8", "replace")) if data else "nothing"
        expected = "nothing" if tp is NoneType else type_text(tp)
        counts.add(Difference("other type", "$", example, expected, "string" if data else "null"))


def _page_keys(op: Operation[Any]) -> frozenset[str]:
    """Keys that the spec gives the operation's page, beyond those that paging goes by."""
    model = resolve_in_module(op.response, op.namespace) if op.response else None
    return frozenset(field.wire for field in model_fields(model)) if is_model(model) else frozenset()


def _rows(
    body: Any, paging: Paging, documented: frozenset[str], counts: _Counts, most: int
) -> Iterator[tuple[str, Any]]:
    rows, place = body, "$[]"
    if isinstance(body, dict) and isinstance(body.get(paging.rows), list):
        known = {paging.rows, paging.next_link[0] if paging.next_link else "", *paging.count[:1]}
        for key in sorted(body.keys() - known - documented):
            counts.add(Difference("paging key", f"$.{shown_name(key)}", shape(body[key])))
        rows, place = body[paging.rows], f"$.{paging.rows}[]"
    elif isinstance(body, dict) and paging.rows in body:
        odd = body[paging.rows]
        if odd is not None:
            counts.add(Difference("other type", f"$.{paging.rows}", shape(odd), "list", json_type(odd)))
        rows = []
    elif isinstance(body, dict):
        counts.add(Difference("paging key", "$", "one object where a collection is documented"))
        rows, place = [body], "$"
    if isinstance(rows, list):
        yield from ((place, row) for row in spread(rows, most))


def spread(rows: Sequence[Any], most: int) -> Sequence[Any]:
    """At most so many of the rows, evenly spread."""
    # `-(-a // b)` rounds up, so that never more than `most` rows are taken.
    return rows[:: max(1, -(-len(rows) // most))]


def _differences(counts: _Counts) -> list[dict[str, Any]]:
    out = []
    for (kind, path), entry in sorted(counts.found.items()):
        if kind == "missing field" and entry.count < counts.present[counts.parents[path]]:
            continue
        out.append({"kind": kind, "path": path, **attrs.asdict(entry)})
    return out


__all__ = ["EAGER", "MOST_SHOWN", "ROWS", "STRIDE", "DriftRecorder"]
