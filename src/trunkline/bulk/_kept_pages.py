"""The pages that an export has fetched so far, kept until its output is complete."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from trunkline.bulk._files import FileLock, create_private
from trunkline.client import Page, Pager
from trunkline.errors import CheckpointError

_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE pages (number INTEGER PRIMARY KEY, rows INTEGER NOT NULL, token TEXT, body BLOB NOT NULL);
"""


class KeptPages:
    """The pages of an unfinished export, in SQLite: each is committed before the next is fetched.

    Raises:
        CheckpointError: the file is there and `resume` is False, is in use, or holds another collection.
    """

    def __init__(self, path: Path, identity: str, *, resume: bool) -> None:
        self._path = path
        exists = path.exists() and path.stat().st_size > 0
        if exists and not resume:
            raise CheckpointError(
                f"{path} holds an unfinished export: resume it, or delete the file to start anew"
            )
        self._lock = FileLock(path, f"the export {path}")
        try:
            create_private(path)
            # `isolation_level=None` commits each statement by itself. Python's default would open
            # transactions on its own and lose the last page of a killed process.
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            # A power cut may cost the last pages, which are then fetched again. The journal of changes
            # uses FULL, since a lost mark there would send a change twice.
            self._db.execute("PRAGMA synchronous = NORMAL")
            if not exists:
                self._db.executescript(f"BEGIN;{_SCHEMA}")
                self._db.execute("INSERT INTO meta VALUES ('identity', ?)", (identity,))
                self._db.execute("COMMIT")
            (found,) = self._db.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()
        except (sqlite3.Error, OSError, TypeError) as error:
            self._lock.release()
            raise CheckpointError(f"the export {path} cannot be opened: {type(error).__name__}") from error
        if found != identity:
            self.close()
            raise CheckpointError(
                f"{path} holds an export of another collection, filter, address or user: "
                "resume with the same, or delete the file to start anew"
            )

    def claim(self, client: str) -> None:
        """Record the client that pages are fetched with: its address, environment, user and routes.

        Raises:
            CheckpointError: an earlier run fetched pages from another address or as another user.
        """
        with self._explained():
            # The first run records its client and a later one finds that record, in one statement each.
            query = "INSERT OR IGNORE INTO meta VALUES ('client', ?)"
            self._db.execute(query, (client,))
            (found,) = self._db.execute("SELECT value FROM meta WHERE name = 'client'").fetchone()
        if found != client:
            raise CheckpointError(
                f"{self._path} holds an export of another address, environment, user or route: resume with "
                "the same, or delete the file to start anew"
            )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise CheckpointError(
                f"{self._path} cannot be written ({error}): what it holds is kept; make room, then resume"
            ) from error

    def kept(self, pager: Pager[Any]) -> Iterator[tuple[list[Any], str | None]]:
        """Yield the rows and the token of each page that is kept, one page at a time."""
        asked = pager._asked
        number = -1
        while True:
            # Pages are read one by one and not through one cursor: the body of a page may be megabytes,
            # and pages are added while this generator is paused.
            query = "SELECT number, token, body FROM pages WHERE number > ? ORDER BY number LIMIT 1"
            found = self._db.execute(query, (number,)).fetchone()
            if found is None:
                return
            number, token, body = found
            # The kept body is decoded like a fresh one, so a resumed export has the same
            # types and the same drift.
            yield asked.codec.decode_page(asked.op, body).rows, token

    def add(self, number: int, page: Page[Any], body: bytes) -> None:
        """Keep one more page."""
        with self._explained():
            self._db.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (number, len(page), page.token, body))

    def delete(self) -> None:
        """Remove the file: the export is complete."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        self._lock.release()


__all__ = ["KeptPages"]
