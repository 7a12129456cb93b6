"""Examples of models and of responses, made from types, field metadata and names. No vendor is known here.

The n-th example of a class is the same on every run and every machine, and differs from the others.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeVar, get_args

import attrs

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    discriminator,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
)
from trunkline._codec.annotations import resolve_in_module as resolve
from trunkline.errors import ArgumentError
from trunkline.model import UNSET, Model, Unset
from trunkline.operation import Operation, ResponseSpec
from trunkline.testing import _values

M = TypeVar("M", bound=Model)
_DEEP: Final = 5
"""How far models are nested into each other; deeper ones are left out where the type allows it."""


def example(model: type[M], /, **values: Any) -> M:
    """A valid instance with every field filled: `example(Device, device_id=5)`.

    Args:
        model: a class of any generated package. values: fields that have to be something in particular.
    Raises:
        ArgumentError: there is no such field, or the class is not a generated model.
    """
    return _example(model, 1, values)


def examples(model: type[M], n: int, /, **values: Any) -> list[M]:
    """Instances that differ from each other in every field whose type has enough values."""
    return [_example(model, number, values) for number in range(1, n + 1)]


def _example(model: type[M], number: int, values: Mapping[str, Any]) -> M:
    if not is_model(model):
        raise ArgumentError(f"{getattr(model, '__name__', model)!r} is not a generated model")
    cls: Any = model
    known = {field.name for field in model_fields(cls)}
    if unknown := sorted(values.keys() - known):
        raise ArgumentError(
            f"{model.__name__} has no field {unknown[0]!r}; it has {', '.join(sorted(known))}"
        )
    made: M = _Maker(number, _values.region(model.__module__)).model(cls, values)
    return made


def example_response(op: Operation[Any], number: int = 1) -> Any:
    """What a successful call of an operation returns; for a collection, a list with one row."""
    home = _values.region(op.namespace)
    if op.paging is not None:
        return [_Maker(number, home).value(resolve(op.paging.row_type, op.namespace), "row")]
    if op.response is None or success(op).type is None:
        return None
    return _Maker(number, home).value(resolve(op.response, op.namespace), op.id.rpartition(".")[2])


def success(op: Operation[Any]) -> ResponseSpec:
    """The first documented response that is a success, one with content if there is any."""
    good = [one for one in op.responses if one.status.startswith("2")]
    return next((one for one in good if one.type), good[0] if good else ResponseSpec(type=op.response))


def failure(op: Operation[Any], status: int) -> Any:
    """The body of a documented error, as an instance of its type; None if the spec shows none."""
    by_status = {one.status.upper(): one for one in op.responses}
    for name in (str(status), f"{status // 100}XX", "DEFAULT"):
        found = by_status.get(name)
        if found is not None and found.type:
            return _Maker(1, _values.region(op.namespace)).value(resolve(found.type, op.namespace), "error")
    # What one operation documents of a status, a vendor sends for all of them.
    return None


class _Maker:
    """Builds values; `number` distinguishes one example from the next, `home` is the vendor's country."""

    def __init__(self, number: int, home: Literal["us", "uk"]) -> None:
        self._number = number
        self._home: Literal["us", "uk"] = home
        self._open: list[type] = []

    def model(self, cls: Any, values: Mapping[str, Any]) -> Any:
        """An instance of a model; `values` by field name win."""
        # The stack of classes under construction: a model that contains itself would never end.
        self._open.append(cls)
        try:
            filled = {}
            for field in model_fields(cls):
                value = values[field.name] if field.name in values else self._field(field)
                if value is not attrs.NOTHING:
                    filled[field.alias] = value
            return cls(**filled)
        finally:
            self._open.pop()

    def _field(self, field: ModelField) -> Any:
        nested = [tp for tp in _models_in(field.type) if tp in self._open or len(self._open) >= _DEEP]
        # A nested model is left out in the mildest way that its type allows: unset, default, null.
        if nested and origin(field.type) not in (list, Sequence, dict, Mapping):
            if field.omittable:
                return UNSET
            if field.default is not attrs.NOTHING:
                return attrs.NOTHING
            if field.nullable:
                return None
        if nested:
            return [] if origin(field.type) in (list, Sequence) else {}
        if discriminator(field.type) is not None:
            return self._discriminated(field)
        return self.value(field.type, field.wire)

    def _discriminated(self, field: ModelField) -> Any:
        """The first of the alternatives, with the key that names it."""
        mark = discriminator(field.type)
        made = self.value(field.type, field.wire)
        kind: Any = type(made)
        if mark is None or not is_model(kind):
            return made
        tags = (tag for tag, name in mark.mapping if name == kind.__name__)
        tag = next(tags, kind.__name__)
        for inner in model_fields(kind):
            if inner.wire == mark.wire:
                setattr(made, inner.name, inner.type(tag) if is_enum(inner.type) else tag)
        return made

    def value(self, tp: Any, wire: str) -> Any:
        """A value of a type."""
        choices = [member for member in members(tp) if member not in (NoneType, Unset)]
        if not choices:
            return None
        # A model is the better example than a bare scalar.
        tp = next((choice for choice in choices if is_model(choice)), choices[0])
        if is_model(tp):
            return self.model(tp, {})
        if is_enum(tp):
            return self._member(tp)
        container, arguments = origin(tp), get_args(tp)
        if container in (list, Sequence, tuple, set):
            return [self.value(arguments[0] if arguments else str, _singular(wire))]
        if container in (dict, Mapping):
            return {"example": self.value(arguments[1] if arguments else str, wire)}
        if container is Literal:
            return arguments[self._number % len(arguments)]
        return _values.scalar(tp, wire, self._number, self._home)

    def _member(self, tp: type[enum.Enum]) -> enum.Enum:
        known = list(tp)
        return known[(self._number - 1) % len(known)]


def _models_in(tp: Any) -> list[type]:
    found = [member for member in members(tp) if is_model(member)]
    return found + [inner for member in members(tp) for arg in get_args(member) for inner in _models_in(arg)]


def _singular(wire: str) -> str:
    return wire[:-1] if wire.endswith("s") and not wire.endswith("ss") else wire


def wire_bytes(value: Any, op: Operation[Any]) -> bytes:
    """The body that a server would send for this value: rows of a collection, a model, text or bytes."""
    from trunkline._codec.codec import to_wire
    from trunkline._codec.exact_json import dumps

    if value is None and success(op).type is None:
        return b""
    kind = success(op).kind
    if kind == "binary" and isinstance(value, bytes):
        return value
    if kind == "text" and isinstance(value, str):
        return value.encode()
    body = to_wire(value)
    if op.paging is not None and isinstance(body, list):
        body = {op.paging.rows: body}
    return dumps(body)


__all__ = ["example", "example_response", "examples", "failure", "success", "wire_bytes"]
