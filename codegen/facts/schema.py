"""A JSON schema as facts about a parameter, a body or a response, its nested parts too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attrs import define, field, frozen

from codegen.facts.fact import CONSTRAINTS, Aspect, Fact, FactSet, Provenance, Subject, Value
from codegen.facts.prose import tell_prose
from codegen.facts.writer import Writer, json_text, text_of
from codegen.ir import Place
from codegen.read.schema.composition import Folded, Folder, is_nullable
from codegen.read.schema.types import declared_types, guessed_type
from codegen.read.source.findings import Findings
from codegen.read.source.node import ABSENT, Node
from codegen.read.source.references import Resolver

KEYWORDS: Final[dict[Aspect, str]] = {
    "format": "format",
    "pattern": "pattern",
    "enum": "enum",
    "constant": "const",
    "default": "default",
    "example": "example",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusive-minimum": "exclusiveMinimum",
    "exclusive-maximum": "exclusiveMaximum",
    "multiple-of": "multipleOf",
    "min-length": "minLength",
    "max-length": "maxLength",
    "min-items": "minItems",
    "max-items": "maxItems",
    "unique-items": "uniqueItems",
    "min-properties": "minProperties",
    "max-properties": "maxProperties",
    "deprecated": "deprecated",
    "read-only": "readOnly",
    "write-only": "writeOnly",
}
"""Aspects that have a keyword of their own in a JSON schema."""
_ASPECTS: Final = {keyword: aspect for aspect, keyword in KEYWORDS.items()}
_FLAGS: Final[frozenset[Aspect]] = frozenset({"unique-items", "read-only", "write-only", "deprecated"})
_DEEPEST: Final = 12
"""Steps below a body or a response; deeper ones are left out on both sides of any comparison."""
_MOST: Final = 12_000
"""Subjects of one document at most that nested schemas may give; then only their first steps are stated."""


@frozen
class Use:
    """Where a schema is used. node: the property, parameter or media type; required: by what holds it."""

    node: Node
    required: bool = False
    provenance: Provenance | None = None


@frozen
class _Stated:
    """What one schema says by itself. target, folded: None where it is no schema."""

    place: Place
    facts: tuple[tuple[Aspect, Value, Place], ...]
    target: Node | None
    folded: Folded | None


@define
class SchemaFacts:
    """States schemas, each read once however often it is used."""

    resolver: Resolver
    findings: Findings
    _folder: Folder = field(init=False)
    _stated: dict[Any, _Stated] = field(factory=dict)
    _said: int = 0

    def __attrs_post_init__(self) -> None:
        self._folder = Folder(self.resolver, self.findings)

    def tell(
        self, writer: Writer, subject: Subject, schema: Node, use: Use, above: tuple[Any, ...] = ()
    ) -> None:
        """State a schema and all that it holds. above: the definitions around it, which are not opened."""
        words = use.node.get("x-trunkline")
        own = words.text("provenance") or None
        self._said += 1
        key = (schema.key, use.node.key)
        stated = self._stated.get(key)
        if stated is None:
            stated = self._stated[key] = self._state(writer, schema, use, words)
        writer.there(subject, stated.place, own or use.provenance)  # type: ignore[arg-type]
        writer.say(subject, "required", use.required, stated.place)
        for aspect, value, place in stated.facts:
            writer.say(subject, aspect, value, place)
        target, folded = stated.target, stated.folded
        if target is None or folded is None:
            return
        if target.key in above or len(subject.path) > _DEEPEST or self._said > _MOST:
            writer.facts.partial.add(subject)
            return
        inside = (*above, target.key) if "$ref" in (schema.value or {}) else above
        self._inside(writer, subject, folded, use, inside)

    def _state(self, writer: Writer, schema: Node, use: Use, words: Node) -> _Stated:
        """What a schema states by itself, wherever it stands."""
        scratch = Writer(FactSet(file="", kind="openapi"), provenance=writer.provenance)
        subject = Subject(
            "parameter", path=(schema.last,) if use.node is schema else (use.node.text("name"),)
        )
        target = self.resolver.follow(schema, "schema") if schema.present else None
        parts = list(self._parts(schema)) if target is not None else []
        _tell_words(scratch, subject, words)
        tell_prose(scratch, subject, [use.node, *parts], ours=words.present)
        folded = None
        if target is not None and target.is_object:
            folded = self._folder.fold(schema)
            self._type(scratch, subject, schema, folded, parts)
            for part in reversed([use.node, *parts]):
                _keywords(scratch, subject, part)
        for entry in scratch.facts.unread:
            writer.unread(entry.place, entry.text, entry.reason)
        facts: list[tuple[Aspect, Value, Place]] = [
            (fact.aspect, fact.value, fact.place) for fact in scratch.facts.of(subject).values()
        ]
        return _Stated(use.node.place, tuple(facts), target if folded is not None else None, folded)

    def _inside(
        self, writer: Writer, subject: Subject, folded: Folded, use: Use, above: tuple[Any, ...]
    ) -> None:
        """Properties, items, free keys and alternatives."""
        given = use.provenance
        for name, nodes in folded.properties.items():
            below = subject.at(name)
            self.tell(writer, below, nodes[-1], Use(nodes[-1], name in folded.required, given), above)
        items = folded.keywords.get("items", folded.node).get("items")
        if items.is_object:
            self.tell(writer, subject.at("[]"), items, Use(items, False, given), above)
        free = folded.keywords.get("additionalProperties", folded.node).get("additionalProperties")
        if free.is_object and free.value:
            self.tell(writer, subject.at("{}"), free, Use(free, False, given), above)
        for name, option in self._alternatives(folded):
            below = subject.at(f"<{name}>")
            self.tell(writer, below, option, Use(option, False, given), above)
        kinds = folded.types or []
        is_open = "object" in kinds or not kinds
        if is_open and not folded.properties and not folded.unions and not free.is_object:
            writer.facts.partial.add(subject)

    def _alternatives(self, folded: Folded) -> Iterator[tuple[str, Node]]:
        """Options that are more than scalars, by their names."""
        seen: dict[str, int] = {}
        for union in folded.unions:
            for option in union.each():
                found = self.resolver.follow(option, "schema")
                if found is None or not found.is_object or _is_null(found):
                    continue
                kinds = declared_types(found)
                if kinds and set(kinds) <= {"string", "integer", "number", "boolean", "null"}:
                    continue
                reference = option.get("$ref").value
                name = found.text("title") or (
                    reference.rsplit("/", 1)[-1] if isinstance(reference, str) else (kinds or ["any"])[0]
                )
                seen[name] = seen.get(name, 0) + 1
                yield (name if seen[name] == 1 else f"{name} {seen[name]}"), option

    def _type(self, writer: Writer, subject: Subject, node: Node, folded: Folded, parts: list[Node]) -> None:
        """Type, nullability and the names of alternatives."""
        kinds = [kind for kind in folded.types or [] if kind != "null"]
        null = folded.nullable or "null" in (folded.types or [])
        names = []
        for union in folded.unions:
            for option in union.each():
                found = self.resolver.follow(option, "schema")
                if found is None or not found.is_object:
                    continue
                null = null or _is_null(found) or is_nullable(found)
                kinds += [kind for kind in declared_types(found) if kind != "null"]
        names = [name for name, _ in self._alternatives(folded)]
        if not kinds:
            guess = next((g for part in parts if part.is_object and (g := guessed_type(part))), None)
            kinds = ["object" if folded.properties else guess or "any"]
        if "file" in kinds:  # Swagger 2.0
            kinds = ["string" if kind == "file" else kind for kind in kinds]
            writer.say(subject, "format", "binary", node.place)
        if "number" in kinds:
            kinds = [kind for kind in kinds if kind != "integer"]
        writer.say(subject, "type", " | ".join(sorted(set(kinds))), node.place)
        writer.say(subject, "nullable", null, node.place)
        writer.say(subject, "alternatives", tuple(names), node.place)
        reference = node.get("$ref").value
        if isinstance(reference, str):
            writer.say(subject, "model", reference.rsplit("/", 1)[-1], node.place)

    def _parts(self, node: Node, seen: frozenset[Any] = frozenset()) -> Iterator[Node]:
        """Every schema that a schema is made of: itself, what it refers to, and the branches of `allOf`."""
        if node.key in seen or not node.is_object:
            return
        yield node
        seen |= {node.key}
        if isinstance(node.get("$ref").value, str):
            target = self.resolver.follow(node, "schema")
            if target is not None:
                yield from self._parts(target, seen)
        for branch in node.get("allOf").each():
            yield from self._parts(branch, seen)


def _is_null(node: Node) -> bool:
    return declared_types(node) == ["null"]


def _keywords(writer: Writer, subject: Subject, node: Node) -> None:
    """What the keywords of one schema state. A later one, nearer to the use, takes the place of these."""
    if not node.is_object:
        return
    for key in node.value:
        child = node.get(key)
        value, place = child.value, child.place
        aspect = _ASPECTS.get(key)
        if key in ("minimum", "maximum") and node.get(f"exclusiveM{key[1:]}").value is True:
            continue  # until 3.0 the exclusive bound is a flag beside the number
        if key in ("exclusiveMinimum", "exclusiveMaximum") and value is True:
            value = node.get("minimum" if key == "exclusiveMinimum" else "maximum").value
        if aspect in _FLAGS:
            writer.say(subject, aspect, True if value is True else None, place)
        elif aspect in ("pattern", "format"):
            _put(writer, subject, aspect, value if isinstance(value, str) else "", child)
        elif aspect in CONSTRAINTS:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            _put(writer, subject, aspect, _number(value) if number else "", child)
        elif aspect == "enum" and child.is_array:
            values = tuple(text_of(_spelled(item)) for item in child.each() if item.value is not None)
            _put(writer, subject, aspect, values, child)
        elif aspect in ("constant", "default", "example"):
            _put(writer, subject, aspect, json_text(value), child)
        elif key == "examples":
            first = next(iter([*child.each(), *(named.get("value") for named in child.values())]), None)
            if first is not None and first.value is not ABSENT:
                _put(writer, subject, "example", json_text(first.value), child)


def _put(writer: Writer, subject: Subject, aspect: Aspect, value: Any, node: Node) -> None:
    """State a keyword; `enum: []` and the like state nothing."""
    if value in ("", ()):
        return
    writer.facts.replace(Fact(subject, aspect, value, node.place, writer.provenance))


def _spelled(node: Node) -> Any:
    return node.value if isinstance(node.value, str | bool) or not node.value else node.spelled()


def _number(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _tell_words(writer: Writer, subject: Subject, words: Node) -> None:
    """The `x-trunkline` words of a property or parameter."""
    if not words.is_object:
        return
    writer.say(subject, "revision", words.text("since"), words.place)
    writer.say(subject, "sensitive", words.flag("sensitive"), words.place)
    writer.say(subject, "documented-type", words.text("documented_type"), words.place)
    writer.say(subject, "page-name", words.text("page_name"), words.place)
    for word, aspect in (("page_size", "page-size"), ("page_limit", "page-limit")):
        size = words.get(word).value
        writer.say(subject, aspect, size if isinstance(size, int) else None, words.place)  # type: ignore[arg-type]
