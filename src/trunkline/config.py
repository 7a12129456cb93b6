"""Settings of a client: keyword-only, frozen, checked when they are made. All times are seconds."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol, runtime_checkable

from attrs import Attribute, field, frozen

from trunkline import _deferred
from trunkline.errors import ConfigError
from trunkline.lazy import pattern

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_RATE = pattern(r"\s*(\d+(?:\.\d+)?)\s*/\s*(\d*(?:\.\d+)?)\s*(s|min|m|h)\s*", re.ASCII)


def _number(low: float, high: float = float("inf"), *, optional: bool = False, above: bool = False) -> Any:
    """An attrs validator: a number in [low, high], or above low; None where optional."""

    def check(owner: object, attribute: Attribute[Any], value: Any) -> None:
        if value is None and optional:
            return
        name = f"{type(owner).__name__}.{attribute.name}"
        # True is an int in Python; `Timeouts(attempt=True)` is a mistake and not one second.
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"{name} must be a number, not {type(value).__name__}")
        if not low <= value <= high or (above and value == low):
            bound = f"above {low:g}" if above else f"at least {low:g}"
            raise ConfigError(
                f"{name} must be {bound}{'' if high == float('inf') else f' and at most {high:g}'}"
            )

    return check


def _whole(low: int, *, optional: bool = False) -> Any:
    """An attrs validator: an integer of at least low; None where optional."""

    def check(owner: object, attribute: Attribute[Any], value: Any) -> None:
        if value is None and optional:
            return
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            name = f"{type(owner).__name__}.{attribute.name}"
            raise ConfigError(f"{name} must be a whole number of at least {low}")

    return check


@runtime_checkable
class RateLimiter(Protocol):
    """A rate limiter; `Limits(rate=…)` takes one that several processes share."""

    async def acquire(self) -> float:
        """Return when the next request may go; the result is the time waited."""
        ...


def parse_rate(text: str) -> float:
    """Requests a second of "20/s", "1200/min", "100/10s", "5000/h".

    Raises:
        ConfigError: the text is none of these.
    """
    match = _RATE.fullmatch(text)
    if match is not None and match[2] != "." and float(match[2] or 1):
        rate = float(match[1]) / (float(match[2] or 1) * _UNITS[match[3]])
        if 0 < rate < float("inf"):
            return rate
    raise ConfigError(f"Limits.rate {text[:40]!r} is not a rate; write requests per time: '20/s', '1200/min'")


@frozen(kw_only=True)
class RetryPolicy:
    """What is tried again, how often and after how long.

    The n-th wait is random between 0 and min(cap, base * 2**(n-1)) (full jitter), never less than the
    vendor's Retry-After. A wait that is longer than `max_retry_after` or goes past `deadline` is not begun:
    the call fails at once.

    max_attempts: attempts in all, the first included; 1 switches retries off.
    max_failures: attempts that may end in 500, 502, 504, a lost connection or a timeout, the first included.
        429 and 503 are the vendor asking for patience and count towards `max_attempts` only.
    deadline: time from the call's start after which no attempt begins; None means no limit.
    budget: retries earned by each call, 0.2 meaning one retry for five calls; None switches the budget off.
    budget_per_second: retries that are always allowed, so that a quiet client can retry too. A retry beyond
        the budget waits until it is earned; it is not lost.
    """

    # The bounds are generous because time, not their number, limits the attempts: Abzorb states that a
    # traffic spike is usually over within five minutes, and the deadline of ten minutes covers it.
    max_attempts: int = field(default=20, validator=_whole(1))
    # Four attempts separate a passing fault from a lasting one; 429 and 503 have only the deadline, since
    # the vendor asked for the wait.
    max_failures: int = field(default=4, validator=_whole(1))
    base: float = field(default=0.5, validator=_number(0))
    cap: float = field(default=60.0, validator=_number(0))
    # Five minutes, Abzorb's own figure for a 503. A longer Retry-After is better known to the caller
    # than waited for in silence.
    max_retry_after: float = field(default=300.0, validator=_number(0))
    deadline: float | None = field(default=600.0, validator=_number(0, optional=True))
    # One retry for five calls, as in other clients with a budget: while everything fails, retries add a
    # fifth to the load and not a multiple of it.
    budget: float | None = field(default=0.2, validator=_number(0, optional=True))
    budget_per_second: float = field(default=10.0, validator=_number(0))


def _check_rate(owner: object, attribute: Attribute[Any], value: Any) -> None:
    if isinstance(value, str):
        parse_rate(value)
    elif value is not None and not isinstance(value, RateLimiter):
        raise ConfigError("Limits.rate must be text such as '20/s', a RateLimiter or None")


@frozen(kw_only=True)
class Limits:
    """Client-side concurrency and rate limits, and the circuit breaker.

    concurrency: requests in flight at most; None switches the limit off.
    min_concurrency: what 429 and 503 may lower it to; equal to `concurrency` switches the adaptation off.
    rate: "20/s", "1200/min", a shared `RateLimiter`, or None for no limit. Requests are evenly spaced.
    breaker: whether one 429, or `breaker_after` responses of 503 in a row, open a circuit breaker that holds
        up every task of the client until a single probe has succeeded.
    breaker_base: how long the breaker stays open at most after the first such response without Retry-After,
        in seconds; doubled for each probe that fails, up to `RetryPolicy.cap`. Short, because one probe costs
        little and an isolated 429 should not hold up everybody; the call that met it backs off by
        `RetryPolicy.base`.
    breaker_cap: how long one response can keep the breaker open at most, in seconds, whatever its
        Retry-After. The call that met it fails at once where that is beyond `RetryPolicy.max_retry_after`;
        the others probe after the cap, so that one absurd header does not stop the client for a day.
    """

    concurrency: int | None = field(default=64, validator=_whole(1, optional=True))
    min_concurrency: int = field(default=1, validator=_whole(1))
    rate: str | RateLimiter | None = field(default=None, validator=_check_rate)
    breaker: bool = True
    breaker_after: int = field(default=3, validator=_whole(1))
    # Short on purpose: the first probe finds out whether one 429 was an isolated one.
    breaker_base: float = field(default=0.05, validator=_number(0))
    # Fifteen minutes: one absurd header must not stop a client for a day.
    breaker_cap: float = field(default=900.0, validator=_number(0))

    # Settings are checked when they are made, so a wrong one fails where it is written and
    # not at the first call.
    def __attrs_post_init__(self) -> None:
        if self.concurrency is not None and self.min_concurrency > self.concurrency:
            raise ConfigError("Limits.min_concurrency must not exceed Limits.concurrency")


@frozen(kw_only=True)
class Timeouts:
    """How long things may take; None means no limit.

    attempt: one request and its response; waits for a slot, the breaker or a token are outside.
    connect: setting up a connection, within the attempt.
    total: the whole call with its retries and waits.
    """

    # Long for a single operation, and short enough that a lost connection is noticed.
    attempt: float | None = field(default=30.0, validator=_number(0, optional=True, above=True))
    connect: float | None = field(default=10.0, validator=_number(0, optional=True, above=True))
    total: float | None = field(default=None, validator=_number(0, optional=True, above=True))


@_deferred.define(eq=False)
class ResponseInfo:
    """What came with a response in addition to its body; a call with `RequestOptions(info=info)` fills it.

        info = ResponseInfo()
        await client.device.get(device_id=1000, options=RequestOptions(info=info))
        info.headers["ETag"]

    Filled by each response: after a call it describes the last attempt, also where the call fails with a
    StatusError; while a collection is walked the latest page that was fetched. Give each call its own.

    status: HTTP status, 0 before any response. headers: as they came; names in any case. request_id: the
    vendor's name for the request, for its support. attempts: requests sent by the call. seconds: since the
    call began. url: the URL without the values of its query.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default=_NO_HEADERS, repr=lambda headers: f"<{len(headers)}>")
    request_id: str | None = None
    attempts: int = 0
    seconds: float = 0.0
    url: str = field(default="", repr=False)


