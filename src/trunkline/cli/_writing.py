"""Outcomes into a file: Parquet, CSV or JSON Lines, one row a key, complete or not there at all.

Columns: `key`, then the fields of the response's model under their Python names (nested ones as JSON), then
`extra` (fields that the spec does not know, as JSON), `error`, `error_type`, `status` (of an error response),
`attempts`, `latency_ms`. A field whose name is taken becomes `value_NAME`. A response that is not a single
model (a list, free JSON) is one column `value` of JSON.
"""

from __future__ import annotations

import csv
import datetime
import enum
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from attrs import frozen

from trunkline._codec.annotations import NoneType, is_enum, is_model, model_fields, resolve_in_module, without
from trunkline._codec.codec import Codec, to_wire
from trunkline._codec.exact_json import loads_exact
from trunkline._codec.findings import WHOLE
from trunkline._masking.names import is_sensitive_name
from trunkline._masking.values import masked
from trunkline.bulk.outcome import Outcome
from trunkline.cli._console import need
from trunkline.cli._delimited import as_text, quotable
from trunkline.cli._files import replacing
from trunkline.cli._reading import Source, read
from trunkline.errors import ArgumentError, ResponseShapeError
from trunkline.model import UNSET, Model, Unset
from trunkline.operation import Operation, Param

_OWN: Final = ("key", "extra", "error", "error_type", "status", "attempts", "latency_ms")
_BATCH: Final = 5000
_DECIMAL: Final = (38, 12)
"""Precision and scale of amounts in Parquet; a column with a longer amount becomes text, digits and all."""
_MASK: Final = "***"
_json: Final = msgspec.json.Encoder(decimal_format="number")

Row = dict[str, Any]


def output_format(path: Path | None, named: str | None) -> str:
    """Return parquet, csv or jsonl, by name or by the file's ending."""
    endings = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
    kind = named or (endings.get(path.suffix.lower()) if path else "jsonl")
    if kind is None:
        raise ArgumentError(
            f"the ending of {path.name if path else 'the output'} does not say its format: "
            "give --format parquet, csv or jsonl"
        )
    if kind not in {"parquet", "csv", "jsonl"}:
        raise ArgumentError(f"--format {kind!r} is not one of parquet, csv, jsonl")
    if kind == "parquet":
        if path is None:
            raise ArgumentError("Parquet cannot be written to standard output: give a file")
        need("pyarrow.parquet", "parquet", "writing Parquet")
    return kind


@frozen
class Column:
    """One value column: its name in the output, the attribute, wire name and type, whether it is hidden."""

    name: str
    attribute: str
    wire: str
    type: Any
    sensitive: bool


