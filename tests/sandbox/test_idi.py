"""The IDI operations: state, validations, and the vendor's error bodies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.callers import Caller, Response
from trunkline.idi import OPERATIONS
from trunkline.sandbox import Sandbox
from trunkline.sandbox.store import entities

DEVICE = {"deviceStatusID": "2", "handsetCatalogID": 10058, "serialNumber": "99000012345678"}
SIM = {"imsi": "001019999999999", "simNumber": "8901999", "simClassID": 3}
E911 = {
    "CustomerID": 1, "E911ClassOfServiceID": 1, "E911TypeOfServiceID": 1, "FunctionCode": "C",
    "ServiceAddressID": 1, "ServiceNumber": "2005550100", "E911ProviderID": None,
}  # fmt: skip
MSAG = {
    "MSAGCommunity": "Valid Community", "MSAGCounty": "County", "MSAGProviderID": 3, "State": "New York",
    "StreetName": "Main", "StreetNumber": 1,
}  # fmt: skip
PENALTY = {"adjustmentTypeID": 1, "disconnectDate": "2021-01-01", "reconnectDate": "2021-02-15"}


def refused(response: Response, status: int, field: str) -> str:
    """The message of a refusal about one field."""
    assert response.status == status, response.text
    (error,) = response.json["errors"]
    assert error["field"] == field
    assert isinstance(error["loggingNumber"], int)
    return str(error["message"])


def test_every_operation_is_carried_out(sandbox: Sandbox) -> None:
    """No operation of either spec falls through."""
    assert sandbox.state.idi.router.unhandled == []
    assert sandbox.state.abzorb.router.unhandled == []
    assert len(sandbox.state.idi.router.routes) == 42
    assert len(sandbox.state.abzorb.router.routes) >= 49


async def test_health_check_has_no_content(idi: Caller) -> None:
    """The page documents no body."""
    response = await idi.get("/api/healthcheck")
    assert (response.status, response.text) == (200, "")


async def test_search_without_the_header_that_its_page_requires_is_refused(idi: Caller) -> None:
    """Three reads list a required Content-Type, though they have no body."""
    asked = {op.id: op.path.replace("{id}", "1") for op in OPERATIONS.values() if op.content_type}
    assert set(asked) == {
        "service.search",
        "service.search_for_advance_pay",
        "package.list_tax_by_component_allocations",
    }
    for path in asked.values():
        assert (await idi("GET", path)).status == 415
        assert (await idi.get(path)).status != 415
    assert (await idi("GET", "/api/device")).status == 200


async def test_device_create_then_read_and_search(idi: Caller) -> None:
    """What was created is found by its number and by a filter."""
    made = await idi.post("/api/device", DEVICE | {"simCardNumber": "89010009", "pin": "8888"})
    assert made.status == 200, made.text
    assert made.json["deviceStatus"] == "Available"
    assert made.json["technologyTypeID"] == 2
    device_id = made.json["deviceID"]
    assert device_id == 1150
    assert (await idi.get(f"/api/device/{device_id}")).json == made.json
    found = await idi.get("/api/device", _filter="serialNumber eq '99000012345678'")
    assert found.json["value"] == [made.json]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"deviceStatusID": None}, "deviceStatusID"),
        ({"deviceStatusID": "77"}, "deviceStatusID"),
        ({"deviceStatusID": "x"}, "deviceStatusID"),
        ({"serialNumber": None}, "serialNumber"),
        ({"serialNumber": ""}, "serialNumber"),
        ({"serialNumber": 5}, "serialNumber"),
        ({"handsetCatalogID": None}, "handsetCatalogID"),
        ({"handsetCatalogID": 1}, "handsetCatalogID"),
        ({"handsetCatalogID": None, "technologyTypeID": 99}, "technologyTypeID"),
        ({"sourceCodeID": 1}, "sourceCodeID"),
        ({"bind": "yes"}, "bind"),
    ],
)
async def test_device_create_refuses(idi: Caller, change: dict[str, Any], field: str) -> None:
    """The "required when" rules of Create a Device and the types of its fields."""
    refused(await idi.post("/api/device", DEVICE | change), 400, field)


async def test_device_create_either_of_each_pair_is_enough(idi: Caller) -> None:
    """alternateSerialNumber for serialNumber, technologyTypeID for handsetCatalogID."""
    made = await idi.post(
        "/api/device", {"deviceStatusID": 2, "alternateSerialNumber": "ALT-1", "technologyTypeID": 3}
    )
    assert (made.status, made.json["serialNumber"]) == (200, "ALT-1")
    outranked = await idi.post("/api/device", DEVICE | {"technologyTypeID": 4})
    assert outranked.json["technologyTypeID"] == 2


async def test_device_create_cdma_ignores_sim_fields(idi: Caller) -> None:
    """simCardNumber and eid mean nothing to a CDMA device."""
    body = DEVICE | {"handsetCatalogID": 10061, "simCardNumber": "8901", "eid": "89001"}
    made = (await idi.post("/api/device", body)).json
    assert "simCardNumber" not in made
    assert "eid" not in made


async def test_device_create_twice_conflicts(idi: Caller) -> None:
    """Identifier and serial number are unique."""
    refused(await idi.post("/api/device", DEVICE | {"deviceID": 1000}), 409, "deviceID")
    assert (await idi.post("/api/device", DEVICE)).status == 200
    refused(await idi.post("/api/device", DEVICE), 409, "serialNumber")


async def test_device_missing_and_no_access_share_one_message(idi: Caller) -> None:
    """As the vendor's sample has it, with its logging number."""
    response = await idi.get("/api/device/5")
    assert refused(response, 404, "Device").endswith("or it does not exist.")
    assert response.json["errors"][0]["loggingNumber"] == 500032
    refused(await idi.get("/api/device/five"), 400, "Device")


