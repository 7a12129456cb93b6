"""Changes of an OpenAPI file that an import once lost, wrote twice or could not write."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from codegen.changes.report import line_of
from codegen.changes.running import find_drift
from codegen.edit.run import import_document

Document = dict[str, Any]

JSON_ERRORS = {
    "schema": {"type": "object", "properties": {"errors": {"type": "array", "items": {"type": "object"}}}},
    "example": {"errors": []},
}
SAMPLE = {"kind": "a", "size": 1, "colour": "red"}
PUBLISHED: Document = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1.0"},
    "paths": {
        "/things/{thingID}": {
            "parameters": [
                {"name": "thingID", "in": "path", "required": True, "schema": {"type": "integer"}},
                {"name": "kind", "in": "query", "description": "Of all.", "schema": {"type": "integer"}},
            ],
            "post": {
                "summary": "Make a Thing",
                "parameters": [
                    {"name": "kind", "in": "query", "description": "Of this.", "schema": {"type": "string"}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"kind": {"type": "string"}, "size": {"type": "integer"}},
                            },
                            "example": {"kind": "a", "size": 1},
                        }
                    }
                },
                "responses": {
                    "200": {
                        "description": "It.",
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "properties": {"kind": {"type": "string"}}}
                            }
                        },
                    }
                },
            },
            "patch": {
                "summary": "Change a Thing",
                "responses": {
                    "204": {"description": "Done."},
                    "400": {"description": "Not done.", "content": {"application/json": JSON_ERRORS}},
                },
            },
        }
    },
}


def item(document: Document) -> Document:
    found: Document = document["paths"]["/things/{thingID}"]
    return found


def body(document: Document) -> Document:
    found: Document = item(document)["post"]["requestBody"]["content"]["application/json"]
    return found


def restated(document: Document, old: str, new: str) -> None:
    responses = item(document)["patch"]["responses"]
    responses[new] = responses.pop(old)


def as_list(document: Document) -> None:
    content = item(document)["post"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"type": "array", "items": content["schema"]}


@pytest.fixture(name="spec", params=["words", "plain"])
def _spec(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The document as a spec: one of ours with its words, and one that nobody has touched yet."""
    document = copy.deepcopy(PUBLISHED)
    if request.param == "words":
        for method, name in (("post", "make"), ("patch", "change")):
            sure = dict.fromkeys(("request", "response"), "documented") | {"route": "inferred"}
            item(document)[method]["x-trunkline"] = {"resource": "thing", "method": name, "provenance": sure}
        patch = item(document)["patch"]
        patch["x-trunkline"]["errors_shown"] = True
        patch["responses"] = {"200": {"description": "Done."}, "default": patch["responses"]["400"]}
    path = tmp_path / "openapi.yaml"
    YAML().dump(document, path)
    (tmp_path / "openapi.vendor.yaml").write_text("descriptions: {}\n", encoding="utf-8")
    published = tmp_path / "published.json"
    published.write_text(json.dumps(PUBLISHED), encoding="utf-8")
    import_document(published, path).write()
    return path


FOLLOWED: dict[str, tuple[Callable[[Document], object], list[str]]] = {
    "nothing": (lambda d: None, []),
    "another method on the same path": (
        lambda d: item(d).update(put=item(d).pop("post")),
        ["route: POST things/{thingID} → PUT things/{thingID}"],
    ),
    "a parameter of the operation that the path has too": (
        lambda d: item(d)["parameters"][1]["schema"].update(type="boolean"),
        ["type of query parameter kind: integer → boolean"],
    ),
    "style of a parameter": (
        lambda d: item(d)["post"]["parameters"][1].update(style="pipeDelimited"),
        ["encoding of query parameter tags: pipeDelimited, joined"],
    ),
    "example of a parameter that had none": (
        lambda d: item(d)["post"]["parameters"][0].update(example="b"),
        ['example of query parameter kind: "b"'],
    ),
    "example of a body field that had none": (
        lambda d: body(d)["schema"]["properties"]["size"].update(example=3),
        ["example of body field size: 3"],
    ),
    "one object that became a list": (as_list, ["type of response field: object → array (of objects)"]),
    "another status of the only sample": (
        lambda d: restated(d, "400", "422"),
        ["status of the response: 400 → 422"],
    ),
    "a field that only the sample of a body has": (
        lambda d: body(d)["schema"]["properties"].pop("size"),
        ["body field size"],
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_change_is_found_once_written_once_and_does_not_come_back(
    name: str, spec: Path, tmp_path: Path
) -> None:
    """Found as that and nothing else; after the import the document and the spec agree."""
    change, expected = FOLLOWED[name]
    document = copy.deepcopy(PUBLISHED)
    change(document)
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    imported = import_document(path, spec)
    assert [line_of(c, title=False) for c in imported.before] == expected
    imported.write()
    again = import_document(path, spec)
    assert ([line_of(c) for c in again.before], again.changes) == ([], {})


def test_examples_are_read_in_any_order(tmp_path: Path) -> None:
    """Each named example is a value that may be sent, the first no more than the others."""
    named = {"a": {"value": {"kind": "a"}}, "b": {"value": {"kind": "b", "extra": 1}}}
    paths = []
    for number, keys in enumerate((("a", "b"), ("b", "a"))):
        document = copy.deepcopy(PUBLISHED)
        body(document).pop("example")
        body(document)["examples"] = {key: named[key] for key in keys}
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(document), encoding="utf-8")
    assert find_drift(*paths).changes == ()


def test_yaml_whose_keys_are_sorted_is_an_openapi_document(tmp_path: Path) -> None:
    """`swagger` and `paths` come last in it, far behind the definitions."""
    rows = "".join(f"  Row{number}:\n    type: object\n" for number in range(200))
    path = tmp_path / "sorted.yaml"
    path.write_text(
        f"basePath: /v1\ndefinitions:\n{rows}info:\n  title: Shop\n  version: '1'\n"
        "paths:\n  /ping:\n    get:\n      responses: {}\nswagger: '2.0'\n",
        encoding="utf-8",
    )
    assert find_drift(path, path).changes == ()


def test_file_that_is_not_at_hand_for_either_side_is_no_difference(tmp_path: Path) -> None:
    """A reference out of the folder is read on neither side; that is not news about the vendor."""
    document = copy.deepcopy(PUBLISHED)
    body(document)["schema"] = {"$ref": "../common/common.yaml#/Thing"}
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert find_drift(path, path).changes == ()
