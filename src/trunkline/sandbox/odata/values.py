"""From the literals of a `$filter` to the values that a column of its kind compares with."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any, Final

from odata_query import ast

from trunkline.sandbox.odata.text import SearchError
from trunkline.sandbox.store.store import Kind

_INT_LIMIT: Final = 2**63
_INT_DIGITS: Final = 20


def instant(text: str) -> str:
    """A date or date-time literal as UTC text of fixed width: "2018-03-27T23:11:25.000Z".

    Raises:
        SearchError: the text is not a date.
    """
    # The vendor writes 7 digits of a second's fraction, Python reads 6.
    trimmed = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)
    try:
        moment = datetime.datetime.fromisoformat(trimmed)
        if moment.tzinfo is not None:
            moment = moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise SearchError("$filter", f"{text} is not a date.") from error
    # Instants are stored as text of one width in UTC, which sorts by time on every database.
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def value(node: Any, kind: Kind, name: str) -> Any:
    """The value of a literal for a column: a text, bool, float or int; for "int" a float if it is not an
    integer.

    Raises:
        SearchError: the literal does not fit the column, or no column can hold it.
    """
    match kind, node:
        case "text", ast.String(val=text) | ast.GUID(val=text):
            return text
        # Longer ones fit no column, and Python refuses to read an integer of more than 4,300 digits.
        case "int", ast.Integer(val=digits) if len(digits) <= _INT_DIGITS and _fits(int(digits)):
            return int(digits)
        # Numeric promotion (OData URL conventions, section 5.1.1.14): 1.0 is 1, and 1.5 lies between 1 and 2.
        case "int", ast.Float(val=digits) if _fits(float(digits)):
            number = float(digits)
            return int(number) if number.is_integer() else number
        case "number", ast.Integer(val=digits) | ast.Float(val=digits) if math.isfinite(float(digits)):
            return float(digits)
        case "bool", ast.Boolean(val=word):
            return word.lower() == "true"
        case "instant", ast.DateTime(val=text) | ast.Date(val=text) | ast.String(val=text):
            return instant(text)
        case "date", ast.Date(val=text) | ast.DateTime(val=text) | ast.String(val=text):
            return instant(text)[:10]
    raise SearchError("$filter", f"The value does not fit the type of {name}.")


def _fits(number: float) -> bool:
    return -_INT_LIMIT <= number < _INT_LIMIT


__all__ = ["instant", "value"]
