"""Where a subject stands in a loaded OpenAPI spec, through references, and whose own it can be made."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from attrs import define, field, frozen

from codegen.edit.nodes import GoneError, at_pointer, resolved
from codegen.edit.schema import Style, free_name
from codegen.edit.wording import pascal
from codegen.facts.fact import FactSet, Subject


@frozen
class Spot:
    """A node with what holds it: `holder[key] is node`. owner: the schema that has it as a property."""

    holder: Any
    key: Any
    owner: Any = None

    @property
    def node(self) -> Any:
        """The node itself; a reference is not followed."""
        return self.holder[self.key]


@define
class Locator:
    """Finds subjects of `facts`, the facts of the spec before any edit, in its loaded data."""

    data: Any
    facts: FactSet
    style: Style
    _reach: dict[str, set[str]] | None = field(default=None)

    def operation(self, operation: str) -> Any:
        """The entry of an operation."""
        fact = self.facts.get(Subject("operation", operation), "exists")
        if fact is None:
            raise GoneError(operation)
        return at_pointer(self.data, fact.place.pointer)

    def path_of(self, operation: str) -> tuple[str, str]:
        """The path and the method (in lower case) of an operation."""
        fact = self.facts.get(Subject("operation", operation), "exists")
        tokens = fact.place.pointer.split("/") if fact else []
        if len(tokens) < 4:
            raise GoneError(operation)
        return tokens[-2].replace("~1", "/").replace("~0", "~"), tokens[-1]

    def node(self, subject: Subject) -> Any:
        """The node that describes a subject."""
        if subject.kind == "operation":
            return self.operation(subject.operation)
        if subject.kind == "parameter":
            return resolved(self.data, self.parameter(subject).node)
        if subject.kind == "request":
            return resolved(self.data, self.operation(subject.operation)["requestBody"])
        if subject.kind == "response":
            return self.response(subject)
        return self.field(subject).node if subject.path else resolved(self.data, self.root(subject).node)

    def parameter(self, subject: Subject, *, own: bool = False) -> Spot:
        """A parameter. own: a shared one is copied into the operation first."""
        path, _ = self.path_of(subject.operation)
        node = self.operation(subject.operation)
        shared = self.data["paths"].get(path, {})
        for holder in (node, shared):
            entries = holder.get("parameters") or []
            for index, entry in enumerate(entries):
                if self.parameter_key(entry) != (subject.where, subject.name):
                    continue
                if own and (holder is shared or "$ref" in entry):
                    private = copy.deepcopy(resolved(self.data, entry))
                    if holder is shared:
                        node.setdefault("parameters", []).append(private)
                        return Spot(node["parameters"], len(node["parameters"]) - 1)
                    entries[index] = private
                return Spot(entries, index)
        raise GoneError(f"{subject.operation} {subject.where} {subject.name}")

    def parameter_key(self, entry: Any) -> tuple[str, str]:
        """Location and name of a parameter as the spec has it."""
        target = resolved(self.data, entry)
        return str(target.get("in")), str(target.get("name"))

    def root(self, subject: Subject) -> Spot:
        """The schema of the request or the response that a field is part of."""
        node = self.operation(subject.operation)
        if subject.kind == "request-field":
            if self.style.version == 2:
                entries = node.get("parameters") or []
                body = next((e for e in entries if self.parameter_key(e)[0] == "body"), None)
                if body is None:
                    raise GoneError("body")
                return Spot(resolved(self.data, body), "schema")
            return self._content(resolved(self.data, node.get("requestBody") or {}))
        return self._content(self.response(subject))

    def response(self, subject: Subject) -> Any:
        """The entry of a response."""
        responses = self.operation(subject.operation)["responses"]
        where = self.status(subject)
        return resolved(self.data, next((v for k, v in responses.items() if str(k) == where), {}))

    def status(self, subject: Subject) -> str:
        """The status of a response as the spec spells it."""
        if subject.where not in ("success", "errors"):
            return subject.where
        response = Subject("response", subject.operation, subject.where)
        return self.facts.text(response, "status") or ("200" if subject.where == "success" else "")

    def _content(self, holder: Any) -> Spot:
        if self.style.version == 2 and "schema" in holder:
            return Spot(holder, "schema")
        content = holder.get("content") or {}
        media = next((name for name in content if "json" in name), next(iter(content), None))
        if media is None or "schema" not in content[media]:
            raise GoneError("schema")
        return Spot(content[media], "schema")

    def field(self, subject: Subject, *, own: bool = False) -> Spot:
        """A field of a body or a response, or the whole for the empty path. own: copy what others share."""
        spot = self.root(subject)
        for step in subject.path:
            target = self.target(spot, subject.operation, own=own)
            spot = self._step(target, step)
        return spot

    def target(self, spot: Spot, operation: str, *, own: bool = False) -> Any:
        """The schema behind a spot. own: one that other operations reach too is copied first."""
        node = spot.node
        reference = node.get("$ref") if isinstance(node, dict) else None
        if own and isinstance(reference, str) and len(self.reach().get(reference, {operation})) > 1:
            private = copy.deepcopy(resolved(self.data, node))
            shared = self.style.components(self.data, "schemas")
            title = self.facts.text(Subject("operation", operation), "title") or operation
            name = free_name(_own_name(title, reference.rsplit("/", 1)[-1]), shared)
            shared[name] = private
            spot.holder[spot.key] = {**node, "$ref": self.style.reference("schemas", name)}
            self._reach = None
        return resolved(self.data, spot.node)

    def _step(self, schema: Any, step: str) -> Spot:
        """One step down: a property (also of a branch of `allOf`), the items, free keys, an alternative."""
        if step in ("[]", "{}"):
            key = "items" if step == "[]" else "additionalProperties"
            if isinstance(schema.get(key), dict):
                return Spot(schema, key, schema)
        elif step.startswith("<"):
            for union in ("oneOf", "anyOf"):
                for index, option in enumerate(schema.get(union) or ()):
                    name = str(option.get("$ref", "")).rsplit("/", 1)[-1]
                    if step[1:-1] in (name, resolved(self.data, option).get("title")):
                        return Spot(schema[union], index, schema)
        elif step in (schema.get("properties") or {}):
            return Spot(schema["properties"], step, schema)
        for branch in schema.get("allOf") or ():
            try:
                return self._step(resolved(self.data, branch), step)
            except GoneError:
                continue
        raise GoneError(step)

    # -- who shares what ---------------------------------------------------------------------------

    def reach(self) -> dict[str, set[str]]:
        """For every reference the operations from which it is reached, over other definitions too."""
        if self._reach is None:
            self._reach = {}
            for subject in self.facts.subjects("operation"):
                try:
                    node = self.operation(subject.operation)
                except GoneError:
                    continue
                for reference in self._reached(node, set()):
                    self._reach.setdefault(reference, set()).add(subject.operation)
        return self._reach

    def _reached(self, node: Any, seen: set[str]) -> set[str]:
        for reference in references(node):
            if reference not in seen and reference.startswith("#"):
                seen.add(reference)
                try:
                    self._reached(at_pointer(self.data, reference[1:]), seen)
                except GoneError:
                    continue
        return seen


def _own_name(title: str, name: str) -> str:
    """A name for an operation's own copy of a shared definition: `GetDevice` for `Get a Device`."""
    words = pascal(re.sub(r"\b(?:an?|the|for|of)\b", " ", title))
    return words if words.lower().endswith(name.lower()) else f"{words}{name}"


