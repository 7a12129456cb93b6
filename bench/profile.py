"""Where the time of a lookup goes: cProfile over many lookups, own time summed by layer."""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import report, throughput
from bench.peers import trunkline
from bench.rounds import ROOT, machine
from bench.server import cores, pin, serving
from bench.worker import lookups

LAYERS = (
    ("the kernel: send, receive, wait", ("'send' of", "'recv' of", "'poll' of", "recv_into")),
    ("reading the response into a model", ("/_codec/", "trunkline build step", "msgspec", "/reader.py")),
    ("building the request", ("/_wire/", "yarl", "urllib", "_url.py")),
    ("the exchange and its transport", ("/_http/",)),
    (
        "limits, breaker, retries, credentials, call",
        ("/_calls/", "trunkline._calls", "/auth/", "trunkline/client.py", "resources.py"),
    ),
    ("aiohttp: pool, protocol, parser", ("aiohttp/",)),
    ("asyncio: loop, futures, timers", ("asyncio/", "_asyncio", "selectors.py", "contextvars")),
)


async def profiled(origin: str, count: int) -> list[tuple[str, float]]:
    """Own time by layer, as shares."""
    profile = cProfile.Profile()
    async with trunkline(origin) as peer:
        await lookups(peer.lookup, count // 10 + 1, 16)
        profile.enable()
        await lookups(peer.lookup, count, 16)
        profile.disable()
    shares = {name: 0.0 for name, _ in LAYERS} | {"everything else": 0.0}
    stats: dict[tuple[str, int, str], Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _, function), (_, _, own, _, _) in stats.items():
        place = f"{file}:{function}"
        home = "aiohttp: pool, protocol, parser" if "aiohttp/" in place else ""
        found = home or next((name for name, marks in LAYERS if any(mark in place for mark in marks)), "")
        shares[found or "everything else"] += own
    whole = sum(shares.values())
    return [(name, own / whole) for name, own in shares.items()]


def measure(settings: throughput.Settings) -> list[str]:
    """The shares as a table."""
    server_core, client_core = cores()
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder,
        serving(Path(folder), server_core, prefer_nginx=settings.nginx) as (origin, server),
    ):
        command = [sys.executable, "-m", "bench.profile", origin, str(min(settings.most, 20_000))]
        done = subprocess.run(
            [*command, "" if client_core is None else str(client_core)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    shares = json.loads(done.stdout)
    report.write(settings.results, "profile", machine() | {"server": server, "results": dict(shares)})
    cells = [[name, f"{share:.0%}"] for name, share in sorted(shares, key=lambda each: -each[1])]
    return [
        "## Where a lookup's time goes (cProfile, concurrency 16)",
        "",
        report.table(["layer", "share"], cells),
    ]


if __name__ == "__main__":
    pin(int(sys.argv[3]) if sys.argv[3] else None)
    print(json.dumps(asyncio.run(profiled(sys.argv[1], int(sys.argv[2])))))
