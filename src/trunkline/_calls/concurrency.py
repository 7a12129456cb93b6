"""The adaptive limit of requests in flight: additive increase, multiplicative decrease."""

from __future__ import annotations

import asyncio
from collections import deque


class ConcurrencyLimiter:
    """At most `limit` holders; the limit follows what the vendor bears, as in RFC 8257.

    A round of successes adds one, up to `ceiling`. Refusals take away half of their share in a round, at
    least one, down to `floor`: a vendor that refuses everything halves the limit, one that refuses a few
    requests at random costs one or two. A round is as many responses as there were requests in flight at its
    first refusal.

    `try_acquire()` is the fast path and never waits; where it returns False, `acquire()` waits. FIFO-fair,
    and safe when any waiting task is cancelled.
    """

    __slots__ = (
        "_credit",
        "_floor",
        "_left",
        "_level",
        "_refused",
        "_round",
        "_used",
        "_waiting",
        "ceiling",
        "limit",
    )

    def __init__(self, ceiling: int, floor: int) -> None:
        self.ceiling = ceiling
        self._floor = floor
        self._used = 0
        self._credit = 0
        self._round = self._left = self._refused = 0
        # The level is a float, so that small refusals add up; the limit is its whole part.
        self._level = float(ceiling)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.limit = ceiling

    @property
    def used(self) -> int:
        """The number of holders."""
        return self._used

    def try_acquire(self) -> bool:
        """Become a holder if there is room and nobody waits for it."""
        # Waiting tasks come first, or a stream of new calls could overtake them for ever.
        if self._used < self.limit and not self._waiting:
            self._used += 1
            return True
        return False

    async def acquire(self) -> None:
        """Become a holder, in the order of asking."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        except BaseException:
            # Granted and cancelled in the same turn of the loop: the place passes on.
            if future.done() and not future.cancelled():
                self.release()
            else:
                future.cancel()
            raise

    def release(self) -> None:
        """Stop being a holder; the longest waiting task takes the place."""
        self._used -= 1
        if self._left:
            self._left -= 1
            if not self._left:
                self._end_round()
        if self._waiting:
            self._wake()

    def _wake(self) -> None:
        while self._waiting and self._used < self.limit:
            future = self._waiting.popleft()
            if not future.done():
                self._used += 1
                future.set_result(None)

    def on_pressure(self) -> None:
        """Record a refusal; the limit is lowered once per round."""
        if not self._left:
            # A burst of refusals belongs to one moment of overload. Lowered for each of them, the limit
            # would fall to the floor at once.
            self._round = self._left = self._used
            self._refused = 0
        self._refused += 1

    def _end_round(self) -> None:
        share = min(1.0, self._refused / self._round)
        self._level = max(float(self._floor), self._level - max(1.0, self._level * share / 2.0))
        self._credit = 0
        self.limit = int(self._level)

    def on_success(self) -> None:
        """Record a success; `limit` of them raise the limit by one."""
        if self.limit >= self.ceiling:
            return
        self._credit += 1
        # One more for each round of successes: linear growth, as in TCP's congestion avoidance
        # (RFC 5681 section 3.1).
        if self._credit >= self.limit:
            self._level = min(float(self.ceiling), self._level + 1.0)
            self.limit = int(self._level)
            self._credit = 0
            self._wake()


__all__ = ["ConcurrencyLimiter"]
