"""Encoding: models and plain values to JSON, by wire names and documented types.

cattrs dispatches by type; `scalars` has the form of each scalar. Decisions: UNSET is left out, None is null,
a Decimal stays one until `dumps` writes its digits as a JSON number, enums go by value. A model that was read
is written as it was received: absent fields stay absent, `extra` goes out again, and a field that was read
from another form (`Extra.coerced`) goes out in that form unless it was changed. A value that does not fit its
field, NaN and infinities are refused with an `ArgumentError` that names the field and never shows the value.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import attrs
import cattrs

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    arguments,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
    resolve,
    spelling,
)
from trunkline._codec.coercion import MisfitError
from trunkline._codec.scalars import SCALAR_WRITERS, Write, scalar_writer
from trunkline.errors import ArgumentError
from trunkline.model import UNSET, Extra, Unset, WireForm, extra_of

_AS_IT_IS: Final = frozenset({str, int, bool})
"""Classes whose values are their own JSON; subclasses, such as enums, are not."""


class Outgoing:
    """Writes values.

    checked: refuse a value that is not of its field's type, as for a request. Otherwise every value is
    written by the type that it has, as for showing a response that differs from the spec.
    """

    def __init__(self, *, checked: bool) -> None:
        self._checked = checked
        # A converter of its own: hooks registered on a shared one would change how the caller's own
        # classes are written.
        self._converter = cattrs.Converter()
        add = self._converter.register_unstructure_hook_factory
        # cattrs asks the predicates in reverse order of registration.
        add(lambda tp: True, lambda tp: self.free)
        add(lambda tp: origin(tp) in (list, tuple, Sequence), self._list)
        add(lambda tp: origin(tp) in (dict, Mapping), self._dict)
        add(lambda tp: len(members(tp)) > 1, self._union)
        add(lambda tp: spelling(tp) is not None, lambda tp: scalar_writer(origin(tp), spelling(tp)))
        add(is_model, self._model)
        for (
            tp,
            write,
        ) in SCALAR_WRITERS.items():  # by the class itself, which cattrs asks for before any predicate
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
        # By class and not isinstance: subclasses such as enums have a form of their own below.
        if value is None or value is UNSET or value.__class__ in _AS_IT_IS:
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
        for known, write in SCALAR_WRITERS.items():
            if isinstance(value, known):
                return write(value)
        raise MisfitError(f"something that JSON can hold, not {tp.__name__}")

    def _list(self, tp: Any) -> Write:
        item = self._hook((arguments(tp) or (Any,))[0])

        def items(value: Any) -> list[Any]:
            if isinstance(value, str | bytes) or not isinstance(value, Sequence):
                raise MisfitError("a list")
            return [_at(f"[{index}]", item, one) for index, one in enumerate(value)]

        return items

    def _dict(self, tp: Any) -> Write:
        item = self._hook((arguments(tp) or (Any, Any))[1])

        def mapping(value: Any) -> dict[str, Any]:
            if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
                raise MisfitError("a mapping with text keys")
            items = ((str(key), one) for key, one in value.items() if one is not UNSET)
            return {key: _at(".*", item, one) for key, one in items}

        return mapping

    def _union(self, tp: Any) -> Write:
        nullable = NoneType in members(tp)
        hooks = [self._hook(option) for option in members(tp) if option not in (NoneType, Unset)]
        any_model = any(map(is_model, members(tp)))

        def union(value: Any) -> Any:
            if value is UNSET or (value is None and nullable):
                return value
            misfits = []
            # Each member of the union refuses a value of another type, so the first that accepts
            # it is the right one.
            for hook in hooks:
                try:
                    return hook(value)
                except MisfitError as misfit:
                    misfits.append(misfit)
            if isinstance(value, Mapping) and any_model:
                return self.free(value)  # as it was read where no tag named its class
            raise max(misfits, key=lambda misfit: len(misfit.paths[0]))  # that of the value's own class

        return union

    def _model(self, cls: Any) -> Write:
        plan: list[tuple[ModelField, Write, bool]] = []

        def model(value: Any) -> Any:
            if not isinstance(value, cls):
                raise MisfitError(f"a {cls.__name__}")
            if not plan:  # on first use, since models may be circular
                fields = model_fields(cls)
                plan.extend((field, self._field(field), self._is_free(field)) for field in fields)
            return self._write_model(cls, value, plan)

        return model

    def _write_model(self, cls: Any, value: Any, plan: list[tuple[ModelField, Write, bool]]) -> Any:
        extra = extra_of(value)
        if extra.whole is not UNSET and all(
            getattr(value, field.name) is None for field, _, _ in plan if field.tracked
        ):
            return self.free(extra.whole)  # what came was not an object
        out: dict[str, Any] = {}
        coerced = extra.coerced
        for field, write, free in plan:
            one = getattr(value, field.name)
            # So is nearly every field of a row that was read.
            if free and one.__class__ in _AS_IT_IS and not coerced:
                out[field.wire] = one
                continue
            if one is UNSET or (one is None and self._is_left_out(field, extra)):
                continue
            known = coerced.get(field.name)
            # The types are compared too, since 1 == True and 1 == 1.0 in Python, and the caller may
            # have set the other one.
            if known is not None and known[0] == one and type(known[0]) is type(one):
                out[field.wire] = known[1]
            else:
                out[field.wire] = _at(f".{field.name}", write, one)
        further = self._further(cls) if extra.given else self.free
        for name, one in extra.items():
            if name not in out and extra.whole is UNSET:
                out[name] = _at(".extra", further, one) if name in extra.given else self.free(one)
        return out

    def _is_left_out(self, field: ModelField, extra: Extra) -> bool:
        """Whether a field without a value is not written: it was absent, or `extra` has what came for it."""
        if field.wire in extra:
            return True
        required = field.default is attrs.NOTHING and not field.nullable
        return field.name in extra.absent and not (self._checked and required)

    def _further(self, cls: Any) -> Write:
        """How further keys are written: by the schema of `additionalProperties` where there is one."""
        if not self._checked or cls._additional is None:
            return self.free
        if cls._additional is False:
            return _refuse_further
        return self._hook(resolve(cls._additional, vars(sys.modules[cls.__module__])))

    def _field(self, field: ModelField) -> Write:
        if not self._checked:
            spelled = {tp: scalar_writer(tp, form) for tp, form in _spellings(field.json_type)}
            return lambda value: self._spelled(value, spelled)
        write, default = self._hook(field.json_type), field.default
        if field.nullable or default is None or (attrs.NOTHING is default and field.type is Any):
            return lambda value: None if value is None else write(value)
        return write

    def _is_free(self, field: ModelField) -> bool:
        """Whether texts, whole numbers and truth values of a field are written as they are."""
        return not self._checked and not any(tp in _AS_IT_IS for tp, _ in _spellings(field.json_type))

    def _spelled(self, value: Any, spelled: Mapping[Any, Write]) -> Any:
        """A value by its own type, scalars in the field's spelling."""
        if not spelled:
            return self.free(value)
        if isinstance(value, list):
            return [self._spelled(one, spelled) for one in value]
        if isinstance(value, Mapping):
            return {key: self._spelled(one, spelled) for key, one in value.items()}
        write = spelled.get(type(value))
        return self.free(value) if write is None else write(value)


def _refuse_further(_: Any) -> Any:
    raise MisfitError("left out: the document allows no further keys")


def _spellings(tp: Any) -> list[tuple[Any, str]]:
    """The scalars with a spelling of their own anywhere in a type."""
    form = spelling(tp)
    if form is not None:
        return [(origin(tp), form)]
    parts = members(tp) if len(members(tp)) > 1 else arguments(tp)
    return [found for part in parts if part is not tp for found in _spellings(part)]


def _at(place: str, write: Write, value: Any) -> Any:
    try:
        return write(value)
    except MisfitError as misfit:
        expected = f"given ({misfit.expected})" if value is None else misfit.expected
        raise MisfitError(expected, (place + misfit.paths[0],)) from None


def _enum(tp: Any) -> Write:
    def member(value: Any) -> Any:
        try:
            if isinstance(value, bool):
                raise ValueError
            return tp(value).value
        except (ValueError, TypeError):
            raise MisfitError(f"a {tp.__name__}") from None

    return member


__all__ = ["Outgoing"]
