"""What a type checker must accept and refuse of the shipped clients' methods; never run."""

from __future__ import annotations

from typing import assert_type

from trunkline import abzorb, idi
from trunkline.abzorb import models as abzorb_models
from trunkline.bulk import Loader
from trunkline.idi import models
from trunkline.idi.fields import Device, Service


async def loaders(client: idi.Client, crm: abzorb.Client) -> None:
    by_number = client.service.loader(Service.service_number)
    assert_type(by_number, Loader[str, models.Service])
    assert_type(await by_number.load("5551230000"), models.Service)
    client.service.loader(Device.device_id)  # type: ignore[arg-type]
    monitors = crm.orders.loader("monitor_bulk")
    assert_type(await monitors.load(5), abzorb_models.OrderMonitor)
    crm.orders.loader("monitor")  # type: ignore[call-overload]


async def searches(client: idi.Client) -> None:
    client.device.search(filter=Device.device_id == 1, order_by=Device.alternate_serial_number.asc(), top=5)
    client.device.search(filter=Service.service_number == "1")  # type: ignore[arg-type]
    client.device.search(tops=5)  # type: ignore[call-arg]
    client.device.search(top="5")  # type: ignore[arg-type]
