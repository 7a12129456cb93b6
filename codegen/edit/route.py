"""The route of a new operation: printed, told by the release notes, or by the shapes of the others."""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from codegen.edit.schema import fields_of
from codegen.edit.wording import FILLERS, camel
from codegen.facts.evidence import squeeze
from codegen.facts.fact import FactSet, Subject

_VERBS: Final = {
    "get": "GET",
    "list": "GET",
    "search": "GET",
    "find": "GET",
    "create": "POST",
    "add": "POST",
    "update": "PATCH",
    "delete": "DELETE",
    "remove": "DELETE",
    "set": "PUT",
    "health": "GET",
}


@frozen
class Route:
    """A method and a path with its slash. printed: the document has it; else it follows from the others."""

    method: str
    path: str
    printed: bool

    @property
    def text(self) -> str:
        """As people write it."""
        return f"{self.method} {self.path}"


def route_of(facts: FactSet, operation: Subject) -> Route:
    """The route that a document prints, else one by the shapes of the others (specs/README.md, Routes)."""
    printed = facts.text(operation, "route")
    if printed:
        method, _, path = printed.partition(" ")
        return Route(method, f"/{path.lstrip('/')}", True)
    title, section = facts.text(operation, "title"), facts.text(operation, "section")
    if told := _told_route(facts, title):
        method, _, path = told.partition(" ")
        return Route(method, f"/{path}", True)
    verb, _, rest = title.partition(" ")
    patched = any(True for _ in facts.subjects("patchable", operation.operation))
    has_body = Subject("request", operation.operation) in facts
    method = "PATCH" if patched else _VERBS.get(verb.lower(), "POST" if has_body else "GET")
    keys = [subject.name for subject in fields_of(facts, "parameter", operation.operation, "path")]
    first = camel(section.rsplit(" / ", 1)[-1] or "api")
    segments = ["api", first, *(f"{{{key}}}" for key in keys)]
    if verb.lower() not in _VERBS:
        segments.append(camel(title))
    elif record := _record(rest, first):
        segments.append(record)
    return Route(method, f"/{'/'.join(segments)}", False)


def _told_route(facts: FactSet, title: str) -> str:
    """The route that the release notes give to an operation: by its title, or by a path that ends in it."""
    own = squeeze(title)
    for statement in facts.evidence.statements:
        if statement.route and statement.title and squeeze(statement.title) == own:
            return statement.route
    ends = (s.route for s in facts.evidence.statements if s.route and not s.title)
    return next((route for route in ends if squeeze(route.rsplit("/", 1)[-1]) == own), "")


def _record(rest: str, section: str) -> str:
    """The record of a title in the singular, without the section's own name."""
    words = FILLERS.sub(" ", re.sub(r"\([^)]*\)", "", rest)).split()
    singular = [
        re.sub(r"(?<=[a-z])ies\Z", "y", word)
        if word.endswith("ies")
        else re.sub(r"(?<=[a-rt-z])s\Z", "", word)
        for word in words
    ]
    record = camel(" ".join(singular))
    if record.lower() == section.lower():
        return ""
    bare = re.sub(rf"\A{re.escape(section)}(?=[A-Z])", "", record)
    return bare[:1].lower() + bare[1:]