@frozen(kw_only=True)
class RequestOptions:
    """What one call does differently.

    timeout: total time in seconds, retries and waits included. headers: further ones. retry: replaces the
    client's policy. idempotent: True allows replaying a request that may have run, False forbids it, None
    asks the operation. query: further query parameters, for what the vendor's page leaves out. info: is
    filled with status, headers and more of what came back.
    """

    timeout: float | None = field(default=None, validator=_number(0, optional=True, above=True))
    headers: Mapping[str, str] = field(default=_NO_HEADERS, repr=lambda headers: f"<{len(headers)}>")
    retry: RetryPolicy | None = None
    idempotent: bool | None = None
    query: Mapping[str, Any] = field(default=_NO_HEADERS, repr=lambda query: f"<{len(query)}>")
    info: ResponseInfo | None = field(default=None, eq=False, repr=False)

    # The options of a call are made by the caller's code at run time, so their types are checked
    # although annotations exist.
    def __attrs_post_init__(self) -> None:
        for name in ("headers", "query"):
            given = getattr(self, name)
            if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
                raise ConfigError(f"RequestOptions.{name} must be a mapping of names to values")
        if self.retry is not None and not isinstance(self.retry, RetryPolicy):
            raise ConfigError("RequestOptions.retry must be RetryPolicy(…)")
        if self.info is not None and not isinstance(self.info, ResponseInfo):
            raise ConfigError("RequestOptions.info must be ResponseInfo()")


@frozen(kw_only=True)
class TimeSource:
    """Where time and chance come in, so that tests and simulations own them.

    clock: monotonic seconds. wall: Unix seconds, for token expiry and dates. random: uniform in [0, 1).
    """

    # Waits and deadlines use the monotonic clock, which NTP and daylight saving do not move; ends of
    # tokens and dates of headers are wall times.
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    random: Callable[[], float] = random.random


__all__ = [
    "Limits",
    "RateLimiter",
    "RequestOptions",
    "ResponseInfo",
    "RetryPolicy",
    "TimeSource",
    "Timeouts",
    "parse_rate",
]
