"""Facts about a parameter, a body or a response into a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from attrs import define, evolve, field, frozen
from ruamel.yaml.comments import CommentedMap

from codegen.changes.values import fits
from codegen.edit.nodes import flow_list, flow_map, quoted
from codegen.edit.wording import field_text
from codegen.facts.fact import FactSet, Provenance, Subject, SubjectKind, Value
from codegen.facts.schema import KEYWORDS

STRUCTURE: Final = (
    "$ref",
    "type",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "anyOf",
    "oneOf",
)
ORDER: Final = ("$ref", "type", "format", "description", "enum", "pattern")
_JSON: Final = ("constant", "default", "example")


@frozen
class Style:
    """How a spec is written. version: 2 for Swagger 2.0, 3 for OpenAPI 3.0, 31 for 3.1; words: it has
    `x-trunkline` words; sensitive: names that are marked so elsewhere in it, in lower case."""

    version: int
    words: bool
    sensitive: frozenset[str] = frozenset()

    def components(self, data: Any, kind: str) -> dict[str, Any]:
        """The shared definitions of a kind: schemas, parameters or responses."""
        if self.version == 2:
            kind = "definitions" if kind == "schemas" else kind
            return data.setdefault(kind, CommentedMap())  # type: ignore[no-any-return]
        shared = data.setdefault("components", CommentedMap())
        return shared.setdefault(kind, CommentedMap())  # type: ignore[no-any-return]

    def reference(self, kind: str, name: str) -> str:
        """The reference to a shared definition."""
        if self.version == 2:
            return f"#/{'definitions' if kind == 'schemas' else kind}/{name}"
        return f"#/components/{kind}/{name}"

    def is_sensitive(self, name: str) -> bool:
        """Whether a field of this name is key material or personal data elsewhere in the spec."""
        return name.lower() in self.sensitive


def style_of(data: Any, spec: FactSet) -> Style:
    """How a loaded spec is written."""
    version = 2 if "swagger" in data else 3 if str(data.get("openapi", "")).startswith("3.0") else 31
    sensitive = {s.name.lower() for s in spec.subjects() if spec.value(s, "sensitive")}
    return Style(version, spec.kind == "spec-openapi", frozenset(sensitive - {"value"}))


@define
class Schemas:
    """Builds schemas from the facts of one document for one spec. data: the loaded spec."""

    facts: FactSet
    data: Any
    style: Style
    _children: dict[Subject, list[Subject]] = field(factory=dict)
    _made: dict[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for subject in self.facts.subjects():
            if subject.path and subject.kind in ("parameter", "request-field", "response-field"):
                self._children.setdefault(evolve(subject, path=subject.path[:-1]), []).append(subject)

    def children(self, subject: Subject) -> list[Subject]:
        """The subjects one step below, in the order of the document."""
        return self._children.get(subject, [])

    def members(self, subject: Subject) -> list[Subject]:
        """The children that are properties."""
        return [c for c in self.children(subject) if c.path[-1] not in ("[]", "{}") and c.path[-1][:1] != "<"]

    def kinds(self, subject: Subject) -> list[str]:
        """The JSON types of a subject as declared, with those of samples that contradict it; no null.

        Where a document's own table and sample differ, either must be sendable.
        """
        declared = _kinds(self.facts.text(subject, "type"))
        seen = _kinds(self.facts.text(subject, "seen-type"))
        extra = [kind for kind in seen if not fits(kind, " | ".join(declared))]
        return [*declared, *extra] if declared else seen

    def nullable(self, subject: Subject) -> bool:
        """Whether null occurs."""
        seen = self.facts.text(subject, "seen-type").split(" | ")
        return bool(self.facts.value(subject, "nullable")) or "null" in seen

    def entry(self, subject: Subject, provenance: Provenance = "documented") -> CommentedMap:
        """A property: its schema, a neutral description, and its `x-trunkline` words."""
        found = self.schema(subject)
        spot = max(
            (list(found).index(key) + 1 for key in ("type", "format", "$ref") if key in found), default=0
        )
        text = self.description(subject, field_text(subject.name))
        if text and ("$ref" not in found or self.style.version == 31):
            found.insert(spot, "description", text)
        if words := self.words(subject, provenance):
            found["x-trunkline"] = words
        return found

    def description(self, subject: Subject, ours: str) -> str:
        """The description of a new thing: ours in a spec of ours, the vendor's in one that is theirs."""
        return ours if self.style.words else self.facts.text(subject, "description")

    def words(self, subject: Subject, provenance: Provenance = "documented") -> CommentedMap | None:
        """The `x-trunkline` words of a property or parameter."""
        words: dict[str, Any] = {}
        if self.style.words:
            words["provenance"] = provenance
        if self.style.words and (
            self.facts.value(subject, "sensitive") or self.style.is_sensitive(subject.name)
        ):
            words["sensitive"] = True
        declared = _kinds(self.facts.text(subject, "type"))
        if declared and self.kinds(subject) != declared:
            words["documented_type"] = declared[0]
        for aspect, word in (("page-size", "page_size"), ("page-limit", "page_limit")):
            size = self.facts.value(subject, aspect)  # type: ignore[arg-type]
            if isinstance(size, int):
                words[word] = size
        if since := self.facts.text(subject, "revision"):
            words["since"] = quoted(since)
        return flow_map(words) if words else None

    def schema(self, subject: Subject) -> CommentedMap:
        """The schema alone. A model that the document names becomes a shared definition."""
        model = self.facts.text(subject, "model")
        if not model:
            return self.inline(subject)
        return CommentedMap({"$ref": self.style.reference("schemas", self._component(model, subject))})

    def named(self, name: str, schema: CommentedMap) -> CommentedMap:
        """A shared definition of a schema under a name that is free, as a reference."""
        if "$ref" in schema:
            return schema
        shared = self.style.components(self.data, "schemas")
        name = free_name(name, shared)
        shared[name] = schema
        return CommentedMap({"$ref": self.style.reference("schemas", name)})

    def inline(self, subject: Subject) -> CommentedMap:
        """The schema with everything that it holds."""
        found = CommentedMap()
        kinds, children = self.kinds(subject), self.children(subject)
        options = [child for child in children if child.path[-1].startswith("<")]
        self._typed(found, [] if options else kinds, self.nullable(subject))
        for aspect, keyword in KEYWORDS.items():
            value = self.facts.value(subject, aspect)
            if value is not None:
                self.put(found, aspect, keyword, value)
        if options:
            found["oneOf"] = [self.schema(option) for option in options]
        members = self.members(subject)
        if members:
            required = [c.path[-1] for c in members if self.facts.value(c, "required")]
            if required:
                found["required"] = flow_list(required)
            found["properties"] = CommentedMap({c.path[-1]: self.entry(c) for c in members})
        items = subject.at("[]")
        if "array" in kinds:
            found["items"] = self.schema(items) if items in self.facts else CommentedMap()
        free = subject.at("{}")
        if free in self.facts:
            found["additionalProperties"] = self.schema(free)
        return found

    def _component(self, model: str, subject: Subject) -> str:
        """The name of the shared definition of a model; a definition with other members gets another."""
        if model in self._made:
            return self._made[model]
        shared = self.style.components(self.data, "schemas")
        names = {child.path[-1] for child in self.members(subject)}
        known = shared.get(model)
        if isinstance(known, dict) and set(known.get("properties") or ()) == names:
            self._made[model] = model
            return model
        name = self._made[model] = free_name(model, shared)
        shared[name] = CommentedMap()
        shared[name] = self.inline(subject)
        return name

    def _typed(self, schema: dict[str, Any], kinds: list[str], null: bool) -> None:
        if self.style.version != 31:
            if len(kinds) == 1:
                schema["type"] = kinds[0]
            if null and self.style.version == 3:
                schema["nullable"] = True
            elif null:
                schema["x-nullable"] = True
            return
        listed = [*kinds, *([quoted("null")] if null and kinds else [])]
        if listed:
            schema["type"] = listed[0] if len(listed) == 1 else flow_list(listed)

    def put(self, schema: dict[str, Any], aspect: str, keyword: str, value: Value) -> None:
        """State one keyword, in the spelling of the spec's version."""
        found: Any = value
        if aspect in _JSON:
            found = json.loads(str(value))
        elif aspect == "enum" and isinstance(value, tuple):
            found = flow_list([enum_value(item, schema.get("type")) for item in value])
        elif aspect in ("exclusive-minimum", "exclusive-maximum") and self.style.version != 31:
            schema[aspect.removeprefix("exclusive-")] = value
            found = True
        elif aspect == "constant" and self.style.version != 31:
            keyword, found = "enum", flow_list([json.loads(str(value))])
        schema[keyword] = found


def _kinds(text: str) -> list[str]:
    return [kind for kind in text.split(" | ") if kind not in ("", "null", "any")]


def enum_value(text: str, kind: Any) -> Any:
    """A value of an enum as the type of its field has it."""
    kinds = [kind] if isinstance(kind, str) else list(kind or ())
    if "string" in kinds or not kinds:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def free_name(name: str, taken: dict[str, Any]) -> str:
    """The name, with a number behind it where it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def fields_of(facts: FactSet, kind: SubjectKind, operation: str, where: str = "") -> Iterator[Subject]:
    """The subjects of one kind of an operation, in one location or status where that is given."""
    for subject in facts.subjects(kind, operation):
        if where in ("", subject.where):
            yield subject
