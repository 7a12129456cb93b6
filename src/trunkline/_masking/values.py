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
from attrs import frozen
from msgspec import UNSET

from trunkline._masking.names import is_id_or_amount_name, is_sensitive_name
from trunkline._masking.numbers import mask_numbers
from trunkline._masking.text import MASK, mask

_DEEPEST: Final = 200
_LEAST: Final = 10**9
"""Numbers of JSON below this have fewer digits than any telephone number."""


def masked(value: Any, *, name: str = "", marked: bool = False, names: frozenset[str] = frozenset()) -> Any:
    """The value with everything hidden that must not be shown; models become mappings by wire names.

    Args:
        name: of the field, parameter or column that holds it. marked: the spec calls it sensitive.
        names: further names to hide, such as those that a spec marks, where plain JSON is masked.
    Returns:
        `***` for a value that is hidden by mark or name, a text with `***` in place of what looks like a
        number or a secret, the value itself where there is nothing to hide. None, `UNSET` and booleans stay.
    """
    return _Masker(names).masked(value, name, marked, 0)


@frozen
class _Masker:
    """names: hidden in addition to those that are known to be sensitive."""

    names: frozenset[str]

    def masked(self, value: Any, name: str, marked: bool, depth: int) -> Any:
        if value is None or value is UNSET or isinstance(value, bool):
            return value
        # Deeper values are hidden as a whole: recursion has to end, and what is not
        # looked at cannot be shown.
        if marked or depth > _DEEPEST:
            return MASK
        if _is_model(value):
            return self._model(value, name, depth)
        if isinstance(value, Mapping):
            return self._mapping(value, name, depth)
        if isinstance(value, list | tuple | set | frozenset):
            return [self.masked(item, name, False, depth + 1) for item in value]
        if self._is_hidden(name):
            return MASK if value != "" else value
        return self._scalar(value.value if isinstance(value, enum.Enum) else value, name, depth)

    def _is_hidden(self, name: str) -> bool:
        return bool(name) and (name in self.names or is_sensitive_name(name))

    def _model(self, value: Any, name: str, depth: int) -> dict[str, Any]:
        hidden = self._is_hidden(name)
        found: dict[str, Any] = {}
        cls: Any = type(value)
        for field in attrs.fields(cls):
            if field.name.startswith("_"):
                continue  # what the model keeps for itself; `extra` follows below
            item = getattr(value, field.name)
            if item is UNSET:
                continue
            wire = field.metadata.get("wire", field.name)
            marked = bool(field.metadata.get("sensitive")) or (hidden and not _is_container(item))
            found[wire] = self.masked(item, wire, marked, depth + 1)
        return found | self._mapping(value.extra, name, depth)

    def _mapping(self, value: Mapping[Any, Any], name: str, depth: int) -> dict[str, Any]:
        """A mapping, its keys too: some vendors put numbers there."""
        hidden = self._is_hidden(name)
        path = value.get("path") if "op" in value else None
        found: dict[str, Any] = {}
        for key, item in value.items():
            text = str(key)
            if text == "value" and isinstance(path, str):
                text_name = path.rpartition("/")[2]  # a step of a JSON Patch names its field in its path
            else:
                text_name = name if hidden else text
            shown = mask_numbers(text)
            while shown in found:  # two numbers may end alike
                shown += "'"
            found[shown] = self.masked(item, text_name, hidden and not _is_container(item), depth + 1)
        return found

    def _scalar(self, value: Any, name: str, depth: int) -> Any:
        if isinstance(value, int | float | Decimal):
            return _number(value, name)
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            return value
        if isinstance(value, bytes | bytearray | memoryview):
            return MASK
        if isinstance(value, str):
            return self._text(value, name, depth)
        if attrs.has(type(value)):
            return self.masked(attrs.asdict(value), name, False, depth + 1)
        return mask(str(value))

    def _text(self, value: str, name: str, depth: int) -> str:
        if value.lstrip()[:1] in {"{", "["}:
            try:
                found = json.loads(value)
            except ValueError:
                pass
            except RecursionError:
                return MASK  # hidden as deeper values are
            else:
                # Some services put JSON into a text field; its own names decide there, which a pattern
                # over the text would miss.
                return json.dumps(self.masked(found, "", False, depth + 1), ensure_ascii=False)
        # Identifiers of rows and amounts have as many digits as telephone numbers but no leading zero.
        if name and is_id_or_amount_name(name) and value.isdigit() and value[0] != "0":
            return value
        return mask(value)


def _is_model(value: Any) -> bool:
    """Whether it is a generated model, recognised by its form: this room lies below that of the models."""
    return attrs.has(type(value)) and isinstance(getattr(value, "extra", None), Mapping)


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple | set | frozenset) or _is_model(value)


def _number(value: int | float | Decimal, name: str) -> Any:
    """Hide a number that has as many digits as a telephone number and no name that identifies it."""
    if -_LEAST < value < _LEAST or (name and is_id_or_amount_name(name)):
        return value
    text = format(value, "f") if isinstance(value, Decimal) else repr(value)
    shown = mask_numbers(text)
    return value if shown == text else shown


__all__ = ["masked"]
