"""The loop around one call: slot, gate, pace, credentials, send; then done, again, or an error.

The order of the policies is written here and nowhere else. While all is well the loop does no more than
take a slot, look at the gate's flag, and send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

from trunkline._calls.call import Call, Stats
from trunkline._calls.counters import NOBODY, current
from trunkline._calls.limits import Gate, Pace, Slots
from trunkline._calls.retry import Failure, RetryBudget, backoff, judge
from trunkline._wire.messages import Response, Transport
from trunkline._wire.responses import retry_after, status_error
from trunkline._wire.statuses import PRESSURE, may_have_run
from trunkline.auth import Auth, AuthContext, Headers
from trunkline.config import Limits, RateLimiter, RetryPolicy, Timeouts, TimeSource, parse_rate
from trunkline.errors import (
    ConfigError,
    DeadlineError,
    RateLimitedError,
    ResponseShapeError,
    TransportError,
    UnavailableError,
)
from trunkline.events import AttemptEvent, GateEvent, Hook, RetryEvent, WaitEvent
from trunkline.operation import Operation

T = TypeVar("T")
Hint = Callable[[Operation[Any], int | None], str | None]


class Attempts:
    """Makes attempts for all calls of one client and shares their experience.

    Args:
        hint: what a user may do about a status, or about no answer (None); added to the error's text.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        auth: Auth,
        context: AuthContext,
        limits: Limits,
        policy: RetryPolicy,
        timeouts: Timeouts,
        time_source: TimeSource,
        emit: Hook | None,
        hint: Hint,
    ) -> None:
        self._transport = transport
        self._auth = auth
        self._context = context
        self._time_source = time_source
        self._emit = emit
        self._hint = hint
        self._timeout = timeouts.attempt
        self._gate_after = limits.gate_after
        self._gate_base = limits.gate_base
        self._slots = (
            None if limits.concurrency is None else Slots(limits.concurrency, limits.min_concurrency)
        )
        self._gate = Gate(time_source.clock, time_source.sleep) if limits.gate else None
        self._pace: RateLimiter | None
        if isinstance(limits.rate, str):
            self._pace = Pace(parse_rate(limits.rate), time_source.clock, time_source.sleep)
        else:
            self._pace = limits.rate
        self._budget = None
        if policy.budget is not None:
            self._budget = RetryBudget(policy.budget, policy.budget_per_second, time_source.clock())
        self.stats = Stats()
        self.closed = False

    async def run(self, call: Call) -> Response:
        """Attempt until there is a success, or nothing that may be tried any more.

        Raises:
            StatusError, TransportError, DeadlineError, ResponseShapeError: the last attempt's.
        """
        self.stats.calls += 1
        if call.limited:  # a token is asked for all keys of a bulk run, and counts for none
            call.tally = current.get()
        if self._budget is not None:
            self._budget.earn()
        while True:
            try:
                answer = await self._once(call)
            except TransportError as error:
                await self._after_loss(call, error)
                continue
            except ResponseShapeError as error:
                raise ResponseShapeError(
                    f"{call.name}: {error}", operation=call.name, paths=error.paths
                ) from None
            status = answer.status
            if status != 401:
                if call.op.auth != ():  # an answer to a login proves nothing about its token
                    self._auth.accepted()
                if 200 <= status < 300:
                    answer.attempts = call.attempts
                    return answer
            elif await self._renewed(call):
                continue
            await self._after_status(call, answer)

    async def _once(self, call: Call) -> Response:
        """One attempt. The slot is given back, and the connection free, before any wait for the next."""
        if not call.limited:
            return await self._send(call)
        slots, gate = self._slots, self._gate
        if slots is not None and not slots.take():
            await self._patient(call, slots.wait(), "slot")
        probe = False
        ok = False
        try:
            if gate is not None and gate.closed:
                probe = await self._pass(call, gate)
            if self._pace is not None:
                await self._patient(call, self._pace.acquire(), "rate")
            answer = await self._send(call)
            if answer.status in PRESSURE:
                self._under_pressure(call, answer)
            else:
                ok = True
                if gate is not None:
                    gate.runs = 0
                    if gate.closed and not probe and gate.came_through(call.number):
                        self._tell(GateEvent(state="open", seconds=0.0, reason="others came through"))
                if slots is not None and slots.limit < slots.ceiling:
                    slots.press()
            return answer
        finally:
            if slots is not None:
                slots.give()
            if probe and gate is not None and gate.report(ok) and self._emit is not None:
                self._emit(GateEvent(state="open", seconds=0.0, reason="probe answered"))

    async def _send(self, call: Call) -> Response:
        credentials: Headers | None = {}
        if self.closed:
            raise _closed(call)
        if call.op.auth != ():
            credentials = self._auth.ready(self._context)
            if credentials is None:
                credentials = await self._patient(call, self._auth.headers(self._context), "token")
            call.credentials = credentials
        timeout = self._timeout
        if call.deadline is not None:
            left = self._left(call)
            timeout = left if timeout is None else min(timeout, left)
        call.attempts += 1
        stats = self.stats
        call.number = stats.attempts = stats.attempts + 1
        call.tally.attempts += 1
        began = 0.0 if self._emit is None else self._time_source.clock()
        try:
            answer = await self._transport.send(call.request, credentials, timeout)
        except BaseException as error:
            stats.lost += 1
            self._attempted(call, began, None, type(error).__name__)
            raise
        stats.statuses[answer.status] = stats.statuses.get(answer.status, 0) + 1
        self._attempted(call, began, answer.status, None)
        return answer

    def _attempted(self, call: Call, began: float, status: int | None, error: str | None) -> None:
        if self._emit is not None:
            took = self._time_source.clock() - began
            number = call.attempts
            url = call.request.url
            self._emit(
                AttemptEvent(
                    operation=call.name,
                    attempt=number,
                    status=status,
                    error=error,
                    seconds=took,
                    call=id(call),
                    method=call.request.method,
                    host=url.host or "",
                    port=url.port or 0,
                )
            )

    # -- waiting ---------------------------------------------------------------------------------------

    def _tell(self, event: Any) -> None:
        if self._emit is not None:
            self._emit(event)

    def _left(self, call: Call) -> float:
        """Seconds of the call's time that are left."""
        if call.deadline is None:
            return float("inf")
        left = call.deadline - self._time_source.clock()
        if left <= 0:
            raise self._overdue(call)
        return left

    def _overdue(self, call: Call) -> DeadlineError:
        return DeadlineError(
            f"{call.name}: the call's total time ran out",
            operation=call.name,
            attempts=call.attempts,
            may_have_run=call.ran,
        )

    async def _patient(self, call: Call, wait: Awaitable[T], what: Any) -> T:
        """Await something of our own within the call's total time, and account for it."""
        began = self._time_source.clock()
        tally = NOBODY if what == "slot" else call.tally
        tally.waiting += 1
        try:
            if call.deadline is None:
                return await wait
            async with asyncio.timeout(max(0.0, call.deadline - began)) as limit:
                return await wait
        except TimeoutError:
            if call.deadline is None or not limit.expired():
                raise
            raise self._overdue(call) from None
        finally:
            seconds = self._time_source.clock() - began
            if what != "slot":
                self.stats.waited_seconds += seconds
            tally.waiting -= 1
            tally.waited += seconds
            if self._emit is not None and seconds > 0:
                self._emit(WaitEvent(operation=call.name, what=what, seconds=seconds, call=id(call)))

    async def _pass(self, call: Call, gate: Gate) -> bool:
        """Wait at the closed gate; whether this call is the probe."""
        wait = gate.wait(lambda: self._refuse_long_wait(call, gate))
        if not await self._patient(call, wait, "gate"):
            return False
        self._tell(GateEvent(state="probing", seconds=0.0, reason=str(gate.reason)))
        return True

    def _refuse_long_wait(self, call: Call, gate: Gate) -> None:
        """Fail at once where the gate stays closed for longer than this call may wait."""
        pause = gate.remaining
        elapsed = self._time_source.clock() - call.began
        policy = call.policy
        too_late = policy.deadline is not None and elapsed + pause > policy.deadline
        if pause <= policy.max_retry_after and not too_late:
            return
        cls = RateLimitedError if gate.reason == 429 else UnavailableError
        raise cls(
            f"{call.name}: the vendor asked to wait {pause:g} s, longer than this call may; nothing was sent"
            if not call.attempts
            else f"{call.name}: the vendor asked to wait {pause:g} s, longer than this call may",
            operation=call.name,
            status=gate.reason,
            retry_after=pause,
            attempts=call.attempts,
            retryable=True,
            may_have_run=call.ran,
        )

    def _under_pressure(self, call: Call, answer: Response) -> None:
        """429, or 503 for the n-th time in a row: close the gate, lower the concurrency."""
        gate = self._gate
        if self._slots is not None:
            self._slots.ease()
        if gate is None:
            return
        if answer.status == 503:
            gate.runs += 1
            if gate.runs < self._gate_after and not gate.closed:
                return
        asked = retry_after(answer.headers.get("Retry-After"), self._time_source.wall())
        pause = max(
            asked or 0.0, backoff(call.policy, gate.times + 1, self._time_source.random(), self._gate_base)
        )
        if gate.close(pause, answer.status, number=call.number, asked=asked is not None):
            self._tell(GateEvent(state="closed", seconds=pause, reason=str(answer.status)))

    # -- after an attempt ------------------------------------------------------------------------------

    async def _renewed(self, call: Call) -> bool:
        """After 401: whether the call goes on once with another token."""
        if (
            call.renewed
            or call.op.auth == ()
            or not self._auth.rejected(call.credentials, self._time_source.wall())
        ):
            return False
        call.renewed = True
        self._repeat(call, 0.0, "401")
        return True

    def _repeat(self, call: Call, delay: float, reason: str) -> None:
        self.stats.retries += 1
        call.tally.retries += 1
        self._tell(
            RetryEvent(operation=call.name, attempt=call.attempts, delay=delay, reason=reason, call=id(call))
        )

    async def _after_status(self, call: Call, answer: Response) -> None:
        """Wait for the next attempt, or raise the answer's error."""
        status = answer.status
        asked = retry_after(answer.headers.get("Retry-After"), self._time_source.wall())
        if status not in PRESSURE:
            call.failures += 1
        if not await self._again(call, Failure(status=status, retry_after=asked), str(status)):
            advice = self._hint(call.op, status)
            error = status_error(call.op, answer, attempts=call.attempts, wait=asked, advice=advice)
            error.may_have_run |= call.ran
            raise error

    async def _after_loss(self, call: Call, error: TransportError) -> None:
        """Wait for the next attempt, or raise the transport's error with the operation's name."""
        call.failures += 1
        reason = "timeout" if isinstance(error, DeadlineError) else "connection"
        out_of_time = call.deadline is not None and self._time_source.clock() >= call.deadline
        if not out_of_time and await self._again(call, Failure(processed=error.may_have_run), reason):
            return
        self._raise(call, error)

    def _raise(self, call: Call, error: TransportError) -> NoReturn:
        if error.operation:  # ours, and complete: the call's total time ran out
            raise error
        advice = self._hint(call.op, None)
        raise type(error)(
            f"{call.name}: {error}" + (f"; {advice}" if advice else ""),
            operation=call.name,
            attempts=call.attempts,
            may_have_run=error.may_have_run or call.ran,
        ) from None

    async def _again(self, call: Call, failure: Failure, reason: str) -> bool:
        """Whether another attempt follows; the wait for it is over when this returns True."""
        clock = self._time_source.clock
        call.ran |= failure.processed and failure.status != 429 and may_have_run(failure.status or 500)
        if self.closed:
            return False
        elapsed = clock() - call.began
        delay = judge(
            call.policy,
            failure,
            repeatable=call.repeatable,
            attempt=call.attempts,
            failures=call.failures,
            elapsed=elapsed,
            random=self._time_source.random(),
        ).delay
        if delay is None:
            return False
        most = min(
            float("inf") if call.policy.deadline is None else call.policy.deadline - elapsed,
            float("inf") if call.deadline is None else call.deadline - clock(),
        )
        if delay > most:
            return False
        if self._budget is not None and call.policy.budget is not None:
            earned = self._budget.spend(clock(), most)
            if earned is None:
                return False
            delay = max(delay, earned)
        self._repeat(call, delay, reason)
        if delay > 0:
            await self._patient(call, self._time_source.sleep(delay), "backoff")
        return True


def _closed(call: Call) -> ConfigError:
    error = ConfigError(f"{call.name}: the client was closed before the answer came")
    error.may_have_run = call.ran
    return error


__all__ = ["Attempts"]
