"""JSON that is nested too deeply to be read or written: the fields that are become their text.

JSON has no bound of its own (RFC 8259 section 9 lets a reader set one), but decoders, writers and `copy` call
themselves once a level or more, and Python ends that after about 1,000 calls.
"""

from __future__ import annotations

import json
from typing import Final

from trunkline.lazy import pattern

MAX_DEPTH: Final = 100
"""Levels that every later step can take: the slowest needs three calls a level."""
_TOKEN: Final = pattern(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
# An object of rows, its list, a row: what opens fourth is the value of one field of a row.
_FIELD: Final = 4


def shallow(data: bytes) -> tuple[bytes, int]:
    """The body of a page with each field that goes deeper than `MAX_DEPTH` as JSON text, and their number.

    What is no JSON, or holds no list of rows, is returned as it came; whoever decodes it says so.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data, 0
    is_list = text.lstrip()[:1] == "["
    field = _FIELD - 1 if is_list else _FIELD
    parts, done, number = list[str](), 0, 0
    depth = deepest = start = 0
    for found in _TOKEN.finditer(text):
        sign = found.group()
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
            is_list = is_list or (depth == 2 and sign == "[")
            if depth == field:
                start, deepest = found.start(), depth
        elif sign in "]}":
            if depth == field and deepest > MAX_DEPTH:
                parts += [text[done:start], json.dumps(text[start : found.end()], ensure_ascii=False)]
                done, number = found.end(), number + 1
            depth -= 1
    return ("".join([*parts, text[done:]]).encode(), number) if is_list and number else (data, 0)


__all__ = ["MAX_DEPTH", "shallow"]
