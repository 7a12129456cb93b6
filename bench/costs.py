"""What a setting costs, and an odd row: one process, in which all variants take short turns in a new order.

A few per cent are less than what two processes differ by, so the variants share one process, one server and
one event loop, and what is compared is the CPU time of neighbouring turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.payloads import PAGE_ROWS, device
from bench.peers import Peer, trunkline
from bench.rounds import ROOT, spread
from bench.server import pin
from bench.worker import lookups

PLAIN = "nothing set"
GOOD = "500 good rows"
ODD_EVERY = 100
ODD_FIELDS = (
    *("isNew", "bind", "deviceStatusID", "simClassID"),
    *("sid", "lastModifiedDate", "handsetCatalogID", "technologyTypeID"),
)
Turn = Callable[[], Awaitable[None]]


def odd_page(odd_fields: int) -> bytes:
    """A page of devices in which every hundredth row has so many fields of another type."""
    rows = [device(number) for number in range(PAGE_ROWS)]
    for row in rows[::ODD_EVERY]:
        for name in ODD_FIELDS[:odd_fields]:
            row[name] = [row[name]]
    return json.dumps({"value": rows}).encode()


def _with_info(peer: Peer) -> Callable[[int], Awaitable[Any]]:
    from trunkline import RequestOptions, ResponseInfo

    async def lookup(number: int) -> Any:
        return await peer.client.device.get(device_id=number, options=RequestOptions(info=ResponseInfo()))

    return lookup


def _pages() -> dict[str, Turn]:
    """Decoding alone: what an odd row costs is no matter of the network."""
    from trunkline import idi
    from trunkline._codec.codec import Codec

    search = idi.Client.operations["device.search"]

    def turn(page: bytes) -> Turn:
        codec = Codec()
        for _ in range(3):  # the first odd page teaches, the second has what it taught
            codec.decode_page(search, page)

        async def decode() -> None:
            for _ in range(10):
                codec.decode_page(search, page)

        return decode

    return {
        GOOD: turn(odd_page(0)),
        "1 odd row in 100": turn(odd_page(1)),
        "1 odd row in 100, 8 odd fields": turn(odd_page(8)),
    }


async def compare(origin: str, turns: int, count: int) -> dict[str, Any]:
    """CPU seconds of each variant's turns, in one run."""
    from trunkline import Network

    async with contextlib.AsyncExitStack() as stack:
        plain = await stack.enter_async_context(trunkline(origin))
        trusting = await stack.enter_async_context(trunkline(origin, network=Network(trust_env=True)))
        drift = await stack.enter_async_context(trunkline(origin, drift=True))
        hooked = await stack.enter_async_context(trunkline(origin, hooks=[lambda event: None]))
        asked = {
            PLAIN: plain.lookup,
            "Network(trust_env=True)": trusting.lookup,
            "RequestOptions(info=ResponseInfo())": _with_info(plain),
            "drift=True": drift.lookup,
            "one hook": hooked.lookup,
        }
        one_by_one: dict[str, Turn] = {
            name: lambda lookup=lookup: lookups(lookup, count, 16)  # type: ignore[misc]
            for name, lookup in asked.items()
        }
        return {
            "lookups": await _in_turns(one_by_one, turns, count),
            "pages": await _in_turns(_pages(), turns, 10),
        }


async def _in_turns(variants: dict[str, Turn], turns: int, units: int) -> dict[str, Any]:
    """Microseconds a unit, and the ratio to the first variant within each turn."""
    first, *_ = variants
    costs: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(turns + 1):
        order = list(variants)
        random.shuffle(order)
        for name in order:
            began = time.process_time()
            await variants[name]()
            if turn:  # the first turn opens connections and looks closely at first responses
                costs[name].append((time.process_time() - began) / units * 1e6)
    return {
        name: {
            "microseconds": spread(each),
            "ratio": spread([mine / base for mine, base in zip(each, costs[first], strict=True)]),
        }
        for name, each in costs.items()
    }


def run(origin: str, core: int | None, turns: int, count: int) -> dict[str, Any]:
    """`compare` in a process of its own on the client's core."""
    pinned = "" if core is None else str(core)
    command = [sys.executable, "-m", "bench.costs", origin, str(turns), str(count), pinned]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    pin(int(sys.argv[4]) if sys.argv[4] else None)
    print(json.dumps(asyncio.run(compare(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
