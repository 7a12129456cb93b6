"""Values of parameters as wire text: quoted, or refused; none adds a segment, a parameter or a header."""

from __future__ import annotations

import datetime
import enum
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from trunkline.errors import ArgumentError
from trunkline.model import UNSET
from trunkline.operation import Param

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What RFC 3986 allows in a query and no server reads as a separator; OData texts stay short and readable.
_QUERY_SAFE = "$'(),:@/!*"
_RESERVED = "!$'()*,/:;=?@[]"
_SCALARS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "bool": (bool,),
    "float": (int, float, Decimal),
    "Decimal": (Decimal, int, float),
    "decimal.Decimal": (Decimal, int, float),
    "datetime.date": (datetime.date,),
    "datetime.datetime": (datetime.datetime,),
}


def scalar(value: Any, param: Param) -> str:
    """One value as wire text: digits, ISO dates, `true`, the value of an enum.

    Raises:
        ArgumentError: the value is not of the parameter's type; it names the argument, never the value.
    """
    if isinstance(value, enum.Enum):
        value = value.value
    expected = _SCALARS.get(param.type)
    if expected is not None:
        wrong = not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)
        if wrong or (param.type == "datetime.date" and isinstance(value, datetime.datetime)):
            raise ArgumentError(f"{param.name} must be {param.type}, not {type(value).__name__}")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date) and param.format == "date-mdy":
        return value.strftime("%m/%d/%Y")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        number = Decimal(str(value))
        if not number.is_finite():
            raise ArgumentError(f"{param.name} must be a finite number")
        return format(number, "f")
    if isinstance(value, int):
        return str(value)
    raise ArgumentError(f"{param.name} cannot be written from {type(value).__name__}")


def path_text(value: Any, param: Param) -> str:
    """A path parameter, quoted so that it stays one segment.

    A slash, a backslash, a control character, an empty value and the dot segments are refused and not quoted:
    many servers decode `%2F` and `%2E` before they route.
    """
    if type(value) is int and param.type == "int":  # the usual keys need no look at each character
        return str(value)
    if type(value) is str and param.type == "str" and value.isascii() and value.isalnum():
        return value
    parts = (
        [scalar(part, _item(param)) for part in value] if _is_list(value, param) else [scalar(value, param)]
    )
    text = ",".join(parts)
    if text in ("", ".", "..") or "/" in text or "\\" in text or _CONTROL.search(text):
        raise ArgumentError(
            f"{param.name} cannot stand in a path: it is empty, a dot segment, or holds a slash, a backslash "
            "or a control character"
        )
    return ",".join(quote(part, safe="") for part in parts)


def _is_list(value: Any, param: Param) -> bool:
    if param.type in _SCALARS or isinstance(value, str | bytes | Mapping | enum.Enum):
        return False
    return isinstance(value, Iterable)


def _item(param: Param) -> Param:
    inner = re.fullmatch(r"(?:list|tuple|Sequence)\[(\w[\w.]*)(?:, \.\.\.)?\]", param.type)
    return Param(wire=param.wire, name=param.name, type=inner[1] if inner else "Any", format=param.format)


@functools.cache
def _query_name(wire: str) -> str:
    return quote(wire, safe="$")


def query_pairs(value: Any, param: Param) -> Iterable[str]:
    """The `name=value` texts of one query parameter, by its style (OpenAPI 3.1, Parameter Object)."""
    name = _query_name(param.wire)
    safe = _RESERVED if param.allow_reserved else _QUERY_SAFE
    if isinstance(value, Mapping):
        item = _item(param)
        pairs = [
            (quote(str(key), safe=""), quote(scalar(part, item), safe=safe)) for key, part in value.items()
        ]
        if param.style == "deepObject":
            return [f"{name}%5B{key}%5D={text}" for key, text in pairs]
        if param.explode:
            return [f"{key}={text}" for key, text in pairs]
        return [f"{name}={','.join(part for pair in pairs for part in pair)}"]
    if not _is_list(value, param):
        return [f"{name}={quote(scalar(value, param), safe=safe)}"]
    item = _item(param)
    separator = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(param.style, ",")
    if param.explode and separator == ",":
        return [f"{name}={quote(scalar(part, item), safe=safe)}" for part in value]
    # A comma inside a value is quoted, or it would be read as two values.
    texts = [quote(scalar(part, item), safe=safe.replace(",", "")) for part in value]
    return [f"{name}={separator.join(texts)}"] if texts else []


def header_text(value: Any, param: Param) -> str:
    """A header's value; what could start another header is refused (RFC 9110 section 5.5)."""
    parts = (
        [scalar(part, _item(param)) for part in value] if _is_list(value, param) else [scalar(value, param)]
    )
    return checked_header(param.name, ", ".join(parts))


def checked_header(name: str, value: str) -> str:
    """The value, if it is printable ASCII in one line."""
    if not isinstance(value, str) or _CONTROL.search(value.replace("\t", " ")) or not value.isascii():
        raise ArgumentError(f"header {name} must be one line of ASCII text")
    return value


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that a caller gave, names and values checked."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ArgumentError("a header name holds characters that HTTP does not allow")
        checked_header(name, value)
    return dict(headers)


def given(params: Sequence[Param], values: Sequence[Any]) -> Iterable[tuple[Param, Any]]:
    """The parameters that have a value; a required one without is refused."""
    if len(values) > len(params):
        raise ArgumentError("more values than parameters")
    for index, param in enumerate(params):
        value = values[index] if index < len(values) else None
        if value is not None and value is not UNSET:
            yield param, value
        elif param.required:
            raise ArgumentError(f"{param.name} is required")
