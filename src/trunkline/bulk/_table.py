"""Rows of a collection as a table whose columns and types come from the model, never from the data.

Columns: the model's fields under their Python names, nested ones as JSON text, then `extra`: fields that the
spec does not know, and values that their column's type cannot hold, as JSON. So every export of an operation
has the same schema, and nothing is rounded or dropped.
"""

from __future__ import annotations

import csv
import datetime
import enum
import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, Protocol

import msgspec

from trunkline._codec.annotations import is_enum, is_model, model_fields
from trunkline._codec.codec import to_wire
from trunkline._masking.values import masked
from trunkline.errors import ArgumentError
from trunkline.extras import need
from trunkline.model import UNSET

_DECIMAL: Final = (38, 12)
"""Precision and scale of amounts in Parquet."""
_json: Final = msgspec.json.Encoder(decimal_format="number")
_PLAIN: Final = (str, int, float, bool, Decimal, datetime.datetime, datetime.date, bytes)


class Table:
    """The columns of one operation's rows. mask: write sensitive values as stars.

    names: of the columns. misfits: values so far that went to `extra`, since their column could not hold
    them.
    """

    def __init__(self, row_type: Any, *, mask: bool = False) -> None:
        self._mask = mask
        self.model = row_type if is_model(row_type) else None
        self.fields = model_fields(row_type) if self.model is not None else ()
        taken = {"extra"}
        self.names = [f"value_{one.name}" if one.name in taken else one.name for one in self.fields]
        self.names += ["extra"] if self.model is not None else ["value"]
        self.misfits = 0

    @property
    def is_private(self) -> bool:
        """Whether rows hold key material or personal data; without a model nobody knows, so they may."""
        return not self._mask and (self.model is None or any(one.sensitive for one in self.fields))

    def columns(self, rows: Sequence[Any], fits: Sequence[Callable[[Any], bool]] = ()) -> list[list[Any]]:
        """Return the rows' values column by column. fits: whether a column's type holds a value, by field."""
        if self.model is None:
            return [[_shown(row, self._mask) for row in rows]]
        # Copies, because rows with the same unknown keys share one `Extra`.
        extras: list[dict[str, Any]] = [dict(row.extra) for row in rows]
        out: list[list[Any]] = []
        for place, one in enumerate(self.fields):
            values = [getattr(row, one.name) for row in rows]
            values = [None if value is UNSET else value for value in values]
            if self._mask:
                values = [masked(value, name=one.wire, marked=one.sensitive) for value in values]
            elif fits:
                self._move_misfits(one.wire, values, fits[place], extras)
            out.append(values)
        if self._mask:
            extras = [{name: masked(value, name=name) for name, value in each.items()} for each in extras]
        out.append([each or None for each in extras])
        return out

    def for_arrow(self, arrow: Any, rows: Sequence[Any]) -> tuple[list[Any], list[list[Any]]]:
        """Return the Arrow types of all columns, and the rows' values in a form that fits them."""
        types = [arrow.string() if self._mask else _arrow_type(arrow, one.type) for one in self.fields]
        columns = self.columns(rows, [_fits(arrow, each) for each in types])
        types.append(arrow.string())
        values = [
            [_for_arrow(arrow, kind, value) for value in column]
            for kind, column in zip(types, columns, strict=True)
        ]
        return types, values

    def _move_misfits(
        self, wire: str, values: list[Any], fits: Callable[[Any], bool], extras: list[dict[str, Any]]
    ) -> None:
        for place, value in enumerate(values):
            if value is not None and not fits(value):
                extras[place][wire] = value
                values[place] = None
                self.misfits += 1


def _shown(row: Any, mask: bool) -> Any:
    return masked(row) if mask else row


class Writer(Protocol):
    """Writes pages of rows into a file that is complete once it is closed."""

    def write(self, rows: Sequence[Any]) -> None:
        """Append these rows."""
        ...

    def close(self) -> None:
        """Write what is held back, and the end of the file."""
        ...


class _TextWriter:
    """CSV or JSON Lines, one row a line."""

    def __init__(self, path: Path, table: Table, kind: str, raw: bool) -> None:
        self._table, self._kind, self._raw = table, kind, raw
        # `newline=""` leaves line ends inside quoted cells as they are (csv module).
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        if kind == "csv":
            self._csv.writerow(table.names)

    def write(self, rows: Sequence[Any]) -> None:
        columns = self._table.columns(rows)
        if self._kind == "csv":
            self._csv.writerows(
                [csv_cell(value, raw=self._raw) for value in values] for values in zip(*columns, strict=True)
            )
            return
        names, lines = self._table.names, io.StringIO()
        for values in zip(*columns, strict=True):
            lines.write(
                dump({name: to_wire(value) for name, value in zip(names, values, strict=True)}) + "\n"
            )
        self._file.write(lines.getvalue())

    def close(self) -> None:
        self._file.close()