async def test_device_patch_changes_what_is_read(idi: Caller) -> None:
    """Names follow identifiers, and the binding date follows bind."""
    before = (await idi.get("/api/device/1000")).json
    steps = (("replace", "/bind", not before["bind"]), ("replace", "/deviceStatusID", 5), ("remove", "/pin"))
    response = await idi.patch("/api/device/1000", *steps)
    assert (response.status, response.text) == (200, "")
    after = (await idi.get("/api/device/1000")).json
    assert after["bind"] is not before["bind"]
    assert after["deviceStatus"] == "Lost"
    assert "pin" not in after
    assert after["lastBoundStateChangeDate"] == "2025-10-09T08:53:20.000Z"


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([("remove", "/bind")], "bind"),
        ([("add", "/reservedForRetail", True)], "reservedForRetail"),
        ([("replace", "/deviceID", 5)], "deviceID"),
        ([("replace", "pin", "1")], "pin"),
        ([("move", "/pin", "1")], "op"),
        ([("replace", "/pin")], "pin"),
        ([("remove", "/aKey")], "aKey"),
        ([("replace", "/pin", "1"), ("replace", "/deviceStatusID", 99)], "deviceStatusID"),
        ([], "Request"),
    ],
)
async def test_device_patch_refuses_and_changes_nothing(
    idi: Caller, steps: list[tuple[Any, ...]], field: str
) -> None:
    """Fields and verbs that are not on the patchable list; one bad step spoils the document."""
    before = (await idi.get("/api/device/1000")).json
    refused(await idi.patch("/api/device/1000", *steps), 400, field)
    assert (await idi.get("/api/device/1000")).json == before


async def test_device_patch_updates_services_on_request(idi: Caller) -> None:
    """SIM information reaches the services when it changes or when asked for."""
    await idi.patch("/api/device/1000", ("replace", "/simCardNumber", "8901777"))
    found = await idi.get("/api/service/search", _filter="serviceID eq 1")
    assert found.json["value"][0]["simCardSerialNumber"] == "8901777"


async def test_device_patch_reserved_for_retail_is_checked_on_request(idi: Caller) -> None:
    """validateReservedForRetail refuses a device in use; without it anything goes."""
    path = "/api/device/1000"
    refused(
        await idi.patch(f"{path}?validateReservedForRetail=true", ("replace", "/reservedForRetail", True)),
        400,
        "reservedForRetail",
    )
    assert (await idi.patch(path, ("replace", "/reservedForRetail", True))).status == 200


async def test_device_disassociate(idi: Caller) -> None:
    """Active services only on request; then they get a temporary serial number."""
    refused(await idi.post("/api/device/1000/disassociate", {}), 400, "allowOnActiveServices")
    body = {"allowOnActiveServices": True, "deviceStatusID": 4, "sourceCodeID": 16, "reserveForRetail": True}
    assert (await idi.post("/api/device/1000/disassociate", body)).json == {"servicesDisassociated": 1}
    device = (await idi.get("/api/device/1000")).json
    assert (device["bind"], device["deviceStatusID"], device["reservedForRetail"]) == (False, 4, True)
    service = (await idi.get("/api/service/search", _filter="serviceID eq 1")).json["value"][0]
    assert service["handsetSerialNumber"].startswith("TEMP")
    assert (await idi.post("/api/device/1000/disassociate", body)).json == {"servicesDisassociated": 0}


