"""What answers hold that the spec does not say: counted per operation, read as a report.

Off means no recorder and no cost. On, a sample of the answers is compared with the models as plain JSON,
beside the decoding: the first `EAGER` answers of each operation, then every `STRIDE`th, and of each page at
most `ROWS` rows, evenly spread. Answers that the careful way had to read are always compared. So counts are
of what was looked at (`answers`, `objects`), and something very rare may be missed.

Examples show the shape alone: type and length, digits as 9 and letters as a, and never of a sensitive field.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, get_args

import attrs
import msgspec

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
)
from trunkline._codec.coercion import DATE_FORMATS
from trunkline._codec.struct_decoders import loads_exact
from trunkline.operation import Operation, Paging

EAGER: Final = 16
STRIDE: Final = 512
ROWS: Final = 32
_MAX_DEPTH: Final = 8
_MAX_KINDS: Final = 500
_SHOWN: Final = 24


@attrs.define
class _Counts:
    """What was seen of one operation. found: (kind, path) -> [count, example]."""

    seen: int = 0
    answers: int = 0
    objects: int = 0
    found: dict[tuple[str, str], list[Any]] = attrs.field(factory=dict)
    present: dict[str, int] = attrs.field(factory=dict)
    parents: dict[str, str] = attrs.field(factory=dict)

    def add(self, kind: str, path: str, example: str) -> None:
        entry = self.found.get((kind, path))
        if entry is not None:
            entry[0] += 1
        elif len(self.found) < _MAX_KINDS:
            self.found[kind, path] = [1, example]


class DriftRecorder:
    """Compares answers with the spec and keeps counts, one recorder per client."""

    def __init__(self) -> None:
        self._operations: dict[str, _Counts] = {}

    def report(self) -> dict[str, Any]:
        """Per operation id: how many answers and objects were compared, and what differed, as plain JSON.

        kind: "unknown field", "missing field", "other type", "new enum value" or "paging key".
        A field counts as missing once it was absent from every object compared.
        """
        return {
            name: {
                "seen": counts.seen,
                "compared": counts.answers,
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
    ) -> None:
        """Compare an answer that was decoded as `tp`, or as a page of `tp`, if its turn has come."""
        counts = self._operations.get(op.id) or self._operations.setdefault(op.id, _Counts())
        counts.seen += 1
        if not (surprising or counts.seen <= EAGER or counts.seen % STRIDE == 0):
            return
        try:
            body = loads_exact(data)
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            return  # the decoder has said so
        counts.answers += 1
        for path, row in [("$", body)] if paging is None else _rows(body, paging, counts):
            _compare(counts, path, tp, row, 0)


def _rows(body: Any, paging: Paging, counts: _Counts) -> Iterator[tuple[str, Any]]:
    rows, place = body, "$[]"
    if isinstance(body, dict) and isinstance(body.get(paging.rows), list):
        known = {paging.rows, paging.next_link[0] if paging.next_link else "", *paging.count[:1]}
        for key in body.keys() - known:
            counts.add("paging key", f"$.{_safe(key)}", _shape(body[key]))
        rows, place = body[paging.rows], f"$.{paging.rows}[]"
    elif isinstance(body, dict):
        counts.add("paging key", "$", "one object where a collection is documented")
        rows, place = [body], "$"
    if isinstance(rows, list):
        yield from ((place, row) for row in _spread(rows))


def _spread(rows: Sequence[Any]) -> Sequence[Any]:
    return rows[:: max(1, -(-len(rows) // ROWS))]


def _compare(counts: _Counts, path: str, tp: Any, value: Any, depth: int) -> None:
    options = [option for option in members(tp) if option is not NoneType]
    if value is None or Any in options or depth > _MAX_DEPTH:
        return
    models = [option for option in options if is_model(option)]
    if isinstance(value, dict) and len(models) == 1:
        _compare_model(counts, path, models[0], value, depth)
    elif isinstance(value, list) and any(origin(option) in (list, Sequence) for option in options):
        inner = next(option for option in options if origin(option) in (list, Sequence))
        for one in _spread(value):
            _compare(counts, f"{path}[]", (get_args(inner) or (Any,))[0], one, depth + 1)
    elif isinstance(value, dict) and any(origin(option) in (dict, Mapping) for option in options):
        inner = next(option for option in options if origin(option) in (dict, Mapping))
        for one in _spread(list(value.values())):
            _compare(counts, f"{path}.*", (get_args(inner) or (Any, Any))[1], one, depth + 1)
    elif not models or not isinstance(value, dict):
        _compare_scalar(counts, path, options, value)


def _compare_model(counts: _Counts, path: str, cls: Any, value: Mapping[str, Any], depth: int) -> None:
    counts.objects += 1
    counts.present[path] = counts.present.get(path, 0) + 1
    known = {field.wire: field for field in model_fields(cls)}
    for name in value.keys() - known.keys():
        counts.add("unknown field", f"{path}.{_safe(name)}", _shape(value[name]))
    for wire, field in known.items():
        if wire not in value:
            required = field.default is attrs.NOTHING
            counts.add("missing field", f"{path}.{wire}", "required" if required else "optional")
            counts.parents[f"{path}.{wire}"] = path
        elif field.sensitive:
            _compare_type(counts, f"{path}.{wire}", field, value[wire])
        elif field.format not in DATE_FORMATS:
            _compare(counts, f"{path}.{wire}", field.type, value[wire], depth + 1)


def _compare_type(counts: _Counts, path: str, field: ModelField, value: Any) -> None:
    """A sensitive field: its type may be told, its shape not."""
    if value is not None and not any(_is_of(value, option) for option in members(field.type)):
        counts.add("other type", path, type(value).__name__)


def _compare_scalar(counts: _Counts, path: str, options: Iterable[Any], value: Any) -> None:
    enums = [option for option in options if is_enum(option)]
    if not any(_is_of(value, option) for option in options):
        counts.add("other type", path, _shape(value))
    elif enums and not any(_is_known(value, option) for option in options):
        counts.add("new enum value", path, _shape(value))


def _is_of(value: Any, tp: Any) -> bool:
    if tp is Any:
        return True
    if isinstance(value, bool) or tp is bool:
        return tp is bool and isinstance(value, bool)
    if tp is int or (is_enum(tp) and issubclass(tp, int)):
        return isinstance(value, int)
    if tp in (float, Decimal):
        return isinstance(value, int | Decimal)
    if tp in (datetime.datetime, datetime.date):
        return isinstance(value, str) and value[4:5] == "-" and ("T" in value) == (tp is datetime.datetime)
    if isinstance(value, dict | list):
        shapes = (dict, Mapping) if isinstance(value, dict) else (list, Sequence)
        return origin(tp) in shapes or (isinstance(value, dict) and is_model(tp))
    return isinstance(value, str) and not is_model(tp) and origin(tp) not in (list, dict)


def _is_known(value: Any, tp: Any) -> bool:
    return value in tp._value2member_map_ if issubclass(tp, enum.Enum) else _is_of(value, tp)


def _shape(value: Any) -> str:
    """A value without its content: type, length, digits as 9, letters as a."""
    if isinstance(value, str):
        mask = "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in value[:_SHOWN])
        return f"text of {len(value)}: {mask}{'…' if len(value) > _SHOWN else ''}"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "bool"
    if isinstance(value, int | Decimal):
        return f"{'int' if isinstance(value, int) else 'number'} of {len(str(value))} characters"
    return f"{'list' if isinstance(value, list) else 'object'} of {len(value)}"


def _safe(name: str) -> str:
    """An unknown key: a name as long as it looks like one; a key that is data is masked."""
    looks = name.replace("_", "a").replace(".", "a").replace("@", "a").replace("-", "a").isalnum()
    return name if looks and len(name) <= 64 and sum(c.isdigit() for c in name) < 5 else _shape(name)


def _differences(counts: _Counts) -> list[dict[str, Any]]:
    out = []
    for (kind, path), (count, example) in sorted(counts.found.items()):
        if kind == "missing field" and count < counts.present[counts.parents[path]]:
            continue
        out.append({"kind": kind, "path": path, "count": count, "example": example})
    return out
