"""Neutral words for what the vendor named and nobody has described yet."""

from __future__ import annotations

import re


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
