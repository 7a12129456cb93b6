"""Rows of a table as Arrow columns, and as a Parquet file.

Most columns hold one Python type and go to Arrow as they are. Only where a page has something else (a nested
value, a number of another kind) is each value of that column looked at.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from trunkline._codec.annotations import is_enum
from trunkline._codec.unmade import UnmadeRows
from trunkline.bulk._table import Table
from trunkline.bulk._text_cells import as_cell
from trunkline.extras import need
from trunkline.model import NO_EXTRA, UNSET

_DECIMAL: Final = (38, 12)
"""Precision and scale of amounts in Parquet."""
_GROUP: Final = 20_000
"""Rows of a row group: small ones compress badly and slow every reader down; a page has 500 rows."""
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_NOTHING: Final = frozenset({type(None)})
_ZONE: Final = attrgetter("tzinfo")


class ArrowColumns:
    """Turns rows of a table into Arrow arrays. kinds: of all columns, `extra` included."""

    def __init__(self, table: Table) -> None:
        self.arrow: Any = need("pyarrow", "parquet", "writing Parquet")
        self.table = table
        text = self.arrow.string()
        # Fixed before the first row. Inferred from data, a page with only nulls in a column would get another
        # type than the next page.
        types = [text if table.mask else arrow_type(self.arrow, one.type) for one in table.fields]
        self.kinds = [*types, text]
        self.schema = self.arrow.schema(list(zip(table.names, self.kinds, strict=True)))
        # "_extra" is the slot: the property would be a Python call a row.
        self._getters = [attrgetter(name) for name in [*(one.name for one in table.fields), "_extra"]]
        self._columns = [
            _Column(self.arrow, one, kind) for one, kind in zip(table.fields, types, strict=True)
        ]

    def arrays(self, rows: Sequence[Any]) -> list[Any]:
        """Return one array a column."""
        if self.table.model is None or self.table.mask:
            return [
                self.arrow.array([_for_arrow(self.arrow, kind, value) for value in values], kind)
                for kind, values in zip(self.kinds, self.table.columns(rows), strict=True)
            ]
        moved: dict[int, dict[str, Any]] = {}
        columns, extras = self._values(rows)
        arrays = [column.array(values, moved) for column, values in zip(self._columns, columns, strict=True)]
        self.table.misfits += sum(len(values) for values in moved.values())
        if not moved and not any(extras):
            return [*arrays, self.arrow.nulls(len(rows), self.kinds[-1])]
        texts = [
            as_cell({**extra, **moved[place]} if place in moved else dict(extra))
            if extra or place in moved
            else None
            for place, extra in enumerate(extras)
        ]
        return [*arrays, self.arrow.array(texts, self.kinds[-1])]

    def _values(self, rows: Sequence[Any]) -> tuple[Sequence[Sequence[Any]], Sequence[Any]]:
        """The values of each field, and what each row has in `extra`."""
        if isinstance(rows, UnmadeRows) and not rows.is_made:
            return rows.columns(len(self.table.fields)), [NO_EXTRA] * len(rows)
        # a column at a time by `map`, which costs no Python call a value
        *columns, extras = (list(map(get, rows)) for get in self._getters)
        return columns, extras

    def batch(self, rows: Sequence[Any]) -> Any:
        """Return the rows as a record batch."""
        return self.arrow.RecordBatch.from_arrays(self.arrays(rows), schema=self.schema)


class _Column:
    """One field of the model as a column of this type."""

    def __init__(self, arrow: Any, one: Any, kind: Any) -> None:
        self._arrow, self._wire, self._kind = arrow, one.wire, kind
        self._type = _python_type(arrow, kind)
        self._is_enum = is_enum(one.type)
        # Arrow itself refuses everything but text, or true and false, in these columns
        self._is_strict = self._type in (str, bool) and not self._is_enum
        self._fits = _fits(arrow, kind)

    def array(self, values: Sequence[Any], moved: dict[int, dict[str, Any]]) -> Any:
        """Return the column. moved: values that it cannot hold, by place and wire name, are put there."""
        if self._is_strict:
            try:
                return self._arrow.array(values, self._kind)
            except (self._arrow.ArrowException, ValueError):
                pass  # a nested value, an absent one, half a surrogate pair
        types = set(map(type, values)) - _NOTHING
        if type(UNSET) in types:
            values = [None if value is UNSET else value for value in values]
            types.discard(type(UNSET))
        if self._is_enum:
            values = [value.value if isinstance(value, enum.Enum) else value for value in values]
            types = set(map(type, values)) - _NOTHING
        if not types or (types == {self._type} and not self._is_naive(values)):
            try:
                return self._plain(values)
            except (self._arrow.ArrowException, ValueError, OverflowError):
                pass  # a number too large, half a surrogate pair: the values are looked at one by one
        return self._arrow.array(list(self._each(values, moved)), self._kind)

    def _plain(self, values: Sequence[Any]) -> Any:
        if self._type is not datetime.datetime:
            return self._arrow.array(values, self._kind)
        # Arrow asks each time for its offset in Python code; a difference of times is a quarter of that.
        spans = [None if value is None else value - _EPOCH for value in values]
        return self._arrow.array(spans, self._arrow.duration("us")).view(self._kind)

    def _is_naive(self, values: Sequence[Any]) -> bool:
        """Whether a time without an offset is among them, which Arrow would take for one in UTC."""
        if self._type is not datetime.datetime:
            return False
        # Dates of one page share a few zones; a set of them is made without a Python call a value.
        return None in set(map(_ZONE, filter(None, values)))

    def _each(self, values: Sequence[Any], moved: dict[int, dict[str, Any]]) -> Any:
        for place, value in enumerate(values):
            if value is not None and not self._fits(value):
                moved.setdefault(place, {})[self._wire] = value
                yield None
            else:
                yield _for_arrow(self._arrow, self._kind, value)


class ParquetWriter:
    """Parquet with the model's types. A page becomes Arrow at once, so that few rows are held as objects."""

    def __init__(self, path: Path, table: Table) -> None:
        parquet: Any = need("pyarrow.parquet", "parquet", "writing Parquet")
        self._columns = ArrowColumns(table)
        self._file = parquet.ParquetWriter(path, self._columns.schema, compression="zstd")
        self._held: list[Any] = []
        self._count = 0

    def write(self, rows: Sequence[Any]) -> Callable[[], None] | None:
        """Append these rows; return what writes a row group, where there are enough for one."""
        self._held.append(self._columns.batch(rows))
        self._count += len(rows)
        return self._group() if self._count >= _GROUP else None

    def _group(self) -> Callable[[], None]:
        held, self._held, self._count = self._held, [], 0
        table = self._columns.arrow.Table.from_batches(held, schema=self._columns.schema)

        def write() -> None:
            self._file.write_table(table, row_group_size=_GROUP * 2)

        return write

    def close(self) -> None:
        """Write what is held back, and the end of the file."""
        if self._count:
            self._group()()
        self._file.close()


def arrow_type(arrow: Any, tp: Any) -> Any:
    """Return the Arrow type of a model's field; text for everything that is not a scalar."""
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


def _python_type(arrow: Any, kind: Any) -> type:
    """The one Python type whose values Arrow takes for this column as they are."""
    types = arrow.types
    for is_kind, found in (
        (types.is_int64, int),
        (types.is_boolean, bool),
        (types.is_float64, float),
        (types.is_decimal, Decimal),
        (types.is_timestamp, datetime.datetime),
        (types.is_date, datetime.date),
        (types.is_binary, bytes),
    ):
        if is_kind(kind):
            return found
    return str


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
    # Arrow would raise, or round, for a number outside the column's precision; such a value goes to `extra`
    # with all its digits.
    return exponent >= -scale and len(digits) + exponent <= precision - scale


def _for_arrow(arrow: Any, kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if kind == arrow.string():
        # half a surrogate pair cannot be written as UTF-8; ASCII text cannot contain one and skips the check
        return value if type(value) is str and value.isascii() else as_cell(value)
    return value.value if isinstance(value, enum.Enum) else value


__all__ = ["ArrowColumns", "ParquetWriter", "arrow_type"]
