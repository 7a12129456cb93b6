"""Peers side by side: each in its own process, taking turns, compared within each round.

The machine's mood (other load, clock speed) changes over a run; it is the same for neighbours in a round, so
the ratio is taken there, and the median of the rounds is what is reported.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from bench.foreign import environment
from bench.peers import BEFORE
from bench.server import REALTIME

ROOT = Path(__file__).parents[1]


@frozen
class Take:
    """One turn of one peer: units of work a second by the clock, and by its own CPU time."""

    rate: float
    cpu_rate: float
    rss: int


@define
class Worker:
    """A peer's process, standing still between orders."""

    name: str
    process: subprocess.Popen[str]

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Send an order and wait for its response."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """Read one response."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with status {self.process.wait()}; its error stands above")
        response: dict[str, Any] = json.loads(line)
        return response


@contextlib.contextmanager
def workers(
    names: Sequence[str], origin: str, core: int | None, folders: Sequence[Path], before: Path | None = None
) -> Iterator[list[Worker]]:
    """Start one process for each peer; all are ended together.

    Args:
        folders: where generated clients are imported from.
        before: another checkout of the project, whose library the peers named `BEFORE` import.
    """
    started: list[Worker] = []
    try:
        for name in names:
            command = [sys.executable, "-m", "bench.worker", name, origin, "" if core is None else str(core)]
            process = subprocess.Popen(
                [*command, *(str(folder) for folder in folders)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env=_environment(before if name.endswith(BEFORE) else None),
            )
            started.append(Worker(name, process))
        for worker in started:
            worker.hear()
        yield started
    finally:
        for worker in started:
            worker.process.kill()
            worker.process.communicate()


def _environment(checkout: Path | None) -> dict[str, str]:
    """The environment of a peer. PYTHONPATH comes before what is installed, an editable install included."""
    return environment() | ({"PYTHONPATH": str(checkout / "src")} if checkout else {})


@define
class Series:
    """What the rounds of one setting brought, by peer."""

    takes: dict[str, list[Take]] = field(factory=dict)

    def ratio(self, peer: str, base: str, *, cpu: bool = False) -> dict[str, float]:
        """The median of the rounds' ratios, and its quartiles."""
        pairs = zip(self.takes[peer], self.takes[base], strict=True)
        values = [(a.cpu_rate / b.cpu_rate) if cpu else (a.rate / b.rate) for a, b in pairs]
        return spread(values)

    def rate(self, peer: str, *, cpu: bool = False) -> dict[str, float]:
        """Units a second: the median and the quartiles."""
        return spread([take.cpu_rate if cpu else take.rate for take in self.takes[peer]])


def with_bytecode(folder: Path) -> dict[str, str]:
    """This process's environment, in which Python keeps byte code in `folder`.

    Installed packages have theirs; where the environment forbids writing it, every import of the checkout
    would compile it anew.
    """
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder)}


def spread(values: Iterable[float]) -> dict[str, float]:
    """Median and quartiles."""
    ordered = sorted(values)
    if len(ordered) < 2:
        return {"median": ordered[0], "low": ordered[0], "high": ordered[0]}
    low, _, high = statistics.quantiles(ordered, n=4, method="inclusive")
    return {"median": statistics.median(ordered), "low": low, "high": high}


def run(
    crew: Sequence[Worker], order: dict[str, Any], *, units: int, rounds: int, seconds: float, most: int
) -> Series:
    """Let all peers take turns; how much each does in a turn is found in a warm-up, so that turns are alike.

    Args:
        units: how much one counted piece of the order is (a walk is many rows).
        seconds: length of a turn. most: pieces in a turn at most.
    """
    series = Series({worker.name: [] for worker in crew})
    counts = {worker.name: _calibrate(worker, order, seconds, most) for worker in crew}
    for turn in range(rounds):
        shift = turn % len(crew)  # nobody always follows the same neighbour
        for worker in [*crew[shift:], *crew[:shift]]:
            count = counts[worker.name]
            response = worker.ask({**order, "count": count})
            done = count * units
            series.takes[worker.name].append(
                Take(done / response["wall"], done / max(response["cpu"], 1e-9), response["rss"])
            )
    return series


def _calibrate(worker: Worker, order: dict[str, Any], seconds: float, most: int) -> int:
    concurrency = order["concurrency"]
    count = min(most, max(concurrency, 4))
    while True:
        wall = worker.ask({**order, "count": count})["wall"]
        if wall >= seconds / 4 or count >= most:
            return max(concurrency, min(most, int(count * seconds / wall)))
        count = min(most, count * 4)


def machine() -> dict[str, Any]:
    """Where and under which load this was measured."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0)
    return {
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "load": [round(each, 2) for each in load],
        "realtime": bool(os.environ.get(REALTIME)),
    }
