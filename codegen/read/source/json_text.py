"""JSON text into values, with the line of every place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from codegen.read.source.positions import DocumentSyntaxError, Duplicates, Spot

_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
"""A string. Possessive, and its closing quote may be missing, so that no text causes much backtracking."""
_JSON_TOKEN: Final = re.compile(rf'{_STRING}|[{{}}\[\],:]|[^\s{{}}\[\],:"]++|\n', re.DOTALL)
_COMMENT: Final = re.compile(rf"{_STRING}|//[^\n]*+|/\*(?:.*?\*/|.*+)", re.DOTALL)


def read_json(text: str) -> tuple[Any, Spot, Duplicates]:
    """Parse JSON text into value, spots and duplicate keys."""
    try:
        # The standard parser makes the values and checks the syntax; the tokens below only find lines
        # and duplicate keys, so they may assume valid JSON.
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentSyntaxError(
            f"not valid JSON: {error.msg} (column {error.colno})", error.lineno
        ) from None
    # A few kilobytes of `[` exceed the stack.
    except RecursionError:
        raise DocumentSyntaxError("nested too deeply to be read", 1) from None
    # Python refuses to convert integers of more than 4,300 digits.
    except ValueError as error:
        raise DocumentSyntaxError(f"not valid JSON: {error}", 1) from None
    duplicates: Duplicates = []
    tokens = _json_tokens(text)
    return value, _json_spot(*next(tokens), tokens, (), duplicates), duplicates


def has_comments(text: str) -> bool:
    """Whether there is a comment, as editors allow it in JSON, outside of all strings."""
    return any(not match.group().startswith('"') for match in _COMMENT.finditer(text))


def without_comments(text: str) -> str:
    """JSON text without comments; line numbers do not change."""

    def kept(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith('"') else "\n" * found.count("\n")

    return _COMMENT.sub(kept, text)


def _json_tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _JSON_TOKEN.finditer(text):
        found = match.group()
        if found == "\n":
            line += 1
        # Commas and colons carry no position: in valid JSON keys and values alternate.
        elif found not in ",:":
            yield found, line


def _json_spot(
    text: str, line: int, tokens: Iterator[tuple[str, int]], path: tuple[str, ...], twice: Duplicates
) -> Spot:
    if text == "[":
        items: list[Spot] = []
        while (entry := next(tokens))[0] != "]":
            items.append(_json_spot(*entry, tokens, (*path, str(len(items))), twice))
        return line, items
    if text != "{":
        return line
    children: dict[str, Spot] = {}
    while (entry := next(tokens))[0] != "}":
        # Only a key with an escape needs the parser; nearly all have none, and a large document has
        # many.
        key = json.loads(entry[0]) if "\\" in entry[0] else entry[0][1:-1]
        here = (*path, key)
        # `json.loads` keeps the last of two equal keys in silence (RFC 8259, section 4, leaves it
        # open).
        if key in children:
            twice.append((here, entry[1]))
        spot = _json_spot(*next(tokens), tokens, here, twice)
        # The line of an entry is that of its key, which is where an editor should jump to.
        children[key] = entry[1] if isinstance(spot, int) else (entry[1], spot[1])
    return line, children
