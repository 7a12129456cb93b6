"""`trunkline plan` and `trunkline apply` against the sandbox process."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shell import Shell


def write(shell: Shell, name: str, text: str) -> Path:
    path = shell.folder / name
    path.write_text(text)
    return path


def test_plan_then_apply_then_nothing_left(shell: Shell) -> None:
    write(shell, "rows.csv", "device_id,Reference Number\n1000,plan-a\n1001,plan-b\n")
    planned = shell("plan", "idi.device.update", "--input", "rows.csv", "--out", "a.plan")
    assert planned.returncode == 0, planned.stderr
    assert "2 changes to send" in planned.stderr
    assert "plan-a" not in planned.stdout  # values may be key material
    refused = shell("apply", "a.plan")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    done = shell("apply", "a.plan", "--yes", "--report", "report.csv")
    assert done.returncode == 0, done.stderr
    assert "2 rows: 2 done" in done.stderr
    assert (shell.folder / "report.csv").read_text().count("done") == 2
    again = shell("plan", "idi.device.update", "--input", "rows.csv", "--out", "b.plan")
    assert "2 hold these values already" in again.stderr


def test_wrong_rows_are_told_with_their_lines_and_leave_no_plan(shell: Shell) -> None:
    write(shell, "rows.csv", "device_id,bind\nx,true\n1001,maybe\n")
    told = shell("plan", "idi.device.update", "--input", "rows.csv", "--out", "a.plan")
    assert told.returncode == 2
    assert "line 2: device_id must be a number" in told.stderr
    assert "line 3: bind must be" in told.stderr
    assert not list(shell.folder.glob("a.plan*"))


def test_value_that_changed_since_the_plan_is_left(shell: Shell) -> None:
    write(shell, "mine.csv", "device_id,referenceNumber\n1002,mine\n")
    write(shell, "theirs.csv", "device_id,referenceNumber\n1002,theirs\n")
    shell("plan", "idi.device.update", "--input", "mine.csv", "--out", "mine.plan")
    shell("plan", "idi.device.update", "--input", "theirs.csv", "--out", "theirs.plan")
    assert shell("apply", "theirs.plan", "--yes").returncode == 0
    left = shell("apply", "mine.plan", "--yes")
    assert "1 left" in left.stderr
