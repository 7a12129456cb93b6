"""What noticing drift costs: two clients in one process, drift on and off, in many short turns.

Three per cent are less than what two processes differ by, so here nothing differs but the setting.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from typing import Any

from bench.peers import trunkline, trunkline_drift
from bench.rounds import ROOT, spread
from bench.server import pin
from bench.worker import lookups, walks


async def compare(origin: str, turns: int, count: int) -> dict[str, Any]:
    """CPU time of drift off over drift on, for lookups and for pages.

    The sums of all turns are compared: one response in 512 is looked at closely, and most turns of pages
    have none of these.
    """
    turns_of: dict[str, list[tuple[float, float]]] = {"lookups": [], "rows": []}
    async with trunkline(origin) as off, trunkline_drift(origin) as on:

        async def cost(peer: Any, what: str) -> float:
            began = time.process_time()
            if what == "lookups":
                await lookups(peer.lookup, count, 16)
            else:
                await walks(peer, max(1, count // 200), 1)
            return time.process_time() - began

        for what, found in turns_of.items():
            for peer in (off, on):
                await cost(peer, what)  # the first responses of each operation are all compared
            for _ in range(turns):
                pair = [off, on]
                random.shuffle(pair)
                costs = await cost(pair[0], what), await cost(pair[1], what)
                found.append(costs if pair[0] is off else costs[::-1])
    return {what: _total(found) for what, found in turns_of.items()}


def _total(costs: list[tuple[float, float]]) -> dict[str, float]:
    """The ratio of the sums, with the quartiles of the turns."""
    by_turn = spread([off / on for off, on in costs])
    return by_turn | {"median": sum(off for off, _ in costs) / sum(on for _, on in costs)}


def run(origin: str, core: int | None, turns: int, count: int) -> dict[str, Any]:
    """`compare` in a process of its own on the client's core."""
    command = [
        sys.executable,
        "-m",
        "bench.drift",
        origin,
        str(turns),
        str(count),
        "" if core is None else str(core),
    ]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    pin(int(sys.argv[4]) if sys.argv[4] else None)
    print(json.dumps(asyncio.run(compare(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
