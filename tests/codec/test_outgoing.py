"""Models and values to JSON, and the round trip."""

from __future__ import annotations

import contextlib
import datetime
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.vendor_models import (
    CREATE,
    GET,
    SEARCH,
    Cat,
    Device,
    DeviceCreate,
    Dog,
    Feature,
    Rank,
    Status,
)
from trunkline._codec.codec import Codec, from_wire, to_wire
from trunkline.errors import ArgumentError, PatchError, ResponseShapeError
from trunkline.jsonpatch import Patch
from trunkline.model import UNSET


def test_encode_model_by_wire_names_and_exact_digits() -> None:
    """UNSET is left out, None is null, a Decimal keeps its digits, dates follow their format."""
    body = DeviceCreate(
        serial="x",
        charge=Decimal("1.10"),
        note=None,
        msag=datetime.date(2020, 1, 14),
        features=[Feature(name="f")],
        status=Status.ACTIVE,
    )
    assert Codec().encode(body, CREATE) == (
        b'{"serialNumber":"x","charge":1.10,"note":null,"msag":"01/14/2020",'
        b'"features":[{"Name":"f","parent":null}],"status":"Active"}'
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"charge": Decimal("NaN")}, "body.charge"),
        ({"charge": 1.5}, "body.charge"),
        ({"ratio": float("inf")}, "body.ratio"),
        ({"serial": 5}, "body.serial"),
        ({"serial": None}, "body.serial"),
        ({"msag": datetime.datetime(2020, 1, 14)}, "body.msag"),
        ({"features": [Feature(name="a"), {"Name": "secret5"}]}, r"body.features\[1\]"),
        ({"features": [Feature(name=b"secret5")]}, r"body.features\[0\].name"),
        ({"status": object()}, "body.status"),
    ],
)
def test_encode_wrong_value_names_the_field(changes: dict[str, Any], field: str) -> None:
    """Nothing is sent, and the message shows no value."""
    body = DeviceCreate(**{"serial": "secret5", **changes})
    with pytest.raises(ArgumentError, match=f"^{field} must be") as caught:
        Codec().encode(body, CREATE)
    assert "secret5" not in str(caught.value)


def test_encode_other_model_than_the_body_is_refused() -> None:
    """A response model in a request."""
    with pytest.raises(ArgumentError, match="body must be a DeviceCreate"):
        Codec().encode(Device(device_id=1), CREATE)


def test_encode_free_values() -> None:
    """Mappings and lists of anything that has a JSON form."""
    value = {
        "a": [Decimal("0.10"), Status.ACTIVE, b"hi", (1, 2)],
        "b": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        "c": UNSET,
        "d": {"e": datetime.time(1, 2), "f": datetime.timedelta(seconds=1)},
    }
    assert Codec().encode(value) == (
        b'{"a":[0.10,"Active","aGk=",[1,2]],"b":"2020-01-01T00:00:00Z","d":{"e":"01:02:00","f":"PT1S"}}'
    )
    for bad in ({1: 2}, {"a": float("nan")}, object(), [{"a": Decimal("Infinity")}]):
        with pytest.raises(ArgumentError):
            Codec().encode(bad)