async def test_sim_create_then_read(idi: Caller) -> None:
    """Created, read by number, found by IMSI; the class brings its name."""
    made = await idi.post("/api/sim", SIM | {"puk1": "2645"})
    assert made.json["simClass"] == "SIM Card Only"
    assert (await idi.get(f"/api/sim/{made.json['simID']}")).json == made.json
    assert (await idi.get("/api/sim", _filter="imsi eq '001019999999999'")).json["value"] == [made.json]
    refused(await idi.post("/api/sim", SIM), 409, "simNumber")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"imsi": None}, "imsi"),
        ({"simNumber": ""}, "simNumber"),
        ({"simClassID": None}, "simClassID"),
        ({"simClassID": 4}, "simClassID"),
        ({"simClassID": 0}, "simClassID"),
        ({"pin1": 5}, "pin1"),
    ],
)
async def test_sim_create_refuses(idi: Caller, change: dict[str, Any], field: str) -> None:
    """Three required fields, classes 1 to 3."""
    refused(await idi.post("/api/sim", SIM | change), 400, field)


async def test_sim_available_is_on_no_active_service(idi: Caller) -> None:
    """An eSIM class, and not among the SIMs of active services."""
    sim = (await idi.get("/api/sim/availableESIM")).json
    assert sim["simClassID"] in (1, 2)
    text = f"simCardSerialNumber eq '{sim['simNumber']}' and disconnectDate eq null"
    assert (await idi.get("/api/service/search", _filter=text)).json["value"] == []


async def test_coverage_indicator_lifecycle(idi: Caller) -> None:
    """Add, read, patch; areas show the new name; names are unique."""
    base = "/api/coverageServiceArea"
    made = await idi.post(
        f"{base}/coverageIndicator", {"coverageIndicator": "Victor Full", "coverageTypeID": 7}
    )
    path = f"{base}/coverageIndicator/{made.json['coverageIndicatorID']}"
    assert (await idi.get(path)).json["coverageType"] == "Full Coverage"
    area = {"coverageIndicatorID": made.json["coverageIndicatorID"], "csa": "Victor", "regionID": 4}
    assert (await idi("PUT", f"{base}/coverageArea/14564", area)).status == 200
    steps = (("replace", "/coverageIndicator", "Victor Part"), ("remove", "/coverageTypeID"))
    assert (await idi.patch(path, *steps)).status == 200
    assert "coverageType" not in (await idi.get(path)).json
    found = await idi.get(f"{base}/coverageArea", _filter="zip eq '14564'")
    assert found.json["value"][0]["coverageIndicator"] == "Victor Part"
    refused(await idi.patch(path, ("remove", "/coverageIndicator")), 400, "coverageIndicator")
    refused(
        await idi.post(f"{base}/coverageIndicator", {"coverageIndicator": "Victor Part"}),
        409,
        "coverageIndicator",
    )
    refused(await idi.post(f"{base}/coverageIndicator", {"coverageTypeID": 7}), 400, "coverageIndicator")


async def test_coverage_area_put_and_delete(idi: Caller) -> None:
    """PUT adds, then updates; DELETE removes once."""
    path = "/api/coverageServiceArea/coverageArea/99999"
    for csa in ("First", "Second"):
        assert (await idi("PUT", path, {"coverageIndicatorID": 1000, "csa": csa})).status == 200
    found = await idi.get("/api/coverageServiceArea/coverageArea", _filter="zip eq '99999'")
    assert [row["csa"] for row in found.json["value"]] == ["Second"]
    for body, field in (
        ({"csa": "x"}, "coverageIndicatorID"),
        ({"coverageIndicatorID": 1000}, "csa"),
        ({"coverageIndicatorID": 5, "csa": "x"}, "coverageIndicatorID"),
        ({"coverageIndicatorID": 1000, "csa": "x", "regionID": 99}, "regionID"),
    ):
        refused(await idi("PUT", path, body), 400, field)
    assert (await idi("DELETE", path)).status == 200
    refused(await idi("DELETE", path), 404, "Coverage Area")
    refused(await idi("DELETE", path.replace("99999", "x")), 400, "zip")


