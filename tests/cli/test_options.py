"""What the options of the command line do, against the sandbox."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import tempfile
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from trunkline.cli import _request, main
from trunkline.idi import OPERATIONS

GET = ("lookup", "idi.device.get", "--input", "in.csv")


def test_checkpoint_in_the_temporary_folder_survives_an_interruption(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--out /tmp/o.csv`: on Ctrl-C it was "dropped 80 answered keys", the checkpoint deleted."""
    monkeypatch.setattr(tempfile, "tempdir", str(shell.folder))
    (shell.folder / "in.csv").write_text("device_id\n" + "".join(f"{1000 + n}\n" for n in range(3000)))
    seen = 0

    def interrupt(*_: object) -> str:
        nonlocal seen
        seen += 1
        if seen == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return ""

    with monkeypatch.context() as patch:
        patch.setattr("trunkline.cli._pressure.Pressure.state", property(interrupt))
        done = shell.quick(*GET, "--out", "o.csv")
    assert done.returncode == 130, done.stderr
    assert "go on with" in done.stderr or "nothing was kept" in done.stderr
    assert "dropped" not in done.stderr
    again = shell.quick(*GET, "--out", "o.csv", "--resume")
    assert again.returncode == 0, again.stderr
    assert len(shell.rows("o.csv")) == 3000


def test_kept_columns_and_a_summary_for_programs(shell: Shell) -> None:
    (shell.folder / "in.csv").write_text("name,device_id,status\nAnn,1000,a\nBob,99999999,b\n")
    done = shell.quick(*GET, "-o", "o.csv", "--keep", "name,status", "--summary", "json", "--quiet")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["keys"], told["failed"], told["errors"]) == (2, 1, {"NotFoundError": 1})
    assert done.stderr == ""
    assert [(row["key"], row["name"], row["input_status"]) for row in shell.rows("o.csv")] == [
        ("1000", "Ann", "a"),
        ("99999999", "Bob", "b"),
    ]


def test_failed_keys_are_an_input_again(shell: Shell) -> None:
    (shell.folder / "in.csv").write_text("device_id\n1000\n99999999\n")
    assert shell.quick(*GET, "-o", "o.csv", "--errors-out", "bad.csv").returncode == 1
    again = shell.quick("lookup", "idi.device.get", "--input", "bad.csv", "-o", "again.csv")
    assert again.returncode == 1
    assert [row["key"] for row in shell.rows("again.csv")] == ["99999999"]


def test_line_without_a_key_goes_to_the_errors(shell: Shell) -> None:
    (shell.folder / "in.jsonl").write_text('{"device_id": 1000}\nnope\n{"x": 1}\n')
    command = ("lookup", "idi.device.get", "--input", "in.jsonl", "-o", "o.csv", "--errors-out", "bad.csv")
    done = shell.quick(*command)
    assert done.returncode == 1
    assert [(row["key"], row["error"]) for row in shell.rows("bad.csv")] == [
        ("line 2", "line 2 is not JSON"),
        ("line 3", "line 3 has no 'device_id'; it has: x"),
    ]


def test_rows_are_tabs_in_a_pipe_and_csv_when_asked(shell: Shell) -> None:
    command = ("call", "idi.device.search", "filter=deviceID lt 1003", "--limit", "2")
    piped = shell.quick(*command).stdout.splitlines()
    assert len(piped) == 3
    assert piped[1].split("\t")[piped[0].split("\t").index("device_id")] == "1000"
    table = list(csv.DictReader(io.StringIO(shell.quick(*command, "--output", "csv").stdout)))
    assert [row["device_id"] for row in table] == ["1000", "1001"]
    one = shell.quick("call", "idi.device.get", "device_id=1000").stdout
    assert "device_id\t1000\n" in one


def test_operations_are_searched_and_show_corrections(shell: Shell) -> None:
    done = shell.quick("operations", "--search", "phone BOOK", "--output", "csv")
    names = [row["operation"] for row in csv.DictReader(io.StringIO(done.stdout))]
    assert "idi.service.get_phone_book" in names
    assert not [name for name in names if "device" in name]
    (shell.folder / "trunkline.toml").write_text('[profile.x.idi.routes]\n"sim.search" = "GET /api/sims"\n')
    shown = shell.quick("operations", "--api", "idi", "--profile", "x")
    assert "idi.sim.search\tGET\t/api/sims\tcorrected\t" in shown.stdout


