"""Output files that are written as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trunkline.errors import InputError, TrunklineError

_PART: Final = re.compile(r"\.(?P<pid>\d+)\.part\Z")


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a temporary file next to `path` that replaces it when the block ends well.

    A symbolic link stays one, and an existing file keeps its mode. What an earlier run left half-written,
    because it was killed, is removed; SIGTERM and SIGHUP remove it at once.

    Args:
        private: the file holds key material or personal data: a new one is readable by its owner only.
    Raises:
        InputError: the file cannot be written (full disk, missing folder); what was at `path` is untouched.
    """
    # Renaming a file over /dev/stdout or a named pipe would replace the device itself.
    if path.exists() and not path.is_file():
        with _writable(path):
            yield path  # a device or a pipe cannot be replaced
        return
    # The link's target is replaced; a rename onto the link would leave a plain file in its place.
    place = path.resolve()
    _remove_leftovers(place)
    # The temporary file is in the same folder because a rename is atomic only within one file system.
    # The process id in its name shows a later run whether its owner is still alive.
    temporary = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with _writable(path), _ended_by_signals():
            _create(temporary, place, private=private)
            yield temporary
            with temporary.open("rb") as file:
                # Without this a power cut after the rename may leave an empty file in place of the old
                # one: some file systems write the new name before the content.
                os.fsync(file.fileno())
            temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


def _create(temporary: Path, place: Path, *, private: bool) -> None:
    """Create the file with its mode before anything is in it."""
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else (0o600 if private else None)
    # The mode is set at creation. A file that is narrowed later can be opened by others in between.
    os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666 if mode is None else 0o600))
    if mode is not None:
        temporary.chmod(mode)


def _remove_leftovers(place: Path) -> None:
    """Remove temporary files of this output whose process is gone."""
    for left in place.parent.glob(f".{_escaped(place.name)}.*.part"):
        found = _PART.search(left.name)
        if found is not None and not _is_running(int(found["pid"])):
            with contextlib.suppress(OSError):
                left.unlink()


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _is_running(pid: int) -> bool:
    try:
        # Signal 0 checks for the process and sends nothing.
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's process
    return True


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as an exception, so that what is half-written is removed."""
    # Python allows signal handlers in the main thread only.
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        # 128 + N is the status by which shells report a death by signal N.
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # a handler of the program's own, such as that of an event loop, stays
    mine = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in mine:
            if signal.getsignal(number) is end:  # else the program has set a handler of its own meanwhile
                signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except (BrokenPipeError, TrunklineError):
        raise  # a DeadlineError is an OSError too, and is not about the file
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"{path} cannot be written: {reason}") from None


__all__ = ["replacing"]
