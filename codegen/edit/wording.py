"""Neutral words for what the vendor named and nobody has described yet."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection
from typing import Final

FILLERS: Final = re.compile(r"\b(?:a|an|the|of|for|all|by|id)\b", re.IGNORECASE)
"""Words of a title that a name can do without."""


def words_of(name: str) -> str:
    """`serviceID` as `service ID`, `$skip` as `skip`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", " ", name.strip("$@"))
    return " ".join(w if w.isupper() or any(c.isdigit() for c in w) else w.lower() for w in spaced.split())


def field_text(name: str) -> str:
    """What a field is, as far as its name tells."""
    words = words_of(name)
    if words.endswith(" ID"):
        return f"Key of the {words.removesuffix(' ID')}."
    if words.startswith("is "):
        return f"Whether it is {words.removeprefix('is ')}."
    return f"{words[:1].upper()}{words[1:]}, as its name says."


def operation_text(title: str) -> str:
    """What an operation does, as far as its title tells."""
    verb, _, rest = title.partition(" ")
    third = {
        "Get": "Reads",
        "List": "Lists",
        "Search": "Finds",
        "Create": "Adds",
        "Add": "Adds",
        "Update": "Changes",
    }
    third |= {"Delete": "Removes", "Remove": "Removes", "Set": "Sets", "Validate": "Checks"}
    said = (
        f"{third[verb]} {rest[:1].lower() + rest[1:] if not rest[:2].isupper() else rest}"
        if verb in third and rest
        else title
    )
    return f"{said}."


def snake(text: str) -> str:
    """A title or a camelCase name in snake_case."""
    return re.sub(r"[^a-z0-9]+", "_", words_of(re.sub(r"\([^)]*\)", "", text)).lower()).strip("_")


def camel(text: str) -> str:
    """A title in camelCase."""
    words = re.sub(r"[^A-Za-z0-9 ]+", " ", text).split()
    return "".join(
        w if i and w.isupper() else (w.lower() if not i else w[:1].upper() + w[1:])
        for i, w in enumerate(words)
    )


def pascal(text: str) -> str:
    """A title in PascalCase."""
    found = camel(text)
    return found[:1].upper() + found[1:]


def method_name(title: str, resource: str, taken: Collection[str] = ()) -> str:
    """The Python name of a new method: its title in snake_case without the word that its resource has.

    taken: names of the other methods of the resource.
    """
    words = snake(FILLERS.sub(" ", title)) or "call"
    own = re.sub(r"(?<=[a-rt-z])s\Z", "", snake(resource))
    short = re.sub(rf"_{re.escape(own)}(?:e?s)?(?=_|\Z)", "", words) if own else words
    usable = (
        bool(short) and short not in taken and not keyword.iskeyword(short) and not hasattr(builtins, short)
    )
    return short if usable else words


def idempotency(method: str) -> str:
    """What a repeat does, as far as the HTTP method tells."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return "safe"
    return "idempotent" if method in ("PUT", "DELETE") else "unsafe"
