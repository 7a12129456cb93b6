"""What goes wrong at a terminal: each is one clear line, a right exit code, and nothing lost."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from tests.cli.shell import Shell, words
from trunkline import idi
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.cli import main
from trunkline.cli._reading import Source, read

GET = ("lookup", "idi.device.get")


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The only line that was printed."""
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bogus"], "No such command 'bogus'. See: trunkline --help"),
        (["lookup"], "Missing option '--input'. See: trunkline lookup --help"),
        (["call", "idi.device.get", "--limit", "0"], "0 is not in the range"),
        (["call", "idi.device.update", "device_id=1", "--yes"], 'a JSON Patch: [{"op"'),
        (
            ["call", "idi.device.create", "--yes", "--body", "@no.json"],
            "no.json cannot be read: No such file",
        ),
        (["call", "idi.service.search", "order_by=serviceID upwards"], "'serviceID upwards' is not a field"),
        (["call", "abzorb.orders.get", "order_id=1", "--environment", "staging"], "leave out --base-url"),
        (["sandbox", "--store", "nonsense"], "no SQLAlchemy URL"),
        (
            ["sandbox", "--host", "no.such.host.invalid", "--rows", "1"],
            "cannot listen on no.such.host.invalid",
        ),
    ],
)
def test_misuse_is_one_line_that_says_what_to_do(shell: Shell, arguments: list[str], message: str) -> None:
    assert message in one_line(shell.quick(*arguments))


@pytest.mark.parametrize("step", [{"op": "replace", "path": "/bind"}, {"op": "add", "path": "/pin"}])
def test_patch_step_without_a_value_is_not_called_a_wrong_verb(shell: Shell, step: dict[str, str]) -> None:
    line = one_line(
        shell.quick("call", "idi.device.update", "device_id=1", "--yes", "--body", json.dumps([step]))
    )
    assert line == f"error: {step['op']} of {step['path']} needs a value"


@pytest.mark.parametrize("options", [["--out", "in.csv"], ["--out", "o.csv", "--errors-out", "in.csv"]])
def test_output_never_writes_over_the_input(shell: Shell, options: list[str]) -> None:
    """It did: the list of numbers was gone after the run."""
    (shell.folder / "in.csv").write_text("device_id\n1000\n")
    assert "are the same file" in one_line(shell.quick(*GET, "--input", "./in.csv", *options))
    assert (shell.folder / "in.csv").read_text() == "device_id\n1000\n"
    assert shell.files() == {"in.csv"}


@pytest.mark.parametrize(
    ("out", "message"), [(".", "is a folder"), ("no/such/out.csv", "there is no folder no/such")]
)
def test_place_of_the_output_is_looked_at_first(shell: Shell, out: str, message: str) -> None:
    (shell.folder / "in.txt").write_text("1000\n")
    line = one_line(shell.quick(*GET, "--input", "in.txt", "--out", out, "--format", "csv"))
    assert message in line
    assert "checkpoint" not in line


def test_two_columns_of_one_name_are_not_guessed_between(shell: Shell) -> None:
    (shell.folder / "in.csv").write_text("device_id,device_id\n1000,1001\n")
    assert "2 columns 'device_id'" in one_line(shell.quick(*GET, "--input", "in.csv", "--out", "o.csv"))


def test_wrong_line_at_the_end_is_told_before_the_first_request(shell: Shell) -> None:
    """Mended, the input is another one, which no checkpoint could be resumed with."""
    (shell.folder / "in.csv").write_text('device_id\n1000\n1001\n"1002\n')
    assert "line 4" in one_line(shell.quick(*GET, "--input", "in.csv", "--out", "o.csv"))
    assert shell.files() == {"in.csv"}


def test_restart_leaves_a_run_that_goes_on_alone(shell: Shell) -> None:
    """It took the checkpoint from under it, and that run then ended without a word."""
    (shell.folder / "in.txt").write_text("1000\n")
    with Checkpoint(shell.folder / "o.csv.checkpoint", identity="another"):
        done = shell.quick(*GET, "--input", "in.txt", "--out", "o.csv", "--restart")
        assert "in use by another run" in one_line(done)
        assert (shell.folder / "o.csv.checkpoint").exists()


