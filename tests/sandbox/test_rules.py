"""The vendors' rules, taken from the operations: required fields, patchable verbs, search fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from tests.sandbox.callers import Caller
from tests.specs.idi_page import FACTS
from trunkline.abzorb import OPERATIONS as ABZORB
from trunkline.abzorb import models as abzorb_models
from trunkline.idi import OPERATIONS as IDI
from trunkline.idi import models as idi_models
from trunkline.operation import Operation
from trunkline.sandbox import Sandbox
from trunkline.sandbox.idi import fields
from trunkline.sandbox.store import entities

VERBS = ("add", "replace", "remove")
KEYS = {"{zip}": "12345", "{deviceID}": "1000", "coverageIndicator/{id}": "coverageIndicator/1000"}
TEXTS = {
    "FunctionCode": "C",
    "ServiceNumber": "2005550100",
    "action": "Add",
    "barSuffix": "INTL",
    "connectionType": "New",
}


@pytest.fixture
def settings() -> dict[str, Any]:
    """Small: one sandbox is made for each of many cases."""
    return {"rows": 20}


def address(operation: Operation[Any]) -> str:
    """The path with keys that exist."""
    path = operation.path
    for name, key in KEYS.items():
        path = path.replace(name, key)
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


def patches() -> Iterator[Any]:
    for operation in IDI.values():
        for name, allowed in operation.patchable.items():
            yield pytest.param(operation, name, allowed, id=f"{operation.id} {name}")


@pytest.mark.parametrize(("operation", "name", "allowed"), list(patches()))
async def test_patch_verbs(
    idi: Caller, operation: Operation[Any], name: str, allowed: tuple[str, ...]
) -> None:
    """Of each of the patchable fields exactly the documented verbs are taken."""
    for verb in VERBS:
        response = await idi.patch(address(operation), (verb, f"/{name}", None))
        refused = response.status == 400 and f"does not allow {verb}" in response.text
        assert refused == (verb not in allowed), (verb, response.text)


def test_patch_fields_are_the_documented_number() -> None:
    """As many as the vendor's page lists."""
    listed = sum(len(facts.get("patchable", [])) for facts in FACTS.values())
    assert sum(len(operation.patchable) for operation in IDI.values()) == listed > 0


def bodies() -> Iterator[Any]:
    for operations, models in ((IDI, idi_models), (ABZORB, abzorb_models)):
        for operation in operations.values():
            model = getattr(models, operation.body.type, None) if operation.body else None
            required = [f for f in attrs.fields(model) if f.default is attrs.NOTHING] if model else []
            for field in required:
                yield pytest.param(operation, required, field, id=f"{operation.id} {field.metadata['wire']}")


def sample(field: Any) -> Any:
    """A value that passes for one of the field's type, as far as a check for presence looks."""
    wire, kind = field.metadata["wire"], str(field.type)
    if wire in TEXTS:
        return TEXTS[wire]
    return "2021-01-01" if "date" in kind else {} if "Address" in kind else "1" if "str" in kind else 1


@pytest.mark.parametrize(("operation", "required", "field"), list(bodies()))
async def test_required_fields(
    idi: Caller, abzorb: Caller, operation: Operation[Any], required: list[Any], field: Any
) -> None:
    """Without any one of them the request is refused and the message names it."""
    body = {f.metadata["wire"]: sample(f) for f in required if f is not field}
    caller = idi if operation.api == "idi" else abzorb
    response = await caller(operation.method, address(operation), body)
    assert response.status == 400, response.text
    if operation.api == "idi":
        assert response.json["errors"][0]["field"] == field.metadata["wire"]
    else:
        assert response.json == {"response_message": f"{field.metadata['wire']} is missing."}


def searches() -> Iterator[Any]:
    for operation in IDI.values():
        if operation.paging is not None:
            yield pytest.param(operation, id=operation.id)


@pytest.mark.parametrize("operation", list(searches()))
async def test_search_fields(idi: Caller, sandbox: Sandbox, operation: Operation[Any]) -> None:
    """Every filterable and sortable field is taken, and no other name of the row is."""
    path = address(operation)
    takes = {param.wire for param in operation.query_params}
    # three reads ask for the header too (x-trunkline: content_type_header)
    idi = attrs.evolve(idi, headers={**idi.headers, "Content-Type": "application/json"})
    rows = (await idi.get(path)).json["value"]
    names = set(rows[0])
    for name in sorted(names | {*operation.filterable, *operation.sortable}):
        for option, text, allowed in (
            ("$filter", f"{name} ne null", operation.filterable),
            ("$orderby", f"{name} desc", operation.sortable),
        ):
            if option in takes:
                response = await idi("GET", path, params={option: text})
                assert response.status == (200 if name in allowed else 400), (option, name, response.text)
    assert names


