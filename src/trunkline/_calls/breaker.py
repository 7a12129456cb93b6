"""The circuit breaker: one response of an overloaded vendor holds up every task of its client.

FIFO-fair, and safe when any waiting task is cancelled: what it was to do passes to the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[Any]]


class CircuitBreaker:
    """Closed while requests flow, open while they are held back, half-open while a single probe tries.

    A request looks at `is_open` only. After `trip(seconds)` tasks stay in `wait()` that long; then one passes
    as the probe and the others wait for its result: `report(True)` closes the breaker, `trip` opens it anew,
    `report(False)` (it failed otherwise, or was cancelled) lets the next task probe.

    A request that is already under way is as good a probe: if it was sent after the refused one and
    succeeds, the refusal was an isolated one and the breaker closes (`on_success`), unless the vendor itself
    stated how long to wait. Requests are identified by numbers that rise in the order of sending.
    """

    __slots__ = (
        "_asked",
        "_changed",
        "_clock",
        "_probing",
        "_refused",
        "_sleep",
        "_sleeping",
        "is_open",
        "opened",
        "overloads",
        "status",
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
        self.is_open = False
        self.until = 0.0
        self.status = 0
        """The HTTP status that opened it."""
        self.opened = 0
        """How often in a row it opened, for the backoff after a response without Retry-After."""
        self.overloads = 0
        """Responses of 503 in a row; the admission keeps it."""

    @property
    def remaining(self) -> float:
        """Seconds until the next probe may go."""
        return max(0.0, self.until - self._clock()) if self.is_open else 0.0

    @property
    def asked(self) -> bool:
        """Whether the vendor itself stated how long to wait."""
        return self._asked

    def trip(self, seconds: float, status: int, *, number: int = 0, asked: bool = True) -> bool:
        """Open, or stay open, for at least `seconds` from now; whether it was closed or half-open before.

        number: of the refused request. asked: the vendor itself stated how long to wait.
        """
        # A refused probe counts as a new opening, so the backoff grows with each of them.
        fresh = not self.is_open or self._probing
        self._asked = asked or (self.is_open and self._asked)
        self._refused = max(self._refused, number)
        self.is_open = True
        self.status = status
        # Requests in flight together are refused together; the longest wait that was named counts.
        self.until = max(self.until, self._clock() + seconds)
        if fresh:
            self.opened += 1
        self._probing = False
        self._announce()
        return fresh

    async def wait(self, may_wait: Callable[[], None] = lambda: None) -> bool:
        """Wait until it is closed (False) or this task may probe (True; then `report` must follow).

        may_wait: called before each wait; raises where the breaker stays open for too long.
        """
        # One waiting task sleeps, the others wait for a change: a thousand timers would fire at once.
        while self.is_open:
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
                # All waiting tasks share the future, and the cancellation of one must not
                # cancel it for the others.
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

    def on_success(self, number: int) -> bool:
        """A request other than the probe succeeded; whether that closed the breaker."""
        if not self.is_open or self._asked or number <= self._refused:
            return False
        self.reset()
        return True

    def report(self, ok: bool) -> bool:
        """The probe's result; whether it closed the breaker. One that opened anew meanwhile stays open."""
        if not self._probing:
            return False
        if ok:
            self.reset()
        else:
            self._probing = False
            self._announce()
        return ok

    def reset(self) -> None:
        """Close it and let every waiting task go."""
        self.is_open = self._probing = False
        self.opened = 0
        self.until = 0.0
        self._announce()

    def _announce(self) -> None:
        if self._changed is not None:
            if not self._changed.done():
                self._changed.set_result(None)
            self._changed = None


__all__ = ["CircuitBreaker"]
