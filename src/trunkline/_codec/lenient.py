"""The careful way in: any JSON into models, keeping what the spec does not know, noting what was coerced.

Used for a body that the fast way refuses, for single fields that once needed bending, and for `from_wire`.
cattrs dispatches by type; every hook here raises `MisfitError` with paths and without values. Decisions:

- a documented field that is absent or null becomes the field's default, or None where it has none: an
  environment may run an older version than the page describes;
- unknown keys go to `Model.extra`; blank text for a number, bool, date or enum is None;
- one object where a list is documented is a list of one;
- a union takes its discriminator, else the member whose fields fit best, else stays plain JSON.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence
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
from trunkline._codec.coercion import DATE_FORMATS, SCALARS, MisfitError, dated, to_json
from trunkline.model import UNSET, Model

Hook = Callable[[Any], Any]
MAX_PATHS: Final = 20


@attrs.define
class Findings:
    """What one body taught: unknown names and coerced fields, in order of appearance."""

    unknown: list[tuple[type[Model], str]] = attrs.field(factory=list)
    coerced: list[tuple[type[Model], ModelField]] = attrs.field(factory=list)


class Lenient:
    """Reads JSON values (numbers as int or Decimal) by type."""

    def __init__(self) -> None:
        self._findings: Findings | None = None
        self._coerced = False
        self._converter = cattrs.Converter(detailed_validation=False)
        self._register()

    def read(self, tp: Any, value: Any) -> Any:
        """The value as the type, or `MisfitError`."""
        return self.hook(tp)(value)

    def read_and_find(self, tp: Any, value: Any) -> tuple[Any, Findings]:
        """The value as the type, and what it taught."""
        self._findings = findings = Findings()
        try:
            return self.read(tp, value), findings
        finally:
            self._findings = None

    def hook(self, tp: Any) -> Hook:
        """The reader of one type."""
        # An enum comes before cattrs, which would take it for its base, str or int.
        structure = self._enum(tp) if is_enum(tp) else self._converter.get_structure_hook(tp)
        return lambda value: structure(value, tp)

    def field_hook(self, field: ModelField) -> Hook:
        """The reader of one field, which may have a format or a discriminator of its own."""
        if field.format in DATE_FORMATS:
            read = dated(field.format)
            return lambda value: None if value is None or value == "" else read(value)
        if field.discriminator is not None:
            told = field.discriminator
            return lambda value: self._tagged(field.type, told, value)
        return self.hook(field.type)

    def _register(self) -> None:
        # cattrs asks the predicates in reverse order of registration.
        add = self._converter.register_structure_hook_factory
        add(lambda tp: True, self._other)
        add(lambda tp: tp in (Any, object, NoneType), lambda tp: lambda value, _: to_json(value))
        add(lambda tp: origin(tp) in (list, tuple, Sequence), self._list)
        add(lambda tp: origin(tp) in (dict, Mapping), self._dict)
        add(lambda tp: len(members(tp)) > 1, self._union)
        add(is_model, self._model)
        for tp in SCALARS:  # by the class itself, which cattrs asks for before any predicate
            self._converter.register_structure_hook(tp, self._scalar(tp))

    def _scalar(self, tp: Any) -> Callable[[Any, Any], Any]:
        read = SCALARS[tp]

        def scalar(value: Any, _: Any) -> Any:
            if value is None or type(value) is tp:
                return value
            if isinstance(value, str) or tp is not float:
                try:
                    return msgspec.convert(value, tp)  # what the fast way takes is not coerced
                except msgspec.ValidationError:
                    self._coerced = True
            return None if value == "" and tp is not bytes else read(value)

        return scalar

    def _enum(self, tp: Any) -> Callable[[Any, Any], Any]:
        read = SCALARS[int] if issubclass(tp, int) else SCALARS[str] if issubclass(tp, str) else to_json

        def member(value: Any, _: Any) -> Any:
            if value is None or (value == "" and issubclass(tp, int)):
                return None
            known = read(value)
            self._coerced |= known is not value
            try:
                return tp(known)
            except ValueError:
                raise MisfitError(f"one of the values of {tp.__name__}") from None

        return member

    def _list(self, tp: Any) -> Callable[[Any, Any], Any]:
        of = (get_args(tp) or (Any,))[0]
        item, may_be_null = self.hook(of), of is Any or NoneType in members(of)

        def items(value: Any, _: Any) -> Any:
            if value is None:
                return None
            if isinstance(value, dict):
                self._coerced = True
                value = [value]
            if not isinstance(value, list):
                raise MisfitError("a list")
            self._coerced |= not may_be_null and None in value
            return self._each(((f"[{index}]", one) for index, one in enumerate(value)), item)

        return items

    def _dict(self, tp: Any) -> Callable[[Any, Any], Any]:
        of = (get_args(tp) or (Any, Any))[1]
        item, may_be_null = self.hook(of), of is Any or NoneType in members(of)

        def mapping(value: Any, _: Any) -> Any:
            if value is None:
                return None
            if not isinstance(value, dict):
                raise MisfitError("an object")
            self._coerced |= not may_be_null and None in value.values()
            # The keys are the vendor's data, so paths do not show them.
            return dict(zip(value, self._each(((".*", one) for one in value.values()), item), strict=True))

        return mapping

    @staticmethod
    def _each(values: typing.Iterable[tuple[str, Any]], item: Hook) -> list[Any]:
        out, paths, expected = [], list[str](), ""
        for place, one in values:
            try:
                out.append(item(one))
            except MisfitError as misfit:
                expected = expected or misfit.expected
                paths += [place + path for path in misfit.paths]
                if len(paths) >= MAX_PATHS:
                    break
        if paths:
            raise MisfitError(expected, tuple(paths[:MAX_PATHS]))
        return out

    def _union(self, tp: Any) -> Callable[[Any, Any], Any]:
        options = [option for option in members(tp) if option not in (NoneType, type(UNSET))]
        models = [option for option in options if is_model(option)]
        others = [(option, self.hook(option)) for option in options if not is_model(option)]
        return lambda value, _: self._pick(value, models, others)

    def _pick(self, value: Any, models: list[Any], others: list[tuple[Any, Hook]]) -> Any:
        if value is None:
            return None
        if isinstance(value, dict) and models:
            best = max(models, key=lambda option: _fit(option, value))
            if len(models) == 1 or _fit(best, value) > 0:
                return self.read(best, value)
        for option, hook in sorted(others, key=lambda other: type(value) is not other[0]):
            try:
                if option is not str or isinstance(value, str):
                    return hook(value)
            except MisfitError:
                continue
        return to_json(value)

    def _tagged(self, tp: Any, told: Mapping[str, Any], value: Any) -> Any:
        tag = value.get(told["wire"]) if isinstance(value, dict) else None
        name = told.get("mapping", {}).get(tag, tag) if isinstance(tag, str) else None
        for option in members(tp):
            if is_model(option) and option.__name__ == name:
                return self.read(option, value)
        return self.read(tp, value)

    def _other(self, tp: Any) -> Callable[[Any, Any], Any]:
        def convert(value: Any, _: Any) -> Any:
            try:
                return None if value is None else msgspec.convert(value, tp, strict=False)
            except (msgspec.ValidationError, TypeError):
                raise MisfitError(getattr(tp, "__name__", "another type")) from None

        return convert

    def _model(self, cls: Any) -> Callable[[Any, Any], Any]:
        hooks: list[tuple[ModelField, Hook]] = []

        def model(value: Any, _: Any) -> Any:
            if value is None:
                return None
            if not hooks:  # on first use, since models may be circular
                hooks.extend((field, self.field_hook(field)) for field in model_fields(cls))
            return self._read_model(cls, value, hooks)

        return model

    def _read_model(self, cls: Any, value: Any, hooks: list[tuple[ModelField, Hook]]) -> Any:
        if not isinstance(value, dict):
            raise MisfitError("an object")
        left, known, paths, expected = dict(value), dict[str, Any](), list[str](), ""
        outer, self._coerced = self._coerced, False
        for field, hook in hooks:
            if field.wire not in left:
                if field.default is attrs.NOTHING:
                    known[field.alias] = None
                continue
            try:
                known[field.alias] = hook(left.pop(field.wire))
            except MisfitError as misfit:
                expected = expected or misfit.expected
                paths += [f".{field.wire}{path}" for path in misfit.paths]
            if self._coerced and self._findings is not None:
                self._findings.coerced.append((cls, field))
            self._coerced = False
        self._coerced = outer
        if paths:
            raise MisfitError(expected, tuple(paths[:MAX_PATHS]))
        made = cls(**known)
        if left:
            made._extra = {name: to_json(one) for name, one in left.items()}
            if self._findings is not None:
                self._findings.unknown.extend((cls, name) for name in left)
        return made


def _fit(cls: Any, value: Mapping[str, Any]) -> float:
    """How well an object fits a model: known keys less unknown ones; an unknown enum value costs more."""
    fields = {field.wire: field for field in model_fields(cls)}
    known = value.keys() & fields.keys()
    score = float(len(known)) - 0.5 * len(value.keys() - fields.keys())
    for name in known:
        tp = fields[name].type
        if is_enum(tp) and isinstance(value[name], str | int):
            score += 1 if value[name] in tp._value2member_map_ else -len(fields)
    missing = [
        field for field in fields.values() if field.default is attrs.NOTHING and field.wire not in value
    ]
    return score - len(missing)