class Layout:
    """How the responses of one operation become columns.

    mask: show sensitive fields as `***`, at any depth. source: the input, whose kept columns come after the
    key. key: the parameter that the keys fill; it is masked too if it is sensitive. raw: write CSV cells that
    a spreadsheet would take for formulas as they are.
    """

    def __init__(
        self,
        operation: Operation[Any],
        *,
        mask: bool = False,
        source: Source | None = None,
        key: Param | None = None,
        raw: bool = False,
    ) -> None:
        self.raw = raw
        self._mask, self._operation, self._codec = mask, operation, Codec()
        self._source = source if source is not None and source.keep else None
        kept = self._source.keep if self._source else ()
        self.model: Any = _model_of(operation)
        self.columns: tuple[Column, ...] = ()
        if self.model is not None:
            self.columns = tuple(
                Column(
                    f"value_{one.name}" if one.name in _OWN else one.name,
                    one.name,
                    one.wire,
                    one.type,
                    one.sensitive,
                )
                for one in model_fields(self.model)
            )
        values = [column.name for column in self.columns] if self.model else ["value"]
        extra = ["extra"] if self.model else []
        taken = {*values, *_OWN}
        self._kept = [f"input_{name}" if name in taken else name for name in kept]
        self.names = ["key", *self._kept, *values, *extra, *_OWN[2:]]
        self._key_name = key.wire if key is not None else ""
        self._mask_key = mask and key is not None and self._is_sensitive(key)

    def _is_sensitive(self, key: Param) -> bool:
        fields = model_fields(self.model) if self.model is not None else ()
        marked = key.sensitive or any(one.sensitive and one.wire == key.wire for one in fields)
        return marked or is_sensitive_name(key.wire)

    def rows(self, outcomes: Iterable[Outcome[Any, Any]]) -> Iterator[Row]:
        """Yield the row of each outcome; outcomes come in the order of the input."""
        if self._source is None:
            yield from map(self.row, outcomes)
            return
        keys = enumerate(read(self._source))
        place, key = next(keys)
        for outcome in outcomes:
            # Outcomes come in the order of the input and duplicates have none, so one pass over the
            # file finds each key's row.
            while place < outcome.index:
                place, key = next(keys)
            yield self.row(outcome) | dict(zip(self._kept, self._kept_of(key.kept), strict=False))

    def _kept_of(self, cells: Iterable[Any]) -> Iterable[Any]:
        """What columns of the input hold is hidden like what the vendor sends."""
        if not self._mask:
            return cells
        return [masked(cell, name=name) for name, cell in zip(self._kept, cells, strict=False)]

    def _key_of(self, key: Any) -> str:
        if self._mask_key:
            return _MASK
        return str(masked(str(key), name=self._key_name)) if self._mask else str(key)

    def row(self, outcome: Outcome[Any, Any]) -> Row:
        """Return the row of an outcome whose value is JSON text by wire names, as the checkpoint keeps it."""
        error, value = outcome.error, outcome.value or b"null"
        row: Row = dict.fromkeys(self.names)
        row |= {"key": self._key_of(outcome.key), "attempts": outcome.attempts}
        row["latency_ms"] = round(outcome.latency * 1000, 3)
        if error is not None:
            row |= {"error": str(error), "error_type": type(error).__name__}
            row["status"] = getattr(error, "status", 0) or None
        elif self.model is None:
            row["value"] = self._plain(value)
        elif value != b"null":
            found = self._read(value)
            if isinstance(found, Model):
                self._fill(row, found)
            else:
                # A success with another body than the spec promises, including a row that is not an object.
                row["extra"] = {WHOLE: masked(found) if self._mask else found}
        return row

    def _read(self, value: bytes) -> Any:
        """Return the value as its model; as plain JSON where it is none."""
        try:
            return self._codec.decode(self._operation, value)
        except ResponseShapeError:
            return loads_exact(value)

    @property
    def is_private(self) -> bool:
        """Whether rows hold key material or personal data. Without a model nobody knows, so they may."""
        return not self._mask and (self.model is None or any(one.sensitive for one in self.columns))

    def _fill(self, row: Row, value: Model) -> None:
        for column in self.columns:
            one = getattr(value, column.attribute)
            if one is UNSET or one is None:
                continue
            hide = column.sensitive or isinstance(one, Model | list | dict | str)
            row[column.name] = (
                masked(one, name=column.wire, marked=column.sensitive) if self._mask and hide else one
            )
        extra = masked(value.extra) if self._mask else dict(value.extra)
        row["extra"] = extra or None

    def _plain(self, value: bytes) -> Any:
        """Return a list, or free JSON; masked, the models in it lose their sensitive values."""
        if not self._mask:
            return json.loads(value, parse_float=Decimal)
        return masked(self._read(value))


def _model_of(operation: Operation[Any]) -> Any:
    """Return the model class of the response, None for a list, free JSON or nothing."""
    if operation.response is None or operation.paging is not None:
        return None
    tp = without(resolve_in_module(operation.response, operation.namespace), NoneType, Unset)
    return tp if is_model(tp) else None


def write(path: Path | None, kind: str, layout: Layout, outcomes: Callable[[], Iterable[Any]]) -> int:
    """Write all outcomes to the file (None: standard output) and return the number of rows.

    Args:
        outcomes: gives them from the start at each call; Parquet may need a second pass.
    """
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # data, not words for the terminal: the same bytes as in a file, whatever the locale
            sys.stdout.reconfigure(encoding="utf-8", errors="strict", newline="\n")
        return _TEXT[kind](sys.stdout, layout, outcomes())
    with replacing(path, private=layout.is_private) as target:
        if kind == "parquet":
            return _parquet(target, layout, outcomes)
        with target.open("w", encoding="utf-8", newline="") as file:
            return _TEXT[kind](file, layout, outcomes())