def references(node: Any) -> Iterator[str]:
    """Every reference inside a node; the schema that `patch_model` names is one too."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key == "patch_model" and isinstance(value, str):
                yield f"#/components/schemas/{value}"
            else:
                yield from references(value)


_COMPONENT = re.compile(
    r"#/(?:components/)?(?P<kind>schemas|parameters|responses|requestBodies|definitions)/(?P<name>[^/]+)"
)


def drop_unused(data: Any, before: set[str]) -> list[str]:
    """Remove shared definitions that nothing uses any more and that were used before; their names."""
    gone = sorted(unused(data) - before)
    for reference in gone:
        holder = at_pointer(data, reference[1:].rpartition("/")[0])
        holder.pop(reference.rpartition("/")[2], None)
    return gone


def unused(data: Any) -> set[str]:
    """References to shared definitions that nothing uses, followed to the end."""
    components = data.get("components") or {}
    holders = {f"#/components/{kind}": nodes for kind, nodes in components.items()}
    holders |= {f"#/{kind}": data.get(kind) or {} for kind in ("definitions", "parameters", "responses")}
    known = {
        f"{where}/{name}": node
        for where, nodes in holders.items()
        for name, node in (nodes or {}).items()
        if _COMPONENT.fullmatch(f"{where}/{name}")
    }
    rest = {
        key: value
        for key, value in data.items()
        if key not in ("components", "definitions", "parameters", "responses")
    }
    gone: set[str] = set()
    while True:
        kept = {key: node for key, node in known.items() if key not in gone}
        used = set(references([rest, *kept.values()]))
        more = kept.keys() - used
        if not more:
            return gone
        gone |= more
