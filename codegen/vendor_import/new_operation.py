"""A full entry for an operation that only the page has; its route follows from the others."""

from __future__ import annotations

import re
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from codegen.drift.spec_facts import SpecFacts
from codegen.vendor.document import Route, Shape, VendorField, VendorOperation
from codegen.vendor_import.schemas import field_entry, field_words, object_schema, schema_of
from codegen.vendor_import.wording import camel, field_text, operation_text, pascal, snake
from codegen.vendor_import.yaml_text import flow_list, flow_map, quoted

_VERBS: Final = {
    "get": "GET", "list": "GET", "search": "GET", "find": "GET", "create": "POST", "add": "POST",
    "update": "PATCH",     "delete": "DELETE", "remove": "DELETE", "set": "PUT", "health": "GET",
}  # fmt: skip
_FILLERS: Final = re.compile(r"\b(?:a|an|the|of|for|all|by|id)\b", re.IGNORECASE)
_SHARED: Final = ("$count", "$filter", "$inlinecount", "$orderby", "$select", "$skip", "$skiptoken", "$top")


def inferred_route(operation: VendorOperation) -> Route:
    """Section, key and record or action, as the documented routes have them."""
    verb, _, rest = operation.title.partition(" ")
    keys = [name for where, name in operation.parameters if where == "path"]
    patched = "patchable" in operation.lists
    method = "PATCH" if patched else _VERBS.get(verb.lower(), "POST" if operation.body else "GET")
    section = camel(operation.section or "api")
    record = _record(rest, section)
    segments = ["api", section, *(f"{{{key}}}" for key in keys)]
    if verb.lower() not in _VERBS:
        segments.append(camel(operation.title))
    elif record:
        segments.append(record)
    return Route(method, "/".join(segments), operation.at)


def _record(rest: str, section: str) -> str:
    """The record of a title in the singular, without the section's own name."""
    words = _FILLERS.sub(" ", re.sub(r"\([^)]*\)", "", rest)).split()
    singular = [
        re.sub(r"(?<=[a-z])ies\Z", "y", w) if w.endswith("ies") else re.sub(r"(?<=[a-rt-z])s\Z", "", w)
        for w in words
    ]
    record = camel(" ".join(singular))
    return (
        ""
        if record.lower() == section.lower()
        else re.sub(rf"\A{section}(?=[A-Z])", "", record)[:1].lower()
        + re.sub(rf"\A{section}(?=[A-Z])", "", record)[1:]
    )


def add_operation(data: Any, facts: SpecFacts, operation: VendorOperation) -> tuple[Route, bool]:
    """Write the entry with its schemas. Returns the route and whether the page itself has it."""
    route = operation.route or inferred_route(operation)
    path = f"/{route.path}"
    taken = path in data["paths"] and route.method.lower() in data["paths"][path]
    if taken:
        path = f"{path}/{camel(operation.title)}"
        route = Route(route.method, path.lstrip("/"), operation.at)
    if path not in data["paths"]:
        _place_path(data["paths"], path, operation.section)
    data["paths"][path][route.method.lower()] = _entry(data, operation, route)
    if operation.section and all(tag["name"] != operation.section for tag in data.get("tags", [])):
        data.setdefault("tags", []).append(
            CommentedMap({"name": operation.section, "description": f"What concerns {operation.section}."})
        )
    return route, operation.route is not None


def _place_path(paths: Any, path: str, section: str) -> None:
    """A new path stands behind the last one of its section."""
    keys = list(paths)
    spots = [
        index
        for index, key in enumerate(keys)
        if any(isinstance(op, dict) and section in op.get("tags", ()) for op in paths[key].values())
    ]
    if not spots or spots[-1] == len(keys) - 1 or not isinstance(paths, CommentedMap):
        paths[path] = CommentedMap()
        return
    paths.insert(spots[-1] + 1, path, CommentedMap())
    paths.yaml_set_comment_before_after_key(keys[spots[-1] + 1], before="")


