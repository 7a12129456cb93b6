"""The encoding of a text file, by what it begins with."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from trunkline.errors import InputError

# The mark of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path) -> str:
    """Return UTF-16 or UTF-32 where the file begins with its byte order mark, else UTF-8.

    Raises:
        InputError: the file is none of these.
    """
    with path.open("rb") as file:
        return encoding_by(file.read(4), str(path))


def encoding_by(head: bytes, name: str) -> str:
    """As `encoding_of`, by the first four bytes. name: of the file, for people."""
    found = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    # Text has no zero bytes: without a mark this is UTF-16 of another program, or no text at all. Read as
    # UTF-8, each key would have a zero byte between its digits.
    if found is None and b"\0" in head:
        raise InputError(f"{name} is not UTF-8 text (byte {head.index(0)}): save it as UTF-8")
    return found or "utf-8-sig"


__all__ = ["encoding_by", "encoding_of"]
