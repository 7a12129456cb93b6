"""Foreign forms of a spec: what a vendor would publish if the spec were right, made from its facts.

An OpenAPI file, an exported Postman collection and the text of a Redoc page. They show everything and hold
nothing of ours: no `x-trunkline`, no overlay, no shared definitions, other descriptions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from attrs import define, field

from codegen.changes.baseline import Baseline
from codegen.facts.fact import API, FactSet, Subject, SubjectKind
from codegen.facts.schema import KEYWORDS
from tests.codegen.changes.page import Page, sentence

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_VALUES: Final[dict[str, Any]] = {
    "integer": 7,
    "number": 1.5,
    "boolean": True,
    "string": "text",
    "object": {},
    "array": [],
    "null": None,
}
_NUMBERS: Final = ("integer", "number")
_OUR_FORMATS: Final = frozenset({"decimal"})


@define
class Tree:
    """The facts of a spec, with the parts of each thing at hand."""

    facts: FactSet
    _parts: dict[Subject, list[Subject]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for subject in self.facts.subjects():
            if subject.path and subject.kind in ("request-field", "response-field"):
                holder = Subject(subject.kind, subject.operation, subject.where, subject.path[:-1])
                self._parts.setdefault(holder, []).append(subject)

    def operations(self) -> Iterator[Subject]:
        """Those that a document would show."""
        return (s for s in self.facts.subjects("operation") if not self.facts.is_assumed(s))

    def members(self, subject: Subject) -> list[Subject]:
        """The properties of an object."""
        return [part for part in self._parts.get(subject, []) if part.path[-1][0] not in "[{<"]

    def kind(self, subject: Subject) -> str:
        """The type as the vendor prints it."""
        facts = self.facts
        found = facts.text(subject, "documented-type") or facts.text(subject, "type")
        return (found or facts.text(subject, "seen-type") or "string").split(" | ")[0]

    def named(self, subject: Subject) -> str:
        """The name as the vendor prints it."""
        return self.facts.text(subject, "page-name") or subject.name

    def sample(self, subject: Subject) -> Any:
        """A JSON value of a body, a response or a part of it."""
        kind, items = self.kind(subject), subject.at("[]")
        if kind == "any":
            kind = (self.facts.text(subject, "seen-type") or "string").split(" | ")[0]
        if members := self.members(subject):
            return {member.name: self.sample(member) for member in members}
        if kind == "array":
            return [self.sample(items)] if items in self.facts else []
        enum = self.facts.value(subject, "enum")
        if subject.name == "Content-Type":
            return "application/json"
        if isinstance(enum, tuple) and enum:
            return json.loads(enum[0]) if kind in _NUMBERS else enum[0]
        if self.facts.text(subject, "format") in ("date", "date-time"):
            return "2024-05-06"
        return _VALUES[kind]

    def parameters(self, operation: str) -> list[Subject]:
        """In the order of the spec; keys that are nested in one are part of it."""
        return [s for s in self.facts.subjects("parameter", operation) if len(s.path) == 1]

    def responses(self, operation: str) -> list[Subject]:
        """Those that a vendor shows; `default` is ours."""
        return [s for s in self.facts.subjects("response", operation) if s.where not in ("default", "errors")]

    def shows_errors(self, operation: str) -> bool:
        """Whether the only sample is that of a failed request."""
        return Subject("response", operation, "errors") in self.facts


# -- OpenAPI -----------------------------------------------------------------------------------------------


def openapi(facts: FactSet, known: Baseline) -> dict[str, Any]:
    """Version 3.0, everything inline, lists and revisions in descriptions as the vendors write them."""
    tree = Tree(facts)
    paths: dict[str, Any] = {}
    for subject in tree.operations():
        method, path = _route(tree, subject)
        paths.setdefault(path, {})[method.lower()] = _operation(tree, subject)
    schemes = {name for s in tree.operations() for name in _security(facts, s)}
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": facts.text(API, "title"), "version": facts.text(API, "version")},
        "servers": [
            {"url": re.sub(r"\{\w+\}", "filled", facts.text(s, "url"))} for s in facts.subjects("server")
        ],
        "tags": [{"name": "Release Notes", "description": release_notes(known)}] if known.releases else [],
        "paths": paths,
        "components": {"securitySchemes": {name: _scheme(name) for name in sorted(schemes)}},
    }
    return document


def _scheme(name: str) -> dict[str, str]:
    if name == "basic":
        return {"type": "http", "scheme": "basic"}
    return {"type": "apiKey", "in": "header", "name": "Authorization"}


def release_notes(known: Baseline) -> str:
    """The sentences that state what is remembered."""
    return "\n\n".join(
        "\n".join([f"## Release Notes {version}", "", *(f"* {_one(mark)}" for mark in marks)])
        for version, marks in known.releases.items()
    )


def _one(mark: str) -> str:
    first, *rest = sentence(mark)
    return "\n".join([first, *(f"    * {text}" for text in rest)])


def _route(tree: Tree, subject: Subject) -> tuple[str, str]:
    method, _, path = tree.facts.text(subject, "route").partition(" ")
    for parameter in tree.parameters(subject.operation):
        path = path.replace(f"{{{parameter.name}}}", f"{{{tree.named(parameter)}}}")
    return method, f"/{path}"


def _security(facts: FactSet, subject: Subject) -> tuple[str, ...]:
    fact = facts.get(subject, "security")
    shown = fact is not None and fact.provenance == "documented"
    return fact.value if shown and fact is not None and isinstance(fact.value, tuple) else ()


def _operation(tree: Tree, subject: Subject) -> dict[str, Any]:
    facts, key = tree.facts, subject.operation
    found: dict[str, Any] = {
        "tags": [facts.text(subject, "section")],
        "summary": facts.text(subject, "title"),
        "description": lead(facts, subject),
        "parameters": [_parameter(tree, s) for s in tree.parameters(key)],
        "responses": _responses(tree, key),
    }
    if names := _security(facts, subject):
        found["security"] = [{name: [] for name in names}]
    if facts.value(subject, "deprecated"):
        found["deprecated"] = True
    request = Subject("request", key)
    media = facts.value(request, "media-types")
    if isinstance(media, tuple):
        body = {"schema": _schema(tree, Subject("request-field", key))}
        found["requestBody"] = {"content": {media[0]: body}}
        if facts.value(request, "required"):
            found["requestBody"]["required"] = True
    return found


def lead(facts: FactSet, subject: Subject) -> str:
    """The description of an operation: the mark of its revision and the lists of names."""
    lines = [f"What it does.{_mark(facts, subject)}"]
    listed = {kind: list(facts.subjects(kind, subject.operation)) for kind in _LISTS}
    if listed["filterable"] or listed["sortable"]:
        lines += ["", "#### Available Fields", ""]
        lines += [
            f"* {kind.title()}: {', '.join(f'{s.name}{_mark(facts, s)}' for s in listed[kind])}"
            for kind in ("filterable", "sortable")
        ]
    if listed["patchable"]:
        lines += ["", "#### Patchable Fields", ""]
        for s in listed["patchable"]:
            verbs = facts.value(s, "verbs")
            lines.append(
                f"* {s.name} : {', '.join(verbs if isinstance(verbs, tuple) else ())}{_mark(facts, s)}"
            )
    return "\n".join(lines)


_LISTS: Final[tuple[SubjectKind, ...]] = ("filterable", "sortable", "patchable")


def _mark(facts: FactSet, subject: Subject) -> str:
    since = facts.text(subject, "revision")
    return f" [Rev {since}]" if since else ""


def _parameter(tree: Tree, subject: Subject) -> dict[str, Any]:
    facts = tree.facts
    text = f"A parameter.{_mark(facts, subject)}"
    size, limit = facts.value(subject, "page-size"), facts.value(subject, "page-limit")
    text += f" Default value is {size}." if size else ""
    text += f" The ability to specify up to {limit}." if limit else ""
    found: dict[str, Any] = {"name": tree.named(subject), "in": subject.where, "description": text}
    if facts.value(subject, "required"):
        found["required"] = True
    if example := facts.text(subject, "example"):
        found["example"] = json.loads(example)
    schema = _schema(tree, subject)
    if schema.pop("deprecated", False):
        found["deprecated"] = True
    return {**found, "schema": schema}


def _schema(tree: Tree, subject: Subject) -> dict[str, Any]:
    facts, kind = tree.facts, tree.kind(subject)
    found: dict[str, Any] = {} if kind == "any" else {"type": kind}
    if subject.path and subject.kind != "parameter" and _mark(facts, subject):
        found["description"] = f"A field.{_mark(facts, subject)}"
    if facts.value(subject, "nullable"):
        found["nullable"] = True
    for aspect, keyword in KEYWORDS.items():
        value = facts.value(subject, aspect)
        if value is None or aspect == "example" or (aspect == "format" and value in _OUR_FORMATS):
            continue
        found[keyword] = _keyword(aspect, value, kind)
    if members := tree.members(subject):
        found["properties"] = {member.name: _schema(tree, member) for member in members}
        required = [member.name for member in members if facts.value(member, "required")]
        found |= {"required": required} if required else {}
    items = subject.at("[]")
    if kind == "array":
        found["items"] = _schema(tree, items) if items in facts else {}
    return found


def _keyword(aspect: str, value: Any, kind: str) -> Any:
    if aspect == "enum":
        return [json.loads(item) if kind in (*_NUMBERS, "boolean") else item for item in value]
    return json.loads(value) if aspect in ("default", "constant") else value


def _status(tree: Tree, response: Subject) -> str:
    fallback = "200" if response.where == "success" else response.where
    return tree.facts.text(response, "status") or fallback


def _responses(tree: Tree, key: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for response in tree.responses(key):
        entry = found[_status(tree, response)] = {"description": "What comes."}
        root = Subject("response-field", key, response.where)
        if root in tree.facts and not (tree.shows_errors(key) and response.where == "success"):
            entry["content"] = {"application/json": {"schema": _schema(tree, root)}}  # type: ignore[assignment]
    if tree.shows_errors(key):
        errors = {"type": "object", "properties": {"errors": {"type": "array", "items": {"type": "object"}}}}
        media = {"application/json": {"schema": errors, "example": {"errors": []}}}
        found["200"] = {"description": "What comes.", "content": media}
    return found or {"200": {"description": "What comes."}}


# -- Postman -----------------------------------------------------------------------------------------------


def collection(facts: FactSet) -> dict[str, Any]:
    """As Postman exports it: v2.1, a base variable, examples of everything."""
    tree = Tree(facts)
    folders: dict[str, list[Any]] = {}
    for subject in tree.operations():
        folders.setdefault(facts.text(subject, "section"), []).append(_item(tree, subject))
    server = next(facts.subjects("server"))
    base = re.sub(r"\{\w+\}", "filled", facts.text(server, "url"))
    found: dict[str, Any] = {
        "info": {"_postman_id": "0", "name": facts.text(API, "title"), "schema": _SCHEMA},
        "item": [{"name": name, "item": items} for name, items in folders.items()],
        "variable": [{"key": "url", "value": base}],
    }
    return found


def _item(tree: Tree, subject: Subject) -> dict[str, Any]:
    facts, key = tree.facts, subject.operation
    method, route = _route(tree, subject)
    path = re.sub(r"\{(\w+)\}", r":\1", route.lstrip("/"))
    query = [_pair(tree, s) for s in tree.parameters(key) if s.where == "query"]
    text = "&".join(f"{pair['key']}={pair['value']}" for pair in query)
    url = {
        "raw": f"{{{{url}}}}/{path}" + (f"?{text}" if text else ""),
        "host": ["{{url}}"],
        "path": path.split("/"),
        "query": query,
        "variable": [_pair(tree, s) for s in tree.parameters(key) if s.where == "path"],
    }
    headers = [_pair(tree, s) for s in tree.parameters(key) if s.where == "header"]
    request: dict[str, Any] = {"method": method, "header": headers, "url": url}
    names = _security(facts, subject)
    request["auth"] = _auth(names[0]) if names else {"type": "noauth"}
    if Subject("request", key) in facts:
        body = json.dumps(tree.sample(Subject("request-field", key)))
        request["body"] = {"mode": "raw", "raw": body, "options": {"raw": {"language": "json"}}}
    return {
        "name": facts.text(subject, "title"),
        "request": request,
        "response": [_saved(tree, s) for s in tree.responses(key)] + _failed(tree, key),
    }


def _auth(name: str) -> dict[str, Any]:
    if name == "basic":
        return {"type": "basic", "basic": []}
    return {"type": "apikey", "apikey": [{"key": "key", "value": "Authorization"}]}


def _pair(tree: Tree, subject: Subject) -> dict[str, str]:
    example = tree.facts.text(subject, "example")
    value = json.loads(example) if example else tree.sample(subject)
    text = value if isinstance(value, str) else json.dumps(value)
    return {"key": tree.named(subject), "value": text.replace("&", "").replace("=", "")}


def _failed(tree: Tree, key: str) -> list[dict[str, Any]]:
    entry = {"name": "Saved", "status": "", "code": 400, "header": [], "body": json.dumps({"errors": []})}
    return [entry] if tree.shows_errors(key) else []


def _saved(tree: Tree, response: Subject) -> dict[str, Any]:
    root = Subject("response-field", response.operation, response.where)
    shown = root in tree.facts and not (response.where == "success" and tree.shows_errors(response.operation))
    body = json.dumps(tree.sample(root)) if shown else ""
    return {"name": "Saved", "status": "", "code": int(_status(tree, response)), "header": [], "body": body}


# -- Redoc -------------------------------------------------------------------------------------------------


class FullPage(Page):
    """A page that shows every response with all its fields."""

    @cached_property
    def tree(self) -> Tree:
        """The facts as a tree."""
        return Tree(self.facts)

    def _responses(self, key: str) -> list[str]:
        tree = self.tree
        statuses = [_status(tree, s) for s in tree.responses(key)] or ["200"]
        statuses += ["400"] if self._shows_errors(key) else []
        method, path = _route(tree, Subject("operation", key))
        return [*(f"{status} As it is" for status in statuses), "", method, path] if self.browser else []

    def _samples(self, key: str) -> list[str]:
        tree, lines = self.tree, []
        root = Subject("request-field", key)
        if root in self.facts:
            lines += [*self._opened("Request", "Payload"), *self._json(tree.sample(root)), ""]
        if self._shows_errors(key):
            return [*lines, *self._opened("Response", "400"), *self._json({"errors": []}), ""]
        for response in tree.responses(key):
            root = Subject("response-field", key, response.where)
            if root in self.facts and response.where == "success":
                lines += [
                    *self._opened("Response", _status(tree, response)),
                    *self._json(tree.sample(root)),
                    "",
                ]
        return lines

    def _json(self, value: Any, depth: int = 0, lead: str = "", tail: str = "") -> list[str]:
        """A value as the page draws it: a bullet before each member, deeper ones further in."""
        close = " " * 4 * depth
        if isinstance(value, dict | list) and value:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            lines = [lead + ("{" if isinstance(value, dict) else "[")]
            for number, (key, item) in enumerate(pairs):
                name = f"{json.dumps(key)}: " if isinstance(value, dict) else ""
                bullet = f"{' ' * (4 * depth + 2)}• {name}"
                comma = "," if number < len(value) - 1 else ""
                lines += self._json(item, depth + 1, name if self.browser else bullet, comma)
            lines.append(f"{'' if self.browser else close}{'}' if isinstance(value, dict) else ']'}{tail}")
            return lines
        text = {"{}": "{ }", "[]": "[ ]"}.get(json.dumps(value), json.dumps(value))
        return [f"{lead}{text}{tail}"]


def page(facts: FactSet, known: Baseline, *, browser: bool = False, capitals: bool = False) -> str:
    """The text of the page, as printed or as a browser copies it."""
    return "\n".join(FullPage(facts, known, browser=browser, capitals=capitals).lines())