def test_encode_endless_value_is_an_argument_error() -> None:
    """A list that holds itself."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ArgumentError, match="nested too deeply"):
        Codec().encode(endless)


def test_encode_patch_is_checked_against_its_operation() -> None:
    """An empty patch or a foreign field never leaves."""
    codec = Codec()
    assert codec.encode(Patch().replace("bind", True), SEARCH) == (
        b'[{"op":"replace","path":"/bind","value":true}]'
    )
    for bad in (Patch(), Patch().replace("other", 1), Patch().remove("bind")):
        with pytest.raises(PatchError):
            codec.encode(bad, SEARCH)


RAW = [{"op": "replace", "path": "/bind", "value": True}]


@pytest.mark.parametrize("body", [RAW, tuple(RAW), json.dumps(RAW), json.dumps(RAW).encode()])
def test_encode_raw_patch_goes_out_as_a_list(body: Any) -> None:
    """Also where it is given as text."""
    assert json.loads(Codec().encode(body, SEARCH)) == RAW


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([{"op": "remove", "path": "/bind"}], "cannot remove bind; allowed: replace"),
        ('[{"op": "remove", "path": "/bind"}]', "cannot remove bind; allowed: replace"),
        ([{"op": "replace", "path": "/other", "value": 1}], "cannot change other; it can change: bind, pin"),
        ([{"op": "move", "path": "/bind", "from": "/pin"}], "cannot move bind"),
        ([{"op": "replace", "path": "/bind/0", "value": 1}], "cannot change bind/0"),
        ([{"op": "replace", "path": "bind", "value": 1}], "begins with"),
        ([{"path": "/bind", "value": 1}], 'needs "op"'),
        ([{"op": "replace", "path": "/bind"}], 'needs a "value"'),
        ([], "empty"),
        ({"bind": True}, "list of changes"),
        (["remove bind"], "list of changes"),
        ("secret5", "not JSON"),
        ('"secret5"', "list of changes"),
    ],
)
def test_encode_raw_patch_is_checked_like_a_built_one(body: Any, text: str) -> None:
    """Nothing is sent, and no value is shown."""
    with pytest.raises(PatchError, match=re.escape(text)) as caught:
        Codec().encode(body, SEARCH)
    assert "secret5" not in str(caught.value)


def test_missing_required_field_is_called_missing() -> None:
    """Not "must be a str", which a field without a value cannot be."""
    with pytest.raises(ArgumentError, match=r"body.serial must be given \(a str\)"):
        Codec().encode(DeviceCreate(serial=None), CREATE)  # type: ignore[arg-type]


def test_to_wire_shows_what_a_response_held_even_against_the_spec() -> None:
    """What was read leniently can be written again."""
    sent = {"deviceID": None, "pet": {"moo": 1}, "features": [None], "new": [1]}
    shown = to_wire(from_wire(Device, sent))
    assert {key: shown[key] for key in sent} == sent


def test_from_wire_takes_bytes_and_parsed_json() -> None:
    """Floats of another parser keep the digits that Python shows."""
    assert from_wire(Device, {"deviceID": 1, "charge": 0.1}).charge == Decimal("0.1")
    assert str(from_wire(Device, b'{"deviceID": 1, "charge": 0.10}').charge) == "0.10"
    for bad in (b"nope", 5, []):
        with pytest.raises(ResponseShapeError):
            from_wire(Device, bad)


text = st.text(st.characters(codec="utf-8"), max_size=8)
features = st.builds(Feature, name=st.none() | text)
moments = st.datetimes(timezones=st.none() | st.just(datetime.UTC))
devices = st.builds(
    Device,
    device_id=st.integers(),
    a_key=st.none() | text,
    charge=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=4),
    ratio=st.none() | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
    active=st.none() | st.booleans(),
    created=st.none() | moments,
    day=st.none() | st.dates(min_value=datetime.date(1000, 1, 1)),
    datetime=st.none() | st.dates(min_value=datetime.date(1000, 1, 1)),
    status=st.none() | text.filter(bool).map(Status),
    rank=st.none() | st.integers(-5, 5).map(Rank),
    features=st.none() | st.lists(features, max_size=3),
    by_name=st.none() | st.dictionaries(text, features, max_size=3),
    pet=st.none() | st.builds(Dog, bark=st.integers()) | st.builds(Cat, meow=st.integers()),
    photo=st.none() | st.binary(max_size=9),
    mixed=st.none() | st.integers() | text,
)
CODEC = Codec()


@given(devices)
def test_models_round_trip_both_ways_in(device: Device) -> None:
    """What is written is read as it was, by the fast way and by the careful one."""
    data = CODEC.encode(device)
    assert CODEC.decode(GET, data) == device
    assert CODEC.from_wire(Device, data) == device


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
wires = st.sampled_from(
    ["deviceID", "charge", "created", "msag", "features", "pet", "told", "byName", "value", "x"]
)


@given(st.dictionaries(wires, json_values, max_size=5) | json_values | st.lists(json_values, max_size=3))
def test_any_json_gives_a_model_or_a_shape_error_and_both_ways_agree(value: Any) -> None:
    """Only errors of the tree come out, and what was learned changes no result."""
    data = json.dumps(value).encode()
    seen = []
    for codec in (CODEC, CODEC):
        try:
            seen.append(repr(codec.decode(GET, data)))
        except ResponseShapeError as error:
            seen.append(f"refused {error.paths}")
        with contextlib.suppress(ResponseShapeError):
            codec.decode_page(SEARCH, data)
    assert len(set(seen)) == 1


@given(st.binary(max_size=40))
def test_any_bytes_raise_only_shape_errors(data: bytes) -> None:
    """Garbage in, an error of the tree out."""
    for call in (CODEC.decode, CODEC.decode_page):
        with contextlib.suppress(ResponseShapeError):
            call(GET, data)
