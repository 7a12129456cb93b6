"""Two environments side by side: which devices differ, field by field. No value is printed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

from trunkline import bulk, idi, to_wire
from trunkline.errors import NotFoundError


async def rows(client: idi.Client, ids: Iterable[int]) -> dict[int, dict[str, object]]:
    """The devices that are there, as the wire has them."""
    found = {}
    async for outcome in bulk.lookup(lambda one: client.device.get(device_id=one), ids):
        if outcome.error is None:
            found[outcome.key] = to_wire(outcome.value)
        elif not isinstance(outcome.error, NotFoundError):
            raise outcome.error
    return found


async def main() -> None:
    ids = range(1000, 1020)
    other = os.environ.get("OTHER_ENVIRONMENT", os.environ["TRUNKLINE_IDI_ENVIRONMENT"])
    async with idi.Client.from_env() as one, idi.Client.from_env(environment=other) as two:
        left, right = await asyncio.gather(rows(one, ids), rows(two, ids))
    for key in sorted(left.keys() ^ right.keys()):
        print(key, "is only in the", "first" if key in left else "second")
    for key in sorted(left.keys() & right.keys()):
        names = [name for name in left[key] if left[key][name] != right[key].get(name)]
        if names:
            print(key, "differs in", ", ".join(names))
    print(f"{len(left)} and {len(right)} devices compared")


if __name__ == "__main__":
    asyncio.run(main())
