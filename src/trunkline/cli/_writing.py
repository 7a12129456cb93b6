"""Outcomes into a file: Parquet, CSV or JSON Lines, one row a key, complete or not there at all."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

from trunkline._codec.codec import to_wire
from trunkline.bulk._table import ENDINGS
from trunkline.bulk._text_cells import as_cell, as_json, quotable
from trunkline.bulk.outcome import Outcome
from trunkline.cli._console import need
from trunkline.cli._delimited import as_text
from trunkline.cli._files import replacing
from trunkline.cli._layout import Layout
from trunkline.cli._parquet import write_parquet
from trunkline.errors import ArgumentError


def output_format(path: Path | None, named: str | None) -> str:
    """Return parquet, csv or jsonl, by name or by the file's ending."""
    kind = named or (ENDINGS.get(path.suffix.lower()) if path else "jsonl")
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
            return write_parquet(target, layout, outcomes)
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
        rows.writerow([as_cell(one) if _is_computed(one) else safe(as_cell(one)) for one in values])
    file.flush()
    return count


def _is_computed(value: Any) -> bool:
    """Whether a cell is a number of ours and not text from outside."""
    return isinstance(value, int | float | Decimal)


def _jsonl(file: IO[str], layout: Layout, outcomes: Iterable[Outcome[Any, Any]]) -> int:
    count = 0
    for row in layout.rows(outcomes, sparse=True):
        count += 1
        file.write(as_json({name: to_wire(value) for name, value in row.items()}) + "\n")
    file.flush()
    return count


_TEXT: Final[dict[str, Callable[[IO[str], Layout, Iterable[Outcome[Any, Any]]], int]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
}


__all__ = ["output_format", "write"]
