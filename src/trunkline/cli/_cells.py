"""A cell of a file of changes as the value of its target: text as files have it, numbers as they came.

What a spreadsheet or a data frame has spoilt is refused: it would be written into the vendor's data.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from trunkline.bulk._key_set import is_whole
from trunkline.cli._spelling import CELL_ERROR, unwrapped
from trunkline.errors import ArgumentError

_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+\d+")


# Python's float drops how a number was written: 1.0E+5 and 100000.0 are equal, but only the
# first has lost digits.
class Written(float):
    """A number of a JSON file, with the digits that it was written with."""

    text: str

    def __new__(cls, text: str) -> Written:
        """Make one of its text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing: a blank, null, or the NaN that data frames write for it."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def read_cell(read: Callable[[str], Any], name: str, value: Any, *, raw: bool = False) -> Any:
    """Return the value of a cell.

    Args:
        read: from text to the target's type. name: of the target, for errors.
        value: text of a CSV cell, or what JSON or Parquet held. raw: take text as it is.
    Raises:
        ArgumentError: the value is not of the target's type, or has lost digits.
    """
    if isinstance(value, str):
        return read(value.strip() if raw else _restored(value, name))
    # Before `int`, of which bool is a subclass.
    if isinstance(value, bool):
        found = _or_none(read, "true" if value else "false")
        if not isinstance(found, bool):
            raise ArgumentError(f"{name} holds true or false, which is neither text nor a number")
        return found
    if isinstance(value, int):
        return read(str(value))
    if isinstance(value, float | Decimal):
        return _number(read, name, value)
    if isinstance(value, datetime.date):  # and datetime, its subclass
        return read(value.isoformat())
    if isinstance(value, bytes):
        raise ArgumentError(f"{name} holds bytes: write the column as text")
    return value


def _restored(text: str, name: str) -> str:
    """Return a cell as it was meant, without what a spreadsheet put around it to keep it text."""
    text = unwrapped(text, identifier=False)
    if CELL_ERROR.fullmatch(text):
        raise ArgumentError(
            f"{name} holds what a spreadsheet shows in place of a value: put it right, or say --raw"
        )
    if _SCIENTIFIC.fullmatch(text):
        raise _lost(name)
    return text


def _lost(name: str) -> ArgumentError:
    return ArgumentError(
        f"{name} is written as a spreadsheet writes long numbers (like 1.2E+11), whose last digits are gone: "
        "format the column as text and export it again, or say --raw"
    )


def _number(read: Callable[[str], Any], name: str, value: float | Decimal) -> Any:
    text = value.text if isinstance(value, Written) else str(value)
    if "e" in text.lower() and isinstance(value, Written):
        raise _lost(name)
    # Whether the target takes whole numbers is found by reading one: readers are functions and
    # have no type to ask.
    if is_whole(value) and isinstance(_or_none(read, "7"), int):
        return read(str(int(value)))  # whole numbers with gaps, as data frames keep them
    found = read(text)
    if isinstance(found, str):
        raise ArgumentError(
            f"{name} holds a floating-point number where text is asked for, and digits or leading zeros may "
            "be lost: write the column as text"
        )
    return found


def _or_none(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ArgumentError:
        return None


__all__ = ["Written", "is_empty", "read_cell"]
