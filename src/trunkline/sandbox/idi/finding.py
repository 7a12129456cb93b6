"""The row that a path names, or the vendor's refusal."""

from __future__ import annotations

from trunkline.sandbox.idi import fields
from trunkline.sandbox.routing import Call
from trunkline.sandbox.store.store import Entity, Row
from trunkline.sandbox.vendors import idi_missing


def body(call: Call, entity: Entity, title: str) -> bytes:
    """The stored JSON of the row, ready to be sent.

    Args:
        title: what the vendor's message calls it, such as "Device".
    Raises:
        RefusedError: 400 for a key that is not a number, 404 when there is no such row.
    """
    key = fields.key(call, title)
    found = call.store.body(entity, key)
    if found is None:
        raise idi_missing(title, key)
    return found


def row(call: Call, entity: Entity, title: str) -> Row:
    """The row as a dictionary of its own, to be changed. Raises as `body` does."""
    key = fields.key(call, title)
    found = call.store.row(entity, key)
    if found is None:
        raise idi_missing(title, key)
    return found


def key(call: Call, entity: Entity, title: str) -> int:
    """The key of the row, which exists. Raises as `body` does."""
    body(call, entity, title)
    return fields.key(call, title)


__all__ = ["body", "key", "row"]
