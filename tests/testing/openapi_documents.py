"""Both vendors' specs as OpenAPI documents that are as strict as they can be: no field beyond the named ones.

IDI's is one already; Abzorb's is derived from the collection and its overlay as the generator reads them.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import yaml

from codegen import ir
from codegen.project import TARGETS
from codegen.read import read_document

ROOT = Path(__file__).resolve().parents[2]
_STATUS_ROW = re.compile(r"^\| ([0-9, ]+) \|", re.MULTILINE)
_JSON_TYPES = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "any": {},
}


def idi() -> dict[str, Any]:
    """The document itself, closed, and without security: the tests sign in, all made-up tokens are alike."""
    document = _closed(yaml.safe_load((ROOT / "specs/idi/openapi.yaml").read_text()))
    del document["security"], document["components"]["securitySchemes"]
    return document


def security_token() -> dict[str, Any]:
    """The login, closed."""
    return _closed(yaml.safe_load((ROOT / "specs/idi/security-token.yaml").read_text()))


def abzorb() -> dict[str, Any]:
    """What the collection and its overlay say; the status table is for every request, as on the page."""
    target = next(each for each in TARGETS if each.name == "abzorb")
    document = read_document(ROOT / target.spec, overlay=ROOT / (target.overlay or ""))
    table = {
        code
        for row in _STATUS_ROW.findall(document.description)
        for code in row.replace(" ", "").split(",")
        if code[0] in "45"
    }
    assert {"401", "404", "429", "503"} <= table, "the status table was not found in the collection"
    paths: dict[str, Any] = {}
    for op in document.operations:
        paths.setdefault(op.path, {})[op.http_method.lower()] = _operation(op, table)
    named = {model.name: _model(model) for model in document.models}
    named |= {
        enum.name: {
            "type": "string" if enum.base == "str" else "integer",
            "enum": [value for _, value in enum.members],
        }
        for enum in document.enums
    }
    named |= {alias.name: _schema(alias.type) for alias in document.aliases}
    return {
        "openapi": "3.1.0",
        "info": {"title": document.title, "version": document.version},
        "paths": paths,
        "components": {"schemas": named},
    }


def _operation(op: ir.OperationIR, table: set[str]) -> dict[str, Any]:
    error = {
        "anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("ErrorResponse", "ValidationMessage")]
    }
    responses = {status: _content("application/json", error, "an error") for status in sorted(table)}
    for response in op.responses:
        if response.status[0] == "2":
            schema = None if response.type is None else _schema(response.type)
            responses[response.status] = _content(response.media_type, schema, response.description)
    found: dict[str, Any] = {"operationId": op.operation_id, "responses": responses}
    found["parameters"] = [
        {
            "name": each.wire,
            "in": each.location,
            "required": each.required,
            "schema": _schema(each.type),
            "style": each.style,
            "explode": each.explode,
        }
        for each in op.parameters
    ]
    if op.body is not None and op.body.type is not None:
        content = {op.body.media_type: {"schema": _schema(op.body.type)}}
        found["requestBody"] = {"required": op.body.required, "content": content}
    return found


def _content(media_type: str, schema: dict[str, Any] | None, text: str) -> dict[str, Any]:
    return {
        "description": text,
        **({"content": {media_type: {"schema": schema}}} if schema is not None else {}),
    }


def _model(model: ir.ModelIR) -> dict[str, Any]:
    fields = {each.wire: _schema(each.type) for each in model.fields}
    required = [each.wire for each in model.fields if each.required]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _schema(tp: ir.Type) -> dict[str, Any]:
    match tp:
        case ir.Scalar(kind=kind):
            return dict(_JSON_TYPES[kind])
        case ir.ListOf(item=item):
            return {"type": "array", "items": _schema(item)}
        case ir.MapOf(value=value):
            return {"type": "object", "additionalProperties": _schema(value)}
        case ir.Ref(name=name):
            return {"$ref": f"#/components/schemas/{name}"}
        case ir.Nullable(inner=inner):
            return {"anyOf": [_schema(inner), {"type": "null"}]}
        case ir.UnionOf(options=options):
            return {"anyOf": [_schema(each) for each in options]}
        case ir.Literals(values=values):
            return {"enum": list(values)}
    raise TypeError(f"no schema for {type(tp).__name__}")


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    """The same document with every named object closed, so that a response cannot hold an unnamed field."""
    closed = copy.deepcopy(document)
    for schema in closed["components"]["schemas"].values():
        if schema.get("type") == "object" and "allOf" not in schema:
            schema.setdefault("additionalProperties", False)
    return closed
