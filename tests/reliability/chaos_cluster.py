"""A lookup on a cluster whose workers are killed: files and the sandbox's record against what was asked."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster
from pyarrow import parquet

from tests.reliability.chaos_changes import Line
from trunkline import distributed
from trunkline.cli.sandbox import variables
from trunkline.testing import LocalSandbox

FIRST = 1_000
SHARD = 20
WORKERS = 2


def lookup(count: int, kills: int, *, seed: int, folder: Path) -> Line:
    """Look so many devices up on two worker processes, of which one is killed each time."""
    line = Line(name="lookup on a cluster", asked=count, planned_kills=kills)
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    before = dict(os.environ)
    with LocalSandbox(rows=count, record=count * 10, faults="503:3%,reset:3%,latency:5ms") as sandbox:
        os.environ |= variables(sandbox._sandbox)  # the workers read it as they start
        try:
            asyncio.run(_run(line, sandbox, random.Random(seed), folder / "out"))
        finally:
            os.environ.clear()
            os.environ |= before
        count_keys(line, sandbox, folder / "out")
    line.seconds = time.monotonic() - began
    return line


async def _run(line: Line, sandbox: LocalSandbox, chance: random.Random, out: Path) -> None:
    made: Any = {"n_workers": WORKERS, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    async with (
        LocalCluster(asynchronous=True, silence_logs=logging.CRITICAL, **made) as cluster,
        Client(cluster, asynchronous=True) as client,
    ):
        keys = list(range(FIRST, FIRST + line.asked))
        job = distributed.write(client, "idi.device.get", keys, out, shard=SHARD, concurrency=4)
        running = asyncio.ensure_future(job)
        for number in range(line.planned_kills):
            wanted = int(line.asked * (number + chance.uniform(0.2, 0.9)) / (line.planned_kills + 0.5))
            while not running.done() and sandbox.requests.total < wanted:
                await asyncio.wait({running}, timeout=0.005)
            # One at a time, so that the next kill finds a worker that was started instead.
            pids: dict[str, int] = {}
            while not running.done() and len(pids) < WORKERS:
                pids = await client.run(os.getpid, on_error="ignore")
                await asyncio.sleep(0.02)
            if not running.done():
                os.kill(chance.choice(sorted(pids.values())), signal.SIGKILL)
                line.kills += 1
        report = await running
        line.notes += ["the job is not complete"] * (not report.complete)


def count_keys(line: Line, sandbox: LocalSandbox, out: Path) -> None:
    """Compare the files with the keys, and with what the sandbox served."""
    served = Counter(
        int(request.url.rpartition("/")[2])
        for request in sandbox.requests.of("device.get")
        if request.fault is None or not request.fault.startswith(("503", "reset"))
    )
    rows: Counter[int] = Counter()
    for file in out.glob("part-*.parquet"):
        table = parquet.read_table(file, columns=["key", "device_id", "error_type"])
        for key, device, error in zip(*(column.to_pylist() for column in table.columns), strict=True):
            rows[int(key)] += error is None and device == int(key)
    line.done = sum(1 for times in rows.values() if times)
    line.doubled = sum(max(0, times - 1) for times in rows.values())
    line.lost = line.asked - line.done
    line.untold = sum(1 for key, times in rows.items() if times and not served[key])
    line.notes += ["a half-written file was left"] * any(out.glob(".part-*"))
    # A worker that is killed has two files in hand at most; their keys alone may be asked again.
    more = sum(served.values()) - line.asked
    line.notes += [f"{more} keys were asked again"] * (more > line.kills * 2 * SHARD)


__all__ = ["count_keys", "lookup"]
