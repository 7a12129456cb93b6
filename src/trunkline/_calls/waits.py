"""Waits of a call within its total time, counted and reported."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Literal, TypeVar

from trunkline._calls.call import Call, Stats
from trunkline._calls.counters import UNCOUNTED
from trunkline.config import TimeSource
from trunkline.errors import DeadlineError
from trunkline.events import Hook, WaitEvent

T = TypeVar("T")
What = Literal["slot", "breaker", "rate", "token", "backoff"]


class Waits:
    """The waits of all calls of one client."""

    def __init__(self, time_source: TimeSource, stats: Stats, emit: Hook | None) -> None:
        self._clock = time_source.clock
        self._stats = stats
        self._emit = emit

    def left(self, call: Call) -> float:
        """Seconds of the call's total time that are left.

        Raises:
            DeadlineError: none are.
        """
        if call.deadline is None:
            return float("inf")
        left = call.deadline - self._clock()
        if left <= 0:
            raise overdue(call)
        return left

    async def within(self, call: Call, wait: Awaitable[T], what: What) -> T:
        """Await `wait` within the call's total time.

        Raises:
            DeadlineError: the total time ran out meanwhile.
        """
        began = self._clock()
        # A wait for a slot is the caller's own concurrency, no sign of a slow vendor.
        counters = UNCOUNTED if what == "slot" else call.counters
        counters.waiting += 1
        limit = None if call.deadline is None else asyncio.timeout(max(0.0, call.deadline - began))
        try:
            if limit is None:
                return await wait
            async with limit:
                return await wait
        except TimeoutError:
            # A TimeoutError of the wait's own, such as a login's, stays what it is.
            if limit is None or not limit.expired():
                raise
            raise overdue(call) from None
        finally:
            seconds = self._clock() - began
            if what != "slot":
                self._stats.waited_seconds += seconds
            counters.waiting -= 1
            counters.waited += seconds
            if self._emit is not None and seconds > 0:
                self._emit(WaitEvent(operation=call.name, what=what, seconds=seconds, call=id(call)))


def overdue(call: Call) -> DeadlineError:
    """The error of a call whose total time ran out."""
    return DeadlineError(
        f"{call.name}: the call's total time ran out",
        operation=call.name,
        attempts=call.attempts,
        may_have_run=call.ran,
    )


__all__ = ["Waits", "overdue"]
