"""Identifiers to ask with: those that the user gave, and those that earlier responses held."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from trunkline.operation import Operation, Param

_MOST: Final = 5
"""Values that are kept of one field."""
_DEPTH: Final = 4
_PLURALS: Final = (("ies", "y"), ("ses", "s"), ("s", ""))


def plain(name: str) -> str:
    """Return a name without what spellings differ in: "deviceID" and "device_id" are one."""
    # IDI spells one name as requestID and requestId, and Python names have underscores.
    return re.sub(r"[^a-z0-9]", "", name.lower())


def singular(name: str) -> str:
    """Return "network" of "networks"."""
    return next((name[: -len(end)] + other for end, other in _PLURALS if name.endswith(end)), name)


class Identifiers:
    """Values by plain field name; the user's come first."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = {plain(name): value for name, value in given.items()}
        self._seen: dict[str, list[Any]] = {}

    def learn(self, op: Operation[Any], body: bytes) -> None:
        """Collect the identifiers of a response."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return
        self._learn(value, _subjects(op), 0)

    def _learn(self, value: Any, subjects: Iterable[str], depth: int) -> None:
        if depth > _DEPTH:
            return
        if isinstance(value, list):
            # A few rows are enough to ask with, and the rest of a large page is not kept.
            for one in value[:_MOST]:
                self._learn(one, subjects, depth + 1)
        elif isinstance(value, dict):
            for name, one in value.items():
                if isinstance(one, list | dict):
                    self._learn(one, (singular(plain(name)),), depth + 1)
                elif one not in (None, "") and not isinstance(one, bool):
                    names = [plain(name)]
                    if plain(name) == "id":
                        names += [f"{subject}id" for subject in subjects]
                    for known in names:
                        kept = self._seen.setdefault(known, [])
                        if one not in kept and len(kept) < _MOST:
                            kept.append(one)

    def name_of(self, op: Operation[Any], param: Param) -> str:
        """Return the name under which a user gives this parameter: "service_id" for a service's "id"."""
        subjects = _subjects(op, param)
        return f"{subjects[0]}_id" if plain(param.wire) == "id" and subjects else param.name

    def of(self, op: Operation[Any], param: Param) -> list[Any]:
        """Return candidates for a parameter, best first: "id" behind ".../service/" is a service's."""
        names = [plain(param.wire), plain(param.name)]
        if names[0].endswith("ids"):
            names += [name[:-1] for name in names]
        if names[0] == "id":
            names = [f"{subject}id" for subject in _subjects(op, param)]
        for name in names:
            if name in self._given:
                return [self._given[name]]
        return next((self._seen[name] for name in names if name in self._seen), [])


def _subjects(op: Operation[Any], param: Param | None = None) -> list[str]:
    """Return whose identifier a bare "id" is: of the segment before it, of the method, of the resource."""
    segments = op.path.strip("/").split("/")
    if param is not None:
        place = f"{{{param.wire}}}"
        at = segments.index(place) if place in segments else len(segments)
        return [singular(plain(segments[at - 1]))] if at else []
    fixed = [one for one in segments if not one.startswith("{")]
    return [singular(plain(name)) for name in (fixed[-1] if fixed else "", *reversed(op.id.split(".")))]


__all__ = ["Identifiers", "plain", "singular"]
