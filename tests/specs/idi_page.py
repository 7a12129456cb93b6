"""The IDI specs, loaded, and the ways to read them that the tests share.

`idi_page_facts.yaml` beside this file holds the names, types and marks of the page and is the yardstick.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
SPECS = HERE.parents[1] / "specs" / "idi"


def load(path: Path) -> dict[str, Any]:
    """A YAML file as plain data; a repeated key is an error."""
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return data


FACTS = load(HERE / "idi_page_facts.yaml")
SPEC = load(SPECS / "openapi.yaml")
TOKEN = load(SPECS / "security-token.yaml")
METHODS = ("get", "put", "post", "delete", "patch")
# What the release notes state, by version; see the head of that file.
NOTES: dict[str, list[str]] = load(SPECS / "openapi.vendor.yaml")["releases"]
GONE: list[str] = load(SPECS / "openapi.vendor.yaml").get("gone", [])


def resolve(node: Any, document: dict[str, Any] = SPEC) -> Any:
    """The node that a local reference points at."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, HTTP method and operation, in file order."""
    for path, item in document["paths"].items():
        assert set(item) <= set(METHODS), path
        for method, operation in item.items():
            yield path, method, operation


OPERATIONS = {operation["summary"]: operation for _, _, operation in operations(SPEC)}
PAGED = [op for op in OPERATIONS.values() if op["x-trunkline"].get("paging")]


def parameters(operation: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """The parameters in the path or the query, resolved."""
    found = [resolve(parameter) for parameter in operation.get("parameters", [])]
    return [parameter for parameter in found if parameter["in"] == where]


def body(operation: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Whether the request body is an array, and the schema of the object or of a row."""
    if "requestBody" not in operation:
        return False, {"properties": {}}
    schema = resolve(operation["requestBody"]["content"]["application/json"]["schema"])
    return (True, resolve(schema["items"])) if schema["type"] == "array" else (False, schema)


def responds(operation: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of the successful response."""
    content = operation["responses"]["200"].get("content")
    return resolve(content["application/json"]["schema"]) if content else None


def shown_schema(operation: dict[str, Any], keys: list[str]) -> dict[str, Any] | None:
    """The schema that a sample shows: the response, or one row of a collection where the sample is a row."""
    schema = responds(operation)
    if schema is None or schema.get("type") == "array":
        return schema and resolve(schema["items"])
    is_row = "value" in schema["properties"] and keys and "value" not in keys
    return row(operation) if is_row else schema


def row(operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of one row of a collection."""
    collection = responds(operation)
    assert collection is not None
    schema: dict[str, Any] = resolve(collection["properties"]["value"]["items"])
    return schema


def page_type(node: dict[str, Any], schema: dict[str, Any]) -> str:
    """The type that the page gives, with our refinements taken off."""
    documented = node["x-trunkline"].get("documented_type")
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    kind = documented or "|".join(kinds)
    return "date" if schema.get("format") == "date" else str(kind)


def noted(name: str, kind: str, required: bool, enum: list[Any] | None) -> str:
    """One name in the notation of the yardstick."""
    values = f"?{'|'.join(sorted(map(str, enum)))}" if enum else ""
    return f"{name}:{kind}{'!' if required else ''}{values}"


def noted_parameters(operation: dict[str, Any], where: str) -> list[str]:
    """Parameters as the page has them."""
    return [
        noted(
            parameter["x-trunkline"].get("page_name", parameter["name"]),
            page_type(parameter, parameter["schema"]),
            parameter.get("required", False),
            parameter["schema"].get("enum"),
        )
        for parameter in parameters(operation, where)
    ]


def examples(operation: dict[str, Any]) -> list[str]:
    """The examples of the parameters in path and query, as the page prints their values."""
    found = [(p, p["example"]) for w in ("path", "query") for p in parameters(operation, w) if "example" in p]
    return [
        f"{p['x-trunkline'].get('page_name', p['name'])}={v if isinstance(v, str) else json.dumps(v)}"
        for p, v in found
    ]


def noted_body(operation: dict[str, Any]) -> list[str]:
    """Body fields as the page has them."""
    _, schema = body(operation)
    required = schema.get("required", [])
    return [
        noted(name, page_type(field, field), name in required, field.get("enum"))
        for name, field in schema["properties"].items()
    ]


def marks(operation: dict[str, Any]) -> list[str]:
    """Revision marks as the page has them: operation, lists, own parameters, body fields."""
    words = operation["x-trunkline"]
    found = []
    if "since" in words and not only_noted(operation):
        found.append(f"operation:{words['since']}")
    for part, names in words.get("revisions", {}).items():
        found += [f"{part}.{name}:{since}" for name, since in names.items()]
    fields = [(parameter["name"], parameter) for parameter in parameters(operation, "query")]
    fields += body(operation)[1]["properties"].items()
    found += [f"{name}:{f['x-trunkline']['since']}" for name, f in fields if "since" in f["x-trunkline"]]
    return found


def only_noted(operation: dict[str, Any]) -> bool:
    """Whether the first revision of an operation is told by the release notes, and by no mark of its own."""
    facts = FACTS.get(operation["summary"], {})
    return not any(mark.startswith("operation:") for mark in facts.get("marks", []))


def nodes(node: Any, at: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property and parameter of a document with its place."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from nodes(item, f"{at}/{index}")
    elif isinstance(node, dict):
        if "in" in node and "schema" in node:
            yield at, node
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            yield from ((f"{at}/properties/{name}", field) for name, field in node["properties"].items())
        for key, item in node.items():
            yield from nodes(item, f"{at}/{key}")
