"""The fields of models: properties of folded schemas into `FieldIR`, and what other keys may hold."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from attrs import frozen

from codegen.ir import FieldIR, ModelIR, Type
from codegen.read.schema.composition import Folded, Folder, is_structural, names_rest, rest_type
from codegen.read.schema.facts import FieldFacts, facts_of
from codegen.read.schema.names import FIELD_RESERVED, pascal_case, unique_names
from codegen.read.schema.types import ANY, declared_types
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver


class Types(Protocol):
    """Reads the schemas of properties; implemented by `SchemaReader`."""

    def type_of(self, node: Node, hint: str, *, own: str = "") -> Type:
        """The type of a schema."""
        ...

    def folded_type(self, folded: Folded, name: str | None, hint: str, own: str) -> Type:
        """The type of a schema that is folded already."""
        ...


@frozen
class _Pending:
    """A model whose fields are still to be read."""

    model: ModelIR
    folded: Folded


class FieldReader:
    """Reads fields later than their models: a schema may refer to itself by any of its properties."""

    def __init__(self, types: Types, folder: Folder, resolver: Resolver, findings: Findings) -> None:
        self._types = types
        self._folder = folder
        self._resolver = resolver
        self._findings = findings
        self._pending: deque[_Pending] = deque()

    def add(self, model: ModelIR, folded: Folded) -> None:
        """Queue a model; `finish` reads its fields."""
        self._pending.append(_Pending(model, folded))

    def finish(self) -> None:
        """Read the fields of all models met so far, and of those met on the way."""
        while self._pending:
            # A queue and not recursion: a chain of a thousand models would exceed the stack otherwise.
            self._read_fields(self._pending.popleft())

    def _read_fields(self, pending: _Pending) -> None:
        model, folded = pending.model, pending.folded
        wires = list(folded.properties)
        # All names of a class at once: which of two equal names gives way must not depend on the order
        # of reading.
        names = unique_names(wires, reserved=FIELD_RESERVED)
        for name, wire in zip(names, wires, strict=True):
            nodes = folded.properties[wire]
            # A shared schema often has the only description; a property that refers to it has none of its
            # own.
            facts = facts_of(*nodes, target=self._follow_facts(nodes[-1]))
            model.fields.append(self._field(model, name, wire, nodes, facts, wire in folded.required))
        # JSON Schema allows it: any value is then required. Here it is nearly always a misspelt name.
        for wire in sorted(folded.required - set(wires)):
            self._findings.note(
                folded.node, "schema", f"`required` names {wire!r}, which is no property of the schema"
            )
        self._read_additional(model, folded)

    def _follow_facts(self, node: Node) -> Node | None:
        return self._resolver.follow(node, "property") if isinstance(node.get("$ref").value, str) else None

    def _field(
        self, model: ModelIR, name: str, wire: str, nodes: list[Node], facts: FieldFacts, required: bool
    ) -> FieldIR:
        return FieldIR(
            name=name,
            wire=wire,
            type=self._property_type(nodes, f"{model.name}{pascal_case(wire)}", wire),
            required=required,
            description=facts.description,
            default=facts.default,
            sensitive=facts.sensitive,
            read_only=facts.read_only,
            write_only=facts.write_only,
            provenance=facts.provenance,
            since=facts.since,
            place=nodes[-1].place,
        )

    def _property_type(self, nodes: list[Node], hint: str, wire: str) -> Type:
        """The type of a property; where several branches of `allOf` declare it, all of them apply."""
        typed = [n for n in nodes if is_structural(n)]
        # Generated documents repeat the whole declaration in each subtype; equal ones need no class for
        # their merge.
        if len(typed) < 2 or all(n.value == typed[0].value for n in typed):
            return self._types.type_of((typed or nodes)[-1], hint, own=wire)
        # The last one names a definition. Merging it with the base would lose its class, which callers
        # import by name.
        if isinstance(typed[-1].get("$ref").value, str):
            self._note_overridden(typed, wire)
            return self._types.type_of(typed[-1], hint, own=wire)
        if len({tuple(declared_types(n)) for n in typed if declared_types(n)}) > 1:
            self._note_overridden(typed, wire)
        return self._types.folded_type(self._folder.merge(typed), None, hint, wire)

    def _note_overridden(self, declarations: list[Node], wire: str) -> None:
        reason = f"{wire!r} is declared in several branches of allOf; the last one counts"
        self._findings.note(declarations[-1], "schema", reason)

    def _read_additional(self, model: ModelIR, folded: Folded) -> None:
        """Set the type of other keys. With patterns alone, keys that match none may hold anything."""
        rest = rest_type(folded, f"{model.name}Value", self._types.type_of)
        if rest != ANY:
            model.additional = rest if folded.closed or names_rest(folded) else None
            reason = "the values of other keys are kept in `extra` as plain JSON, without a type"
            self._findings.note(folded.node, "schema", reason)
        elif folded.closed:
            model.additional = False
        elif "patternProperties" in folded.keywords:
            reason = "keys that match a pattern are kept in `extra` as all others are, without a type"
            self._findings.note(folded.node, "schema", reason)
