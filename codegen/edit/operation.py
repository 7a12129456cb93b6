"""Facts about an operation that a spec does not have into a full OpenAPI entry."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import evolve, frozen
from ruamel.yaml.comments import CommentedMap

from codegen.edit.nodes import flow_list, flow_map, insert_key, quoted
from codegen.edit.responses import Responses
from codegen.edit.route import Route, route_of
from codegen.edit.schema import Schemas, fields_of
from codegen.edit.wording import (
    camel,
    field_text,
    idempotency,
    method_name,
    operation_text,
    pascal,
    snake,
    words_of,
)
from codegen.facts.fact import FactSet, Subject

_LISTS: Final = ("filterable", "sortable", "patchable")


@frozen
class NewOperation:
    """Writes operations into a loaded spec."""

    schemas: Schemas

    @property
    def response_writer(self) -> Responses:
        """The writer of the operations' responses."""
        return Responses(self.schemas)

    def add(self, operation: str) -> Route:
        """Write the entry of an operation with its schemas; gives its route in the spec."""
        facts, data = self.schemas.facts, self.schemas.data
        subject = Subject("operation", operation)
        route = route_of(facts, subject)
        paths = data.setdefault("paths", CommentedMap())
        if route.method.lower() in (paths.get(route.path) or {}):
            title = facts.text(subject, "title")
            route = evolve(route, path=f"{route.path}/{camel(title)}", printed=False)
        section = facts.text(subject, "section").rsplit(" / ", 1)[-1]
        if route.path not in paths:
            _place_path(paths, route.path, section)
        paths[route.path][route.method.lower()] = self._entry(subject, section, route)
        _place_tag(data, section)
        return route

    def add_told(self, route: str) -> Route:
        """Write an operation of which only a sentence tells, and that only its route, `GET api/x/{id}`."""
        method, _, rest = route.partition(" ")
        found = Route(method.upper(), f"/{rest.lstrip('/')}", True)
        parts = [part for part in rest.split("/") if part and not part.startswith("{")]
        title = words_of(parts[-1]).title() if parts else route
        section = next((words_of(part).title() for part in parts if part != "api"), "API")
        entry = CommentedMap({"operationId": f"{snake(section)}.{snake(title)}", "summary": title})
        entry["description"] = f"{title}, as its route says; what it takes and returns is not documented."
        entry["tags"] = flow_list([section])
        names = re.findall(r"\{([^{}]*)\}", rest)
        if names:
            entry["parameters"] = [self._told_parameter(name) for name in names]
        entry["responses"] = self.response_writer.responses("")
        words = CommentedMap({"resource": snake(section), "method": snake(title)})
        words["provenance"] = flow_map({"route": "documented", "request": "inferred", "response": "inferred"})
        words["idempotency"] = idempotency(found.method)
        if self.schemas.style.words:
            entry["x-trunkline"] = words
        paths = self.schemas.data.setdefault("paths", CommentedMap())
        if found.path not in paths:
            _place_path(paths, found.path, section)
        paths[found.path][found.method.lower()] = entry
        _place_tag(self.schemas.data, section)
        return found

    def _told_parameter(self, name: str) -> CommentedMap:
        entry = CommentedMap({"name": name, "in": "path", "required": True, "description": field_text(name)})
        entry["schema"] = CommentedMap({"type": "string"})
        if self.schemas.style.words:
            entry["x-trunkline"] = flow_map({"provenance": "documented"})
        return entry

    def _entry(self, subject: Subject, section: str, route: Route) -> CommentedMap:
        facts = self.schemas.facts
        title = facts.text(subject, "title") or route.text
        resource = snake(section or "api") or "api"
        method = method_name(title, resource if section else "", self._taken(resource))
        entry = CommentedMap()
        words = self.schemas.style.words
        entry["operationId"] = (
            f"{resource}.{method}" if words else facts.text(subject, "operation-id") or method
        )
        entry["summary"] = title
        if text := self.schemas.description(subject, operation_text(title)):
            entry["description"] = text
        entry["tags"] = flow_list([section or "API"])
        if facts.value(subject, "deprecated"):
            entry["deprecated"] = True
        parameters = [
            self.parameter(found)
            for found in fields_of(facts, "parameter", subject.operation)
            if not self._is_content_type(found)
        ]
        if parameters:
            entry["parameters"] = parameters
        if Subject("request", subject.operation) in facts:
            self.place_body(entry, subject.operation)
        entry["responses"] = self.response_writer.responses(subject.operation)
        if extension := self._words(subject, resource, method, route):
            entry["x-trunkline"] = extension
        return entry

    def _taken(self, resource: str) -> set[str]:
        """The methods that a resource has."""
        nodes = (node for path in (self.schemas.data.get("paths") or {}).values() for node in path.values())
        words = (node.get("x-trunkline") or {} for node in nodes if isinstance(node, dict))
        return {str(found.get("method")) for found in words if found.get("resource") == resource}

    def _is_content_type(self, subject: Subject) -> bool:
        """OpenAPI says it with the media type of the body; our words keep that a page lists it."""
        return subject.where == "header" and subject.name.lower() == "content-type"

    # -- parameters --------------------------------------------------------------------------------

    def parameter(self, subject: Subject) -> CommentedMap:
        """A parameter of an operation: a shared one where the spec has the same, else one of its own."""
        if shared := self.shared_parameter(subject):
            return CommentedMap({"$ref": shared})
        schemas, facts = self.schemas, self.schemas.facts
        entry = CommentedMap({"name": subject.name, "in": subject.where})
        if facts.value(subject, "required") or subject.where == "path":
            entry["required"] = True
        if text := schemas.description(subject, field_text(subject.name)):
            entry["description"] = text
        schema = schemas.schema(subject)
        if schemas.style.version == 2:
            entry.update(schema)
        else:
            entry["schema"] = schema or CommentedMap({"type": "string"})
        if example := facts.value(subject, "example"):
            schemas.put(entry, "example", "example", example)
        if words := schemas.words(subject):
            entry["x-trunkline"] = words
        return entry

    def shared_parameter(self, subject: Subject) -> str | None:
        """A reference to a parameter that several operations share and that says the same."""
        style, facts = self.schemas.style, self.schemas.facts
        wanted = set(self.schemas.kinds(subject))
        enum = facts.value(subject, "enum") or ()
        for name, entry in style.components(self.schemas.data, "parameters").items():
            words = entry.get("x-trunkline") or {}
            schema = entry.get("schema") or entry
            kind = words.get("documented_type") or schema.get("type")
            same = (entry.get("name"), entry.get("in")) == (subject.name, subject.where)
            same = same and ({kind} if isinstance(kind, str) else set(kind or ())) - {"null"} == wanted
            same = same and bool(entry.get("required")) == bool(facts.value(subject, "required"))
            limit = facts.value(subject, "page-limit")
            same = same and (limit is None or words.get("page_limit") == limit)
            if same and {str(value) for value in schema.get("enum") or ()} == set(enum):  # type: ignore[arg-type]
                return style.reference("parameters", name)
        return None

    # -- bodies and responses ------------------------------------------------------------------------

    def place_body(self, entry: CommentedMap, operation: str) -> None:
        """Write the request body of an operation into its entry."""
        schemas, facts = self.schemas, self.schemas.facts
        subject = Subject("request", operation)
        root = Subject("request-field", operation)
        schema = self._patch(operation) or schemas.schema(root)
        title = pascal(facts.text(Subject("operation", operation), "title") or operation)
        if "properties" in schema:
            schema = schemas.named(f"{title}Request", schema)
        elif isinstance(schema.get("items"), dict) and "properties" in schema["items"]:
            schema["items"] = schemas.named(f"{title}RequestItem", schema["items"])
        required = facts.value(subject, "required") is not False
        if schemas.style.version == 2:
            body = CommentedMap({"name": "body", "in": "body", "required": required, "schema": schema})
            entry.setdefault("parameters", []).append(body)
            return
        media = facts.value(subject, "media-types")
        names = media if isinstance(media, tuple) and media else ("application/json",)
        content = CommentedMap({name: CommentedMap({"schema": schema}) for name in names})
        body = CommentedMap({"required": required, "content": content})
        keys = [
            key
            for key in ("operationId", "summary", "description", "tags", "deprecated", "parameters")
            if key in entry
        ]
        insert_key(entry, list(entry).index(keys[-1]) + 1 if keys else 0, "requestBody", body)

    def _patch(self, operation: str) -> CommentedMap | None:
        """The steps of a JSON Patch, where the spec has a schema for them with the same members."""
        facts, schemas = self.schemas.facts, self.schemas
        if not any(True for _ in facts.subjects("patchable", operation)):
            return None
        row = Subject("request-field", operation, path=("[]",))
        by_name = {child.name: child for child in schemas.children(row)}
        for name, schema in schemas.style.components(schemas.data, "schemas").items():
            if set(schema.get("properties") or ()) != {"op", "path", "value"} or not set(by_name) >= {
                "op",
                "path",
            }:
                continue
            enum = {str(value) for value in schema["properties"]["op"].get("enum") or ()}
            if enum == set(facts.value(by_name["op"], "enum") or ()):  # type: ignore[arg-type]
                reference = CommentedMap({"$ref": schemas.style.reference("schemas", name)})
                return CommentedMap({"type": "array", "items": reference})
        return None

    # -- words of ours -----------------------------------------------------------------------------

    def _words(self, subject: Subject, resource: str, method: str, route: Route) -> CommentedMap:
        """`x-trunkline` of the operation; in a spec without such words only what has no other place."""
        facts, operation = self.schemas.facts, subject.operation
        ours = self.schemas.style.words
        words = CommentedMap({"resource": resource, "method": method} if ours else {})
        paged = Subject("response-field", operation, "success", ("value",)) in facts
        revisions = CommentedMap()
        for which in _LISTS:
            names = list(facts.subjects(which, operation))
            if names or (which != "patchable" and paged and ours):
                words[which] = _listed(facts, which, names)
            marks = {name.name: quoted(mark) for name in names if (mark := facts.text(name, "revision"))}
            if marks:
                revisions[which] = flow_map(marks)
        if revisions:
            words["revisions"] = revisions
        if since := facts.text(subject, "revision"):
            words["since"] = quoted(since)
        if ours:
            self._own_words(words, operation, route, paged)
        return words

    def _own_words(self, words: CommentedMap, operation: str, route: Route, paged: bool) -> None:
        facts, schemas = self.schemas.facts, self.schemas
        response = Subject("response-field", operation, "success")
        shown = bool(schemas.children(response)) and not (
            paged and not schemas.members(evolve(response, path=("value", "[]")))
        )
        words["provenance"] = flow_map(
            {
                "route": "documented" if route.printed else "inferred",
                "request": "documented",
                "response": "documented" if shown else "inferred",
            }
        )
        words["idempotency"] = idempotency(route.method)
        if paged:
            words["paging"] = "odata"
        if any(self._is_content_type(p) for p in fields_of(facts, "parameter", operation, "header")):
            words["content_type_header"] = True
        asked = facts.get(Subject("operation", operation), "security")
        if asked is None and facts.can_tell(Subject("operation", operation), "security"):
            words["authorizations_shown"] = False
        if Subject("response", operation, "errors") in facts:
            words["errors_shown"] = True


def _listed(facts: FactSet, which: str, names: list[Subject]) -> Any:
    if which != "patchable":
        return flow_list([name.name for name in names])
    return CommentedMap({name.name: flow_list(list(facts.value(name, "verbs") or ())) for name in names})  # type: ignore[arg-type]


def _place_path(paths: Any, path: str, section: str) -> None:
    """A new path stands behind the last one of its section."""
    keys = list(paths)
    spots = [
        index
        for index, key in enumerate(keys)
        if any(isinstance(entry, dict) and section in entry.get("tags", ()) for entry in paths[key].values())
    ]
    if not spots or spots[-1] == len(keys) - 1:
        paths[path] = CommentedMap()
        return
    insert_key(paths, spots[-1] + 1, path, CommentedMap())
    if isinstance(paths, CommentedMap):
        paths.yaml_set_comment_before_after_key(keys[spots[-1] + 1], before="")


def _place_tag(data: Any, section: str) -> None:
    tags = data.get("tags")
    if section and tags is not None and all(tag["name"] != section for tag in tags):
        tags.append(CommentedMap({"name": section, "description": f"What concerns {section}."}))
