"""The file that makes bulk changes happen once: what is to be sent, what was sent, and what became of it.

Each row is stored before anything is sent, and is marked as sent by a commit that has reached the disk before
the request leaves (`synchronous = FULL`). After a crash a row is therefore in one of two states: certainly
not sent, or possibly sent. Only rows of the first kind are sent. The file holds customers' data and is
readable by its owner only.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Self

import msgspec
from attrs import field, frozen

from trunkline._calls.identity import differing
from trunkline.bulk import _journal_home, _journal_parts
from trunkline.bulk._files import FileLock, create_private
from trunkline.bulk._journal_tables import COLUMNS, SCHEMA, VERSION
from trunkline.bulk._stored_errors import rebuild_error
from trunkline.errors import CheckpointError, InputError, TrunklineError

State = Literal["planned", "sending", "done", "refused", "left", "failed", "quarantined"]
"""planned: not sent. sending: may have been sent, nothing is known of it. done: carried out. refused: the
vendor refused it, so it was not carried out. left: not sent, because the object is not as it was planned for.
failed: not carried out, may be sent again by the next run. quarantined: may have been carried out, and
cannot be settled."""

SENDABLE: Final = ("planned", "failed")
_FIELDS: Final = (
    "position", "line", "target", "arguments", "seen", "state", "before", "sends", "sent_at", "response",
    "error_type", "message", "status", "proof",
)  # fmt: skip
_SETTLE: Final = (
    "UPDATE rows SET state = ?, response = ?, error_type = ?, error = ?, status = ?, proof = ? "
    "WHERE position = ?"
)
_SEND: Final = (
    "UPDATE rows SET state = 'sending', before = ?, sent_at = ?, sends = sends + 1 WHERE position = ?"
)
_INSERT: Final = (
    "INSERT INTO rows (position, line, target, arguments, seen, state, proof) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@frozen(kw_only=True)
class JournalRow:
    """One row of a journal.

    position: in the input, from 0. line: of the input file, None where the rows do not come from one.
    arguments, seen, before, response: JSON; seen is what the plan saw, before what was read just before
    sending. sends: how often the request may have left. sent_at: Unix seconds of the last time. proof: in
    words, why the state is so.
    """

    position: int
    line: int | None = None
    target: str | None = field(default=None, repr=False)
    arguments: bytes = field(default=b"{}", repr=False)
    seen: bytes | None = field(default=None, repr=False)
    state: State = "planned"
    before: bytes | None = field(default=None, repr=False)
    sends: int = 0
    sent_at: float | None = None
    response: bytes | None = field(default=None, repr=False)
    error_type: str | None = None
    message: str | None = None
    status: int | None = None
    proof: str = ""

    @property
    def error(self) -> Exception | None:
        """The error of the row, rebuilt from the journal; None for a row without one."""
        if self.error_type is None:
            return None
        error = rebuild_error(self.error_type, self.message or "", self.status)
        if isinstance(error, TrunklineError):
            error.may_have_run = self.state in ("sending", "quarantined")
        return error


class Journal:
    """One open journal file; one process at a time has it.

    Args:
        path: the file; `PATH-wal`, `PATH-shm` and `PATH.lock` belong to it.
        identity: operation, vendor and user of the rows; a journal of others is refused. None opens any
            existing journal, to look into it.
        create: whether the file may be a new one; by default if there is an identity.

    Rows that were handed over to parts, and what became of them there, are taken back first.

    Raises:
        CheckpointError: the file belongs to another run, is in use, is not a journal, or cannot be written;
            or one of its parts is missing, damaged or in use.
    """

    def __init__(
        self, path: Path | str, *, identity: Mapping[str, str] | None = None, create: bool | None = None
    ) -> None:
        self.path = Path(path)
        if self.path.is_dir():
            raise CheckpointError(f"the journal {self.path} is a folder: name a file")
        create = identity is not None if create is None else create
        # The file that a link leads to is locked: another run may come by its own name.
        self._lock = FileLock(self.path.resolve(), f"the journal {self.path}")
        try:
            if not self.path.exists():
                if not create:
                    raise CheckpointError(f"there is no journal {self.path}")
                _journal_parts.refuse_left(self.path.resolve())
            with self._explained("opened"):
                create_private(self.path)
                self._db = sqlite3.connect(self.path, isolation_level=None, timeout=0.5)
            try:
                with self._explained("opened"):
                    self._db.execute("PRAGMA journal_mode = WAL")
                    # In WAL mode, NORMAL does not call fsync at a commit, so a power cut could undo the
                    # mark of a request that has left; the row would be sent a second time.
                    self._db.execute("PRAGMA synchronous = FULL")
                    self._prepare({"version": VERSION, **(identity or {})}, create=create)
                self.take_back()
            except BaseException:
                self._db.close()
                raise
        except BaseException:
            self._lock.release()
            raise

    def _prepare(self, meta: Mapping[str, str], *, create: bool) -> None:
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables and create:
            self._db.executescript(f"BEGIN;{SCHEMA}")
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            self._db.execute("COMMIT")
            return
        if not {"meta", "rows"} <= tables:
            raise CheckpointError(f"{self.path} is not a journal of bulk changes")
        found = self._meta()
        for name, wanted in meta.items():
            if found.get(name) != wanted:
                known = found.get(name)
                what = f"its {name} is {known or 'unknown'}, this one's is {wanted}"
                if name == "vendor":
                    what = f"another {differing(known, wanted)} of its vendor"
                raise CheckpointError(
                    f"the journal {self.path} belongs to another run ({what}): use another journal file"
                )
        if "closed" in found and "operation" in meta:
            raise CheckpointError(f"the rows of {self.path} were taken back into the journal of all rows")
        # A damaged file may open without an error and miss rows. Sending the rest, and then the input
        # again, would repeat changes.
        (count,) = self._db.execute("SELECT count(*) FROM rows").fetchone()
        if "rows" in found and count != int(found["rows"] or 0):
            raise CheckpointError(
                f"the journal {self.path} is damaged: it holds {count} of {found['rows']} rows, and what "
                "became of the others is not known. Keep a copy of it; do not send its rows again unlooked"
            )

    def _meta(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT name, value FROM meta"))

    @contextlib.contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise CheckpointError(
                f"the journal {self.path} cannot be {verb}: {error}. What it holds is kept; "
                "make room or fix the file, then run again"
            ) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained("written"):
            # The write lock is taken at once. A deferred transaction takes it at its first write, in
            # the middle of the work, and may fail there.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back by itself, as it does on a full disk
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    # ---- the rows

    @property
    def digest(self) -> str | None:
        """The digest of all rows once they are complete, None while they are being added."""
        with self._explained("read"):
            return self._meta().get("digest")

    def meta(self, name: str) -> str | None:
        """Return one of the journal's properties: operation, vendor, digest …"""
        with self._explained("read"):
            return self._meta().get(name)

    def add_all(self, rows: Iterable[JournalRow], digest: Any) -> int:
        """Store all rows in one transaction and return their number; after a crash none of them is there.

        Args:
            digest: called without arguments once the last row was taken; identifies the rows.
        Raises:
            InputError: two rows change the same object.
        """
        count = 0
        with self._transaction():
            # There is no digest yet, so nothing of an earlier attempt was sent.
            self._db.execute("DELETE FROM rows")
            for row in rows:
                count += 1
                try:
                    values = (
                        row.position,
                        row.line,
                        row.target,
                        row.arguments,
                        row.seen,
                        row.state,
                        row.proof,
                    )
                    self._db.execute(_INSERT, values)
                except sqlite3.IntegrityError:
                    raise InputError(self._repeated(row)) from None
            meta = [("digest", digest()), ("rows", str(count))]
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta)
        return count

    def _repeated(self, row: JournalRow) -> str:
        query = "SELECT line, position FROM rows WHERE target = ?"
        line, position = self._db.execute(query, (row.target,)).fetchone()
        one = f"line {line}" if line else f"row {position + 1}"
        other = f"line {row.line}" if row.line else f"row {row.position + 1}"
        return (
            f"{one} and {other} change the same object, and their order is not defined: "
            "keep one of them, or run them one after the other"
        )

    def rows(self, *states: str) -> Iterator[JournalRow]:
        """Yield the rows in these states (all by default) in the order of the input, read in portions."""
        where = f"AND state IN ({', '.join('?' * len(states))})" if states else ""
        # Portions instead of one cursor: rows change their state while this generator is paused, and
        # SQLite does not define what an open cursor then sees.
        query = f"SELECT {COLUMNS} FROM rows WHERE position > ? {where} ORDER BY position LIMIT 500"  # noqa: S608
        last = -1
        while True:
            with self._explained("read"):
                found = self._db.execute(query, (last, *states)).fetchall()
            if not found:
                return
            for row in found:
                yield _row(row)
            last = found[-1][0]

    def row(self, position: int) -> JournalRow:
        """Return one row."""
        query = f"SELECT {COLUMNS} FROM rows WHERE position = ?"  # noqa: S608
        with self._explained("read"):
            return _row(self._db.execute(query, (position,)).fetchone())

    def counts(self) -> Counter[str]:
        """Return the number of rows in each state."""
        with self._explained("read"):
            return Counter(dict(self._db.execute("SELECT state, count(*) FROM rows GROUP BY state")))

    def commit(self, sent: Sequence[JournalRow], settled: Sequence[JournalRow], now: float) -> None:
        """Store both durably in one transaction; the requests of `sent` may leave once this returns."""
        with self._transaction():
            self._db.executemany(_SETTLE, [_settled(row) for row in settled])
            self._db.executemany(_SEND, [(row.before, now, row.position) for row in sent])

    def store_seen(self, rows: Sequence[JournalRow]) -> None:
        """Store what a plan saw of these rows, and which of them are left."""
        with self._transaction():
            self._db.executemany(
                "UPDATE rows SET seen = ?, state = ?, proof = ? WHERE position = ?",
                [(row.seen, row.state, row.proof, row.position) for row in rows],
            )

    def set_meta(self, name: str, value: str) -> None:
        """Store one of the journal's properties."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def release_quarantined(self) -> int:
        """Make quarantined rows sendable again, as a person decided; return how many."""
        with self._transaction():
            return self._db.execute(
                "UPDATE rows SET state = 'planned', proof = 'sent again on request' "
                "WHERE state = 'quarantined'"
            ).rowcount

    def claim_home(self) -> None:
        """Note where this file is. Raises: CheckpointError: it is a copy, and its original is there."""
        home = self.meta("home")
        if self.meta("part_of") is None and (now := _journal_home.claimed(home, self.path.resolve())) != home:
            self.set_meta("home", now)

    def hand_over(self, states: Sequence[str], size: int) -> list[Path]:
        """Move the rows in these states into parts of this size, and return their files.

        A part is a journal that another process may carry out. This one calls its rows possibly sent then.
        """
        place = self.path.resolve()
        with self._explained("handed over"):
            return _journal_parts.hand_over(self._db, self._transaction, place, states, size)

    def take_back(self, *, busy: bool = False) -> None:
        """Take what became of the rows of all parts into this file; busy: leave parts that are in use."""
        place = self.path.resolve()
        with self._explained("read"):
            _journal_parts.take_back(self._db, self._transaction, place, self._meta().get("parts"), busy=busy)

    def close(self) -> None:
        """Close the file; a full disk does not stop this."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _row(row: Sequence[Any]) -> JournalRow:
    values = dict(zip(_FIELDS, row, strict=True))
    return JournalRow(**{**values, "proof": values["proof"] or ""})


def _settled(row: JournalRow) -> tuple[Any, ...]:
    return (row.state, row.response, row.error_type, row.message, row.status, row.proof, row.position)


def decoded(data: bytes | None) -> Any:
    """Return stored JSON as plain values, None for nothing."""
    return None if data is None else msgspec.json.decode(data)


__all__ = ["SENDABLE", "Journal", "JournalRow", "State", "decoded"]
