"""Any JSON value in any field of any shipped model: nothing raises, types hold, it goes back as it came."""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trunkline.abzorb._generated.models as abzorb_models
import trunkline.idi._generated.models as idi_models
from tests.codec import test_unions, vendor_models
from trunkline._codec.annotations import NoneType, arguments, is_model, members, model_fields, origin
from trunkline._codec.codec import Codec, from_wire, to_wire
from trunkline._codec.exact_json import dumps
from trunkline.model import Model
from trunkline.operation import Operation, Paging

MODULES = (abzorb_models, idi_models, vendor_models, test_unions)
MODELS = [item for module in MODULES for item in vars(module).values() if is_model(item)]
CODECS = {module.__name__: Codec() for module in MODULES}
text = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    [
        "",
        "Y",
        "0012",
        "12",
        "1e3",
        "2020-05-27",
        "01/14/2020",
        "2024-07-16T09:18:05.6059371-04:00",
        "aGk=",
        "Active",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda number: number + 0)
    | text
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bodies(draw: Any) -> tuple[type[Model], dict[str, Any]]:
    """A model and an object of its names, nested models included now and then."""
    cls = draw(st.sampled_from(MODELS))
    wires = [field.wire for field in model_fields(cls)]
    return cls, draw(st.dictionaries(st.sampled_from(wires) | text, nested(cls), max_size=5))


def nested(cls: Any) -> Any:
    """Free values, and objects with names of the models that the class holds."""
    inner = [wire for one in models_in(cls) for wire in (field.wire for field in model_fields(one))]
    if not inner:
        return values
    objects = st.dictionaries(st.sampled_from(sorted(set(inner))), values, max_size=3)
    return values | objects | st.lists(objects, max_size=2) | st.dictionaries(text, objects, max_size=2)


def models_in(cls: Any) -> Iterator[Any]:
    todo = [field.type for field in model_fields(cls)]
    while todo:
        tp = todo.pop()
        if is_model(tp):
            yield tp
        todo += [part for part in (*members(tp), *arguments(tp)) if part is not tp and part is not NoneType]


def holds(value: Any, tp: Any) -> bool:
    """Whether a value is of a type, all the way down."""
    if tp in (Any, object):
        return True
    if len(members(tp)) > 1:
        return any(holds(value, option) for option in members(tp))
    if tp is NoneType:
        return value is None
    if is_model(tp):
        return isinstance(value, tp) and all(field_holds(value, field) for field in model_fields(tp))
    if origin(tp) in (list, Sequence):
        return isinstance(value, list) and all(holds(one, arguments(tp)[0]) for one in value)
    if origin(tp) in (dict, Mapping):
        return isinstance(value, dict) and all(holds(one, arguments(tp)[1]) for one in value.values())
    if isinstance(tp, type) and issubclass(tp, enum.Enum):
        return isinstance(value, tp)
    if tp is datetime.date:
        return type(value) is datetime.date
    return type(value) is tp


def field_holds(model: Any, field: Any) -> bool:
    value = getattr(model, field.name)
    return value is None or (field.omittable and not value and value is not False) or holds(value, field.type)


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1, and numbers are compared exactly."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float):
        left = Decimal(repr(left))
    if isinstance(right, float):
        right = Decimal(repr(right))
    return (type(left) is type(right) and left == right) or _numbers(left, right)


def _numbers(left: Any, right: Any) -> bool:
    return isinstance(left, int | Decimal) and isinstance(right, int | Decimal) and left == right


@given(bodies())
def test_any_value_in_any_field_costs_that_field_alone_and_goes_back_as_it_came(
    drawn: tuple[type[Model], dict[str, Any]],
) -> None:
    cls, body = drawn
    made = from_wire(cls, body)
    assert holds(made, cls)
    assert same(to_wire(made), body)


@given(bodies())
def test_the_fast_way_agrees_with_the_careful_one(drawn: tuple[type[Model], dict[str, Any]]) -> None:
    """In a page of three: types hold, and extra is the same."""
    cls, body = drawn
    op: Operation[Any] = Operation(
        api="t", id=cls.__name__, title="", method="GET", path="/", namespace=cls.__module__,
        paging=Paging(row_type=cls.__name__),
    )  # fmt: skip
    data = dumps({"value": [body, {}, body]})
    expected = from_wire(cls, json.loads(dumps(body), parse_float=Decimal))
    for _ in range(2):
        rows = CODECS[cls.__module__].decode_page(op, data).rows
        assert [holds(row, cls) for row in rows] == [True] * 3
        assert rows[0] == rows[2] == expected
        assert rows[0].extra == expected.extra
        assert to_wire(rows[1]) == {}


@given(values, st.sampled_from(MODELS))
def test_any_value_as_a_row_is_kept(value: Any, cls: type[Model]) -> None:
    """A page never fails for one of its rows, and writes back what came."""
    op: Operation[Any] = Operation(
        api="t", id=cls.__name__, title="", method="GET", path="/", namespace=cls.__module__,
        paging=Paging(row_type=cls.__name__),
    )  # fmt: skip
    for _ in range(2):
        rows = CODECS[cls.__module__].decode_page(op, dumps({"value": [{}, value]})).rows
        assert isinstance(rows[1], cls)
        if not isinstance(value, dict):
            assert same(to_wire(rows[1]), value)
            assert rows[1].extra == {"$": value}


@pytest.mark.parametrize("cls", MODELS)
def test_every_field_takes_every_kind_of_value(cls: type[Model]) -> None:
    """One after the other, so that no field is left to chance."""
    kinds: list[Any] = [
        "Y",
        "",
        "0012",
        7,
        Decimal("10.5"),
        True,
        [],
        {},
        [{}],
        [None],
        {"a": None},
        "2020-01-01",
    ]
    for field in model_fields(cls):
        for kind in kinds:
            made = from_wire(cls, {field.wire: kind})
            assert field_holds(made, field), field.name
            assert same(to_wire(made), {field.wire: kind}), field.name
