"""The line of every value of a document.

A `Spot` mirrors the value: an int (line of a scalar), a pair (line, text) for a scalar that YAML read as
something other than a string, or a pair (line, children) for a container.
"""

from __future__ import annotations

from typing import Any

# Plain ints and tuples, since a document may have two million of them. The type refers to itself,
# which is why it is Any here.
Spot = Any
"""int | tuple[int, str] | tuple[int, dict[str, Spot]] | tuple[int, list[Spot]]"""


class DocumentSyntaxError(Exception):
    """Text that is not valid YAML or JSON, or has a duplicate key. line counts from 1."""

    def __init__(self, message: str, line: int | None, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.line = line
        self.path = path


Duplicates = list[tuple[tuple[str, ...], int]]
"""Path and line of every object key that occurs a second time in its object."""


def line_of(spot: Spot, path: tuple[str, ...]) -> int | None:
    """The line of the value at a path, or of the nearest container of it that exists."""
    for token in path:
        child = _child(spot, token)
        if child is None:
            break
        spot = child
    return spot if isinstance(spot, int) else spot[0]


def raw_of(spot: Spot, path: tuple[str, ...]) -> str | None:
    """The text of a plain YAML scalar that was read as a number, a boolean or null."""
    for token in path:
        spot = _child(spot, token)
        if spot is None:
            return None
    return spot[1] if isinstance(spot, tuple) and isinstance(spot[1], str) else None


def _child(spot: Spot, token: str) -> Spot | None:
    children = spot[1] if isinstance(spot, tuple) else None
    if isinstance(children, dict):
        return children.get(token)
    if isinstance(children, list) and token.isdecimal() and int(token) < len(children):
        return children[int(token)]
    return None
