"""The writer of each output format of an export."""

from __future__ import annotations

from pathlib import Path

from trunkline.bulk._arrow import ParquetWriter
from trunkline.bulk._table import Table, TextWriter, Writer
from trunkline.errors import ArgumentError


def writer_of(path: Path, kind: str, table: Table, *, raw: bool = False) -> Writer:
    """Return a writer of this format.

    Args:
        kind: parquet, csv or jsonl. raw: write CSV cells that a spreadsheet would take for formulas as they
            are.
    Raises:
        ArgumentError: the format does not exist.
    """
    if kind == "parquet":
        return ParquetWriter(path, table)
    if kind not in ("csv", "jsonl"):
        raise ArgumentError(f"{kind!r} is not one of parquet, csv, jsonl")
    return TextWriter(path, table, kind, raw)


__all__ = ["writer_of"]
