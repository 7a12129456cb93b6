"""Where a journal belongs: a copy next to its original is refused, since both would send the same rows.

A copy has the content of its original, so the journal notes its own path and inode. A file at another place
is refused only where the original is found as well, at the noted path or under another name in the same
folder: one that was moved, to another file system too, was restored, or is mounted elsewhere has no original
to be found. So a file is never refused by a guess; a copy whose original is out of sight is not noticed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from trunkline.errors import CheckpointError


@frozen(kw_only=True)
class Home:
    """id: of the journal, which its copies have too. path, inode: where it was when it was last applied."""

    id: str
    path: str
    inode: int


def claimed(stored: str | None, path: Path) -> str:
    """Return what the journal at this path, without links, is to store as its home. stored: what it has.

    Raises:
        CheckpointError: it is a copy, and its original is there.
    """
    home = Home(**json.loads(stored)) if stored else None
    here = Home(id=home.id if home else uuid.uuid4().hex, path=str(path), inode=path.stat().st_ino)
    if home is not None and here != home:
        for other in _places_of(home, path):
            if _id_of(other) == home.id:
                raise CheckpointError(
                    f"{path} is a copy of {other}, or that of this one: rows of both would be sent twice. "
                    "Apply the one that was applied before, and delete the other"
                )
    return json.dumps(asdict(here))


def _places_of(home: Home, path: Path) -> Iterator[Path]:
    """Yield the files that may be the original."""
    noted = Path(home.path)
    with contextlib.suppress(OSError):
        if not os.path.samefile(noted, path):
            yield noted
    for folder in {noted.parent, path.parent}:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.inode() == home.inode and not os.path.samefile(entry.path, path):
                    yield Path(entry.path)


def _id_of(place: Path) -> str | None:
    """Return the id of a journal, None for any other file."""
    try:
        # Immutable: another run may have the file, and nothing of it is locked or left next to it.
        address = f"{place.resolve().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
            row: Any = db.execute("SELECT value FROM meta WHERE name = 'home'").fetchone()
            return str(json.loads(row[0])["id"]) if row else None
    except (sqlite3.Error, OSError, ValueError, KeyError, TypeError):
        return None


__all__ = ["claimed"]
