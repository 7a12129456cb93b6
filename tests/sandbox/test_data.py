"""Rows of the user's own, from files, checked against the models."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import START, Caller, basic, sign_in, wrap
from trunkline.errors import ConfigError
from trunkline.sandbox import Clock, Sandbox, SandboxConfig
from trunkline.sandbox.seed import own_rows
from trunkline.sandbox.state import SandboxState
from trunkline.sandbox.store.needed import NEEDED, fill

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


LEAN = {
    "device": {"deviceID": 1, "serialNumber": "A1"},
    "service": {"serviceID": 1, "customerID": 1, "serviceNumber": "5", "handsetSerialNumber": "A1"},
    "customer": {"customerID": 1},
    "service_address": {"serviceAddressID": 1, "customerID": 1},
    "advance_pay_service": {"serviceID": 1},
    "coverage_indicator": {"coverageIndicatorID": 1},
    "feature": {"featureID": 1, "serviceID": 1},
    "contract": {"contractID": 1, "serviceID": 1, "termMonths": 12, "disconnectDate": "2021-01-01"},
    "package": {"packageID": 1},
    "ab_customer": {"customerId": 1},
    "ab_connection": {"contractId": 1, "cli": "07700900001", "customerId": 1},
    "ab_order": {"orderId": 1, "customerId": 1, "mobiles": [{"orderMobileId": 1, "cli": "07700900999"}]},
    "ab_task": {"taskId": 1, "customerId": 1},
    "ab_tariff": {"tariffId": 5120},
    "ab_bundle": {"tariffOptionId": 9127, "networkId": 1, "_term": 1},
}
CLI, CONTRACT, ORDER = {"cli": "07700900001"}, {"contractId": 1}, {"orderId": 1}
MOBILE = ORDER | {"orderMobileId": 1}
TASK = {"customerId": 1, "diaryTypeId": 14, "diaryTaskId": 203, "subject": "x", "description": "y"}
REVERSAL = {"adjustmentTypeID": 1, "disconnectDate": "2021-01-01", "reconnectDate": "2021-02-15"}
BATCH = {
    "CustomerID": 1, "E911ClassOfServiceID": 1, "E911TypeOfServiceID": 1, "FunctionCode": "C",
    "ServiceAddressID": 1, "ServiceNumber": "5",
}  # fmt: skip


@pytest.fixture
async def lean(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox whose rows hold hardly more than their keys."""
    path = tmp_path / "own.json"
    path.write_text(json.dumps({kind: [row] for kind, row in LEAN.items()}))
    async with Sandbox(rows=0, data=str(path), clock=Clock(lambda: START)) as sandbox:
        yield sandbox


