"""Rows into a Parquet file with typed columns; a column that cannot hold a value becomes text."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from trunkline.bulk._arrow import arrow_type
from trunkline.bulk._text_cells import as_cell
from trunkline.bulk.outcome import Outcome
from trunkline.cli._console import need
from trunkline.cli._layout import Layout, Row

_BATCH: Final = 5000


class _Misfit(Exception):  # noqa: N818 -- control flow within this module
    """A column holds a value that its Parquet type does not. name: the column."""

    def __init__(self, name: str) -> None:
        self.name = name


def write_parquet(path: Path, layout: Layout, outcomes: Callable[[], Iterable[Outcome[Any, Any]]]) -> int:
    """Write all outcomes and return the number of rows; `outcomes` gives them from the start at each call."""
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
        return lambda value: None if value is None else as_cell(value)
    if arrow.types.is_timestamp(tp):
        return _aware
    return lambda value: value.value if isinstance(value, enum.Enum) else value


def _aware(value: Any) -> Any:
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        raise ValueError("a time without an offset is no point in time")
    return value


def _arrow_types(arrow: Any, layout: Layout) -> dict[str, Any]:
    types = dict.fromkeys(layout.names, arrow.string())
    types |= {column.name: arrow_type(arrow, column.type) for column in layout.columns}
    types |= {"status": arrow.int16(), "attempts": arrow.int32(), "latency_ms": arrow.float64()}
    return types


__all__ = ["write_parquet"]