async def test_e911_batch_detail(idi: Caller) -> None:
    """Address and service come from the customer's own rows."""
    made = await idi.post("/api/e911/batchDetail", E911)
    assert made.status == 200, made.text
    assert (made.json["serviceID"], made.json["e911FunctionCode"], made.json["createDate"]) == (
        1,
        "C",
        "2025-10-09",
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"CustomerID": 9999}, "Customer"),
        ({"ServiceAddressID": 60}, "ServiceAddressID"),
        ({"ServiceNumber": "2005550199"}, "ServiceNumber"),
        ({"FunctionCode": "Z"}, "FunctionCode"),
        ({"E911ClassOfServiceID": 99}, "E911ClassOfServiceID"),
        ({"E911TypeOfServiceID": None}, "E911TypeOfServiceID"),
    ],
)
async def test_e911_batch_detail_refuses(idi: Caller, change: dict[str, Any], field: str) -> None:
    """Required fields, known codes, and nothing of another customer."""
    refused(await idi.post("/api/e911/batchDetail", E911 | change), 400, field)


async def test_e911_service_patch(idi: Caller) -> None:
    """The address may be set but not removed, and must be the customer's."""
    path = "/api/service/1/serviceE911Information"
    assert (
        await idi.patch(path, ("replace", "/e911ClassOfServiceID", 3), ("remove", "/e911TypeOfServiceID"))
    ).status == 200
    refused(await idi.patch(path, ("remove", "/e911ServiceAddressID")), 400, "e911ServiceAddressID")
    refused(await idi.patch(path, ("replace", "/e911ServiceAddressID", 60)), 400, "e911ServiceAddressID")
    refused(await idi.patch(path, ("remove", "/e911TypeOfServiceID")), 400, "e911TypeOfServiceID")


async def test_msag_validation(idi: Caller) -> None:
    """Errors are a list of texts; a valid address has the month-first date."""
    good = (await idi.post("/api/service/validateMSAG", MSAG)).json
    assert (good["MSAGError"], good["MSAGValidated"]) == ([], "10/09/2025")
    bad = (
        await idi.post("/api/service/validateMSAG", MSAG | {"MSAGCommunity": "Nowhere", "StreetNumber": 0})
    ).json
    assert len(bad["MSAGError"]) == 2
    assert "MSAGValidated" not in bad
    refused(await idi.post("/api/service/validateMSAG", MSAG | {"State": ""}), 400, "State")


def installments(sandbox: Sandbox) -> int:
    """What the store holds: no operation of the API reads a feature."""
    row = sandbox.state.store.row(entities.FEATURE, 1)
    assert row is not None
    return int(row["numberOfInstallments"])


async def test_feature_installments(idi: Caller, sandbox: Sandbox) -> None:
    """On, counted, off; a count without the plan is ignored."""
    path = "/api/feature/1"
    await idi.patch(path, ("replace", "/numberOfInstallments", 6))
    assert installments(sandbox) == 0
    on = (("replace", "/payInInstallments", True), ("add", "/numberOfInstallments", 12))
    assert (await idi.patch(path, *on)).status == 200
    assert installments(sandbox) == 12
    refused(await idi.patch(path, ("replace", "/numberOfInstallments", 0)), 400, "numberOfInstallments")
    refused(await idi.patch(path, ("remove", "/payInInstallments")), 400, "payInInstallments")
    assert (await idi.patch(path, ("replace", "/payInInstallments", False))).status == 200
    assert installments(sandbox) == 0


@pytest.mark.parametrize(("feature", "says"), [(2, "retail"), (3, "catalog"), (4, "quantity"), (5, "billed")])
async def test_feature_installments_refused(idi: Caller, feature: int, says: str) -> None:
    """Each of the vendor's notes on installment plans."""
    response = await idi.patch(f"/api/feature/{feature}", ("replace", "/payInInstallments", True))
    assert says in refused(response, 400, "payInInstallments")


