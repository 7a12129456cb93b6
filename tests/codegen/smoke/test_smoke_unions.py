"""Discriminators and free keys of documents, as generated packages read and write them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.codegen.smoke.conftest import Make
from trunkline._codec.codec import Codec, to_wire
from trunkline._codec.exact_json import dumps

REF = "#/components/schemas/"


def body(schema: Any) -> Any:
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


def ref(name: str) -> Any:
    return {"$ref": REF + name}


def model(**properties: Any) -> Any:
    return {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, **properties}}


PET = ref("Pet")
MANY = {"type": "array", "items": PET}
ODATA = {"type": "object", "properties": {"value": MANY, "@odata.nextLink": {"type": "string"}}}
MAPPED = {"type": "object", "additionalProperties": PET}
TAGS = {"feline": REF + "Cat", "canine": REF + "Dog"}
PAGED = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("$skip", "$top")]
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/one": {"get": {"operationId": "getOne", "responses": body(PET)}},
        "/many": {"get": {"operationId": "getMany", "responses": body(MANY)}},
        "/map": {
            "get": {
                "operationId": "getMap",
                "responses": body(MAPPED),
            }
        },
        "/held": {"get": {"operationId": "getHeld", "responses": body(ref("Held"))}},
        "/base": {"get": {"operationId": "getBase", "responses": body(ref("Shape"))}},
        "/rate": {"get": {"operationId": "getRate", "responses": body(ref("Rate"))}},
        "/rows": {"get": {"operationId": "searchRows", "parameters": PAGED, "responses": body(ODATA)}},
        "/tag": {
            "post": {
                "operationId": "createTag",
                "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Tag")}}},
                "responses": {"204": {"description": "ok"}},
            }
        },
    },
    "components": {
        "schemas": {
            "Pet": {
                "oneOf": [ref("Cat"), ref("Dog")],
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": TAGS,
                },
            },
            "Cat": model(name={"type": "string"}),
            "Dog": model(name={"type": "string"}),
            "Held": {
                "type": "object",
                "properties": {
                    "pet": PET,
                    "pets": {"type": "array", "items": PET},
                    "named": {"type": "object", "additionalProperties": PET},
                },
            },
            "Shape": model() | {"discriminator": {"propertyName": "kind"}},
            "Round": {"allOf": [ref("Shape"), {"type": "object", "properties": {"r": {"type": "integer"}}}]},
            "Square": {"allOf": [ref("Shape"), {"type": "object", "properties": {"r": {"type": "integer"}}}]},
            "Rate": {
                "type": "object",
                "properties": {"rate": {"oneOf": [{"type": "string", "enum": ["auto"]}, {"type": "number"}]}},
            },
            "Tag": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}},
                "additionalProperties": {"type": "integer"},
            },
        }
    },
}
DOG = {"kind": "canine", "name": "x"}


def operations(package: Any) -> dict[str, Any]:
    return {key.rpartition(".")[2]: op for key, op in package.operations.OPERATIONS.items()}


@pytest.mark.parametrize(
    ("name", "came", "expected"),
    [
        ("get_one", DOG, lambda m: m.Dog(**DOG)),
        ("get_one", {"kind": "fish"}, lambda m: {"kind": "fish"}),
        ("get_many", [DOG, {"kind": "feline"}], lambda m: [m.Dog(**DOG), m.Cat(kind="feline")]),
        ("get_map", {"a": DOG}, lambda m: {"a": m.Dog(**DOG)}),
        (
            "get_held",
            {"pet": DOG, "pets": [DOG], "named": {"a": DOG}},
            lambda m: m.Held(pet=m.Dog(**DOG), pets=[m.Dog(**DOG)], named={"a": m.Dog(**DOG)}),
        ),
        ("get_base", {"kind": "Square", "r": 3}, lambda m: m.Square(kind="Square", r=3)),
        ("get_base", {"kind": "Star", "r": 3}, lambda m: m.Shape(kind="Star")),
        ("get_rate", {"rate": 12.25}, lambda m: m.Rate(rate=12.25)),
    ],
)
def test_unions_are_read_as_the_document_says(make: Make, name: str, came: Any, expected: Any) -> None:
    """In the response, lists, maps, fields, and for bases with known subtypes."""
    made = make(DOCUMENT)
    assert made.report["gaps"] == []
    codec, op = Codec(), operations(made.package)[name]
    for _ in range(2):
        value = codec.decode(op, dumps(came))
        assert value == expected(made.models)
        assert to_wire(value) == came


def test_rows_and_free_keys(make: Make) -> None:
    """The rows of a page are told apart too, and a caller gives keys beyond the named ones."""
    made = make(DOCUMENT)
    page = Codec().decode_page(operations(made.package)["search_rows"], dumps({"value": [DOG]}))
    assert page.rows == [made.models.Dog(**DOG)]
    tag = made.models.Tag(name="n", extra={"weight": 3})
    assert Codec().encode(tag, operations(made.package)["create_tag"]) == b'{"name":"n","weight":3}'
