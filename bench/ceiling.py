"""How fast one lookup after the other can be at all: what a client adds, and what the machine costs anyway.

Ratios are to openapi-python-client, once as the machine is and once with its cores kept awake. wrk, a load
generator in C that throws the responses away, is asked too where it is installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

from attrs import evolve

from bench import report
from bench.payloads import BASE_PATH
from bench.peers import BARE, BLOCKING, FLOOR, UVLOOP
from bench.rounds import Series, Take, machine, run
from bench.server import cores
from bench.throughput import OURS, Settings, Stage, stage, wanted

PEER = "openapi-python-client"
WRK = "wrk (C, responses unread)"


def measure(settings: Settings) -> list[str]:
    """Lookups one after the other: how many times those of openapi-python-client each way makes."""
    names = wanted(settings, [OURS, OURS + UVLOOP, BARE, FLOOR, FLOOR + UVLOOP, BLOCKING, PEER])
    states = {"as it is": False, "cores kept awake": True}
    found = {state: _series(evolve(settings, awake=awake), names) for state, awake in states.items()}
    peers = [name for name in [*names, WRK] if all(name in series.takes for series in found.values())]
    base = PEER if PEER in peers else peers[-1]
    kept = {
        state: {peer: {"rate": series.rate(peer), "ratio": series.ratio(peer, base)} for peer in peers}
        for state, series in found.items()
    }
    report.write(settings.results, "ceiling", machine() | {"base": base, "results": kept})
    cells = [
        [peer]
        + [
            text
            for group in kept.values()
            for text in (f"{group[peer]['rate']['median']:,.0f}", report.spread_text(group[peer]["ratio"], 1))
        ]
        for peer in peers
    ]
    head = ["concurrency 1", *[text for state in found for text in (f"a second, {state}", f"of {base}")]]
    return ["## One lookup after the other", f"load {machine()['load'][0]}", "", report.table(head, cells)]


def _series(settings: Settings, names: list[str]) -> Series:
    """The peers in turn as always; wrk takes a turn of its own in each round."""
    order: dict[str, Any] = {"do": "lookups", "concurrency": 1}
    whole = Series()
    with stage(settings, names) as on:
        for _ in range(settings.rounds):
            once = run(on.crew, order, units=1, rounds=1, seconds=settings.seconds, most=settings.most)
            for name, takes in once.takes.items():
                whole.takes.setdefault(name, []).extend(takes)
            if rate := _wrk(on, settings.seconds):
                whole.takes.setdefault(WRK, []).append(Take(rate, rate, 0))
    return whole


def _wrk(on: Stage, seconds: float) -> float:
    """Responses a second that wrk gets over one connection; 0 where it is not installed."""
    program, core = shutil.which("wrk"), cores()[1]
    if program is None:
        return 0.0
    pinned = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    duration = max(1, round(seconds))
    command = [program, "-c1", "-t1", f"-d{duration}", f"{on.origin}{BASE_PATH}/api/device/1"]
    told = subprocess.run([*pinned, *command], capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    return float(rate[1]) if rate else 0.0
