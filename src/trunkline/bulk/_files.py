"""Files that one run owns: created for their owner only, and locked as long as the run lasts."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import IO

from trunkline.errors import CheckpointError

try:
    import fcntl
except ImportError:  # Windows: SQLite's own lock is what remains
    fcntl = None  # type: ignore[assignment]


class InUseError(CheckpointError):
    """Another run holds the file; it is free once that run has ended. place: the file."""

    place: Path


def create_private(path: Path) -> None:
    """Create the file with mode 0600 before SQLite does with the umask's, and narrow an existing one.

    Raises:
        CheckpointError: the file has a second name.
    """
    # SQLite creates its files with the umask's mode, readable by everybody on many systems, and the
    # file holds customers' records. The write-ahead log takes the mode of the database file.
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # Locks and write-ahead logs go by the name: a run through another name would write into the same
        # file at the same time, or miss what a killed run has left in its log.
        if os.fstat(handle).st_nlink > 1:
            raise CheckpointError(
                f"{path} has several names (hard links), and a run through another one would damage it: "
                "remove them, or use a copy"
            )
        if hasattr(os, "fchmod"):
            # the mode of `open` counts for a new file only; a file that somebody made before keeps a wider
            # one
            # A file of another owner that is writable for us can still be used; only its
            # owner can narrow it.
            with contextlib.suppress(PermissionError):
                os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


class FileLock:
    """An exclusive lock on `PATH.lock`, held until `release` or the end of the process.

    SQLite locks with POSIX record locks, which fall as soon as the process closes *any* descriptor of the
    file (fcntl(2)): reading the checkpoint in the same process, as a copy or a digest does, would unlock it.
    `flock` belongs to the open file description instead and survives that. It is taken on a file of its own,
    since some systems map flock to record locks.

    Args:
        path: the file to protect. what: its name in the error's text.
    Raises:
        InUseError: another run holds the lock. CheckpointError: the folder cannot be written.
    """

    def __init__(self, path: Path, what: str) -> None:
        # Through a link the same file is meant, so the same lock is taken.
        place = path.resolve()
        self.path = place.with_name(place.name + ".lock")
        self._file: IO[bytes] | None = None
        try:
            self._acquire()
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN) and self._file is not None:
                self._file.close()
                self._file = None
                busy = InUseError(f"{what} is in use by another run")
                busy.place = path
                raise busy from None
            raise CheckpointError(f"{what} cannot be opened: {error.strerror or error}") from error

    def _acquire(self) -> None:
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            self._file = os.fdopen(handle, "rb+")
            if fcntl is None:
                return
            # The lock is not waited for: a second run on the same file is a mistake that its user
            # should see at once. The kernel drops the lock when the process dies, so `kill -9` leaves
            # nothing to clean up.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # the former holder may have removed the file between our open and our lock: then lock the new one
            with contextlib.suppress(FileNotFoundError):
                # Equal device and inode: the path still names the file that is locked.
                if os.path.samestat(os.fstat(handle), os.stat(self.path)):
                    return
            self._file.close()

    def release(self) -> None:
        """Remove the lock file and unlock; a second call does nothing."""
        if self._file is None:
            return
        # removed while locked: who opens the path afterwards finds a new file
        with contextlib.suppress(OSError):
            self.path.unlink()
        self._file.close()
        self._file = None


__all__ = ["FileLock", "InUseError", "create_private"]
