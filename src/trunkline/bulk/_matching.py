"""Assigns the rows of a batch to the keys that asked for them."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

_log = logging.getLogger("trunkline.bulk")

R = TypeVar("R")


class StrayRowError(Exception):
    """A row belongs to no key of its batch. rows: how many do."""

    def __init__(self, rows: int) -> None:
        super().__init__(f"{rows} rows belong to no key that was asked")
        self.rows = rows


class CutError(Exception):
    """A response was cut without saying so. rows: how many it held."""

    def __init__(self, rows: int) -> None:
        super().__init__(f"a response was cut at {rows} rows")
        self.rows = rows


def identity(key: Any) -> Hashable:
    """Return what makes two keys the same question; True is not 1, though Python calls them equal."""
    if isinstance(key, enum.Enum):
        key = key.value
    result: Hashable = (bool, key) if isinstance(key, bool) else key
    return result


def folded(key: Any) -> Hashable:
    """Return the key as a database that ignores case and outer spaces sees it."""
    if isinstance(key, enum.Enum):
        key = key.value
    if isinstance(key, str):
        return key.strip().casefold()
    # a number that a row spells as text; never the other way round, where "007" is not 7
    return str(key) if isinstance(key, int) and not isinstance(key, bool) else identity(key)


def share(keys: Sequence[Any], rows: Iterable[R], key_of: Callable[[R], Any], name: str) -> list[list[R]]:
    """Return the rows of each key.

    A row goes to the key that it names exactly. If it names none, it goes to each key that is the same
    without case and outer spaces: the vendor's comparison is not documented, and most databases ignore both.
    A row that names no key at all is taken only where a single key was asked.

    Raises:
        StrayRowError: a row is nobody's.
    """
    found: list[list[R]] = [[] for _ in keys]
    exact = {identity(key): place for place, key in enumerate(keys)}
    loose: dict[Hashable, list[int]] | None = None
    stray = 0
    for row in rows:
        value = key_of(row)
        # Some rows do not name their key. With a single key in the request there is no doubt
        # about whose they are.
        if value is None and len(keys) == 1:
            found[0].append(row)
            continue
        place = exact.get(identity(value)) if value is not None else None
        if place is not None:
            found[place].append(row)
            continue
        if loose is None:
            # The second index is built only when a row misses the first one, which is rare.
            loose = {}
            for number, key in enumerate(keys):
                loose.setdefault(folded(key), []).append(number)
        near = loose.get(folded(value), ()) if value is not None else ()
        if near:
            _log.debug("%s: a row is matched without regard to case and outer spaces", name)
        stray += not near
        # Keys that differ in case only were both asked, and the vendor does not document
        # which one it matched.
        for number in near:
            found[number].append(row)
    # A row of an unknown key means that the filter was not applied or that keys are compared in another
    # way. Rows that did match cannot be trusted then either.
    if stray:
        raise StrayRowError(stray)
    return found


__all__ = ["CutError", "StrayRowError", "folded", "identity", "share"]
