"""Discriminators: the subtypes of a base, and which value of which property selects each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from attrs import frozen

from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

Key = tuple[str, tuple[str, ...]]
_REFERENCE = re.compile(r"[#/]|\.(?:json|ya?ml)$")
"""Distinguishes a reference from a mere name in `mapping` (OpenAPI 3.1, Discriminator Object)."""


@frozen
class Family:
    """A base's subtypes. members: a value of the discriminator and the schema that it selects."""

    property_name: str
    members: tuple[tuple[str, Node], ...]


class Families:
    """The subtypes of every base with a discriminator: those it maps, and those that extend it by `allOf`."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._children: dict[Key, list[tuple[str, Node]]] = {}
        self._extended: dict[Key, list[Node]] = {}
        self._components: dict[str, Node] = {}
        self._known: dict[Key, Family | None] = {}

    def learn(self, components: Iterable[Node]) -> None:
        """Record which schema extends which."""
        for node in components:
            # A discriminator's value may be the mere name of a schema, so names are looked up as well as
            # references.
            self._components[node.last] = node
            for branch in node.get("allOf").each():
                if isinstance(branch.get("$ref").value, str):
                    base = self._resolver.follow(branch, "schema")
                    if base is not None:
                        self._extended.setdefault(node.key, []).append(base)
                        self._children.setdefault(base.key, []).append((node.last, node))

    def of(self, base: Node) -> Family | None:
        """The family of a base that has subtypes besides itself; None for any other schema."""
        if base.key not in self._known:
            # Kept also when it is None: a union that many operations return is asked for at each of them.
            self._known[base.key] = self._find(base)
        return self._known[base.key]

    def has_member(self, node: Node) -> bool:
        """Whether a schema is a subtype, though it may add nothing to its base."""
        for base in self._extended.get(node.key, ()):
            # A subtype such as `Cat: {allOf: [Pet]}` adds nothing, but its value of the discriminator is
            # its own, so it must not be folded into its base.
            family = self.of(base)
            if family is not None and any(member.key == node.key for _, member in family.members):
                return True
        return False

    def declared(self, node: Node) -> Family | None:
        """The discriminator next to oneOf or anyOf, with the values it maps or implies."""
        name = _property_name(node)
        if name is None:
            return None
        members = dict(self._mapped(node))
        named = {target.key for target in members.values()}
        for keyword in ("oneOf", "anyOf"):
            for option in node.get(keyword).each():
                target = self._target(option)
                if target is not None and target.key not in named:
                    # Without a mapping, the value is the name of the schema (OpenAPI 3.0 and 3.1,
                    # Discriminator Object). A mapped option is known by its mapped values only.
                    members.setdefault(target.last, target)
        return Family(name, tuple(members.items()))

    def shared(self, options: list[Node]) -> Family | None:
        """The discriminator of the base that all options extend, where oneOf itself names none."""
        targets = [t for o in options if (t := self._target(o)) is not None]
        # An inline option has no name, so no value of the discriminator could select it.
        if len(targets) < len(options) or len(targets) < 2:
            return None
        keys = {t.key for t in targets}
        for base in self._extended.get(targets[0].key, ()):
            children = {node.key for _, node in self._children[base.key]}
            if _property_name(base) is None or not keys <= children:
                continue
            family = self.of(base)
            if family is not None:
                return Family(family.property_name, tuple(m for m in family.members if m[1].key in keys))
        return None

    def _find(self, base: Node) -> Family | None:
        name = _property_name(base)
        # With a list of options, the discriminator selects among these, see `declared`, and the schema
        # is a union without a class of its own.
        if base.has("oneOf") or base.has("anyOf"):
            return None
        if name is None:
            return self._inherited(base)
        members = dict(self._mapped(base))
        named = {target.key for target in members.values()}
        for tag, node in self._descendants(base, set()):
            if node.key not in named:
                # Microsoft's Swagger documents give the value at the subtype, where OpenAPI 3 has the
                # mapping at the base.
                members.setdefault(node.text("x-ms-discriminator-value") or tag, node)
        # A base that maps only itself has nothing to choose from.
        if all(node.key == base.key for node in members.values()):
            return None
        return Family(name, tuple(members.items()))

    def _inherited(self, base: Node) -> Family | None:
        """The part of an ancestor's family that extends this schema, told apart as the ancestor says."""
        below = {node.key for _, node in self._descendants(base, set())}
        if not below:
            return None
        for ancestor in self._ancestors(base, {base.key}):
            family = self.of(ancestor) if _property_name(ancestor) is not None else None
            members = tuple(m for m in family.members if m[1].key in below) if family is not None else ()
            if family is not None and members:
                return Family(family.property_name, members)
        return None

    def _mapped(self, node: Node) -> Iterator[tuple[str, Node]]:
        for value, reference in node.get("discriminator").get("mapping").items():
            if not isinstance(reference.value, str):
                continue
            if reference.value in self._components:
                yield value, self._components[reference.value]
                continue
            # "dog" may be a name or a relative file. Only with a slash, a hash or a file's ending is it a
            # reference; a file called "dog" is not looked for.
            if not _REFERENCE.search(reference.value):
                reason = f"{reference.value!r} is no schema of the document; the value {value!r} is not told"
                self._resolver.findings.gap(reference, "discriminator", reason)
                continue
            target = self._target(Node(node.source, reference.path, {"$ref": reference.value}))
            if target is not None:
                yield value, target

    def _target(self, option: Node) -> Node | None:
        if not isinstance(option.get("$ref").value, str):
            return None
        found = self._resolver.follow(option, "schema")
        return found if found is not None and found.is_object else None

    def _descendants(self, base: Node, seen: set[Key]) -> Iterator[tuple[str, Node]]:
        # Subtypes of subtypes as well: the base's discriminator selects any of them. `seen` ends a
        # circle of `allOf`.
        for tag, node in self._children.get(base.key, ()):
            if node.key not in seen:
                seen.add(node.key)
                yield tag, node
                yield from self._descendants(node, seen)

    def _ancestors(self, node: Node, seen: set[Key]) -> Iterator[Node]:
        for base in self._extended.get(node.key, ()):
            if base.key not in seen:
                seen.add(base.key)
                yield base
                yield from self._ancestors(base, seen)


def _property_name(node: Node) -> str | None:
    # A name in Swagger 2.0, an object with `propertyName` in OpenAPI 3.
    found = node.get("discriminator")
    name = found.value if isinstance(found.value, str) else found.text("propertyName")
    return name or None
