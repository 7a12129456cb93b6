"""The rate limit of one client. `trunkline.config.RateLimiter` is the protocol of those that are shared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final


class LocalRateLimiter:
    """Evenly spaced requests: the n-th goes no earlier than n / per_second after the first.

    A cancelled waiter loses its turn, which only makes the rate lower.
    """

    __slots__ = ("_clock", "_interval", "_next", "_sleep")

    def __init__(
        self, per_second: float, clock: Callable[[], float], sleep: Callable[[float], Awaitable[Any]]
    ) -> None:
        self._interval: Final = 1.0 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    async def acquire(self) -> float:
        """Wait for the next turn; the result is the time waited in seconds."""
        now = self._clock()
        # A pause is not made up for by a burst: vendors count requests in windows of their own, which
        # a burst would exceed.
        turn = max(self._next, now)
        # The turn is reserved before the wait, so tasks that ask at the same moment get different ones.
        self._next = turn + self._interval
        if turn > now:
            await self._sleep(turn - now)
        return turn - now


__all__ = ["LocalRateLimiter"]
