"""The data: the same for the same seed, related in itself, and nobody's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.sandbox.seed.abzorb import seed_abzorb
from trunkline.sandbox.seed.idi import seed_idi
from trunkline.sandbox.seed.values import check_digit, uk_number, us_number
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Store

ROWS = 300


def filled(seed: int, rows: int = ROWS) -> Store:
    store = Store("sqlite://", e.ENTITIES)
    store.create()
    seed_idi(store, rows=rows, seed=seed)
    seed_abzorb(store, rows=rows, seed=seed, now=1_760_000_000)
    store.index()
    return store


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = filled(7)
    yield store
    store.close()


def everything(store: Store) -> list[list[bytes]]:
    return [store.bodies(entity) for entity in e.ENTITIES]


def test_same_seed_same_data(store: Store) -> None:
    """Byte for byte; another seed gives another world."""
    assert everything(filled(7)) == everything(store)
    assert everything(filled(8)) != everything(store)


def test_rows_decide_how_many(store: Store) -> None:
    """One device, SIM, service and connection for each row."""
    for entity in (e.DEVICE, e.SIM, e.SERVICE, e.SUMMARY, e.AB_CONNECTION):
        assert store.count(entity) == ROWS
    assert filled(7, 1).count(e.DEVICE) == 1


def test_services_agree_with_what_they_refer_to(store: Store) -> None:
    """Device, SIM, customer and summary of a service say the same as the service."""
    devices = {row["serialNumber"]: row for row in store.rows(e.DEVICE)}
    sims = {row["simNumber"]: row for row in store.rows(e.SIM)}
    customers = {row["customerID"]: row for row in store.rows(e.CUSTOMER)}
    summaries = {row["serviceID"]: row for row in store.rows(e.SUMMARY)}
    for service in store.rows(e.SERVICE):
        customer = customers[service["customerID"]]
        assert service["customerName"] == customer["customerName"]
        assert service["accountNumber"] == customer["accountNumber"]
        summary = summaries[service["serviceID"]]
        assert summary["endDate"] == service["disconnectDate"]
        assert summary["catalogID"] == service["serviceCatalogID"]
        if service["disconnectDate"] is None:
            assert devices[service["handsetSerialNumber"]]["bind"] is True
            assert sims[service["simCardSerialNumber"]]["imsi"] == service["imsi"]
            assert service["startDate"] < "2026"
        else:
            assert "handsetSerialNumber" not in service


def test_connections_agree_with_what_they_refer_to(store: Store) -> None:
    """Customer and tariff of a connection exist and match; the term is the tariff's."""
    customers = {row["customerId"]: row for row in store.rows(e.AB_CUSTOMER)}
    tariffs = {row["tariffId"]: row for row in store.rows(e.AB_TARIFF)}
    for row in store.rows(e.AB_CONNECTION):
        tariff = tariffs[row["tariffId"]]
        assert (row["networkId"], row["contractTermMonths"]) == (
            tariff["networkId"],
            tariff["contractTermMonths"],
        )
        assert row["customerName"] == customers[row["customerId"]]["customerName"]
        assert row["startDate"] <= row["upgradeDate"] <= row["endDate"]
        assert not row["billCapEnabled"] or tariff["billCapEligible"]


def test_identifiers_of_the_examples_exist(store: Store) -> None:
    """The vendor's own samples find something."""
    assert store.body(e.DEVICE, 1000)
    assert store.body(e.SERVICE, 1)
    assert store.body(e.SPECIAL_NUMBER, 2931)
    assert store.body(e.AB_TARIFF, 5120)
    connection = store.row(e.AB_CONNECTION, 104233)
    assert connection is not None
    assert connection["cli"] == "07700900123"


def test_json_objects_hold_no_private_column(store: Store) -> None:
    """Columns of the sandbox's own are never sent."""
    for entity in e.ENTITIES:
        for row in store.rows(entity, limit=5):
            assert not [name for name in row if name.startswith("_")]


def test_seeded_rows_lack_nothing_that_operations_need(store: Store) -> None:
    """Only rows of the user's own are filled in; a null that a made-up row has stays one."""
    for entity in e.ENTITIES:
        assert [json.loads(body) for body in store.bodies(entity)] == store.rows(entity), entity.name


@given(st.lists(st.integers(0, 700_000), unique=True, max_size=50))
def test_numbers_are_unique_and_fictional(places: list[int]) -> None:
    """US lines are of the 555 exchange; UK numbers are of the drama range or the sandbox's own plan."""
    us, uk = {us_number(place) for place in places}, {uk_number(place) for place in places}
    assert len(us) == len(uk) == len(places)
    assert all(re.fullmatch(r"[2-9]\d\d555\d{4}", number) for number in us)
    assert all(re.fullmatch(r"07700900\d{3}|072\d{8}", number) for number in uk)


def test_check_digit_is_luhn() -> None:
    """A known equipment number: 49015420323751 has the check digit 8."""
    assert check_digit("49015420323751") == 8
