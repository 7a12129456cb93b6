"""The way out: models and plain values to JSON, by wire names and documented types.

cattrs dispatches by type. Decisions: UNSET is left out, None is null, `extra` goes out again, a Decimal stays
one until `dumps` writes its digits as a JSON number, dates are ISO or in the field's format, UTC is `Z`,
enums go by value, bytes as base64. A value that does not fit its field, NaN and infinities are refused with
an `ArgumentError` that names the field and never shows the value.
"""

from __future__ import annotations

import base64
import datetime
import enum
import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any, Final, get_args

import attrs
import cattrs
import msgspec

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
)
from trunkline._codec.coercion import DATE_FORMATS, MisfitError
from trunkline.errors import ArgumentError
from trunkline.model import UNSET, Unset, WireForm

Write = Callable[[Any], Any]
_encoder = msgspec.json.Encoder(decimal_format="number")


def dumps(value: Any) -> bytes:
    """JSON of what `Outgoing` made, Decimals with their digits."""
    try:
        return _encoder.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError, OverflowError) as error:
        reason = type(error).__name__
    # Raised here, so that no error which holds a value is its context.
    raise ArgumentError(f"the value cannot be written as JSON: {reason}")


class Outgoing:
    """Writes values.

    checked: refuse a value that is not of its field's type, as for a request. Otherwise every value is
    written by the type that it has, as for showing an answer that differs from the spec.
    """

    def __init__(self, *, checked: bool) -> None:
        self._checked = checked
        self._converter = cattrs.Converter()
        add = self._converter.register_unstructure_hook_factory
        # cattrs asks the predicates in reverse order of registration.
        add(lambda tp: True, lambda tp: self.free)
        add(lambda tp: origin(tp) in (list, tuple, Sequence), self._list)
        add(lambda tp: origin(tp) in (dict, Mapping), self._dict)
        add(lambda tp: len(members(tp)) > 1, self._union)
        add(is_model, self._model)
        for tp, write in _SCALARS.items():  # by the class itself, which cattrs asks for before any predicate
            self._converter.register_unstructure_hook(tp, write)

    def write(self, value: Any, tp: Any = Any, name: str = "") -> Any:
        """The JSON-able form of a value; `name` is what the error calls it."""
        try:
            return self._hook(tp)(value)
        except MisfitError as misfit:
            place = (name or "the value") + misfit.paths[0]
            problem = f"{place.lstrip('.')} must be {misfit.expected}"
        except RecursionError:
            problem = f"{name or 'the value'} is nested too deeply"
        raise ArgumentError(f"{problem}; nothing was sent")

    def _hook(self, tp: Any) -> Write:
        if is_enum(tp):  # before cattrs takes it for its base, str or int
            return _enum(tp)
        return self._converter.get_unstructure_hook(tp)

    def free(self, value: Any) -> Any:
        """A value by its own type."""
        if value is None or value is UNSET or value.__class__ in (str, bool, int):
            return value
        tp = type(value)
        if is_model(tp):
            return self._hook(tp)(value)
        if isinstance(value, WireForm):
            return value.to_wire()
        if isinstance(value, enum.Enum):
            return value.value
        if isinstance(value, Mapping):
            return self._hook(dict)(value)
        if isinstance(value, list | tuple | AbstractSet):
            return self._hook(list)(list(value))
        for known, write in _SCALARS.items():
            if isinstance(value, known):
                return write(value)
        raise MisfitError(f"something that JSON can hold, not {tp.__name__}")

    def _list(self, tp: Any) -> Write:
        item = self._hook((get_args(tp) or (Any,))[0])

        def items(value: Any) -> list[Any]:
            if isinstance(value, str | bytes) or not isinstance(value, Sequence):
                raise MisfitError("a list")
            return [_at(f"[{index}]", item, one) for index, one in enumerate(value)]

        return items

    def _dict(self, tp: Any) -> Write:
        item = self._hook((get_args(tp) or (Any, Any))[1])

        def mapping(value: Any) -> dict[str, Any]:
            if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
                raise MisfitError("a mapping with text keys")
            items = ((str(key), one) for key, one in value.items() if one is not UNSET)
            return {key: _at(".*", item, one) for key, one in items}

        return mapping

    def _union(self, tp: Any) -> Write:
        nullable = NoneType in members(tp)
        hooks = [self._hook(option) for option in members(tp) if option not in (NoneType, Unset)]

        def union(value: Any) -> Any:
            if value is UNSET or (value is None and nullable):
                return value
            for hook in hooks:
                try:
                    return hook(value)
                except MisfitError as misfit:
                    last = misfit
            raise last

        return union

    def _model(self, cls: Any) -> Write:
        plan: list[tuple[ModelField, Write]] = []

        def model(value: Any) -> dict[str, Any]:
            if not isinstance(value, cls):
                raise MisfitError(f"a {cls.__name__}")
            if not plan:  # on first use, since models may be circular
                plan.extend((field, self._field(field)) for field in model_fields(cls))
            out = {}
            for field, write in plan:
                one = getattr(value, field.name)
                if one is not UNSET:
                    out[field.wire] = _at(f".{field.name}", write, one)
            for name, one in value.extra.items():
                out.setdefault(name, self.free(one))
            return out

        return model

    def _field(self, field: ModelField) -> Write:
        spelled = _spelled(field.format)
        if not self._checked:
            return lambda value: spelled(value) if spelled and _is_day(value) else self.free(value)
        write, default = spelled or self._hook(field.type), field.default
        if field.nullable or default is None or (attrs.NOTHING is default and field.type is Any):
            return lambda value: None if value is None else write(value)
        return write


def _at(place: str, write: Write, value: Any) -> Any:
    try:
        return write(value)
    except MisfitError as misfit:
        expected = f"given ({misfit.expected})" if value is None else misfit.expected
        raise MisfitError(expected, (place + misfit.paths[0],)) from None


def _is_day(value: Any) -> bool:
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


def _spelled(format: str | None) -> Write | None:
    if format not in DATE_FORMATS:
        return None
    pattern = DATE_FORMATS[format]
    return lambda value: _day(value) and value.strftime(pattern)


def _enum(tp: Any) -> Write:
    def member(value: Any) -> Any:
        try:
            if isinstance(value, bool):
                raise ValueError
            return tp(value).value
        except (ValueError, TypeError):
            raise MisfitError(f"a {tp.__name__}") from None

    return member


def _integer(value: Any) -> int:
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
    text = value.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _day(value: Any) -> str:
    if not _is_day(value):
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


_SCALARS: Final[dict[Any, Write]] = {
    # Subclasses stand before their bases, as `free` asks in this order.
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

__all__ = ["Outgoing", "dumps"]
