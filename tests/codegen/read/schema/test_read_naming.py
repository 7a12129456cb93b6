"""Names out of any text: legal, unique, never in the way."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.read.operation.names import NameWish, settle
from codegen.read.schema.names import (
    CLASS_RESERVED,
    FIELD_RESERVED,
    METHOD_RESERVED,
    RESOURCE_RESERVED,
    ClassNames,
    constant_case,
    pascal_case,
    snake_case,
    unique_names,
)

ODD = st.text(max_size=12) | st.text(alphabet="aA1_-@$. é中ß²", max_size=8)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("serviceID", "service_id"),
        ("e911ClassOfServiceID", "e911_class_of_service_id"),
        ("orderIds", "order_ids"),
        ("orderIDs", "order_ids"),
        ("HTTPServer", "http_server"),
        ("@odata.nextLink", "odata_next_link"),
        ("ODataCount", "odata_count"),
        ("X-Request-ID", "x_request_id"),
        ("kKey", "k_key"),
        ("10MB", "value_10mb"),
        ("größe", "grosse"),
        ("名前", "名前"),
        ("°", "degree"),
    ],
)
def test_snake_case(wire: str, name: str) -> None:
    assert snake_case(wire) == name


@given(ODD)
def test_every_text_becomes_legal_names(text: str) -> None:
    for name in (snake_case(text), pascal_case(text), constant_case(text)):
        assert name.isidentifier()
        assert not name.startswith("_")


@given(st.lists(ODD, unique=True))
def test_field_names_are_unique_legal_and_free(wires: list[str]) -> None:
    names = unique_names(wires, reserved=FIELD_RESERVED)
    assert len(names) == len(wires) == len(set(names))
    for name in names:
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert name not in FIELD_RESERVED


@given(st.lists(ODD, unique=True))
def test_member_names_are_unique_and_legal(values: list[str]) -> None:
    names = unique_names(values, make=constant_case)
    assert len(set(names)) == len(values)
    assert all(n.isidentifier() and not keyword.iskeyword(n) for n in names)


@given(st.lists(ODD | st.sampled_from(["list", "Model", "any", "Decimal", "client"])))
def test_class_names_are_unique_whatever_their_case(hints: list[str]) -> None:
    taken = ClassNames()
    names = [taken.take(hint) for hint in hints]
    assert len({n.casefold() for n in names}) == len(names)
    assert all(n.isidentifier() and n.casefold() not in CLASS_RESERVED for n in names)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "POST", "DELETE"]),
            st.sampled_from(["/a", "/a/{b}", "/", "/list", "/a/list", "/名/{x-y}"]),
            ODD | st.sampled_from(["list", "a list", "get", "class"]),
            ODD | st.sampled_from(["a", "operations", "list"]),
        )
    )
)
def test_operations_never_share_a_name_or_hide_a_resource(rows: list[tuple[str, str, str, str]]) -> None:
    wishes = [NameWish(http_method=m, path=p, operation_id=i, tag=t) for m, p, i, t in rows]
    settle(wishes)
    pairs = [(w.resource, w.method) for w in wishes]
    assert len(set(pairs)) == len(pairs)
    resources = {w.resource for w in wishes}
    for wish in wishes:
        assert wish.method.isidentifier()
        assert not keyword.iskeyword(wish.method)
        assert wish.method not in METHOD_RESERVED
        assert not set(wish.resource) & RESOURCE_RESERVED
        assert (*wish.resource, wish.method) not in resources
