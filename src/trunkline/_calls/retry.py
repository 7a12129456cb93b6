"""Whether another attempt follows a failed one, and after how long. Decisions only: no clock, no sleep.

What may have run is not sent twice. An unsafe operation is replayed only where the vendor cannot have
carried the request out: no connection was established, or the response was 429, a refusal before any work.
A 503 does not prove that: Abzorb explains it with a traffic spike but lists it among its server errors and
nowhere states that the request was left undone, and a proxy may send 503 for a request that went through. So
503 is waited out for safe and idempotent operations only, or where the caller passes `idempotent=True`.
"""

from __future__ import annotations

from typing import Final

from trunkline._deferred import frozen
from trunkline._wire.statuses import PRESSURE, REFUSED_UNREAD, is_retryable
from trunkline.config import RetryPolicy


@frozen(kw_only=True)
class Failure:
    """How one attempt failed. status: None where no response came. processed: it may have run."""

    status: int | None = None
    retry_after: float | None = None
    processed: bool = True


@frozen
class RetryDecision:
    """Try again after `delay` seconds, or give up where that is None."""

    delay: float | None = None


_GIVE_UP: Final = RetryDecision()


def backoff(policy: RetryPolicy, retry: int, random: float, base: float | None = None) -> float:
    """The random part of the wait before the n-th retry (from 1), `random` in [0, 1): full jitter."""
    first = policy.base if base is None else base
    # The exponent is bounded, as 2.0 ** 1024 overflows.
    return random * min(policy.cap, first * 2.0 ** min(retry - 1, 60))


def decide(
    policy: RetryPolicy,
    failure: Failure,
    *,
    repeatable: bool,
    attempt: int,
    failures: int,
    elapsed: float,
    random: float,
) -> RetryDecision:
    """Decide after the attempt-th attempt (from 1).

    Args:
        repeatable: the operation is safe or idempotent.
        failures: attempts so far that ended in anything but 429 and 503, this one included.
        elapsed: seconds since the call began.
        random: uniform in [0, 1).
    """
    status = failure.status
    if status is not None and not is_retryable(status):
        return _GIVE_UP
    if failure.processed and not repeatable and status not in REFUSED_UNREAD:
        return _GIVE_UP
    if attempt >= policy.max_attempts or (status not in PRESSURE and failures >= policy.max_failures):
        return _GIVE_UP
    asked = failure.retry_after or 0.0
    # A wait that is longer than the policy allows is not shortened: the vendor has stated that an
    # earlier request is refused.
    if asked > policy.max_retry_after:
        return _GIVE_UP
    # Retry-After is a floor (RFC 9110 section 10.2.3). The jitter still applies, so that clients with
    # the same header do not return in one moment.
    delay = max(asked, backoff(policy, attempt, random))
    if policy.deadline is not None and elapsed + delay > policy.deadline:
        return _GIVE_UP
    return RetryDecision(delay)


class RetryBudget:
    """Retries in proportion to traffic: calls earn `ratio` each, time earns `per_second`, a retry costs one.

    A retry that is not earned yet waits until it is, so an outage of the vendor is not met with a storm and
    still no call is given up for the lack of budget (unless `per_second` is 0).
    """

    __slots__ = ("_at", "_calls", "_ceiling", "_per_second", "_ratio", "_tokens")

    def __init__(self, ratio: float, per_second: float, now: float) -> None:
        self._ratio = ratio
        self._per_second = per_second
        self._ceiling = max(10.0, 10.0 * per_second)
        self._tokens = self._ceiling
        self._calls = 0
        self._at = now

    def begin(self) -> None:
        """A call begins and adds its credit, also above the ceiling: many may start and fail at once."""
        self._calls += 1
        self._tokens += self._ratio

    def end(self) -> None:
        """A call has ended; credit above the ceiling goes with the calls that added it."""
        self._calls -= 1
        most = self._ceiling + self._ratio * self._calls
        if self._tokens > most:
            self._tokens = most

    def spend(self, now: float, most: float) -> float | None:
        """Reserve a retry; return its delay, or None (nothing reserved) if it exceeds `most`."""
        earned = min(self._ceiling, self._tokens + (now - self._at) * self._per_second)
        self._tokens = max(self._tokens, earned)
        self._at = now
        missing = 1.0 - self._tokens
        if missing <= 0:
            wait = 0.0
        elif self._per_second:
            wait = missing / self._per_second
        else:
            return None
        if wait > most:
            return None
        # The tokens may go below zero: each waiting retry has its place in the queue, and the
        # next one waits longer.
        self._tokens -= 1.0
        return wait


__all__ = ["Failure", "RetryBudget", "RetryDecision", "backoff", "decide"]
