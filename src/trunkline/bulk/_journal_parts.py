"""Parts of a journal that other processes carry out, each as a journal file of its own.

The order of the steps is the guarantee. Handing over: the parts are written, then one transaction of the
journal lists them and marks their rows as possibly sent; only then may a part be carried out. Taking back: a
part is locked and closed for ever, then one transaction of the journal takes its outcomes and strikes it off
the list, then its file is removed. After a crash between two steps each row has one place that tells of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from attrs import evolve, field, frozen

from trunkline.bulk._files import FileLock, InUseError, create_private
from trunkline.bulk._journal_tables import COLUMNS, OUTCOME, SCHEMA
from trunkline.errors import CheckpointError

_PROOF: Final = "handed over to a part of the journal"


@frozen(kw_only=True)
class Parts:
    """Which parts of a journal are out.

    id: of the journal, which its parts bear. folder: its name, next to the journal. started: how often rows
    were handed over. rows: of each part by its file's name.
    """

    id: str
    folder: str
    started: int = 0
    rows: dict[str, int] = field(factory=dict)

    def stored(self) -> str:
        """As the journal keeps it."""
        return json.dumps({name: getattr(self, name) for name in ("id", "folder", "started", "rows")})


def folder_of(path: Path) -> Path:
    """Return where the parts of a journal lie."""
    return path.with_name(f"{path.name}.parts")


def refuse_left(path: Path) -> None:
    """Refuse a new journal where parts of an earlier one of this name are left.

    Raises:
        CheckpointError: they are: their rows may have run.
    """
    if next(folder_of(path).glob("part-*.journal"), None) is not None:
        raise CheckpointError(
            f"{folder_of(path)} holds parts of an earlier {path.name}, whose rows may have run: bring that "
            "file back, use another file name, or remove the folder once nobody needs to know what became of "
            "them"
        )


def parts_of(path: Path, stored: str | None) -> Parts | None:
    """Return the parts of a journal; None for one that never had any."""
    if stored is not None:
        return Parts(**json.loads(stored))
    # A journal without parts and a folder of them: the journal was made anew, or an old copy was put back.
    return Parts(id="", folder=folder_of(path).name) if folder_of(path).is_dir() else None


def hand_over(
    db: sqlite3.Connection,
    transaction: Callable[[], AbstractContextManager[None]],
    path: Path,
    states: Sequence[str],
    size: int,
) -> list[Path]:
    """Move the rows in these states into parts of this size and return the parts' files.

    Raises:
        CheckpointError: parts cannot be written; nothing is handed over then.
    """
    meta = dict(db.execute("SELECT name, value FROM meta"))
    before = parts_of(path, meta.get("parts")) or Parts(id="", folder="")
    if before.rows:
        raise CheckpointError(f"parts of {path} are being carried out already")
    folder = folder_of(path)
    parts = Parts(id=before.id or uuid.uuid4().hex, folder=folder.name, started=before.started + 1)
    marks = ", ".join("?" * len(states))
    query = f"SELECT position FROM rows WHERE state IN ({marks}) ORDER BY position"  # noqa: S608
    positions = [position for (position,) in db.execute(query, tuple(states))]
    if not positions:
        return []
    with transaction():
        _store(db, parts)  # so that parts which a crash leaves behind are known as this journal's
    folder.mkdir(mode=0o700, exist_ok=True)
    files = []
    for number, start in enumerate(range(0, len(positions), size)):
        held = positions[start : start + size]
        # The number of the hand-over is in the name, so that a worker that wakes up late never finds the rows
        # of a later one under the name it knows.
        place = folder / f"part-{parts.started:03d}-{number:06d}.journal"
        about = {
            "version": meta["version"], "operation": meta["operation"], "vendor": meta.get("vendor", ""),
            "digest": f"{meta.get('digest')} {place.name}", "rows": str(len(held)), "part_of": parts.id,
        }  # fmt: skip
        _write(place, path, (held[0], held[-1], *states), marks, about)
        parts.rows[place.name] = len(held)
        files.append(place)
    _sync(folder)
    with transaction():
        # A program that knows nothing of parts reads these rows as possibly sent, and does not send them.
        db.execute(
            f"UPDATE rows SET state = 'sending', proof = ? WHERE state IN ({marks})",  # noqa: S608
            (_PROOF, *states),
        )
        _store(db, parts)
    return files


def _write(place: Path, journal: Path, values: tuple[Any, ...], marks: str, about: dict[str, str]) -> None:
    create_private(place)
    with contextlib.closing(sqlite3.connect(place, isolation_level=None, timeout=5.0)) as db:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("ATTACH ? AS whole", (str(journal),))
        db.executescript(f"BEGIN;{SCHEMA}")
        db.executemany("INSERT INTO meta VALUES (?, ?)", about.items())
        db.execute(
            f"INSERT INTO rows ({COLUMNS}) SELECT {COLUMNS} FROM whole.rows "  # noqa: S608
            f"WHERE position BETWEEN ? AND ? AND state IN ({marks})",
            values,
        )
        db.execute("COMMIT")


def _sync(folder: Path) -> None:
    """Make new names of a folder durable (fsync(2): syncing a file does not sync its entry)."""
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _store(db: sqlite3.Connection, parts: Parts) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES ('parts', ?)", (parts.stored(),))


def take_back(
    db: sqlite3.Connection,
    transaction: Callable[[], AbstractContextManager[None]],
    path: Path,
    stored: str | None,
    *,
    busy: bool = False,
) -> None:
    """Take what became of the rows of all parts into the journal, and remove the parts.

    Args:
        busy: leave parts that are being carried out where they are.
    Raises:
        InUseError: a part is being carried out. CheckpointError: a part is missing, damaged or another
            journal's: its rows may have run.
    """
    parts = parts_of(path, stored)
    if parts is None:
        return
    folder = path.with_name(parts.folder)
    for name, count in parts.rows.items():
        place = folder / name
        if not place.exists():
            raise CheckpointError(
                f"{place} is missing: it tells what became of {count} rows of {path}, which may have run. "
                "Bring it back to this place (or mount it here), or plan these rows anew"
            )
        try:
            lock = FileLock(place, f"{place}, a part of {path},")
        except InUseError:
            if busy:
                continue
            raise
        with contextlib.closing(_Locked(lock)):
            with _attached(db, place, parts.id):
                _take(db, transaction, place, name, count)
            _remove(place)
    if folder.is_dir():
        _sweep(db, path, folder, parts.id)


class _Locked:
    def __init__(self, lock: FileLock) -> None:
        self.close = lock.release


@contextlib.contextmanager
def _attached(db: sqlite3.Connection, place: Path, id: str) -> Iterator[None]:
    """Have the part as the database `part`.

    Raises:
        CheckpointError: it is a part of another journal.
    """
    db.execute("ATTACH ? AS part", (str(place),))
    try:
        # as the journal itself: what is closed stays closed after a power cut
        db.execute("PRAGMA part.synchronous = FULL")
        owner = db.execute("SELECT value FROM part.meta WHERE name = 'part_of'").fetchone()
        if owner is None or not id or owner[0] != id:
            raise CheckpointError(
                f"{place} is a part of another journal of this name, and its rows may have run. "
                "Use another file name; remove the folder once nobody needs to know what became of them"
            )
        yield
    finally:
        db.execute("DETACH part")


def _take(
    db: sqlite3.Connection,
    transaction: Callable[[], AbstractContextManager[None]],
    place: Path,
    name: str,
    count: int,
) -> None:
    (found,) = db.execute("SELECT count(*) FROM part.rows JOIN main.rows USING (position)").fetchone()
    if found != count:
        raise CheckpointError(
            f"{place} is damaged: it holds {found} of {count} rows, and what became of the others is not "
            "known. Keep a copy of it; do not send its rows again unlooked"
        )
    # Closed in a transaction of its own and first: whoever wakes up late, and opens the part after this
    # process was killed, must not carry out what the journal already counts as not sent.
    db.execute("INSERT OR REPLACE INTO part.meta VALUES ('closed', '1')")
    with transaction():
        db.execute(
            f"UPDATE main.rows SET ({OUTCOME}) = "  # noqa: S608
            f"(SELECT {OUTCOME} FROM part.rows WHERE part.rows.position = main.rows.position) "
            "WHERE position IN (SELECT position FROM part.rows)"
        )
        (stored,) = db.execute("SELECT value FROM main.meta WHERE name = 'parts'").fetchone()
        parts = Parts(**json.loads(stored))
        _store(db, evolve(parts, rows={one: rows for one, rows in parts.rows.items() if one != name}))


def _sweep(db: sqlite3.Connection, path: Path, folder: Path, id: str) -> None:
    """Remove parts that are not listed: a crash came before they were listed, or before they were removed.

    Raises:
        CheckpointError: one was carried out further than the journal knows.
    """
    (stored,) = db.execute("SELECT value FROM meta WHERE name = 'parts'").fetchone() or ("",)
    listed = Parts(**json.loads(stored)).rows if stored else {}
    for place in sorted(folder.glob("part-*.journal")):
        if place.name in listed:
            continue  # being carried out
        with contextlib.closing(_Locked(FileLock(place, f"{place}, a part of {path},"))):
            if _is_empty(place):
                _remove(place)
                continue
            with _attached(db, place, id):
                closed = db.execute("SELECT 1 FROM part.meta WHERE name = 'closed'").fetchone()
                (ahead,) = db.execute(
                    "SELECT count(*) FROM part.rows p LEFT JOIN main.rows r USING (position) "
                    "WHERE p.sends > coalesce(r.sends, 0)"
                ).fetchone()
                if ahead and not closed:
                    raise CheckpointError(
                        f"{place} was carried out by a later state of {path} than this one: {ahead} rows may "
                        "have run that this file calls unsent. Use the later file"
                    )
            _remove(place)
    if not listed:
        # What is left are files of ours next to no part; a folder that is not ours has others.
        for rest in folder.glob("part-*.journal*"):
            rest.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()


def _is_empty(place: Path) -> bool:
    """Whether a crash came before the part had its tables."""
    with contextlib.closing(sqlite3.connect(place)) as db:
        return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'rows'").fetchone() is None


def _remove(place: Path) -> None:
    # The lock file goes with the lock.
    for ending in ("", "-wal", "-shm", "-journal"):
        place.with_name(place.name + ending).unlink(missing_ok=True)


__all__ = ["Parts", "folder_of", "hand_over", "refuse_left", "take_back"]
