"""What a seeded row refers to exists, in both APIs, for any seed and size."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.test_seed import filled
from trunkline._codec.annotations import resolve_in_module
from trunkline._codec.drift import DriftRecorder
from trunkline._luhn import check_digit
from trunkline.operation import Operation
from trunkline.sandbox.seed import own_rows
from trunkline.sandbox.seed.abzorb import seed_abzorb
from trunkline.sandbox.seed.values import (
    check_digit_of_number,
    dice,
    iccid,
    imei,
    instant_text,
    person,
    unix_date,
)
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Entity, Row, Store

LINKS: list[tuple[Entity, str, Entity]] = [
    (e.SERVICE, "customerID", e.CUSTOMER), (e.SUMMARY, "_customerID", e.CUSTOMER),
    (e.SUMMARY, "serviceID", e.SERVICE), (e.ADVANCE_PAY, "serviceID", e.SERVICE),
    (e.ADVANCE_PAY, "customerID", e.CUSTOMER), (e.WARRANTY, "serviceID", e.SERVICE),
    (e.WARRANTY, "_customerID", e.CUSTOMER), (e.PHONE_BOOK, "_serviceID", e.SERVICE),
    (e.PHONE_BOOK_ENTRY, "_serviceID", e.SERVICE),
    (e.PHONE_BOOK_ENTRY, "phoneBookSpecialNumberID", e.SPECIAL_NUMBER),
    (e.PRICE_POINT, "_serviceID", e.SERVICE), (e.PRICE_POINT, "featureID", e.FEATURE),
    (e.EXEMPTION, "_serviceID", e.SERVICE), (e.EXEMPTION, "taxTypeExemptID", e.EXEMPTION_KIND),
    (e.STARTING_CODE, "_serviceID", e.SERVICE), (e.EQUIPMENT, "serviceID", e.SERVICE),
    (e.PLAN_HISTORY, "_serviceID", e.SERVICE), (e.PLAN_HISTORY, "customerID", e.CUSTOMER),
    (e.FEATURE, "serviceID", e.SERVICE), (e.CONTRACT, "serviceID", e.SERVICE),
    (e.PACKAGE, "serviceID", e.SERVICE), (e.ALLOCATION, "_packageID", e.PACKAGE),
    (e.SERVICE_ADDRESS, "customerID", e.CUSTOMER), (e.SERVICE_E911, "serviceID", e.SERVICE),
    (e.SERVICE_E911, "e911ServiceAddressID", e.SERVICE_ADDRESS),
    (e.COVERAGE_INDICATOR, "coverageTypeID", e.COVERAGE_TYPE),
    (e.COVERAGE_AREA, "coverageIndicatorID", e.COVERAGE_INDICATOR),
    (e.COVERAGE_AREA, "regionID", e.REGION),
    (e.AB_CONNECTION, "customerId", e.AB_CUSTOMER), (e.AB_CONNECTION, "tariffId", e.AB_TARIFF),
    (e.AB_ORDER, "customerId", e.AB_CUSTOMER), (e.AB_TASK, "customerId", e.AB_CUSTOMER),
    (e.AB_COMMENT, "taskId", e.AB_TASK),
]  # fmt: skip
NAMES: list[tuple[Entity, str, Entity, str]] = [
    (e.SERVICE, "customerID", e.CUSTOMER, "customerName"),
    (e.SERVICE, "customerID", e.CUSTOMER, "accountNumber"),
    (e.COVERAGE_INDICATOR, "coverageTypeID", e.COVERAGE_TYPE, "coverageType"),
    (e.COVERAGE_AREA, "coverageIndicatorID", e.COVERAGE_INDICATOR, "coverageIndicator"),
    (e.COVERAGE_AREA, "regionID", e.REGION, "region"),
    (e.EXEMPTION, "taxTypeExemptID", e.EXEMPTION_KIND, "taxTypeExempt"),
    (e.ADVANCE_PAY, "serviceID", e.SERVICE, "serviceNumber"),
    (e.WARRANTY, "serviceID", e.SERVICE, "serviceNumber"),
    (e.EQUIPMENT, "serviceID", e.SERVICE, "serviceNumber"),
    (e.SUMMARY, "serviceID", e.SERVICE, "serviceNumber"),
    (e.AB_CONNECTION, "customerId", e.AB_CUSTOMER, "customerName"),
    (e.AB_CONNECTION, "customerId", e.AB_CUSTOMER, "accountNumber"),
    (e.AB_CONNECTION, "tariffId", e.AB_TARIFF, "tariffName"),
    (e.AB_CONNECTION, "tariffId", e.AB_TARIFF, "network"),
]  # fmt: skip
ROW = Operation[Any](api="x", id="row", title="", method="GET", path="/", namespace="trunkline.model")


def named(value: Any) -> str:
    return value.name if isinstance(value, Entity) else str(value)


@pytest.fixture(scope="module", params=[(7, 300), (1, 1), (2, 7), (3, 240)], ids=str)
def store(request: pytest.FixtureRequest) -> Any:
    seed, rows = request.param
    store = filled(seed, rows)
    yield store
    store.close()


def whole(store: Store, entity: Entity) -> list[Row]:
    """Rows with their private columns."""
    keys = store.keys(entity, limit=10**6)
    found = store.rows(entity)
    return [
        row | (store.private(entity, key) if entity.private else {})
        for row, key in zip(found, keys, strict=True)
    ]


@pytest.mark.parametrize(("entity", "name", "parent"), LINKS, ids=named)
def test_what_a_row_refers_to_exists(store: Store, entity: Entity, name: str, parent: Entity) -> None:
    keys = set(store.keys(parent, limit=10**6))
    wrong = [row[name] for row in whole(store, entity) if row.get(name) is not None and row[name] not in keys]
    assert wrong == []


@pytest.mark.parametrize(("entity", "key", "parent", "name"), NAMES, ids=named)
def test_a_copied_name_is_that_of_its_row(
    store: Store, entity: Entity, key: str, parent: Entity, name: str
) -> None:
    named = {row[parent.key]: row[name] for row in store.rows(parent)}
    assert all(row[name] == named[row[key]] for row in store.rows(entity))


@pytest.mark.parametrize("entity", own_rows._MODELS, ids=lambda entity: entity.name)
def test_every_seeded_row_is_what_its_model_says(store: Store, entity: Entity) -> None:
    """No name beyond the spec's and no value of another type: each row, not a sample of them."""
    model = own_rows._model(entity)
    recorder = DriftRecorder()
    for body in store.bodies(entity):
        recorder.observe(ROW, body, model, whole=True)
    found = recorder.report().get("row", {"differences": []})["differences"]
    assert [each for each in found if each["kind"] != "missing field"] == []


