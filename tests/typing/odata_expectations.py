"""Checked by mypy, never run: what the type checker must accept and refuse of filters and patches.

Every ignored line is an error that mypy must report: an ignore that is not needed fails the check.
"""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Final, Self, assert_type

from trunkline import odata
from trunkline.jsonpatch import Patch
from trunkline.odata import FieldSet, Filter, FilterField, FilterSortField, OrderBy, SortField


class Device(FieldSet):
    """One operation's fields."""

    id: Final = FilterSortField["Device", int]("deviceID", int)
    serial: Final = FilterField["Device", str]("serialNumber", str)
    created: Final = FilterField["Device", datetime.datetime]("created", datetime.datetime)
    order: Final = SortField["Device"]("order")


class Service(FieldSet):
    """Another operation's fields."""

    id: Final = FilterField["Service", int]("serviceID", int)


class DevicePatch(Patch):
    """A typed patch."""

    _allowed: ClassVar[dict[str, tuple[str, ...]]] = {"bind": ("replace",)}

    def replace_bind(self, value: bool) -> Self:
        """Replace `bind`."""
        return self._with("replace", "bind", value)


def search(filter: Filter[Device] | None = None, order_by: OrderBy[Device] | None = None) -> None:
    """As a generated method."""


assert_type(Device.id == 5, Filter[Device])
assert_type(Device.id.in_([1, 2]) & ~Device.serial.startswith("x"), Filter[Device])
assert_type(Device.id.desc(), OrderBy[Device])
assert_type(Device.id.in_([1]), Filter[Device])
assert_type(odata.raw("deviceID eq 5"), Filter[Any])
assert_type(DevicePatch().replace_bind(True), DevicePatch)
search(filter=Device.id == 5, order_by=Device.order.asc())
search(filter=(Device.id > 5) | (Device.serial != None))  # noqa: E711
search(filter=odata.raw("deviceID eq 5") & Device.serial.is_null())

search(filter=Device.id == "5")  # type: ignore[arg-type]
search(filter=Device.id < "5")  # type: ignore[operator]
search(filter=Device.id.in_(["5"]))  # type: ignore[list-item]
search(filter=Device.id.startswith("5"))  # type: ignore[misc]
search(filter=Device.created > datetime.date(2020, 1, 1))  # type: ignore[operator]
search(filter=Service.id == 5)  # type: ignore[arg-type]
search(filter=(Device.id == 5) & (Service.id == 5))  # type: ignore[operator]
search(filter=Device.order == 5)  # type: ignore[arg-type, comparison-overlap]
search(filter="deviceID eq 5")  # type: ignore[arg-type]
search(order_by=Device.serial.asc())  # type: ignore[attr-defined]
DevicePatch().replace_bind("yes")  # type: ignore[arg-type]
