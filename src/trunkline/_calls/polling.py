"""Waiting for a state: the same call again until its result is as wanted."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from trunkline._callables import check_function, check_plain_function, described
from trunkline._wire.statuses import seconds_text
from trunkline.config import TimeSource
from trunkline.errors import ArgumentError, DeadlineError

T = TypeVar("T")
_JITTER = 0.1


async def poll(
    time_source: TimeSource,
    call: Callable[[], Awaitable[T]],
    *,
    until: Callable[[T], bool],
    every: float,
    timeout: float | None,
) -> T:
    """See `BaseClient.poll`."""
    check_function(call, "poll: what it calls", "lambda: client.orders.get(5)")
    check_plain_function(until, "poll: until")
    for name, seconds in (("every", every), ("timeout", timeout)):
        if seconds is not None and not _is_time(seconds):
            raise ArgumentError(f"poll: {name} must be seconds above 0, not {seconds!r}")
    began = time_source.clock()
    attempts = 0
    while True:
        result = await _within(time_source, _awaitable(call()), began, timeout, attempts)
        attempts += 1
        if _is_wanted(until(result)):
            return result
        # Jitter, so that a thousand orders placed together are not asked for together.
        pause = every * (1 + _JITTER * (2 * time_source.random() - 1))
        # The end is known before the wait, so the error comes without it.
        if timeout is not None and time_source.clock() - began + pause > timeout:
            raise _overdue(timeout, attempts)
        await time_source.sleep(pause)


def _is_time(seconds: Any) -> bool:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return False
    return math.isfinite(seconds) and seconds > 0


def _awaitable(work: Awaitable[T]) -> Awaitable[T]:
    if not inspect.isawaitable(work):
        raise ArgumentError(f"poll: the function must return a call to await, not {described(work)}")
    return work


def _is_wanted(found: Any) -> bool:
    """Return whether the result is as wanted; a coroutine would count as true, whatever it stands for."""
    if inspect.isawaitable(found):
        raise ArgumentError(f"poll: until must return true or false, not {described(found)}")
    return bool(found)


async def _within(
    time_source: TimeSource, work: Awaitable[T], began: float, timeout: float | None, attempts: int
) -> T:
    if timeout is None:
        return await work
    left = max(0.0, timeout - (time_source.clock() - began))
    limit = asyncio.timeout(left)
    try:
        async with limit:
            return await work
    except TimeoutError:
        if not limit.expired():
            raise
    raise _overdue(timeout, attempts)


def _overdue(timeout: float, attempts: int) -> DeadlineError:
    calls = "1 call" if attempts == 1 else f"{attempts:,} calls"
    return DeadlineError(
        f"poll: the result was not as wanted within {seconds_text(timeout)} s ({calls})",
        attempts=attempts,
    )


__all__ = ["poll"]
