"""What can be done wrong at a command line: each is one clear line and the right exit code.

A row: what is typed, words of the line, exit code, files that are there (name to content), environment that
differs. Nothing of these reaches a vendor: the address is a port that nobody listens at.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest
from attrs import field, frozen

from trunkline.cli import main

NOBODY: Final = "http://127.0.0.1:9"
ENVIRON: Final = {
    "TRUNKLINE_IDI_BASE_URL": NOBODY, "TRUNKLINE_IDI_ENVIRONMENT": "acme", "TRUNKLINE_IDI_USER": "u",
    "TRUNKLINE_IDI_PASSWORD": "hunter2", "TRUNKLINE_ABZORB_BASE_URL": f"{NOBODY}/api",
    "TRUNKLINE_ABZORB_USER": "u", "TRUNKLINE_ABZORB_PASSWORD": "hunter2",
}  # fmt: skip
KEYS: Final = {"in.txt": "1000\n"}
GET: Final = "lookup idi.device.get --input in.txt --out o.csv"
BY: Final = "lookup --by service.service_number --input in.txt --out o.csv"
PATCH: Final = "call idi.device.update device_id=1 --yes --body"


@frozen
class Misuse:
    typed: str
    says: str
    code: int = 2
    files: dict[str, str] = field(factory=lambda: dict(KEYS))
    environ: dict[str, str] = field(factory=dict)


MISUSES: Final = [
    # commands and options
    Misuse("lokup", "No such command 'lokup'"),
    Misuse("config shwo", "No such command 'shwo'"),
    Misuse("lookup idi.device.get --inptu in.txt --out o.csv", "--inptu"),
    Misuse("lookup idi.device.get --out o.csv", "--input"),
    Misuse("lookup idi.device.get --input in.txt", "--out"),
    Misuse("lookup --input in.txt --out o.csv", "say what to look up"),
    Misuse("call", "say what to call"),
    Misuse("call --limit", "requires an argument"),
    Misuse("call idi.device.search --limit many", "'many' is not a whole number"),
    Misuse("call idi.device.search --limit 0", "0 is not in the range"),
    Misuse(f"{GET} --concurrency -3", "-3 is not in the range"),
    Misuse(f"{GET} --max-errors 0", "0 is not in the range"),
    Misuse("operations extra", "unexpected extra argument"),
    # names
    Misuse("call idi.device.gte device_id=1", "did you mean idi.device.get"),
    Misuse("call device.get device_id=1", "there is no operation 'device.get'"),
    Misuse("call idi", "there is no operation 'idi'"),
    Misuse("call idi.device.get devise_id=1", "did you mean device_id?"),
    Misuse("operations --api idy", "there is no API 'idy'; did you mean idi?"),
    Misuse("doctor --api abzrob", "did you mean abzorb?"),
    Misuse("lookup --by service.service_numbr --input in.txt --out o.csv", "did you mean 'service_number'"),
    Misuse("lookup --by servise.service_number --input in.txt --out o.csv", "did you mean service.service_"),
    Misuse("lookup --by nothing --input in.txt --out o.csv", "cannot be filtered by 'nothing'"),
    Misuse(f"{GET} --key nope", "has no parameter 'nope'"),
    Misuse(f"{GET} --param nope=1", "has no parameter 'nope'"),
    Misuse("call idi.device.get device_id=1 --route device.gte=GET", "did you mean device.get or"),
    Misuse("call security_token.login", "did you mean idi.security_token.login"),
    # arguments
    Misuse("call idi.device.get", "also needs device_id=…"),
    Misuse("call idi.device.get device_id", "'device_id' is not name=value"),
    Misuse("call idi.device.get device_id=x", "device_id must be a number"),
    Misuse("call idi.device.get device_id=", "device_id must be a number"),
    Misuse("call idi.device.get device_id=1 device_id=2", "device_id is given twice"),
    Misuse("call idi.device.search filter=nope%20eq%201", "cannot filter by nope"),
    Misuse("call idi.device.search order_by=deviceID%20upwards", "is not a field with asc or desc"),
    Misuse("call idi.device.search top=lots", "top must be a number"),
    Misuse("call idi.device.get device_id=1 --route device.get", "is not name=value"),
    Misuse("call idi.device.get device_id=1 --route device.get=nonsense", "must look like 'GET /api/device/"),
    Misuse("call idi.device.get device_id=1 --body {}", "takes no body"),
    Misuse("call idi.device.update device_id=1 --yes", "also needs --body"),
    Misuse(f"{PATCH} {{", "--body is not JSON"),
    Misuse(f"{PATCH} @no.json", "no.json cannot be read"),
    Misuse(f"{PATCH} @.", "cannot be read"),
    Misuse(f"{PATCH} {{}}", "a patch is a JSON list"),
    Misuse(f'{PATCH} [{{"op":"move","path":"/bind"}}]', "not 'move'"),
    Misuse(f'{PATCH} [{{"op":"replace","path":"/bind"}}]', "needs a value"),
    Misuse(f'{PATCH} [{{"op":"replace","path":"/deviceID","value":1}}]', "cannot change deviceID"),
    Misuse('call idi.device.update device_id=1 --body [{"op":"remove","path":"/pin"}]', "say --yes"),
    Misuse("doctor --probe --id device_id", "--id 'device_id' is not name=value"),
    # contradictions
    Misuse(f"{GET} --resume --restart", "--resume goes on with a run and --restart drops it"),
    Misuse(f"{GET} --retry-failed", "--retry-failed goes with --resume"),
    Misuse(f"{GET} --quiet --verbose", "contradict each other"),
    Misuse(f"{GET} --all-matches", "--all-matches goes with --by"),
    Misuse(f"{GET} --limit 5", "is not a collection"),
    Misuse(f"{GET} --column device_id", "a text file has no columns"),
    Misuse(f"{GET} --keep name", "a text file has no columns"),
    Misuse(f"{GET} --coalesce", "cannot be asked for many keys at once"),
    Misuse(f"{GET} --summary xml", "is not one of text, json"),
    Misuse(f"{GET} --param device_id=5", "device_id is filled by the keys"),
    Misuse(f"{BY} --key service_number", "give one of them"),
    Misuse(f"{BY} --coalesce", "leave --coalesce out"),
    Misuse(f"{BY} --param top=5", "makes no sense with --by"),
    Misuse("call idi.device.get device_id=1 --limit 5", "is not a collection"),
    Misuse("call idi.device.get device_id=1 --json --output csv", "contradict each other"),
    Misuse("call idi.device.get device_id=1 --output xml", "is not one of table, json, csv"),
    Misuse("operations --json --output table", "contradict each other"),
    Misuse("call abzorb.orders.get order_id=1 --environment staging", "leave out --base-url and unset"),
    Misuse("doctor --id device_id=1", "--id goes with --probe"),
    Misuse(f"{GET} --shared-rate redis://x:1/0", "--rate says how much"),
    Misuse("lookup idi.device.create --input in.txt --out o.csv", "cannot be run in bulk"),
    # files
    Misuse("lookup idi.device.get --input no.csv --out o.csv", "there is no file no.csv"),
    Misuse("lookup idi.device.get --input in.txt --out .", "is a folder: name a file"),
    Misuse("lookup idi.device.get --input in.txt --out no/o.csv", "there is no folder no"),
    Misuse("lookup idi.device.get --input in.txt --out in.txt --format csv", "are the same file"),
    Misuse(f"{GET} --errors-out o.csv", "are the same file"),
    Misuse("lookup idi.device.get --input in.txt --out o.xlsx", "does not say its format"),
    Misuse(
        "lookup idi.device.get --input in.xlsx --out o.csv", "does not say what it holds",
        files={"in.xlsx": "x"},
    ),
    Misuse(
        "lookup idi.device.get --input in.txt --out - --format parquet",
        "to standard output: give a file",
    ),
    Misuse("lookup idi.device.get --input in.txt --out - --resume", "give --checkpoint FILE"),
    Misuse(f"{GET} --input-format xml", "is not one of csv, jsonl, parquet, text"),
    Misuse(GET, "holds no keys", files={"in.txt": "\n\n"}),
    Misuse(GET, "is not UTF-8 text", files={"in.txt": "\udcff\udcfe\udcfa"}),
    Misuse(
        GET.replace("txt", "csv"), "has no column 'device_id'; it has: a, b",
        files={"in.csv": "a,b\n1,2\n"},
    ),
    Misuse(
        GET.replace("txt", "csv"), "2 columns 'device_id'",
        files={"in.csv": "device_id,device_id\n1,2\n"},
    ),
    Misuse(GET.replace("txt", "jsonl"), "line 1: is not JSON", files={"in.jsonl": "{\n"}),
    Misuse(GET.replace("txt", "parquet"), "cannot be read as Parquet", files={"in.parquet": "x"}),
    Misuse(GET, "o.csv.checkpoint", files=KEYS | {"o.csv.checkpoint": "no checkpoint" * 99}),
    # settings
    Misuse(
        "call idi.device.get device_id=1", "set TRUNKLINE_IDI_USER in",
        environ={"TRUNKLINE_IDI_USER": ""},
    ),
    Misuse("call idi.device.get device_id=1 --base-url http://vendor.example", "must be https"),
    Misuse("call idi.device.get device_id=1 --profile prod", "there is none at"),
    Misuse("call idi.device.get device_id=1", "no such file", environ={"TRUNKLINE_CONFIG": "no.toml"}),
    Misuse("config show", "is not TOML", files={"trunkline.toml": "[profile"}),
    Misuse(
        "config show --profile prod", "did you mean 'prud'",
        files={"trunkline.toml": "[profile.prud.idi]\n"},
    ),
    Misuse(
        "config show --profile a", "did you mean 'rate'",
        files={"trunkline.toml": "[profile.a.idi]\nrat='1/s'\n"}
    ),
    Misuse(GET, "TRUNKLINE_IDI_RATE must be requests per time", environ={"TRUNKLINE_IDI_RATE": "fast"}),
    Misuse(f"{GET} --rate fast", "is not a rate"),
    Misuse(f"{GET} --environment a/b", "must be one segment"),
    Misuse("sandbox --faults nonsense", "nonsense"),
    Misuse("sandbox --store nonsense", "no SQLAlchemy URL"),
    Misuse("sandbox --port 99999", "99999 is not in the range 0<=x<=65535"),
    # nobody answers
    Misuse("call abzorb.customers.list_all", "127.0.0.1:9", code=1),
]  # fmt: skip


@pytest.mark.parametrize("misuse", MISUSES, ids=lambda misuse: misuse.typed)
def test_misuse_is_one_line_and_an_exit_code(
    misuse: Misuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    for name, value in {**ENVIRON, **misuse.environ}.items():
        monkeypatch.setenv(name, value)
    for name, text in misuse.files.items():
        (tmp_path / name).write_bytes(os.fsencode(text))
    code = main([word.replace("%20", " ") for word in misuse.typed.split()])
    said = capsys.readouterr()
    assert (code, said.out) == (misuse.code, "")
    (line,) = [line for line in said.err.splitlines() if not line.startswith("nothing was kept")]
    assert line.startswith("error: ")
    assert misuse.says in line
    assert not [word for word in ("Traceback", "hunter2", "Client(", "auth=") if word in line]
    assert set(os.listdir(tmp_path)) == set(misuse.files)


def test_table_is_as_long_as_it_was_promised() -> None:
    assert len(MISUSES) >= 84
