"""Permission for one attempt: a concurrency slot, the circuit breaker, the rate limit, in this order.

The slot comes first, so that a task that waits at the breaker counts as one in flight and the probe is
followed by no more requests than the limit allows. While all is well an attempt takes a slot and looks at
the breaker's flag, nothing else.
"""

from __future__ import annotations

from typing import NoReturn

from trunkline._calls.breaker import CircuitBreaker
from trunkline._calls.call import Call
from trunkline._calls.concurrency import ConcurrencyLimiter
from trunkline._calls.rate import LocalRateLimiter
from trunkline._calls.retry import backoff
from trunkline._calls.waits import Waits
from trunkline._wire.messages import Response
from trunkline._wire.responses import asked_wait
from trunkline._wire.statuses import PRESSURE, seconds_text
from trunkline.config import Limits, RateLimiter, TimeSource, parse_rate
from trunkline.errors import RateLimitedError, UnavailableError
from trunkline.events import BreakerEvent, BreakerState, Hook


class Admission:
    """Admits the attempts of all calls of one client, and learns from their responses."""

    def __init__(self, limits: Limits, time_source: TimeSource, waits: Waits, emit: Hook | None) -> None:
        self._time_source = time_source
        self._waits = waits
        self._emit = emit
        self._breaker_after = limits.breaker_after
        self._breaker_base = limits.breaker_base
        self._breaker_cap = limits.breaker_cap
        self.limiter = (
            None
            if limits.concurrency is None
            else ConcurrencyLimiter(limits.concurrency, limits.min_concurrency)
        )
        self.breaker = CircuitBreaker(time_source.clock, time_source.sleep) if limits.breaker else None
        self._rate: RateLimiter | None
        if isinstance(limits.rate, str):
            self._rate = LocalRateLimiter(parse_rate(limits.rate), time_source.clock, time_source.sleep)
        else:
            self._rate = limits.rate

    def try_slot(self) -> bool:
        """Take a slot where one is free; `leave` gives it back."""
        return self.limiter is None or self.limiter.try_acquire()

    async def take_slot(self, call: Call) -> None:
        """Take a slot, waiting for it; `leave` gives it back."""
        if self.limiter is not None:
            await self._waits.within(call, self.limiter.acquire(), "slot")

    def is_free(self) -> bool:
        """Whether an attempt may go without `pass_on`: no coroutine is made while all is well."""
        return self._rate is None and (self.breaker is None or not self.breaker.is_open)

    async def pass_on(self, call: Call) -> None:
        """Pass the breaker and the rate limit; marks the call that is the breaker's probe.

        Raises:
            RateLimitedError, UnavailableError: the breaker stays open for longer than the call may wait.
        """
        if self.breaker is not None and self.breaker.is_open:
            await self._pass_breaker(call, self.breaker)
        if self._rate is not None:
            await self._waits.within(call, self._rate.acquire(), "rate")

    def allow_probe(self) -> None:
        """Let the next call try an open breaker now: a paused bulk run asks once a minute, whatever time the
        vendor named, so that it continues soon after the vendor is back."""
        if self.breaker is not None and self.breaker.is_open:
            self.breaker.until = min(self.breaker.until, self._time_source.clock())

    def learn(self, call: Call, response: Response) -> bool:
        """Adapt to the response of an attempt; whether it shows a vendor that keeps up."""
        if response.status in PRESSURE:
            self._under_pressure(call, response)
            return False
        breaker, limiter = self.breaker, self.limiter
        if breaker is not None:
            # A 503 opens the breaker only after several in a row: a single one between successes is one
            # server's trouble.
            breaker.overloads = 0
            if breaker.is_open and not call.probing and breaker.on_success(call.number):
                self._tell("closed", 0.0, "others came through")
        # The test is here and not in the limiter to save a call for each response while all is well.
        if limiter is not None and limiter.limit < limiter.ceiling:
            limiter.on_success()
        return True

    def leave(self, call: Call, ok: bool) -> None:
        """End of an attempt: give the slot back, report what the probe found."""
        if self.limiter is not None:
            self.limiter.release()
        if call.probing and self.breaker is not None:
            call.probing = False
            if self.breaker.report(ok):
                self._tell("closed", 0.0, "probe answered")

    async def _pass_breaker(self, call: Call, breaker: CircuitBreaker) -> None:
        wait = breaker.wait(lambda: self._refuse_long_wait(call, breaker))
        if await self._waits.within(call, wait, "breaker"):
            call.probing = True
            self._tell("half-open", 0.0, str(breaker.status))

    def _refuse_long_wait(self, call: Call, breaker: CircuitBreaker) -> None:
        """Fail at once where the breaker stays open for longer than this call may wait."""
        pause = breaker.remaining
        elapsed = self._time_source.clock() - call.began
        policy = call.policy
        too_late = policy.deadline is not None and elapsed + pause > policy.deadline
        # A call that would only wait and then fail fails now, and its caller can use the time.
        if pause > policy.max_retry_after or too_late:
            _refuse(call, breaker.status, pause, asked=breaker.asked)

    def _under_pressure(self, call: Call, response: Response) -> None:
        """429, or 503 for the n-th time in a row: open the breaker, lower the concurrency."""
        if self.limiter is not None:
            self.limiter.on_pressure()
        breaker = self.breaker
        if breaker is None:
            return
        if response.status == 503:
            breaker.overloads += 1
            if breaker.overloads < self._breaker_after and not breaker.is_open:
                return
        asked = asked_wait(response.headers, self._time_source.wall())
        # Clients that were refused together must not come back together.
        jitter = backoff(call.policy, breaker.opened + 1, self._time_source.random(), base=self._breaker_base)
        # A server may ask for days; the cap bounds what one header can hold up for the whole client.
        pause = min(max(asked or 0.0, jitter), self._breaker_cap)
        if breaker.trip(pause, response.status, number=call.number, asked=asked is not None):
            self._tell("open", pause, str(response.status))

    def _tell(self, state: BreakerState, seconds: float, reason: str) -> None:
        if self._emit is not None:
            self._emit(BreakerEvent(state=state, seconds=seconds, reason=reason))


def _refuse(call: Call, status: int, pause: float, *, asked: bool) -> NoReturn:
    cls = RateLimitedError if status == 429 else UnavailableError
    sent = "" if call.attempts else "; nothing was sent"
    wait = seconds_text(pause)
    why = f"the vendor asked to wait {wait} s" if asked else f"status {status}, asked again in {wait} s"
    raise cls(
        f"{call.name}: {why}, longer than this call may{sent}",
        operation=call.name,
        status=status,
        # what the vendor did not name is no time to rely on
        retry_after=pause if asked else None,
        attempts=call.attempts,
        retryable=True,
        may_have_run=call.ran,
    )


__all__ = ["Admission"]
