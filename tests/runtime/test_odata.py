"""Filters and orders: text, precedence, literals, and the check before a request."""

from __future__ import annotations

import contextlib
import datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odata_query import ast
from odata_query.grammar import ODataLexer, ODataParser

from tests.codec.vendor_models import SEARCH, Status
from trunkline import odata
from trunkline._wire.odata_text import names_in
from trunkline.errors import FilterError
from trunkline.odata import FieldSet, Filter, FilterField, FilterSortField, SortField


class Device(FieldSet):
    id: Final = FilterSortField["Device", int]("deviceID", int)
    status: Final = FilterField["Device", Status]("status", Status)
    serial: Final = FilterField["Device", str]("serialNumber", str)
    charge: Final = FilterField["Device", Decimal]("charge", Decimal)
    created: Final = FilterField["Device", datetime.datetime]("created", datetime.datetime)
    day: Final = FilterField["Device", datetime.date]("day", datetime.date)
    active: Final = FilterField["Device", bool]("active", bool)
    mixed: Final = FilterField["Device", int | str]("mixed", int | str)
    free: Final = FilterField["Device", Any]("free", object)
    order: Final = SortField["Device"]("order")


A, B, C = Device.id == 1, Device.id == 2, Device.serial == "x"
UTC = datetime.UTC


@pytest.mark.parametrize(
    ("filter", "text"),
    [
        (Device.id == 5, "deviceID eq 5"),
        (Device.id != 5, "deviceID ne 5"),
        (Device.id < 5, "deviceID lt 5"),
        (Device.id <= 5, "deviceID le 5"),
        (Device.id > 5, "deviceID gt 5"),
        (Device.id >= -5, "deviceID ge -5"),
        (Device.serial == "O'Brien", "serialNumber eq 'O''Brien'"),
        (Device.serial.contains("a"), "contains(serialNumber,'a')"),
        (Device.serial.startswith("'"), "startswith(serialNumber,'''')"),
        (Device.serial.endswith(""), "endswith(serialNumber,'')"),
        (Device.charge == Decimal("1.10"), "charge eq 1.10"),
        (Device.charge < Decimal("1E+3"), "charge lt 1000"),
        (Device.created > datetime.datetime(2020, 1, 2, tzinfo=UTC), "created gt 2020-01-02T00:00:00Z"),
        (Device.day == datetime.date(2020, 1, 2), "day eq 2020-01-02"),
        (Device.active == True, "active eq true"),  # noqa: E712
        (Device.status == Status.ACTIVE, "status eq 'Active'"),
        (Device.mixed == "a", "mixed eq 'a'"),
        (Device.free == 1.5, "free eq 1.5"),
        (Device.id.is_null(), "deviceID eq null"),
        (Device.id != None, "deviceID ne null"),  # noqa: E711
        (Device.id.in_([1, 2, 1]), "deviceID eq 1 or deviceID eq 2"),
        (Device.id.in_((3,)), "deviceID eq 3"),
        (A | B & C, "deviceID eq 1 or deviceID eq 2 and serialNumber eq 'x'"),
        ((A | B) & C, "(deviceID eq 1 or deviceID eq 2) and serialNumber eq 'x'"),
        (Device.id.in_([1, 2]) & C, "(deviceID eq 1 or deviceID eq 2) and serialNumber eq 'x'"),
        (~A, "not (deviceID eq 1)"),
        (~Device.serial.contains("a"), "not contains(serialNumber,'a')"),
        (~~A, "deviceID eq 1"),
        (~(A & B), "not (deviceID eq 1 and deviceID eq 2)"),
        (
            odata.raw(" deviceID eq 1 or status eq 'x' ") & A,
            "(deviceID eq 1 or status eq 'x') and deviceID eq 1",
        ),
    ],
)
def test_filter_text(filter: Filter[Any], text: str) -> None:
    """Brackets only where precedence needs them; quotes doubled; digits as given."""
    assert filter.text == str(filter) == text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Device.id == "5",
        lambda: Device.id == True,  # noqa: E712
        lambda: Device.id < None,  # type: ignore[operator]
        lambda: Device.id.in_([]),
        lambda: Device.charge == Decimal("NaN"),
        lambda: Device.created == datetime.datetime(2020, 1, 2),
        lambda: Device.day == datetime.datetime(2020, 1, 2),
        lambda: Device.serial.contains(5),  # type: ignore[arg-type]
        lambda: Device.free == object(),
        lambda: A and B,
        lambda: not A,
        lambda: 1 < Device.id < 5,
        lambda: odata.raw(" "),
        lambda: odata.raw("a eq 'x"),
        lambda: odata.raw("(a eq 1"),
        lambda: odata.raw("a eq 1)"),
        lambda: odata.raw('a eq "x"'),
        lambda: odata.order_text([]),
        lambda: odata.order_text("deviceID"),  # type: ignore[arg-type]
    ],
)
def test_wrong_filters_are_refused_at_run_time(wrong: Any) -> None:
    """What the type checker would have said."""
    with pytest.raises(FilterError):
        wrong()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("deviceID eq 1", ("deviceID",)),
        ("a eq 'b and c eq ''d'''", ("a",)),
        ("not (startswith(tolower(a), 'x')) and b add 1 gt 2.5e-3", ("a", "b")),
        ("a eq datetime'2020-01-01' or b ge 2020-01-01T00:00:00Z or c eq null", ("a", "b", "c")),
        ("items/any(i: i/x eq 1) and a/b in (1,2)", ("items", "a/b")),
        ("id eq 01234567-89ab-cdef-0123-456789abcdef", ("id",)),
        ("equal eq 1 and order desc", ("equal", "order")),
        ("", ()),
    ],
)
def test_names_in_raw_text(text: str, names: tuple[str, ...]) -> None:
    """Literals, functions, operators and lambda variables are no field names."""
    assert names_in(text) == names


