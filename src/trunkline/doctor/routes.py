"""Other ways that a vendor may spell a route: what is tried where the spec's is unknown to it.

A vendor that deviates from one inferred route mostly deviates from its neighbours in the same way, so what
worked once is tried first for the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from trunkline.doctor.identifiers import singular

Spelling = Callable[[str], str]


def _literal(change: Callable[[str], str]) -> Spelling:
    """Change each segment that is not a parameter."""

    def spell(path: str) -> str:
        return "/".join(one if one.startswith("{") else change(one) for one in path.split("/"))

    return spell


def _words(separator: str) -> Callable[[str], str]:
    return lambda text: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", separator, text).lower()


def _camel(text: str) -> str:
    return text[:1].lower() + text[1:]


def _pascal(text: str) -> str:
    return text[:1].upper() + text[1:] if text != "api" else text


def _resource(change: Callable[[str], str]) -> Spelling:
    """Change the segment that names the resource: the first one behind "api"."""

    def spell(path: str) -> str:
        parts = path.split("/")
        at = 2 if parts[1:2] == ["api"] else 1
        if len(parts) > at and parts[at] and not parts[at].startswith("{"):
            parts[at] = change(parts[at])
        return "/".join(parts)

    return spell


def _plural(text: str) -> str:
    if text.endswith("y"):
        return text[:-1] + "ies"
    return text if text.endswith("s") else text + "s"


def _without_verb(path: str) -> str:
    return re.sub(r"/(?:Get|List|View)(?=[A-Z])", "/", path)


def _without_slash(path: str) -> str:
    return path.rstrip("/") or path


def _without_api(path: str) -> str:
    return path.removeprefix("/api")


# The likeliest first: at most six are tried for one operation.
SPELLINGS: Final[tuple[Spelling, ...]] = (
    _resource(_plural),
    _resource(singular),
    _literal(_words("-")),
    _literal(str.lower),
    _literal(_camel),
    _literal(_pascal),
    _without_verb,
    _without_slash,
    _literal(_words("_")),
    _without_api,
)


class Spellings:
    """The spellings, those first that have worked."""

    def __init__(self) -> None:
        self._order = list(SPELLINGS)

    def of(self, path: str) -> Iterator[tuple[Spelling, str]]:
        """Yield each other spelling of a path once."""
        seen = {path}
        for spell in list(self._order):
            other = spell(path)
            if other not in seen and other.startswith("/"):
                seen.add(other)
                yield spell, other

    def worked(self, spell: Spelling) -> None:
        """Try this one first from now on."""
        self._order.remove(spell)
        self._order.insert(0, spell)


__all__ = ["SPELLINGS", "Spelling", "Spellings"]
