"""What a loader's batcher holds: keys that are asked, and the requests that they are part of."""

from __future__ import annotations

import asyncio
from typing import Any, Generic, TypeVar

from attrs import define, field

from trunkline._calls import counters

R = TypeVar("R")


@define(eq=False, repr=False)
class Entry(Generic[R]):
    """One key that is asked. length: characters of it in the query. batch: the request that it is part of."""

    key: Any
    length: int
    waiters: dict[asyncio.Future[list[R]], counters.CallCounters] = field(factory=dict)
    rules: counters.CallRules | None = None
    batch: Batch[R] | None = None
    attempts: int = 0
    retries: int = 0
    waited: float = 0.0


@define(eq=False, repr=False)
class Split:
    """A failed batch that was halved: what both halves show about its length."""

    length: int
    certain: bool
    left: int = 2
    good: bool = True
    longest: int = 0


@define(eq=False, repr=False)
class Batch(Generic[R]):
    """Keys of one request. split: the failed batch that this is half of. trial: larger than usual."""

    entries: list[Entry[R]]
    length: int
    split: Split | None = None
    trial: bool = False
    task: asyncio.Task[None] | None = None


def count(entries: list[Entry[Any]], counts: counters.CallCounters) -> None:
    """Add what a request cost to each of its keys."""
    for entry in entries:
        entry.attempts += counts.attempts
        entry.retries += counts.retries
        entry.waited += counts.waited


__all__ = ["Batch", "Entry", "Split", "count"]