async def test_contract_early_termination_fee(idi: Caller, sandbox: Sandbox) -> None:
    """Fixed within the term, prorated by what is left, nothing after it, refused without a term."""
    path = "/api/contract/{}/calculateEarlyTerminationFee"
    fixed, prorated = (sandbox.state.store.row(entities.CONTRACT, key) for key in (1, 2))
    assert fixed is not None
    assert prorated is not None
    at_start = {"date": f"{fixed['startDate']}T10:00:00Z"}
    assert (await idi.post(path.format(1), at_start)).json == {"etf": fixed["fee"]}
    assert (await idi.post(path.format(1), {"date": "2040-01-01"})).json == {"etf": 0.0}
    assert (await idi.post(path.format(2), {"date": prorated["startDate"]})).json == {"etf": prorated["fee"]}
    later = {"date": prorated["startDate"][:8] + "20"}
    assert 0 < (await idi.post(path.format(2), later)).json["etf"] < prorated["fee"]
    refused(await idi.post(path.format(1), {"date": "2001-01-01"}), 400, "date")
    refused(await idi.post(path.format(5), {"date": "2022-01-01"}), 400, "Contract")
    refused(await idi.post(path.format(1), {"date": "soon"}), 400, "date")
    refused(await idi.post(path.format(1), {}), 400, "date")


async def test_package_allocations(idi: Caller) -> None:
    """Set for a child; one-price and tax-by-component are required."""
    path = "/api/package/1/taxByComponentAllocation"
    child = (await idi.get(path)).json["value"][0]["featureID"]
    row = {"featureID": child, "chargeOverride": 5.25, "startDate": "2024-01-01", "endDate": "2024-12-31"}
    assert (await idi("PUT", path, [row])).status == 200
    assert row in (await idi.get(path)).json["value"]
    assert (await idi("PUT", path, [{"featureID": child, "chargeOverride": None}])).status == 200
    refused(await idi("PUT", path, [{"featureID": 1}]), 400, "featureID")
    refused(await idi("PUT", path, [row | {"startDate": "2025-01-01"}]), 400, "startDate")
    refused(await idi.get(path.replace("/1/", "/4/")), 400, "Package")
    refused(await idi.get(path.replace("/1/", "/5/")), 400, "Package")


async def test_tax_exemptions(idi: Caller) -> None:
    """Add, update and remove; the same exemption twice in one request spoils all of it."""
    path = "/api/service/1/extendedTaxExemption"
    before = (await idi.get(path)).json["value"]
    twice = [{"taxTypeExemptID": 5}, {"taxTypeExemptID": 6}, {"taxTypeExemptID": 5}]
    refused(await idi("PUT", path, twice), 400, "taxTypeExemptID")
    assert (await idi.get(path)).json["value"] == before
    first = before[0]["taxTypeExemptID"]
    body = [
        {"taxTypeExemptID": 5, "applyTaxesExceptTaxTypeExemptGroup": True},
        {"taxTypeExemptID": first, "remove": True},
    ]
    assert (await idi("PUT", path, body)).status == 200
    after = (await idi.get(path)).json["value"]
    assert [row["taxTypeExemptID"] for row in after] == [5]
    assert after[0]["applyTaxesExceptTaxTypeExemptGroup"] is True
    refused(await idi("PUT", path, [{"taxTypeExemptID": 99}]), 400, "taxTypeExemptID")
    refused(await idi("PUT", path, [{"taxTypeExemptID": first, "remove": True}]), 400, "taxTypeExemptID")


async def test_reversals(idi: Caller) -> None:
    """Once, with the dates in order, and with a reason when there is nothing to reverse."""
    path = "/api/service/1/reverseContractPenalties"
    first = (await idi.post(path, PENALTY)).json
    assert first["amount"] < 0
    assert first["skipReason"] is None
    again = (await idi.post(path, PENALTY)).json
    assert again["amount"] == 0
    assert "before" in again["skipReason"]
    for change, field in (
        ({"disconnectDate": "2021-02-15"}, "disconnectDate"),
        ({"reconnectDate": None}, "reconnectDate"),
        ({"adjustmentTypeID": 9}, "adjustmentTypeID"),
    ):
        refused(await idi.post(path, PENALTY | change), 400, field)
    plans = "/api/service/1/reverseInstallmentPlans"
    assert (await idi.post(plans, PENALTY)).json["amount"] == 0
    await idi.patch(
        "/api/feature/1", ("replace", "/payInInstallments", True), ("add", "/numberOfInstallments", 12)
    )
    assert (await idi.post(plans, PENALTY)).json["amount"] < 0


