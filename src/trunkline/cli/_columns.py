"""The columns of an input: which one holds the keys, and whether there is a header at all."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from trunkline.cli._spelling import Spelling, is_alike, looks_like_key
from trunkline.errors import InputError

_AS_IT_IS: Final = Spelling()

_OWN: Final = {"key", "error", "error_type", "attempts"}
"""Columns that a file of our own has."""


@frozen(kw_only=True)
class Source:
    """Where keys come from.

    path: a file; None for standard input. format: csv, jsonl, parquet or text. column: the one that holds the
    keys; None takes the one named like the parameter (`names`), one named "key" as in our own output, or the
    only one. keep: columns whose values go along. spelling: how the keys are written.
    """

    path: Path | None
    format: str
    column: str | None = None
    names: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    spelling: Spelling = _AS_IT_IS

    @property
    def shown(self) -> str:
        """Its name for people."""
        return str(self.path) if self.path else "standard input"

    @property
    def is_file(self) -> bool:
        """Whether it can be read again."""
        return self.path is not None and self.path.is_file()


def refuse_key_as_header(header: list[str], rows: Any, source: Source) -> Any:
    """Refuse a file whose first line is a key: it would be taken for the header and never asked."""
    named = {_plain(one) for one in (*source.names, "key")}
    chosen = source.column if source.column in header else header[0] if len(header) == 1 else None
    if chosen is None or _plain(chosen) in named:
        return rows
    second = next(rows, None)
    place = header.index(chosen)
    below = second[place].strip() if second is not None and place < len(second) else None
    if source.column is None:
        alike = looks_like_key(chosen, below)
        # A word over words is a header like "customer", or the first of the keys; only the user can know.
        unsure = below is not None and is_alike(chosen, below)
    else:
        # The user names a column by what stands in the first line, which an error may have shown.
        alike = below is not None and len(below) == len(chosen) and looks_like_key(chosen, below)
        unsure = False
    if alike:
        raise InputError(
            f"{source.shown}: the first line looks like a key and not like a header: give a header, or "
            "--input-format text"
        )
    if unsure:
        raise InputError(
            f"{source.shown}: the first line may be a header or a key: --column {chosen!r} takes it for the "
            "header, --input-format text for a key"
        )
    return rows if second is None else _Replayed(second, rows)


class _Replayed:
    """The rest of a CSV file with the row that was looked at in front; `line_num` as `csv.reader` has it."""

    def __init__(self, first: list[str], rows: Any) -> None:
        self._first: list[str] | None = first
        self._line = rows.line_num
        self._rows = rows

    @property
    def line_num(self) -> int:
        """The line of the row that was handed out last."""
        return self._line if self._first is not None or self._again else int(self._rows.line_num)

    _again = False

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        if self._first is not None:
            first, self._first, self._again = self._first, None, True
            return first
        self._again = False
        row: list[str] = next(self._rows)
        return row


def choose(header: list[str], source: Source) -> str:
    """Return the header's own spelling of the key column."""
    if source.column is not None:
        if source.column in header:
            return _lone(source.column, header, source)
    else:
        # in our own output, of failed keys for one, the parameter's column is from the response
        order = (("key",), source.names) if set(header) >= _OWN else (source.names, ("key",))
        for names in order:
            for name in header:
                if _plain(name) in {_plain(one) for one in names}:
                    return _lone(name, header, source)
        if len(header) == 1:
            return header[0]
    wanted = repr(source.column or source.names[0])
    raise InputError(
        f"{source.shown} has no column {wanted}{_near(source.column, header)}; it has: {', '.join(header)}. "
        "Choose one with --column"
    )


def _near(name: str | None, header: list[str]) -> str:
    """Which column a misspelt name may mean."""
    near = difflib.get_close_matches(name, header, n=1) if name else []
    return f" (did you mean {near[0]}?)" if near else ""


def kept_of(header: list[str], source: Source) -> list[str]:
    for name in source.keep:
        if name not in header:
            near = _near(name, header)
            raise InputError(
                f"--keep: {source.shown} has no column {name!r}{near}; it has: {', '.join(header)}"
            )
    return [_lone(name, header, source) for name in source.keep]


def _lone(name: str, header: list[str], source: Source) -> str:
    # The first of two equal names would be taken without a sign of it.
    if header.count(name) > 1:
        raise InputError(f"{source.shown} has {header.count(name)} columns {name!r}: rename one")
    return name


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").replace("-", "").lower()


__all__ = ["Source", "choose", "kept_of", "refuse_key_as_header"]
