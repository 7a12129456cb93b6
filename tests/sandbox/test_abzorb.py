"""The Abzorb requests: state, validations, and what the clock brings about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.callers import Caller, Response
from trunkline.sandbox import Sandbox

CUSTOMER = {
    "customerName": "Larkfield Joinery Ltd", "coRegNumber": "09912345", "contactName": "Morgan Ashdown",
    "email": "morgan@larkfield.example", "telephone": "01632960114",
    "address": {"line1": "4 Kiln Yard", "town": "Thornbridge", "postcode": "ZZ99 1AB"},
    "sortCode": "00-00-00", "bankAccountNumber": "00012345",
}  # fmt: skip
NEW = {"connectionType": "New", "cli": "", "networkId": 1, "tariffId": 5120}
PORT = NEW | {"connectionType": "Port", "cli": "07700900999", "pac": "ABC123456", "portDate": "2025-11-04"}


def invalid(response: Response, says: str = "") -> None:
    """A failed validation."""
    assert response.status == 400, response.text
    assert says in response.json["response_message"]


async def draft(abzorb: Caller, *mobiles: dict[str, Any], customer: int = 20000) -> tuple[int, list[Any]]:
    """An order with mobiles."""
    order = (await abzorb.post("/Orders/", {"customerId": customer})).json["orderId"]
    made = [await abzorb.post("/Orders/AddMobileToOrder", {"orderId": order} | mobile) for mobile in mobiles]
    assert all(response.status == 200 for response in made), [response.text for response in made]
    return order, [response.json for response in made]


async def live(abzorb: Caller, **wanted: Any) -> Any:
    """The first active connection with the given values."""
    for place in range(150):
        row = (await abzorb.get(f"/Connections/?cli=07700900{place:03d}")).json
        if row["status"] == "Active" and all(row[name] == value for name, value in wanted.items()):
            return row
    raise AssertionError(f"no connection has {wanted}")


async def test_connection_by_cli(abzorb: Caller) -> None:
    """The example of the spec finds its contract; capZ and alerting are there."""
    row = (await abzorb.get("/Connections/?cli=07700900123")).json
    assert row["contractId"] == 104233
    assert row["capZ"]["capUnit"] == "GB"
    assert row["alerting"]["alertCli"] == "07700900123"
    of_customer = (
        await abzorb.get(f"/Connections/GetConnectionByCustomerId?customerId={row['customerId']}")
    ).json
    assert row in of_customer


async def test_connection_by_cli_refused(abzorb: Caller) -> None:
    """Missing and malformed are validations, unknown is 404."""
    invalid(await abzorb.get("/Connections/"), "missing")
    invalid(await abzorb.get("/Connections/?cli=12"), "not a valid")
    response = await abzorb.get("/Connections/?cli=07999999999")
    assert (response.status, list(response.json)) == (404, ["error"])
    invalid(await abzorb.get("/Connections/GetConnectionByCustomerId?customerId=1"), "No customer 1")
    invalid(await abzorb.get("/Connections/GetConnectionByCustomerId?customerId=x"), "number")


async def test_customer_create_then_read(abzorb: Caller) -> None:
    """Bank details are never returned; the registration number is unique."""
    made = await abzorb.post("/Customers/", CUSTOMER)
    assert made.status == 200
    assert "00012345" not in made.text
    assert (await abzorb.get(f"/Customers/{made.json['customerId']}")).json == made.json
    assert made.json in (await abzorb.get("/Customers/")).json
    twice = await abzorb.post("/Customers/", CUSTOMER)
    assert (twice.status, list(twice.json)) == (409, ["error"])
    assert (await abzorb.get("/Customers/1")).status == 404
    for change in (
        {"email": ""},
        {"email": "x"},
        {"address": {"town": "x"}},
        {"coRegNumber": "1"},
        {"telephone": 5},
    ):
        invalid(await abzorb.post("/Customers/", CUSTOMER | change))
    invalid(
        await abzorb.post("/Customers/", CUSTOMER | {"coRegNumber": "09912346", "dateOfBirth": "2020-01-01"}),
        "adult",
    )


async def test_order_goes_from_draft_to_a_live_connection(abzorb: Caller, sandbox: Sandbox) -> None:
    """Draft, Submitted, In Progress, Completed: by the clock alone; the connection has what was ordered."""
    order, (mobile,) = await draft(
        abzorb, NEW | {"billCapOffered": True, "enableBillCap": True, "billCapValue": 45}
    )
    named = {"orderId": order, "orderMobileId": mobile["orderMobileId"]}
    await abzorb.post("/Orders/AddBundleToMobileOrder", named | {"tariffOptionId": 9127})
    await abzorb.post("/Orders/AddBarToMobileOrder", named | {"barSuffix": "INTL"})
    assert (await abzorb.post("/Orders/SubmitOrder", {"orderId": order})).json["status"] == "Submitted"
    seen = []
    for _ in range(4):
        found = (await abzorb.get(f"/Orders/MonitorOrder?orderId={order}")).json
        seen.append((found["status"], found["contracts"][0]["status"]))
        sandbox.clock.advance(sandbox.config.order_seconds)
    assert [status for status, _ in seen] == ["Submitted", "In Progress", "Completed", "Completed"]
    assert all(one == other for one, other in seen)
    row = (await abzorb.get(f"/Connections/?cli={mobile['cli']}")).json
    assert (row["status"], row["billCapValue"]) == ("Active", 45)
    assert [bundle["tariffOptionId"] for bundle in row["bundles"]] == [9127]
    assert [bar["barSuffix"] for bar in row["bars"]] == ["INTL"]
    (ticket,) = (await abzorb.get(f"/Orders/GetTicketsForOrder?orderId={order}")).json
    assert (ticket["status"], ticket["closedAt"]) == ("Closed", "2025-10-09T08:55:20Z")
    invalid(await abzorb.post("/Orders/ReturnOrderToDraft", {"orderId": order}), "already completed")


async def test_order_progress_catches_up_after_a_long_time(abzorb: Caller, sandbox: Sandbox) -> None:
    """A clock that jumps passes through every state on the way."""
    order, _ = await draft(abzorb, NEW)
    await abzorb.post("/Orders/SubmitOrder", {"orderId": order})
    sandbox.clock.advance(86_400)
    found = (await abzorb.get(f"/Orders/MonitorOrderBulk?orderIds={order},1,{order}")).json
    assert [(row["orderId"], row["status"]) for row in found] == [(order, "Completed")]


async def test_order_returned_to_draft_can_be_changed(abzorb: Caller, sandbox: Sandbox) -> None:
    """Its pending connection is gone, nothing goes on, and it can be submitted again."""
    order, (mobile,) = await draft(abzorb, NEW)
    named = {"orderId": order, "orderMobileId": mobile["orderMobileId"]}
    await abzorb.post("/Orders/SubmitOrder", {"orderId": order})
    for path in ("RemoveMobileFromOrder", "AddBarToMobileOrder", "AddBundleToMobileOrder"):
        body = named | {"barSuffix": "INTL", "tariffOptionId": 9127}
        invalid(await abzorb.post(f"/Orders/{path}", body), "not a draft")
    back = (await abzorb.post("/Orders/ReturnOrderToDraft", {"orderId": order})).json
    assert (back["status"], back["submittedAt"]) == ("Draft", None)
    sandbox.clock.advance(86_400)
    assert (await abzorb.get(f"/Orders/{order}")).json["status"] == "Draft"
    assert (await abzorb.get(f"/Connections/?cli={mobile['cli']}")).status == 404
    assert (await abzorb.post("/Orders/RemoveMobileFromOrder", named)).json["mobiles"] == []
    invalid(await abzorb.post("/Orders/SubmitOrder", {"orderId": order}), "no mobiles")


async def test_order_number_is_allocated_and_freed(abzorb: Caller) -> None:
    """A New mobile with an empty cli takes one of the available numbers."""
    path = "/Orders/ListAvailableNumbers?networkId=1"
    before = [row["cli"] for row in (await abzorb.get(path)).json]
    order, (mobile,) = await draft(abzorb, NEW)
    assert mobile["cli"] in before
    assert mobile["cli"] not in [row["cli"] for row in (await abzorb.get(path)).json]
    await abzorb.post(
        "/Orders/RemoveMobileFromOrder", {"orderId": order, "orderMobileId": mobile["orderMobileId"]}
    )
    assert sorted(row["cli"] for row in (await abzorb.get(path)).json) == sorted(before)
    invalid(await abzorb.get(path.replace("=1", "=3")), "Vodafone and O2")


@pytest.mark.parametrize(
    ("mobile", "says"),
    [
        (NEW | {"connectionType": "Gift"}, "connectionType"),
        (NEW | {"networkId": 9}, "No network 9"),
        (NEW | {"tariffId": 1}, "No tariff 1"),
        (NEW | {"tariffId": 5344}, "another network"),
        (NEW | {"networkId": 2, "tariffId": 5344, "esim": True}, "Vodafone"),
        (NEW | {"cli": "07700900999"}, "not available"),
        (NEW | {"networkId": 3, "tariffId": 5410}, "Vodafone and O2"),
        (
            NEW | {"tariffId": 5121, "billCapOffered": True, "enableBillCap": True, "billCapValue": 5},
            "not eligible",
        ),
        (NEW | {"enableBillCap": True, "billCapValue": 5}, "offered"),
        (NEW | {"billCapOffered": True, "enableBillCap": True}, "billCapValue"),
        (PORT | {"pac": "123"}, "pac"),
        (PORT | {"cli": ""}, "missing"),
        (PORT | {"portDate": "2025-10-01"}, "passed"),
        (PORT | {"portDate": None}, "portDate"),
        (PORT | {"connectionType": "Disconnection", "stac": "123456ABC"}, "no connection"),
        (PORT | {"connectionType": "Disconnection", "stac": "nope"}, "stac"),
    ],
)
async def test_order_mobile_refused(abzorb: Caller, mobile: dict[str, Any], says: str) -> None:
    """The rules of AddMobileToOrder, bill cap eligibility among them."""
    order, _ = await draft(abzorb)
    invalid(await abzorb.post("/Orders/AddMobileToOrder", {"orderId": order} | mobile), says)
    assert (await abzorb.get(f"/Orders/{order}")).json["mobiles"] == []


async def test_order_disconnection_ends_the_connection(abzorb: Caller, sandbox: Sandbox) -> None:
    """After completion the connection has ceased, and further requests fail with 402."""
    row = await live(abzorb)
    ending = {"connectionType": "Disconnection", "cli": row["cli"], "stac": "123456ABC"}
    mobile = ending | {"networkId": row["networkId"], "tariffId": row["tariffId"]}
    order, _ = await draft(abzorb, mobile, customer=row["customerId"])
    await abzorb.post("/Orders/SubmitOrder", {"orderId": order})
    sandbox.clock.advance(1000)
    assert (await abzorb.get(f"/Connections/?cli={row['cli']}")).json["status"] == "Ceased"
    response = await abzorb.post("/Switching/CreatePacRequest", {"cli": row["cli"]})
    assert (response.status, list(response.json)) == (402, ["error"])


async def test_bar_request_takes_effect_with_the_clock(abzorb: Caller, sandbox: Sandbox) -> None:
    """Pending at first; on, then off; twice is refused."""
    row = await live(abzorb)
    body = {"contractId": row["contractId"], "barSuffix": "ROAM", "action": "Add"}
    made = (await abzorb.post("/Connections/AddOrRemoveBar", body)).json
    assert (made["status"], made["requestType"]) == ("Pending", "BarChange")
    assert (await abzorb.get(f"/Connections/?cli={row['cli']}")).json == row
    sandbox.clock.advance(61)
    after = (await abzorb.get(f"/Connections/?cli={row['cli']}")).json
    assert [bar["active"] for bar in after["bars"] if bar["barSuffix"] == "ROAM"] == [True]
    invalid(await abzorb.post("/Connections/AddOrRemoveBar", body), "already stands")
    invalid(await abzorb.post("/Connections/AddOrRemoveBar", body | {"barSuffix": "NONE"}), "No bar")
    invalid(await abzorb.post("/Connections/AddOrRemoveBar", body | {"action": "Toggle"}), "action")
    await abzorb.post("/Connections/AddOrRemoveBar", body | {"action": "Remove"})
    sandbox.clock.advance(61)
    invalid(await abzorb.post("/Connections/AddOrRemoveBar", body | {"action": "Remove"}), "does not stand")


async def test_tariff_change_follows_the_listed_tariffs(abzorb: Caller, sandbox: Sandbox) -> None:
    """What GetTariffsForContract lists is accepted, anything else refused; a future date is waited for."""
    row = await live(abzorb, tariffName="Business Unlimited 24", networkId=1)
    path = f"/Connections/GetTariffsForContract?contractId={row['contractId']}"
    allowed = [tariff["tariffId"] for tariff in (await abzorb.get(path)).json]
    every = [t["tariffId"] for t in (await abzorb.get("/Catalogue/ListTariffsForNetwork?networkId=1")).json]
    body = {"contractId": row["contractId"]}
    for tariff in set(every) - set(allowed):
        invalid(await abzorb.post("/Connections/ChangeTariff", body | {"tariffId": tariff}))
    invalid(await abzorb.post("/Connections/ChangeTariff", body | {"tariffId": 5344}), "another network")
    past = body | {"tariffId": allowed[0], "effectiveDate": "2020-01-01"}
    invalid(await abzorb.post("/Connections/ChangeTariff", past), "passed")
    await abzorb.post("/Connections/ChangeTariff", past | {"effectiveDate": "2025-10-11"})
    sandbox.clock.advance(86_400)
    assert (await abzorb.get(f"/Connections/?cli={row['cli']}")).json["tariffId"] == row["tariffId"]
    sandbox.clock.advance(86_400)
    assert (await abzorb.get(f"/Connections/?cli={row['cli']}")).json["tariffId"] == allowed[0]


async def test_sim_and_esim(abzorb: Caller, sandbox: Sandbox) -> None:
    """A SIM of the network that nobody uses; eSIM on Vodafone only."""
    row = await live(abzorb, networkId=1)
    other = await live(abzorb, networkId=2)
    change = {"cli": row["cli"], "newSim": "8944100999999999999"}
    assert (await abzorb.post("/Connections/ChangeSIM", change)).json["requestType"] == "SimChange"
    sandbox.clock.advance(61)
    assert (await abzorb.get(f"/Connections/?cli={row['cli']}")).json["simNumber"] == change["newSim"]
    invalid(await abzorb.post("/Connections/ChangeSIM", change), "in use")
    invalid(await abzorb.post("/Connections/ChangeSIM", change | {"newSim": other["simNumber"]}), "not valid")
    invalid(await abzorb.post("/Connections/CreateEsimRequest", {"cli": other["cli"]}), "Vodafone")
    esim = (await abzorb.post("/Connections/CreateEsimRequest", {"cli": row["cli"]})).json
    assert esim["activationCode"].startswith("LPA:1$")
    sandbox.clock.advance(61)
    found = (await abzorb.get(f"/Connections/?cli={row['cli']}")).json
    assert (found["isEsim"], found["simNumber"]) == (True, esim["simNumber"])


async def test_bundles_on_a_connection(abzorb: Caller, sandbox: Sandbox) -> None:
    """Only bundles of the tariff, each once."""
    row = await live(abzorb, networkId=1)
    listed = (await abzorb.get(f"/Catalogue/ListBundlesForTariff?tariffId={row['tariffId']}")).json
    body = {"contractId": row["contractId"], "tariffOptionId": listed[0]["tariffOptionId"]}
    invalid(await abzorb.post("/Connections/RemoveBundle", body), "not on this connection")
    await abzorb.post("/Connections/AddBundle", body)
    sandbox.clock.advance(61)
    held = (await abzorb.get(f"/Connections/?cli={row['cli']}")).json["bundles"]
    assert [(b["tariffOptionId"], b["startDate"]) for b in held] == [(body["tariffOptionId"], "2025-10-09")]
    invalid(await abzorb.post("/Connections/AddBundle", body), "already")
    invalid(await abzorb.post("/Connections/AddBundle", body | {"tariffOptionId": 9142}), "cannot be added")
    await abzorb.post("/Connections/RemoveBundle", body)
    sandbox.clock.advance(61)
    assert (await abzorb.get(f"/Connections/?cli={row['cli']}")).json["bundles"] == []


async def test_abz_connection(abzorb: Caller, sandbox: Sandbox) -> None:
    """Provisioned with the clock; bar and SIM requests are for abZ connections alone."""
    body = {"customerId": 20000, "tariffId": 5120, "simNumber": "8944100777777777777"}
    invalid(
        await abzorb.post("/Connections/CreateAbzConnection", body | {"simNumber": "8944110777777777777"}),
        "abZ SIM",
    )
    made = (await abzorb.post("/Connections/CreateAbzConnection", body)).json
    assert (await abzorb.get(f"/Connections/?cli={made['cli']}")).json["status"] == "Pending"
    sandbox.clock.advance(61)
    assert (await abzorb.get(f"/Connections/?cli={made['cli']}")).json["status"] == "Active"
    bar = {"barSuffix": "DATA", "action": "Add"}
    response = await abzorb.post("/Connections/CreateAbzBarRequest", bar | {"contractId": made["contractId"]})
    assert response.json["requestType"] == "AbzBar"
    sim = {"contractId": made["contractId"], "newSim": "8944100777777777778"}
    assert (await abzorb.post("/Connections/CreateAbzSimRequest", sim)).json["requestType"] == "AbzSim"
    other = await live(abzorb, networkId=2)
    refused = await abzorb.post("/Connections/CreateAbzBarRequest", bar | {"contractId": other["contractId"]})
    invalid(refused, "not an abZ")


async def test_switching_codes(abzorb: Caller, sandbox: Sandbox) -> None:
    """One valid code of a kind at a time; it expires after its last day; INFO has none."""
    row = await live(abzorb)
    pac = (await abzorb.post("/Switching/CreatePacRequest", {"cli": row["cli"]})).json
    stac = (await abzorb.post("/Switching/CreateStacRequest", {"cli": row["cli"]})).json
    info = (await abzorb.post("/Switching/CreateInfoRequest", {"cli": row["cli"]})).json
    assert pac["switchingCode"][:3].isalpha()
    assert stac["switchingCode"][:6].isdigit()
    assert (info["switchingCode"], info["codeExpiryDate"]) == (None, None)
    assert pac["codeExpiryDate"] == "2025-11-08"
    invalid(await abzorb.post("/Switching/CreatePacRequest", {"cli": row["cli"]}), "still valid")
    path = f"/Switching/GetSwitchingRequests?customerId={row['customerId']}"
    assert [found["requestType"] for found in (await abzorb.get(path)).json] == ["PAC", "STAC", "INFO"]
    sandbox.clock.advance(31 * 86_400)
    assert [found["status"] for found in (await abzorb.get(path)).json] == ["Expired", "Expired", "Issued"]
    assert (await abzorb.post("/Switching/CreatePacRequest", {"cli": row["cli"]})).status == 200


async def test_tasks_and_comments(abzorb: Caller, sandbox: Sandbox) -> None:
    """A task is worked on as time passes and says so in comments."""
    body = {"customerId": 20000, "diaryTypeId": 14, "diaryTaskId": 203, "subject": "x", "description": "y"}
    task = (await abzorb.post("/Tasks/", body)).json
    assert (task["status"], task["diaryTask"]) == ("Open", "SIM swap")
    sandbox.clock.advance(61)
    assert (await abzorb.get(f"/Tasks/ViewTaskStatus?taskId={task['taskId']}")).json[
        "status"
    ] == "In Progress"
    sandbox.clock.advance(61)
    bulk = (await abzorb.get(f"/Tasks/ViewTaskStatusBulk?taskIds=812001,{task['taskId']}")).json
    assert [(row["taskId"], row["status"]) for row in bulk][1] == (task["taskId"], "Completed")
    comments = (await abzorb.get(f"/Tasks/GetCommentsForTask?taskId={task['taskId']}")).json
    assert len(comments) == 2
    both = (await abzorb.get(f"/Tasks/GetCommentsForTaskBulk?taskIds=812001,{task['taskId']}")).json
    assert {row["taskId"] for row in both} == {812001, task["taskId"]}
    assert task["taskId"] in [
        row["taskId"] for row in (await abzorb.get("/Tasks/GetTasksForCustomer?customerId=20000")).json
    ]
    invalid(await abzorb.post("/Tasks/", body | {"diaryTypeId": 15}), "does not belong")
    invalid(await abzorb.post("/Tasks/", body | {"contractId": 104233}), "does not belong")
    invalid(await abzorb.get("/Tasks/ViewTaskStatus?taskId=1"), "No task 1")
    invalid(await abzorb.get("/Tasks/ViewTaskStatusBulk?taskIds="), "missing")
    invalid(await abzorb.get("/Tasks/ViewTaskStatusBulk?taskIds=1,x"), "numbers")


async def test_usage_agrees_with_alerting(abzorb: Caller) -> None:
    """One set of figures, seen from three sides."""
    row = await live(abzorb)
    usage = (await abzorb.get(f"/Connections/GetUsageInformationForCli?cli={row['cli']}")).json
    assert usage["dataUsedMb"] == row["alerting"]["dataUsedMb"]
    assert (usage["periodStart"], usage["periodEnd"]) == ("2025-10-01", "2025-10-31")
    for place in range(150):
        cli = f"07700900{place:03d}"
        status = (await abzorb.get(f"/Alerting/GetCliAlertingBarStatus?cli={cli}")).json
        alerting = (await abzorb.get(f"/Connections/?cli={cli}")).json["alerting"]
        full = alerting["dataUsedMb"] >= alerting["dataAllowanceMb"]
        assert status["isBarred"] is (alerting["barAtLimit"] and full)


async def test_catalogue_and_reference_data(abzorb: Caller) -> None:
    """Eligible tariffs are a part of all tariffs; identifiers of one list are known to the next."""
    for network in (await abzorb.get("/Catalogue/ListNetworks")).json:
        query = f"networkId={network['networkId']}"
        tariffs = (await abzorb.get(f"/Catalogue/ListTariffsForNetwork?{query}")).json
        eligible = (await abzorb.get(f"/Catalogue/BillCapEligibleTariffs?{query}")).json
        assert eligible == [tariff for tariff in tariffs if tariff["billCapEligible"]]
        bundles = (await abzorb.get(f"/Catalogue/ListBundlesForNetwork?{query}")).json
        for tariff in tariffs:
            fitting = (
                await abzorb.get(f"/Catalogue/ListBundlesForTariff?tariffId={tariff['tariffId']}")
            ).json
            assert all(bundle in bundles for bundle in fitting)
            assert fitting
    types = {row["diaryTypeId"] for row in (await abzorb.get("/Tasks/ListDiaryTypes")).json}
    assert {row["diaryTypeId"] for row in (await abzorb.get("/Tasks/ListDiaryTasks")).json} == types
    assert len((await abzorb.get("/Tasks/ListDiaryTasks?diaryTypeId=14")).json) == 3
    assert len((await abzorb.get("/Connections/ListBarSuffixes")).json) == 12
    assert {"statusId": 1, "status": "Draft"} in (await abzorb.get("/Tasks/ListStatuses")).json
    for path in ("ListTariffsForNetwork", "BillCapEligibleTariffs", "ListBundlesForNetwork"):
        invalid(await abzorb.get(f"/Catalogue/{path}?networkId=9"), "No network 9")


class TestValidationWithStatus200:
    """The page allows a failed validation to have status 200."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"validation_status": 200}

    async def test_message_with_200(self, abzorb: Caller) -> None:
        response = await abzorb.get("/Connections/")
        assert (response.status, list(response.json)) == (200, ["response_message"])