@pytest.mark.parametrize(
    ("entity", "name"),
    [(e.DEVICE, "serialNumber"), (e.SIM, "simNumber"), (e.SIM, "imsi"), (e.SERVICE, "serviceNumber"),
     (e.AB_CONNECTION, "cli"), (e.AB_CONNECTION, "simNumber"), (e.AB_CUSTOMER, "coRegNumber"),
     (e.AB_NUMBER, "cli"), (e.COVERAGE_INDICATOR, "coverageIndicator")],
    ids=named,
)  # fmt: skip
def test_what_must_be_unique_is(store: Store, entity: Entity, name: str) -> None:
    values = [row[name] for row in store.rows(entity)]
    assert len(values) == len(set(values))


def test_no_free_number_is_on_a_connection(store: Store) -> None:
    free = {row["cli"] for row in store.rows(e.AB_NUMBER)}
    assert not free & {row["cli"] for row in store.rows(e.AB_CONNECTION)}


def test_seeded_rows_keep_the_rules_of_the_operations(store: Store) -> None:
    """What could not be created is not there from the start either."""
    for row in store.rows(e.DEVICE):
        assert not (row["bind"] and row["reservedForRetail"])
        assert ("eid" in row) is (row["simClassID"] != 3)
    for row in store.rows(e.SERVICE):
        assert row["disconnectDate"] is None or row["disconnectDate"] > row["startDate"]
    for row in store.rows(e.FEATURE):
        assert row["charge"] >= 0
        assert row["payInInstallments"] or row["numberOfInstallments"] == 0
    for row in store.rows(e.AB_CONNECTION):
        assert (row["billCapValue"] is None) is not row["billCapEnabled"]
        assert not row["isEsim"] or row["network"] == "Vodafone"
        used, allowed = row["alerting"]["dataUsedMb"], row["alerting"]["dataAllowanceMb"]
        assert (row["alerting"]["lastAlertAt"] is not None) is (used >= allowed * 0.8)


@pytest.mark.parametrize("now", [1_760_000_000.0, 1_760_000_000.0 // 86_400 * 86_400, 1_760_054_399.9])
def test_a_day_has_one_set_of_data(now: float) -> None:
    """Two starts of one seed on one day agree, whatever the hour."""
    stores = [Store("sqlite://", e.ENTITIES) for _ in range(2)]
    for each, moment in zip(stores, (1_760_000_000.0, now), strict=True):
        each.create()
        seed_abzorb(each, rows=20, seed=7, now=moment)
    one, other = ([each.bodies(entity) for entity in e.ENTITIES] for each in stores)
    assert one == other


def test_streams_of_dice_are_independent_and_repeatable() -> None:
    """The same for the same seed, stream and place; any other gives other bits, evenly spread."""
    assert dice(7, "a")(3) == dice(7, "a")(3)
    rolls = {
        dice(seed, stream)(i) for seed in (7, 8, -1, 2**70) for stream in ("a", "b", "ab") for i in range(50)
    }
    assert len(rolls) == 4 * 3 * 50
    assert all(0 <= roll < 2**64 for roll in rolls)
    ones = sum(bin(dice(7, "a")(i)).count("1") for i in range(1000))
    assert abs(ones - 32_000) < 600


@pytest.mark.parametrize("index", [0, 1, 9, 10, 99, 123_456, 999_999, 1_000_000, 7_654_321])
def test_looked_up_check_digits_are_luhns(index: int) -> None:
    assert check_digit_of_number(index) == check_digit(f"{index % 1_000_000:06d}")
    assert len(imei(index)) == 14
    assert len(iccid("8901000", index)) == 20


def test_made_up_values_take_any_bits() -> None:
    """Names and moments are there for the least and the largest number."""
    for bits in (0, 1, 2**64 - 1):
        assert person(bits).count(" ") == 1
        assert "2015-01-01" <= instant_text(bits)[:10] < "2024-01-01"
    assert unix_date(1_760_000_000, -1) == "2025-10-08"


def test_rows_of_own_models_are_found() -> None:
    """The kinds that a file may hold name models that exist."""
    for name in own_rows._MODELS.values():
        api, model = name.split(".")
        assert resolve_in_module(model, f"trunkline.{api}.models")
