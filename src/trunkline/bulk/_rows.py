"""The rows of a bulk change on their way into the journal: checked all at once, before anything is sent."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from typing import Any, Final

from trunkline._callables import check_iterable
from trunkline.bulk._changes import Arguments, Change, OperationChange, dump
from trunkline.bulk._settling import key_values
from trunkline.bulk.journal import Journal, JournalRow
from trunkline.errors import ArgumentError, CheckpointError, InputError

_SHOWN: Final = 20
"""Wrong rows that an error names."""


class Row(dict[str, Any]):
    """The arguments of one row, and the line of the input file that it comes from.

    wrong: why the row cannot be used; it is reported together with all others.
    """

    def __init__(self, arguments: Mapping[str, Any], line: int, wrong: str = "") -> None:
        super().__init__(arguments)
        self.line = line
        self.wrong = wrong


async def fill(
    journal: Journal,
    change: Change,
    rows: Iterable[Arguments] | AsyncIterable[Arguments] | None,
    names: tuple[str, ...],
) -> None:
    """Store the rows, or check that they are those that the journal holds.

    Raises:
        InputError: rows are wrong; all of them are named. CheckpointError: the journal holds other rows.
    """
    if rows is None:
        if journal.digest is None:
            raise CheckpointError(f"the journal {journal.path} holds no rows: give them")
        _refuse_altered(journal, journal.digest)
        return
    check_iterable(rows, "rows")
    if isinstance(rows, AsyncIterable):
        # An async input is read to its end first, since the rows are stored in one synchronous
        # transaction. It is the only input that is held in memory.
        rows = [row async for row in rows]
    hasher = hashlib.sha256()
    checked = _checked(change, rows, names, hasher)
    if journal.digest is None:
        if not journal.add_all(checked, hasher.hexdigest):
            raise InputError("there are no rows: nothing was sent")
        return
    # Only the digest is needed here, and it is known at the end of the input.
    for _ in checked:
        pass
    if hasher.hexdigest() != journal.digest:
        raise CheckpointError(
            f"the journal {journal.path} was made for other rows: "
            "resume with the same rows, or use another journal file"
        )


def _refuse_altered(journal: Journal, digest: str) -> None:
    """Refuse rows that are not those that somebody has checked: a damaged file, or one edited by hand."""
    if " " in digest:
        return  # a part of another journal, whose rows were checked there
    hasher = hashlib.sha256()
    for row in journal.rows():
        # an edited entry may come back as text
        stored: object = row.arguments
        hasher.update((stored if isinstance(stored, bytes) else str(stored).encode()) + b"\n")
    if hasher.hexdigest() != digest:
        raise CheckpointError(
            f"the rows of {journal.path} are not those that it was made with: it is damaged, or was edited. "
            "Keep it, since it tells what was sent, and make a new one of what is left to do"
        )


def _checked(
    change: Change, rows: Iterable[Arguments], names: tuple[str, ...], hasher: Any
) -> Iterator[JournalRow]:
    """Yield the rows as the journal keeps them; wrong ones are raised together at the end."""
    wrong: list[str] = []
    for position, row in enumerate(rows):
        line = getattr(row, "line", None)
        try:
            if not isinstance(row, Mapping):
                raise ArgumentError(f"a row must be a mapping of arguments, not {type(row).__name__}")
            if getattr(row, "wrong", ""):
                raise ArgumentError(getattr(row, "wrong", ""))
            stored = change.encode(row)
            target = dump(key_values(stored, names)).decode() if names else change.target(stored)
        except ArgumentError as error:
            wrong.append(f"{f'line {line}' if line else f'row {position + 1}'}: {error}")
            continue
        # The line break keeps the digest of two rows different from that of one row with the same
        # bytes. JSON of this kind contains none.
        hasher.update(stored + b"\n")
        # After the first wrong row nothing will be stored, but all wrong rows are still
        # collected for one message.
        if not wrong:
            yield JournalRow(position=position, line=line, target=target, arguments=stored)
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise InputError(f"nothing was sent: {'; '.join(wrong[:_SHOWN])}{more}")


def identity_of(change: Change) -> dict[str, str]:
    """Return what a journal must agree on: the operation, and the vendor's address and user as resolved."""
    identity = {"operation": change.name}
    if isinstance(change, OperationChange):
        identity["vendor"] = change.client.identity
    return identity


__all__ = ["Row", "fill", "identity_of"]
