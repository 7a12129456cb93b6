"""One small change of the shop for every rule, with the rules that must speak and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.codegen.diff.shop import (
    Spec,
    body,
    field,
    operation,
    parameter,
    query,
    ref,
    responds,
    schema,
    trunkline,
)

Change = Callable[[Spec], Any]

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
JSON_INTEGER = {"content": {"application/json": {"schema": INTEGER}}}


def drop(spec: Spec, path: str) -> None:
    del spec["paths"][path]


def rename_key(items: Spec, old: str, new: str) -> None:
    items[new] = items.pop(old)


def rename_model(spec: Spec) -> None:
    rename_key(spec["components"]["schemas"], "Owner", "Person")
    operation(spec, "system.whoami")["responses"] = responds(ref("Person"))


def rename_wire(spec: Spec) -> None:
    rename_key(schema(spec, "Owner")["properties"], "age", "Age")


def rename_python(spec: Spec, model: str) -> None:
    """Another wire name that collides gives the old one another Python name."""
    properties = schema(spec, model)["properties"]
    first = next(iter(properties))
    schema(spec, model)["properties"] = {first[0].upper() + first[1:]: STRING, **properties}


def take_thing_as_body(spec: Spec) -> None:
    operation(spec, "system.ping")["requestBody"] = {
        "content": {"application/json": {"schema": ref("Thing")}}
    }


def unpage(spec: Spec) -> None:
    trunkline(spec, "thing.search")["paging"] = "none"


def no_default(spec: Spec) -> None:
    parameter(spec, "thing.get", "view")["schema"]["default"] = "long"


def add_operation(spec: Spec) -> None:
    words = {"resource": "thing", "method": "count"}
    spec["paths"]["/things/count"] = {
        "get": {"operationId": "thing.count", "responses": responds(INTEGER), "x-trunkline": words}
    }


def extend(spec: Spec, model: str, name: str, kind: Spec, *, required: bool = False) -> None:
    schema(spec, model)["properties"][name] = kind
    if required:
        schema(spec, model)["required"].append(name)


def rename_enum_member(spec: Spec) -> None:
    schema(spec, "ThingStatus")["enum"] = ["new", "old", "NEW"]


def fork_enum(spec: Spec) -> None:
    """One field no longer shares the enum of the others, though its values are the same."""
    schemas = spec["components"]["schemas"]
    schemas["OwnStatus"] = dict(schemas["ThingStatus"])
    field(spec, "Thing", "status")["$ref"] = "#/components/schemas/OwnStatus"


CHANGES: dict[str, tuple[Change, set[str]]] = {
    # operations
    "operation-removed": (lambda s: drop(s, "/whoami"), set()),
    "operation-renamed": (lambda s: trunkline(s, "thing.note").update(method="remark"), set()),
    "operation-added": (add_operation, set()),
    "operation-route-changed": (lambda s: rename_key(s["paths"], "/ping", "/alive"), set()),
    "operation-server-changed": (
        lambda s: operation(s, "thing.get").update(servers=[{"url": "https://other.example"}]),
        set(),
    ),
    "operation-title-changed": (lambda s: operation(s, "thing.get").update(summary="Read it"), set()),
    "operation-deprecated": (lambda s: operation(s, "thing.get").update(deprecated=True), set()),
    "field-deprecated": (lambda s: field(s, "Owner", "age").update(deprecated=True), set()),
    "idempotency-lowered": (lambda s: trunkline(s, "thing.note").update(idempotency="unsafe"), set()),
    "idempotency-raised": (lambda s: trunkline(s, "thing.note").update(idempotency="safe"), set()),
    "bulk-removed": (lambda s: trunkline(s, "thing.get_many").pop("bulk"), set()),
    "bulk-added": (
        lambda s: trunkline(s, "thing.note").update(
            bulk={"single": "thing.get", "parameter": "ids", "key": "thingID"}
        ),
        set(),
    ),
    "provenance-raised": (lambda s: trunkline(s, "thing.get").pop("provenance"), set()),
    "provenance-lowered": (
        lambda s: trunkline(s, "thing.note").update(provenance={"response": "inferred"}),
        set(),
    ),
    # parameters
    "request-parameter-removed": (lambda s: operation(s, "thing.get")["parameters"].pop(1), set()),
    "request-parameter-renamed": (
        lambda s: (
            parameter(s, "thing.get", "thingID").update(name="id"),
            parameter(s, "thing.update", "thingID").update(name="id"),
            rename_key(s["paths"], "/things/{thingID}", "/things/{id}"),
        ),
        set(),
    ),
    "request-parameter-added-required": (
        lambda s: operation(s, "thing.get")["parameters"].append(query("shop", STRING, required=True)),
        set(),
    ),
    "request-parameter-became-required": (
        lambda s: parameter(s, "thing.get", "region").update(required=True),
        set(),
    ),
    "request-parameter-type-changed": (
        lambda s: parameter(s, "thing.get", "region").update(schema=STRING),
        set(),
    ),
    "request-parameter-added": (
        lambda s: operation(s, "thing.get")["parameters"].append(query("shop", STRING)),
        set(),
    ),
    "request-parameter-became-optional": (
        lambda s: parameter(s, "thing.get", "mustHave").pop("required"),
        set(),
    ),
    "request-parameter-type-widened": (
        lambda s: parameter(s, "thing.get", "region").update(schema={"type": ["integer", "string"]}),
        set(),
    ),
    "request-parameter-moved": (
        lambda s: parameter(s, "thing.get", "region").update({"in": "header", "name": "Region"}),
        set(),
    ),
    "request-parameter-encoding-changed": (
        lambda s: parameter(s, "thing.get", "region").update(explode=False),
        set(),
    ),
    "request-parameter-default-changed": (no_default, set()),
    "parameter-wire-name-changed": (
        lambda s: (
            parameter(s, "thing.get", "thingID").update(name="thingId"),
            parameter(s, "thing.update", "thingID").update(name="thingId"),
            rename_key(s["paths"], "/things/{thingID}", "/things/{thingId}"),
        ),
        set(),
    ),
    "page-size-changed": (
        lambda s: parameter(s, "thing.search", "$top").update({"x-trunkline": {"page_size": 50}}),
        set(),
    ),
    "page-limit-lowered": (
        lambda s: parameter(s, "thing.search", "$top").update({"x-trunkline": {"page_limit": 50}}),
        set(),
    ),
    "constraint-tightened": (
        lambda s: parameter(s, "thing.get", "region")["schema"].update(maximum=7),
        set(),
    ),
    # bodies
    "request-body-removed": (lambda s: operation(s, "thing.note").pop("requestBody"), set()),
    "request-body-added-required": (
        lambda s: operation(s, "system.ping").update(requestBody={**JSON_INTEGER, "required": True}),
        set(),
    ),
    "request-body-added": (lambda s: operation(s, "system.ping").update(requestBody=JSON_INTEGER), set()),
    "request-body-became-required": (lambda s: body(s, "thing.note").update(required=True), set()),
    "request-body-became-optional": (lambda s: body(s, "thing.create").update(required=False), set()),
    "request-body-kind-changed": (
        lambda s: rename_key(body(s, "thing.note")["content"], "application/json", "text/plain"),
        set(),
    ),
    "request-body-media-type-changed": (
        lambda s: rename_key(body(s, "thing.note")["content"], "application/json", "application/x+json"),
        set(),
    ),
    "request-body-type-changed": (
        lambda s: body(s, "thing.note")["content"]["application/json"].update(schema=STRING),
        set(),
    ),
    "request-body-type-widened": (
        lambda s: body(s, "thing.note")["content"]["application/json"].update(schema={"type": "number"}),
        set(),
    ),
    "request-body-field-removed": (lambda s: schema(s, "ThingCreate")["properties"].pop("color"), set()),
    "request-body-field-added-required": (
        lambda s: extend(s, "ThingCreate", "price", STRING, required=True),
        set(),
    ),
    "request-body-field-became-required": (
        lambda s: schema(s, "ThingCreate")["required"].append("color"),
        set(),
    ),
    "request-body-field-became-not-nullable": (
        lambda s: field(s, "ThingCreate", "shade").update(type="string"),
        set(),
    ),
    "request-body-field-type-changed": (
        lambda s: field(s, "ThingCreate", "color").update(type="integer"),
        set(),
    ),
    "request-body-field-added": (lambda s: extend(s, "ThingCreate", "price", STRING), set()),
    "request-body-field-became-optional": (
        lambda s: schema(s, "ThingCreate").update(required=[]),
        set(),
    ),
    "request-body-field-became-nullable": (
        lambda s: field(s, "ThingCreate", "color").update(type=["string", "null"]),
        set(),
    ),
    "request-body-field-type-widened": (
        lambda s: field(s, "ThingCreate", "color").update(type=["string", "integer"]),
        set(),
    ),
    "request-body-field-default-changed": (
        lambda s: field(s, "ThingCreate", "size").update(default=2),
        set(),
    ),
    # responses
    "response-removed": (lambda s: operation(s, "thing.note").update(responses=responds(None)), set()),
    "response-added": (lambda s: operation(s, "system.ping").update(responses=responds(STRING)), set()),
    "response-type-changed": (
        lambda s: operation(s, "thing.note").update(responses=responds({"type": "boolean"})),
        set(),
    ),
    "response-type-narrowed": (
        lambda s: operation(s, "thing.note").update(responses=responds(STRING)),
        set(),
    ),
    "response-became-nullable": (
        lambda s: operation(s, "thing.note").update(
            responses=responds({"type": ["string", "integer", "null"]})
        ),
        set(),
    ),
    "response-media-type-changed": (
        lambda s: rename_key(
            operation(s, "thing.note")["responses"]["200"]["content"],
            "application/json",
            "application/x+json",
        ),
        set(),
    ),
    "response-status-changed": (
        lambda s: operation(s, "thing.note")["responses"].update({"404": {"description": "None such."}}),
        set(),
    ),
    "response-field-removed": (lambda s: schema(s, "Owner")["properties"].pop("age"), set()),
    "response-field-became-optional": (lambda s: schema(s, "Owner").update(required=[]), set()),
    "response-field-became-nullable": (
        lambda s: field(s, "Owner", "ownerName").update(type=["string", "null"]),
        set(),
    ),
    "response-field-type-changed": (lambda s: field(s, "Owner", "age").update(type="string"), set()),
    "response-field-added": (lambda s: extend(s, "Owner", "email", STRING), set()),
    "response-optional-field-became-nullable": (
        lambda s: field(s, "Owner", "age").update(type=["integer", "null"]),
        set(),
    ),
    "response-field-became-required": (lambda s: schema(s, "Owner")["required"].append("age"), set()),
    "response-field-became-not-nullable": (lambda s: field(s, "Thing", "note").update(type="string"), set()),
    "response-field-type-narrowed": (
        lambda s: field(s, "Thing", "weight").update(type="integer"),
        set(),
    ),
    # models and enums
    "model-renamed": (rename_model, set()),
    "model-forked": (fork_enum, set()),
    "field-wire-name-changed": (rename_wire, set()),
    "field-format-changed": (
        lambda s: field(s, "Owner", "age").update(format="unix-time"),
        set(),
    ),
    "field-sensitive-changed": (
        lambda s: field(s, "Owner", "age").update({"x-trunkline": {"sensitive": True}}),
        set(),
    ),
    "enum-value-removed": (lambda s: schema(s, "ThingStatus").update(enum=["new"]), set()),
    "enum-value-added": (lambda s: schema(s, "ThingKind")["enum"].append("odd"), set()),
    "literal-value-removed": (
        lambda s: parameter(s, "thing.get", "mode")["schema"].update(enum=[1, "auto"]),
        set(),
    ),
    "literal-value-added": (
        lambda s: parameter(s, "thing.get", "mode")["schema"].update(enum=[1, "auto", "off", "manual"]),
        set(),
    ),
    # collections and patches
    "paging-changed": (unpage, set()),
    "paging-details-changed": (
        lambda s: trunkline(s, "thing.search").update(paging={"kind": "odata", "count": "total"}),
        set(),
    ),
    "filterable-removed": (lambda s: trunkline(s, "thing.search")["filterable"].remove("name"), set()),
    "filterable-added": (lambda s: trunkline(s, "thing.search")["filterable"].append("weight"), set()),
    "sortable-removed": (lambda s: trunkline(s, "thing.search")["sortable"].remove("name"), set()),
    "sortable-added": (lambda s: trunkline(s, "thing.search")["sortable"].append("weight"), set()),
    "patchable-removed": (lambda s: trunkline(s, "thing.update")["patchable"].pop("weight"), set()),
    "patchable-added": (
        lambda s: trunkline(s, "thing.update")["patchable"].update(note=["replace"]),
        set(),
    ),
    "patch-verb-removed": (
        lambda s: trunkline(s, "thing.update")["patchable"].update(name=["replace"]),
        set(),
    ),
    "patch-verb-added": (
        lambda s: trunkline(s, "thing.update")["patchable"]["weight"].append("remove"),
        set(),
    ),
    # client
    "auth-became-required": (lambda s: operation(s, "system.ping").update(security=[{"Token": []}]), set()),
    "auth-became-none": (lambda s: operation(s, "thing.get").update(security=[]), set()),
    "auth-changed": (lambda s: operation(s, "thing.get").update(security=[{"Password": []}]), set()),
    "auth-scheme-removed": (
        lambda s: (
            operation(s, "system.whoami").update(security=[{"Token": []}]),
            s["components"]["securitySchemes"].pop("Password"),
        ),
        {"auth-changed"},
    ),
    "auth-scheme-changed": (
        lambda s: s["components"]["securitySchemes"]["Token"].update(name="X-Other"),
        set(),
    ),
    "auth-scheme-added": (
        lambda s: s["components"]["securitySchemes"].update(Card={"type": "http", "scheme": "bearer"}),
        set(),
    ),
    "server-removed": (lambda s: s["servers"].pop(1), set()),
    "server-changed": (lambda s: s["servers"][1].update(url="https://beta.shop.example"), set()),
    "server-added": (
        lambda s: s["servers"].append({"url": "https://local.shop.example", "description": "local"}),
        set(),
    ),
    "api-version-changed": (lambda s: s["info"].update(version="1.1"), set()),
}

BACKWARDS: dict[str, str] = {
    "operation-undeprecated": "operation-deprecated",
    "response-became-not-nullable": "response-became-nullable",
    "field-undeprecated": "field-deprecated",
    "page-limit-raised": "page-limit-lowered",
    "constraint-loosened": "constraint-tightened",
}
"""Rules that speak when another rule's change is taken back."""
