"""JSON as people type it into Postman: comments, unquoted `{{variables}}`, trailing commas."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from codegen.read.source.json_text import without_comments

MARK: Final = "\x00unquoted variable"
"""Stands for a value that only a variable holds; its type is not known."""

_TOKEN: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'  # a string, also over several lines
    r"|\{\{[^{}]*+\}\}"
    r"|,(?=\s*+[\]}])",
    re.DOTALL,
)


def parse(text: str) -> Any:
    """The value of a JSON text with these liberties.

    Raises:
        ValueError: it is no JSON even so.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        pass
    try:
        return json.loads(_TOKEN.sub(_plain, without_comments(text)), strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _plain(match: re.Match[str]) -> str:
    token = match.group()
    if token.startswith('"'):
        return token
    # Two variables in a row, or one within a number, are not JSON; the parser says so.
    return json.dumps(MARK) if token.startswith("{{") else ""
