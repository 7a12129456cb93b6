"""The chaos run of `make chaos`, small."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from tests.bulk.changes import KINDS, Kind
from tests.reliability import chaos, chaos_changes, chaos_cluster
from trunkline.testing import LocalSandbox


def test_killed_twice_and_resumed_each_key_is_there_exactly_once(tmp_path: Path):
    report = chaos.run(2_000, 2, seed=11, concurrency=32, folder=tmp_path)
    assert report.clean, report
    # Nothing that had an outcome was asked again: only faults and what was in flight at a kill.
    assert report.requests < 2_000 * 1.2 + 2 * 32 + 50


def test_run_that_lost_or_doubled_keys_is_noticed(tmp_path: Path):
    target = tmp_path / "out.jsonl"
    lines = ['{"key": "1", "device_id": 1}', '{"key": "1", "device_id": 1}', '{"key": "3", "device_id": 4}']
    target.write_text("\n".join(lines))
    report = chaos.Report(keys=3, kills=0)
    chaos.count(report, target, [1, 2, 3])
    assert (report.missing, report.doubled, report.wrong) == (1, 1, 1)
    assert not report.clean


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_changes_killed_twice_at_lost_responses_are_done_once(kind: Kind, tmp_path: Path) -> None:
    line = chaos_changes.apply(kind, 60, 2, seed=11, folder=tmp_path)
    assert line.clean, line
    assert line.kills


def test_export_killed_and_resumed_has_each_row_once(tmp_path: Path) -> None:
    line = chaos_changes.export(1_500, 2, seed=11, folder=tmp_path)
    assert line.clean, line
    assert line.done == 1_500


def test_cluster_whose_workers_are_killed_has_each_key_once(tmp_path: Path) -> None:
    line = chaos_cluster.lookup(600, 2, seed=11, folder=tmp_path)
    assert line.clean, line
    assert line.done == 600


def test_cluster_that_lost_or_doubled_keys_is_noticed(tmp_path: Path) -> None:
    def file(number: int, keys: list[int]) -> None:
        columns = {"key": [str(key) for key in keys], "device_id": keys, "error_type": [None] * len(keys)}
        parquet.write_table(pyarrow.table(columns), tmp_path / f"part-{number:06d}.parquet")

    file(0, [1000, 1001])
    file(1, [1001])
    line = chaos_changes.Line(name="cluster", asked=3)
    with LocalSandbox(rows=3) as sandbox:
        chaos_cluster.count_keys(line, sandbox, tmp_path)
    assert (line.done, line.lost, line.doubled, line.untold) == (2, 1, 1, 2)
    assert not line.clean
