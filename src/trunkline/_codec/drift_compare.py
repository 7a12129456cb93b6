"""One decoded response against its type: yields what differs. No state, no counts, nothing of the values.

Values are shown by their shape alone. Names of fields and values of enums are the vendor's vocabulary and are
shown, but for sensitive fields and what looks like a person's number.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    arguments,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
)
from trunkline._codec.unions import choose, fit
from trunkline._masking.text import mask

_MAX_DEPTH: Final = 8
_SHOWN: Final = 24
_LONGEST_NAME: Final = 100
_MOST_NAMES: Final = 200
"""Unknown names of one object that are looked at; the report folds them at fewer."""


@attrs.frozen
class Difference:
    """What one value showed. kind "object": nothing but that an object was compared.

    type: JSON type that came. value: of an enum, as it may be shown. parent: place of the object around it.
    """

    kind: str
    path: str
    example: str = ""
    expected: str = ""
    type: str = ""
    value: str | None = None
    parent: str = ""


class Finder:
    """Compares; `most`: items of a list, and values of a map, that are looked at."""

    def __init__(self, most: int) -> None:
        self._most = most

    def compare(self, path: str, tp: Any, value: Any, depth: int = 0) -> Iterator[Difference]:
        """Where the value differs from the type."""
        options = [option for option in members(tp) if option is not NoneType]
        if value is None or Any in options or object in options or depth > _MAX_DEPTH:
            return
        option = options[0] if len(options) == 1 else choose(tp, value)
        if isinstance(value, dict) and is_model(option):
            yield from self._model(path, option, value, depth)
        elif isinstance(value, dict) and origin(option) in (dict, Mapping):
            inner = (arguments(option) or (Any, Any))[1]
            for one in self._some(list(value.values())):
                yield from self.compare(f"{path}.*", inner, one, depth + 1)
        elif isinstance(value, list) and origin(option) in (list, tuple, Sequence):
            inner = (arguments(option) or (Any,))[0]
            for one in self._some(value):
                yield from self.compare(f"{path}[]", inner, one, depth + 1)
        elif option is None or isinstance(value, dict | list) or fit(option, value) is None:
            yield Difference("other type", path, shape(value), type_text(tp), json_type(value))
        elif is_enum(option) and value not in option._value2member_map_:
            yield self._enum_value(path, option, value)

    def _some(self, values: Sequence[Any]) -> Sequence[Any]:
        return values[:: max(1, -(-len(values) // self._most))]

    def _model(self, path: str, cls: Any, value: Mapping[str, Any], depth: int) -> Iterator[Difference]:
        yield Difference("object", path)
        known = {field.wire: field for field in model_fields(cls)}
        # The smallest names and not any: two comparisons of one body report the same fields.
        for name in heapq.nsmallest(_MOST_NAMES, value.keys() - known.keys()):
            place = f"{path}.{shown_name(name)}"
            kind = json_type(value[name])
            yield Difference("unknown field", place, shape(value[name]), "", kind, parent=path)
        for wire, field in known.items():
            place = f"{path}.{wire}"
            if wire not in value:
                required = "required" if field.default is attrs.NOTHING else "optional"
                yield Difference("missing field", place, required, type_text(field.type), parent=path)
            elif field.sensitive:
                yield from _sensitive(place, field, value[wire])
            else:
                yield from self.compare(place, field.json_type, value[wire], depth + 1)

    @staticmethod
    def _enum_value(path: str, cls: Any, value: Any) -> Difference:
        text = str(value)
        # An enum of the spec may turn out to be free text at the vendor's, with
        # telephone numbers in it.
        masked = mask(text) != text or len(text) > _LONGEST_NAME
        return Difference(
            "new enum value",
            path,
            shape(value),
            cls.__name__,
            json_type(value),
            shape(value) if masked else text,
        )


def _sensitive(path: str, field: ModelField, value: Any) -> Iterator[Difference]:
    """A sensitive field: its type may be shown, its shape not."""
    if value is None or Any in members(field.type):
        return
    if isinstance(value, dict):
        fits = any(is_model(one) or origin(one) in (dict, Mapping) for one in members(field.type))
    elif isinstance(value, list):
        fits = any(origin(one) in (list, tuple, Sequence) for one in members(field.type))
    else:
        fits = fit(field.json_type, value) is not None
    if not fits:
        yield Difference("other type", path, type(value).__name__, type_text(field.type), json_type(value))


def json_type(value: Any) -> str:
    """The JSON Schema name of a decoded value's type."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "integer"
    return (
        "number" if isinstance(value, float | Decimal) else "array" if isinstance(value, list) else "object"
    )


def type_text(tp: Any) -> str:
    """A type as Python writes it, without modules."""
    parts = [part for part in members(tp) if part is not NoneType]
    if len(parts) > 1:
        return " | ".join(map(type_text, parts))
    outer, inner = origin(tp), arguments(tp)
    name = getattr(outer, "__name__", str(outer))
    return f"{name}[{', '.join(map(type_text, inner))}]" if inner and outer in (list, dict) else str(name)


def shape(value: Any) -> str:
    """A value without its content: type, length, digits as 9, letters as a."""
    if isinstance(value, str):
        masked = "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in value[:_SHOWN])
        return f"text of {len(value)}: {masked}{'…' if len(value) > _SHOWN else ''}"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "bool"
    if isinstance(value, int | float | Decimal):
        return f"{'int' if isinstance(value, int) else 'number'} of {len(str(value))} characters"
    return f"{'list' if isinstance(value, list) else 'object'} of {len(value)}"


def shown_name(name: str) -> str:
    """A field name of the vendor's; a key that looks like a person's number, or like a text, by its shape."""
    plain = len(name) <= _LONGEST_NAME and name.isprintable() and mask(name) == name
    return name if plain else shape(name)


__all__ = ["Difference", "Finder", "json_type", "shape", "shown_name", "type_text"]
