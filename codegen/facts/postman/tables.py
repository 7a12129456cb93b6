"""Tables of a markdown text: header, rows and the line of each."""

from __future__ import annotations

import re

from attrs import define, field


@define
class Row:
    """One row: its cells without emphasis, and its line in the text, from 1."""

    line: int
    cells: list[str]


@define
class Table:
    """One table. heading: the nearest heading above it."""

    header: list[str]
    line: int
    heading: str
    rows: list[Row] = field(factory=list)


def read_tables(text: str) -> list[Table]:
    """All tables of a text."""
    tables: list[Table] = []
    heading, previous, before, current = "", "", 0, None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("#"):
            heading = plain(line.lstrip("# "))
        if not line:
            # A blank line inside a table is a slip: its rows go on below.
            continue
        if "|" not in line:
            current = None
        elif re.fullmatch(r"\|?[\s:|-]*-[\s:|-]*\|?", line):
            if current is not None and current.rows and current.rows[-1].line == before:
                current.rows.pop()
            current = Table([cell.lower() for cell in _cells(previous)], before, heading)
            tables.append(current)
        elif current is not None:
            current.rows.append(Row(number, _cells(line)))
        previous, before = line, number
    return tables


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [plain(cell) for cell in re.split(r"(?<!\\)\|", inner)]


def plain(text: str) -> str:
    """Text without emphasis and backslash escapes."""
    return re.sub(r"\\([^\w\s])", r"\1", text.replace("**", "").replace("__", "")).strip()
