"""Time that only a test moves: a client's waits cost nothing and are all written down."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random as _random
import time
from itertools import count
from typing import Final

from trunkline.config import TimeSource
from trunkline.errors import ArgumentError

START: Final = 1_760_000_000.0
"""Where the wall clock of a `FakeClock` begins: 9 October 2025, 08:53:20 UTC."""


class FakeClock:
    """Clock, wall clock, sleep and randomness of a client.

        client = idi.Client(…, time_source=FakeClock().time_source())

    Sleeping takes no time: it moves the clock to the moment at which the earliest sleeper wakes, so that
    tasks which sleep side by side wake in the order in which they really would, and a wait of an hour that
    many share moves the clock by one hour.

    Args:
        start: Unix seconds at which the wall clock begins; the monotonic one begins at 0.
        random: what the client draws: a number in [0, 1) each time, or None for a seeded generator.
        running: whether it also moves with the real time.
        auto: False makes sleepers wait until `advance` is called, for tests of what happens in between.
    Attributes:
        slept: every wait in seconds, in the order in which they began.
    """

    def __init__(
        self,
        *,
        start: float = START,
        random: float | None = 0.5,
        running: bool = False,
        auto: bool = True,
    ) -> None:
        if random is not None and not 0 <= random < 1:
            raise ArgumentError("random must be in [0, 1)")
        self.slept: list[float] = []
        self._wall = start
        self._moved = 0.0
        self._began = time.monotonic() if running else None
        self._auto = auto
        self._random = random
        self._generator = _random.Random(0)  # noqa: S311 - jitter of a test, not a secret
        self._sleepers: list[tuple[float, int]] = []
        self._numbers = count()
        self._waiting: list[asyncio.Future[None]] = []

    def clock(self) -> float:
        """Monotonic seconds."""
        return self._moved if self._began is None else self._moved + time.monotonic() - self._began

    def wall(self) -> float:
        """Unix seconds."""
        return self._wall + self.clock()

    def random(self) -> float:
        """The next random number."""
        return self._generator.random() if self._random is None else self._random

    def advance(self, seconds: float) -> None:
        """Let time pass; sleepers that are due wake at their next turn."""
        if seconds < 0:
            raise ArgumentError("time only moves forward")
        self._moved += seconds
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            # A test may move the time of a client that lives in another thread.
            with contextlib.suppress(RuntimeError):  # that loop is closed, and with it the waiter
                each.get_loop().call_soon_threadsafe(_wake, each)

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock; other tasks always get a turn."""
        wait = max(0.0, seconds)
        self.slept.append(wait)
        # The number orders sleepers that wake at the same moment by when they fell asleep,
        # as an event loop does.
        sleeper = (self.clock() + wait, next(self._numbers))
        heapq.heappush(self._sleepers, sleeper)
        try:
            await asyncio.sleep(0)  # whoever falls asleep at the same moment is counted in
            while (left := sleeper[0] - self.clock()) > 0:
                # Only the earliest sleeper moves the clock. If each moved it by its own wait, a hundred
                # tasks that wait one second each would take a hundred.
                if self._auto and self._sleepers[0] == sleeper:
                    self._moved += left
                elif self._auto:
                    await asyncio.sleep(0)
                else:
                    moved = asyncio.get_running_loop().create_future()
                    self._waiting.append(moved)
                    await moved
        finally:
            self._sleepers.remove(sleeper)
            heapq.heapify(self._sleepers)

    def time_source(self) -> TimeSource:
        """What a client takes as `time_source`."""
        return TimeSource(clock=self.clock, wall=self.wall, sleep=self.sleep, random=self.random)

    def __repr__(self) -> str:
        return f"<FakeClock {self.clock():g} s after its start, {len(self._sleepers)} asleep>"


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


__all__ = ["START", "FakeClock"]
