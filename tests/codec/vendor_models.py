"""Models as the generator writes them, small, for the tests of the codec."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any

from attrs import define, field

from trunkline.model import UNSET, Discriminator, Model, OpenIntEnum, OpenStrEnum, Unset
from trunkline.operation import Body, Operation, Paging


class Status(OpenStrEnum):
    ACTIVE = "Active"
    CLOSED = "Closed"


class Rank(OpenIntEnum):
    LOW = 1


@define(kw_only=True)
class Feature(Model):
    name: str | None = field(default=None, metadata={"wire": "Name"})
    parent: Device | None = field(default=None, metadata={"wire": "parent"})


@define(kw_only=True)
class Cat(Model):
    kind: str | None = field(default=None, metadata={"wire": "kind"})
    meow: int = field(metadata={"wire": "meow"})


@define(kw_only=True)
class Dog(Model):
    kind: str | None = field(default=None, metadata={"wire": "kind"})
    bark: int | None = field(default=None, metadata={"wire": "bark"})


@define(kw_only=True)
class Device(Model):
    device_id: int = field(metadata={"wire": "deviceID"})
    a_key: str | None = field(default=None, repr=False, metadata={"wire": "aKey", "sensitive": True})
    charge: Decimal | None = field(default=None, metadata={"wire": "charge"})
    ratio: float | None = field(default=None, metadata={"wire": "ratio"})
    active: bool | None = field(default=None, metadata={"wire": "active"})
    created: datetime.datetime | None = field(default=None, metadata={"wire": "created"})
    day: datetime.date | None = field(default=None, metadata={"wire": "day"})
    # Named like the module: its annotation must not be looked up among the class's own fields.
    datetime: datetime.date | None = field(default=None, metadata={"wire": "msag", "format": "date-mdy"})
    status: Status | None = field(default=None, metadata={"wire": "status"})
    rank: Rank | None = field(default=None, metadata={"wire": "rank"})
    features: list[Feature] | None = field(default=None, metadata={"wire": "features"})
    by_name: dict[str, Feature] | None = field(default=None, metadata={"wire": "byName"})
    pet: Cat | Dog | None = field(default=None, metadata={"wire": "pet"})
    told: Annotated[Cat | Dog, Discriminator("kind", {"feline": "Cat", "Dog": "Dog"})] | None = field(
        default=None, metadata={"wire": "told"}
    )
    photo: bytes | None = field(default=None, metadata={"wire": "photo"})
    anything: Any = field(default=None, metadata={"wire": "anything"})
    mixed: int | str | None = field(default=None, metadata={"wire": "mixed"})


@define(kw_only=True)
class DeviceCreate(Model):
    serial: str = field(metadata={"wire": "serialNumber"})
    charge: Decimal | Unset = field(default=UNSET, metadata={"wire": "charge"})
    note: str | Unset | None = field(default=UNSET, metadata={"wire": "note"})
    ratio: float | Unset = field(default=UNSET, metadata={"wire": "ratio"})
    msag: datetime.date | Unset = field(default=UNSET, metadata={"wire": "msag", "format": "date-mdy"})
    features: list[Feature] | Unset = field(default=UNSET, metadata={"wire": "features"})
    status: Status | Unset = field(default=UNSET, metadata={"wire": "status"})


GET: Operation[Device] = Operation(
    api="test",
    id="device.get",
    title="Get",
    method="GET",
    path="/device",
    namespace=__name__,
    response="Device",
    source="specs/test.yaml#/device",
)
SEARCH: Operation[Any] = Operation(
    api="test",
    id="device.search",
    title="Search",
    method="GET",
    path="/devices",
    namespace=__name__,
    paging=Paging(row_type="Device"),
    filterable=("deviceID", "status"),
    sortable=("deviceID",),
    patchable={"bind": ("replace",), "pin": ("replace", "remove")},
)
CREATE: Operation[Any] = Operation(
    api="test",
    id="device.create",
    title="Create",
    method="POST",
    path="/device",
    namespace=__name__,
    body=Body(type="DeviceCreate"),
)
