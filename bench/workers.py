"""Keys a second by number of workers: a file of keys by `trunkline lookup`, alone and with `--dask local:N`.

Each run is a command as a user types it, on a static server. Its outcomes are counted twice: in the files
that it wrote, and by the requests that the server saw.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from bench import report
from bench.payloads import ENVIRONMENT, SERVICE
from bench.rounds import ROOT, machine
from bench.server import serving

_CONCURRENCY = 32
_LOGGED = 2.0
"""Seconds until the server has written its log, which it does once a second."""
_GROUP = 100_000
"""Keys of a row group: what a worker reads at once to get at its shard."""


@frozen(kw_only=True)
class Run:
    """One command.

    seconds: of the whole command. asking: between the first and the last request. outcomes, good, keys: rows
    of its files, those with a value, different keys. requests, asked: that the server saw, different keys.
    """

    name: str
    seconds: float
    asking: float
    outcomes: int
    good: int
    keys: int
    requests: int
    asked: int

    def once(self, count: int) -> bool:
        """Whether each key was asked and has a value, exactly once."""
        return {self.outcomes, self.good, self.keys, self.requests, self.asked} == {count}


def measure(results: Path, count: int, workers: Sequence[int] = (), *, nginx: bool = True) -> list[str]:
    """Run all of them and return what to print."""
    import pyarrow
    from pyarrow import parquet

    numbers = workers or _doubled(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        source, log = root / "keys.parquet", root / "asked.log"
        table = pyarrow.table({"device_id": pyarrow.array(range(1, count + 1), pyarrow.int64())})
        parquet.write_table(table, source, row_group_size=_GROUP)
        with serving(root / "server", None, prefer_nginx=nginx, log=log) as (origin, server):
            time.sleep(_LOGGED)  # the request that showed that the server is there
            runs = [_run("one process", origin, source, root / "alone.parquet", log)]
            for number in numbers:
                shown = f"{number} worker{'s' * (number > 1)}"
                folder = root / f"workers-{number}"
                runs.append(_run(shown, origin, source, folder, log, "--dask", f"local:{number}"))
    report.write(results, "workers", {"server": server, "machine": machine(), "keys": count,
                                      "results": [asdict(run) for run in runs]})  # fmt: skip
    once = sum(run.once(count) for run in runs)
    return [
        f"{count:,} keys of idi.device.get from one Parquet file, {server}, concurrency {_CONCURRENCY} for "
        "each process; seconds of the whole command, and between its first and last request",
        report.table(
            ("", "seconds", "keys/s", "asking", "keys/s", "outcomes in files", "with a value", "requests"),
            [_cells(run, count) for run in runs],
        ),
        report.verdict("runs that asked each key once and have one outcome of each", once, len(runs)),
    ]


def _doubled(cores: int) -> list[int]:
    """1, 2, 4 … and the number of cores."""
    found = [1]
    while found[-1] * 2 < cores:
        found.append(found[-1] * 2)
    return [*found, cores] if cores > 1 else found


def _cells(run: Run, count: int) -> list[str]:
    rates = [f"{count / seconds:,.0f}" for seconds in (run.seconds, run.asking)]
    seconds = [f"{run.seconds:.1f}", f"{run.asking:.1f}"]
    return [run.name, seconds[0], rates[0], seconds[1], rates[1],
            f"{run.outcomes:,}", f"{run.good:,}", f"{run.requests:,}"]  # fmt: skip


def _run(name: str, origin: str, source: Path, out: Path, log: Path, *more: str) -> Run:
    with log.open("r+b") as file:
        file.truncate()  # the server appends
    settings = {"BASE_URL": origin, "SERVICE": SERVICE, "ENVIRONMENT": ENVIRONMENT, "USER": "bench",
                "PASSWORD": "bench"}  # fmt: skip
    environ = os.environ | {f"TRUNKLINE_IDI_{word}": text for word, text in settings.items()}
    environ["PYTHONPATH"] = f"{ROOT / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    command = [sys.executable, "-m", "trunkline", "lookup", "idi.device.get", "--column", "device_id"]
    command += ["--input", str(source), "--out", str(out), "--concurrency", str(_CONCURRENCY), *more]
    began = time.perf_counter()
    ended = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if ended.returncode:
        raise SystemExit(f"{name}: exit status {ended.returncode}\n{ended.stderr[-2000:]}")
    time.sleep(_LOGGED)
    return Run(name=name, seconds=seconds, **_counted(out), **_asked(log))


def _counted(out: Path) -> dict[str, int]:
    """What stands in the files."""
    import pyarrow
    from pyarrow import compute, parquet

    files = sorted(out.glob("part-*.parquet")) if out.is_dir() else [out]
    rows = pyarrow.concat_tables(parquet.read_table(path, columns=["key", "device_id"]) for path in files)
    return {
        "outcomes": len(rows),
        "good": len(rows) - rows["device_id"].null_count,
        "keys": compute.count_distinct(rows["key"]).as_py(),
    }


def _asked(log: Path) -> dict[str, Any]:
    """What the server saw."""
    times, keys = [], []
    with log.open() as lines:
        for line in lines:
            when, path = line.split()
            times.append(float(when))
            keys.append(path.rpartition("/")[2])
    return {"requests": len(keys), "asked": len(set(keys)), "asking": max(max(times) - min(times), 1e-3)}


__all__ = ["Run", "measure"]
