"""Files of the command line: named by options, written as a whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trunkline.bulk._output import replacing
from trunkline.errors import ArgumentError


def named_file(option: str, text: str) -> Path | None:
    """Return the file that an option names, None for - (a standard stream).

    Raises:
        ArgumentError: it names nothing: an empty path would be the working folder.
    """
    if not text.strip():
        raise ArgumentError(f"{option} is empty: name a file, or - for a standard stream")
    # A lone hyphen is the usual name of a standard stream (POSIX Utility Syntax Guideline 13).
    return None if text == "-" else Path(text)


def check_written(option: str, path: Path) -> None:
    """Refuse a file that could not be written: better before the first request than after the last.

    Raises:
        ArgumentError: it is a folder, or lies in a folder that is not there.
    """
    if path.is_dir():
        raise ArgumentError(f"{option} {path} is a folder: name a file")
    if not path.parent.is_dir():
        raise ArgumentError(f"{option}: there is no folder {path.parent} for {path.name}")


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, complete or not at all."""
    with replacing(path) as target:
        target.write_text(json.dumps(value, indent=2, default=str) + "\n", encoding="utf-8")


__all__ = ["check_written", "named_file", "replacing", "write_json"]
