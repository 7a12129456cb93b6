"""What a model holds besides its attributes: through copies, out again, and given by a caller."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
from attrs import define, field

from tests.codec.vendor_models import CREATE, GET, Device, DeviceCreate, Feature, Status
from trunkline._codec.codec import Codec, from_wire, to_wire
from trunkline.errors import ArgumentError
from trunkline.model import UNSET, Model, is_set, json_default
from trunkline.operation import Body

BODY = {"deviceID": "x", "aKey": None, "charge": "3.10", "new": 1.10, "features": [{"Name": "f", "z": 1}]}


@define(kw_only=True)
class Ticket(Model):
    _additional = "int"
    subject: str = field(metadata={"wire": "subject"})


@define(kw_only=True)
class Sealed(Model):
    _additional = False
    subject: str = field(metadata={"wire": "subject"})


def sealed_op(name: str) -> Any:
    return attrs.evolve(CREATE, namespace=__name__, body=Body(type=name))


COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),  # noqa: S301 - our own
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "evolve": attrs.evolve,
    "round trip": lambda one: from_wire(type(one), to_wire(one)),
    "to_dict": lambda one: type(one).from_dict(one.to_dict()),
    "to_json": lambda one: from_wire(type(one), one.to_json().encode()),
}


@pytest.mark.parametrize("way", COPIES)
def test_extra_and_absence_survive_copies(way: str) -> None:
    """Read, modify, write: nothing is dropped on the way."""
    for device in (codec := Codec()).decode(GET, data := json.dumps(BODY).encode()), codec.decode(GET, data):
        made = COPIES[way](device)
        assert made == device
        assert made.extra == device.extra == {"deviceID": "x", "new": Decimal("1.1")}
        assert made.features[0].extra == {"z": 1}
        assert to_wire(made) == to_wire(device) == json.loads(json.dumps(BODY), parse_float=Decimal)
        assert [is_set(made, name) for name in ("aKey", "ratio")] == [True, False]


def test_null_and_absent_differ() -> None:
    """By either name; the attribute is None for both."""
    device = from_wire(Device, {"deviceID": 1, "aKey": None, "other": 1, "active": "Y"})
    assert (device.a_key, device.ratio) == (None, None)
    assert [is_set(device, name) for name in ("a_key", "aKey", "deviceID", "active", "other")] == [True] * 5
    assert [is_set(device, name) for name in ("ratio", "by_name", "byName", "nowhere")] == [False] * 4
    device.ratio = 1.5
    assert is_set(device, "ratio")
    assert to_wire(device) == {"deviceID": 1, "aKey": None, "ratio": 1.5, "other": 1, "active": "Y"}
    assert is_set(Feature(), "name")
    assert not is_set(DeviceCreate(serial="x"), "note")


def test_a_field_that_is_always_there_and_then_absent_is_seen_as_absent() -> None:
    """Fields that many objects had are taken for granted; the next object is read all the same."""
    codec = Codec()
    full = {"deviceID": 1, "aKey": None, "ratio": 1.5}
    for _ in range(200):
        device = codec.decode(GET, json.dumps(full).encode())
        assert [is_set(device, name) for name in ("ratio", "active")] == [True, False]
    for lacking in ("ratio", "deviceID"):
        body = {name: value for name, value in full.items() if name != lacking}
        for _ in range(2):
            device = codec.decode(GET, json.dumps(body).encode())
            assert to_wire(device) == body
            assert codec.decode(GET, json.dumps(full).encode()).ratio == 1.5


def test_changing_a_field_wins_over_what_came_for_it() -> None:
    """What was coerced or did not fit is written back only while it is untouched."""
    device = from_wire(Device, {"deviceID": "12", "active": "Y", "mixed": [1]})
    assert to_wire(device) == {"deviceID": "12", "active": "Y", "mixed": [1]}
    device.device_id, device.active, device.mixed = 13, True, "m"
    assert to_wire(device) == {"deviceID": 13, "active": True, "mixed": "m"}


def test_extra_is_read_only_since_rows_share_it() -> None:
    """A change to one row's would show in another's."""
    device = from_wire(Device, {"deviceID": 1, "new": 1})
    with pytest.raises(TypeError, match="with_extra"):
        device.extra["x"] = 1  # type: ignore[index]
    assert device.with_extra(x=2).extra == {"new": 1, "x": 2}
    assert device.extra == {"new": 1}


def test_further_keys_are_given_by_the_constructor_and_checked_when_sent() -> None:
    """Against the schema of additionalProperties."""
    codec, op = Codec(), sealed_op("Ticket")
    ticket = Ticket(subject="s", extra={"a": 1})
    assert codec.encode(ticket, op) == b'{"subject":"s","a":1}'
    assert codec.encode(ticket.with_extra({"b c": 2}, d=3), op) == b'{"subject":"s","a":1,"b c":2,"d":3}'
    with pytest.raises(ArgumentError, match="extra must be an int"):
        codec.encode(ticket.with_extra(d="secret5"), op)
    with pytest.raises(ArgumentError, match="no further keys"):
        codec.encode(Sealed(subject="s", extra={"a": 1}), sealed_op("Sealed"))
    assert codec.encode(from_wire(Sealed, {"subject": "s", "came": 1}), sealed_op("Sealed"))


def test_digits_of_unnamed_numbers_are_exact() -> None:
    """In `extra` and in fields of any JSON, on both ways in and out."""
    text = '{"deviceID":1,"anything":[1.10,12345678901234567890.5],"new":0.10,"big":123456789012345678901}'
    codec = Codec()
    for _ in range(2):
        device = codec.decode(GET, text.encode())
        assert str(device.extra["new"]) == "0.10"
        assert device.extra["big"] == 123456789012345678901
        assert json.loads(device.to_json(), parse_float=str) == json.loads(text, parse_float=str)


def test_json_takes_models_by_its_default() -> None:
    """One documented line."""
    device = from_wire(Device, {"deviceID": 1, "charge": 1.5, "status": "Brand new"})
    assert json.loads(json.dumps([device], default=json_default)) == [
        {"deviceID": 1, "charge": 1.5, "status": "Brand new"}
    ]
    with pytest.raises(TypeError):
        json.dumps(object(), default=json_default)


def test_unknown_enum_values_equal_themselves() -> None:
    """As keys and members of sets too."""
    first, second = Status("Brand new"), Status("Brand new")
    assert first == second == "Brand new"
    assert len({first, second, "Brand new"}) == 1
    assert pickle.loads(pickle.dumps(first)) == copy.deepcopy(first) == first  # noqa: S301 - our own


def test_unset_is_left_out_of_dicts() -> None:
    """As it is of requests."""
    assert DeviceCreate(serial="x", note=None).to_dict() == {"serialNumber": "x", "note": None}
    assert DeviceCreate.from_dict({"serialNumber": "x"}).note is UNSET
