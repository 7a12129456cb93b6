"""Files that are written as a whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trunkline.errors import InputError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path` that takes its place when the block ends well.

    Raises:
        InputError: the file cannot be written (full disk, missing folder); what was at `path` is untouched.
    """
    if path.exists() and not path.is_file():
        with _writable(path):
            yield path  # a device or a pipe cannot be replaced
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _writable(path):
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, complete or not at all."""
    with replacing(path) as target:
        target.write_text(json.dumps(value, indent=2, default=str) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"{path} cannot be written: {reason}") from None


__all__ = ["replacing", "write_json"]
