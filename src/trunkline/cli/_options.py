"""Options that several commands share, so that they are named and described once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from trunkline.errors import ArgumentError

Profile = Annotated[
    str | None, typer.Option("--profile", help="profile of trunkline.toml; TRUNKLINE_PROFILE names it too")
]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="address of the vendor or a sandbox")]
Environment = Annotated[str | None, typer.Option("--environment", help="environment of the vendor")]
Routes = Annotated[
    list[str] | None,
    typer.Option(
        "--route", help='correct a route: device.search="GET /api/device"; repeatable', metavar="OP=ROUTE"
    ),
]


def whole(option: str, low: int, high: int | None = None) -> Callable[[str], int]:
    """Return a parser of whole numbers in a range; its error is the same with every version of typer."""
    room = f"x>={low}" if high is None else f"{low}<=x<={high}"

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ArgumentError(f"Invalid value for '{option}': {text!r} is not a whole number") from None
        if number < low or (high is not None and number > high):
            raise ArgumentError(f"Invalid value for '{option}': {number} is not in the range {room}")
        return number

    return parse


def pairs(words: Iterable[str], option: str) -> dict[str, str]:
    """Return "name=value" words as a mapping.

    Raises:
        ArgumentError: a word is not name=value, or a name is given twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise ArgumentError(f"{option} {word!r} is not name=value")
        if name.strip() in found:
            raise ArgumentError(f"{option} gives {name.strip()} twice")
        found[name.strip()] = text.strip()
    return found


__all__ = ["BaseUrl", "Environment", "Profile", "Routes", "pairs", "whole"]
