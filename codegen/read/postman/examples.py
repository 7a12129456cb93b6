"""The shape of a value: the kinds, keys and items that all its examples have together."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import define, field

from codegen.read.postman.jsonish import MARK

_KEY_LIKE_DATA: Final = re.compile(r"[0-9]+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


@define
class Shape:
    """The examples of one value. kinds: JSON types, "unknown" for an unquoted variable."""

    kinds: set[str] = field(factory=set)
    properties: dict[str, Shape] = field(factory=dict)
    objects: int = 0
    seen: dict[str, int] = field(factory=dict)
    item: Shape | None = None

    def add(self, value: Any) -> None:
        """Add one more example."""
        self.kinds.add(kind_of_value(value))
        if isinstance(value, dict):
            self.objects += 1
            for key, child in value.items():
                # Counted per object: a key that some of the rows lack is optional.
                self.seen[key] = self.seen.get(key, 0) + 1
                self.properties.setdefault(key, Shape()).add(child)
        elif isinstance(value, list):
            self.item = self.item or Shape()
            for child in value:
                self.item.add(child)

    def merge(self, other: Shape) -> None:
        """Add all examples of another shape."""
        self.kinds |= other.kinds
        self.objects += other.objects
        for key, child in other.properties.items():
            self.seen[key] = self.seen.get(key, 0) + other.seen[key]
            self.properties.setdefault(key, Shape()).merge(child)
        if other.item is not None:
            self.item = self.item or Shape()
            self.item.merge(other.item)

    def always(self, key: str) -> bool:
        """Whether every object seen here has the key."""
        # By examples only: this is a guess, which the generated class shows as such.
        return self.seen.get(key, 0) == self.objects > 0

    @property
    def is_map(self) -> bool:
        """Whether the keys are data (numbers, UUIDs) and not names."""
        # One such key may still be a name; two are data.
        return len(self.properties) > 1 and all(_KEY_LIKE_DATA.fullmatch(k) for k in self.properties)

    def signature(self) -> tuple[Any, ...]:
        """A key that is equal for shapes of the same type."""
        members = tuple(
            (key, self.always(key), child.signature()) for key, child in sorted(self.properties.items())
        )
        return tuple(sorted(self.kinds)), members, self.item.signature() if self.item else None


def kind_of_value(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "unknown" if value == MARK else "string"
    return "array" if isinstance(value, list) else "object"


def shape_of(*values: Any) -> Shape:
    """The shape of some examples."""
    shape = Shape()
    for value in values:
        shape.add(value)
    return shape
