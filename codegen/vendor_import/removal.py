"""Schemas that nothing refers to any more, after operations or fields went."""

from __future__ import annotations

import json
from typing import Any

from codegen.vendor_import.written import Written


def unused_schemas(data: Any) -> set[str]:
    """Names of schemas that neither a reference nor a `patch_model` uses, followed to the end."""
    schemas = data.get("components", {}).get("schemas", {})
    gone: set[str] = set()
    while True:
        kept = {name: schema for name, schema in schemas.items() if name not in gone}
        rest = {key: value for key, value in data.get("components", {}).items() if key != "schemas"}
        used = {*_references([data.get("paths"), rest, *kept.values()])}
        more = {name for name in kept if name not in used}
        if not more:
            return gone
        gone |= more


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _references(item)]
    if not isinstance(node, dict):
        return []
    found = [name for value in node.values() for name in _references(value)]
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/components/schemas/"):
        found.append(reference.rsplit("/", 1)[1])
    if isinstance(node.get("patch_model"), str):
        found.append(node["patch_model"])
    return found


def drop_unused_schemas(data: Any, written: Written, before: str | None = None) -> None:
    """Remove schemas that became unused."""
    schemas = data.get("components", {}).get("schemas", {})
    for name in sorted(unused_schemas(data)):
        del schemas[name]
        written.done.append(f"schema {name} is used by nothing any more: removed")


def fingerprint(data: Any) -> str:
    """A text of the data that ignores style, for telling whether anything changed."""
    return json.dumps(data, default=str, sort_keys=True)
