"""Which member of a union a JSON value belongs to: by discriminator, else by what fits best.

Pure functions of the type and the decoded value; nothing is converted here. A member that cannot hold the
value never gets it: a number is not the text of an enum, and an object with an unknown tag is not the first
class of the union.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs
import msgspec

from trunkline._codec.annotations import (
    NoneType,
    arguments,
    discriminator,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
    spelling,
)
from trunkline._codec.coercion import DATE_FORMATS, MisfitError, dated
from trunkline.model import Discriminator, Unset

_LOOKED_AT: Final = 20
"""Items of a list or map that are compared; the rest is taken to be like them."""

_TEXTUAL: Final = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)


def choose(tp: Any, value: Any) -> Any:
    """The member of a union that takes the value; None if none does."""
    options = [option for option in members(tp) if option not in (NoneType, Unset)]
    mark = discriminator(tp)
    if isinstance(value, dict):
        models = [option for option in options if is_model(option)]
        if mark is not None and models:
            return _by_tag(mark, models, value)
        others = [option for option in options if origin(option) in (dict, Mapping)]
        if len(models) == 1 and not others:
            return models[0]
    return _best(options, value)


def _by_tag(mark: Discriminator, models: Sequence[Any], value: Mapping[str, Any]) -> Any:
    names = dict(mark.mapping)
    tag = value.get(mark.wire)
    if isinstance(tag, int | str) and not isinstance(tag, bool):
        name = names.get(str(tag), str(tag))
        for model in models:
            if model.__name__ == name:
                return model
    # A value with an unknown tag is read as the base that the others extend: it takes the tags that came
    # later.
    bases = [model for model in models if model.__name__ not in names.values()]
    if bases:
        return max(bases, key=lambda model: _model_fit(model, value) or 0.0)
    if tag is None:
        return _best(models, value, alone=True)
    return None


def _best(options: Sequence[Any], value: Any, *, alone: bool = False) -> Any:
    """The option that fits best, the first of equals; None if none fits, or (alone) if two fit equally."""
    fits = [(score, option) for option in options if (score := fit(option, value)) is not None]
    if not fits:
        return None
    best = max(score for score, _ in fits)
    found = [option for score, option in fits if score == best]
    return None if alone and len(found) > 1 else found[0]


def fit(tp: Any, value: Any) -> float | None:
    """How well a type holds a value, for comparing the members of one union; None: not at all."""
    if value is None:
        return 1.0 if tp in (Any, object) or NoneType in members(tp) else None
    if tp in (Any, object):
        return 0.0
    if isinstance(value, dict):
        if is_model(tp):
            return _model_fit(tp, value)
        if origin(tp) in (dict, Mapping):
            # Less than any model with a known key; more than one without.
            return _items_fit((arguments(tp) or (Any, Any))[1], list(value.values()), 0.4)
        return _union_fit(tp, value)
    if isinstance(value, list):
        if origin(tp) in (list, tuple, Sequence):
            return _items_fit((arguments(tp) or (Any,))[0], value, 1.0)
        return _union_fit(tp, value)
    return _union_fit(tp, value) if len(members(tp)) > 1 else _scalar_fit(tp, value)


def _union_fit(tp: Any, value: Any) -> float | None:
    if len(members(tp)) < 2:
        return None
    return max((score for option in members(tp) if (score := fit(option, value)) is not None), default=None)


def _items_fit(of: Any, values: Sequence[Any], empty: float) -> float | None:
    if not values:
        return empty
    # A long list would otherwise be compared once for each member of the union before it is read.
    scores = [fit(of, one) for one in values[:_LOOKED_AT]]
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if len(known) == len(scores) else None


def _model_fit(cls: Any, value: Mapping[str, Any]) -> float | None:
    """Known keys, less unknown and missing ones; an unknown enum value costs more than any of them."""
    fields = {field.wire: field for field in model_fields(cls)}
    known = value.keys() & fields.keys()
    if value and fields and not known:
        return None
    # The weights only order the members of one union: a known key counts for a member, and an unknown
    # one half as much against it, since vendors add keys.
    score = len(known) - 0.5 * len(value.keys() - fields.keys())
    for name in known:
        tp, one = fields[name].json_type, value[name]
        if is_enum(tp) and isinstance(one, str | int):
            score += 1.0 if one in tp._value2member_map_ else -float(len(fields))
        elif one is not None and not _may_hold(tp, one):
            score -= 1.5
    required = (field for field in fields.values() if field.default is attrs.NOTHING)
    return score - sum(1 for field in required if field.wire not in value)


def _may_hold(tp: Any, value: Any) -> bool:
    """Whether the JSON types agree, objects and lists by their outside alone: unions may be recursive."""
    for option in members(tp):
        if isinstance(value, dict):
            found = is_model(option) or origin(option) in (dict, Mapping)
        elif isinstance(value, list):
            found = origin(option) in (list, tuple, Sequence)
        else:
            found = _scalar_fit(option, value) is not None
        if found or option in (Any, object):
            return True
    return False


def _scalar_fit(tp: Any, value: Any) -> float | None:
    """A scalar by its own JSON type: what would need another form does not fit."""
    if is_enum(tp):
        known = tp._value2member_map_
        if isinstance(value, bool) or not isinstance(value, int if issubclass(tp, int) else str):
            return None
        # A known value of an enum is the strongest sign, and an unknown one weaker than any plain
        # type: enums are open.
        return 3.0 if value in known else 0.5
    if isinstance(value, bool) or tp is bool:
        return 2.0 if tp is bool and isinstance(value, bool) else None
    if isinstance(value, int | float | Decimal):
        if tp is int:
            return 2.0 if isinstance(value, int) else None
        return 1.5 if tp in (float, Decimal) else None
    if not isinstance(value, str):
        return None
    if tp is str:
        return 1.0
    return _text_fit(tp, value)


def _text_fit(tp: Any, value: str) -> float | None:
    """A text that is a date, a time or bytes. More telling than any text, if it reads as one."""
    form, bare = spelling(tp), origin(tp)
    try:
        if form in DATE_FORMATS:
            dated(form)(value)
            return 2.0
        if bare is Decimal and form is not None:
            Decimal(value)
            return 1.5
        if bare in _TEXTUAL:
            msgspec.convert(value, bare)
            return 2.0
        if bare is bytes:
            msgspec.convert(value.translate(str.maketrans("-_", "+/")), bytes)
            return 0.8
    except (MisfitError, msgspec.ValidationError, ArithmeticError, ValueError):
        return None
    return None


__all__ = ["choose", "fit"]
