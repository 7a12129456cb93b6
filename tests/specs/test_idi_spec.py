"""The IDI spec is valid and complete against what the vendor's page lists; see `idi_page`."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.specs.idi_page import (
    FACTS,
    GONE,
    NOTES,
    OPERATIONS,
    SPEC,
    SPECS,
    TOKEN,
    body,
    examples,
    marks,
    noted_body,
    noted_parameters,
    only_noted,
    operations,
    resolve,
    responds,
    row,
    shown_schema,
)

on_the_page = pytest.mark.parametrize("title", list(FACTS))

# -- validity -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [SPEC, TOKEN], ids=["openapi", "security-token"])
def test_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    """Both files are OpenAPI 3.1."""
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_operations_are_those_of_the_page_and_one_more() -> None:
    """Titles are the vendor's own, each once; serviceDetail is the only one without an entry."""
    assert sorted(OPERATIONS) == sorted({*FACTS, "Customer Service Detail"})
    assert len(list(operations(SPEC))) == len(OPERATIONS)


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
        assert sorted(noted_parameters(OPERATIONS[title], where)) == sorted(FACTS[title].get(where, []))


@on_the_page
def test_parameter_examples_match_the_page(title: str) -> None:
    """Every example that the page shows for a parameter, 135 in all as of 2.37, and no other."""
    assert sorted(examples(OPERATIONS[title])) == sorted(FACTS[title].get("examples", []))


@on_the_page
def test_body_fields_match_the_page(title: str) -> None:
    """Names, types, required marks, Enums, and whether the body is an array."""
    facts = FACTS[title]
    is_array, _ = body(OPERATIONS[title])
    assert is_array == ("rows" in facts)
    assert sorted(noted_body(OPERATIONS[title])) == sorted(facts.get("rows", facts.get("body", [])))


@on_the_page
def test_lists_match_the_page(title: str) -> None:
    """Filterable and sortable names, and patchable fields with their verbs."""
    words, facts = OPERATIONS[title]["x-trunkline"], FACTS[title]
    assert sorted(words.get("filterable", [])) == sorted(facts.get("filterable", []))
    assert sorted(words.get("sortable", [])) == sorted(facts.get("sortable", []))
    patchable = [f"{field}:{'+'.join(verbs)}" for field, verbs in words.get("patchable", {}).items()]
    assert sorted(patchable) == sorted(facts.get("patchable", []))


@on_the_page
def test_revision_marks_match_the_page(title: str) -> None:
    """Each mark stands on what the page puts it on."""
    assert sorted(marks(OPERATIONS[title])) == sorted(FACTS[title].get("marks", []))


@on_the_page
def test_response_holds_every_key_of_the_sample(title: str) -> None:
    """A sample of errors belongs to the shared error response; the plan history sample is one row."""
    operation, keys = OPERATIONS[title], FACTS[title].get("answer", [])
    if keys == ["errors"]:
        error = resolve(operation["responses"]["default"])["content"]["application/json"]["schema"]
        assert responds(operation) is None
        assert list(resolve(error)["properties"]) == keys
        assert operation["x-trunkline"]["errors_shown"] is True
        return
    assert "errors_shown" not in operation["x-trunkline"]
    schema = shown_schema(operation, keys)
    outer = {key for key in keys if "[]" not in key and "." not in key.removeprefix("@odata.")}
    assert outer <= set(schema["properties"] if schema else ())
    rows = {key.removeprefix("value[].") for key in keys if key.startswith("value[].")}
    assert {name for name in rows if "." not in name} <= set(row(operation)["properties"] if rows else ())
    assert bool(keys) == (schema is not None)


@on_the_page
def test_header_and_authorization_entries_are_accounted_for(title: str) -> None:
    """The Content-Type parameters and the missing Authorizations of the page are on record."""
    words, flags = OPERATIONS[title]["x-trunkline"], FACTS[title].get("flags", [])
    assert words.get("content_type_header", False) == ("content type" in flags)
    assert words.get("authorizations_shown", True) == ("no authorizations" not in flags)


def test_since_of_operations_without_a_mark_is_the_note_that_adds_them() -> None:
    """The earliest release that names the route or the title as added; no such note, no revision."""
    for path, method, operation in operations(SPEC):
        if only_noted(operation):
            route = f"{method.upper()} {path.removeprefix('/')}"
            added = [v for v, said in NOTES.items() for m in said if m.startswith("added operation @")
                     and (m.endswith(route) or f"@ {operation['summary']} " in f"{m} ")]  # fmt: skip
            assert [operation["x-trunkline"].get("since")] == (added[-1:] or [None]), route


def test_since_of_response_fields() -> None:
    """Marks of response fields come from the release notes, or from the lists that name the row's fields."""
    bodies = [body(operation)[1] for operation in OPERATIONS.values()]
    listed = {
        (name, since)
        for operation in OPERATIONS.values()
        for names in operation["x-trunkline"].get("revisions", {}).values()
        for name, since in names.items()
    }
    told = {(name, v) for v, said in NOTES.items() for m in said for name in re.findall(r"\w+", m)}
    found = {
        (f"{name}.{field}", field, node["x-trunkline"]["since"])
        for name, schema in SPEC["components"]["schemas"].items()
        if not any(schema is known for known in bodies)
        for field, node in schema["properties"].items()
        if "since" in node["x-trunkline"]
    }
    assert {place for place, field, since in found if (field, since) not in listed | told} == set()
    added = [(v, m) for v, said in NOTES.items() for m in said if m.startswith("added response ")]
    for version, mark in added:
        for name in re.findall(r"\w+", mark.removeprefix("added response ").partition(" @ ")[0]):
            if any(gone.startswith(f"response field {name} @") for gone in GONE):
                continue  # the vendor took it out since
            assert any((field, since) == (name, version) for _, field, since in found), (name, version)


def test_fields_that_take_null() -> None:
    """Null is allowed where the page shows or explains it, and for the ends of what may still run."""
    found = {
        f"{name}.{field}": node["x-trunkline"]["provenance"]
        for name, schema in SPEC["components"]["schemas"].items()
        for field, node in schema["properties"].items()
        if "null" in node.get("type", [])
    }
    explained = {"TaxByComponentAllocation.chargeOverride"}
    open_ended = {
        "Service.disconnectDate",
        "ServiceSummary.endDate",
        "ServiceDetail.endDate",
        "PlanHistory.endDate",
    }
    assert found
    inferred = {name for name, provenance in found.items() if provenance != "documented"}
    assert inferred <= explained | open_ended
