"""The file that lets a bulk run continue after a crash: one SQLite row for each key that has an outcome.

An outcome is committed before the caller sees it, so what was seen once is never asked again, also after
`kill -9` (write-ahead log; the operating system keeps what a killed process wrote). Keys in flight at that
moment have no outcome and are asked again: only calls that may be repeated belong in a resumable run.
The file holds customers' data and is readable by its owner only.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec
from attrs import evolve

from trunkline import errors
from trunkline._calls.identity import differing
from trunkline.bulk._files import FileLock, create_private
from trunkline.bulk._key_set import decode_key, key_text
from trunkline.bulk._stored_errors import rebuild_error, stored_text
from trunkline.bulk.outcome import Outcome

T = TypeVar("T")
_VERSION: Final = "1"
_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE outcomes (
    position INTEGER PRIMARY KEY, key TEXT NOT NULL, value BLOB, error_type TEXT, error TEXT,
    status INTEGER, attempts INTEGER NOT NULL, latency REAL NOT NULL
);
"""
_INSERT: Final = "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_json: Final = msgspec.json.Encoder(decimal_format="number")

Row = tuple[int, str, bytes | None, str | None, str | None, int | None, int, float]


def encode_value(value: Any) -> bytes:
    """Write a value as JSON by its wire names; numbers keep their digits."""
    if value is not None and type(value) not in (str, int, float, bool):
        from trunkline._codec.codec import to_wire

        value = to_wire(value)
    try:
        return _json.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can spell and UTF-8 cannot
        return json.dumps(value, default=str).encode()