async def test_service_update_auto_renew(idi: Caller) -> None:
    """Seen in Search Services For Advance Pay."""
    for value in (True, False):
        assert (await idi.patch("/api/service/1", ("replace", "/autoRenewAdvancePay", value))).status == 200
        text = f"serviceID eq 1 and autoRenewAdvancePay eq {str(value).lower()}"
        found = await idi.get("/api/service/searchForAdvancePay", _filter=text)
        assert len(found.json["value"]) == 1
    refused(await idi.patch("/api/service/1", ("remove", "/autoRenewAdvancePay")), 400, "autoRenewAdvancePay")
    refused(
        await idi.patch("/api/service/1", ("replace", "/autoRenewAdvancePay", "x")),
        400,
        "autoRenewAdvancePay",
    )


async def test_request_that_is_not_json_is_400(idi: Caller) -> None:
    """A body that cannot be read is the client's error."""
    response = await idi(
        "POST", "/api/device", data=b"{nope", headers=idi.headers | {"Content-Type": "application/json"}
    )
    assert response.status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/api/customer/1/serviceSummary",
        "/api/customer/1/serviceDetail",
        "/api/customer/1/retailWarranty",
        "/api/service/1/phoneBookEntry",
        "/api/service/1/equipmentAssociation",
        "/api/service/1/favoriteAdvancePayPricePoint",
        "/api/service/startingCodeSummary",
        "/api/service/planHistory",
        "/api/auxiliaryData/phoneBookSpecialNumber",
        "/api/coverageServiceArea/coverageType",
        "/api/coverageServiceArea/coverageIndicator",
    ],
)
async def test_collections_hold_rows_of_their_parent(idi: Caller, path: str) -> None:
    """Each collection has rows; an unknown parent is the vendor's "no access" error."""
    assert (await idi.get(path)).json["value"]
    if "/1/" in path:
        assert (await idi.get(path.replace("/1/", "/99999/"))).status == 404


async def test_phone_book_of_a_service(idi: Caller) -> None:
    """Its account is the one of the service's entries."""
    book = (await idi.get("/api/service/1/phoneBook")).json
    entries = (await idi.get("/api/service/1/phoneBookEntry")).json["value"]
    assert {entry["phoneBookAccountID"] for entry in entries} == {book["phoneBookAccountID"]}


@pytest.mark.parametrize(
    "path",
    ["/api/service/search", "/api/service/searchForAdvancePay", "/api/package/1/taxByComponentAllocation"],
)
async def test_three_reads_ask_for_the_content_type(idi: Caller, path: str) -> None:
    """The vendor's page lists the header as required there, although they have no body."""
    assert (await idi("GET", path)).status == 415
    assert (await idi("GET", path, headers=idi.headers | {"Content-Type": "text/plain"})).status == 415
    assert (await idi.get(path)).status == 200
    assert (await idi("GET", "/api/device")).status == 200


@pytest.mark.parametrize("value", [41, "41"])
async def test_device_numbers_sent_as_text_come_back_as_numbers(idi: Caller, value: Any) -> None:
    """The vendor's own samples send identifiers as texts; its responses never do."""
    made = await idi.post("/api/device", DEVICE | {"blackBerryRegistrationID": value, "sourceCodeID": "16"})
    assert (made.json["blackBerryRegistrationID"], made.json["sourceCodeID"]) == (41, 16)
    steps = (("replace", "/blackBerryRegistrationID", str(value)),)
    path = f"/api/device/{made.json['deviceID']}"
    assert (await idi.patch(path, *steps)).status == 200
    assert (await idi.get(path)).json["blackBerryRegistrationID"] == 41


@pytest.mark.parametrize(
    ("start", "months", "day", "left"),
    [
        ("2020-01-31", 1, "2020-02-28", True), ("2020-01-31", 1, "2020-02-29", False),
        ("2020-12-15", 2, "2021-02-14", True), ("2020-12-15", 2, "2021-02-15", False),
        ("2020-02-29", 12, "2021-02-27", True), ("2020-02-29", 12, "2021-02-28", False),
    ],
)  # fmt: skip
async def test_contract_ends_on_the_day_of_the_month_that_it_began(
    idi: Caller, sandbox: Sandbox, start: str, months: int, day: str, left: bool
) -> None:
    """Its term ended with the first of the month, whatever day it began."""
    store = sandbox.state.store
    row = store.row(entities.CONTRACT, 1) or {}
    store.put(entities.CONTRACT, row | {"startDate": start, "termMonths": months, "fee": 90.0})
    response = await idi.post("/api/contract/1/calculateEarlyTerminationFee", {"date": day})
    assert response.json == {"etf": 90.0 if left else 0.0}
