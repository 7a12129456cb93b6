"""An OpenAPI 3.1 document of what the sandbox serves, made from its `Operation` values.

The page shows it, and any other OpenAPI tool can read it: `/openapi/idi.json`, `/openapi/abzorb.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Final

from trunkline import apis
from trunkline.operation import Body, Operation, Param
from trunkline.sandbox.page import prose
from trunkline.sandbox.page.examples import EXAMPLES, Example
from trunkline.sandbox.page.schemas import Schema, Schemas

_SCHEMES: Final[Mapping[str, Schema]] = {
    "idi": {"SWT": {
        "type": "apiKey", "in": "header", "name": "Authorization",
        "description": 'WRAP access_token="…", with the token that the login returns.',
    }},
    "abzorb": {"basic": {"type": "http", "scheme": "basic"}},
}  # fmt: skip
_FAILED: Final = "An error in the vendor's shape."


def build(api: str, operations: Iterable[Operation[Any]], *, server: str, login: str = "") -> Schema:
    """The document of one API.

    Args:
        api: the name of a registered API. operations: what is served. server: path below which they are
            served. login: path of the login service, for an operation that belongs to it.
    """
    schemas = Schemas()
    paths: dict[str, Schema] = {}
    tags: dict[str, None] = {}
    for op in operations:
        described = _operation(op, schemas)
        if op.api == "security_token":
            described["servers"] = [{"url": login}]
        tags.update(dict.fromkeys(described["tags"]))
        paths.setdefault(op.path, {})[op.method.lower()] = described
    package = apis.get(api).packages[0].module
    about = json.loads(resources.files(package).joinpath("manifest.json").read_text("utf-8"))
    schemes = _SCHEMES.get(api, {})
    return {
        "openapi": "3.1.0",
        "info": {"title": about["document"]["title"], "version": about["document"].get("version", "")},
        "servers": [{"url": server}],
        "security": [{name: []} for name in schemes],
        "tags": [{"name": name} for name in tags],
        "paths": paths,
        "components": {"securitySchemes": schemes, "schemas": dict(sorted(schemas.named.items()))},
    }


def _operation(op: Operation[Any], schemas: Schemas) -> Schema:
    said, example = prose.of_function(op.function), EXAMPLES.get(op.id, Example())
    origin = op.provenance
    words: Schema = {
        "provenance": {"route": origin.route, "request": origin.request, "response": origin.response},
        "function": op.function,
        "idempotency": op.idempotency,
    }
    words |= {
        key: value
        for key, value in {
            "since": op.since,
            "filterable": list(op.filterable),
            "sortable": list(op.sortable),
            "patchable": {name: list(verbs) for name, verbs in op.patchable.items()},
            "after": list(example.after),
            "wait": example.wait,
            "unique": list(example.unique),
            "content_type": op.content_type,
        }.items()
        if value
    }
    described: Schema = {
        "operationId": op.id,
        "summary": op.title,
        "description": said.text,
        "tags": [op.id.rpartition(".")[0]],
        "parameters": [
            _parameter(param, place, op, schemas, said, example.values)
            for place, params in (("path", op.path_params), ("query", op.query_params))
            for param in params
        ],
        "responses": _responses(op, schemas),
        # The page's own words go into an extension, so any other OpenAPI tool can
        # still read the document.
        "x-trunkline": words,
    }
    if op.auth == ():
        described["security"] = []
    if op.body is not None:
        described["requestBody"] = _body(op, op.body, schemas, example)
    return described


def _parameter(
    param: Param,
    place: str,
    op: Operation[Any],
    schemas: Schemas,
    said: prose.Prose,
    values: Mapping[str, Any],
) -> Schema:
    schema = schemas.of(param.type, op.namespace)
    described: Schema = {
        "name": param.wire,
        "in": place,
        # OpenAPI requires this for every path parameter.
        "required": param.required or place == "path",
        "schema": schema,
        "style": "simple" if place == "path" else param.style,
        "explode": param.explode if place == "query" else False,
        "x-trunkline": {"provenance": param.provenance} | ({"sensitive": True} if param.sensitive else {}),
    }
    if text := said.of.get(param.name):
        described["description"] = text
    if param.wire in values:
        described["example"] = values[param.wire]
    return described


def _body(op: Operation[Any], body: Body, schemas: Schemas, example: Example) -> Schema:
    schema = _patch(op) if op.patchable else schemas.of(body.type, op.namespace)
    content: Schema = {"schema": schema}
    if example.body is not None:
        content["example"] = example.body
    return {"required": body.required, "content": {body.media_type: content}}


def _patch(op: Operation[Any]) -> Schema:
    """A JSON Patch that names the patchable fields only (RFC 6902)."""
    verbs = sorted({verb for allowed in op.patchable.values() for verb in allowed})
    step = {
        "type": "object",
        "required": ["op", "path"],
        "properties": {
            "op": {"type": "string", "enum": verbs},
            "path": {"type": "string", "enum": [f"/{name}" for name in op.patchable]},
            "value": {},
        },
    }
    return {"type": "array", "items": step, "minItems": 1}


def _responses(op: Operation[Any], schemas: Schemas) -> Schema:
    found: Schema = {}
    for response in op.responses:
        good = response.status.startswith("2")
        described: Schema = {"description": "Done." if good else _FAILED}
        if response.type is not None:
            content = schemas.of(response.type, op.namespace)
            described["content"] = {response.media_type: {"schema": content}}
        found[response.status] = described
    return found or {"default": {"description": "Not described."}}


__all__ = ["build"]