def test_restart_drops_a_damaged_checkpoint(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\n")
    (shell.folder / "o.csv.checkpoint").write_text("no checkpoint at all" * 99)
    assert shell.quick(*GET, "--input", "in.txt", "--out", "o.csv", "--restart").returncode == 0


def test_pipe_named_as_a_file_is_read_once(shell: Shell) -> None:
    """`--input <(command)`: it was read for its digest, and then held no keys."""
    command = f"{' '.join(words(*GET))} --input <(printf '1000\\n1001\\n') --input-format text --out o.csv"
    done = subprocess.run(
        ["bash", "-c", command], cwd=shell.folder, env=shell.variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [row["key"] for row in shell.rows("o.csv")] == ["1000", "1001"]


def test_reasons_of_failed_keys_are_told(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\nabc\n999999\n888888\n")
    done = shell.quick(*GET, "--input", "in.txt", "--out", "o.csv")
    assert done.returncode == 1
    assert "  NotFoundError 2 times, the first: idi.device.get: status 404" in done.stderr
    assert "  InputError 1 time, the first: line 2: device_id must be a number" in done.stderr


@pytest.mark.parametrize("number", [0, 1, 2])
def test_closed_stream_is_no_crash(shell: Shell, number: int) -> None:
    """`<&-` ended in an abort of the event loop, `>&-` in a traceback."""
    command = f"{' '.join(words(*GET))} --input in.txt --out o.csv {number}>&-"
    (shell.folder / "in.txt").write_text("1000\n")
    done = subprocess.run(
        ["bash", "-c", command], cwd=shell.folder, env=shell.variables, capture_output=True, text=True
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert len(shell.rows("o.csv")) == 1


POOR = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_poor_terminal_gets_plain_signs(shell: Shell) -> None:
    """A locale without UTF-8 ended in a traceback."""
    done = shell("operations", "--api", "idi", "--output", "table", **POOR)
    assert done.returncode == 0, done.stderr
    assert "--route corrects it" in done.stdout
    assert "3 keys" in shell(*GET, "--input", "-", "--out", "-", given="1\n2\n3\n", **POOR).stderr


def test_data_on_standard_output_is_utf_8_in_any_locale(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\né\n", encoding="utf-8")
    command = words(*GET, "--input", "in.txt", "--out", "-", "--format", "csv")
    environment = {**shell.variables, **POOR}
    done = subprocess.run(command, cwd=shell.folder, env=environment, capture_output=True)
    assert done.stdout.decode().splitlines()[2].startswith("é,")
    assert b"\r" not in done.stdout


def test_response_without_rows_says_so(shell: Shell) -> None:
    done = shell.quick("call", "idi.service.search", "filter=customerID eq 99999999", "--output", "table")
    assert (done.returncode, done.stdout) == (0, "no rows\n")


def test_table_shows_what_is_not_hidden(shell: Shell) -> None:
    """Half of the columns were stars, and the identifier was not among them."""
    done = shell.quick("call", "idi.service.search", "--limit", "3", "--output", "table")
    heading = done.stdout.splitlines()[1]
    assert heading.split()[1] == "service_id"
    assert "start_date" in heading
    assert "***" not in done.stdout
    assert "hidden fields: --show-sensitive shows all" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 rows (--limit for more)"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_filled_to_the_width(shell: Shell, option: str) -> None:
    """Line breaks of the source stood in the middle of sentences."""
    done = shell("lookup", option, COLUMNS="80")
    assert done.returncode == 0
    assert "is then an error, unless\n" not in "\n".join(line.rstrip() for line in done.stdout.splitlines())
    assert "Exit code: 0" in " ".join(done.stdout.split())


def test_version_is_printed(shell: Shell) -> None:
    done = shell.quick("--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "trunkline")


def test_page_of_the_sandbox_is_announced(tmp_path: Path) -> None:
    command = words("sandbox", "--port", "0", "--rows", "1")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout is not None
    with process.stdout as lines:
        said = list(iter(lines.readline, "Ctrl-C stops it.\n"))
        assert any(line.startswith("  page    http://127.0.0.1:") for line in said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_port_that_is_taken_names_the_way_out(shell: Shell, variables: dict[str, str]) -> None:
    port = variables["TRUNKLINE_IDI_BASE_URL"].rpartition(":")[2]
    line = one_line(shell.quick("sandbox", "--port", port, "--rows", "1"))
    assert f"127.0.0.1:{port}: {os.strerror(errno.EADDRINUSE)}. --port 0 takes a free one" in line


def test_operations_on_a_narrow_terminal_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and routes were broken over four lines of a table."""
    narrow = Console(file=io.StringIO(), width=80, force_terminal=True, no_color=True, soft_wrap=True)
    monkeypatch.setattr("trunkline.cli.operations.out", narrow)
    assert main(["operations", "--api", "idi"]) == 0
    assert isinstance(narrow.file, io.StringIO)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", narrow.file.getvalue()).splitlines()
    place = lines.index("idi.service.search_for_advance_pay  Search Services For Advance Pay")
    route = idi.OPERATIONS["service.search_for_advance_pay"].provenance.route
    assert lines[place + 1] == f"  GET /api/service/searchForAdvancePay  ({route}, safe)"


def test_time_left_is_told_for_a_file(shell: Shell) -> None:
    """The keys are counted before the first is asked."""
    (shell.folder / "in.txt").write_text("1000\n1001\n\n1000\n")
    assert len(list(read(Source(path=shell.folder / "in.txt", format="text")))) == 3
