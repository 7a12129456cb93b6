"""Requests from operations: quoting, styles, bodies, and what is refused."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from tests.runtime_doubles import CREATE, GET, SEARCH, Device, operation
from trunkline import odata
from trunkline._codec.codec import Codec
from trunkline._wire.parameters import query_pairs
from trunkline._wire.requests import Plan, checked_routes
from trunkline.errors import ArgumentError, ConfigError, FilterError, TrunklineError
from trunkline.odata import render as _render
from trunkline.operation import Body, Operation, Param

BASE = URL("https://vendor.test/root/")
NAMED = operation(
    "thing.get", "GET", "/thing/{name}/part", path_params=(Param(wire="name", name="name", required=True),)
)


def plan(op: Operation[Any], **more: Any) -> Plan:
    return Plan(op, BASE, Codec(None), {}, render=_render, **more)


def test_path_value_is_quoted():
    url = plan(NAMED).request(("a b?c#d&e%2F",)).url
    assert str(url) == "https://vendor.test/root/thing/a%20b%3Fc%23d%26e%252F/part"


@pytest.mark.parametrize("value", ["", ".", "..", "../x", "a/../b", "a\\..", "a\nb", "a\x00"])
def test_path_value_that_could_leave_its_segment_is_refused(value):
    with pytest.raises(ArgumentError, match="name"):
        plan(NAMED).request((value,))


@given(st.text(max_size=30))
def test_path_any_text_stays_one_segment(value):
    try:
        url = plan(NAMED).request((value,)).url
    except TrunklineError:
        return
    assert url.raw_path.count("/") == 4
    assert url.raw_path.startswith("/root/thing/")
    assert not url.raw_query_string
    assert not url.raw_fragment
    assert URL(str(url), encoded=True).parts[3] == value


@pytest.mark.parametrize("value", [None, "5", 5.0, True, [5]])
def test_path_wrong_type_names_the_argument_and_not_the_value(value):
    with pytest.raises(ArgumentError, match="device_id") as caught:
        plan(GET).request((value,))
    assert "'5'" not in str(caught.value)


def test_query_filter_is_checked_and_spaces_are_percent_encoded():
    url = plan(SEARCH).request(query=(odata.raw("deviceID eq 5 or deviceID eq 6"), 3, None, 10)).url
    assert url.raw_query_string == "$filter=deviceID%20eq%205%20or%20deviceID%20eq%206&$skip=3&$top=10"
    for wrong in (odata.raw("serial eq 'x'"), "deviceID eq 5"):
        with pytest.raises(FilterError):
            plan(SEARCH).request(query=(wrong, None, None, None))


@pytest.mark.parametrize(
    ("param", "value", "expected"),
    [
        ({}, "a b+c&d=e;f", ["p=a%20b%2Bc%26d%3De%3Bf"]),
        ({"type": "bool"}, True, ["p=true"]),
        ({"type": "datetime.date"}, datetime.date(2026, 1, 2), ["p=2026-01-02"]),
        ({"type": "datetime.date", "format": "date-mdy"}, datetime.date(2026, 1, 2), ["p=01/02/2026"]),
        ({"type": "Decimal"}, Decimal("1E+3"), ["p=1000"]),
        ({"type": "list[int]"}, [1, 2], ["p=1", "p=2"]),
        ({"type": "list[str]", "explode": False}, ["a,b", "c"], ["p=a%2Cb,c"]),
        ({"type": "list[str]", "explode": False, "style": "pipeDelimited"}, ["a", "b"], ["p=a%7Cb"]),
        ({"type": "list[str]", "explode": False, "style": "spaceDelimited"}, ["a", "b"], ["p=a%20b"]),
        ({"style": "deepObject"}, {"k": "v w"}, ["p%5Bk%5D=v%20w"]),
        ({}, {"k": "v"}, ["k=v"]),
        ({"explode": False}, {"k": "v"}, ["p=k,v"]),
    ],
)
def test_query_styles(param, value, expected):
    known = {"type": "Any"} if "type" not in param else {}
    assert list(query_pairs(value, Param(wire="p", name="p", **param, **known))) == expected


def test_query_required_missing_names_the_python_argument():
    op = operation(
        "x.y", "GET", "/x", query_params=(Param(wire="companyId", name="company_id", required=True),)
    )
    with pytest.raises(ArgumentError, match="company_id is required"):
        plan(op).request()


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00", "é"])
def test_header_injection_is_refused(value):
    op = operation("x.y", "GET", "/x", header_params=(Param(wire="X-Trace", name="trace"),))
    assert plan(op).request(headers=("fine",)).headers["X-Trace"] == "fine"
    with pytest.raises(ArgumentError, match="trace"):
        plan(op).request(headers=(value,))


def test_cookie_value_cannot_add_another_cookie():
    op = operation("x.y", "GET", "/x", cookie_params=(Param(wire="c", name="c"),))
    assert plan(op).request(cookies=("a; b=1",)).headers["Cookie"] == "c=a%3B%20b%3D1"


def test_body_json_form_multipart_text_binary():
    request = plan(CREATE).request(body=Device(device_id=5))
    assert (request.body, request.headers["Content-Type"]) == (b'{"deviceID":5}', "application/json")
    form = operation(
        "x.y", "POST", "/x", body=Body(kind="form", media_type="application/x-www-form-urlencoded")
    )
    assert plan(form).request(body={"a": "b c&d", "n": None, "l": [1, 2]}).body == b"a=b%20c%26d&l=1&l=2"
    multipart = operation("x.y", "POST", "/x", body=Body(kind="multipart", media_type="multipart/form-data"))
    request = plan(multipart).request(body={'f"\r\n': b"\x00\x01", "t": "x"})
    boundary = request.headers["Content-Type"].partition("boundary=")[2]
    assert request.body is not None
    assert request.body.count(boundary.encode()) == 3
    assert b'name="f%22%0D%0A"' in request.body
    assert b"\r\n\r\n\x00\x01\r\n" in request.body
    text = operation("x.y", "POST", "/x", body=Body(kind="text", media_type="text/plain"))
    assert plan(text).request(body="é").body == "é".encode()
    with pytest.raises(ArgumentError, match="body must be str"):
        plan(text).request(body=5)
    with pytest.raises(ArgumentError, match="body is required"):
        plan(CREATE).request()


def test_routes_replace_method_and_path():
    operations = {op.id: op for op in (GET, SEARCH)}
    routes = checked_routes({"device.get": "POST /other/{deviceID}/x"}, operations)
    request = plan(GET, route=routes["device.get"]).request((7,))
    assert (request.method, request.url.raw_path) == ("POST", "/root/other/7/x")


@pytest.mark.parametrize(
    "routes",
    [
        {"device.nope": "GET /x"},
        {"device.search": "GET x"},
        {"device.search": "get /x"},
        {"device.search": "GET /x?y=1"},
        {"device.search": "GET /../x"},
        {"device.search": "GET /x/{deviceID}"},
        {"device.get": "GET /x"},
    ],
)
def test_routes_that_are_wrong_are_refused(routes):
    with pytest.raises(ConfigError, match="routes"):
        checked_routes(routes, {op.id: op for op in (GET, SEARCH)})


@pytest.mark.parametrize(
    ("op", "sent"),
    [
        (
            operation("x", "GET", "/x/{a}", path_params=(Param(wire="a", name="a"),)),
            {"path": ("0770\ud800",)},
        ),
        (operation("x", "GET", "/x", query_params=(Param(wire="a", name="a"),)), {"query": ("0770\ud800",)}),
        (
            operation("x", "GET", "/x", cookie_params=(Param(wire="a", name="a"),)),
            {"cookies": ("0770\ud800",)},
        ),
        (operation("x", "POST", "/x", body=Body(kind="form")), {"body": {"a": "0770\ud800"}}),
        (operation("x", "POST", "/x", body=Body(kind="multipart")), {"body": {"a": "0770\ud800"}}),
        (
            operation("x", "POST", "/x", body=Body(kind="text", media_type="text/plain")),
            {"body": "0770\ud800"},
        ),
        (operation("x", "POST", "/x", body=Body()), {"body": {"a": "0770\ud800"}}),
    ],
    ids=["path", "query", "cookie", "form", "multipart", "text", "json"],
)
def test_half_a_surrogate_pair_was_an_encode_error_that_held_the_value(op, sent):
    with pytest.raises(ArgumentError) as caught:
        plan(op).request(**sent)
    error: BaseException | None = caught.value
    while error is not None:
        assert "0770" not in f"{error!r}{error.args}{vars(error)}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "make", [lambda: odata.literal("0770\ud800"), lambda: odata.raw("a eq '0770\ud800'")]
)
def test_half_a_surrogate_pair_in_a_filter_is_a_filter_error(make):
    with pytest.raises(FilterError):
        make()
