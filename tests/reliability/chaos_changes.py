"""Changes and exports killed again and again: the sandbox's own ledger is compared with what was asked."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from attrs import define, field

from tests.bulk.changes import CREATE, KINDS, PLAIN, Kind, carried_out
from trunkline.cli.sandbox import variables
from trunkline.sandbox import Ledger
from trunkline.testing import LocalSandbox

TRUNKLINE = [sys.executable, "-m", "trunkline"]
LOSSES = ",".join(f"reset:10%;method={m},reset:10%;method={m};when=after" for m in ("POST", "PATCH", "PUT"))
"""A tenth of the responses to writes is lost before the work is done, a tenth after it."""
CONCURRENCY = 16
"""Rows in flight, so at most as many have an unknown outcome after a kill."""
WRITES = {"device.update": "idi", "coverage_service_area.add_or_update": "idi", "sim.create": "idi"}


@define(kw_only=True)
class Line:
    """One line of the table: what was asked, and what the sandbox says became of it.

    unsettleable: rows whose response was lost, or in flight at a kill, where nothing can be read back.
    planned_kills: how often the run was to be killed; fewer kills prove less.
    """

    name: str
    asked: int
    planned_kills: int = 0
    unsettleable: int = 0
    done: int = 0
    lost: int = 0
    doubled: int = 0
    quarantined: int = 0
    untold: int = 0
    kills: int = 0
    seconds: float = 0.0
    notes: list[str] = field(factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is lost, doubled or untold, and only what cannot be settled is quarantined."""
        wrong = self.lost or self.doubled or self.untold or self.notes
        return not wrong and self.quarantined <= self.unsettleable and self.kills == self.planned_kills


def rows_file(kind: Kind, count: int, path: Path) -> None:
    """The kind's rows as JSON Lines, as `trunkline plan` takes them."""
    from trunkline._codec.codec import to_wire

    with path.open("w") as file:
        for row in kind.rows(count):
            wire = {
                name: value.to_wire() if name == "patch" else to_wire(value) for name, value in row.items()
            }
            file.write(json.dumps(wire) + "\n")


def killed(command: list[str], environment: dict[str, str], reached: Callable[[], bool], log: Path) -> bool:
    """Start a command, kill it with -9 once `reached`, and return whether it was still running."""
    with log.open("a") as sink:
        process = subprocess.Popen(command, env=environment, stdout=sink, stderr=subprocess.STDOUT)
    while process.poll() is None and not reached():
        time.sleep(0.005)
    alive = process.poll() is None
    process.kill()
    process.wait(30)
    return alive


def finished(command: list[str], environment: dict[str, str], log: Path) -> int:
    """Run a command to its end and return its exit code."""
    with log.open("a") as sink:
        return subprocess.run(
            command, env=environment, stdout=sink, stderr=subprocess.STDOUT, check=False
        ).returncode


def apply(kind: Kind, count: int, kills: int, *, seed: int, folder: Path) -> Line:
    """Plan and apply so many rows of one kind, with lost responses and kill -9."""
    chance = random.Random(seed)
    line = Line(name=kind.name, asked=count, planned_kills=kills)
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    with LocalSandbox(rows=max(200, count), record=count * 40, seed=seed) as sandbox:
        environment = os.environ | variables(sandbox._sandbox)
        api = WRITES.get(kind.operation, "abzorb")
        rows, plan, log = folder / "rows.jsonl", folder / "changes.plan", folder / "log.txt"
        rows_file(kind, count, rows)
        command = [*TRUNKLINE, "plan", f"{api}.{kind.operation}", "--input", str(rows), "--out", str(plan)]
        keys = [word for name in kind.natural_key for word in ("--natural-key", name)]
        if finished([*command, *keys, "--show", "0"], environment, log):
            line.notes.append("the plan failed")
            return line
        sandbox.set_faults(LOSSES)
        ledger: Ledger = sandbox._sandbox.writes
        command = [*TRUNKLINE, "apply", str(plan), "--yes", "--settle-delay", "0"]
        command += ["--concurrency", str(CONCURRENCY)]
        for number in range(kills):
            # a fifth of the rows may never be carried out, so the last kill comes well before the end
            wanted = int(count * (number + chance.uniform(0.2, 0.9)) / (kills + 2))
            line.kills += killed(command, environment, lambda wanted=wanted: ledger.total >= wanted, log)
        for _ in range(5):
            if finished(command, environment, log) in (0, 1):
                break
        if kind is PLAIN:
            struck = sum(request.fault == "reset" for request in sandbox.requests.of(kind.operation))
            line.unsettleable = struck + CONCURRENCY * line.kills
        count_writes(line, kind, ledger, plan)
    line.seconds = time.monotonic() - began
    return line


def count_writes(line: Line, kind: Kind, ledger: Ledger, plan: Path) -> None:
    """Compare the sandbox's own ledger of writes with the states in the plan."""
    from trunkline import bulk

    done: Counter[Any] = carried_out(ledger, kind)
    line.done = len(done)
    line.doubled = sum(times - 1 for times in done.values())
    with bulk.Journal(plan) as journal:
        states = {row.position: row.state for row in journal.rows()}
    line.quarantined = sum(state == "quarantined" for state in states.values())
    told = {position for position, state in states.items() if state in ("done", "left")}
    # a row that was not carried out must be told as quarantined, one that was must be told as done or
    # quarantined
    line.lost = sum(1 for n in range(line.asked) if n not in done and states.get(n) != "quarantined")
    line.untold = sum(
        1 for n in range(line.asked) if (n in told) != (n in done) and states.get(n) != "quarantined"
    )


def export(count: int, kills: int, *, seed: int, folder: Path) -> Line:
    """Export so many devices, killed and resumed."""
    chance = random.Random(seed)
    line = Line(name="export", asked=count, planned_kills=kills)
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    with LocalSandbox(rows=count, record=count * 10, faults="503:3%,reset:3%,truncate:2%") as sandbox:
        environment = os.environ | variables(sandbox._sandbox)
        out, log = folder / "devices.jsonl", folder / "log.txt"
        command = [*TRUNKLINE, "export", "idi.device.search", "--out", str(out), "--param", "top=100"]
        pages = max(1, count // 100)
        for number in range(kills):
            wanted = int(pages * (number + chance.uniform(0.2, 0.9)) / (kills + 0.5))
            # logins count too, one for each start: a page less or more does not matter
            line.kills += killed(
                command, environment, lambda wanted=wanted: sandbox.requests.total >= wanted, log
            )
            line.notes += ["a half-written file was left"] * out.exists()
            if Path(f"{out}.export").exists() and "--resume" not in command:
                command.append("--resume")
        if finished(command, environment, log):
            line.notes.append("the export failed")
            return line
        found = Counter(msgspec.json.decode(text)["device_id"] for text in out.read_text().splitlines())
        line.done = len(found)
        line.lost = count - len(found)
        line.doubled = sum(times - 1 for times in found.values())
    line.seconds = time.monotonic() - began
    return line


__all__ = ["CREATE", "KINDS", "Line", "apply", "export"]
