"""JSON Patch bodies (RFC 6902) against what their operation allows, built or given as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from trunkline.errors import PatchError
from trunkline.operation import Operation

_WITH_VALUE: Final = ("add", "replace", "test")


def check_change(owner: str, allowed: Mapping[str, tuple[str, ...]] | None, verb: str, field: str) -> None:
    """Refuse a change of a field that cannot be changed, or not by this verb; `allowed` None allows all.

    Raises: PatchError with the fields or verbs that are allowed; nothing was sent.
    """
    if allowed is None:
        return
    if field not in allowed:
        raise PatchError(f"{owner} cannot change {field}; it can change: {', '.join(allowed)}")
    # a test changes nothing (RFC 6902, section 4.6), so no document lists it among what a field allows
    if verb not in allowed[field] and verb != "test":
        raise PatchError(f"{owner} cannot {verb} {field}; allowed: {', '.join(allowed[field])}")


def parsed_patch(op: Operation[Any], value: Any) -> Any:
    """A raw patch body that is given as JSON text, decoded; any other value as it is.

    Raises: PatchError: the text is not JSON.
    """
    if not isinstance(value, str | bytes | bytearray):
        return value
    try:
        return json.loads(value, parse_float=Decimal)
    except (ValueError, RecursionError):
        pass  # not chained: the exception holds the text
    raise PatchError(f"{op.id}: the patch is text that is not JSON; nothing was sent")


def check_patch(op: Operation[Any], changes: Any) -> None:
    """Refuse a raw patch that is not a list of changes, or that the operation does not take.

    Raises: PatchError with the fields or verbs that are allowed; nothing was sent.
    """
    if not isinstance(changes, list) or not all(isinstance(one, dict) for one in changes):
        raise PatchError(
            f"{op.id}: a patch is a list of changes such as "
            '{"op": "replace", "path": "/field", "value": 1}; nothing was sent'
        )
    # RFC 6902 allows an empty list, but a patch that changes nothing is a mistake of its caller.
    if not changes:
        raise PatchError(f"{op.id}: the patch is empty; nothing was sent")
    for index, one in enumerate(changes):
        verb, path = one.get("op"), one.get("path")
        if not isinstance(verb, str) or not isinstance(path, str) or not path.startswith("/"):
            raise PatchError(f'{op.id}: change {index + 1} needs "op" and a "path" that begins with "/"')
        if verb in _WITH_VALUE and "value" not in one:
            raise PatchError(f'{op.id}: {verb} needs a "value"; None sends null')
        check_change(op.id, op.patchable or None, verb, _field(path))


def _field(path: str) -> str:
    """The wire name in a pointer to a top-level field; a deeper pointer has none."""
    return path[1:] if "/" in path[1:] else path[1:].replace("~1", "/").replace("~0", "~")


__all__ = ["check_change", "check_patch", "parsed_patch"]
