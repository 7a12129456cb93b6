"""A value of a document together with its position."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from codegen.ir import Place
from codegen.read.source.positions import Spot, line_of, raw_of


class Source:
    """One file, loaded. name: as the user named it, or relative to that; path: absolute."""

    __slots__ = ("has_ids", "name", "path", "sha256", "spots", "value")

    def __init__(self, name: str, path: Path, content: bytes, value: Any, spots: Spot) -> None:
        self.name = name
        self.path = path
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.value = value
        self.spots = spots
        self.has_ids = b"$id" in content
        """Whether schemas in it may have addresses of their own; looking for them takes a walk."""

    @property
    def root(self) -> Node:
        """The whole document."""
        return Node(self, (), self.value)


class Node:
    """A JSON value with its source and its path (JSON pointer, unescaped tokens)."""

    __slots__ = ("path", "source", "value")

    def __init__(self, source: Source, path: tuple[str, ...], value: Any) -> None:
        self.source = source
        self.path = path
        self.value = value

    def __repr__(self) -> str:
        return f"<Node {self.source.name}#{self.pointer}>"

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """Identifies this position among all files of the document."""
        return self.source.name, self.path

    @property
    def pointer(self) -> str:
        """The JSON pointer (RFC 6901)."""
        return "".join(f"/{escape(token)}" for token in self.path)

    @property
    def place(self) -> Place:
        """File, pointer and line."""
        return Place(self.source.name, self.pointer, line_of(self.source.spots, self.path))

    @property
    def last(self) -> str:
        """The last token of the path, "" for the root."""
        return self.path[-1] if self.path else ""

    def get(self, key: str) -> Node:
        """The value under a key; a node holding `ABSENT` when there is none."""
        value = self.value
        # `.get` chains over missing keys without checks at each step; only the end of a chain is looked
        # at.
        found = value.get(key, ABSENT) if isinstance(value, dict) else ABSENT
        return Node(self.source, (*self.path, key), found)

    def has(self, key: str) -> bool:
        """Whether this is an object with that key."""
        return isinstance(self.value, dict) and key in self.value

    def items(self) -> Iterator[tuple[str, Node]]:
        """The entries of an object; nothing for any other value."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(self.source, (*self.path, key), value)

    def values(self) -> Iterator[Node]:
        """The values of an object's entries; nothing for any other value."""
        return (child for _, child in self.items())

    def each(self) -> Iterator[Node]:
        """The items of an array; nothing for any other value."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(self.source, (*self.path, str(index)), value)

    def text(self, key: str, default: str = "") -> str:
        """A string under a key; a number as the document spells it, the default for other types."""
        child = self.get(key)
        return child.spelled() if isinstance(child.value, str | int | float) else default

    def spelled(self) -> str:
        """A scalar as the document spells it: `1.10` stays "1.10" where a text is meant."""
        if isinstance(self.value, str):
            return self.value
        # YAML reads `version: 1.10` as the number 1.1; the person who wrote it meant the text.
        raw = raw_of(self.source.spots, self.path)
        if raw is not None:
            return raw
        # Python writes True where JSON and YAML write true.
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)

    def flag(self, key: str, default: bool = False) -> bool:
        """A boolean under a key; the strings "true" and "false" count, as real documents have them."""
        value = self.get(key).value
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return default

    @property
    def present(self) -> bool:
        """Whether the document has this value at all."""
        return self.value is not ABSENT

    @property
    def is_object(self) -> bool:
        """Whether this is a JSON object."""
        return isinstance(self.value, dict)

    @property
    def is_array(self) -> bool:
        """Whether this is a JSON array."""
        return isinstance(self.value, list)


# Not None: `default: null` is a default, and a missing `default` is not.
class _Absent:
    """The type of `ABSENT`: what a missing key holds, where null is a value."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


def escape(token: str) -> str:
    """One JSON pointer token as it is written (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """One JSON pointer token as it is meant (RFC 6901, section 4)."""
    # In this order (RFC 6901, section 4): `~01` means `~1`, and the other way round it would become a
    # slash.
    return token.replace("~1", "/").replace("~0", "~")
