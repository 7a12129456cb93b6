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
    """At most `limit` holders: additive increase, multiplicative decrease in proportion (as in RFC 8257).

    A round of successes adds one slot, up to `ceiling`. Refusals take away half of their share in a round, at
    least one slot, down to `floor`: a vendor that refuses everything halves the limit, one that refuses a few
    requests at random costs a slot or two.

    A round is as many answers as there were requests under way at its first refusal.
    `take()` is the fast way and never waits; where it says no, `wait()` does.
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
        self._level = float(ceiling)
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

    def ease(self) -> None:
        """A holder was refused: count it, and lower the limit when the round is over."""
        if not self._left:
            self._round = self._left = self._used
            self._refused = 0
        self._refused += 1

    def _end_round(self) -> None:
        share = min(1.0, self._refused / self._round)
        self._level = max(float(self._floor), self._level - max(1.0, self._level * share / 2.0))
        self._credit = 0
        self.limit = int(self._level)

    def press(self) -> None:
        """A request succeeded: after `limit` of them there is one slot more."""
        if self.limit >= self.ceiling:
            return
        self._credit += 1
        if self._credit >= self.limit:
            self._level = min(float(self.ceiling), self._level + 1.0)
            self.limit = int(self._level)
            self._credit = 0
            self._wake()


class Gate:
    """Holds up all tasks of a client while its vendor is overloaded; the first to try again is the probe.

    `closed` is all that a request looks at while things are well. After `close(seconds)` the tasks stay in
    `wait()` that long; then one passes as the probe and the others wait for what it learns: `report(True)`
    opens the gate, `close` shuts it anew, `report(False)` (it failed otherwise, was cancelled) lets the next
    probe.

    A request that was under way already is as good a probe: if it was sent after the refused one and came
    through, the refusal was an isolated one and the gate opens (`came_through`), unless the vendor itself
    said how long to wait. Requests are told apart by numbers that rise in the order of sending.
    """

    __slots__ = (
        "_asked",
        "_changed",
        "_clock",
        "_probing",
        "_refused",
        "_sleep",
        "_sleeping",
        "closed",
        "reason",
        "runs",
        "times",
        "until",
    )

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._changed: asyncio.Future[None] | None = None
        self._probing = False
        self._refused = 0
        self._asked = False
        self._sleeping = False
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

    def close(self, seconds: float, reason: int, *, number: int = 0, asked: bool = True) -> bool:
        """Close, or stay closed, for at least `seconds` from now; whether the gate was open or probing.

        number: of the refused request. asked: the vendor itself said how long to wait.
        """
        fresh = not self.closed or self._probing
        self._asked = asked or (self.closed and self._asked)
        self._refused = max(self._refused, number)
        self.closed = True
        self.reason = reason
        self.until = max(self.until, self._clock() + seconds)
        if fresh:
            self.times += 1
        self._probing = False
        self._announce()
        return fresh

    async def wait(self, may_wait: Callable[[], None] = lambda: None) -> bool:
        """Wait until the gate is open (False) or this task may probe (True, then `report` must follow).

        One of the waiting tasks sleeps, the others wait for what changes. may_wait: called before each wait,
        raises where the gate stays closed for too long.
        """
        while self.closed:
            try:
                may_wait()
            except BaseException:
                self._announce()  # it may be the one that slept: another one must
                raise
            pause = self.until - self._clock()
            if pause <= 0 and not self._probing:
                self._probing = True
                return True
            if pause > 0 and not self._sleeping:
                await self._sleep_out(pause)
            else:
                if self._changed is None:
                    self._changed = asyncio.get_running_loop().create_future()
                await asyncio.shield(self._changed)
        return False

    async def _sleep_out(self, pause: float) -> None:
        self._sleeping = True
        try:
            await self._sleep(pause)
        except BaseException:
            self._sleeping = False
            self._announce()  # another one sleeps instead
            raise
        self._sleeping = False

    def came_through(self, number: int) -> bool:
        """A request other than the probe succeeded; whether that opened the gate."""
        if not self.closed or self._asked or number <= self._refused:
            return False
        self._open()
        return True

    def report(self, ok: bool) -> bool:
        """What the probe learnt; whether that opened the gate. A gate closed anew meanwhile stays closed."""
        if not self._probing:
            return False
        if ok:
            self._open()
        else:
            self._probing = False
            self._announce()
        return ok

    def _open(self) -> None:
        self.closed = self._probing = False
        self.times = 0
        self.until = 0.0
        self._announce()

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
