"""Peak memory of many lookups: the bounded runner beside `asyncio.gather` over all keys.

Each run is a program of its own; its peak is read from the system when it is done.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench import report
from bench.payloads import device
from bench.peers import trunkline
from bench.rounds import ROOT, machine
from bench.server import cores, pin, serving

Call = Callable[[int], Awaitable[Any]]


def peak_mb() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage also counts what the parent had before exec
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


async def bounded(call: Call, count: int) -> int:
    """The bounded runner, its outcomes looked at and let go, as when they are written to a file."""
    from trunkline import bulk

    done = 0
    async for outcome in bulk.lookup(call, (number + 1 for number in range(count)), concurrency=64):
        done += outcome.error is None
    return done


async def gathered(call: Call, count: int) -> int:
    """One task for each key, at most 64 of them asking."""
    gate = asyncio.Semaphore(64)

    async def ask(key: int) -> Any:
        async with gate:
            return await call(key)

    return sum(value is not None for value in await asyncio.gather(*(ask(key + 1) for key in range(count))))


async def pretend(key: int) -> Any:
    """A lookup without a network: one turn of the loop, then a fresh response."""
    await asyncio.sleep(0)
    return device(key)


WAYS: dict[str, Callable[[Call, int], Awaitable[int]]] = {"bulk.lookup": bounded, "asyncio.gather": gathered}


async def program(way: str, count: int, origin: str) -> dict[str, float]:
    """What a child process does and tells."""
    began = time.perf_counter()
    if origin:
        async with trunkline(origin) as peer:
            done = await WAYS[way](peer.lookup, count)
    else:
        from trunkline import bulk, idi  # noqa: F401 - loaded in all programs alike

        done = await WAYS[way](pretend, count)
    if done != count:
        raise SystemExit(f"{way}: {done} of {count} keys answered")
    return {"seconds": time.perf_counter() - began, "peak_mb": peak_mb()}


def measure(results: Path, many: int, few: int, served: int) -> list[str]:
    """`many` against `few` keys in process, `served` against `few` with the static server."""
    server_core, client_core = cores()
    rows: list[tuple[str, str, int, dict[str, float]]] = []
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder,
        serving(Path(folder), server_core) as (origin, server),
    ):
        for where, at, counts in (("in process", "", (few, many)), ("static server", origin, (few, served))):
            rows += [
                (way, where, count, _run(way, count, at, client_core)) for way in WAYS for count in counts
            ]
    growth = {
        (rows[index][0], rows[index][1]): rows[index + 1][3]["peak_mb"] - rows[index][3]["peak_mb"]
        for index in range(0, len(rows), 2)
    }
    cells = [
        [f"{way}, {where}", f"{count:,}", f"{found['peak_mb']:.1f} MB", f"{count / found['seconds']:,.0f}"]
        for way, where, count, found in rows
    ]
    found = [{"way": way, "where": where, "keys": count, **one} for way, where, count, one in rows]
    report.write(results, "memory", machine() | {"server": server, "results": found})
    bars = [
        report.Bar(
            f"{way}, {count:,} keys", one["peak_mb"], f"{one['peak_mb']:,.0f} MB", way == "bulk.lookup"
        )
        for way, where, count, one in rows
        if where == "in process"
    ]
    report.bars(results / "memory.svg", "Peak memory", [("in process", bars)], "less is better")
    return [
        "## Peak memory of many lookups",
        f"server {server}; load {machine()['load'][0]}",
        "",
        report.table(["way", "keys", "peak", "keys/s"], cells),
        "",
        *[
            report.verdict(
                f"growth in MB, {way}, {where}", growth[way, where], 30, at_most=True
            )
            for way, where in growth
            if way == "bulk.lookup"
        ],
    ]  # fmt: skip


def _run(way: str, count: int, origin: str, core: int | None) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "bench.memory",
        way,
        str(count),
        origin,
        "" if core is None else str(core),
    ]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    pin(int(sys.argv[4]) if sys.argv[4] else None)
    print(json.dumps(asyncio.run(program(sys.argv[1], int(sys.argv[2]), sys.argv[3]))))
