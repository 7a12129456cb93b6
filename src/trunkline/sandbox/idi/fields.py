"""Reading the fields of a request, with the vendor's refusal when one is missing or of the wrong type."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any

import attrs

from trunkline.idi import models
from trunkline.sandbox.reading import whole_number
from trunkline.sandbox.routing import Call
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error


def key(call: Call, field: str, place: int = 0) -> int:
    """A path parameter that is a number."""
    number = whole_number(call.path[place])
    if number is None:
        raise idi_error(400, field, f"{field} must be a whole number.")
    return number


def whole_body(call: Call) -> Row:
    """The body, which must be an object with the fields that the operation's model requires."""
    return checked(call, call.body)


def checked(call: Call, value: Any) -> Row:
    """An object of the body, or one of its list, with the fields that its model requires."""
    if not isinstance(value, dict):
        raise idi_error(400, "Request", "A JSON object is required.")
    required(value, *_required_by(call.operation.body.type if call.operation.body else ""))
    return value


@lru_cache
def _required_by(name: str) -> tuple[str, ...]:
    """Wire names of what a request model cannot be built without: a corrected spec changes them."""
    model = getattr(models, name.removeprefix("list[").removesuffix("]"), None)
    found = attrs.fields(model) if isinstance(model, type) else ()
    return tuple(field.metadata["wire"] for field in found if field.default is attrs.NOTHING)


def is_given(body: Row, name: str) -> bool:
    """Whether a field holds anything: null and the empty text count as not specified."""
    return body.get(name) not in (None, "")


def required(body: Row, *names: str) -> None:
    """Refuse unless all are given."""
    for name in names:
        if not is_given(body, name):
            raise idi_error(400, name, f"{name} is required.")


def integer(body: Row, name: str) -> int | None:
    """A whole number, also when it is sent as text, as the vendor does with some identifiers."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, str) and (number := whole_number(value)) is not None:
        return number
    if not isinstance(value, int) or isinstance(value, bool):
        raise idi_error(400, name, f"{name} must be a whole number.")
    return value


def typed(body: Row, kind: type, *names: str) -> None:
    """Refuse a given field that is not of the type."""
    for name in names:
        value = body.get(name)
        if value is not None and not isinstance(value, kind):
            raise idi_error(400, name, f"{name} must be a {'text' if kind is str else 'boolean'}.")


def one_of(body: Row, name: str, known: Any) -> int | None:
    """A whole number that must be a known identifier."""
    value = integer(body, name)
    if value is not None and value not in known:
        raise idi_error(400, name, f"{name} {value} does not exist.")
    return value


def date(body: Row, name: str) -> datetime.date:
    """A required date; a time of day is ignored, as the vendor's page states."""
    required(body, name)
    try:
        return datetime.datetime.fromisoformat(str(body[name])).date()
    except ValueError as error:
        raise idi_error(400, name, f"{name} is not a date.") from error
