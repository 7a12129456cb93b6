"""The command line end to end: processes of `trunkline` against a sandbox process."""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.shell import FIRST_DEVICE, ROWS, Shell


def wait_for(process: subprocess.Popen[str], file: Path, size: int) -> None:
    """Wait until the running process has written so much."""
    for _ in range(2000):
        if file.exists() and file.stat().st_size >= size:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
            break
    pytest.fail(f"{file.name} did not reach {size} bytes; exit code {process.poll()}")


def ids(count: int) -> str:
    return "".join(f"{FIRST_DEVICE + n}\n" for n in range(count))


def test_sandbox_says_that_it_is_well(variables: dict[str, str]) -> None:
    url = variables["TRUNKLINE_IDI_BASE_URL"] + "/health"
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 -- our own server
        assert response.status == 200


def test_lookup_into_parquet(shell: Shell) -> None:
    (shell.folder / "in.csv").write_text("\ufeffname;deviceID\nx;1000\ny;1001\nz;1000\n", encoding="utf-8")
    done = shell.quick("lookup", "idi.device.get", "--input", "in.csv", "--out", "out.parquet")
    assert done.returncode == 0, done.stderr
    assert "1 duplicate not asked again" in done.stderr
    rows = pq.read_table(shell.folder / "out.parquet").to_pylist()
    assert [(row["key"], row["device_id"], row["attempts"], row["error"]) for row in rows] == [
        ("1000", 1000, 1, None),
        ("1001", 1001, 1, None),
    ]
    assert rows[0]["latency_ms"] > 0
    assert shell.files() == {"in.csv", "out.parquet"}


def test_leading_zeros_survive_from_input_to_output(shell: Shell) -> None:
    done = shell(
        "lookup", "abzorb.connections.get_by_cli", "--input", "-", "--out", "-", given="07700900123\n"
    )
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["key"] == row["cli"] == "07700900123"


