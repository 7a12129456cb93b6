"""An exact set of keys in bounded memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Hashable
from typing import Any, Final

from trunkline.errors import InputError

_IN_MEMORY: Final = 50_000
"""About 6 MB of short strings; later keys go to a temporary file that SQLite deletes by itself."""


def encode_key(key: object) -> str | None:
    """Return a text that is equal for equal keys only, or None for a type that cannot be written.

    Text, numbers, booleans, None and tuples of them can be written; `5` and `"5"` stay different.
    """
    if isinstance(key, str):
        if key.isascii() or _is_utf8(key):
            return '"' + key  # not JSON, but as unambiguous, and much cheaper
        return "u" + json.dumps(key)  # half a surrogate pair, which SQLite does not take
    # True, 1 and 1.0 have one hash in Python and would be found in the memory set, so the text on disk
    # must be the same for them as well.
    if isinstance(key, int | float) or key is None:
        # 1, 1.0 and True are one key to Python, so they are one here
        # NaN is not equal to itself, and infinity has no integer; both stay floats.
        whole = key is not None and key == key and abs(key) != float("inf") and key == int(key)
        return json.dumps(int(key) if whole and key is not None else key)
    if isinstance(key, tuple):
        parts = [encode_key(part) for part in key]
        return None if None in parts else json.dumps(parts)
    return None


def key_text(key: object) -> str:
    """Return the key as the checkpoint stores it.

    Raises:
        InputError: a key of this type cannot be stored.
    """
    text = encode_key(key)
    if text is None:
        raise InputError(
            f"a key of type {type(key).__name__} cannot be kept in a checkpoint: "
            "use text, numbers or tuples of them"
        )
    return text


def decode_key(text: str) -> Any:
    """Return the key that `encode_key` wrote as `text`."""
    if text.startswith('"'):
        return text[1:]
    if text.startswith("u"):
        return json.loads(text[1:])
    value = json.loads(text)
    return tuple(decode_key(part) for part in value) if isinstance(value, list) else value


def is_whole(value: Any) -> bool:
    """Whether a float or Decimal is a whole number whose digits are all there; NaN is not."""
    return bool(value == value and abs(value) < 2**53 and value == int(value))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class KeySet:
    """A set of keys that only grows: a Python set at first, then a temporary SQLite table.

    Keys that cannot be written as text (see `encode_key`) stay in memory.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._limit = in_memory
        self._memory: set[Hashable] = set()
        self._disk: sqlite3.Connection | None = None

    def add(self, key: Hashable) -> bool:
        """Remember the key; return whether it is new.

        Raises:
            InputError: the key is not hashable.
        """
        try:
            if key in self._memory:
                return False
        except TypeError:
            raise InputError(
                f"a key of type {type(key).__name__} cannot be compared with others, for it is not hashable: "
                "use text, numbers or tuples of them, or dedupe=False"
            ) from None
        # Keys are encoded only once the memory is full: most runs never pay for it.
        text = encode_key(key) if len(self._memory) >= self._limit else None
        if text is None:
            self._memory.add(key)
            return True
        disk = self._disk or self._open()
        return disk.execute("INSERT OR IGNORE INTO seen VALUES (?)", (text,)).rowcount == 1

    def _open(self) -> sqlite3.Connection:
        # An empty name makes a temporary file that SQLite removes by itself, also when the
        # process is killed on systems that can delete open files. There is nothing to recover, so
        # journal and fsync are off.
        self._disk = disk = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -4096"):
            disk.execute(f"PRAGMA {pragma}")
        disk.execute("CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID")
        disk.execute("BEGIN")  # one endless transaction: nobody else reads this file
        return disk

    def close(self) -> None:
        """Release memory and disk."""
        self._memory.clear()
        if self._disk is not None:
            self._disk.close()
            self._disk = None


__all__ = ["KeySet", "decode_key", "encode_key", "is_whole", "key_text"]