class _ParquetWriter:
    """Parquet with the model's types; rows are held until a row group is worth writing."""

    _GROUP: Final = 20_000

    def __init__(self, path: Path, table: Table) -> None:
        pyarrow: Any = need("pyarrow", "parquet", "writing Parquet")
        parquet: Any = need("pyarrow.parquet", "parquet", "writing Parquet")
        self._arrow, self._table = pyarrow, table
        # The schema is fixed before the first row. Inferred from data, a page with only nulls in a
        # column would get another type than the next page.
        types = [_arrow_type(pyarrow, one.type) for one in table.fields]
        self._types = [pyarrow.string() if table._mask else each for each in types]
        self._fits = [_fits(pyarrow, each) for each in self._types]
        kinds = [*self._types, pyarrow.string()]
        self._schema = pyarrow.schema(list(zip(table.names, kinds, strict=True)))
        self._file = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._held: list[Any] = []

    def write(self, rows: Sequence[Any]) -> None:
        self._held.extend(rows)
        # Small row groups compress badly and slow every reader down; a page has 500 rows.
        if len(self._held) >= self._GROUP:
            self._flush()

    def _flush(self) -> None:
        columns = self._table.columns(self._held, self._fits)
        arrays = [
            self._arrow.array([_for_arrow(self._arrow, field.type, value) for value in values], field.type)
            for field, values in zip(self._schema, columns, strict=True)
        ]
        self._file.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._held.clear()

    def close(self) -> None:
        if self._held:
            self._flush()
        self._file.close()


def writer_of(path: Path, kind: str, table: Table, *, raw: bool = False) -> Writer:
    """Return a writer of this format.

    Args:
        kind: parquet, csv or jsonl. raw: write CSV cells that a spreadsheet would take for formulas as they
            are.
    Raises:
        ArgumentError: the format does not exist.
    """
    if kind == "parquet":
        return _ParquetWriter(path, table)
    if kind not in ("csv", "jsonl"):
        raise ArgumentError(f"{kind!r} is not one of parquet, csv, jsonl")
    return _TextWriter(path, table, kind, raw)


def format_of(path: Path, named: str | None) -> str:
    """Return parquet, csv or jsonl, by name or by the file's ending.

    Raises:
        ArgumentError: neither gives it.
    """
    endings = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
    kind = named or endings.get(path.suffix.lower())
    if kind not in ("parquet", "csv", "jsonl"):
        raise ArgumentError(f"{path.name}: give a format: parquet, csv or jsonl")
    return kind


def dump(value: Any) -> str:
    """Return a value as JSON text; numbers keep their digits."""
    try:
        return _json.encode(value).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value, default=str)


def cell(value: Any) -> str:
    """Return one value as text: numbers by their digits, dates in ISO form, nested values as JSON."""
    if value is None:
        return ""
    wire = to_wire(value)
    if isinstance(wire, str):
        return wire.encode(errors="backslashreplace").decode()
    return str(wire) if isinstance(wire, Decimal) else dump(wire)


def csv_cell(value: Any, *, raw: bool) -> str:
    """Return one CSV cell; an apostrophe goes in front of text that a spreadsheet would run as a formula."""
    text = cell(value)
    # CSV injection: a spreadsheet runs a cell that starts with one of these as a formula, and the text
    # may come from a customer.
    if not raw and isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{text}"
    return text


def _arrow_type(arrow: Any, tp: Any) -> Any:
    scalars = {
        int: arrow.int64(),
        float: arrow.float64(),
        bool: arrow.bool_(),
        Decimal: arrow.decimal128(*_DECIMAL),
        datetime.datetime: arrow.timestamp("us", tz="UTC"),
        datetime.date: arrow.date32(),
        bytes: arrow.binary(),
    }
    if is_enum(tp):
        return arrow.int64() if issubclass(tp, int) else arrow.string()
    return scalars.get(tp, arrow.string())


def _fits(arrow: Any, kind: Any) -> Callable[[Any], bool]:
    """Return whether a column of this type holds a value as it is."""
    types = arrow.types
    if types.is_int64(kind):
        return lambda value: (
            isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
        )
    if types.is_boolean(kind):
        return lambda value: isinstance(value, bool)
    if types.is_float64(kind):
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool)
    if types.is_decimal(kind):
        return _fits_decimal
    if types.is_timestamp(kind):
        # a time without an offset is not a point in time
        return lambda value: isinstance(value, datetime.datetime) and value.tzinfo is not None
    if types.is_date(kind):
        return lambda value: isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    if types.is_binary(kind):
        return lambda value: isinstance(value, bytes)
    return lambda value: True


def _fits_decimal(value: Any) -> bool:
    if not isinstance(value, Decimal) or not value.is_finite():
        return False
    precision, scale = _DECIMAL
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 -- the number is finite
    # Arrow would raise, or round, for a number outside the column's precision; such a value goes to
    # `extra` with all its digits.
    return exponent >= -scale and len(digits) + exponent <= precision - scale


def _for_arrow(arrow: Any, kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if kind == arrow.string():
        # Half a surrogate pair cannot be written as UTF-8; ASCII text cannot contain one
        # and skips the check.
        return value if type(value) is str and value.isascii() else cell(value)
    return value.value if isinstance(value, enum.Enum) else value


__all__ = ["Table", "Writer", "cell", "csv_cell", "dump", "format_of", "writer_of"]