def test_failed_keys_are_rows_and_can_be_asked_again(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\nabc\n99999999\n")
    command = ("lookup", "idi.device.get", "--input", "in.txt", "--out", "out.csv", "--errors-out", "bad.csv")
    done = shell.quick(*command)
    assert done.returncode == 1
    rows = {row["key"]: row for row in shell.rows("out.csv")}
    assert list(rows) == ["1000", "abc", "99999999"]
    assert rows["1000"]["device_id"] == "1000"
    assert (rows["abc"]["error_type"], rows["abc"]["attempts"]) == ("InputError", "0")
    assert "line 2: device_id must be" in rows["abc"]["error"]
    assert (rows["99999999"]["status"], rows["99999999"]["attempts"]) == ("404", "1")
    assert [row["key"] for row in shell.rows("bad.csv")] == ["abc", "99999999"]
    again = shell.quick(*command, "--resume", "--retry-failed")
    assert again.returncode == 1
    assert "1 from the earlier run" in again.stderr
    fresh = shell.quick(*command)  # a finished run does not stand in the way of a new one
    assert fresh.returncode == 1
    assert "earlier run" not in fresh.stderr


def test_kill_9_in_the_middle_of_20000_keys_loses_none(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text(ids(ROWS))
    command = ("lookup", "idi.device.get", "--input", "in.txt", "--out", "out.parquet")
    checkpoint = shell.folder / "out.parquet.checkpoint-wal"
    for attempt in range(2):
        process = shell.start(*command, *(["--resume"] if attempt else []))
        with process:
            grown = checkpoint.stat().st_size if checkpoint.exists() else 0
            wait_for(process, checkpoint, grown + 1_000_000)
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not (shell.folder / "out.parquet").exists()
    refused = shell(*command)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    done = shell(*command, "--resume")
    assert done.returncode == 0, done.stderr
    assert "from the earlier run" in done.stderr
    keys = pq.read_table(shell.folder / "out.parquet", columns=["key"]).column("key").to_pylist()
    assert keys == ids(ROWS).split()
    assert shell.files() == {"in.txt", "out.parquet"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_cleanly_and_resume_goes_on(shell: Shell, number: signal.Signals) -> None:
    (shell.folder / "in.txt").write_text(ids(5000))
    command = ("lookup", "idi.device.get", "--input", "in.txt", "--out", "out.csv")
    process = shell.start(*command)
    with process:
        checkpoint = shell.folder / "out.csv.checkpoint-wal"
        wait_for(process, checkpoint, 150_000)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in said
    assert "Traceback" not in said
    assert shell.files() == {"in.txt", "out.csv.checkpoint"}
    done = shell(*command, "--resume")
    assert done.returncode == 0, done.stderr
    assert [row["key"] for row in shell.rows("out.csv")] == ids(5000).split()


def test_signal_while_standard_input_is_silent(shell: Shell) -> None:
    process = shell.start("lookup", "idi.device.get", "--input", "-", "--out", "out.csv")
    with process:
        assert process.stdin is not None
        process.stdin.write(ids(200))
        process.stdin.flush()
        checkpoint = shell.folder / "out.csv.checkpoint-wal"
        wait_for(process, checkpoint, 30_000)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert "out.csv.checkpoint" in shell.files()


def test_checkpoint_of_another_input_is_refused(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\nabc\n")
    command = ("lookup", "idi.device.get", "--input", "in.txt", "--out", "out.csv")
    assert shell.quick(*command).returncode == 1
    (shell.folder / "in.txt").write_text("1001\n")
    done = shell.quick(*command, "--resume")
    assert done.returncode == 2
    assert "belongs to another run" in done.stderr
    assert shell.quick(*command, "--restart").returncode == 0


def test_nothing_to_resume_is_said(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1000\n")
    command = ("lookup", "idi.device.get", "--input", "in.txt", "--out", "out.csv")
    assert (
        shell.quick(*command, "--resume").returncode == 0
    )  # a first run may say --resume, so that loops are easy
    done = shell.quick(*command, "--resume")
    assert done.returncode == 2
    assert "nothing to resume" in done.stderr


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a,b\n1,2\n", [], "no column 'device_id'; it has: a, b"),
        ("deviceID,b\n,2\n", [], "is empty"),
        ("", [], "holds no keys"),
        ("deviceID\n1\n", ["--column", "x"], "no column 'x'"),
        ("deviceID\n1\n", ["--param", "nope=1"], "no parameter 'nope'"),
        ("deviceID\n1\n", ["--param", "device_id=1"], "filled by the keys"),
        ("deviceID\n1\n", ["--rate", "fast"], "not a rate"),
        ("deviceID\n1\n", ["--format", "xml"], "not one of"),
        ("deviceID\n1\n", ["--base-url", "http://vendor.example"], "https"),
        ("deviceID\n1\n", ["--concurrency", "0"], "0 is not in the range"),
    ],
)
def test_unusable_input_is_one_clear_line(
    shell: Shell, content: str, options: list[str], message: str
) -> None:
    (shell.folder / "in.csv").write_text(content)
    done = shell.quick("lookup", "idi.device.get", "--input", "in.csv", "--out", "out.csv", *options)
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split()).replace("│ ", "")
    assert "Traceback" not in done.stderr
    assert shell.files() == {"in.csv"}


def test_missing_file_and_full_disk(shell: Shell) -> None:
    missing = shell("lookup", "idi.device.get", "--input", "no.csv", "--out", "out.csv")
    assert (missing.returncode, "no file no.csv" in missing.stderr) == (2, True)
    done = shell(
        "lookup", "idi.device.get", "--input", "-", "--out", "/dev/full", "--format", "csv", given="1000\n"
    )
    assert done.returncode == 2
    assert "No space left" in done.stderr


def test_full_disk_for_the_output_keeps_the_responses(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output cannot be written at the end of the run; the checkpoint elsewhere has everything."""
    (shell.folder / "in.txt").write_text("1000\n1001\n")
    command = ("lookup", "idi.device.get", "--input", "in.txt", "--checkpoint", "kept", "--out", "out.csv")

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr("trunkline.bulk._output.os.fsync", full)
        done = shell.quick(*command)
    assert done.returncode == 2
    assert "out.csv cannot be written: No space left on device" in done.stderr
    assert "--resume" in done.stderr
    assert shell.files() == {"in.txt", "kept"}
    again = shell.quick(*command, "--resume")
    assert again.returncode == 0, again.stderr
    assert "2 from the earlier run" in again.stderr
    assert len(shell.rows("out.csv")) == 2


def test_wrong_password_stops_at_once(shell: Shell) -> None:
    secret = "planted-secret-8841"
    (shell.folder / "in.txt").write_text(ids(500))
    done = shell(
        "lookup",
        "idi.device.get",
        "--input",
        "in.txt",
        "--out",
        "out.csv",
        TRUNKLINE_IDI_PASSWORD=secret,
    )
    assert done.returncode == 1
    assert "login refused" in done.stderr
    assert secret not in done.stdout + done.stderr
    assert shell.files() == {"in.txt"}


def test_missing_settings_are_named(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("1\n")
    done = shell(
        "lookup", "idi.device.get", "--input", "in.txt", "--out", "out.csv", TRUNKLINE_IDI_PASSWORD=""
    )
    assert done.returncode == 2
    assert "TRUNKLINE_IDI_PASSWORD" in done.stderr


def test_max_errors_stops_the_run(shell: Shell) -> None:
    (shell.folder / "in.txt").write_text("".join(f"{9_000_000 + n}\n" for n in range(20_000)))
    done = shell("lookup", "idi.device.get", "--input", "in.txt", "--out", "out.csv", "--max-errors", "100")
    assert done.returncode == 1
    assert "--max-errors" in done.stderr
    assert "out.csv" not in shell.files()


def test_operations_are_listed_with_where_they_come_from(shell: Shell) -> None:
    done = shell.quick("operations", "--json")
    listed = json.loads(done.stdout)
    assert sum(one["api"] == "idi" for one in listed) >= 43
    assert sum(one["api"] == "abzorb" for one in listed) >= 49
    for one in listed:
        assert {"api", "operation_id", "title", "method", "path", "function", "provenance"} <= one.keys()
        assert one["title"]
        assert one["provenance"]["route"] in {"documented", "release-notes", "inferred"}
        module, _, name = one["function"].partition(":")
        target = __import__(module, fromlist=["_"])
        for part in name.split("."):
            target = getattr(target, part)
        assert target.__doc__
    table = shell.quick("operations", "--api", "idi")
    assert "idi.device.get\tGET\t/api/device/{deviceID}\tdocumented\t" in table.stdout
    assert shell.quick("operations", "--api", "nope").returncode == 2


def test_call_prints_and_masks(shell: Shell) -> None:
    shown = shell("call", "abzorb.connections.get_by_cli", "cli=07700900123", "--json", "--show-sensitive")
    open_, response = (
        json.loads(shown.stdout),
        shell("call", "abzorb.connections.get_by_cli", "cli=07700900123", "--json"),
    )
    assert open_["puk1"] not in {"***", None}
    masked = json.loads(response.stdout)
    assert masked["puk1"] == masked["imsi"] == "***"
    assert masked["contractId"] == open_["contractId"]
    tree = shell("call", "abzorb.connections.get_by_cli", "cli=07700900123")
    assert "contract_id" in tree.stdout
    assert open_["puk1"] not in tree.stdout


def test_call_of_a_collection_is_limited(shell: Shell) -> None:
    done = shell.quick(
        "call",
        "idi.device.search",
        "filter=deviceID lt 1010",
        "select=deviceID,bind",
        "--limit",
        "4",
        "--json",
    )
    assert [row["deviceID"] for row in json.loads(done.stdout)] == [1000, 1001, 1002, 1003]


def test_call_that_changes_something_wants_yes(shell: Shell) -> None:
    patch = '[{"op": "replace", "path": "/bind", "value": true}]'
    command = ("call", "idi.device.update", "device_id=1005", "--body", patch)
    refused = shell.quick(*command)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    done = shell.quick(*command, "--yes")
    assert done.returncode == 0, done.stderr
    wrong = shell.quick(
        "call", "idi.device.update", "device_id=1005", "--yes", "--body", patch.replace("bind", "x")
    )
    assert wrong.returncode == 2
    assert "cannot change x" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["call", "idi.device.gt"], "did you mean idi.device.get"),
        (["call", "idi.device.get"], "also needs device_id"),
        (["call", "idi.device.get", "device_id=x"], "device_id must be"),
        (["call", "idi.device.get", "device_id"], "not name=value"),
        (["call", "idi.device.search", "filter=nope eq 1"], "cannot filter by nope"),
        (["call", "idi.device.update", "device_id=1", "--body", "{"], "not JSON"),
        (["call", "idi.device.update", "device_id=1", "--body", "@no.json"], "cannot be read"),
        (["lookup", "idi.device.create", "--input", "x", "--out", "y.csv"], "cannot be run in bulk"),
        (["sandbox", "--faults", "nonsense"], "nonsense"),
        (["nothing"], "No such command"),
    ],
)
def test_wrong_usage_is_explained(shell: Shell, arguments: list[str], message: str) -> None:
    done = shell.quick(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_error_of_the_vendor_is_exit_code_1(shell: Shell) -> None:
    done = shell.quick("call", "idi.device.get", "device_id=99999999")
    assert done.returncode == 1
    assert "404" in done.stderr


def test_missing_extra_is_named() -> None:
    for module, extra in (("typer", "cli"), ("rich", "cli")):
        script = (
            f"import sys; sys.modules[{module!r}] = None; from trunkline.cli import main; sys.exit(main([]))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert f"trunkline[{extra}]" in done.stderr
    script = (
        "import sys; sys.modules['pyarrow'] = None; from trunkline.cli import main; "
        "sys.exit(main(['lookup', 'idi.device.get', '--input', '-', '--out', 'x.parquet']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert "trunkline[parquet]" in done.stderr


def test_demo_accounts_for_every_key(shell: Shell) -> None:
    done = shell(
        "demo", "--out", "demo", "--rows", 2000, "--devices", 300, "--numbers", 200,
        "--faults", "429:0.5%;retry-after=0,503:1%;retry-after=0,latency:1ms",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "nothing lost: 2,500 keys and rows" in done.stdout
    for name, count in (("collection", 2000), ("devices", 300), ("numbers", 200)):
        keys = pq.read_table(shell.folder / "demo" / f"{name}.parquet").column("key").to_pylist()
        assert len(set(keys)) == len(keys) == count
    page = (shell.folder / "demo" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "://" not in page.replace("http://127.0.0.1", "")  # nothing is loaded from elsewhere
    assert "prefers-color-scheme: dark" in page
