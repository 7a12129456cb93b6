"""Rows of a collection as a table whose columns and types come from the model, never from the data.

Columns: the model's fields under their Python names, nested ones as JSON text, then `extra`: fields that the
spec does not know, and values that their column's type cannot hold, as JSON. So every export of an operation
has the same schema, and nothing is rounded or dropped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol

from trunkline._codec.annotations import is_model, model_fields
from trunkline._codec.codec import to_wire
from trunkline._masking.values import masked
from trunkline.bulk._text_cells import as_cell, as_json, is_formula, quotable
from trunkline.errors import ArgumentError
from trunkline.model import UNSET, is_absent

ENDINGS: Final = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""The format of an output by the ending of its file."""


class Table:
    """The columns of one operation's rows. mask: write sensitive values as stars.

    names: of the columns. misfits: values so far that went to `extra`, since their column could not hold
    them.
    """

    def __init__(self, row_type: Any, *, mask: bool = False) -> None:
        self.mask = mask
        self.model = row_type if is_model(row_type) else None
        self.fields = model_fields(row_type) if self.model is not None else ()
        taken = {"extra"}
        self.names = [f"value_{one.name}" if one.name in taken else one.name for one in self.fields]
        self.names += ["extra"] if self.model is not None else ["value"]
        self.misfits = 0

    @property
    def is_private(self) -> bool:
        """Whether rows hold key material or personal data; without a model nobody knows, so they may."""
        return not self.mask and (self.model is None or any(one.sensitive for one in self.fields))

    def columns(self, rows: Sequence[Any]) -> list[list[Any]]:
        """Return the rows' values column by column."""
        if self.model is None:
            return [[masked(row) if self.mask else row for row in rows]]
        # Copies, because rows with the same unknown keys share one `Extra`.
        extras: list[dict[str, Any]] = [dict(row.extra) for row in rows]
        out: list[list[Any]] = []
        for one in self.fields:
            values = [getattr(row, one.name) for row in rows]
            values = [None if value is UNSET else value for value in values]
            if self.mask:
                values = [masked(value, name=one.wire, marked=one.sensitive) for value in values]
            out.append(values)
        if self.mask:
            extras = [{name: masked(value, name=name) for name, value in each.items()} for each in extras]
        out.append([each or None for each in extras])
        return out

    def is_absent(self, row: Any, place: int) -> bool:
        """Whether the field of a column did not come, which JSON can leave out; null is another matter."""
        return place < len(self.fields) and is_absent(row, self.fields[place].name)


class Writer(Protocol):
    """Writes pages of rows into a file that is complete once it is closed."""

    def write(self, rows: Sequence[Any]) -> Callable[[], None] | None:
        """Append these rows; what is returned writes what was held back, and may run in a thread."""
        ...

    def close(self) -> None:
        """Write what is held back, and the end of the file."""
        ...


class TextWriter:
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
        for row, values in zip(rows, zip(*columns, strict=True), strict=True):
            lines.write(as_json(self._object(row, names, values)) + "\n")
        self._file.write(lines.getvalue())

    def _object(self, row: Any, names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
        return {
            name: to_wire(value)
            for place, (name, value) in enumerate(zip(names, values, strict=True))
            if value is not None or not self._table.is_absent(row, place)
        }

    def close(self) -> None:
        self._file.close()


def format_of(path: Path, named: str | None) -> str:
    """Return parquet, csv or jsonl, by name or by the file's ending.

    Raises:
        ArgumentError: neither gives it.
    """
    kind = named or ENDINGS.get(path.suffix.lower())
    if kind not in ("parquet", "csv", "jsonl"):
        raise ArgumentError(f"{path.name}: give a format: parquet, csv or jsonl")
    return kind


def csv_cell(value: Any, *, raw: bool) -> str:
    """Return one CSV cell; an apostrophe goes in front of text that a spreadsheet would run as a formula."""
    text = as_cell(value)
    guard = "'" if not raw and isinstance(value, str) and is_formula(text) else ""
    return guard + quotable(text)


__all__ = ["ENDINGS", "Table", "TextWriter", "Writer", "csv_cell", "format_of"]
