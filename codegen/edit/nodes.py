"""Small edits of loaded YAML and JSON: keys at their place, lists in brackets, references followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString


class GoneError(LookupError):
    """A node that another edit removed."""


def at_pointer(data: Any, pointer: str) -> Any:
    """The node at a JSON pointer.

    Raises:
        GoneError: there is none; an edit of the same round may have taken it away.
    """
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        try:
            data = data[int(key)] if isinstance(data, list) else data[key]
        except (LookupError, ValueError, TypeError):
            raise GoneError(pointer) from None
    return data


def resolved(data: Any, node: Any) -> Any:
    """A node behind its local references."""
    for _ in range(50):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#"):
            return node
        node = at_pointer(data, reference[1:])
    raise GoneError(str(reference))


def quoted(text: str) -> Any:
    """A text that must not be read as a number."""
    return SingleQuotedScalarString(text)


def flow_map(values: dict[str, Any]) -> CommentedMap:
    """A mapping in braces."""
    found = CommentedMap(values)
    found.fa.set_flow_style()
    return found


def flow_list(values: Sequence[Any]) -> CommentedSeq:
    """A list in brackets."""
    found = CommentedSeq(values)
    found.fa.set_flow_style()
    return found


def insert_key(mapping: dict[str, Any], spot: int, key: str, value: Any) -> None:
    """Put a new key at a position."""
    if isinstance(mapping, CommentedMap):
        mapping.insert(spot, key, value)
        return
    rest = list(mapping.items())[spot:]
    for name, _ in rest:
        del mapping[name]
    mapping[key] = value
    mapping.update(rest)


def place_key(mapping: dict[str, Any], key: str, value: Any, after: Sequence[str] = ()) -> None:
    """Set a key; a new one stands behind the last of the given keys that there is, else at the end."""
    if key in mapping:
        mapping[key] = value
        return
    keys = list(mapping)
    places = [keys.index(name) for name in after if name in keys]
    insert_key(mapping, max(places) + 1 if places else len(keys), key, value)
    if not isinstance(mapping, CommentedMap) or isinstance(value, dict | list):
        return
    # A comment behind the last entry (a blank line, a heading) belongs below the new one.
    if (places and max(places) == len(keys) - 1) or (not places and keys):
        last = keys[-1]
        if last in mapping.ca.items:
            mapping.ca.items[key] = mapping.ca.items.pop(last)


def rename_key(mapping: dict[str, Any], old: str, new: str) -> None:
    """Give an entry another key, in its place."""
    spot = list(mapping).index(old)
    value = mapping.pop(old)
    insert_key(mapping, spot, new, value)


def insert_in_order(names: list[Any], name: Any, order: Sequence[Any]) -> None:
    """Add a name to a list behind the ones that stand before it in another list."""
    before = set(order[: order.index(name)]) if name in order else set(names)
    spots = [index for index, known in enumerate(names) if known in before]
    names.insert(max(spots) + 1 if spots else 0, name)


def set_required(schema: dict[str, Any], name: str, required: bool, order: Sequence[str] = ()) -> None:
    """List a property of a schema as required, in the order of the document, or take it off the list."""
    names = schema.get("required")
    if required:
        if names is None:
            place_key(schema, "required", flow_list([name]), ("type", "description"))
        elif name not in names:
            insert_in_order(names, name, order or (name,))
    elif names is not None and name in names:
        names.remove(name)
        if not names:
            del schema["required"]
