"""JSON Patch (RFC 6902) as the vendor takes it: add, replace, remove and test on top-level fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trunkline.sandbox.routing import Call
from trunkline.sandbox.store.store import Row
from trunkline.sandbox.vendors import idi_error

_VERBS: Final = ("add", "replace", "remove", "test")


def apply_patch(call: Call, row: Row) -> frozenset[str]:
    """Change the row as the request asks; return the names that were touched.

    Nothing is changed unless every step is allowed: which fields take which verbs comes from the operation.

    Raises:
        RefusedError: 400 for a malformed document, a field that cannot be patched, or not with that verb.
    """
    steps = call.body
    if not isinstance(steps, list) or not steps:
        raise idi_error(400, "Request", "A list of JSON Patch operations is required.")
    # The steps work on a copy: when one of them is refused, the row is unchanged (RFC 5789 section 2
    # asks for all or nothing).
    touched: dict[str, Any] = dict(row)
    names = [_apply(step, touched, call.operation.patchable) for step in steps]
    row.clear()
    row.update(touched)
    return frozenset(names)


def _apply(step: Any, row: Row, patchable: Mapping[str, tuple[str, ...]]) -> str:
    if not isinstance(step, dict) or not isinstance(step.get("path"), str):
        raise idi_error(400, "path", "Each JSON Patch operation needs op and path.")
    verb, path = step.get("op"), str(step["path"])
    if verb not in _VERBS:
        raise idi_error(400, "op", "op must be add, replace, remove or test.")
    if path == "":
        raise idi_error(400, "path", "The whole object cannot be patched.")
    # RFC 6901, section 4: "~1" first, or "~01" would become a slash.
    name = path[1:].replace("~1", "/").replace("~0", "~")
    # A second slash leads into a field, and the fields that can be patched are plain values.
    if not path.startswith("/") or "/" in path[1:] or name not in patchable:
        raise idi_error(400, path.removeprefix("/") or "path", f"{path} cannot be patched.")
    if verb == "test":
        # RFC 6902, section 4.6; a patch whose test fails changes nothing (RFC 5789, section 2.2: 409)
        if "value" not in step or not _is_same(row.get(name), step["value"]):
            raise idi_error(409, name, f"{name} is not what the patch tests.")
        return name
    if verb not in patchable[name]:
        raise idi_error(400, name, f"{name} does not allow {verb}; it allows {', '.join(patchable[name])}.")
    if verb == "remove":
        # RFC 6902, section 4.2: the target must exist.
        if row.get(name) is None:
            raise idi_error(400, name, f"{name} is not set and cannot be removed.")
        del row[name]
    elif "value" not in step:
        raise idi_error(400, name, f"value is required to {verb} {name}.")
    elif step["value"] is None and "remove" not in patchable[name]:
        raise idi_error(400, name, f"{name} cannot be null, as it cannot be removed.")
    else:
        row[name] = step["value"]
    return name


def _is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal (RFC 6902, section 4.6): true is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[name], other[name]) for name in one)
    return bool(one == other)


__all__ = ["apply_patch"]
