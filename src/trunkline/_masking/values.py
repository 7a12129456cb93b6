"""One function hides a value by its field's mark, by its name and by its look, however deep it lies.

Whatever prints or writes what a vendor sent goes through `masked`: the command line's responses, tables and
files, the demo, the sandbox's record and page, hooks, and the failures of tests.
"""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from trunkline._masking.names import is_id_or_amount_name, is_sensitive_name
from trunkline._masking.numbers import mask_numbers
from trunkline._masking.text import MASK, mask
from trunkline.model import UNSET, Model

_DEEPEST: Final = 200
_LEAST: Final = 10**9
"""Numbers of JSON below this have fewer digits than any telephone number."""


def masked(value: Any, *, name: str = "", marked: bool = False) -> Any:
    """The value with everything hidden that must not be shown; models become mappings by wire names.

    Args:
        name: of the field, parameter or column that holds it. marked: the spec calls it sensitive.
    Returns:
        `***` for a value that is hidden by mark or name, a text with `***` in place of what looks like a
        number or a secret, the value itself where there is nothing to hide. None, `UNSET` and booleans stay.
    """
    return _masked(value, name, marked, 0)


def _masked(value: Any, name: str, marked: bool, depth: int) -> Any:
    if value is None or value is UNSET or isinstance(value, bool):
        return value
    if marked or depth > _DEEPEST:
        return MASK
    if isinstance(value, Model):
        return _model(value, name, depth)
    if isinstance(value, Mapping):
        return _mapping(value, name, depth)
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item, name, False, depth + 1) for item in value]
    if isinstance(value, enum.Enum):
        value = value.value
    if name and is_sensitive_name(name):
        return MASK if value != "" else value
    return _scalar(value, name)


def _model(value: Model, name: str, depth: int) -> dict[str, Any]:
    hidden = bool(name) and is_sensitive_name(name)
    found: dict[str, Any] = {}
    cls: Any = type(value)
    for field in attrs.fields(cls):
        item = getattr(value, field.name)
        if item is UNSET:
            continue
        wire = field.metadata.get("wire", field.name)
        marked = bool(field.metadata.get("sensitive")) or (hidden and not _is_container(item))
        found[wire] = _masked(item, wire, marked, depth + 1)
    return found | _mapping(value.extra, name, depth)


def _mapping(value: Mapping[Any, Any], name: str, depth: int) -> dict[str, Any]:
    """A mapping, its keys too: some vendors put numbers there."""
    hidden = bool(name) and is_sensitive_name(name)
    found: dict[str, Any] = {}
    for key, item in value.items():
        text = str(key)
        marked = hidden and not _is_container(item)
        shown = mask_numbers(text)
        while shown in found:  # two numbers may end alike
            shown += "'"
        found[shown] = _masked(item, name if hidden else text, marked, depth + 1)
    return found


def _is_container(value: Any) -> bool:
    return isinstance(value, Model | Mapping | list | tuple | set | frozenset)


def _scalar(value: Any, name: str) -> Any:
    if isinstance(value, int | float | Decimal):
        return _number(value, name)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return MASK
    if not isinstance(value, str):
        return (
            mask(str(value)) if not attrs.has(type(value)) else _masked(attrs.asdict(value), name, False, 1)
        )
    return _text(value, name)


def _number(value: int | float | Decimal, name: str) -> Any:
    """Hide a number that has as many digits as a telephone number and no name that says what it is."""
    if -_LEAST < value < _LEAST or (name and is_id_or_amount_name(name)):
        return value
    text = format(value, "f") if isinstance(value, Decimal) else repr(value)
    shown = mask_numbers(text)
    return value if shown == text else shown


def _text(value: str, name: str) -> str:
    if value.lstrip()[:1] in {"{", "["}:
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            pass
        else:
            return json.dumps(masked(found), ensure_ascii=False) if isinstance(found, dict | list) else value
    if name and is_id_or_amount_name(name) and value.isdigit() and value[0] != "0":
        return value
    return mask(value)


__all__ = ["masked"]
