"""JSON Schemas into types, models and enums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from codegen.ir import AliasIR, ListOf, Literals, MapOf, ModelIR, Ref, Scalar, Type
from codegen.ir.walk import bare, exceeds
from codegen.read.schema.composition import (
    Folded,
    Folder,
    identity_of,
    is_nullable,
    item_type,
    rest_type,
    sibling_structure,
)
from codegen.read.schema.enums import Enums
from codegen.read.schema.facts import facts_of
from codegen.read.schema.fields import FieldReader
from codegen.read.schema.names import ClassNames, pascal_case
from codegen.read.schema.polymorphism import Families
from codegen.read.schema.types import ANY, TYPES, declared_types, guessed_type, nullable, scalar, union
from codegen.read.schema.unions import UnionReader
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver, component_name

Key = tuple[str, tuple[str, ...]]


_PARTS, _DEPTH = 5_000, 50
"""Limits for one type: its parts, and how deeply they are nested. Lists of unions of lists double with each
level, and Python's parser stops at 200 open brackets."""


class SchemaReader:
    """Reads schemas on demand; each definition becomes one class, however often it is referred to."""

    def __init__(self, resolver: Resolver, findings: Findings, names: ClassNames) -> None:
        self.models: dict[str, ModelIR] = {}
        self.aliases: dict[str, AliasIR] = {}
        self.enums = Enums(names, findings)
        self.families = Families(resolver)
        self.names = names
        self._resolver = resolver
        self._findings = findings
        self._folder = Folder(resolver, findings)
        self._set_aside: dict[Key, str] = {}
        self._types: dict[Key, Type] = {}
        self._open: set[Key] = set()
        self._merged: dict[tuple[Any, ...], str] = {}
        self._fields = FieldReader(self, self._folder, resolver, findings)
        self._unions = UnionReader(self, self.families, self._folder, resolver, findings)

    def read_components(self, container: Node) -> None:
        """Read every named schema of the document; their class names come before all others."""
        named = list(container.items())
        # A name that is a valid class name already keeps it, wherever in the document it comes.
        for exact in (True, False):
            for name, node in named:
                if (pascal_case(name) == name) is exact:
                    self._set_aside[node.key] = self.names.take(name)
        # Before any schema is read: the type of a reference to a base depends on who extends it,
        # anywhere in the document.
        self.families.learn(node for _, node in named)
        for name, node in named:
            type_ = self.named(node, name)
            chosen = self._set_aside[node.key]
            # Arrays, scalars, maps and unions have no class, but callers may import the definition's name
            # all the same.
            if chosen not in self.models and chosen not in self.enums.found:
                self.aliases[chosen] = AliasIR(
                    name=chosen,
                    wire_name=name,
                    type=type_,
                    description=node.text("description"),
                    place=node.place,
                )
        self.finish()

    def finish(self) -> None:
        """Read the fields of all models met so far."""
        self._fields.finish()

    def type_of(self, node: Node, hint: str, *, own: str = "") -> Type:
        """The type of a schema. hint: class name if it needs one; own: its property or parameter name."""
        if node.value is False or node.value is None:
            known = "the schema `false` admits no value" if node.value is False else "nothing stands here"
            self._findings.note(node, "schema", f"{known}; it is read as any value")
            return ANY
        # `true` and a missing schema admit any value (JSON Schema 2020-12, section 4.3.2).
        if node.value is True or not node.present:
            return ANY
        if not node.is_object:
            self._findings.problem(node, "a schema must be an object; write e.g. {type: string}")
            return ANY
        if not isinstance(node.get("$ref").value, str):
            # Remembered by place: paging and parameters ask for one schema again, and a second reading
            # would make a second class.
            if node.key not in self._types:
                self._types[node.key] = self._once(node, lambda: self._build(node, hint, own))
            return self._types[node.key]
        # OpenAPI 3.0 ignores siblings of `$ref`. Documents of 3.0 that have them mean them, so they are
        # heard in every version.
        if sibling_structure(node):
            return self._once(node, lambda: self.folded_type(self._folder.fold(node), None, hint, own))
        target = self._resolver.follow(node, "schema")
        inner = ANY if target is None else self.polymorphic(target, hint, own)
        return nullable(inner) if is_nullable(node) else inner

    def polymorphic(self, target: Node, hint: str, own: str = "") -> Type:
        """The type of a reference's target: of a base with known subtypes, the union of them all."""
        # Only a reference to the base means the whole family. The subtypes' own `allOf` is folded
        # elsewhere and means the base's fields alone.
        inner = self.named(target, hint, own)
        family = self.families.of(target) if isinstance(bare(inner), Ref) else None
        if family is None:
            return inner
        # The base itself comes last: a value that no subtype claims is read as the base, not refused.
        members = [(tag, self.named(node, tag)) for tag, node in family.members]
        return union(
            [*(t for _, t in members), inner],
            discriminator=family.property_name,
            mapping=[(tag, t.name) for tag, t in members if isinstance(t, Ref)],
        )

    def named(self, target: Node, hint: str, own: str = "") -> Type:
        """The type of a definition, read once."""
        key = target.key
        if key in self._types:
            return self._types[key]
        if target.value is True or not target.is_object:
            return self.type_of(target, hint)
        shown, name = component_name(target) or hint, self._set_aside.get(key)
        result = self._once(target, lambda: self._build(target, shown, own, name=name))
        # While it is still being read, the result is the cut of a recursion and not the schema's type.
        if key not in self._open:
            self._types[key] = result
        return result

    def _once(self, node: Node, build: Callable[[], Type]) -> Type:
        """The result of `build`; at a position within the same schema any value, which ends the recursion."""
        # `A: {items: {$ref: A}}` and the like: Python's type aliases cannot refer to themselves. A
        # model can, as its fields are read later.
        if node.key in self._open:
            reason = "a schema that contains itself without an object between; any JSON value there"
            self._findings.gap(node, "schema", reason)
            return ANY
        self._open.add(node.key)
        try:
            return build()
        finally:
            self._open.discard(node.key)

    # -- one schema ------------------------------------------------------------------------------

    def _build(self, node: Node, hint: str, own: str = "", *, name: str | None = None) -> Type:
        sole = self._folder.sole_branch(node)
        if sole is not None and not self.families.has_member(node):
            if not isinstance(sole.get("$ref").value, str):
                inner = self._build(sole, hint, own, name=name)
                self._moved(name, node)
            else:
                inner = self.type_of(sole, hint, own=own)
            # Branches that merely describe: `allOf: [X, {nullable: true}]`.
            nulls = any(map(is_nullable, (node, *(b for b in node.get("allOf").each() if b.key != sole.key))))
            return nullable(inner) if nulls or "null" in declared_types(node) else inner
        return self.folded_type(self._folder.fold(node), name, hint, own)

    def _moved(self, name: str | None, node: Node) -> None:
        """Give the class of a wrapped schema the position and description of the definition that wraps it."""
        made = self.models.get(name or "") or self.enums.found.get(name or "")
        if made is not None:
            made.place = node.place
            made.description = node.text("description") or made.description

    def folded_type(self, folded: Folded, name: str | None, hint: str, own: str) -> Type:
        """The type of a schema and all that it extends. name: the class name reserved for it, if any."""
        inner = self._inner(folded, name, hint, own)
        # Checked after each level, so that the next one is not built on a type that is too large
        # already.
        if exceeds(inner, _PARTS, _DEPTH):
            reason = (
                "lists, maps and unions within each other are too many for one type; any JSON value there"
            )
            self._findings.gap(folded.node, "schema", reason)
            return ANY
        return nullable(inner) if folded.nullable else inner

    def _inner(self, folded: Folded, name: str | None, hint: str, own: str) -> Type:
        # The narrowest keyword first: a constant admits one value, an enum a few, then unions,
        # properties and the bare `type`.
        if "const" in folded.keywords:
            node = folded.keywords["const"].get("const")
            return scalar("null", folded.node) if node.value is None else self._constant(node)
        if "enum" in folded.keywords and not folded.properties:
            listing = folded.keywords["enum"]
            # `type: array` with `enum: [a, b]` admits no value by the letter; a parameter that is written
            # so takes a list of them.
            if folded.types == ["array"] and not any(n.is_array for n in listing.get("enum").each()):
                reason = "the values of a list stand beside it, and not in its `items`; they are read so"
                self._findings.note(listing, "schema", reason)
                return ListOf(self.enums.read(listing, listing.get("enum"), name=None, hint=hint, own=own))
            read = self.enums.read(listing, listing.get("enum"), name=name, hint=hint, own=own)
            self._moved(name, folded.node)
            return read
        if folded.unions:
            found = self._unions.read(folded, hint)
            if found is not None:
                return found
        types = folded.types or []
        if folded.properties:
            # `type: [object, string]` with properties: the properties describe the object only.
            if len(types) > 1:
                plain = [self._one(t, folded, hint) for t in types if t != "object"]
                return union([self._model(folded, name, hint), *plain])
            return self._model(folded, name, hint)
        listed = folded.keywords.get("items", folded.node).get("items")
        if not types and listed.is_array:
            reason = "a list of `items` without `type: array`; it is read as one of them"
            self._findings.note(listed, "schema", reason)
            return union([self.type_of(n, f"{hint}Option{i}") for i, n in enumerate(listed.each(), 1)])
        if not types:
            source = (
                folded.keywords.get("items") or folded.keywords.get("additionalProperties") or folded.node
            )
            # Without `type` any value fits by the letter (JSON Schema 2020-12); the other keywords show
            # what the author meant.
            guess = guessed_type(source)
            types = [guess] if guess else []
        # A list of all types is how some generators write "anything".
        if set(types) >= TYPES - {"null"} or not types:
            return ANY
        return union([self._one(t, folded, hint) for t in types])

    def _constant(self, node: Node) -> Type:
        value = node.value
        if isinstance(value, dict | list):
            self._findings.note(node, "schema", "a constant that is no scalar is not in the type")
            return ANY
        return Scalar("boolean") if isinstance(value, bool) else Literals((value,))

    def _one(self, kind: str, folded: Folded, hint: str) -> Type:
        """The type of a schema of one JSON type without properties."""
        if kind == "array":
            return ListOf(item_type(folded, hint, self.type_of))
        if kind == "object":
            return MapOf(rest_type(folded, f"{hint}Value", self.type_of))
        if kind not in TYPES and kind not in ("file", "any"):
            self._findings.gap(folded.node, "schema", f"unknown type {kind!r}; any JSON value there")
        return scalar(kind, folded.keywords.get("format", folded.node))

    def resolved(self, node: Node) -> Node:
        """The schema that a node refers to; the node itself where it is no reference."""
        return self._resolver.follow(node, "schema") or node

    def only_value(self, type_: Type) -> str | int | float | bool | None:
        """The one value that a type admits, None where there are several."""
        values: tuple[Any, ...] = ()
        if isinstance(type_, Literals):
            values = type_.values
        elif isinstance(type_, Ref) and type_.name in self.enums.found:
            values = tuple(value for _, value in self.enums.found[type_.name].members)
        return values[0] if len(values) == 1 else None

    def add_model(self, model: ModelIR) -> None:
        """Add a model that is not read from a schema."""
        self.models[model.name] = model

    def class_name(self, hint: str) -> str:
        """A class name of its own for a model that is not read from a schema."""
        return self.names.take(hint)

    # -- models ----------------------------------------------------------------------------------

    def _model(self, folded: Folded, name: str | None, hint: str) -> Type:
        # Recursive unions meet the same merge again and again; it is one class, or there would be no end.
        same = identity_of(folded)
        if name is None and same in self._merged:
            return Ref(self._merged[same])
        chosen = name or self.names.take(hint)
        self._merged.setdefault(same, chosen)
        node = folded.node
        words = facts_of(node)
        model = ModelIR(
            name=chosen,
            wire_name=component_name(node) or hint,
            description=folded.description,
            provenance=words.provenance,
            place=node.place,
        )
        self.models[chosen] = model
        self._fields.add(model, folded)
        return Ref(chosen)
