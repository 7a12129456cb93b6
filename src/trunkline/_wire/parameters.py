"""Values of parameters as wire text: quoted, or refused; none adds a segment, a parameter or a header."""

from __future__ import annotations

import base64
import datetime
import enum
import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from trunkline.errors import ArgumentError
from trunkline.lazy import pattern
from trunkline.model import UNSET
from trunkline.operation import Param

_TOKEN = pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_SURROGATE = pattern(r"[\ud800-\udfff]")
_SEGMENTS = pattern(r"[/\\]")
_CONTROL = pattern(r"[\x00-\x1f\x7f]")
# What RFC 3986 allows in a query and no server reads as a separator; OData texts stay short and readable.
_QUERY_SAFE = "$'(),:@/!*"
# What RFC 3986, section 3.3, allows in a path as it is, the slash included.
JSON_TEXT = "json text"
"""The format of a parameter whose value is JSON already."""
_PATH_RESERVED = "!$&'()*+,/:;=@"
_RESERVED = "!$'()*,/:;=?@[]"
SCALARS: dict[str, tuple[type, ...]] = {
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
    expected = SCALARS.get(param.type)
    if expected is not None:
        wrong = not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)
        # A datetime is a date in Python; its time of day would be sent and be refused,
        # or cut without notice.
        if wrong or (param.type == "datetime.date" and isinstance(value, datetime.datetime)):
            raise ArgumentError(f"{param.name} must be {param.type}, not {type(value).__name__}")
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            raise ArgumentError(f"{param.name} holds half a surrogate pair, which no text on the wire can")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date) and param.format == "date-mdy":
        return value.strftime("%m/%d/%Y")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        # `format(…, "f")` of a float rounds to six digits; its `str` is the shortest text that reads back.
        number = Decimal(str(value))
        if not number.is_finite():
            raise ArgumentError(f"{param.name} must be a finite number")
        return format(number, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise ArgumentError(f"{param.name} cannot be written from {type(value).__name__}")


def path_text(value: Any, param: Param) -> str:
    """A path parameter, quoted so that it stays one segment: a slash is `%2F` (RFC 3986, section 2.1).

    `allow_reserved` leaves slashes as they are, for parameters that hold several segments. Dot segments
    are refused in any spelling, since servers decode `%2F` and `%2E` before they resolve them.
    """
    if param.style == "simple":
        if type(value) is int and param.type == "int":  # the usual keys need no check of each character
            return str(value)
        if type(value) is str and param.type == "str" and value.isascii() and value.isalnum():
            return value
    parts = _parts(value, param)
    text = ",".join(parts)
    # An empty value would merge two slashes, and the request would reach the route of
    # the whole collection.
    if not text or _CONTROL.search(text) or any(each in (".", "..") for each in _SEGMENTS.split(text)):
        raise ArgumentError(
            f"{param.name} cannot be part of a path: it is empty, a dot segment, or holds a control character"
        )
    # A dot separates in the style label, where it has no other spelling than this one.
    several = isinstance(value, Mapping) or _is_list(value, param)
    dot = "%2E" if param.style == "label" and param.explode and several else "."
    safe = _PATH_RESERVED if param.allow_reserved else ""
    quoted = [quote(part, safe=safe).replace(".", dot) for part in parts]
    if isinstance(value, Mapping) and param.explode:
        quoted = [f"{key}={part}" for key, part in zip(quoted[::2], quoted[1::2], strict=True)]
    return _prefixed(value, param, quoted) if param.style in ("label", "matrix") else ",".join(quoted)


def _prefixed(value: Any, param: Param, quoted: list[str]) -> str:
    """The label and matrix styles (RFC 6570, sections 3.2.5 and 3.2.7)."""
    sign, name = (".", "") if param.style == "label" else (";", f"{quote(param.wire, safe='')}=")
    if isinstance(value, Mapping) and param.explode:
        return "".join(sign + part for part in quoted)
    if param.explode:
        return "".join(sign + name + part for part in quoted)
    return sign + name + ",".join(quoted)


def _parts(value: Any, param: Param) -> list[str]:
    """The texts of a value in the simple style: its items; of an object keys and values in turn."""
    if isinstance(value, Mapping):
        item = _item(param)
        pairs = [(str(key), scalar(part, item)) for key, part in value.items() if part is not None]
        return [text for pair in pairs for text in pair]
    return (
        [scalar(part, _item(param)) for part in value] if _is_list(value, param) else [scalar(value, param)]
    )


def _is_list(value: Any, param: Param) -> bool:
    if param.type in SCALARS or isinstance(value, str | bytes | Mapping | enum.Enum):
        return False
    return isinstance(value, Iterable)


def _item(param: Param) -> Param:
    inner = re.fullmatch(r"(?:list|tuple|Sequence)\[(\w[\w.]*)(?:, \.\.\.)?\]", param.type)
    return Param(wire=param.wire, name=param.name, type=inner[1] if inner else "Any", format=param.format)


_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
"""The last one is `collectionFormat: tsv` of Swagger 2.0."""


@functools.cache
def _query_name(wire: str) -> str:
    # Cached, since the names of a client's parameters are few. "$" stays as OData servers expect it.
    return quote(wire, safe="$")


def query_pairs(value: Any, param: Param) -> Iterable[str]:
    """The `name=value` texts of one query parameter, by its style (OpenAPI 3.1, Parameter Object)."""
    name = _query_name(param.wire)
    safe = _RESERVED if param.allow_reserved else "" if param.format == JSON_TEXT else _QUERY_SAFE
    if isinstance(value, Mapping):
        apart = param.style == "deepObject" or param.explode
        safe = safe if apart else safe.replace(",", "")
        pairs = list(_members(value, "" if param.style != "deepObject" else name, _item(param), safe))
        if apart:
            return [f"{key}={text}" for key, text in pairs]
        return [f"{name}={','.join(part for pair in pairs for part in pair)}"]
    if not _is_list(value, param):
        return [f"{name}={quote(scalar(value, param), safe=safe)}"]
    item = _item(param)
    if param.style == "deepObject":
        # OpenAPI defines this style for objects alone. Servers that read brackets (PHP, Rails, qs) take a
        # list from empty ones, and of a repeated plain name only the last value.
        return [f"{name}%5B%5D={quote(scalar(part, item), safe=safe)}" for part in value]
    separator = _SEPARATORS.get(param.style, ",")
    if param.explode and separator == ",":
        return [f"{name}={quote(scalar(part, item), safe=safe)}" for part in value]
    texts = [quote(text, safe=safe.replace(",", "")) for text in separated(value, item, separator)]
    return [f"{name}={quote(separator, safe=',').join(texts)}"] if texts else []


def separated(values: Iterable[Any], item: Param, separator: str) -> list[str]:
    """The texts of a list's items. A comma in one is quoted later; any other separator has no quoted form.

    Raises:
        ArgumentError: an item holds the separator, by which the server would read two.
    """
    texts = [scalar(part, item) for part in values]
    if separator != "," and any(separator in text for text in texts):
        raise ArgumentError(f"an item of {item.name} holds the sign that separates the items")
    return texts


def _members(value: Mapping[Any, Any], name: str, item: Param, safe: str) -> Iterable[tuple[str, str]]:
    """The quoted names and values of an object, of objects inside as `name[key]`; null is left out."""
    for key, part in value.items():
        inner = quote(str(key), safe="")
        inner = f"{name}%5B{inner}%5D" if name else inner
        if isinstance(part, Mapping):
            yield from _members(part, inner, item, safe)
            continue
        for one in part if isinstance(part, list | tuple) else [part]:
            if one is not None:
                yield inner, quote(scalar(one, item), safe=safe)


def header_text(value: Any, param: Param) -> str:
    """A header's value; what could start another header is refused (RFC 9110 section 5.5)."""
    parts = _parts(value, param)
    separator = _SEPARATORS.get(param.style, ",")
    members = isinstance(value, Mapping)
    if members or _is_list(value, param):
        signs = (separator, "=") if members and param.explode else (separator,)
        if any(sign in part for part in parts for sign in signs):  # a header has no way to quote them
            raise ArgumentError(f"an item of {param.name} holds the sign that separates the items")
    if members and param.explode:
        parts = [f"{key}={part}" for key, part in zip(parts[::2], parts[1::2], strict=True)]
    text = separator.join(parts)
    if param.format == JSON_TEXT and not text.isascii():  # JSON can spell everything in ASCII
        text = re.sub(r"[^\x00-\x7f]", lambda match: json.dumps(match.group())[1:-1], text)
    return checked_header(param.name, text)


def cookie_texts(value: Any, param: Param) -> Iterable[str]:
    """The `name=value` texts of one cookie parameter in the form style."""
    if isinstance(value, Mapping) and param.explode:
        pairs = _members(value, "", _item(param), "")
        return [f"{key}={text}" for key, text in pairs]
    quoted = [quote(part, safe="") for part in _parts(value, param)]
    name = param.wire
    return [f"{name}={text}" for text in quoted] if param.explode else [f"{name}={','.join(quoted)}"]


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


def by_position(params: Sequence[Param], values: Sequence[Any] | Mapping[str, Any]) -> Sequence[Any]:
    """The values in the order of the parameters; a mapping has them by the Python names.

    Raises:
        TypeError: a name that no parameter has, as any function with keyword arguments raises it.
    """
    if not isinstance(values, Mapping):
        return values
    unknown = values.keys() - {param.name for param in params}
    if unknown:
        raise TypeError(f"unexpected keyword argument {min(unknown)!r}")
    return [values.get(param.name) for param in params]


def given(params: Sequence[Param], values: Sequence[Any]) -> Iterable[tuple[Param, Any]]:
    """The parameters that have a value; a required one without is refused."""
    if len(values) > len(params):
        raise ArgumentError("more values than parameters")
    for index, param in enumerate(params):
        value = values[index] if index < len(values) else None
        if value is not None and value is not UNSET:
            yield param, value
        elif param.fixed is not None:
            yield param, param.fixed
        elif param.required:
            raise ArgumentError(f"{param.name} is required")