def test_help_of_one_operation_shows_its_parameters(shell: Shell) -> None:
    shown = " ".join(shell.quick("call", "idi.device.update", "--help").stdout.split())
    assert "PATCH /api/device/{deviceID}" in shown
    assert "device_id whole number required deviceID" in shown
    assert "bind (replace)" in shown
    assert "trunkline call idi.device.update device_id=…" in shown


def test_route_can_be_corrected_for_one_call(shell: Shell) -> None:
    done = shell.quick("call", "idi.sim.search", "--limit", "1", "--route", "idi.sim.search=GET /api/sims")
    assert done.returncode == 1
    assert "404" in done.stderr


def test_settings_are_shown_with_their_source_and_no_secret(shell: Shell) -> None:
    (shell.folder / "trunkline.toml").write_text(
        '[profile.x.idi]\nrate = "20/s"\nheaders = {X-Key = "hunter2"}\n'
    )
    shown = shell.quick("config", "show", "--api", "idi", "--profile", "x", "--json")
    told = json.loads(shown.stdout)["apis"]["idi"]
    assert told["rate"] == {"value": "20/s", "source": f"{shell.folder}/trunkline.toml [profile.x.idi]"}
    assert told["user"]["source"] == "TRUNKLINE_IDI_USER"
    assert told["password"]["value"] == told["headers"]["value"] == "***"
    plain = shell.quick("config", "show", "--profile", "x").stdout
    assert "hunter2" not in shown.stdout + plain
    assert shell.variables["TRUNKLINE_IDI_PASSWORD"] not in plain.split()


def test_doctor_is_well_against_the_sandbox(shell: Shell) -> None:
    done = shell.quick("doctor", "--json", "--api", "abzorb")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["apis"]
    assert {check["name"]: check["status"] for check in told["checks"]}["health"] == "ok"
    assert "all is well" in shell.quick("doctor", "--api", "idi").stdout


def test_doctor_says_what_to_do_about_a_refused_login(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.variables["TRUNKLINE_IDI_PASSWORD"] = "planted-8841"
    done = shell.quick("doctor", "--api", "idi")
    assert done.returncode == 1
    assert "login" in done.stdout
    assert "→" in done.stdout or "->" in done.stdout
    assert "planted-8841" not in done.stdout + done.stderr


def test_no_is_not_an_interruption(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_request, "confirm", lambda name: False)
    patch = '[{"op": "replace", "path": "/bind", "value": true}]'
    done = shell.quick("call", "idi.device.update", "device_id=1005", "--body", patch)
    assert (done.returncode, done.stderr) == (1, "nothing was sent\n")


def test_path_of_a_patch_is_unescaped() -> None:
    """ "~1" and "~0" stood in the field's name (RFC 6901 section 4)."""
    from trunkline.errors import PatchError

    with pytest.raises(PatchError, match="cannot change a/b~c"):
        _request.body_of(OPERATIONS["device.update"], '[{"op": "replace", "path": "/a~1b~0c", "value": 1}]')


def test_bare_command_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["config"]):
        assert main(words) == 0
        said = capsys.readouterr()
        assert "Usage: trunkline" in said.out
        assert said.err == ""


def test_shell_offers_operations_and_fields() -> None:
    from trunkline.cli._completion import field_names, operation_names

    assert "idi.device.get" in operation_names("idi.device.g")
    assert field_names("service.service_num") == ["service.service_number"]


def test_folder_without_settings_says_where_they_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in [one for one in os.environ if one.startswith("TRUNKLINE_")]:
        monkeypatch.delenv(name)
    assert main(["config", "show"]) == 0
    assert f"none at {tmp_path}/trunkline.toml" in capsys.readouterr().out
    assert main(["doctor"]) == 2
    assert "nothing is configured: set TRUNKLINE_ABZORB_USER" in capsys.readouterr().err
