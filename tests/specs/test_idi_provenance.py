"""The IDI specs use the words of x-trunkline fully and rightly, and claim nothing the page does not show."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.specs.idi_page import (
    FACTS,
    GONE,
    NOTES,
    OPERATIONS,
    PAGED,
    SPEC,
    TOKEN,
    body,
    nodes,
    operations,
    parameters,
    resolve,
    responds,
    row,
    shown_schema,
)

PROVENANCES = {"documented", "release-notes", "inferred"}
ROUTE = re.compile(r"(?:GET|PUT|POST|PATCH|DELETE) api/\S+\Z")

# They compute, check or log in: a second call changes nothing.
REPEATABLE_POSTS = {
    "contract.calculate_early_termination_fee": "safe",
    "service.validate_msag": "safe",
    "security_token.login": "idempotent",
}

# What must never be shown, wherever it stands.
SECRETS = {
    "aKey",
    "authenticationKey",
    "caveAuthKey",
    "kKey",
    "kappli",
    "hrpdSecret",
    "mipAAASecret",
    "mipHASecret",
    "sipSecret",
    "admPIN",
    "pin",
    "pin1",
    "pin2",
    "puk1",
    "puk2",
    "imsi",
    "msl",
    "oneTimeSL",
    "eid",
    "simNumber",
    "simCardNumber",
    "simCardSerialNumber",
    "activationURL",
    "serviceNumber",
    "ServiceNumber",
    "phone",
    "name",
    "customerName",
    "serviceName",
    "accountNumber",
    "min",
    "houseNumber",
    "streetName",
    "StreetName",
    "StreetNumber",
    "serialNumber",
    "alternateSerialNumber",
    "handsetSerialNumber",
    "handsetAlternateSerialNumber",
    "userID",
    "lastModifiedUserID",
}

# -- the words of x-trunkline -------------------------------------------------------------------------


@pytest.mark.parametrize("document", [SPEC, TOKEN], ids=["openapi", "security-token"])
def test_operation_words_are_complete(document: dict[str, Any]) -> None:
    """Resource and method make the operationId; idempotency and the three provenances are always said."""
    seen = set()
    for path, method, operation in operations(document):
        words = operation["x-trunkline"]
        assert operation["operationId"] == f"{words['resource']}.{words['method']}", path
        assert re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", operation["operationId"])
        assert set(words["provenance"]) == {"route", "request", "response"}
        assert set(words["provenance"].values()) <= PROVENANCES
        assert words["idempotency"] in {"safe", "idempotent", "unsafe"}
        assert operation["description"].endswith(".")
        if method == "get":
            assert words["idempotency"] == "safe"
        if method == "post":
            harmless = REPEATABLE_POSTS.get(operation["operationId"], "unsafe")
            assert words["idempotency"] == harmless, path
        if method in ("put", "delete"):
            assert words["idempotency"] == "idempotent"
        seen.add(operation["operationId"])
    assert len(seen) == len(list(operations(document)))


def test_patch_is_idempotent_only_where_no_field_can_be_removed() -> None:
    """A repeated remove is refused although it worked: such a call must not be replayed."""
    for operation in OPERATIONS.values():
        words = operation["x-trunkline"]
        if "patchable" in words:
            removable = any("remove" in verbs for verbs in words["patchable"].values())
            assert words["idempotency"] == ("unsafe" if removable else "idempotent"), operation["summary"]


@pytest.mark.parametrize("document", [SPEC, TOKEN], ids=["openapi", "security-token"])
def test_every_property_and_parameter_has_provenance_and_description(document: dict[str, Any]) -> None:
    """Each says where it comes from and what it is."""
    found = [(at, node, node.get("x-trunkline", {})) for at, node in nodes(document)]
    assert found
    assert [at for at, _, words in found if words.get("provenance") not in PROVENANCES] == []
    assert [at for at, node, _ in found if not node.get("description")] == []


def test_routes_documented_are_exactly_those_the_release_notes_spell_out() -> None:
    """Letter by letter; every other route says that it is inferred."""
    noted = {route for said in NOTES.values() for mark in said for route in ROUTE.findall(mark)} - set(GONE)
    # A fuller document than the page's text shows the routes beside the operations; old notes keep old ones.
    shown = {route for facts in FACTS.values() for route in facts.get("route", [])}
    noted, shown = ({re.sub(r"\{[^{}]*\}", "{}", route) for route in told} for told in (noted, shown))
    told, fuller = noted | shown, bool(shown)
    assert told
    for path, method, operation in operations(SPEC):
        route = re.sub(r"\{[^{}]*\}", "{}", f"{method.upper()} {path.removeprefix('/')}")
        expected = "documented" if route in told else "inferred"
        assert operation["x-trunkline"]["provenance"]["route"] == expected, route
        noted.discard(route)
        shown.discard(route)
    assert shown == set()
    assert fuller or noted == set()


def test_path_parameters_and_templates_agree() -> None:
    """Every placeholder has its parameter, and a renamed one remembers the name of the page."""
    for path, _, operation in operations(SPEC):
        names = [parameter["name"] for parameter in parameters(operation, "path")]
        assert names == re.findall(r"\{(\w+)\}", path), path
        for parameter in parameters(operation, "path"):
            assert parameter["x-trunkline"].get("page_name") != parameter["name"]
    for title in ("Reverse Service Contract Penalties", "Reverse Service Installment Plans"):
        (parameter,) = parameters(OPERATIONS[title], "path")
        assert (parameter["name"], parameter["x-trunkline"]["page_name"]) == ("serviceID", "id")


def test_rows_type_every_filterable_and_sortable_name() -> None:
    """A filter can only be typed when the row schema has the field with one plain type."""
    for operation in PAGED:
        words, fields = operation["x-trunkline"], row(operation)["properties"]
        for name in [*words["filterable"], *words["sortable"]]:
            kinds = fields[name]["type"]
            kinds = {kinds} if isinstance(kinds, str) else set(kinds) - {"null"}
            assert len(kinds) == 1, (operation["summary"], name)
            assert kinds <= {"string", "integer", "number", "boolean"}, (operation["summary"], name)


def test_patch_model_types_every_patchable_field() -> None:
    """The schema that the operation names has each patchable field with a type."""
    for operation in OPERATIONS.values():
        words = operation["x-trunkline"]
        assert ("patchable" in words) == ("patch_model" in words)
        if "patchable" in words:
            fields = SPEC["components"]["schemas"][words["patch_model"]]["properties"]
            assert {name for name in words["patchable"] if "type" not in fields.get(name, {})} == set()
            assert set().union(*words["patchable"].values()) <= {"add", "remove", "replace"}


def test_collections_are_exactly_the_paged_operations() -> None:
    """Whatever responses rows is paged, and pages carry the keys that paging needs."""
    for operation in OPERATIONS.values():
        schema = responds(operation) or {}
        assert ("value" in schema.get("properties", {})) == (
            operation["x-trunkline"].get("paging") == "odata"
        )
    for operation in PAGED:
        collection = responds(operation)
        assert collection is not None
        assert set(collection["properties"]) == {"@odata.count", "@odata.nextLink", "value"}
        assert "required" not in collection
        assert "required" not in row(operation)


def test_json_patch_value_is_any_json_value_and_remembers_the_documented_type() -> None:
    """The page says string or integer; a client must be able to send whatever fits the field."""
    kinds = {}
    for operation in OPERATIONS.values():
        if "patchable" in operation["x-trunkline"]:
            value = body(operation)[1]["properties"]["value"]
            assert "type" not in value
            kinds[operation["operationId"]] = value["x-trunkline"]["documented_type"]
    assert kinds.pop("service.update_e911_information") == "integer"
    assert set(kinds.values()) == {"string"}


def test_secrets_and_personal_data_are_sensitive_everywhere() -> None:
    """Each of these names carries the mark in every schema."""
    seen = set()
    for at, node in [*nodes(SPEC), *nodes(TOKEN)]:
        name = at.rsplit("/", 1)[1]
        if name in SECRETS | {"password", "userName", "access_token", "wrap_access_token"}:
            seen.add(name)
            assert node["x-trunkline"].get("sensitive") is True, at
    assert seen


# -- honesty ------------------------------------------------------------------------------------------


def shown_names() -> dict[int, set[str]]:
    """For each schema (by identity) the names that the page shows for it, in bodies and in samples."""
    shown: dict[int, set[str]] = {}
    for title, facts in FACTS.items():
        operation = OPERATIONS[title]
        names = {fact.split(":")[0] for fact in facts.get("rows", facts.get("body", []))}
        shown.setdefault(id(body(operation)[1]), set()).update(names)
        error = resolve(operation["responses"]["default"])["content"]["application/json"]["schema"]
        keys = facts.get("answer", [])
        target = resolve(error) if keys == ["errors"] else shown_schema(operation, keys)
        if target is not None:
            shown.setdefault(id(target), set()).update(key for key in keys if "[]" not in key)
        rows = {key.removeprefix("value[].") for key in keys if key.startswith("value[].")}
        if rows:
            shown.setdefault(id(row(operation)), set()).update(rows)
    return shown


def test_nothing_is_documented_that_the_page_does_not_show() -> None:
    """A field is documented in a schema when, and only when, the page shows it for that very schema."""
    shown = shown_names()
    for name, schema in SPEC["components"]["schemas"].items():
        fields = schema["properties"]
        documented = {field for field in fields if fields[field]["x-trunkline"]["provenance"] == "documented"}
        assert documented == shown.get(id(schema), set()), name


def test_parameters_documented_are_on_the_page_or_in_a_documented_route() -> None:
    """serviceDetail has no entry: its only parameter is the one in its route."""
    for title, operation in OPERATIONS.items():
        facts = FACTS.get(title, {})
        known = {fact.split(":")[0] for where in ("path", "query") for fact in facts.get(where, [])}
        if title == "Customer Service Detail":
            known = {"id"}
        found = [*parameters(operation, "path"), *parameters(operation, "query")]
        assert len(found) == len(operation.get("parameters", [])), title
        names = {parameter["x-trunkline"].get("page_name", parameter["name"]) for parameter in found}
        assert names == known, title


def test_response_is_documented_only_where_the_page_shows_what_the_caller_gets() -> None:
    """Collapsed rows, missing samples and samples of errors alone make the response inferred."""
    for title, operation in OPERATIONS.items():
        keys = FACTS.get(title, {}).get("answer", [])
        rows = any(key.startswith("value[].") for key in keys)
        shows = bool(keys) and keys != ["errors"] and ("value" not in keys or rows)
        provenance = operation["x-trunkline"]["provenance"]
        assert provenance["response"] == ("documented" if shows else "inferred"), title
        assert provenance["request"] == ("documented" if title in FACTS else "inferred"), title


def test_security_token_is_inferred_throughout() -> None:
    """No field of the login was found on any page."""
    ((path, method, operation),) = operations(TOKEN)
    assert (path, method, operation["operationId"]) == ("/api/login", "post", "security_token.login")
    assert set(operation["x-trunkline"]["provenance"].values()) == {"inferred"}
    assert {node["x-trunkline"]["provenance"] for _, node in nodes(TOKEN)} == {"inferred"}
    assert TOKEN["servers"][0]["url"] == "https://api.idibilling.com/securitytoken/{segment}/{environment}"
    assert operation["security"] == []
