"""A small API that uses everything the comparison looks at, as plain data to change and write down."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

Spec = dict[str, Any]


def ref(name: str) -> Spec:
    """A reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def responds(schema: Spec | None) -> Spec:
    """The responses of an operation that succeeds with this, or with nothing."""
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {"200": {"description": "Done.", **content}}


def words(method: str, **more: Any) -> Spec:
    """The words of an operation of the resource `thing`."""
    return {"resource": "thing", "method": method, **more}


def query(name: str, schema: Spec, **more: Any) -> Spec:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": schema, **more}


_KEY = {"name": "thingID", "in": "path", "required": True, "schema": {"type": "integer"}}

_BASE: Spec = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1.0"},
    "servers": [
        {"url": "https://shop.example", "description": "production"},
        {"url": "https://staging.shop.example", "description": "staging"},
    ],
    "security": [{"Token": []}],
    "paths": {
        "/things": {
            "get": {
                "operationId": "thing.search",
                "summary": "Search Things",
                "parameters": [
                    query("$filter", {"type": "string"}),
                    query("$orderby", {"type": "string"}),
                    query("$top", {"type": "integer"}),
                    query("$skiptoken", {"type": "string"}),
                ],
                "responses": responds(ref("ThingCollection")),
                "x-trunkline": words(
                    "search", filterable=["thingID", "name"], sortable=["thingID", "name"], paging="odata"
                ),
            },
            "post": {
                "operationId": "thing.create",
                "summary": "Create a Thing",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": ref("ThingCreate")}},
                },
                "responses": responds(ref("Thing")),
                "x-trunkline": words("create"),
            },
        },
        "/things/{thingID}": {
            "get": {
                "operationId": "thing.get",
                "summary": "Get a Thing",
                "parameters": [
                    _KEY,
                    query("region", {"type": "integer"}),
                    query("view", {"type": "string", "default": "short"}),
                    query("mustHave", {"type": "string"}, required=True),
                    query("mode", {"enum": [1, "auto", "off"]}),
                ],
                "responses": responds(ref("Thing")),
                "x-trunkline": words("get", provenance={"route": "inferred"}),
            },
            "patch": {
                "operationId": "thing.update",
                "summary": "Change a Thing",
                "parameters": [_KEY],
                "requestBody": {
                    "required": True,
                    "content": {"application/json-patch+json": {"schema": {"type": "array", "items": {}}}},
                },
                "responses": responds(None),
                "x-trunkline": words(
                    "update",
                    patchable={"name": ["replace", "remove"], "weight": ["add"]},
                    patch_model="Thing",
                ),
            },
        },
        "/things/note": {
            "post": {
                "operationId": "thing.note",
                "summary": "Note a Thing",
                "requestBody": {"content": {"application/json": {"schema": {"type": "integer"}}}},
                "responses": responds({"type": ["string", "integer"]}),
                "x-trunkline": words("note", idempotency="idempotent"),
            }
        },
        "/things/bulk": {
            "post": {
                "operationId": "thing.get_many",
                "summary": "Get many Things",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}
                    }
                },
                "responses": responds({"type": "array", "items": ref("Thing")}),
                "x-trunkline": words(
                    "get_many", bulk={"single": "thing.get", "parameter": "ids", "key": "thingID"}
                ),
            }
        },
        "/ping": {
            "get": {
                "operationId": "system.ping",
                "summary": "Ping",
                "security": [],
                "responses": responds(None),
                "x-trunkline": {"resource": "system", "method": "ping"},
            }
        },
        "/whoami": {
            "get": {
                "operationId": "system.whoami",
                "summary": "Who am I",
                "security": [{"Password": []}],
                "responses": responds(ref("Owner")),
                "x-trunkline": {"resource": "system", "method": "whoami"},
            }
        },
    },
    "components": {
        "securitySchemes": {
            "Token": {"type": "apiKey", "in": "header", "name": "X-Token"},
            "Password": {"type": "http", "scheme": "basic"},
        },
        "schemas": {
            "Owner": {
                "type": "object",
                "required": ["ownerName"],
                "properties": {"ownerName": {"type": "string"}, "age": {"type": "integer"}},
            },
            "Thing": {
                "type": "object",
                "required": ["thingID", "note"],
                "properties": {
                    "thingID": {"type": "integer"},
                    "name": {"type": "string"},
                    "note": {"type": ["string", "null"]},
                    "weight": {"type": "number"},
                    "status": ref("ThingStatus"),
                    "madeOn": {"type": "string", "format": "date"},
                },
            },
            "ThingStatus": {"type": "string", "enum": ["new", "old"]},
            "ThingCreate": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "giftNote": {"type": "string"},
                    "name": {"type": "string"},
                    "color": {"type": "string"},
                    "size": {"type": "integer", "default": 1},
                    "shade": {"type": ["string", "null"]},
                    "kind": ref("ThingKind"),
                    "status": ref("ThingStatus"),
                },
            },
            "ThingKind": {"type": "string", "enum": ["plain", "fancy"]},
            "ThingCollection": {
                "type": "object",
                "properties": {"value": {"type": "array", "items": ref("Thing")}},
            },
        },
    },
}


def shop() -> Spec:
    """A fresh copy of the API."""
    return copy.deepcopy(_BASE)


def operation(spec: Spec, id_: str) -> Spec:
    """One operation, to change."""
    for item in spec["paths"].values():
        for found in item.values():
            if found["operationId"] == id_:
                return found  # type: ignore[no-any-return]
    raise LookupError(id_)


def trunkline(spec: Spec, id_: str) -> Spec:
    """The trunkline words of one operation, to change."""
    return operation(spec, id_)["x-trunkline"]  # type: ignore[no-any-return]


def parameter(spec: Spec, id_: str, name: str) -> Spec:
    """One parameter, to change; a path parameter is copied first, as two operations share it."""
    listed = operation(spec, id_)["parameters"]
    index = next(index for index, item in enumerate(listed) if item["name"] == name)
    listed[index] = copy.deepcopy(listed[index])
    return listed[index]  # type: ignore[no-any-return]


def schema(spec: Spec, name: str) -> Spec:
    """One named schema, to change."""
    return spec["components"]["schemas"][name]  # type: ignore[no-any-return]


def field(spec: Spec, model: str, name: str) -> Spec:
    """One property, to change."""
    return schema(spec, model)["properties"][name]  # type: ignore[no-any-return]


def body(spec: Spec, id_: str) -> Spec:
    """The request body of an operation, to change."""
    return operation(spec, id_)["requestBody"]  # type: ignore[no-any-return]


def write(spec: Spec, path: Path) -> Path:
    """Write the API down."""
    path.write_text(json.dumps(spec, indent=1), encoding="utf-8")
    return path