def _entry(data: Any, operation: VendorOperation, route: Route) -> CommentedMap:
    resource, method = snake(operation.section or "api"), _method(operation)
    entry = CommentedMap()
    entry["operationId"] = f"{resource}.{method}"
    entry["summary"] = operation.title
    entry["description"] = operation_text(operation.title)
    entry["tags"] = flow_list([operation.section or "API"])
    parameters = [
        _parameter(data, found) for (where, _), found in operation.parameters.items() if where != "header"
    ]
    if parameters:
        entry["parameters"] = parameters
    if operation.body is not None:
        entry["requestBody"] = _body(data, operation)
    entry["responses"] = _responses(data, operation)
    entry["x-trunkline"] = _words(operation, resource, method, route)
    return entry


def _method(operation: VendorOperation) -> str:
    words = snake(_FILLERS.sub(" ", operation.title))
    section = snake(operation.section)
    short = re.sub(rf"_{re.escape(section)}(?:e?s)?\Z", "", words)
    return short or words


def _parameter(data: Any, found: VendorField) -> CommentedMap:
    shared = shared_parameter(data, found)
    if shared is not None:
        return CommentedMap({"$ref": shared})
    entry = CommentedMap({"name": found.name, "in": found.location})
    if found.required:
        entry["required"] = True
    entry["description"] = field_text(found.name)
    entry["schema"] = schema_of(found)
    entry["x-trunkline"] = field_words(found)
    return entry


def shared_parameter(data: Any, found: VendorField) -> str | None:
    """A reference to the component that says the same, for the parameters that many operations share."""
    if found.name not in _SHARED or found.required:
        return None
    for name, component in data.get("components", {}).get("parameters", {}).items():
        words = component.get("x-trunkline", {})
        kind = words.get("documented_type", component["schema"].get("type"))
        same = component["name"] == found.name and kind == found.type and component["in"] == found.location
        if same and set(component["schema"].get("enum", ())) == set(found.enum or ()):
            return f"#/components/parameters/{name}"
    return None


def _named(data: Any, name: str, schema: CommentedMap) -> CommentedMap:
    schemas = data["components"]["schemas"]
    while name in schemas:
        name = f"{name}Entry"
    schemas[name] = schema
    return CommentedMap({"$ref": f"#/components/schemas/{name}"})


def _body(data: Any, operation: VendorOperation) -> CommentedMap:
    body = operation.body
    assert body is not None  # noqa: S101  (the caller has looked)
    return body_entry(data, operation)


def body_entry(data: Any, operation: VendorOperation) -> CommentedMap:
    """The request body with a schema of its own."""
    body = operation.body
    if body is None:
        return CommentedMap()
    if "patchable" in operation.lists and {"op", "path"} <= set(body.fields):
        reference = CommentedMap({"$ref": _patch_schema(data, body.fields)})
    else:
        schema = CommentedMap({"type": "object", "description": f"What {operation.title} takes."})
        required = [name for name, found in body.fields.items() if found.required]
        if required:
            schema["required"] = flow_list(required)
        schema["properties"] = CommentedMap({name: field_entry(found) for name, found in body.fields.items()})
        reference = _named(data, f"{pascal(operation.title)}Request", schema)
    inner = CommentedMap({"type": "array", "items": reference}) if body.is_array else reference
    media = CommentedMap({body.media_type or "application/json": CommentedMap({"schema": inner})})
    return CommentedMap({"required": True, "content": media})


def _patch_schema(data: Any, fields: dict[str, VendorField]) -> str:
    """The step of a JSON Patch whose table is the same."""
    for name, schema in data["components"]["schemas"].items():
        properties = schema.get("properties", {})
        if set(properties) != {"op", "path", "value"}:
            continue
        words = properties["value"].get("x-trunkline", {})
        value = fields.get("value")
        enums = set(properties["op"].get("enum", ())) == set(fields["op"].enum or ())
        if enums and value is not None and words.get("documented_type") == value.type:
            return f"#/components/schemas/{name}"
    return "#/components/schemas/PatchOperation"


