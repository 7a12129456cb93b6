"""Lookups, changes, an export and a cluster under fire: faults, `kill -9` in the middle, resume, and count.

    python -m tests.reliability.chaos --keys 20000 --kills 10

Everything runs as processes, the way a user would run it: `trunkline sandbox` and `trunkline lookup`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from tests.reliability import chaos_changes, chaos_cluster

FAULTS = "429:3%,503:2%,500:2%,502:1%,reset:1%,truncate:1%"
"""10 % of all requests, none with Retry-After."""

FIRST = 1_000
"""The sandbox's first device."""

TRUNKLINE = [sys.executable, "-m", "trunkline"]


@define(kw_only=True)
class Report:
    """What a run came to. kept: keys in the checkpoint after each kill, by what the command line says."""

    keys: int
    kills: int
    answered: int = 0
    failed: int = 0
    missing: int = 0
    doubled: int = 0
    wrong: int = 0
    requests: int = 0
    seconds: float = 0.0
    leftovers: list[str] = field(factory=list)
    half_written: int = 0
    exit_codes: list[int] = field(factory=list)

    @property
    def clean(self) -> bool:
        """Whether each key was answered exactly once and nothing else is there."""
        bad = self.failed + self.missing + self.doubled + self.wrong + self.half_written + len(self.leftovers)
        return not bad and self.answered == self.keys and self.exit_codes.count(-signal.SIGKILL) == self.kills


@contextmanager
def sandbox(rows: int, faults: str, folder: Path) -> Iterator[dict[str, str]]:
    """A sandbox process; yields the environment that leads the command line to it."""
    out = folder / "sandbox.txt"
    command = [*TRUNKLINE, "sandbox", "--port", "0", "--rows", str(rows), "--faults", faults]
    with out.open("w") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 120
        while "Ctrl-C stops it" not in out.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox did not start:\n{out.read_text()[-2000:]}")
            time.sleep(0.05)
        exports = [line.removeprefix("export ") for line in out.read_text().splitlines() if "export " in line]
        yield {name: value.strip("'") for name, _, value in (line.partition("=") for line in exports)}
    finally:
        process.terminate()
        process.wait(30)


def requests_so_far(url: str) -> int:
    """How many requests the sandbox has seen."""
    with urllib.request.urlopen(f"{url}/health", timeout=30) as response:  # noqa: S310 - loopback
        return int(json.load(response)["requests"])


def run(keys: int, kills: int, *, seed: int, concurrency: int, folder: Path, say: Any = None) -> Report:
    """One chaos run in `folder`."""
    say = say or (lambda text: None)
    chance = random.Random(seed)
    report = Report(keys=keys, kills=kills)
    source, target = folder / "keys.txt", folder / "out.jsonl"
    wanted = list(range(FIRST, FIRST + keys))
    chance.shuffle(wanted)
    source.write_text("".join(f"{key}\n" for key in wanted))
    command = [*TRUNKLINE, "lookup", "idi.device.get", "--input", str(source), "--out", str(target)]
    command += ["--concurrency", str(concurrency)]
    began = time.monotonic()
    with sandbox(keys, FAULTS, folder) as variables:
        environment, url = os.environ | variables, variables["TRUNKLINE_IDI_BASE_URL"]
        for number in range(kills):
            share = (number + chance.uniform(0.3, 0.9)) / (kills + 0.5)
            code = killed(command, environment, url, int(keys * share), folder)
            report.exit_codes.append(code)
            report.half_written += target.exists()
            say(f"kill {number + 1}: after {requests_so_far(url):,} requests, exit status {code}")
            if "--resume" not in command:
                command.append("--resume")
        for attempt in range(3):  # a key that met four faults in a row has failed; the user asks it again
            more = ["--retry-failed"] if attempt else []
            code = finished([*command, *more], environment, folder)
            say(f"run {attempt + 1} to the end: exit status {code}")
            if code == 0:
                break
        report.exit_codes.append(code)
        report.requests = requests_so_far(url)
    report.seconds = time.monotonic() - began
    count(report, target, wanted)
    ours = {"keys.txt", "out.jsonl", "sandbox.txt", "lookup.txt"}
    report.leftovers = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    return report


