"""Short ways to write documents."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer"}


def openapi(paths: Json, *, version: str = "3.0.3", schemas: Json | None = None, **more: Any) -> Json:
    """An OpenAPI 3 document; `components` in `more` are taken beside the schemas."""
    components = {"schemas": schemas or {}, **more.pop("components", {})}
    head = {"openapi": version, "info": {"title": "Small", "version": "1"}}
    return {**head, "paths": paths, "components": components, **more}


def swagger(paths: Json, *, definitions: Json | None = None, **more: Any) -> Json:
    """A Swagger 2.0 document."""
    head = {"swagger": "2.0", "info": {"title": "Small", "version": "1"}}
    return {**head, "paths": paths, "definitions": definitions or {}, **more}


def schema(name: str) -> Json:
    """A reference to a named schema of OpenAPI 3."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema_: Json, media_type: str = "application/json", **more: Any) -> Json:
    """A body or response in one media type."""
    return {"content": {media_type: {"schema": schema_, **more}}}


def responses(schema_: Json | None = None, status: str = "200", media_type: str = "application/json") -> Json:
    """The responses of an operation with one response."""
    return {status: {"description": "d", **({} if schema_ is None else content(schema_, media_type))}}


def model(*required: str, **properties: Any) -> Json:
    """An object schema."""
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def echo(schema_: Json, **more: Any) -> Json:
    """An operation that takes and gives the same."""
    return {
        "post": {
            "requestBody": {"required": True, **content(schema_)},
            "responses": responses(schema_),
            **more,
        }
    }


def query(name: str, schema_: Json, **more: Any) -> Json:
    """A query parameter of OpenAPI 3."""
    return {"name": name, "in": "query", "schema": schema_, **more}


def postman(*items: Json, **more: Any) -> Json:
    """A Postman v2.1 collection."""
    link = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return {"info": {"name": "Small", "schema": link}, "item": list(items), **more}


def saved(body: str, code: int = 200, media_type: str = "application/json") -> Json:
    """A saved response of a Postman request."""
    return {"name": "s", "code": code, "header": [{"key": "Content-Type", "value": media_type}], "body": body}


def item(name: str, url: Any, *responses: Json, method: str = "GET", **request: Any) -> Json:
    """A Postman request."""
    return {"name": name, "request": {"method": method, "url": url, **request}, "response": list(responses)}
