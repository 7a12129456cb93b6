"""JSON schemas from what a document prints or shows, and small changes of one."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.comments import CommentedMap

from codegen.drift.compare_fields import KNOWN_TYPES
from codegen.vendor.document import Shape, VendorField
from codegen.vendor_import.wording import field_text
from codegen.vendor_import.yaml_text import flow_list, flow_map, place_key, quoted


def schema_of(found: VendorField) -> CommentedMap:
    """The JSON schema of a printed type."""
    schema = CommentedMap()
    if found.type in KNOWN_TYPES - {"", "any"}:
        schema["type"] = flow_list([found.type, quoted("null")]) if found.nullable else found.type
    if found.format:
        schema["format"] = found.format
    if found.type == "array":
        schema["items"] = CommentedMap({"type": found.items} if found.items else {})
    if found.enum:
        schema["enum"] = flow_list(
            [int(v) if found.type == "integer" and v.isdigit() else v for v in found.enum]
        )
    return schema


def field_words(found: VendorField) -> CommentedMap:
    """The `x-trunkline` words of a documented field."""
    words: dict[str, Any] = {"provenance": "documented"}
    if found.since:
        words["since"] = quoted(found.since)
    return flow_map(words)


def field_entry(found: VendorField) -> CommentedMap:
    """A property of a body."""
    entry = schema_of(found)
    place_key(entry, "description", field_text(found.name), ("type", "format"))
    entry["x-trunkline"] = field_words(found)
    return entry


def shape_entry(name: str, shape: Shape, provenance: str = "documented") -> CommentedMap:
    """A property of an answer, as far as a sample or a schema tells."""
    scalar = shape.declared is not None and shape.kind not in ("object", "array", "null")
    entry = schema_of(shape.declared) if shape.declared is not None and scalar else CommentedMap()
    if shape.kind != "null" and not scalar:
        entry["type"] = shape.kind
    place_key(entry, "description", field_text(name), ("type", "format"))
    if shape.kind == "array":
        row = shape.row
        entry["items"] = object_schema(row.members) if row is not None and row.members else CommentedMap()
        if row is not None and not row.members and row.kind != "null":
            entry["items"] = CommentedMap({"type": row.kind})
    elif shape.members:
        entry |= object_parts(shape.members)
    entry["x-trunkline"] = flow_map({"provenance": provenance})
    return entry


def object_schema(members: dict[str, Shape], text: str = "") -> CommentedMap:
    """An object from the members of a sample or a schema."""
    schema = CommentedMap({"type": "object"})
    if text:
        schema["description"] = text
    schema |= object_parts(members)
    return schema


def object_parts(members: dict[str, Shape]) -> CommentedMap:
    """The properties of an object, and the list of those that are always there."""
    parts = CommentedMap()
    required = [key for key, m in members.items() if m.declared is not None and m.declared.required]
    if required:
        parts["required"] = flow_list(required)
    parts["properties"] = CommentedMap({key: shape_entry(key, member) for key, member in members.items()})
    return parts


def allow_null(schema: Any) -> bool:
    """Let a schema take null; False where it names no type."""
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = flow_list([kind, quoted("null")])
    elif isinstance(kind, list) and "null" not in kind:
        kind.append(quoted("null"))
    return kind is not None


def set_enum(schema: Any, found: VendorField) -> bool:
    """Give a schema the values that a document lists, or none."""
    new = schema_of(found)
    if "enum" in new:
        place_key(schema, "enum", new["enum"], ("type", "format"))
    else:
        schema.pop("enum", None)
    return True