def _csv(file: IO[str], layout: Layout, outcomes: Iterable[Outcome[Any, Any]]) -> int:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(layout.names)
    safe = quotable if layout.raw else as_text
    count = 0
    for row in layout.rows(outcomes):
        count += 1
        values = [row[name] for name in layout.names]
        rows.writerow([_cell(one) if _is_computed(one) else safe(_cell(one)) for one in values])
    file.flush()
    return count


def _is_computed(value: Any) -> bool:
    """Whether a cell is a number of ours and not text from outside."""
    return isinstance(value, int | float | Decimal)


def _jsonl(file: IO[str], layout: Layout, outcomes: Iterable[Outcome[Any, Any]]) -> int:
    count = 0
    for row in layout.rows(outcomes):
        count += 1
        file.write(_dump({name: to_wire(value) for name, value in row.items()}) + "\n")
    file.flush()
    return count


_TEXT: Final[dict[str, Callable[[IO[str], Layout, Iterable[Outcome[Any, Any]]], int]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
}


def _dump(value: Any) -> str:
    try:
        return _json.encode(value).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value, default=str)


def _cell(value: Any) -> str:
    """Return one value as text: numbers by their digits, dates in ISO form, nested values as JSON."""
    if value is None:
        return ""
    wire = to_wire(value)
    if isinstance(wire, str):
        return wire.encode(errors="backslashreplace").decode()
    return str(wire) if isinstance(wire, Decimal) else _dump(wire)


class _Misfit(Exception):  # noqa: N818 -- control flow within this module
    """A column holds a value that its Parquet type does not. name: the column."""

    def __init__(self, name: str) -> None:
        self.name = name


def _parquet(path: Path, layout: Layout, outcomes: Callable[[], Iterable[Outcome[Any, Any]]]) -> int:
    arrow = need("pyarrow", "parquet", "writing Parquet")
    types = _arrow_types(arrow, layout)
    while True:
        try:
            return _parquet_pass(arrow, path, layout, types, outcomes())
        except _Misfit as misfit:
            # nothing is rounded or dropped: the column becomes text, and the file is begun again
            types[misfit.name] = arrow.string()


def _parquet_pass(
    arrow: Any, path: Path, layout: Layout, types: Mapping[str, Any], outcomes: Iterable[Outcome[Any, Any]]
) -> int:
    parquet = need("pyarrow.parquet", "parquet", "writing Parquet")
    schema = arrow.schema([arrow.field(name, types[name]) for name in layout.names])
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        batch: list[Row] = []
        for row in layout.rows(outcomes):
            count += 1
            batch.append(row)
            if len(batch) == _BATCH:
                writer.write_table(_table(arrow, schema, batch))
                batch.clear()
        if batch:
            writer.write_table(_table(arrow, schema, batch))
    return count


def _table(arrow: Any, schema: Any, rows: list[Row]) -> Any:
    arrays = []
    for field in schema:
        convert = _converter(arrow, field.type)
        try:
            arrays.append(arrow.array([convert(row[field.name]) for row in rows], field.type))
        except (arrow.ArrowException, ValueError, TypeError, OverflowError):
            if field.type == arrow.string():
                raise
            raise _Misfit(field.name) from None
    return arrow.Table.from_arrays(arrays, schema=schema)


def _converter(arrow: Any, tp: Any) -> Callable[[Any], Any]:
    if tp == arrow.string():
        return lambda value: None if value is None else _cell(value)
    if arrow.types.is_timestamp(tp):
        return _aware
    return lambda value: value.value if isinstance(value, enum.Enum) else value


def _aware(value: Any) -> Any:
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        raise ValueError("a time without an offset is no point in time")
    return value


def _arrow_types(arrow: Any, layout: Layout) -> dict[str, Any]:
    text = arrow.string()
    scalars = {
        int: arrow.int64(),
        float: arrow.float64(),
        bool: arrow.bool_(),
        Decimal: arrow.decimal128(*_DECIMAL),
        datetime.datetime: arrow.timestamp("us", tz="UTC"),
        datetime.date: arrow.date32(),
        bytes: arrow.binary(),
    }
    types = dict.fromkeys(layout.names, text)
    for column in layout.columns:
        if is_enum(column.type):
            types[column.name] = arrow.int64() if issubclass(column.type, int) else text
        else:
            types[column.name] = scalars.get(column.type, text)
    types |= {"status": arrow.int16(), "attempts": arrow.int32(), "latency_ms": arrow.float64()}
    return types


__all__ = ["Column", "Layout", "output_format", "write"]
