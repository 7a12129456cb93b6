"""A models module as the generator writes it, with one field of each kind."""

from __future__ import annotations

import datetime
from decimal import Decimal

from attrs import define, field

from trunkline.model import Model, OpenStrEnum


class Kind(OpenStrEnum):
    OLD = "old"


@define(kw_only=True)
class Inner(Model):
    note: str | None = field(default=None, metadata={"wire": "note"})


@define(kw_only=True)
class Sample(Model):
    number: str | None = field(default=None, metadata={"wire": "number"})
    charge: Decimal | None = field(default=None, metadata={"wire": "charge"})
    since: datetime.datetime | None = field(default=None, metadata={"wire": "since"})
    day: datetime.date | None = field(default=None, metadata={"wire": "day"})
    enabled: bool | None = field(default=None, metadata={"wire": "enabled"})
    kind: Kind | None = field(default=None, metadata={"wire": "kind"})
    status: int | None = field(default=None, metadata={"wire": "status"})
    inner: Inner | None = field(default=None, metadata={"wire": "inner"})
    pin: str | None = field(default=None, repr=False, metadata={"wire": "pin", "sensitive": True})
