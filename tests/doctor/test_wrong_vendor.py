"""The first day at a vendor that differs from the specs: what is planted is named, and nothing else."""

from __future__ import annotations

import contextlib
import ssl
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from tests.doctor.test_reach import PAIR, proxy, serving
from tests.doctor.test_reach import served as listening
from tests.doctor.wrong_vendor import INNER, KNOWN, ROWS, Planted, WrongVendor
from trunkline import bulk, idi
from trunkline.doctor import MOST_REQUESTS, Diagnosis, examine, toml_of
from trunkline.errors import NotFoundError
from trunkline.idi import fields
from trunkline.idi.models import PhoneBook, PlanHistory, Service

IDI_ROUTES = {
    "auxiliary.search_phone_book_special_numbers": "/api/auxiliary-data/phone-book-special-number",
    "coverage_service_area.list_types": "/api/coverageServiceAreas/coverageType",
    "coverage_service_area.search_indicators": "/api/coverageServiceAreas/coverageIndicator",
    "coverage_service_area.get_indicator": "/api/coverageServiceAreas/coverageIndicator/{id}",
    "coverage_service_area.search": "/api/coverageServiceAreas/coverageArea",
    "customer.list_retail_warranties": "/api/customers/{id}/retailWarranty",
    "service.get_phone_book": "/api/services/{id}/phoneBook",
    "service.search_for_advance_pay": "/api/services/searchForAdvancePay",
    "service.list_starting_codes": "/api/services/startingCodeSummary",
    "service.search_plan_history": "/api/services/planHistory",
    "service.list_extended_tax_exemptions": "/api/services/{id}/extendedTaxExemption",
    "sim.search": "/api/sims",
}
ABZORB_ROUTES = {
    "customers.get": "/customers/{customerId}",
    "orders.get": "/orders/{orderId}",
    "orders.monitor": "/orders/monitororder",
    "reference.list_networks": "/catalogue/listnetworks",
    "reference.list_statuses": "/tasks/liststatuses",
    "reference.list_diary_types": "/tasks/listdiarytypes",
    "tasks.status": "/tasks/viewtaskstatus",
    "catalogue.list_tariffs_for_network": "/catalogue/listtariffsfornetwork",
}
IDI_TYPES = {
    "Device": "alternateSerialNumberCheckDigit bind deviceStatusID handsetCatalogID isNew reservedForRetail "
    "lastModifiedDate simClassID sourceCodeID technologyTypeID",
    "Service": "disconnectDate phoneBookAccountID serviceCatalogID startDate",
    "PlanHistory": "billingCycleTypeID charge endDate startDate",
    "StartingCode": "billingOrderID duplicateCount entryDate",
    "AdvancePayService": "autoRenewAdvancePay charge duration planID",
    "PhoneBook": "phoneBookAccountID",
    "RetailWarranty": "finalizedDate retailProductID warrantyTerm",
    "ServiceSummary": "catalogID endDate isPrimaryService startDate",
    "EquipmentAssociation": "equipmentTypeID",
    "CoverageIndicator": "coverageTypeID",
    "CoverageArea": "coverageIndicatorID regionID",
    "Sim": "simClassID simClass profileName",
}
IDI = Planted(
    routes=IDI_ROUTES,
    types=frozenset((model, wire) for model, names in IDI_TYPES.items() for wire in names.split()),
    missing=frozenset({("Device", "displayName"), ("Service", "accountNumber"), ("Sim", "imsi")}),
    new=frozenset({("Device", "colour"), ("Service", "isEsim"), ("PlanHistory", "currency")}),
    paging=frozenset({"service.search_equipment_associations"}),
    links=frozenset({"service.search_plan_history"}),
)
ABZORB = Planted(routes=ABZORB_ROUTES, new=frozenset({("Order", "channel")}))


