"""Whose data a client reaches, as a text that a checkpoint can keep, and what differs between two."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

_USER: Final = " user "
_WORDS: Final = {"params": "parameters", "many": "way of asking", "all_matches": "--all-matches"}


def identity_text(base: str, routes: Mapping[str, tuple[str, str]], owners: Iterable[str]) -> str:
    """Return the address, the corrected routes and the users.

    owners: fingerprints, so that the text can be kept in a checkpoint without naming a user.
    """
    corrected = "".join(f" {id_}={' '.join(route)}" for id_, route in sorted(routes.items()))
    return f"{base}{corrected}{_USER}{' '.join(owners) or 'unknown'}"


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence has them: "address, set of routes and user"."""
    words = list(names)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def differing(before: str | None, now: str) -> str:
    """Return which parts of an identity differ ("user", "address and user"), never their values.

    Takes the text of one client and the JSON object that the command line keeps; of any other text it is
    only known that it differs, which is "identity".
    """
    return listed(sorted(_differing(before or "", now)) or ["identity"])


def _differing(before: str, now: str) -> set[str]:
    one, other = _object(before), _object(now)
    if one is None or other is None:
        parts, others = parts_of(before), parts_of(now)
        return {name for name in parts if parts[name] != others[name]} if parts and others else set()
    found: set[str] = set()
    for name in {*one, *other}:
        if one.get(name) == other.get(name):
            continue
        client = _differing(str(one.get(name)), str(other.get(name))) if name == "vendor" else set()
        found |= client or {_WORDS.get(name, name)}
    return found


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def parts_of(text: str) -> dict[str, str]:
    """Return the parts of a client's text by their names in messages; {} for a text of other form."""
    head, user, owners = text.rpartition(_USER)
    address, _, routes = head.partition(" ")
    return {"address": address, "set of routes": routes, "user": owners} if user else {}


__all__ = ["differing", "identity_text", "listed", "parts_of"]
