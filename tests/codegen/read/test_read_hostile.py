"""Documents that were damaged: a `SpecError` or a document whose counts add up, never a traceback."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen.ir import Document
from codegen.read import SpecError, read_document
from codegen.read.operation.accounting import packaged

SEED: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "https://{h}/", "variables": {"h": {"default": "x"}}}],
    "security": [{"key": []}],
    "paths": {
        "/a/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "patch": {
                "operationId": "a",
                "tags": ["T"],
                "parameters": [{"$ref": "#/components/parameters/Q"}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}
                },
                "responses": {"200": {"$ref": "#/components/responses/R"}, "default": {"description": "d"}},
                "x-trunkline": {
                    "paging": "odata",
                    "filterable": ["n"],
                    "patchable": {"n": ["add"]},
                    "bulk": {},
                },
            },
        }
    },
    "components": {
        "parameters": {"Q": {"name": "q", "in": "query", "schema": {"enum": ["a", 1, None]}}},
        "responses": {"R": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}},
        "schemas": {
            "A": {
                "type": "object",
                "properties": {"n": {"type": ["string", "null"]}, "b": {"$ref": "#/components/schemas/B"}},
            },
            "B": {
                "allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"n": {"const": 1}}}],
                "oneOf": [{"$ref": "#/components/schemas/A"}],
                "discriminator": {"propertyName": "n", "mapping": {"x": "A"}},
                "additionalProperties": {"items": {}},
            },
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "k"}},
    },
}
SEED["paths"]["/a/{id}"]["patch"]["x-trunkline"].pop("bulk")

SHOP: dict[str, Any] = {
    "info": {"name": "n", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "auth": {"type": "apikey", "apikey": [{"key": "key", "value": "X"}]},
    "variable": [{"key": "u", "value": "https://a.example"}],
    "event": [{"listen": "test", "script": {"exec": ["x"]}}],
    "item": [
        {
            "name": "F",
            "item": [
                {
                    "name": "r",
                    "request": {
                        "method": "POST",
                        "header": [{"key": "X-A", "value": "1"}],
                        "url": {
                            "raw": "{{u}}/:id?a=1",
                            "query": [{"key": "a", "value": "1"}],
                            "variable": [{"key": "id"}],
                        },
                        "body": {"mode": "raw", "raw": '{"a": {{x}}, "b": [1, null]}'},
                    },
                    "response": [
                        {"code": 200, "body": '{"a": {"b": []}}', "header": [{"key": "A", "value": "b"}]}
                    ],
                },
                {
                    "name": "f",
                    "request": {"url": "x", "body": {"mode": "formdata", "formdata": [{"key": "k"}]}},
                },
            ],
        }
    ],
}
JUNK = st.sampled_from(
    [
        *[None, True, 0, 1.5, 10**30, "", "x", "#/", "{{a}}", {}, [], [[]], [{}], {"": ""}, ["a", 1, None]],
        *[{"$ref": "#"}, {"$ref": 5}, {"$ref": "#/nope"}],
        *[{"type": "object", "properties": []}, {"type": ["string", 5]}],
    ]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(p for key, child in children for p in places(child, (*path, key)))]


def damaged(seed: dict[str, Any], path: tuple[Any, ...], junk: Any) -> Any:
    document = json.loads(json.dumps(seed))
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = junk
    return document


def adds_up(document: Document) -> None:
    """What the package holds and what the report drops together are what the document holds."""
    dropped = [g.what for g in document.gaps if g.dropped]
    singular = {"bodies": "body"}
    for kind, held in packaged(document).items():
        what = singular.get(kind, kind.removesuffix("s"))
        assert document.counts[kind] == held + dropped.count(what), (kind, document.gaps)


@pytest.mark.parametrize("seed", [SEED, SHOP], ids=["openapi", "postman"])
def test_seed_itself_reads(seed: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(seed))
    adds_up(read_document(path))


@pytest.mark.parametrize("seed", [SEED, SHOP], ids=["openapi", "postman"])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_one_wrong_value_anywhere(seed: dict[str, Any], tmp_path: Path, data: st.DataObject) -> None:
    where = data.draw(st.sampled_from(places(seed)[1:]))
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(damaged(seed, where, data.draw(JUNK))))
    try:
        adds_up(read_document(path))
    except SpecError as error:
        found = error
    else:
        return
    assert all(p.message and p.place.file == str(path) for p in found.problems)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(noise=st.binary(max_size=40), seed=st.integers(0, 2**32))
def test_garbled_bytes(tmp_path: Path, noise: bytes, seed: int) -> None:
    content = bytearray(json.dumps(SEED, indent=seed % 3).encode())
    at = random.Random(seed).randrange(len(content))
    content[at : at + len(noise) // 2] = noise
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    try:
        read_document(path)
    except SpecError as error:
        found = str(error)
    else:
        return
    assert found.startswith(str(path))