@pytest.mark.parametrize(
    ("born", "adult"),
    [("2007-10-09", True), ("2007-10-10", False), ("2007-10-12", False), ("1970-02-28", True), ("", True)],
)
async def test_customer_is_an_adult_on_the_birthday(abzorb: Caller, born: str, adult: bool) -> None:
    """Eighteen years of the calendar: 18 times 365 days were four days short."""
    body = {name: value for name, value in CUSTOMER.items() if name != "coRegNumber"}
    response = await abzorb.post("/Customers/", body | {"dateOfBirth": born})
    if adult:
        assert response.status == 200, response.text
    else:
        invalid(response, "adult")


@pytest.mark.parametrize("name", ["line1", "line2", "town", "county", "postcode", "country"])
@pytest.mark.parametrize("value", [5, True, [], {"a": 1}, [1]])
async def test_address_of_a_customer_is_text(abzorb: Caller, name: str, value: Any) -> None:
    """A number in the second line came back as one."""
    address = dict(CUSTOMER["address"])  # type: ignore[call-overload]
    response = await abzorb.post("/Customers/", CUSTOMER | {"address": address | {name: value}})
    if value:
        invalid(response, name)
    elif response.status == 200:
        assert all(isinstance(line, str) for line in response.json["address"].values())


async def test_address_of_a_customer_may_lack_lines(abzorb: Caller) -> None:
    """Empty, null and left out are one; the country is that of the vendor."""
    given = {"line1": "1", "town": "T", "postcode": "P", "line2": None, "country": ""}
    made = await abzorb.post("/Customers/", CUSTOMER | {"address": given})
    assert made.json["address"] == {
        "line1": "1", "line2": "", "town": "T", "county": "", "postcode": "P", "country": "United Kingdom",
    }  # fmt: skip
