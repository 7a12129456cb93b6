"""Response headers as a documented class holds them: texts into the JSON that the codec reads.

Values are written in OpenAPI's style `simple` (OpenAPI 3.1, section 4.8.21): lists by commas, objects as
`key,value` or `key=value`. Moments may also be an HTTP-date (RFC 9110, section 5.6.7).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from trunkline._codec.annotations import ModelField, arguments, is_model, members, model_fields, origin
from trunkline._codec.codec import from_wire
from trunkline._codec.exact_json import loads_exact
from trunkline.model import Model

M = TypeVar("M", bound=Model)


def headers_from_wire(cls: type[M], headers: Mapping[str, str]) -> M:
    """The headers that a class documents; a text that does not fit its field goes to `extra`."""
    # Field names are case-insensitive (RFC 9110 section 5.1).
    came: dict[str, list[str]] = {}
    for name, text in headers.items():
        came.setdefault(name.lower(), []).append(text)
    documented: Any = cls
    found = {
        field.wire: _value(field, texts)
        for field in model_fields(documented)
        if (texts := came.get(field.wire.lower()))
    }
    return from_wire(cls, found)


def _value(field: ModelField, texts: list[str]) -> Any:
    # Lines of one name are one list (RFC 9110, section 5.3); a proxy may double a line.
    text = ", ".join(dict.fromkeys(texts)).strip()
    if field.format == "json":
        return _json(text)
    options = members(field.type)
    for option in options:
        if origin(option) is list:
            item = next(iter(arguments(option)), str)
            return [_scalar(item, part) for part in _parts(text)]
        if origin(option) is dict or is_model(option):
            return _pairs(text)
    return _scalar(field.type, text)


def _json(text: str) -> Any:
    try:
        return loads_exact(text.encode())
    except (ValueError, RecursionError):
        return text


def _parts(text: str) -> list[str]:
    """The items of a list; a comma within quotes separates nothing."""
    parts, quoted = [""], False
    for char in text:
        quoted ^= char == '"'
        if char == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def _pairs(text: str) -> dict[str, str]:
    parts = _parts(text)
    if all("=" in part for part in parts):
        return {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in parts)}
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _scalar(tp: Any, text: str) -> str:
    """The text, an HTTP-date as RFC 3339 spells it."""
    if datetime.datetime not in members(tp):
        return text
    try:
        return parsedate_to_datetime(text).isoformat()
    except ValueError:
        return text


__all__ = ["headers_from_wire"]
