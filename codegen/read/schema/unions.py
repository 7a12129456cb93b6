"""oneOf and anyOf: the options of a union, and the discriminator that tells them apart."""

from __future__ import annotations

from typing import Any, Final, Protocol

from codegen.ir import Ref, Type
from codegen.read.schema.composition import Folded, Folder, each_once, identity_of, says_type, title_of
from codegen.read.schema.polymorphism import Families, Family
from codegen.read.schema.types import union
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

_MERGED_FIELDS: Final = 20_000
"""Fields of classes that merge an option with the properties around its union. Each level of unions within
unions at least doubles them; real documents have a few dozen."""


class Types(Protocol):
    """Reads the options of unions; implemented by `SchemaReader`."""

    def type_of(self, node: Node, hint: str, *, own: str = "") -> Type:
        """The type of a schema."""
        ...

    def folded_type(self, folded: Folded, name: str | None, hint: str, own: str) -> Type:
        """The type of a schema that is folded already."""
        ...

    def named(self, target: Node, hint: str, own: str = "") -> Type:
        """The type of a definition, read once."""
        ...


class UnionReader:
    """Reads the unions of one document."""

    def __init__(
        self, types: Types, families: Families, folder: Folder, resolver: Resolver, findings: Findings
    ) -> None:
        self._types = types
        self._families = families
        self._folder = folder
        self._resolver = resolver
        self._findings = findings
        self._merging: set[tuple[Any, ...]] = set()
        self._merged_fields = 0

    def read(self, folded: Folded, hint: str) -> Type | None:
        """The type of oneOf and anyOf; None when the options only restrict the rest of the schema."""
        types: list[Type] = []
        options: list[Node] = []
        for listed in folded.unions:
            # `anyOf: [{required: [a]}, {required: [b]}]` only restricts; as options they would be two
            # unnamed classes of nothing.
            structured = [o for o in listed.each() if says_type(o)]
            if not structured:
                continue
            if len(folded.unions) > 1 and types:
                reason = "one of several oneOf/anyOf lists on a schema; a value of any of them is admitted"
                self._findings.note(listed, "schema", reason)
            options += structured
            for index, option in enumerate(structured, 1):
                types.append(self._option(folded, option, f"{hint}{title_of(option) or f'Option{index}'}"))
        if not types:
            return None
        family = self._families.declared(folded.node) or self._families.shared(options)
        # Without a discriminator the decoder tries the options by their shape.
        if family is None or not self._tells(family, options, folded):
            return union(types)
        # Options that were merged with the schema around them have a class of their own.
        merged = {o.key: t for o, t in zip(map(self._target, options), types, strict=True) if o is not None}
        members = [(tag, merged.get(n.key) or self._types.named(n, tag)) for tag, n in family.members]
        mapping = [(tag, t.name) for tag, t in members if isinstance(t, Ref)]
        return union(types, discriminator=family.property_name, mapping=mapping)

    def _tells(self, family: Family, options: list[Node], around: Folded) -> bool:
        """Whether the discriminator is a property of every option; some documents name another one."""
        # Properties around the union belong to every option, see `_option`.
        if family.property_name in around.properties:
            return True
        for option in options:
            known = self._folder.fold(option)
            if family.property_name not in known.properties and known.types != ["null"]:
                reason = (
                    f"the discriminator {family.property_name!r} is no property of every option; not used"
                )
                self._findings.note(option, "schema", reason)
                return False
        return True

    def _option(self, folded: Folded, option: Node, hint: str) -> Type:
        """The type of one option; properties next to oneOf belong to each option that lacks them."""
        if not folded.properties:
            return self._types.type_of(option, hint)
        own = self._folder.fold(option)
        # Nothing to add: the option has the properties already, or it extends the very schema that
        # lists it.
        if set(folded.properties) <= set(own.properties) or folded.node.key in own.branches:
            return self._types.type_of(option, hint)
        merged = self._folder.fold(option)
        # The outer declarations first, so that the option's own one has the last word on a property.
        around = {w: each_once([*n, *merged.properties.get(w, [])]) for w, n in folded.properties.items()}
        merged.properties = around | {w: n for w, n in merged.properties.items() if w not in around}
        merged.required |= folded.required
        same = identity_of(merged)
        if same in self._merging:  # an option that is the union itself
            return self._types.type_of(option, hint)
        self._merged_fields += len(merged.properties)
        if self._merged_fields > _MERGED_FIELDS:
            reason = "too many unions within unions to give every option the properties around them all"
            self._findings.gap(option, "schema", f"{reason}; it is read without those around this one")
            return self._types.type_of(option, hint)
        # A merge has no place of its own in the document, so `_once` cannot see that it is inside
        # itself.
        self._merging.add(same)
        try:
            return self._types.folded_type(merged, None, hint, "")
        finally:
            self._merging.discard(same)

    def _target(self, option: Node) -> Node | None:
        return self._resolver.follow(option, "schema")
