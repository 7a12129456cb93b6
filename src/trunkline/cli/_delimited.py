"""Rows as CSV, or with tabs between for pipes: one line for each row, no colour, nothing cut."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from trunkline._masking.visible import visible
from trunkline.bulk._text_cells import is_formula, quotable
from trunkline.errors import ArgumentError

OUTPUTS: Final = ("table", "json", "csv")


_SIGNED: Final = re.compile(r"\s*[+-]?\d[\d.,]*\s*\Z")


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins with = + - or @ gets an apostrophe.

    A number with a sign is left alone: it computes nothing, and a key has to stay readable as what it is.
    """
    cell = quotable(cell)
    return f"'{cell}" if is_formula(cell) and not _SIGNED.match(cell) else cell


def output_of(named: str | None, *, json_: bool, terminal: bool) -> str:
    """Return table, json, csv or tsv: what was asked for, else a table for people and tabs for a pipe.

    Raises:
        ArgumentError: it is none of these, or two were asked for.
    """
    if named is not None and named not in OUTPUTS:
        raise ArgumentError(f"--output {named!r} is not one of {', '.join(OUTPUTS)}")
    if json_ and named not in (None, "json"):
        raise ArgumentError(f"--json and --output {named} contradict each other: give one of them")
    if json_:
        return "json"
    return named or ("table" if terminal else "tsv")


def print_rows(kind: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, raw: bool = False) -> None:
    """Print rows as "csv", with a header, or "tsv", whose cells hold no tabs and line ends.

    raw: cells of CSV that a spreadsheet takes for a formula stay as they are.
    """
    if kind == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([cell if raw else as_text(cell) for cell in row] for row in rows)
    else:
        for row in (header, *rows):
            sys.stdout.write("\t".join(visible(" ".join(cell.split())) for cell in row) + "\n")
    sys.stdout.flush()


__all__ = ["OUTPUTS", "as_text", "output_of", "print_rows"]
