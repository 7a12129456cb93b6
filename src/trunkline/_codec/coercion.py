"""JSON scalars that are not of the documented type, read where nothing is lost by it; else `MisfitError`.

Numbers come in as int or Decimal (the JSON digits). Accepted: an int in a string or with a zero fraction,
a number in a string, a number or bool where text is documented, "true"/"false"/0/1 for a bool, RFC 3339
with 0 to 9 fraction digits (Python keeps 6), with or without offset, date-only, midnight for a date.
A leading zero or a plus sign is not read as a number: "0012" is an identifier. What was read from another
form is written back in that form (`trunkline.model.Extra.coerced`).
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from trunkline.lazy import pattern

# Python's int and str conversions take quadratic time in the number of digits.
MAX_NUMBER_CHARS: Final = 400
# The exponent is limited to four digits: `Decimal("1e999999999")` is short text and a number of a
# gigabyte when it is written out.
_NUMBER: Final = pattern(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,4})?\Z", re.ASCII)
_MOMENT: Final = pattern(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?\s?(Z|z|[+-]\d\d:?\d\d)?)?\Z", re.ASCII
)
_STANDARD_ALPHABET: Final = str.maketrans("-_", "+/")
DATE_FORMATS: Final = {"date-mdy": "%m/%d/%Y", "date-dmy": "%d/%m/%Y"}


class MisfitError(ValueError):
    """The value cannot be read as the type. paths: where, without values."""

    def __init__(self, expected: str, paths: tuple[str, ...] = ("",)) -> None:
        super().__init__(expected)
        self.expected = expected
        self.paths = paths


def to_int(value: Any) -> int:
    """An int, also from its digits in a string or with a fraction of zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    number = to_decimal(value)
    # The exponent is looked at first: 1e400000 would be written out as an integer of that many digits.
    if number.adjusted() > MAX_NUMBER_CHARS or number != number.to_integral_value():
        raise MisfitError("an integer")
    return int(number)


def to_decimal(value: Any) -> Decimal:
    """A Decimal with the digits as sent."""
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    # `value - value` is NaN for infinities and NaN, so one comparison excludes both.
    if isinstance(value, float) and value - value == 0:
        return Decimal(repr(value))  # only from data parsed elsewhere, for `from_wire`
    if isinstance(value, str) and len(value) <= MAX_NUMBER_CHARS and _NUMBER.match(value.strip()):
        return Decimal(value.strip())
    raise MisfitError("a number")


def to_float(value: Any) -> float:
    """A float; a number outside its range does not fit."""
    number = to_decimal(value)
    result = float(number)
    if result - result == 0 and (result or number.is_zero()):  # neither infinite nor gone
        return result
    raise MisfitError("a number in the range of a float")


def to_str(value: Any) -> str:
    """Text; a number by its digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    raise MisfitError("text")


def to_bool(value: Any) -> bool:
    """A bool, also "true"/"false" in any case, 0 and 1."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        value = {"true": 1, "false": 0, "1": 1, "0": 0}.get(value.strip().lower())
    if isinstance(value, int | Decimal) and value in (0, 1):
        return bool(value)
    raise MisfitError("true or false")


def to_datetime(value: Any) -> datetime.datetime:
    """A moment; without an offset it stays naive, since the vendors do not document the zone."""
    match = _MOMENT.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise MisfitError("a date and time")
    day, time, fraction, offset = match.groups()
    text = f"{day}T{time or '00:00'}"
    if fraction:
        # IDI sends seven fraction digits, and Python keeps microseconds.
        text += "." + fraction[:6].ljust(6, "0")
    try:
        return datetime.datetime.fromisoformat(text + (offset or "").upper())
    except ValueError:
        raise MisfitError("a date and time") from None


def to_date(value: Any) -> datetime.date:
    """A day, also from a moment at midnight."""
    moment = to_datetime(value)
    if moment.time() != datetime.time():
        raise MisfitError("a date without a time")
    return moment.date()


def dated(format: str) -> Callable[[Any], datetime.date]:
    """Read dates as one vendor spells them, or as ISO 8601 does."""
    pattern = DATE_FORMATS[format]

    def read(value: Any) -> datetime.date:
        if not isinstance(value, str):
            raise MisfitError("a date")
        try:
            # A day has no zone.
            return datetime.datetime.strptime(value.strip(), pattern).date()
        except ValueError:
            return to_date(value)

    return read


def to_time(value: Any) -> datetime.time:
    """A time of day, ISO 8601."""
    if isinstance(value, str):
        try:
            return datetime.time.fromisoformat(value.strip())
        except ValueError:
            pass  # not chained: the exception text contains the value
    raise MisfitError("a time")


def to_duration(value: Any) -> datetime.timedelta:
    """A duration, ISO 8601."""
    try:
        return msgspec.convert(value, datetime.timedelta)
    except msgspec.ValidationError:
        pass  # not chained: the exception text contains the value
    raise MisfitError("a duration")


def to_bytes(value: Any) -> bytes:
    """Bytes from base64 in either alphabet (RFC 4648, sections 4 and 5), padded or not."""
    if not isinstance(value, str):
        raise MisfitError("base64 text")
    text = value.translate(_STANDARD_ALPHABET)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise MisfitError("base64 text") from None


SCALARS: Final[dict[Any, Callable[[Any], Any]]] = {
    int: to_int,
    Decimal: to_decimal,
    float: to_float,
    str: to_str,
    bool: to_bool,
    datetime.datetime: to_datetime,
    datetime.date: to_date,
    datetime.time: to_time,
    datetime.timedelta: to_duration,
    bytes: to_bytes,
}
