"""Folding: a schema, the schemas it extends by `allOf` and its `$ref` siblings, as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import define, field

from codegen.ir import Type
from codegen.read.schema.names import pascal_case
from codegen.read.schema.types import ANY, declared_types, union
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

STRUCTURAL: Final = frozenset(
    [
        "type",
        "properties",
        "required",
        "allOf",
        "oneOf",
        "anyOf",
        "enum",
        "const",
        "items",
        "prefixItems",
        "additionalProperties",
        "patternProperties",
        "format",
        "unevaluatedProperties",
        "contentEncoding",
    ]
)
"""Keywords that change what a value may be; the others describe or restrict it."""

_UNIONS: Final = ("oneOf", "anyOf")
_REST: Final = ("additionalProperties", "unevaluatedProperties")
_KEPT: Final = (
    *("format", "enum", "const", "items", "prefixItems", "additionalItems", "unevaluatedItems"),
    *("patternProperties", *_REST),
)


@define(kw_only=True)
class Folded:
    """All branches of a schema as one. properties: every declaration of a name, the base's first."""

    node: Node
    properties: dict[str, list[Node]] = field(factory=dict)
    required: set[str] = field(factory=set)
    types: list[str] | None = None
    keywords: dict[str, Node] = field(factory=dict)
    unions: list[Node] = field(factory=list)
    closed: bool = False
    nullable: bool = False
    description: str = ""
    branches: set[tuple[str, tuple[str, ...]]] = field(factory=set)
    """Keys of every schema that was folded in."""


class Folder:
    """Folds schemas. A schema that contains itself by `allOf` is reported and cut there."""

    def __init__(self, resolver: Resolver, findings: Findings) -> None:
        self._resolver = resolver
        self._findings = findings

    def fold(self, node: Node) -> Folded:
        """The schema with everything it extends."""
        folded = Folded(node=node)
        self._add(folded, node, base=False)
        return folded

    def merge(self, nodes: list[Node]) -> Folded:
        """Several schemas that all hold for one value, the last one named first."""
        folded = Folded(node=nodes[-1])
        for node in nodes:
            self._add(folded, node, base=False)
        return folded

    def sole_branch(self, node: Node) -> Node | None:
        """The one branch of a mere wrapper: `allOf: [X]`, or X together with descriptions only."""
        # OpenAPI 3.0 has no siblings of `$ref`, so documents wrap a reference in `allOf` to give it a
        # description. Such a wrapper is the schema it wraps, and gets no class of its own.
        value = node.value
        if "allOf" not in value or any(k in value for k in STRUCTURAL if k not in ("allOf", "type")):
            return None
        branches = [b for b in node.get("allOf").each() if is_structural(b)]
        return branches[0] if len(branches) == 1 else None

    def _add(self, folded: Folded, node: Node, *, base: bool) -> None:
        target = node
        if isinstance(node.get("$ref").value, str):
            found = self._resolver.follow(node, "schema")
            if found is None:
                return
            target = found
        if not target.is_object:
            if target.value is None:
                self._findings.note(target, "schema", "nothing stands here; it is read as any value")
            elif not isinstance(target.value, bool):
                self._findings.problem(target, "a schema must be an object; write e.g. {type: string}")
            return
        # A base that is reached by two ways is folded once; this also ends a circle of `allOf`.
        if target.key in folded.branches:
            return
        folded.branches.add(target.key)
        # Bases first: fields come in the order in which an author would list them, and what the schema
        # declares itself is the last word on a property.
        for branch in target.get("allOf").each():
            self._add(folded, branch, base=True)
        self._own(folded, target, base=base)
        # Siblings of a `$ref` come after its target, which they refine.
        if target is not node and is_structural(node):
            self._own(folded, node, base=base)

    def _own(self, folded: Folded, node: Node, *, base: bool) -> None:
        value = node.value
        for name, schema in self._resolver.under(node, "properties").items():
            folded.properties.setdefault(name, []).append(schema)
        # `required: true` on a property is draft 3 and a common slip; it is not a list and is skipped.
        folded.required |= {r for r in _list(value.get("required")) if isinstance(r, str)}
        types = declared_types(node)
        if "null" in types and len(types) > 1:
            # A value must fit every branch of `allOf`. Null in one of several branches does not make the
            # whole nullable, so only the schema itself counts.
            folded.nullable = folded.nullable or not base
            types = [t for t in types if t != "null"]
        if types:
            folded.types = self._narrowed(folded.types, types, node)
        for key in _KEPT:
            # `false` restricts and has no type to keep; `closed` notes it.
            if key in value and not (key in _REST and value[key] is False):
                if key == "enum" and key in folded.keywords:
                    reason = "the values of another branch of allOf are replaced by those here"
                    self._findings.note(node.get(key), "enum value", reason)
                folded.keywords[key] = node
        # `additionalProperties: false` of a base would forbid what its subtypes add (JSON Schema
        # 2020-12, section 10.3.2.3: it sees the properties of its own schema object only). Nobody who
        # writes it means that, so a base does not close its subtypes.
        if value.get("additionalProperties") is False or value.get("unevaluatedProperties") is False:
            folded.closed = folded.closed or not base
        self._add_unions(folded, node, base=base)
        folded.nullable = folded.nullable or (not base and is_nullable(node))
        folded.description = node.text("description") or node.text("title") or folded.description

    def _narrowed(self, known: list[str] | None, types: list[str], node: Node) -> list[str]:
        """The types of two schemas that both hold; where no value can be of both, those of either."""
        # An integer is a number as well (JSON Schema Validation 2020-12, section 6.1.1), so these two do
        # not contradict.
        if known is None or set(known) & set(types) or {*known, *types} <= {"integer", "number"}:
            return types
        both = list(dict.fromkeys([*known, *types]))
        reason = f"allOf wants {' and '.join(both)} at once, which no value is; one of them is admitted"
        self._findings.note(node, "schema", reason)
        return both

    def _add_unions(self, folded: Folded, node: Node, *, base: bool) -> None:
        for keyword in _UNIONS:
            options = node.get(keyword)
            # The options of a base are its own subtypes: an `allOf` on the base is one of them, not all.
            if options.is_array and not (
                base and (node.has("discriminator") or self._lists(options, folded))
            ):
                folded.unions.append(options)

    def _lists(self, options: Node, folded: Folded) -> bool:
        """Whether one of the options is the very schema that is being folded."""
        for option in options.each():
            if isinstance(option.get("$ref").value, str):
                target = self._resolver.follow(option, "schema")
                # A base that lists its subtypes by `oneOf` while each of them extends it by `allOf`:
                # folding the list into a subtype would never end.
                if target is not None and target.key == folded.node.key:
                    return True
        return False


