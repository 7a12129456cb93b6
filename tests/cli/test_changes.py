"""`trunkline plan` and `trunkline apply` against the sandbox process."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.cli.shell import Shell, words


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


def test_error_value_of_a_spreadsheet_was_to_be_written(shell: Shell) -> None:
    write(shell, "rows.csv", "device_id,Reference Number\n1000,#N/A\n1001,b\n")
    command = ("plan", "idi.device.update", "--input", "rows.csv", "--out", "a.plan")
    told = shell.quick(*command)
    assert told.returncode == 2
    assert "line 2: referenceNumber holds what a spreadsheet shows" in told.stderr
    assert shell.quick(*command, "--raw").returncode == 0


def test_report_that_cannot_be_written_was_told_after_the_changes(shell: Shell) -> None:
    write(shell, "rows.csv", "device_id,Reference Number\n1002,plan-c\n")
    shell.quick("plan", "idi.device.update", "--input", "rows.csv", "--out", "a.plan")
    told = shell.quick("apply", "a.plan", "--yes", "--report", "none/report.csv")
    assert (told.returncode, "no folder none" in told.stderr) == (2, True)
    assert "2 changes" not in told.stderr


def test_lookup_of_an_operation_that_changes_points_to_a_plan(shell: Shell) -> None:
    """A deletion went through, and a PUT without its body ended in a traceback."""
    write(shell, "keys.csv", "zip\n12345\n")
    for name in ("delete", "add_or_update"):
        told = shell.quick(
            "lookup", f"idi.coverage_service_area.{name}", "--input", "keys.csv", "--out", "o.csv"
        )
        assert told.returncode == 2
        assert "trunkline plan" in told.stderr


def test_export_to_standard_output(shell: Shell) -> None:
    """It needs no place next to a device, and a stream that is closed is an error."""
    command = words("export", "idi.device.search", "--filter", "deviceID lt 1003")
    for more in (["--out", "-"], ["--out", "/dev/stdout", "--format", "jsonl"]):
        run = subprocess.run([*command, *more], env=shell.variables, capture_output=True, text=True)
        assert (run.returncode, run.stdout.count("\n")) == (0, 3), run.stderr
    run = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command, "--out", "/dev/stdout", "--format", "csv"],
        env=shell.variables, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert (run.returncode, "standard output is closed" in run.stderr) == (2, True)
    assert shell.quick(*command[3:], "--out", "-", "--format", "parquet").returncode == 2
