"""What the vendors would publish if the specs were right: documents of their kind, made from the specs.

They have the vendors' form and nothing of ours: no `x-trunkline`, no overlay, other words, other formats.
The tests plant differences in them.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SPECS = Path(__file__).resolve().parents[3] / "specs"
METHODS = ("get", "put", "post", "delete", "patch")


def idi_download() -> dict[str, Any]:
    """The OpenAPI file of IDI's page: version 3.0, everything inline, lists and revisions in descriptions."""
    spec = YAML(typ="safe").load((SPECS / "idi" / "openapi.yaml").read_text(encoding="utf-8"))
    paths: dict[str, Any] = {}
    for path, entry in spec["paths"].items():
        for method, operation in entry.items():
            if operation["summary"] == "Customer Service Detail":
                continue  # the page has no entry for it
            route, found = _operation(spec, path, operation)
            paths.setdefault(route, {})[method] = found
    url = spec["servers"][0]["url"].format(service="ServiceAndFeatureManagement", environment="anenvironment")
    notes = YAML(typ="safe").load((SPECS / "idi" / "openapi.vendor.yaml").read_text(encoding="utf-8"))[
        "releases"
    ]
    return {
        "openapi": "3.0.3",
        "info": {"title": spec["info"]["title"], "version": spec["info"]["version"]},
        "servers": [{"url": url}],
        "tags": [
            *({"name": tag["name"], "description": f"Resources: {tag['name']}."} for tag in spec["tags"]),
            {"name": "Release Notes", "description": _release_notes(notes)},
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {"SWT": {"type": "apiKey", "in": "header", "name": "Authorization"}}
        },
    }


def _release_notes(notes: dict[str, list[str]]) -> str:
    return "\n\n".join(
        "\n".join([f"## Release Notes {version}", "", *(f"* {_sentence(mark)}" for mark in marks)])
        for version, marks in notes.items()
    )


def _sentence(mark: str) -> str:
    """A sentence of the notes as the vendor words it, from the fact that is kept of it."""
    said, _, where = mark.partition(" @ ")
    verb, _, rest = said.partition(" ")
    words = rest.split(" ")
    if rest == "operation":
        return f"Added {where}"
    if verb == "updated" and words[0] == "filterable":
        names, _, said = rest.removeprefix("filterable ").partition(" be ")
        return f"Updated {names.replace(', ', ' and ')} to be {said} of {where}"
    if verb == "updated" and words[0] == "response":
        return f"Updated {words[1]} to be an array of strings on the Response for {where}"
    if verb == "updated":
        return f"Updated {where} to make {words[0]} {words[1]}"
    if words[0] == "query":
        return f"Added query parameter {words[1]} to {where}"
    if words[0] == "patchable":
        return f"Added patchable field {words[1]} to {where}"
    if words[0] == "response":
        return f"Added {rest.removeprefix('response ')} to Response of {where}"
    return f"Added {rest} to {where}"


def _operation(spec: Any, path: str, operation: Any) -> tuple[str, dict[str, Any]]:
    words = operation["x-trunkline"]
    parameters = [_resolved(spec, parameter) for parameter in operation.get("parameters", [])]
    for parameter in parameters:
        page_name = parameter["x-trunkline"].get("page_name")
        if page_name:
            path = path.replace(f"{{{parameter['name']}}}", f"{{{page_name}}}")
    found: dict[str, Any] = {
        "tags": list(operation["tags"]),
        "summary": operation["summary"],
        "description": _description(words),
        "parameters": [_parameter(parameter) for parameter in parameters],
    }
    if words.get("content_type_header"):
        header = {"name": "Content-Type", "in": "header", "required": True, "description": ""}
        found["parameters"].append({**header, "schema": {"type": "string"}, "example": "application/json"})
    if not words.get("authorizations_shown", True):
        pass
    else:
        found["security"] = [{"SWT": []}]
    if "requestBody" in operation:
        (media,) = operation["requestBody"]["content"].values()
        found["requestBody"] = {"content": {"application/json": {"schema": _schema(spec, media["schema"])}}}
    found["responses"] = {"200": {"description": "OK"}}
    content = operation["responses"]["200"].get("content")
    if content and not words.get("errors_shown"):
        schema = _schema(spec, content["application/json"]["schema"])
        found["responses"]["200"]["content"] = {"application/json": {"schema": schema}}
    if words.get("errors_shown"):
        errors = {"type": "object", "properties": {"errors": {"type": "array", "items": {"type": "object"}}}}
        found["responses"]["200"]["content"] = {
            "application/json": {"schema": errors, "example": {"errors": []}}
        }
    return path, found


def _description(words: Any) -> str:
    """A lead with the revision, then the lists as the vendor's descriptions have them."""
    since = words.get("since")
    # A revision that only the notes tell stands behind a comment in the spec and not on the page.
    lines = [f"Does what its title says.{f' [Rev {since}]' if since and since != '1.00' else ''}"]
    marks = words.get("revisions", {})

    def listed(which: str, name: str) -> str:
        mark = marks.get(which, {}).get(name)
        return f"{name} [Rev {mark}]" if mark else name

    if "filterable" in words and (words["filterable"] or words["sortable"]):
        lines += ["", "#### Available Fields", "", "How fields can be used within a search.", ""]
        for which in ("filterable", "sortable"):
            lines.append(f"* {which.title()}: {', '.join(listed(which, name) for name in words[which])}")
    if "patchable" in words:
        lines += ["", "#### Patchable Fields", "", "The properties that can be patched.", ""]
        for name, verbs in words["patchable"].items():
            mark = marks.get("patchable", {}).get(name)
            lines.append(f"* {name} : {', '.join(verbs)}{f' [Rev {mark}]' if mark else ''}")
    return "\n".join(lines)


