"""Text of others made safe to look at: no control characters, no hidden marks, no endless lines."""

from __future__ import annotations

import re
from typing import Final

from trunkline.lazy import pattern

_CONTROL = pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1: cursor, colours, title, clipboard
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # what re-orders or hides text
    "\ud800-\udfff\U000e0000-\U000e007f]"  # halves of characters, invisible tags
)
_LINE = pattern(f"{_CONTROL.pattern}|[\t\n]")
_SHORT: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_MOST: Final = 500


def visible(text: str, *, lines: bool = False) -> str:
    r"""The text with control characters written out: `\x1b[31m` instead of a change of colour.

    Args:
        lines: whether line breaks and tabs stay, as in a value that is shown over several lines.
    """
    return (_CONTROL if lines else _LINE).sub(_escape, text)


def shortened(text: str, most: int = _MOST) -> str:
    """The beginning of a text, with how long it is; digits at the cut go, for they may be half a number."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip('0123456789')}… ({len(text):,} characters)"


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


__all__ = ["shortened", "visible"]
