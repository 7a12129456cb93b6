"""The chaos run of `make chaos`, small."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bulk.changes import KINDS, Kind
from tests.reliability import chaos, chaos_changes


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
