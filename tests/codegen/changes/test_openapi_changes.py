"""A vendor's download and collection: every one thing that they state, changed, is found as just that."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from codegen.changes.compare import compare
from codegen.changes.words import facet, name_of
from codegen.facts.fact import FactSet
from codegen.facts.reading import facts_of, read_facts, read_spec
from codegen.read.source.json_text import read_json
from codegen.read.source.node import Source
from tests.codegen.changes.page import FROZEN

Document = dict[str, Any]
Change = Callable[[Document], object]
Expected = tuple[str, str, str]

SHOP: Document = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1.0"},
    "servers": [{"url": "https://shop.example/v1"}],
    "security": [{"Key": []}],
    "paths": {
        "/things/{thingID}": {
            "put": {
                "summary": "Put a Thing",
                "tags": ["Things"],
                "parameters": [
                    {"name": "thingID", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "dry", "in": "query", "schema": {"type": "boolean", "default": False}},
                    {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                },
                "responses": {
                    "200": {
                        "description": "The thing.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "404": {"description": "None such."},
                },
            }
        },
        "/ping": {"get": {"summary": "Ping", "responses": {"204": {"description": "Alive."}}}},
    },
    "components": {
        "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 10},
                    "owner": {
                        "type": "object",
                        "properties": {
                            "email": {"type": "string"},
                            "tags": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                    "made": {"type": "string", "format": "date"},
                    "shape": {
                        "oneOf": [
                            {
                                "title": "Round",
                                "type": "object",
                                "properties": {"radius": {"type": "number"}},
                            },
                            {"title": "Square", "type": "object", "properties": {"side": {"type": "number"}}},
                        ]
                    },
                },
            }
        },
    },
}


def put(document: Document) -> Document:
    found: Document = document["paths"]["/things/{thingID}"]["put"]
    return found


def thing(document: Document, *path: str) -> Document:
    found: Document = document["components"]["schemas"]["Thing"]["properties"]
    for name in path[:-1]:
        found = found[name]["properties"]
    return found[path[-1]] if path else found


def parameter(document: Document, index: int) -> Document:
    found: Document = put(document)["parameters"][index]
    return found


def _facts(document: Document) -> FactSet:
    text = json.dumps(document, indent=1)
    value, spots, _ = read_json(text)
    return facts_of(Source("shop.json", Path("shop.json"), text.encode(), value, spots))


BOTH = ("body field", "response field")
"""A schema that is sent and received: one change of it is one of each."""

MUTATIONS: list[tuple[Change, list[Expected]]] = [
    (lambda d: d["paths"].pop("/ping"), [("removed", "operation", "")]),
    (lambda d: d["paths"].update({"/alive": d["paths"].pop("/ping")}), [("changed", "route", "")]),
    (lambda d: put(d).update(summary="Put one Thing"), [("changed", "title", "")]),
    (lambda d: put(d).update(deprecated=True), [("added", "deprecation", "")]),
    (
        lambda d: put(d).update(description="Use Put Things instead."),
        [("added", "deprecation", ""), ("added", "description", "")],
    ),
    (lambda d: put(d).update(security=[]), [("removed", "authorizations", "")]),
    (lambda d: put(d)["tags"].__setitem__(0, "Goods"), [("changed", "section", "")]),
    (
        lambda d: put(d)["responses"].update({"409": {"description": "Busy."}}),
        [("added", "response (409)", "")],
    ),
    (lambda d: put(d)["responses"].pop("404"), [("removed", "response (404)", "")]),
    (
        lambda d: put(d)["responses"].update({"201": put(d)["responses"].pop("200")}),
        [("changed", "status of the response", "")],
    ),
    (lambda d: put(d)["requestBody"].pop("required"), [("removed", "required mark of request body", "")]),
    (lambda d: put(d)["parameters"].pop(1), [("removed", "query parameter", "dry")]),
    (
        lambda d: put(d)["parameters"].append({"name": "x", "in": "header", "schema": {"type": "string"}}),
        [("added", "header parameter", "x")],
    ),
    (lambda d: parameter(d, 1)["schema"].pop("default"), [("removed", "default of query parameter", "dry")]),
    (lambda d: parameter(d, 1).update(required=True), [("added", "required mark of query parameter", "dry")]),
    (lambda d: parameter(d, 1).update(deprecated=True), [("added", "deprecation of query parameter", "dry")]),
    (
        lambda d: parameter(d, 2)["schema"].update(enum=["a"]),
        [("changed", "Enum of query parameter", "kind")],
    ),
    (lambda d: parameter(d, 2)["schema"].pop("enum"), [("removed", "Enum of query parameter", "kind")]),
    (
        lambda d: parameter(d, 2)["schema"].update(pattern="^a"),
        [("added", "pattern of query parameter", "kind")],
    ),
    (lambda d: thing(d).pop("made"), [("removed", f, "made") for f in BOTH]),
    (lambda d: thing(d).update(more={"type": "integer"}), [("added", f, "more") for f in BOTH]),
    (
        lambda d: thing(d, "name").update(maxLength=5),
        [("changed", f"max length of {f}", "name") for f in BOTH],
    ),
    (
        lambda d: thing(d, "name").update(nullable=True),
        [("added", f"nullability of {f}", "name") for f in BOTH],
    ),
    (
        lambda d: thing(d, "made").update(format="date-time"),
        [("changed", f"format of {f}", "made") for f in BOTH],
    ),
    (
        lambda d: thing(d, "owner", "email").update(type="integer"),
        [("changed", f"type of {f}", "owner.email") for f in BOTH],
    ),
    (
        lambda d: thing(d, "owner", "tags")["items"].update(type="integer"),
        [("changed", f"type of {f}", "owner.tags[]") for f in BOTH],
    ),
    (
        lambda d: d["components"]["schemas"]["Thing"].update(required=["name", "made"]),
        [("added", f"required mark of {f}", "made") for f in BOTH],
    ),
    (
        lambda d: thing(d, "shape")["oneOf"][0]["properties"]["radius"].update(minimum=0),
        [("added", f"minimum of {f}", "shape.<Round>.radius") for f in BOTH],
    ),
    (lambda d: d["servers"][0].update(url="https://shop.example/v2"), [("changed", "base URL", "server_1")]),
    (lambda d: d["info"].update(version="1.1"), [("changed", "version", "")]),
    (
        lambda d: thing(d, "owner").update(description="Who."),
        [("added", f"description of {f}", "owner") for f in BOTH],
    ),
]


@pytest.mark.parametrize(("change", "expected"), MUTATIONS)
def test_one_change_of_a_download(change: Change, expected: list[Expected]) -> None:
    """Each is found, and nothing else is reported."""
    document = copy.deepcopy(SHOP)
    change(document)
    changes = compare(_facts(SHOP), _facts(document)).changes
    told = [(c.kind, facet(c), "" if facet(c) == "base URL" else name_of(c)) for c in changes]
    wanted = [(kind, what, "" if what == "base URL" else name) for kind, what, name in expected]
    assert sorted(told) == sorted(wanted)
    assert all(c.quiet == (c.aspect == "description") for c in changes)


def test_a_reference_that_leads_nowhere_is_told() -> None:
    """Also one to a network address, which is never fetched."""
    for target in ("#/components/schemas/Nowhere", "https://elsewhere.example/a.json#/b"):
        document = copy.deepcopy(SHOP)
        thing(document)["name"] = {"$ref": target}
        kinds = {c.kind for c in compare(_facts(SHOP), _facts(document)).changes}
        assert "unread" in kinds


def test_a_schema_that_holds_itself_ends() -> None:
    """It is shown once, and compared with itself it is empty."""
    document = copy.deepcopy(SHOP)
    thing(document)["parent"] = {"$ref": "#/components/schemas/Thing"}
    assert compare(_facts(document), _facts(document)).changes == ()


# -- collections -------------------------------------------------------------------------------------------


@cache
def ours() -> FactSet:
    """The collection of the frozen specs with its overlay."""
    return read_spec(FROZEN / "collection.json")


def documenter(collection: Document) -> Document:
    """The collection as a documentation site serves it: text URLs, HTML descriptions, codes as text."""
    served = copy.deepcopy(collection)
    served["info"]["schema"] = "https://schema.getpostman.com/json/collection/v2.0.0/collection.json"
    for folder in served["item"]:
        for item in folder["item"]:
            request = item["request"]
            url = request.pop("url")
            parts = {"path": url["path"], "host": url["host"], "query": url.get("query", [])}
            for entry in parts["query"]:
                entry["description"] = {"content": "<p>What it is.</p>\n", "type": "text/plain"}
            request.update(url=url["raw"], urlObject={**parts, "variable": url.get("variable", [])})
            request["description"] = f"<p>{request.get('description', '')}</p>"
            for response in item["response"]:
                response["code"] = str(response["code"])
    return served


def exported(collection: Document) -> Document:
    """The collection as it is exported in the older form."""
    found = copy.deepcopy(collection)
    found["info"]["schema"] = "https://schema.getpostman.com/json/collection/v2.0.0/collection.json"
    found["auth"] = {"type": "basic", "basic": {"username": "{{username}}", "password": "{{password}}"}}
    return found


@pytest.mark.parametrize("served", [lambda c: c, exported, documenter])
def test_every_form_of_our_collection_only_confirms_it(
    served: Callable[[Document], Document], tmp_path: Path
) -> None:
    """Names and examples that were guesses are documented now, and nothing differs."""
    collection = json.loads((FROZEN / "collection.json").read_text(encoding="utf-8"))
    path = tmp_path / "vendor.json"
    path.write_text(json.dumps(served(collection)), encoding="utf-8")
    changes = compare(ours(), read_facts(path)).changes
    assert {change.kind for change in changes} == {"documented"}


def test_a_changed_response_of_a_collection_is_found(tmp_path: Path) -> None:
    """A new key and another type in an example, a new error and a request that is gone."""
    collection = json.loads((FROZEN / "collection.json").read_text(encoding="utf-8"))
    first, second = collection["item"][0]["item"][:2]
    body = json.loads(first["response"][0]["body"])
    first["response"][0]["body"] = json.dumps({**body, "contractId": "A1", "colour": "red"})
    first["response"].append({**first["response"][0], "code": 418, "body": ""})
    collection["item"][0]["item"].remove(second)
    path = tmp_path / "vendor.json"
    path.write_text(json.dumps(collection), encoding="utf-8")
    changes = [c for c in compare(ours(), read_facts(path)).changes if c.kind != "documented"]
    assert sorted((c.kind, facet(c), name_of(c), c.title == second["name"]) for c in changes) == [
        ("added", "response (418)", "", False),
        ("added", "response field", "colour", False),
        ("changed", "type of response field", "contractId", False),
        ("removed", "operation", "", True),
    ]