def _parameter(parameter: Any) -> dict[str, Any]:
    words = parameter["x-trunkline"]
    found = {"name": words.get("page_name", parameter["name"]), "in": parameter["in"]}
    found["required"] = parameter.get("required", False)
    text = "A parameter."
    if "page_size" in words:
        text += (
            f" Default value is {words['page_size']} with the ability to specify up to {words['page_limit']}."
        )
    elif "page_limit" in words:
        text += f" The ability to specify up to {words['page_limit']}."
    if "since" in words:
        text += f" [Rev {words['since']}]"
    schema = _typed(parameter["schema"], words)
    return {
        **found,
        "description": text,
        "schema": schema,
        **({"example": parameter["example"]} if "example" in parameter else {}),
    }


def _typed(schema: Any, words: Any) -> dict[str, Any]:
    """Type, format and enum in the spelling of 3.0, with the page's own type where the spec keeps another."""
    found: dict[str, Any] = {}
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "null" in kinds:
        found["nullable"] = True
        kinds.remove("null")
    if kinds or "documented_type" in words:
        found["type"] = words.get("documented_type") or kinds[0]
    for key in ("format", "enum", "default"):
        if key in schema and not (key == "format" and schema[key] == "decimal"):
            found[key] = schema[key]
    return found


def _schema(spec: Any, node: Any) -> dict[str, Any]:
    """A schema with everything that it refers to inside."""
    words = node.get("x-trunkline", {})
    node = _resolved(spec, node)
    found = _typed(node, words or node.get("x-trunkline", {}))
    if "since" in words:
        found["description"] = f"A field. [Rev {words['since']}]"
    if "properties" in node:
        found["properties"] = {name: _schema(spec, child) for name, child in node["properties"].items()}
        if node.get("required"):
            found["required"] = list(node["required"])
    if "items" in node:
        found["items"] = _schema(spec, node["items"])
    return found


def _resolved(spec: Any, node: Any) -> Any:
    while "$ref" in node:
        target = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


# -- Abzorb ------------------------------------------------------------------------------------------


def abzorb_export() -> dict[str, Any]:
    """A collection as Postman exports it: v2.1, another base variable, ids, the vendor's own descriptions."""
    ours = json.loads((SPECS / "abzorb" / "collection.json").read_text(encoding="utf-8"))
    items = []
    for number, folder in enumerate(ours["item"]):
        requests = [_request(item, f"{number}-{index}") for index, item in enumerate(folder["item"])]
        items.append({"name": folder["name"], "item": requests, "id": f"f-{number}"})
    return {
        "info": {
            "_postman_id": "00000000-0000-4000-8000-000000000000",
            "name": "Abzorb API Documentation - v6.3",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "item": items,
        "auth": {"type": "basic", "basic": [{"key": "username", "value": "someone", "type": "string"}]},
        "variable": [{"key": "url", "value": "https://abzorbapi.click2sign.co.uk:8075/api"}],
    }


def _request(item: Any, number: str) -> dict[str, Any]:
    ours = copy.deepcopy(item)
    request, url = ours["request"], ours["request"]["url"]
    url["raw"] = url["raw"].replace("{{baseUrl}}", "{{url}}")
    url["host"] = ["{{url}}"]
    for entry in [*url.get("query", []), *url.get("variable", [])]:
        entry.pop("description", None)
    request["description"] = "As documented by the vendor."
    for example in ours["response"]:
        example["id"] = f"r-{number}-{example['code']}"
        example["originalRequest"] = {"method": request["method"], "header": [], "url": copy.deepcopy(url)}
    return {"name": ours["name"], "id": number, "request": request, "response": ours["response"]}


def as_documenter(export: dict[str, Any]) -> dict[str, Any]:
    """The same collection as a documentation site serves it: v2.0, text URLs, HTML, codes as text."""
    found = copy.deepcopy(export)
    found["info"]["schema"] = "https://schema.getpostman.com/json/collection/v2.0.0/collection.json"
    found["info"] |= {
        "owner": "1",
        "collectionId": "c",
        "publishedId": "p",
        "toc": [],
        "publishDate": "2026-01-01",
    }
    for folder in found["item"]:
        for item in folder["item"]:
            request = item["request"]
            url = request["url"]
            request["urlObject"] = {
                "path": url["path"],
                "host": url["host"],
                "query": [
                    {**q, "description": {"content": "<p>A key</p>\n", "type": "text/plain"}}
                    for q in url.get("query", [])
                ],
                "variable": url.get("variable", []),
            }
            request["url"] = url["raw"]
            request["description"] = "<p>As documented by the vendor.</p>\n"
            request["auth"] = {"type": "basic", "isInherited": True}
            for example in item["response"]:
                example["code"] = str(example["code"])
                example["header"] = None
    return found
