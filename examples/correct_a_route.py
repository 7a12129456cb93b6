"""Correct a route that was inferred, the day the vendor tells the real one, without generating anything."""

from __future__ import annotations

import asyncio

from trunkline import idi

ROUTES = {"service.get_phone_book": "GET /api/service/phoneBook/{id}"}


async def main() -> None:
    for name, operation in idi.OPERATIONS.items():
        if operation.provenance.route == "inferred":
            print(name, operation.method, operation.path)
    async with idi.Client.from_env(routes=ROUTES) as client:
        print(await client.service.get_phone_book(id=5000))


if __name__ == "__main__":
    asyncio.run(main())
