"""Rows of the user's own, from files, checked against the models."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import START, Caller, basic, sign_in, wrap
from trunkline.errors import ConfigError
from trunkline.sandbox import Clock, Sandbox, SandboxConfig
from trunkline.sandbox.seed import own_rows
from trunkline.sandbox.state import SandboxState

DEVICE = {"deviceID": 77, "serialNumber": "OWN-1", "deviceStatusID": 3, "bind": True}
CONNECTION = {"contractId": 1, "cli": "07700900999", "customerId": 5, "status": "Active", "bars": []}


@pytest.fixture
def template(tmp_path: Path) -> dict[str, Any]:
    state = SandboxState(SandboxConfig(rows=3))
    found = own_rows.template(state.store)
    state.close()
    return found


async def served(path: Path, session: aiohttp.ClientSession) -> tuple[Any, Any, Any]:
    """What the sandbox returns for the device, the search and the connection of one's own."""
    async with Sandbox(rows=0, data=str(path), clock=Clock(lambda: START)) as sandbox:
        for _ in range(2):
            idi = Caller(session, sandbox.idi_url, wrap((await sign_in(session, sandbox)).json))
            device = (await idi.get("/api/device/77")).json
            found = (await idi.get("/api/device", _filter="serialNumber eq 'OWN-1'")).json["value"]
            abzorb = Caller(session, sandbox.abzorb_url, basic())
            connection = (await abzorb.get("/Connections/?cli=07700900999")).json
            sandbox.reset()
        return device, found, connection


@pytest.mark.parametrize("name", ["own.json", "own.yaml", "own"])
async def test_own_rows_are_served(name: str, tmp_path: Path, session: aiohttp.ClientSession) -> None:
    """JSON, YAML and CSV alike; alone, when no made-up rows are wanted; again after a reset."""
    path = tmp_path / name
    if path.suffix:
        path.write_text(json.dumps({"device": [DEVICE], "ab_connection": [CONNECTION]}))
    else:
        path.mkdir()
        for kind, row in (("device", DEVICE), ("ab_connection", CONNECTION)):
            with (path / f"{kind}.csv").open("w", newline="") as sink:
                writer = csv.DictWriter(sink, list(row))
                writer.writeheader()
                writer.writerow(row)
    device, found, connection = await served(path, session)
    assert device == DEVICE
    assert found == [DEVICE]
    assert connection == CONNECTION


async def test_own_row_replaces_a_made_up_one(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    """By its key; keys that are given out begin behind the highest one."""
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"sim": [{"simID": 3, "simNumber": "OWN"}, {"simID": 900, "simNumber": "X"}]}))
    async with Sandbox(rows=20, data=str(path)) as sandbox:
        idi = Caller(session, sandbox.idi_url, wrap((await sign_in(session, sandbox)).json))
        assert (await idi.get("/api/sim/3")).json == {"simID": 3, "simNumber": "OWN"}
        assert (await idi.get("/api/sim/4")).status == 200
        made = await idi.post("/api/sim", {"imsi": "1", "simNumber": "1", "simClassID": 1})
        assert made.json["simID"] == 901


def test_template_is_a_file_that_loads(tmp_path: Path, template: dict[str, Any]) -> None:
    """Every kind of row is in it, and what it holds passes its own check."""
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    loaded = own_rows.load(path)
    assert {entity.name: rows for entity, rows in loaded.items()} == template
    assert all(template.values())
    state = SandboxState(SandboxConfig(rows=0, data=str(path)))
    assert {name: rows[:1] for name, rows in own_rows.template(state.store).items() if name == "device"} == {
        "device": template["device"][:1]
    }
    state.close()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.json", "{", "malformed"),
        ("a.json", "[]", "mapping from kinds"),
        ("a.txt", "", "must be a folder of CSV files, or end in"),
        ("a.json", '{"gadget": []}', "no kind of row is called 'gadget'; known are device, sim"),
        ("a.json", '{"device": {}}', "device must be a list"),
        ("a.json", '{"device": [5]}', "device, row 1 is no mapping"),
        ("a.json", '{"device": [{}, {"serialNo": "x"}]}', "row 2: Device has no field 'serialNo'"),
        ("a.json", '{"device": [{"bind": "yes"}]}', "row 1: bind is of another type"),
        (
            "a.json",
            '{"device": [{"lastModifiedDate": "2020-99-01T00:00:00Z"}]}',
            "lastModifiedDate is no date",
        ),
        ("a.json", '{"device": [{"_secret": 1}]}', "no field '_secret'"),
        ("a.json", '{"ab_number": [{"networkId": 1}]}', "cli is missing"),
    ],
)
def test_own_rows_refused_with_the_place(tmp_path: Path, name: str, text: str, says: str) -> None:
    """File, kind, row and field of what is wrong."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=says):
        own_rows.load(tmp_path / name)


def test_own_folder_without_files(tmp_path: Path) -> None:
    """Neither an empty folder nor a missing file is taken for no data."""
    with pytest.raises(ConfigError, match="holds no CSV file"):
        own_rows.load(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        own_rows.load(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="at least 1"):
        SandboxConfig(rows=0)