def is_structural(node: Node) -> bool:
    """Whether a schema has keywords that change what a value may be."""
    return isinstance(node.value, dict) and ("$ref" in node.value or any(k in STRUCTURAL for k in node.value))


def sibling_structure(node: Node) -> bool:
    """Whether a `$ref` has siblings that change the type; they count from OpenAPI 3.1 on."""
    siblings = [k for k in node.value if k in STRUCTURAL]
    # `type: object` next to a $ref, as many documents write it, adds nothing.
    return bool(siblings) and siblings != ["type"]


def is_nullable(node: Node) -> bool:
    """Whether a schema admits null by OpenAPI 3.0's `nullable` or Swagger 2.0's `x-nullable`."""
    return node.flag("nullable") or node.flag("x-nullable")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def says_type(option: Node) -> bool:
    """Whether an option is a type of its own, not just `required: [a]` or `not: …`."""
    return option.value is True or (
        option.is_object
        and ("$ref" in option.value or (is_structural(option) and set(option.value) != {"required"}))
    )


def title_of(option: Node) -> str:
    """A class name for an option: that of its definition, or its title."""
    # A long title is a sentence, which makes a bad class name.
    reference = option.get("$ref").value
    if isinstance(reference, str):
        return pascal_case(reference.rsplit("/", 1)[-1])
    title = option.text("title")
    return pascal_case(title) if title and len(title) < 40 else ""


def identity_of(folded: Folded) -> tuple[Any, ...]:
    """A key that is equal for merges of the same schemas."""
    places = ((w, tuple(dict.fromkeys(n.key for n in nodes))) for w, nodes in folded.properties.items())
    return folded.node.key, frozenset(folded.required), tuple(places)


def each_once(nodes: list[Node]) -> list[Node]:
    """The nodes without doubles."""
    return list({node.key: node for node in nodes}.values())


# -- items of arrays, and values under keys that no property names ------------------------------------------

TypeOf = Callable[[Node, str], Type]
_BEYOND: Final = ("additionalItems", "unevaluatedItems")
"""What may follow the places of a tuple."""


def _keyword(folded: Folded, name: str) -> Node:
    return folded.keywords.get(name, folded.node).get(name)


def item_type(folded: Folded, hint: str, type_of: TypeOf) -> Type:
    """The type of an array's items; of a tuple, one of its places'."""
    source, tuples = _keyword(folded, "items"), _keyword(folded, "prefixItems")
    # Before 2020-12, a tuple was a list under `items`; `prefixItems` replaced it (section 10.3.1.1).
    if source.is_array:
        tuples, source = source, Node(source.source, source.path, None)
    places = [type_of(node, f"{hint}Item{number}") for number, node in enumerate(tuples.each(), 1)]
    # Next to places, `items: true` repeats the default and would turn the whole type into Any.
    if source.is_object or (source.value is True and not places):
        places.append(type_of(source, f"{hint}Item"))
    places += [type_of(rest, f"{hint}Item") for k in _BEYOND if (rest := _keyword(folded, k)).is_object]
    return union(places) if places else ANY


def rest_type(folded: Folded, hint: str, type_of: TypeOf) -> Type:
    """The type of values under keys that no property names; patterns alone leave the other keys free."""
    schemas = list(_keyword(folded, "patternProperties").values())
    # JSON Schema leaves a key that matches no pattern unrestricted, so a type of the patterns alone
    # would be wrong for it.
    free = bool(schemas) and not folded.closed and not names_rest(folded)
    schemas += [rest for name in _REST if (rest := _keyword(folded, name)).is_object]
    found = [type_of(schema, hint) for schema in schemas]
    return union(found) if found and not free else ANY


def names_rest(folded: Folded) -> bool:
    """Whether every key that no property has is of a given type."""
    return any(_keyword(folded, name).is_object for name in _REST)
