"""JSON as people type it into Postman: comments, unquoted `{{variables}}`, trailing commas."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from codegen.read.source.json_text import without_comments

MARK: Final = "\x00unquoted variable"
"""Replaces a value that is only a variable; its type is not known."""

_TOKEN: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'  # a string, also over several lines
    r"|\{\{[^{}]*+\}\}"
    r"|,(?=\s*+[\]}])",
    re.DOTALL,
)


def parse(text: str) -> Any:
    """The value of a JSON text that may have these deviations.

    Raises:
        ValueError: it is not JSON even so.
    """
    try:
        # Most texts are plain JSON, and nothing in them may be changed: "//" in a URL is not a comment.
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        pass
    try:
        # `strict=False` allows line breaks in strings, which people type.
        return json.loads(_TOKEN.sub(_plain, without_comments(text)), strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _plain(match: re.Match[str]) -> str:
    token = match.group()
    if token.startswith('"'):
        return token
    # Two variables in a row, or one within a number, are not JSON; the parser says so.
    return json.dumps(MARK) if token.startswith("{{") else ""
