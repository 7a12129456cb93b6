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
    Misuse(
        "config show --profile a", "[profile.a.idi]: routes: there is no operation 'device.serch'; did "
        "you mean 'device.search'?",
        files={"trunkline.toml": "[profile.a.idi]\nroutes={'device.serch'='GET /d'}\n"},
    ),
    Misuse(
        "config show --profile a", "[profile.a.idi]: routes['device.get'] must look like 'GET /api/device",
        files={"trunkline.toml": "[profile.a.idi]\nroutes={'device.get'='GOT /d'}\n"},
    ),
    Misuse(
        "config show --profile a", "[profile.a.abzorb]: client_cert no.pem: there is no such file",
        files={"trunkline.toml": "[profile.a.abzorb]\nclient_cert=['trunkline.toml', 'no.pem']\n"},
    ),
    Misuse("config show", "_CA_FILE: ca_file no.pem: there", environ={"TRUNKLINE_IDI_CA_FILE": "no.pem"}),
    Misuse(GET, "ca_file no.pem: there is no such file", environ={"TRUNKLINE_IDI_CA_FILE": "no.pem"}),
    Misuse(GET, "did you mean 'device.get'?", environ={"TRUNKLINE_IDI_ROUTES": "devise.get=GET /d"}),
    Misuse(GET, "TRUNKLINE_IDI_RATE must be requests per time", environ={"TRUNKLINE_IDI_RATE": "fast"}),
    Misuse(f"{GET} --rate fast", "is not a rate"),
    Misuse(f"{GET} --environment a/b", "must be one segment"),
    Misuse("sandbox --faults nonsense", "nonsense"),
    Misuse("sandbox --store nonsense", "no SQLAlchemy URL"),
    Misuse("sandbox --port 99999", "99999 is not in the range 0<=x<=65535"),
    # siblings: commands and options
    Misuse("sandbx", "Did you mean 'sandbox'? See: trunkline --help"),
    Misuse("LOOKUP", "No such command 'LOOKUP'"),
    Misuse("-x", "No such option: -x. See: trunkline --help"),
    Misuse("config show --profil x", "--profile"),
    Misuse("config show --api abz", "did you mean abzorb?"),
    Misuse("sandbox extra", "unexpected extra argument (extra). See: trunkline sandbox --help"),
    Misuse("sandbox --rows -1", "-1 is not in the range"),
    Misuse("sandbox --seed x", "'x' is not a whole number"),
    Misuse("sandbox --workers 0", "0 is not in the range"),
    Misuse("sandbox --faults 429:200%", "'200%' is no rate; write a percentage"),
    Misuse("sandbox --scenario no.yaml", "the scenario no.yaml cannot be read"),
    Misuse("sandbox --data no.json", "the data no.json cannot be read"),
    Misuse("sandbox --tls in.txt", "in.txt is a file: name a folder"),
    Misuse("sandbox --write-data-template no/t.json", "no/t.json cannot be written"),
    Misuse("demo --rows 5", "5 is not in the range"),
    Misuse("demo --out in.txt", "in.txt is a file: name a folder"),
    Misuse("demo --faults nonsense", "'nonsense' is no kind of fault"),
    Misuse("operations --output xml", "is not one of table, json, csv"),
    # siblings: names and values
    Misuse("call IDI.device.get device_id=1", "did you mean idi.device.get"),
    Misuse("call idi.devices.get device_id=1", "did you mean idi.device.get"),
    Misuse("call idi.device.gte --help", "did you mean idi.device.get"),
    Misuse("call idi.device.get 1000", "'1000' is not name=value; write device_id=1000"),
    Misuse("call idi.device.get DEVICE_ID=1", "it has: device_id"),
    Misuse("call idi.device.get --device-id=1", "No such option: --device-id"),
    Misuse("call idi.device.get device_id=1.5", "device_id must be an integer"),
    Misuse("call idi.device.get device_id=1e3", "a spreadsheet wrote it like 1.2E+11"),
    Misuse("call idi.device.get device_id=one", "device_id must be a number"),
    Misuse("call idi.device.get deviceID=1 device_id=1", "device_id is given twice"),
    Misuse("call idi.service.search filter=", "the filter text is empty"),
    Misuse("call idi.service.search filter=customer_id%20eq%2012", "did you mean customerID?"),
    Misuse("call idi.service.search order_by=nope", "cannot sort by nope"),
    Misuse("call idi.device.get device_id=1 --route device.get=GOT", "must look like 'GET /api/device"),
    Misuse("call idi.device.get device_id=1 --profile nope", "needs a settings file; there is none at"),
    Misuse("call idi.device.get device_id=1 --drift no/d.json", "there is no folder no for d.json"),
    Misuse("call idi.device.get device_id=1 --output json --raw-csv", "--raw-csv goes with --output csv"),
    Misuse("call abzorb.orders.create", "also needs --body (type CreateOrderRequest)"),
    Misuse("call abzorb.orders.create --yes --body {}", "body.customer_id must be given"),
    Misuse(f"{PATCH} []", "the patch is empty; nothing was sent"),
    Misuse(f"{PATCH} null", "a patch is a JSON list"),
    Misuse(f"{PATCH} [1]", "each step of a patch is"),
    Misuse(f'{PATCH} [{{"op":"replace","path":"/bnd","value":1}}]', "cannot change bnd"),
    Misuse("lookup idi.devic.get --input in.txt --out o.csv", "did you mean idi.device.get"),
    Misuse("lookup idi.service.search --input in.txt --out o.csv", "choose one with --key: count, filter"),
    Misuse("lookup idi.security_token.login --input in.txt --out o.csv", "takes no parameter that keys"),
    Misuse("lookup idi.device.get --by service.service_number --input in.txt --out o.csv", "asks a search"),
    Misuse("lookup --by idi.device.nope --input in.txt --out o.csv", "cannot be filtered by 'nope'"),
    Misuse("export idi.device.get --out x.csv", "is not a collection"),
    Misuse("export idi.device.serch --out x.csv", "did you mean idi.device.search"),
    Misuse("export idi.device.search --out x.txt", "give a format: parquet, csv or jsonl"),
    Misuse("export idi.device.search --out x.csv --since yesterday", "is not a time such as 2026-01-31"),
    Misuse("export idi.device.search --out x.csv --resume --restart", "give one of them"),
    Misuse("plan idi.device.get --input in.csv --out c.plan", "changes nothing: use `trunkline lookup`"),
    Misuse("plan idi.device.updat --input in.csv --out c.plan", "did you mean idi.device.update"),
    Misuse("apply no.plan", "there is no journal no.plan"),
    Misuse("apply in.txt", "in.txt cannot be opened"),
    Misuse("doctor --drift d.json", "--drift goes with --probe"),
    Misuse("doctor --route x", "No such option: --route"),
    # siblings: files, columns, contradictions of lookup
    Misuse("lookup idi.device.get --input= --out o.csv", "--input is empty: name a file"),
    Misuse("lookup idi.device.get --input in.txt --out=", "--out is empty: name a file"),
    Misuse("lookup idi.device.get --input in.txt --out o", "does not say its format"),
    Misuse(f"{GET} --format xml", "is not one of parquet, csv, jsonl"),
    Misuse(f"{GET} --errors-out no/e.csv", "there is no folder no for e.csv"),
    Misuse(f"{GET} --errors-out .", "--errors-out . is a folder: name a file"),
    Misuse(f"{GET} --report no/r.html", "--report: there is no folder no for r.html"),
    Misuse(f"{GET} --report .", "--report . is a folder"),
    Misuse(f"{GET} --report o.csv", "are the same file"),
    Misuse(f"{GET} --report r.html --drift r.html", "are the same file"),
    Misuse(f"{GET} --checkpoint in.txt", "are the same file"),
    Misuse(f"{GET} --checkpoint no/c", "there is no folder no for c"),
    Misuse(f"{GET} --raw-csv --format jsonl", "--raw-csv goes with CSV"),
    Misuse(f"{GET} --rate 20", "'20' is not a rate; write requests per time: 20/s, 1200/min"),
    Misuse(f"{GET} --rate 0/s", "is not a rate"),
    Misuse(f"{GET} --outage soon", "is not a duration; write 90s"),
    Misuse(f"{GET} --normalize XX", "is not a region such as GB or US"),
    Misuse(f"{GET} --shared-rate nonsense --rate 5/s", "--shared-rate must be such as redis://"),
    Misuse(f"{GET} --shared-rate redis://u:hunter2@x:1/0 --rate 5/s", "does not belong on the command line"),
    Misuse(f"{GET} --base-url ftp://x", "must be a full URL"),
    Misuse(f"{GET} --base-url http://u:hunter2@127.0.0.1:9", "must not hold a user name or password"),
    Misuse(f"{GET} --dask local:0", "--out names a folder, without an ending"),
    Misuse(
        "lookup idi.device.get --input in.txt --out folder --dask local:0",
        "--dask local:N starts N workers on this machine: local:4",
    ),
    Misuse(
        "lookup idi.device.get --input in.txt --out folder --dask scheduler:8786",
        "'scheduler:8786' is neither the address of a scheduler, tcp://scheduler:8786, nor local:4",
    ),
    Misuse(
        "lookup idi.device.get --input s3://in/keys.csv --out folder --dask local:1",
        "workers read Parquet from a URL",
    ),
    Misuse(
        "lookup idi.device.get --input in.txt --out folder --dask local:1 --restart",
        "--dask: --restart does not reach the workers",
    ),
    Misuse(
        "lookup idi.device.get --input in.txt --out folder --dask local:1 --resume --retry-failed",
        "Delete the files of folder whose column error_type holds something; the same command without",
    ),
    Misuse(
        "lookup idi.device.get --input in.txt --out folder --dask local:1 --retry-failed",
        "Delete the files of folder whose column error_type holds something; the same command without",
    ),
    Misuse("export idi.device.search --out d.csv --filter a --filter b", "several filters go with --dask"),
    Misuse("export idi.device.search --out d.csv --filters in.txt", "several filters go with --dask"),
    Misuse("export idi.device.search --out d.csv --dask local:1", "--out names a folder, without an ending"),
    Misuse("export idi.device.search --out d --dask local:1 --format xml", "is not one of parquet"),
    Misuse("export idi.device.search --out d --dask local:1 --restart", "--restart does not reach"),
    Misuse("apply a.plan --dask nowhere", "is neither the address of a scheduler"),
    Misuse(
        "lookup idi.device.get --input in.txt --out folder --dask local:1 --errors-out failed.csv",
        "--dask: --errors-out does not reach the workers",
    ),
    Misuse(
        "lookup idi.device.get --input in.csv --out o.csv --column devise_id", "did you mean device_id?",
        files={"in.csv": "device_id,name\n1000,a\n"},
    ),
    Misuse(
        "lookup idi.device.get --input in.csv --out o.csv --keep nmae", "did you mean name?",
        files={"in.csv": "device_id,name\n1000,a\n"},
    ),
    Misuse(
        "lookup idi.device.get --input in.csv --out o.csv", "holds no keys",
        files={"in.csv": "device_id\n"},
    ),
    Misuse(
        "lookup idi.device.get --input in.jsonl --out o.csv", "line 1: holds a list",
        files={"in.jsonl": "[1]\n"},
    ),
    Misuse(
        "call idi.device.get device_id=1", "TRUNKLINE_IDI_CONCURRENCY must be a whole number",
        environ={"TRUNKLINE_IDI_CONCURRENCY": "many"},
    ),
    # nobody responds
    Misuse("call idi.device.get device_id=1", "to 127.0.0.1:9 was refused", code=1),
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
    assert len({misuse.typed for misuse in MISUSES}) >= 160


@pytest.mark.parametrize(
    "command",
    ["demo", "lookup", "plan", "apply", "export", "operations", "sandbox", "doctor", "call", "config show"],
)
def test_help_has_examples_and_no_words_of_python(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert f"Examples: trunkline {command}" in " ".join(text.split())
    assert not [word for word in ("<str>", "<int>", "<path>", "None", "True") if word in text]