def test_check_names_what_the_operation_can_filter_by() -> None:
    """A foreign or misspelt name never leaves; the message lists what is allowed."""
    assert odata.check(A & (Device.status == Status.CLOSED), SEARCH) == "deviceID eq 1 and status eq 'Closed'"
    for wrong in (C, A | C, odata.raw("deviceId eq 1")):
        with pytest.raises(FilterError, match="it can by: deviceID, status"):
            odata.check(wrong, SEARCH)
    with pytest.raises(FilterError, match="did you mean deviceID"):
        odata.check(odata.raw("deviceId eq 1"), SEARCH)
    with pytest.raises(FilterError, match="not str"):
        odata.check("deviceID eq 1", SEARCH)  # type: ignore[arg-type]


def test_check_order() -> None:
    """One or several, in their order."""
    assert odata.check_order(Device.id.desc(), SEARCH) == "deviceID desc"
    assert odata.order_text([Device.id.desc(), Device.order.asc()]) == "deviceID desc,order"
    with pytest.raises(FilterError, match="cannot sort by order"):
        odata.check_order([Device.id.asc(), Device.order.asc()], SEARCH)


def test_encoded_length_counts_percent_signs() -> None:
    """For the URL limit of coalesced lookups."""
    assert (Device.serial == "é ").encoded_length() == len("serialNumber%20eq%20'%C3%A9%20'")


literals = st.sampled_from(
    [Device.id == 7, Device.serial == "it's", Device.serial.contains("x"), Device.id > 0]
)
trees: Any = st.recursive(
    literals.map(lambda leaf: ("leaf", leaf)),
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner) | st.tuples(st.just("not"), inner),
    max_leaves=8,
)


def build(tree: Any) -> Filter[Any]:
    match tree:
        case ("leaf", leaf):
            return leaf
        case ("not", inner):
            return ~build(inner)
        case (word, left, right):
            return build(left) & build(right) if word == "and" else build(left) | build(right)
    raise AssertionError(tree)


def meaning(tree: Any) -> Any:
    """The tree with double negation gone and chains of one operator flat."""
    match tree:
        case ("leaf", leaf):
            return shape(parse(leaf.text))
        case ("not", inner):
            below = meaning(inner)
            return below[1] if below[0] == "not" else ("not", below)
        case (word, left, right):
            return flat(word, meaning(left), meaning(right))


def flat(word: str, *sides: Any) -> Any:
    parts: list[Any] = []
    for side in sides:
        parts += side[1] if side[0] == word else [side]
    return (word, parts)


def parse(text: str) -> Any:
    return ODataParser().parse(ODataLexer().tokenize(text))


def shape(node: Any) -> Any:
    match node:
        case ast.BoolOp():
            return flat("and" if isinstance(node.op, ast.And) else "or", shape(node.left), shape(node.right))
        case ast.UnaryOp(op=ast.Not()):
            return ("not", shape(node.operand))
    return ("leaf", repr(node))


@given(trees)
def test_filter_parses_back_to_the_same_tree(tree: Any) -> None:
    """An independent parser reads what was meant."""
    assert shape(parse(build(tree).text)) == meaning(tree)


values = (
    st.text()
    | st.integers()
    | st.booleans()
    | st.dates(min_value=datetime.date(1000, 1, 1))
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
)


@given(values)
def test_literal_is_one_literal_of_the_right_value(value: Any) -> None:
    """No text breaks out of its quotes, no number changes."""
    parsed = parse(f"a eq {odata.literal(value)}").right
    if isinstance(value, bool):
        assert parsed == ast.Boolean(str(value).lower())
    elif isinstance(value, datetime.date):
        assert parsed == ast.Date(value.isoformat())
    elif isinstance(value, str):
        assert parsed == ast.String(value)
    else:
        assert Decimal(parsed.val) == value


@given(st.text())
def test_names_in_any_text_gives_names_or_a_filter_error(text: str) -> None:
    """Only errors of the tree come out, and a quoted text holds no name."""
    assert names_in(f"a eq {odata.literal(text)}") == ("a",)
    with contextlib.suppress(FilterError):
        names_in(text)
