"""The loop around one call: permission, credentials, send; then done, again, or an error.

The order of the policies is written here and in `admission`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from trunkline._calls.admission import Admission
from trunkline._calls.call import Call, Stats
from trunkline._calls.counters import current
from trunkline._calls.retry import Failure, RetryBudget, decide
from trunkline._calls.waits import Waits
from trunkline._wire.messages import Response, Transport
from trunkline._wire.responses import retry_after, status_error
from trunkline._wire.statuses import PRESSURE, may_have_run
from trunkline.auth import Auth, AuthContext, Headers
from trunkline.config import Limits, RetryPolicy, Timeouts, TimeSource
from trunkline.errors import ConfigError, DeadlineError, ResponseShapeError, TransportError
from trunkline.events import AttemptEvent, Hook, RetryEvent
from trunkline.operation import Operation

Hint = Callable[[Operation[Any], int | None], str | None]


class Attempts:
    """Makes attempts for all calls of one client and shares their experience.

    Args:
        hint: what a user may do about a status, or about no response (None); added to the error's text.
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
        self.stats = Stats()
        self.closed = False
        self._transport = transport
        self._auth = auth
        self._context = context
        self._time_source = time_source
        self._emit = emit
        self._hint = hint
        self._timeout = timeouts.attempt
        self._waits = Waits(time_source, self.stats, emit)
        self.admission = Admission(limits, time_source, self._waits, emit)
        self._budget = None
        if policy.budget is not None:
            self._budget = RetryBudget(policy.budget, policy.budget_per_second, time_source.clock())

    async def run(self, call: Call) -> Response:
        """Attempt until there is a success, or nothing that may be tried any more.

        Raises:
            StatusError, TransportError, DeadlineError, ResponseShapeError: the last attempt's.
        """
        self.stats.calls += 1
        if call.limited:  # a token is fetched for all keys of a bulk run, and counts for none
            call.counters = current.get()
            if call.counters.rules is not None:
                call.counters.rules.apply(call, self._time_source)
                if call.counters.rules.probe:
                    self.admission.allow_probe()
        if self._budget is not None:
            self._budget.earn()
        while True:
            try:
                response = await (self._admitted(call) if call.limited else self._send(call))
            except TransportError as error:
                await self._after_loss(call, error)
                continue
            except ResponseShapeError as error:
                raise ResponseShapeError(
                    f"{call.name}: {error}", operation=call.name, paths=error.paths
                ) from None
            status = response.status
            if status != 401:
                if call.op.auth != ():  # the response to a login proves nothing about its token
                    self._auth.accepted()
                if 200 <= status < 300:
                    response.attempts = call.attempts
                    return response
            elif await self._renewed(call):
                continue
            await self._after_status(call, response)

    async def _admitted(self, call: Call) -> Response:
        """One attempt with permission. Its slot and connection are free before any wait for the next."""
        admission = self.admission
        await admission.take_slot(call)
        ok = False
        try:
            await admission.pass_on(call)
            response = await self._send(call)
            ok = admission.learn(call, response)
            return response
        finally:
            admission.leave(call, ok)

    async def _send(self, call: Call) -> Response:
        credentials: Headers | None = {}
        if self.closed:
            raise _closed(call)
        if call.op.auth != ():
            credentials = self._auth.ready(self._context)
            if credentials is None:
                credentials = await self._waits.within(call, self._auth.headers(self._context), "token")
            call.credentials = credentials
        timeout = self._timeout
        if call.deadline is not None:
            left = self._waits.left(call)
            timeout = left if timeout is None else min(timeout, left)
        call.attempts += 1
        stats = self.stats
        call.number = stats.attempts = stats.attempts + 1
        call.counters.attempts += 1
        began = 0.0 if self._emit is None else self._time_source.clock()
        try:
            response = await self._transport.send(call.request, credentials, timeout)
        except BaseException as error:
            stats.lost += 1
            self._attempted(call, began, None, type(error).__name__)
            raise
        stats.statuses[response.status] = stats.statuses.get(response.status, 0) + 1
        self._attempted(call, began, response.status, None)
        return response

    def _attempted(self, call: Call, began: float, status: int | None, error: str | None) -> None:
        if self._emit is None:
            return
        url = call.request.url
        self._emit(
            AttemptEvent(
                operation=call.name,
                attempt=call.attempts,
                status=status,
                error=error,
                seconds=self._time_source.clock() - began,
                call=id(call),
                method=call.request.method,
                host=url.host or "",
                port=url.port or 0,
            )
        )

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
        call.counters.retries += 1
        if self._emit is not None:
            self._emit(
                RetryEvent(
                    operation=call.name, attempt=call.attempts, delay=delay, reason=reason, call=id(call)
                )
            )

    async def _after_status(self, call: Call, response: Response) -> None:
        """Wait for the next attempt, or raise the response's error."""
        status = response.status
        asked = retry_after(response.headers.get("Retry-After"), self._time_source.wall())
        if status not in PRESSURE:
            call.failures += 1
        if not await self._again(call, Failure(status=status, retry_after=asked), str(status)):
            advice = self._hint(call.op, status)
            error = status_error(call.op, response, attempts=call.attempts, wait=asked, advice=advice)
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
        call.ran |= failure.processed and failure.status != 429 and may_have_run(failure.status or 500)
        delay = None if self.closed else self._delay(call, failure)
        if delay is None:
            return False
        self._repeat(call, delay, reason)
        if delay > 0:
            await self._waits.within(call, self._time_source.sleep(delay), "backoff")
        return True

    def _delay(self, call: Call, failure: Failure) -> float | None:
        """Seconds until the next attempt; None where there is none."""
        now = self._time_source.clock()
        elapsed = now - call.began
        delay = decide(
            call.policy,
            failure,
            repeatable=call.repeatable,
            attempt=call.attempts,
            failures=call.failures,
            elapsed=elapsed,
            random=self._time_source.random(),
        ).delay
        most = min(
            float("inf") if call.policy.deadline is None else call.policy.deadline - elapsed,
            float("inf") if call.deadline is None else call.deadline - now,
        )
        if delay is None or delay > most:
            return None
        if self._budget is not None and call.policy.budget is not None:
            earned = self._budget.spend(now, most)
            return None if earned is None else max(delay, earned)
        return delay


def _closed(call: Call) -> ConfigError:
    error = ConfigError(f"{call.name}: the client was closed before the response came")
    error.may_have_run = call.ran
    return error


__all__ = ["Attempts"]
