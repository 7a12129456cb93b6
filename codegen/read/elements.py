"""What arrays hold in their places, and objects under keys that no property names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from codegen.ir import Type
from codegen.read.composition import Folded
from codegen.read.node import Node
from codegen.read.scalars import ANY
from codegen.read.unions import union

TypeOf = Callable[[Node, str], Type]
_REST: Final = ("additionalProperties", "unevaluatedProperties")
_BEYOND: Final = ("additionalItems", "unevaluatedItems")
"""What may follow the places of a tuple."""


def _keyword(folded: Folded, name: str) -> Node:
    return folded.keywords.get(name, folded.node).get(name)


def item_type(folded: Folded, hint: str, type_of: TypeOf) -> Type:
    """The type of an array's items; of a tuple, one of its places'."""
    source, tuples = _keyword(folded, "items"), _keyword(folded, "prefixItems")
    if source.is_array:
        tuples, source = source, Node(source.source, source.path, None)
    places = [type_of(node, f"{hint}Item{number}") for number, node in enumerate(tuples.each(), 1)]
    if source.is_object or (source.value is True and not places):
        places.append(type_of(source, f"{hint}Item"))
    places += [type_of(rest, f"{hint}Item") for k in _BEYOND if (rest := _keyword(folded, k)).is_object]
    return union(places) if places else ANY


def rest_type(folded: Folded, hint: str, type_of: TypeOf) -> Type:
    """The type of what stands under keys that no property has."""
    schemas = list(_keyword(folded, "patternProperties").values())
    schemas += [rest for name in _REST if (rest := _keyword(folded, name)).is_object]
    found = [type_of(schema, hint) for schema in schemas]
    return union(found) if found else ANY


def names_rest(folded: Folded) -> bool:
    """Whether every key that no property has is of a given type."""
    return any(_keyword(folded, name).is_object for name in _REST)
