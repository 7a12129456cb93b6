"""Look many devices up, each once, and keep what went wrong beside what was found."""

from __future__ import annotations

import asyncio
import sys

from trunkline import bulk, idi


async def main() -> None:
    async with idi.Client.from_env() as client:
        numbers = (int(line) for line in sys.stdin if line.strip())
        async for outcome in bulk.lookup(
            lambda key: client.device.get(device_id=key), numbers, concurrency=64
        ):
            found = outcome.value.device_status if outcome.value else outcome.error
            print(outcome.key, found, sep="\t")


if __name__ == "__main__":
    asyncio.run(main())