def decode_value(data: bytes) -> Any:
    """Read back what `encode_value` wrote, as plain JSON values."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return json.loads(data)


class Checkpoint:
    """One open checkpoint file.

    Args:
        path: the file; `PATH-wal` and `PATH-shm` next to it belong to it.
        identity: what the run asks and for which input; a file of another identity is refused. None opens
            any existing checkpoint, to look into it.
        by_key: True remembers keys (each key once), False positions (a key may come again).
        resume: whether the file may exist already.
    Raises:
        CheckpointError: the file exists and `resume` is False, belongs to another run, is not a checkpoint,
            or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        identity: str | None = "",
        by_key: bool = True,
        resume: bool = False,
        encode: Callable[[Any], bytes] = encode_value,
        decode: Callable[[bytes], Any] = decode_value,
    ) -> None:
        self.path, self._encode, self._decode = path, encode, decode
        self.by_key = by_key
        self._resumed = False
        if path.is_dir():
            raise errors.CheckpointError(f"the checkpoint {path} is a folder: name a file")
        with self._explained("opened"):
            exists = path.exists() and path.stat().st_size > 0
        if exists and not resume:
            raise errors.CheckpointError(
                f"the checkpoint {path} exists already: resume that run, or delete the file to start anew"
            )
        self._resumed = exists
        # one run at a time; the lock ends with the process, however it ends
        self._lock = FileLock(path, f"the checkpoint {path}")
        try:
            with self._explained("opened"):
                create_private(path)
                self._db = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        except BaseException:
            self._lock.release()
            raise
        try:
            with self._explained("opened"):
                self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
                # A commit in the write-ahead log is one append. With NORMAL it survives a killed
                # process; a power cut may lose the last outcomes, whose keys are then asked again.
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                meta = {"version": _VERSION, "identity": identity, "by": "key" if by_key else "place"}
                self._settle({name: text for name, text in meta.items() if text is not None})
                self._file = path.stat()
        except BaseException:
            self._db.close()
            self._lock.release()
            raise

    def _settle(self, meta: dict[str, str]) -> None:
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            unique = "UNIQUE " if self.by_key else ""
            index = f"CREATE {unique}INDEX outcomes_key ON outcomes (key);"
            self._db.executescript(f"BEGIN;{_SCHEMA}{index}")
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            self._db.execute("COMMIT")
            return
        found = dict(self._db.execute("SELECT name, value FROM meta")) if "meta" in tables else {}
        for name, wanted in meta.items():
            if found.get(name) != wanted:
                what = differing(found.get(name), wanted) if name == "identity" else name
                raise errors.CheckpointError(
                    f"the checkpoint {self.path} belongs to another run (its {what} "
                    f"{'differ' if ' and ' in what else 'differs'}): "
                    "resume with the same call and input, or delete it to start anew"
                )

    @contextlib.contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if "locked" in str(error):
                raise errors.CheckpointError(
                    f"the checkpoint {self.path} is in use by another run"
                ) from error
            raise errors.CheckpointError(
                f"the checkpoint {self.path} cannot be {verb}: {error}. "
                "What it holds is kept; make room or fix the file, then resume"
            ) from error
        except UnicodeError:
            raise errors.CheckpointError(f"the checkpoint {self.path} is damaged") from None

    def _read(self, read: Callable[[], T]) -> T:
        """Read from the file; the error of a damaged file does not contain its data."""
        try:
            return read()
        except (sqlite3.OperationalError, ValueError, TypeError) as error:
            reason = type(error).__name__  # the text may hold the entry
        except sqlite3.Error as error:
            reason = str(error)
        raise errors.CheckpointError(
            f"the checkpoint {self.path} is damaged and cannot be read ({reason}): keep a copy of it, and "
            "start anew with another file"
        )

    def find(self, position: int, text: str) -> int | None:
        """Return the position at which this key (or, without dedupe, this position) was settled.

        Raises:
            CheckpointError: another key was settled at this position, so the input is not the same.
        """
        where = "key = :key OR position = :place" if self.by_key else "position = :place"
        query = f"SELECT position, key FROM outcomes WHERE {where}"  # noqa: S608
        found = self._read(lambda: self._db.execute(query, {"key": text, "place": position}).fetchall())
        # Checked first: the key may be there too, at its place in another order of the input.
        if any(place == position and key != text for place, key in found):
            raise errors.CheckpointError(
                f"the checkpoint {self.path} was made for another input (key {position + 1} differs): "
                "resume with the same input, or delete it to start anew"
            )
        return next((int(place) for place, _ in found), None)

    def beyond(self, count: int) -> int:
        """Return how many keys the input must have, 0 if that is not more than `count`."""
        query = "SELECT max(position) FROM outcomes"
        (last,) = self._read(lambda: self._db.execute(query).fetchone())
        return int(last) + 1 if last is not None and last >= count else 0

    def claim(self, api: str, client: str) -> None:
        """Record the client that is called for this API: its address, environment, user and routes.

        Raises:
            CheckpointError: an earlier run went to another address, environment or user.
        """
        with self._explained("written"):
            query = "SELECT value FROM meta WHERE name = ?"
            found = self._db.execute(query, (f"client {api}",)).fetchone()
            known = json.loads(found[0]) if found else []
            if client in known:
                return
            if known and self._resumed:
                other = differing(known[-1], client)
                raise errors.CheckpointError(
                    f"the checkpoint {self.path} was made with another {other} of {api}: resume with the "
                    "same, or use another file"
                )
            meta = (f"client {api}", json.dumps([*known, client]))
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta)

    def write(self, outcomes: Sequence[Outcome[Any, Any]]) -> list[Outcome[Any, Any]]:
        """Commit these outcomes together, and return them as they were kept."""
        kept, rows = [], []
        for outcome in outcomes:
            try:
                row = self._row(outcome)
            except (errors.ArgumentError, RecursionError):  # one response must not end the run of all keys
                failed = errors.ResponseShapeError("the response is nested too deeply to be kept")
                outcome = evolve(outcome, value=None, error=failed)
                row = self._row(outcome)
            kept.append(outcome)
            rows.append(row)
        with self._explained("written"):
            self._db.execute("BEGIN")
            try:
                self._db.executemany(_INSERT, rows)
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back by itself, as it does on a full disk
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        return kept

    def _row(self, outcome: Outcome[Any, Any]) -> Row:
        error = outcome.error
        status = getattr(error, "status", None)
        return (
            outcome.index,
            key_text(outcome.key),
            self._encode(outcome.value) if error is None else None,
            type(error).__name__ if error is not None else None,
            stored_text(error) if error is not None else None,
            status if isinstance(status, int) and status else None,
            outcome.attempts,
            outcome.latency,
        )

    def outcomes(self) -> Iterator[Outcome[Any, Any]]:
        """Yield what was settled, in the order of the input, one at a time from the file."""
        rows = self._read(lambda: self._db.execute("SELECT * FROM outcomes ORDER BY position"))
        while (outcome := self._read(lambda: self._restored(next(rows, None)))) is not None:
            yield outcome

    def _restored(self, row: Row | None) -> Outcome[Any, Any] | None:
        if row is None:
            return None
        position, key, value, kind, message, status, attempts, latency = row
        if not isinstance(key, str) or (kind is None and not isinstance(value, bytes)):
            raise TypeError
        return Outcome(
            key=decode_key(key),
            value=self._decode(value) if kind is None and value is not None else None,
            error=None if kind is None else rebuild_error(kind, message or "", status),
            attempts=attempts,
            latency=latency,
            index=position,
            restored=True,
        )

    def counts(self) -> tuple[int, int]:
        """Return how many keys are settled, and how many of them with an error."""
        query = "SELECT count(*), count(error_type) FROM outcomes"
        done, failed = self._read(lambda: self._db.execute(query).fetchone())
        return int(done), int(failed)

    def forget_failed(self, kinds: Iterable[str] | None = None) -> int:
        """Forget keys that ended in an error (of these type names), so that they are asked again."""
        with self._explained("written"):
            if kinds is None:
                return self._db.execute("DELETE FROM outcomes WHERE error_type IS NOT NULL").rowcount
            names = list(kinds)
            marks = ", ".join("?" * len(names))
            text = f"DELETE FROM outcomes WHERE error_type IN ({marks})"  # noqa: S608
            return self._db.execute(text, names).rowcount

    @property
    def finished(self) -> bool:
        """Whether the run reached the end of its input."""
        query = "SELECT 1 FROM meta WHERE name = 'finished'"
        return self._read(lambda: self._db.execute(query).fetchone()) is not None

    def finish(self, finished: bool = True) -> None:
        """Record whether the run reached the end of its input.

        Raises:
            CheckpointError: the file was removed or replaced during the run.
        """
        with self._explained("written"):
            if finished:
                self._refuse_replaced()
                self._db.execute("INSERT OR REPLACE INTO meta VALUES ('finished', '1')")
            else:
                self._db.execute("DELETE FROM meta WHERE name = 'finished'")

    def _refuse_replaced(self) -> None:
        # SQLite writes on into a file that has lost its name; its outcomes would be gone with it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(self._file, self.path.stat()):
                return
        raise errors.CheckpointError(
            f"something removed or replaced the checkpoint {self.path} during the run: what was answered is "
            "not in the file that is there now"
        )

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it. A full disk does not stop this."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        self._lock.release()

    def delete(self) -> None:
        """Close and remove the file."""
        self.close()
        delete(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def delete(path: Path) -> None:
    """Remove a checkpoint and the files that SQLite keeps next to it; a link to it stays."""
    place = path.resolve()
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)


__all__ = ["Checkpoint", "decode_value", "delete", "encode_value"]
