"""One peer in a process of its own, which waits until it is told to run: `python -m bench.worker PEER …`.

Reads one JSON object a line, `{"do": "lookups", "count": 1000, "concurrency": 16}`, and responds with the
wall and CPU seconds it took.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.payloads import PAGE_ROWS, PAGES
from bench.peers import BEFORE, PEERS, UVLOOP, Peer
from bench.server import pin


async def lookups(lookup: Callable[[int], Awaitable[Any]], count: int, concurrency: int) -> None:
    """`count` lookups by `concurrency` tasks that share one iterator of keys."""
    keys = iter(range(1, count + 1))

    async def ask() -> None:
        for key in keys:
            await lookup(key)

    await asyncio.gather(*(ask() for _ in range(concurrency)))


async def walks(peer: Peer, count: int, concurrency: int) -> None:
    """`count` walks over all pages, `concurrency` at a time."""
    turns = iter(range(count))

    async def walk() -> None:
        for _ in turns:
            rows = await peer.walk()
            if rows != PAGES * PAGE_ROWS:
                raise SystemExit(f"a walk brought {rows} rows instead of {PAGES * PAGE_ROWS}")

    await asyncio.gather(*(walk() for _ in range(concurrency)))


def _key(device: Any) -> Any:
    """The key of a device, however the peer spells it."""
    if isinstance(device, dict):
        return device["deviceID"]
    return next(getattr(device, name) for name in ("device_id", "deviceID") if hasattr(device, name))


async def serve(name: str, origin: str) -> None:
    """Open the peer, check that it reads the response, then do as told until stdin ends."""
    async with PEERS[name.removesuffix(UVLOOP).removesuffix(BEFORE)](origin) as peer:
        key = _key(await peer.lookup(12345))
        if key != 12345:
            raise SystemExit(f"{name} read {key!r} as the key of device 12345")
        print(json.dumps({"ready": name}), flush=True)
        while line := sys.stdin.readline():  # the loop stands still meanwhile, and nothing is due in it
            order = json.loads(line)
            cpu, wall = time.process_time(), time.perf_counter()
            if order["do"] == "lookups":
                await lookups(peer.lookup, order["count"], order["concurrency"])
            else:
                await walks(peer, order["count"], order["concurrency"])
            response = {
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            }
            print(json.dumps(response), flush=True)


def main() -> None:
    """Arguments: the peer, the origin, the core, then folders to import from."""
    name, origin, core, *folders = sys.argv[1:]
    sys.path.extend(folders)
    pin(int(core) if core else None)
    if name.endswith(UVLOOP):
        import uvloop

        uvloop.run(serve(name, origin))
    else:
        asyncio.run(serve(name, origin))


if __name__ == "__main__":
    main()
