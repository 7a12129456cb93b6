"""Waiting for a state: the same call again until its result is as wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

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
    if not callable(call) or not callable(until):
        raise ArgumentError("poll takes a function that makes the call, and until= a function of its result")
    if every <= 0 or (timeout is not None and timeout <= 0):
        raise ArgumentError("poll: every and timeout are seconds above 0")
    began = time_source.clock()
    attempts = 0
    while True:
        result = await _within(time_source, call(), began, timeout, attempts)
        attempts += 1
        if until(result):
            return result
        # Jitter, so that a thousand orders placed together are not asked for together.
        pause = every * (1 + _JITTER * (2 * time_source.random() - 1))
        # The end is known before the wait, so the error comes without it.
        if timeout is not None and time_source.clock() - began + pause > timeout:
            raise _overdue(timeout, attempts)
        await time_source.sleep(pause)


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
    return DeadlineError(
        f"poll: the result was not as wanted within {seconds_text(timeout)} s ({attempts} calls)",
        attempts=attempts,
    )


__all__ = ["poll"]
