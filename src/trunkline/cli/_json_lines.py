"""One line of JSON Lines, with every digit of its numbers and nothing that is not in the line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any


def parsed(
    line: str,
    *,
    fraction: Callable[[str], Any],
    whole: Callable[[str], Any] = int,
    constant: Callable[[str], Any] | None = None,
) -> Any:
    """Return the value of a line.

    Args:
        fraction, whole: make values of numbers with and without a fraction or an exponent. constant: makes a
            value of NaN and Infinity; None refuses them.
    Raises:
        ValueError: why the line cannot be used.
    """
    try:
        return json.loads(
            line,
            parse_float=fraction,
            parse_int=whole,
            parse_constant=constant or _no_number,
            object_pairs_hook=_once,
        )
    except _TwiceError:
        raise ValueError("has a name twice, and it is not known which value counts") from None
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None


class _TwiceError(ValueError):
    """An object has a name twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    # Names should be unique (RFC 8259 section 4); Python keeps the last value and says nothing.
    if len(found) < len(pairs):
        raise _TwiceError
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are not JSON (RFC 8259 section 6)


def as_written(text: str) -> str:
    """A number as text: 10e3 gets a fraction, so that it is known for a number and no serial number."""
    return text if "." in text else re.sub("[eE]", ".0E", text)


__all__ = ["as_written", "parsed"]
