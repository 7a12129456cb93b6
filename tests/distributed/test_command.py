"""`--dask` as users type it: killed and stopped in the middle, counted at the sandbox and in the files."""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from tests.bulk.changes import CREATE, carried_out
from tests.distributed.test_cluster import FIRST
from tests.distributed.test_write import asked, written
from tests.reliability.chaos_changes import rows_file
from trunkline.testing import LocalSandbox

ROWS = 90
Ended = subprocess.CompletedProcess[str]


@pytest.fixture
def here(trunkline_env: LocalSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    return tmp_path


def run(*arguments: object) -> Ended:
    command = [sys.executable, "-m", "trunkline", *map(str, arguments)]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )


@contextlib.contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A command in a process group of its own, as a terminal starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trunkline", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)


def until(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "it did not come to this in time"
        time.sleep(0.02)


def test_plan_that_was_killed_on_a_cluster_is_settled_and_ended_without(
    trunkline_env: LocalSandbox, here: Path
) -> None:
    """The driver dies, and its workers with it; the plan knows what each of them did."""
    rows_file(CREATE, ROWS, here / "rows.jsonl")
    words = ["--input", "rows.jsonl", "--out", "a.plan", "--natural-key", "simNumber", "--show", "0"]
    assert run("plan", "idi.sim.create", *words).returncode == 0
    ledger = trunkline_env._sandbox.writes
    trunkline_env.set_faults("latency:30ms")
    apply = ["apply", "a.plan", "--yes", "--settle-delay", "0", "--concurrency", "2"]
    with started(*apply, "--dask", "local:2") as process:
        until(process, lambda: ledger.total > 15)
        process.kill()
    trunkline_env.set_faults("")
    settled = run(*apply, "--settle")
    assert settled.returncode == 1, settled.stderr
    assert "not settled yet" not in settled.stderr
    before = len(carried_out(ledger, CREATE))
    assert f"{ROWS} rows: {before} done, {ROWS - before} not sent yet" in settled.stderr
    ended = run(*apply, "--report", "report.csv")
    assert ended.returncode == 0, ended.stderr
    assert carried_out(ledger, CREATE) == Counter(range(ROWS))
    with (here / "report.csv").open(newline="") as file:
        assert Counter(row["state"] for row in csv.DictReader(file)) == {"done": ROWS}
    # nothing is left to do: no cluster is started for it
    began = time.monotonic()
    again = run(*apply, "--dask", "tcp://127.0.0.1:9")
    assert (again.returncode, time.monotonic() - began < 30) == (0, True)


def test_interrupted_lookup_on_a_cluster_goes_on_and_counts_all_files(
    trunkline_env: LocalSandbox, here: Path
) -> None:
    """The keys' column is found by its name; Ctrl-C reaches the workers' processes too, and they go on."""
    keys = [*range(FIRST, FIRST + 150), 9_999_999]
    table = pyarrow.table({"name": ["x"] * len(keys), "deviceID": keys})
    parquet.write_table(table, here / "keys.parquet", row_group_size=15)
    trunkline_env.set_faults("latency:100ms")
    command = ["lookup", "idi.device.get", "--input", "keys.parquet", "--out", "out", "--concurrency", "2"]
    command += ["--dask", "local:1"]
    with started(*command) as process:
        until(process, lambda: any((here / "out").glob("part-*")))
        os.killpg(process.pid, signal.SIGINT)
        told = process.communicate(timeout=60)[1]
        assert process.returncode == 130, told
    assert "stopping" in told
    assert "the same command on out goes on" in told
    assert "Traceback" not in told
    trunkline_env.set_faults("")
    ended = run(*command, "--resume", "--quiet")
    assert ended.returncode == 1, ended.stderr
    assert "151 keys: 150 answered, 1 failed -> 11 files in out" in ended.stderr
    assert Counter(map(int, written(here / "out")["key"].to_pylist())) == Counter(keys)
    assert set(asked(trunkline_env).values()) == {1}
    # all files are there, and the key that failed still counts
    assert run(*command).returncode == 1


def test_export_on_a_cluster_writes_a_file_for_each_filter(trunkline_env: LocalSandbox, here: Path) -> None:
    (here / "ranges.txt").write_text(f"deviceID lt {FIRST + 50}\n\ndeviceID ge {FIRST + 50}\n")
    command: list[Any] = ["export", "idi.device.search", "--out", "out", "--dask", "local:2"]
    made = run(*command, "--filters", "ranges.txt")
    assert made.returncode == 0, made.stderr
    assert sorted(path.name for path in (here / "out").glob("part-*")) == [
        "part-000000.parquet",
        "part-000001.parquet",
    ]
    rows = pyarrow.concat_tables(parquet.read_table(path) for path in (here / "out").glob("part-*"))
    assert Counter(rows["device_id"].to_pylist()) == Counter(range(FIRST, FIRST + trunkline_env.config.rows))
    other = run(*command, "--filter", "deviceID lt 5")
    assert other.returncode == 2
    assert "its filters and other arguments are others" in other.stderr
