"""Scalars as JSON writes them: one function per type, which refuses a value of another type.

Dates are ISO 8601 or in the field's spelling, UTC is `Z`, a Decimal stays one until its digits are written,
bytes are base64.
"""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from trunkline._codec.coercion import DATE_FORMATS, MisfitError

Write = Callable[[Any], Any]


def scalar_writer(tp: Any, form: str | None = None) -> Write:
    """How a scalar of this type is written, in the spelling of its field where it has one."""
    if form in DATE_FORMATS:
        pattern = DATE_FORMATS[form]
        return lambda value: _day(value) and value.strftime(pattern)
    if form == "base64url":
        return lambda value: _bytes(value).translate(_URL_ALPHABET)
    if form == "string" and tp is Decimal:
        return lambda value: str(_decimal(value))
    return SCALAR_WRITERS[tp]


def is_same(written: Any, came: Any) -> bool:
    """Whether two JSON scalars are one and the same in the text: 2.0 and 2 are, true and 1 are not."""
    if isinstance(written, bool) or isinstance(came, bool):
        return written is came
    if isinstance(written, float) and isinstance(came, Decimal | int):
        return Decimal(repr(written)) == came
    if isinstance(written, Decimal) and isinstance(came, float):
        return Decimal(repr(came)) == written
    return bool(written == came)


def is_taken(value: Any, tp: Any, numeric: bool) -> bool:
    """Whether a struct's field of this type takes the value as well."""
    if tp is Decimal:
        return True  # the struct holds any JSON value there
    if numeric or isinstance(value, bool):
        return tp is float and isinstance(value, int | Decimal) and not isinstance(value, bool)
    try:
        msgspec.convert(value, tp)
    except msgspec.ValidationError:
        return False
    return True


def _integer(value: Any) -> int:
    # `__index__` and not `int`: numpy's integers are whole numbers too.
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise MisfitError("an int")
    return int(value)


def _decimal(value: Any) -> Decimal | int:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise MisfitError("a finite Decimal or int (a float is not exact)")


def _float(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, float):
        raise MisfitError("a finite number")
    return _decimal(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MisfitError("a str")
    return str(value)


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise MisfitError("a bool")
    return value


def _moment(value: Any) -> str:
    if not isinstance(value, datetime.datetime):
        raise MisfitError("a datetime")
    # Whole milliseconds are written as such: most services send three digits, and compare texts.
    millis = value.microsecond and value.microsecond % 1000 == 0
    text = value.isoformat(timespec="milliseconds" if millis else "auto")
    # RFC 3339 allows both; the vendors' samples show "Z".
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def is_day(value: Any) -> bool:
    """Whether a value is a date without a time."""
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


def _day(value: Any) -> str:
    if not is_day(value):
        raise MisfitError("a date without a time")
    return str(value.isoformat())


def _time(value: Any) -> str:
    if not isinstance(value, datetime.time):
        raise MisfitError("a time")
    return value.isoformat()


def _duration(value: Any) -> Any:
    if not isinstance(value, datetime.timedelta):
        raise MisfitError("a timedelta")
    return msgspec.to_builtins(value)


def _bytes(value: Any) -> str:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise MisfitError("bytes")
    return base64.b64encode(value).decode("ascii")


_URL_ALPHABET: Final = str.maketrans("+/", "-_")
SCALAR_WRITERS: Final[dict[Any, Write]] = {
    # Subclasses precede their bases: a value without a declared type is looked up in this order.
    bool: _bool,
    int: _integer,
    str: _text,
    float: _float,
    Decimal: _decimal,
    datetime.datetime: _moment,
    datetime.date: _day,
    datetime.time: _time,
    datetime.timedelta: _duration,
    bytes: _bytes,
}

__all__ = ["SCALAR_WRITERS", "Write", "is_day", "is_same", "is_taken", "scalar_writer"]