@contextlib.asynccontextmanager
async def served(vendor: WrongVendor, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    runner = web.AppRunner(vendor.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    start = "http://127.0.0.1" if context is None else "https://localhost"
    try:
        yield f"{start}:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    finally:
        await runner.cleanup()


def idi_environ(url: str, **more: str) -> dict[str, str]:
    return {
        "TRUNKLINE_IDI_BASE_URL": url, "TRUNKLINE_IDI_SERVICE": "Wrong", "TRUNKLINE_IDI_ENVIRONMENT": "acme",
        "TRUNKLINE_IDI_USER": "u", "TRUNKLINE_IDI_PASSWORD": "hunter2", **more,
    }  # fmt: skip


def abzorb_environ(url: str) -> dict[str, str]:
    return {
        "TRUNKLINE_ABZORB_BASE_URL": f"{url}/crm",
        "TRUNKLINE_ABZORB_USER": "u",
        "TRUNKLINE_ABZORB_PASSWORD": "p",
    }


def named(found: Diagnosis, kind: str) -> set[tuple[str, str]]:
    """Operation and last name of the path of each difference of a kind."""
    return {
        (one.operation, entry.path.rpartition(".")[2])
        for one in found.asked
        for entry in one.differences
        if entry.kind == kind
    }


def planted(vendor: Planted, places: frozenset[tuple[str, str]], found: Diagnosis) -> set[tuple[str, str]]:
    """The same of what was planted, for the operations that answered."""
    from trunkline._codec.annotations import is_model, resolve_in_module

    shown = set()
    for one in found.asked:
        op = idi.OPERATIONS[one.operation.removeprefix("idi.")]
        expression = op.paging.row_type if op.paging else op.response
        model: Any = resolve_in_module(expression, op.namespace) if expression else None
        if model is not None and is_model(model) and (one.route == "right" or one.use):
            shown |= {(one.operation, wire) for name, wire in places if name == model.__name__}
    return shown


@pytest.fixture(scope="module")
def vendor() -> WrongVendor:
    return WrongVendor("idi", "/Wrong/2X/acme", IDI)


async def test_probe_names_every_planted_difference_and_no_other(vendor: WrongVendor) -> None:
    async with served(vendor) as url:
        found = await examine("idi", environ=idi_environ(url), probe=True)
    wrong = {one.operation.removeprefix("idi."): one.use for one in found.asked if one.route == "wrong"}
    assert wrong == {name: f"GET {path}" for name, path in IDI_ROUTES.items()}
    asked = [one for one in found.asked if one.route != "not asked"]
    assert {one.route for one in asked} == {"wrong", "right"}
    assert [one.operation for one in found.asked if one.route == "not asked"] == [
        "idi.package.list_tax_by_component_allocations"
    ]
    assert sum(len(names.split()) for names in IDI_TYPES.values()) == 40
    assert named(found, "other type") == planted(IDI, IDI.types, found)
    assert named(found, "missing field") == planted(IDI, IDI.missing, found)
    assert named(found, "unknown field") == planted(IDI, IDI.new, found)
    assert {name for name, _ in named(found, "paging key")} == {"idi.service.search_equipment_associations"}
    assert [check.name for check in found.checks if check.status == "failed"] == ["links"]
    assert INNER in next(check.text for check in found.checks if check.name == "links")
    assert found.requests <= MOST_REQUESTS
    assert not found.sound


async def test_routes_of_the_other_vendor_are_named_too() -> None:
    async with served(WrongVendor("abzorb", "/crm", ABZORB)) as url:
        found = await examine("abzorb", environ=abzorb_environ(url), probe=True)
    wrong = {one.operation.removeprefix("abzorb."): one.use for one in found.asked if one.route == "wrong"}
    assert wrong == {name: f"GET {path}" for name, path in ABZORB_ROUTES.items()}
    assert named(found, "unknown field") == {("abzorb.orders.get", "channel")} | {
        (name, "channel") for name, _ in named(found, "unknown field")
    }
    assert found.requests <= MOST_REQUESTS


async def test_vendor_that_keeps_to_the_spec_is_well() -> None:
    async with served(WrongVendor("idi", "/Wrong/2X/acme", Planted())) as url:
        found = await examine("idi", environ=idi_environ(url), probe=True)
    assert [one for one in found.asked if one.differences or one.route not in ("right", "not asked")] == []
    assert found.sound
    assert found.suggested == {}


async def test_budget_is_kept_however_much_is_wrong() -> None:
    """Not one request beyond it, whatever is left to ask."""
    vendor = WrongVendor("idi", "/Wrong/2X/acme", IDI)
    async with served(vendor) as url:
        found = await examine("idi", environ=idi_environ(url), probe=True, most=12)
    assert len(vendor.asked) + 1 == found.requests == 12  # the login is one of them
    assert any(one.text.startswith("as many requests") for one in found.asked)


SECTION = """
[profile.real.idi]
base_url = "{url}"
service = "Wrong"
environment = "acme"
user = "u"
password_env = "IDI_PASSWORD"
proxy = "{proxy}"
proxy_user = "me"
proxy_password_env = "PROXY_PASSWORD"
ca_file = "{ca}"
"""


async def test_with_the_suggested_settings_every_key_has_its_typed_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a CONNECT proxy, under a CA of its own: doctor, then 5,000 lookups, a walk and a loader."""
    authority, seen = trustme.CA(), []
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("IDI_PASSWORD", "hunter2")
    monkeypatch.setenv("PROXY_PASSWORD", "hunter2")
    file = tmp_path / "trunkline.toml"
    monkeypatch.setenv("TRUNKLINE_CONFIG", str(file))
    vendor = WrongVendor("idi", "/Wrong/2X/acme", IDI)
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(vendor, serving(authority, "localhost")))
        port = int(url.rpartition(":")[2])
        tunnel = proxy(b"HTTP/1.1 200 OK\r\n\r\n", port, seen)
        gate = f"http://127.0.0.1:{await stack.enter_async_context(listening(tunnel))}"
        text = SECTION.format(url=url, proxy=gate, ca=tmp_path / "ca.pem")
        file.write_text(text)
        found = await examine("idi", profile="real", probe=True)
        steps = {check.name: check.status for check in found.checks}
        assert steps["proxy"] == steps["tls"] == steps["login"] == steps["health"] == "ok"
        assert all(f"Proxy-Authorization: Basic {PAIR}" in head for head in seen)
        settings = tomllib.loads(text)["profile"]["real"]["idi"] | dict(found.suggested)
        file.write_text(toml_of("idi", "real", settings))
        async with idi.Client.from_env(profile="real") as client:
            await _look_up(client)
            await _walk(client)
            await _load(client)


async def _look_up(client: idi.Client) -> None:
    keys = [number + (KNOWN if number % 10 == 0 else 0) for number in range(1, 5001)]

    async def ask(key: int) -> PhoneBook:
        return await client.service.get_phone_book(id=key)

    async with bulk.lookup(ask, keys, concurrency=32) as run:
        outcomes = {outcome.key: outcome async for outcome in run}
    assert len(outcomes) == len(keys)
    for key, outcome in outcomes.items():
        if key > KNOWN:
            assert isinstance(outcome.error, NotFoundError)
        else:
            assert isinstance(outcome.value, PhoneBook)
            # planted: text where a number is due costs that field alone
            assert (outcome.value.phone_book_account_id, outcome.value.extra) == (
                None, {"phoneBookAccountID": "many"},
            )  # fmt: skip


async def _walk(client: idi.Client) -> None:
    rows = [row async for row in client.service.search_plan_history(top=20)]
    assert len(rows) == ROWS
    assert all(isinstance(row, PlanHistory) and isinstance(row.sku, str) for row in rows)
    assert all(row.charge is None and row.extra["charge"] == "many" for row in rows)


async def _load(client: idi.Client) -> None:
    numbers = [f"201555{number:04}" for number in range(200)]
    async with (
        bulk.Loader(client.service.search, fields.Service.service_number) as loader,
        bulk.lookup(loader.load, numbers) as run,
    ):
        outcomes = {outcome.key: outcome async for outcome in run}
    for number in numbers:
        value, error = outcomes[number].value, outcomes[number].error
        if number.endswith("9"):
            assert isinstance(error, NotFoundError)
        else:
            assert isinstance(value, Service)
            assert value.service_number == number