def answer_schema(data: Any, operation: VendorOperation) -> CommentedMap | None:
    """A reference to the schema of the sample's answer; None where no body is shown."""
    sample = operation.response_sample
    if sample is None or set(sample.members) == {"errors"} or not (sample.members or sample.items):
        return None
    name = pascal(
        re.sub(r"\A(?:Search|List|Get|Create|Add|Update)\s+(?:an?\s+|the\s+)?", "", operation.title)
    )
    if "value" not in sample.members:
        members = sample.members or (sample.row.members if sample.row else {})
        reference = _named(data, name, object_schema(members, f"Answer of {operation.title}."))
        return CommentedMap({"type": "array", "items": reference}) if sample.kind == "array" else reference
    row = _rows(operation, sample.members["value"])
    rows = _named(data, f"{name}Row", row)
    page = object_schema(
        {k: m for k, m in sample.members.items() if k != "value"}, f"One page of {operation.title}."
    )
    page["properties"]["value"] = CommentedMap(
        {
            "type": "array",
            "description": "The rows.",
            "items": rows,
            "x-trunkline": flow_map({"provenance": "documented"}),
        }
    )
    return _named(data, f"{name}Collection", page)


def _rows(operation: VendorOperation, shape: Shape) -> CommentedMap:
    """The rows that the sample shows, else the names of the lists, inferred and without a type."""
    row = shape.row
    if row is not None and row.members:
        return object_schema(row.members, f"A row of {operation.title}.")
    names = sorted(
        {
            n
            for which in ("filterable", "sortable")
            if which in operation.lists
            for n in operation.lists[which].names
        }
    )
    properties = CommentedMap()
    for name in names:
        kind = "integer" if name.endswith("ID") else "string"
        properties[name] = CommentedMap(
            {
                "type": kind,
                "description": field_text(name),
                "x-trunkline": flow_map({"provenance": "inferred"}),
            }
        )
    return CommentedMap(
        {"type": "object", "description": f"A row of {operation.title}.", "properties": properties}
    )


def _responses(data: Any, operation: VendorOperation) -> CommentedMap:
    schema = answer_schema(data, operation)
    found = CommentedMap(
        {"description": "The answer." if schema is not None else "Done; no body is documented."}
    )
    if schema is not None:
        found["content"] = CommentedMap({"application/json": CommentedMap({"schema": schema})})
    responses = CommentedMap({quoted("200"): found})
    if "Errors" in data["components"].get("responses", {}):
        responses["default"] = CommentedMap({"$ref": "#/components/responses/Errors"})
    return responses


def _words(operation: VendorOperation, resource: str, method: str, route: Route) -> CommentedMap:
    words = CommentedMap({"resource": resource, "method": method})
    revisions = CommentedMap()
    for which in ("filterable", "sortable"):
        if which in operation.lists:
            words[which] = flow_list(list(operation.lists[which].names))
    sample = operation.response_sample
    paged = sample is not None and "value" in sample.members
    if paged and "filterable" not in words:
        words["filterable"], words["sortable"] = flow_list([]), flow_list([])
    if "patchable" in operation.lists:
        names = operation.lists["patchable"].names
        words["patchable"] = CommentedMap(
            {name: flow_list(list(entry.verbs)) for name, entry in names.items()}
        )
    for which, listed in operation.lists.items():
        marks = {name: quoted(entry.since) for name, entry in listed.names.items() if entry.since}
        if marks:
            revisions[which] = flow_map(marks)
    if revisions:
        words["revisions"] = revisions
    if operation.since:
        words["since"] = quoted(operation.since)
    shown = sample is not None and bool(sample.members) and set(sample.members) != {"errors"} and not paged
    words["provenance"] = flow_map(
        {
            "route": "documented" if operation.route else "inferred",
            "request": "documented",
            "response": "documented" if shown else "inferred",
        }
    )
    safe = route.method in ("GET", "HEAD", "OPTIONS")
    words["idempotency"] = "safe" if safe else "idempotent" if route.method in ("PUT", "DELETE") else "unsafe"
    if paged:
        words["paging"] = "odata"
    if ("header", "Content-Type") in operation.parameters:
        words["content_type_header"] = True
    if operation.authorizations is None:
        words["authorizations_shown"] = False
    if sample is not None and set(sample.members) == {"errors"}:
        words["errors_shown"] = True
    return words
