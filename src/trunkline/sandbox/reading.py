"""Reading what clients send: JSON texts and whole numbers, each with a limit.

Python's own readers raise errors of several kinds for hostile input (bytes that are not UTF-8, nesting beyond
the stack, integers of more than 4,300 digits) and take digits of every script. Everything that arrives is
read here, so that a mistake of a client is one kind of refusal everywhere.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

_DEEPEST: Final = 64
"""No body of either vendor nests deeper than 5; code that walks a value by recursion relies on a limit."""
_MOST_DIGITS: Final = 18
"""Every whole number of 18 digits fits a BIGINT column of any database."""
_decode = msgspec.json.Decoder().decode


def read_json(text: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON or not UTF-8, or it nests deeper than 64 levels.
    """
    try:
        value = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("this is not JSON") from error
    # Counting brackets is a fraction of the decoding; hardly any body has enough of them to be walked.
    if text.count(b"[") + text.count(b"{") > _DEEPEST and _is_deeper(value, _DEEPEST):
        raise ValueError(f"the JSON nests deeper than {_DEEPEST} levels")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    # Level by level and without recursion: the values this guards against would exceed the stack.
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    # An empty list is a level as well.
    return any(isinstance(inner, dict | list) for inner in level)


def whole_number(text: str, most_digits: int = _MOST_DIGITS) -> int | None:
    """The number of a text of at most `most_digits` ASCII digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else None


__all__ = ["read_json", "whole_number"]
