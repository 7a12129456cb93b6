"""The loop around one call: permission, credentials, send; then done, again, or an error.

The order of the policies is written here and in `admission`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

from trunkline._calls.admission import Admission
from trunkline._calls.call import Call, Stats
from trunkline._calls.counters import CallRules, current, vendor_of
from trunkline._calls.reports import Reports, closed_error, note_if_unsafe, note_response
from trunkline._calls.retry import Failure, RetryBudget, decide
from trunkline._calls.waits import Waits
from trunkline._wire.failures import status_error
from trunkline._wire.messages import Response, Transport
from trunkline._wire.responses import asked_wait
from trunkline._wire.statuses import PRESSURE, is_away, may_have_run
from trunkline.auth import AuthContext, Headers
from trunkline.config import Limits, RetryPolicy, Timeouts, TimeSource
from trunkline.errors import (
    AuthError,
    DeadlineError,
    ResponseShapeError,
    TransportError,
    TrunklineError,
)
from trunkline.events import Hook
from trunkline.operation import Operation

T = TypeVar("T")
Hint = Callable[[Operation[Any], int | None], str | None]


class Attempts:
    """Makes attempts for all calls of one client and shares their experience.

    Args:
        hint: what a user may do about a status, or about no response (None); added to the error's text.
        secrets: returns the texts that no error may show.
        error_body: gives the body of an error of this status the type that the document has for it.
        identity: gives the client's address, user and routes, for what may only be resumed against the same.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        context: AuthContext,
        limits: Limits,
        policy: RetryPolicy,
        timeouts: Timeouts,
        time_source: TimeSource,
        emit: Hook | None,
        hint: Hint,
        secrets: Callable[[], Iterable[str]],
        error_body: Callable[[Operation[Any], int, Any], Any],
        identity: Callable[[], str] = str,
    ) -> None:
        self.stats = Stats()
        self.closed = False
        self._transport = transport
        self._context = context
        self._time_source = time_source
        self._emit = emit
        self._hint = hint
        self._secrets = secrets
        self._error_body = error_body
        self._identity = identity
        self._timeout = timeouts.attempt
        self._reports = Reports(time_source, self.stats, emit)
        self._waits = Waits(time_source, self.stats, emit)
        self.admission = Admission(limits, time_source, self._waits, emit)
        self._budget = None
        if policy.budget is not None:
            self._budget = RetryBudget(policy.budget, policy.budget_per_second, time_source.clock())

    async def run(self, call: Call) -> Response:
        """Attempt until there is a success, or no further attempt is allowed.

        Raises:
            StatusError, TransportError, DeadlineError, ResponseShapeError: the last attempt's.
        """
        self.stats.calls += 1
        rules: CallRules | None = None
        if call.limited:  # a token is fetched for all keys of a bulk run, and counts for none
            call.counters = current.get()
            rules = call.counters.rules
            if rules is not None:
                rules.apply(call, self._time_source, self._identity)
                if rules.probe:
                    self.admission.allow_probe()
        budget = self._budget
        if budget is not None:
            budget.begin()
        traits = call.traits
        try:
            while True:
                try:
                    response = await (self._admitted(call) if call.limited else self._send(call))
                except TransportError as error:
                    await self._after_loss(call, error)
                    continue
                # The transport could not read the response; repeating the call would meet the same
                # body, and the request has run.
                except ResponseShapeError as error:
                    raise _unreadable(call, error) from None
                status = response.status
                # Any response but these shows a bulk run that its vendor is there, also an error
                # of the vendor's own.
                if rules is not None and rules.on_response is not None and not self._is_away(response):
                    rules.on_response(vendor_of(call))
                if call.info is not None:
                    self._reports.fill(call, call.info, response)
                # Only a 401 is about the credentials (RFC 9110 section 15.5.2); any other response
                # shows that they were accepted.
                if status != 401:
                    traits.auth.accepted()
                    if 200 <= status < 300 or status in traits.redirects:
                        response.attempts = call.attempts
                        return response
                elif self._renewed(call):
                    continue
                await self._after_status(call, response)
        except TrunklineError:
            if rules is not None:
                rules.met = vendor_of(call)  # a run over several vendors waits for the one that failed
            raise
        finally:
            if budget is not None:
                budget.end()

    async def observed(self, call: Call, read: Callable[[Response], T]) -> T:
        """The result of a call as `read` reads it; hooks get an event when the call has ended."""
        status: int | None = None
        failed: str | None = None
        try:
            response = await self.run(call)
            status = response.status
            try:
                return read(response)
            except TrunklineError as error:
                note_response(call, error, response)
                raise
        except BaseException as error:
            failed = type(error).__name__
            status = getattr(error, "status", status) or None
            raise
        finally:
            self._reports.ended(call, status, failed)

    async def _admitted(self, call: Call) -> Response:
        """One attempt with permission. Its slot and connection are free before any wait for the next."""
        admission = self.admission
        if not admission.try_slot():
            await admission.take_slot(call)
        ok = False
        try:
            if not admission.is_free():
                await admission.pass_on(call)
            response = await self._send(call)
            ok = admission.learn(call, response)
            return response
        finally:
            # In `finally`, for a cancelled attempt must give back its slot, and the breaker's probe
            # must pass to another call.
            admission.leave(call, ok)

    async def _send(self, call: Call) -> Response:
        if self.closed:
            raise closed_error(call)
        auth = call.traits.auth
        credentials = auth.ready(self._context)
        if credentials is None:
            credentials = await self._login(call)
        call.credentials = credentials
        began = 0.0 if self._emit is None else self._time_source.clock()
        try:
            timeout = self._timeout
            if call.deadline is not None:
                left = self._waits.left(call)
                # An attempt never outlasts the call: the caller's total time is the outer bound.
                timeout = left if timeout is None else min(timeout, left)
            # Counted before the send, so that an attempt that is cancelled or lost is
            # in the counters too.
            call.attempts += 1
            call.number = self.stats.attempts = self.stats.attempts + 1
            call.counters.attempts += 1
            response = await self._transport.send(call.request, credentials, timeout)
        except BaseException as error:
            # Other calls may wait for the first response to these credentials; without one they
            # must go on without it.
            auth.lost(credentials)
            self.stats.lost += 1
            self._reports.attempted(call, began, None, type(error).__name__)
            raise
        statuses = self.stats.statuses
        statuses[response.status] = statuses.get(response.status, 0) + 1
        self._reports.attempted(call, began, response.status, None)
        return response

    async def _login(self, call: Call) -> Headers:
        """Credentials that have to be fetched; an error names the operation that needs them."""
        try:
            return await self._waits.within(call, call.traits.auth.headers(self._context), "token")
        except AuthError as error:
            error.args = (f"{call.name}: {error}",)
            error.operation = call.name
            error.may_have_run = call.ran
            raise

    # -- after an attempt ------------------------------------------------------------------------------

    def _renewed(self, call: Call) -> bool:
        """After 401: whether the call is repeated once with another token."""
        if (
            call.renewed
            or call.credentials is None
            or not call.traits.auth.rejected(call.credentials, self._time_source.wall())
        ):
            return False
        # Once only: a service also refuses valid tokens, such as those of another audience, and logins
        # without end get accounts locked.
        call.renewed = True
        self._reports.repeated(call, 0.0, "401")
        return True

    def _is_away(self, response: Response) -> bool:
        status = response.status
        return status >= 400 and is_away(status, asked_wait(response.headers, self._time_source.wall()))

    async def _after_status(self, call: Call, response: Response) -> None:
        """Wait for the next attempt, or raise the response's error."""
        status = response.status
        asked = asked_wait(response.headers, self._time_source.wall())
        # 429 and 503 are waits and not failures: they have a deadline but do not use up `max_failures`.
        if status not in PRESSURE:
            call.failures += 1
        if not await self._again(call, Failure(status=status, retry_after=asked), str(status)):
            advice = self._hint(call.op, status)
            error = status_error(
                call.op,
                response,
                attempts=call.attempts,
                wait=asked,
                advice=advice,
                guessed_route=call.traits.guessed_route,
                secrets=self._secrets(),
            )
            error.body = self._error_body(call.op, status, error.body)
            # An earlier attempt of this call may have run although the last one was refused.
            error.may_have_run |= call.ran
            note_if_unsafe(call, error)
            raise error

    async def _after_loss(self, call: Call, error: TransportError) -> None:
        """Wait for the next attempt, or raise the transport's error with the operation's name."""
        call.failures += 1
        reason = "timeout" if isinstance(error, DeadlineError) else "connection"
        hopeless = not error.retryable  # a certificate or a proxy that no repetition cures
        hopeless |= call.deadline is not None and self._time_source.clock() >= call.deadline
        if not hopeless and await self._again(call, Failure(processed=error.may_have_run), reason):
            return
        self._raise(call, error)

    def _raise(self, call: Call, error: TransportError) -> NoReturn:
        if error.operation:  # ours, and complete: the call's total time ran out
            note_if_unsafe(call, error)
            raise error
        advice = self._hint(call.op, None)
        named = type(error)(
            f"{call.name}: {error}" + (f"; {advice}" if advice else ""),
            operation=call.name,
            attempts=call.attempts,
            may_have_run=error.may_have_run or call.ran,
        )
        named.retryable = error.retryable
        note_if_unsafe(call, named)
        raise named from None

    async def _again(self, call: Call, failure: Failure, reason: str) -> bool:
        """Whether another attempt follows; the wait for it is over when this returns True."""
        call.ran |= failure.processed and failure.status != 429 and may_have_run(failure.status or 500)
        delay = None if self.closed else self._delay(call, failure)
        if delay is None:
            return False
        self._reports.repeated(call, delay, reason)
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
        # The budget is asked last: a retry that is not allowed anyway must not use it up.
        if self._budget is not None and call.policy.budget is not None:
            earned = self._budget.spend(now, most)
            return None if earned is None else max(delay, earned)
        return delay


def _unreadable(call: Call, error: ResponseShapeError) -> ResponseShapeError:
    named = ResponseShapeError(f"{call.name}: {error}", operation=call.name, paths=error.paths)
    named.keep_headers(error.headers)
    note_if_unsafe(call, named)
    return named


__all__ = ["Attempts"]
