"""How hard a client presses: slots that adapt, one gate for all tasks, an even pace.

Every class is FIFO-fair and survives the cancellation of any waiter: what it was granted goes to the next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[Any]]


class Slots:
    """At most `limit` holders. `limit` halves on pressure down to `floor` and grows by one for each round of
    successes up to `ceiling` (additive increase, multiplicative decrease).

    `take()` is the fast way and never waits; where it says no, `wait()` does.
    """

    __slots__ = ("_credit", "_floor", "_hold", "_used", "_waiting", "ceiling", "limit")

    def __init__(self, ceiling: int, floor: int) -> None:
        self.ceiling = ceiling
        self._floor = floor
        self._used = 0
        self._credit = 0
        self._hold = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.limit = ceiling

    @property
    def used(self) -> int:
        """How many slots are held."""
        return self._used

    def take(self) -> bool:
        """Take a slot if one is free and nobody waits for it."""
        if self._used < self.limit and not self._waiting:
            self._used += 1
            return True
        return False

    async def wait(self) -> None:
        """Take a slot, in the order of asking."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        except BaseException:
            if future.done() and not future.cancelled():
                self.give()
            else:
                future.cancel()
            raise

    def give(self) -> None:
        """Give a slot back; the longest waiting task gets it."""
        self._used -= 1
        if self._hold:
            self._hold -= 1
        if self._waiting:
            self._wake()

    def _wake(self) -> None:
        while self._waiting and self._used < self.limit:
            future = self._waiting.popleft()
            if not future.done():
                self._used += 1
                future.set_result(None)

    def ease(self) -> None:
        """The vendor is under pressure: halve the limit, once for all the requests that are under way now."""
        if not self._hold:
            self._hold = self._used
            self.limit = max(self._floor, self.limit // 2)
            self._credit = 0

    def press(self) -> None:
        """A request succeeded: after `limit` of them there is one slot more."""
        if self.limit >= self.ceiling:
            return
        self._credit += 1
        if self._credit >= self.limit:
            self.limit += 1
            self._credit = 0
            self._wake()


class Gate:
    """Holds up all tasks of a client while its vendor is overloaded; the first to try again is the probe.

    `closed` is all that a request looks at while things are well. After `close(seconds)` the tasks in
    `wait()` sleep; then one passes as the probe and the others wait for what it learns: `report(True)` opens
    the gate, `close` shuts it anew, `report(False)` (it failed otherwise, was cancelled) lets the next probe.
    """

    __slots__ = ("_changed", "_clock", "_probing", "_sleep", "closed", "reason", "runs", "times", "until")

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._changed: asyncio.Future[None] | None = None
        self._probing = False
        self.runs = 0
        self.closed = False
        self.until = 0.0
        self.reason = 0
        self.times = 0
        """How often in a row it was closed, for the backoff of an answer without Retry-After.

        `runs` counts the 503 answers in a row; the attempt loop keeps it.
        """

    @property
    def remaining(self) -> float:
        """Seconds until the next probe may go."""
        return max(0.0, self.until - self._clock()) if self.closed else 0.0

    def close(self, seconds: float, reason: int) -> bool:
        """Close, or stay closed, for at least `seconds` from now; whether the gate was open or probing."""
        fresh = not self.closed or self._probing
        self.closed = True
        self.reason = reason
        self.until = max(self.until, self._clock() + seconds)
        if fresh:
            self.times += 1
        self._probing = False
        self._announce()
        return fresh

    async def wait(self) -> bool:
        """Wait until the gate is open (False) or this task may probe (True, then `report` must follow)."""
        while self.closed:
            pause = self.until - self._clock()
            if pause > 0:
                await self._sleep(pause)
            elif not self._probing:
                self._probing = True
                return True
            else:
                if self._changed is None:
                    self._changed = asyncio.get_running_loop().create_future()
                await asyncio.shield(self._changed)
        return False

    def report(self, ok: bool) -> bool:
        """What the probe learnt; whether that opened the gate. A gate closed anew meanwhile stays closed."""
        if not self._probing:
            return False
        self._probing = False
        if ok:
            self.closed = False
            self.times = 0
        self._announce()
        return ok

    def _announce(self) -> None:
        if self._changed is not None:
            if not self._changed.done():
                self._changed.set_result(None)
            self._changed = None


class Pace:
    """Evenly spaced requests: the n-th goes no earlier than n / per_second after the first.

    A cancelled waiter loses its turn, which only makes the pace slower.
    """

    __slots__ = ("_clock", "_interval", "_next", "_sleep")

    def __init__(self, per_second: float, clock: Clock, sleep: Sleep) -> None:
        self._interval: Final = 1.0 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    async def acquire(self) -> float:
        """Wait for the next turn; the result is the time waited."""
        now = self._clock()
        turn = max(self._next, now)
        self._next = turn + self._interval
        if turn > now:
            await self._sleep(turn - now)
        return turn - now


__all__ = ["Gate", "Pace", "Slots"]