def step(name: str, value: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/{name}", "value": value}]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/device/1", step("pin", "1")),
        ("POST", "/device/1/disassociate", {"allowOnActiveServices": True}),
        ("PATCH", "/feature/1", step("payInInstallments", False)),
        ("POST", "/contract/1/calculateEarlyTerminationFee", {"date": "2020-06-01"}),
        ("GET", "/package/1/taxByComponentAllocation", None),
        ("PATCH", "/coverageServiceArea/coverageIndicator/1", step("coverageIndicator", "x")),
        ("PUT", "/coverageServiceArea/coverageArea/12345", {"coverageIndicatorID": 1, "csa": "x"}),
        ("POST", "/e911/batchDetail", BATCH),
        ("PATCH", "/service/1/serviceE911Information", step("e911ServiceAddressID", 1)),
        ("POST", "/service/1/reverseContractPenalties", REVERSAL),
        ("POST", "/service/1/reverseInstallmentPlans", REVERSAL),
        ("PATCH", "/service/1", step("autoRenewAdvancePay", True)),
    ],
)
async def test_idi_operation_on_a_lean_row_works(
    lean: Sandbox, session: aiohttp.ClientSession, method: str, path: str, body: Any
) -> None:
    """Each was a 500: a field that the user's row left out was taken to be there."""
    idi = Caller(session, lean.idi_url + "/api", wrap((await sign_in(session, lean)).json))
    headers = idi.headers | {"Content-Type": "application/json"}
    response = await idi(method, path, body, headers=headers)
    assert response.status == 200, response.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/Connections/GetUsageInformationForCli?cli=07700900001", None),
        ("GET", "/Alerting/GetCliAlertingBarStatus?cli=07700900001", None),
        ("GET", "/Connections/GetTariffsForContract?contractId=1", None),
        ("GET", "/Tasks/ViewTaskStatus?taskId=1", None),
        ("GET", "/Orders/MonitorOrder?orderId=1", None),
        ("POST", "/Connections/ChangeTariff", CONTRACT | {"tariffId": 5121}),
        ("POST", "/Connections/ChangeSIM", CLI | {"newSim": "8944100999999999999"}),
        ("POST", "/Connections/CreateEsimRequest", CLI),
        ("POST", "/Connections/AddOrRemoveBar", CONTRACT | {"barSuffix": "INTL", "action": "Add"}),
        ("POST", "/Connections/AddBundle", CONTRACT | {"tariffOptionId": 9127}),
        ("POST", "/Switching/CreatePacRequest", CLI),
        ("POST", "/Tasks/", TASK | CONTRACT),
        ("POST", "/Orders/", {"customerId": 1}),
        ("POST", "/Orders/SubmitOrder", ORDER),
        ("POST", "/Orders/ReturnOrderToDraft", ORDER),
        ("POST", "/Orders/AddBarToMobileOrder", MOBILE | {"barSuffix": "INTL"}),
        ("POST", "/Orders/AddBundleToMobileOrder", MOBILE | {"tariffOptionId": 9127}),
        ("POST", "/Orders/RemoveMobileFromOrder", MOBILE),
        (
            "POST",
            "/Connections/CreateAbzConnection",
            {"customerId": 1, "tariffId": 5120, "simNumber": "8944100999999999998"},
        ),
    ],
)
async def test_abzorb_request_for_a_lean_row_works(
    lean: Sandbox, session: aiohttp.ClientSession, method: str, path: str, body: Any
) -> None:
    """And what it brings about later takes effect."""
    abzorb = Caller(session, lean.abzorb_url, basic())
    response = await abzorb(method, path, body)
    assert response.status == 200, response.text
    lean.clock.advance(1000)
    assert (await abzorb.get("/Connections/GetConnectionByCustomerId?customerId=1")).status == 200


async def test_lean_row_is_sent_as_it_was_given(lean: Sandbox, session: aiohttp.ClientSession) -> None:
    """What operations fill in is theirs: a vendor that leaves a field out is what the user wants to try."""
    abzorb = Caller(session, lean.abzorb_url, basic())
    assert (await abzorb.get("/Connections/", cli="07700900001")).json == LEAN["ab_connection"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"featureID": 1, "quantitiy": 2}, "no field 'quantitiy'"),
        ({"featureID": 1, "quantity": "2"}, "quantity is of another type"),
        ({"featureID": 1, "quantity": True}, "quantity is of another type"),
        ({"featureID": 1, "billed": 1}, "billed is of another type"),
        ({"featureID": 1, "charge": 2}, ""),
        ({"featureID": 1, "charge": None}, ""),
        ({"contractID": 1, "startDate": "soon"}, "startDate is no date"),
        ({"contractID": 1, "startDate": "2020-01-31"}, ""),
        ({"packageID": 1, "children": 5}, "children is of another type"),
    ],
)
def test_row_without_a_model_is_checked_too(tmp_path: Path, row: dict[str, Any], says: str) -> None:
    """A misspelt name was taken, and the operation then saw nothing of it."""
    kind = next(iter(row)).removesuffix("ID")
    path = tmp_path / "own.json"
    path.write_text(json.dumps({kind: [row]}))
    if not says:
        assert list(own_rows.load(path).values()) == [[row]]
        return
    with pytest.raises(ConfigError, match=says):
        own_rows.load(path)


def test_fill_shares_no_list_between_rows() -> None:
    """A bar that was added to one row was in the next one as well."""
    one, other = fill({}, NEEDED["ab_connection"]), fill({"bars": [{}]}, NEEDED["ab_connection"])
    one["bars"].append({"barSuffix": "INTL"})
    assert fill({}, NEEDED["ab_connection"])["bars"] == []
    assert other["bars"] == [{"barSuffix": "", "active": False}]
    assert fill({"alerting": None}, NEEDED["ab_connection"])["alerting"]["dataUsedMb"] == 0