def killed(command: list[str], environment: dict[str, str], url: str, threshold: int, folder: Path) -> int:
    """Start a lookup, kill it once the sandbox has seen so many requests, and return its exit status."""
    with (folder / "lookup.txt").open("a") as sink:
        process = subprocess.Popen(command, env=environment, stdout=sink, stderr=subprocess.STDOUT)
    try:
        while process.poll() is None and requests_so_far(url) < threshold:
            time.sleep(0.02)
        if process.poll() is None:
            time.sleep(0.05)
    finally:
        process.kill()
    return process.wait(30)


def finished(command: list[str], environment: dict[str, str], folder: Path) -> int:
    """Run a lookup to its end and return its exit status."""
    with (folder / "lookup.txt").open("a") as sink:
        return subprocess.run(
            command, env=environment, stdout=sink, stderr=subprocess.STDOUT, check=False
        ).returncode


def count(report: Report, target: Path, wanted: list[int]) -> None:
    """Compare the output with the input, key by key."""
    seen: Counter[int] = Counter()
    if target.exists():
        with target.open() as lines:
            for line in lines:
                row = json.loads(line)
                key = int(row["key"])
                seen[key] += 1
                good = not row.get("error")
                report.answered += good
                report.failed += not good
                report.wrong += good and row.get("device_id") != key
    report.missing = len(set(wanted) - set(seen))
    report.doubled = sum(times - 1 for times in seen.values())


def main() -> int:
    """Run and print."""
    from rich.console import Console
    from rich.table import Table

    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--keys", type=int, default=100_000)
    words.add_argument("--kills", type=int, default=5)
    words.add_argument(
        "--rows", type=int, default=0, help="changes of each kind, keys of the cluster; a quarter of the keys"
    )
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--concurrency", type=int, default=64)
    given = words.parse_args()
    # a pipe has no width: as wide as the table is
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"{given.keys:,} keys, faults {FAULTS}, {given.kills} times kill -9, seed {given.seed}")
    with tempfile.TemporaryDirectory() as folder:
        report = run(
            given.keys,
            given.kills,
            seed=given.seed,
            concurrency=given.concurrency,
            folder=Path(folder),
            say=console.print,
        )
        if not report.clean:
            console.print((Path(folder) / "lookup.txt").read_text()[-3000:], markup=False)
        rows = given.rows or max(100, given.keys // 4)
        lines = [
            chaos_changes.apply(kind, rows, given.kills, seed=given.seed, folder=Path(folder) / str(number))
            for number, kind in enumerate(chaos_changes.KINDS)
        ]
        lines.append(
            chaos_changes.export(given.keys, given.kills, seed=given.seed, folder=Path(folder) / "export")
        )
        lines.append(
            chaos_cluster.lookup(rows, given.kills, seed=given.seed, folder=Path(folder) / "cluster")
        )
    table = Table("what", "count")
    for name in ("keys", "answered", "failed", "missing", "doubled", "wrong", "half_written", "requests"):
        table.add_row(name.replace("_", " "), f"{getattr(report, name):,}")
    table.add_row("files left behind", ", ".join(report.leftovers) or "none")
    table.add_row("seconds", f"{report.seconds:.0f}")
    console.print(table)
    console.print(changes_table(lines))
    clean = report.clean and all(line.clean for line in lines)
    console.print("each key, change and row exactly once" if clean else "[red]NOT clean[/]")
    return 0 if clean else 1


def changes_table(lines: list[chaos_changes.Line]) -> Any:
    """Changes, the export and the cluster, one line each, counted in the sandbox's own record."""
    from rich.table import Table

    names = ("asked", "done", "lost", "doubled", "quarantined", "untold", "kills")
    table = Table("", *names, "seconds", "notes")
    for line in lines:
        numbers = [f"{getattr(line, name):,}" for name in names]
        too_short = line.kills < line.planned_kills
        few = [f"ended before kill {line.kills + 1} of {line.planned_kills}"] * too_short
        table.add_row(line.name, *numbers, f"{line.seconds:.0f}", "; ".join([*line.notes, *few]))
    return table


if __name__ == "__main__":
    raise SystemExit(main())
