"""The IDI spec is valid and complete against what the vendor's page lists; see `idi_page`."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.specs.idi_page import (
    FACTS,
    OPERATIONS,
    SINCE_BY_RELEASE_NOTES,
    SPEC,
    SPECS,
    TOKEN,
    answer,
    body,
    marks,
    noted_body,
    noted_parameters,
    operations,
    parameters,
    resolve,
    row,
)

SIM_FIELDS_OF_2_03 = """
    admPIN authenticationKey caveAuthKey hexEUIMID hexPseudoUIMID hrpdSecret kappli kKey
    mipAAASecret mipHASecret profileName sipSecret
"""
on_the_page = pytest.mark.parametrize("title", list(FACTS))

# -- validity -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [SPEC, TOKEN], ids=["openapi", "security-token"])
def test_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    """Both files are OpenAPI 3.1."""
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_operations_are_those_of_the_page_in_its_order_and_one_more() -> None:
    """Titles are the vendor's own, in page order; serviceDetail is the only one without an entry."""
    titles = [title for title in OPERATIONS if title != "Customer Service Detail"]
    assert titles == list(FACTS)
    assert len(titles) == 41
    assert len(list(operations(SPEC))) == len(OPERATIONS) == 42


def test_every_component_is_used_or_gives_patchable_fields_their_types() -> None:
    """No schema, parameter or response stands about without a user."""
    text = (SPECS / "openapi.yaml").read_text(encoding="utf-8")
    patched = {operation["x-trunkline"].get("patch_model") for operation in OPERATIONS.values()}
    for kind in ("schemas", "parameters", "responses"):
        unused = {name for name in SPEC["components"][kind] if f"#/components/{kind}/{name}'" not in text}
        assert unused - patched == set()


# -- completeness against the page --------------------------------------------------------------------


@on_the_page
def test_parameters_match_the_page(title: str) -> None:
    """Names, types, required marks and Enums; $inlinecount where, and only where, the page has it."""
    for where in ("path", "query"):
        assert noted_parameters(OPERATIONS[title], where) == FACTS[title].get(where, [])


@on_the_page
def test_body_fields_match_the_page(title: str) -> None:
    """Names, types, required marks, Enums, and whether the body is an array."""
    facts = FACTS[title]
    is_array, _ = body(OPERATIONS[title])
    assert is_array == ("rows" in facts)
    assert noted_body(OPERATIONS[title]) == facts.get("rows", facts.get("body", []))


@on_the_page
def test_lists_match_the_page(title: str) -> None:
    """Filterable and sortable names, and patchable fields with their verbs."""
    words, facts = OPERATIONS[title]["x-trunkline"], FACTS[title]
    assert words.get("filterable", []) == facts.get("filterable", [])
    assert words.get("sortable", []) == facts.get("sortable", [])
    patchable = [f"{field}:{'+'.join(verbs)}" for field, verbs in words.get("patchable", {}).items()]
    assert patchable == facts.get("patchable", [])


@on_the_page
def test_revision_marks_match_the_page(title: str) -> None:
    """Each mark stands on what the page puts it on."""
    assert sorted(marks(OPERATIONS[title])) == sorted(FACTS[title].get("marks", []))


@on_the_page
def test_answer_holds_every_key_of_the_sample(title: str) -> None:
    """A sample of errors belongs to the shared error answer; the plan history sample is one row."""
    operation, keys = OPERATIONS[title], FACTS[title].get("answer", [])
    if keys == ["errors"]:
        error = resolve(operation["responses"]["default"])["content"]["application/json"]["schema"]
        assert answer(operation) is None
        assert list(resolve(error)["properties"]) == keys
        assert operation["x-trunkline"]["errors_shown"] is True
        return
    assert "errors_shown" not in operation["x-trunkline"]
    schema = row(operation) if title == "Search Plan History" else answer(operation)
    assert set(keys) <= set(schema["properties"] if schema else ())
    assert bool(keys) == (schema is not None)


@on_the_page
def test_header_and_authorization_entries_are_accounted_for(title: str) -> None:
    """The Content-Type parameters and the missing Authorizations of the page are on record."""
    words, flags = OPERATIONS[title]["x-trunkline"], FACTS[title].get("flags", [])
    assert words.get("content_type_header", False) == ("content type" in flags)
    assert words.get("authorizations_shown", True) == ("no authorizations" not in flags)


def test_counts_are_those_of_the_page() -> None:
    """The totals, counted in the spec and not in the yardstick."""
    shown = [OPERATIONS[title] for title in FACTS]
    words = [operation["x-trunkline"] for operation in shown]
    assert sum(len(parameters(operation, "path")) for operation in shown) == 24
    assert sum(len(parameters(operation, "query")) for operation in shown) == 120
    assert sum(len(body(operation)[1]["properties"]) for operation in shown) == 97
    assert sum(len(word.get("filterable", [])) for word in words) == 98
    assert sum(len(word.get("sortable", [])) for word in words) == 105
    assert sum(len(word.get("patchable", {})) for word in words) == 30
    assert sum(len(marks(operation)) for operation in shown) == 57


def test_inlinecount_has_its_enum_and_no_other_query_parameter_has_one() -> None:
    """allpages and none, on the eight operations that have the parameter."""
    with_enum = [p for op in OPERATIONS.values() for p in parameters(op, "query") if "enum" in p["schema"]]
    assert {p["name"] for p in with_enum} == {"$inlinecount"}
    assert [p["schema"]["enum"] for p in with_enum] == [["allpages", "none"]] * 8


def test_since_of_the_release_notes() -> None:
    """Operations without a mark of their own carry the release that first named them."""
    by_id = {operation["operationId"]: operation["x-trunkline"] for operation in OPERATIONS.values()}
    assert {name: by_id[name]["since"] for name in SINCE_BY_RELEASE_NOTES} == SINCE_BY_RELEASE_NOTES


def test_since_of_answer_fields() -> None:
    """Marks of answer fields come from the release notes, or from the lists that name the row's fields."""
    expected = {f"Sim.{name}": "2.03" for name in SIM_FIELDS_OF_2_03.split()}
    expected |= {"Device.alternateSerialNumberCheckDigit": "2.01", "Device.displayName": "2.01"}
    expected |= {"AdvancePayService.charge": "2.37", "AdvancePayService.duration": "2.37"}
    expected |= {
        "AdvancePayService.customerID": "2.20",
        "Service.eid": "2.00",
        "MsagValidation.MSAGError": "2.15",
    }
    bodies = [body(operation)[1] for operation in OPERATIONS.values()]
    found = {
        f"{name}.{field}": node["x-trunkline"]["since"]
        for name, schema in SPEC["components"]["schemas"].items()
        if not any(schema is known for known in bodies)
        for field, node in schema["properties"].items()
        if "since" in node["x-trunkline"]
    }
    assert found == expected


def test_fields_that_take_null() -> None:
    """Null is allowed where the page shows or explains it, and for the ends of what may still run."""
    found = {
        f"{name}.{field}"
        for name, schema in SPEC["components"]["schemas"].items()
        for field, node in schema["properties"].items()
        if "null" in node.get("type", [])
    }
    shown = {
        "Device.aKey",
        "DeviceCreate.aKey",
        "E911BatchDetailCreate.E911ProviderID",
        "Reversal.skipReason",
    }
    explained = {"TaxByComponentAllocationUpdate.chargeOverride", "TaxByComponentAllocation.chargeOverride"}
    open_ended = {
        "Service.disconnectDate",
        "ServiceSummary.endDate",
        "ServiceDetail.endDate",
        "PlanHistory.endDate",
    }
    assert found == shown | explained | open_ended
