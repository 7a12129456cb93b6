"""Walk a filtered collection page by page, and look at one page alone."""

from __future__ import annotations

import asyncio

from trunkline import idi
from trunkline.idi.fields import Device


async def main() -> None:
    async with idi.Client.from_env() as client:
        wanted = (Device.device_id >= 1000) & (Device.device_id < 1120)
        by_serial = Device.serial_number.desc()
        async for device in client.device.search(filter=wanted, order_by=by_serial, top=50):
            print(device.device_id, device.serial_number)  # pages are fetched ahead as you go

        page = await client.device.search(filter=wanted, top=5, count=True)
        print(len(page.rows), "of about", page.count)


if __name__ == "__main__":
    asyncio.run(main())