@pytest.mark.parametrize(
    ("change", "steps", "says"),
    [
        ({"charge": -0.01}, [("replace", "/payInInstallments", True)], "0 or more"),
        (
            {"billedCharge": 0.05},
            [("replace", "/payInInstallments", True), ("add", "/numberOfInstallments", 12)],
            "greater than 0",
        ),
        (
            {"billedCharge": 0},
            [("replace", "/payInInstallments", True), ("add", "/numberOfInstallments", 12)],
            "",
        ),
        ({"billed": True}, [("add", "/numberOfInstallments", 3)], "billed"),
        ({"retailInstallmentPlan": True}, [("replace", "/payInInstallments", False)], "retail"),
    ],
)
async def test_installment_notes(
    idi: Caller, sandbox: Sandbox, change: dict[str, Any], steps: list[tuple[Any, ...]], says: str
) -> None:
    """The vendor's notes that no seeded feature meets: derived and monthly charge, both fields."""
    store = sandbox.state.store
    row = store.row(entities.FEATURE, 1)
    assert row is not None
    store.put(entities.FEATURE, row | change)
    response = await idi.patch("/api/feature/1", *steps)
    assert response.status == (400 if says else 200)
    assert says in response.text


@pytest.mark.parametrize(
    ("sim_class", "named"), [(1, "eSIM Only"), (2, "eSIM or SIM Card"), (3, "SIM Card Only")]
)
async def test_sim_classes(idi: Caller, sim_class: int, named: str) -> None:
    """The three classes of the page, and their names in responses."""
    body = {"imsi": f"9{sim_class}", "simNumber": f"9{sim_class}", "simClassID": sim_class}
    assert (await idi.post("/api/sim", body)).json["simClass"] == named
    for wrong in (0, 4, "x", True):
        assert (await idi.post("/api/sim", body | {"simClassID": wrong})).status == 400


async def test_service_summary_key_is_a_text(idi: Caller) -> None:
    """The page types this path parameter as text: what is no number names no customer."""
    for path in ("serviceSummary", "serviceDetail"):
        assert (await idi.get(f"/api/customer/1/{path}")).json["value"]
        response = await idi.get(f"/api/customer/ACME/{path}")
        assert (response.status, response.json["errors"][0]["field"]) == (404, "Customer")
    assert (await idi.get("/api/customer/ACME/retailWarranty")).status == 400


@pytest.mark.parametrize(
    ("name", "kind"), [("bind", "bool"), ("blackBerryRegistrationID", "int"), ("lastModifiedDate", "instant")]
)
def test_a_new_search_field_brings_its_column(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec that lists one more name needs no edit here; its kind is that of the row's field."""
    changed = attrs.evolve(IDI["device.search"], filterable=(name,), sortable=())
    monkeypatch.setattr(entities, "OPERATIONS", {"device.search": changed})
    made = entities._entity("thing", "thingID", rows="Device")
    assert dict(made.columns) == {"thingID": "int", name: kind}
    assert name in made.table.c


async def test_a_new_required_field_is_asked_for(idi: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that cannot be built without a field is what the sandbox goes by, in lists of objects too."""

    @attrs.define(kw_only=True)
    class Stricter:
        """A body with a field that no handler knows."""

        tier: str = attrs.field(metadata={"wire": "tier"})

    fields._required_by.cache_clear()
    for name in ("SimCreate", "ExtendedTaxExemptionUpdate"):
        monkeypatch.setattr(idi_models, name, Stricter)
    sim = await idi("POST", "/api/sim", {"imsi": "001", "simNumber": "1", "simClassID": 1})
    exemption = await idi("PUT", "/api/service/1/extendedTaxExemption", [{"taxTypeExemptID": 2}])
    fields._required_by.cache_clear()
    assert [(a.status, a.json["errors"][0]["field"]) for a in (sim, exemption)] == [(400, "tier")] * 2
