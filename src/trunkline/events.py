"""Events a client emits: frozen records passed to hooks.

A hook is any `Callable[[Event], None]`. It runs inside the call, so it must be quick; what it raises is
logged once and dropped. Records hold operation names, numbers and durations: no URL, no argument, no token.
`call` distinguishes the calls that are under way at the same time; every call ends with an `OutcomeEvent`,
each page of a collection and each token request included. Ready-made hooks: `trunkline.hooks`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from attrs import field

from trunkline._callables import check_plain_function, described
from trunkline._deferred import frozen
from trunkline.errors import ConfigError

_log = logging.getLogger("trunkline")
BreakerState = Literal["closed", "half-open", "open"]


def _call() -> Any:
    """The field that distinguishes calls; a number of this process, so it is not compared and not shown."""
    return field(default=0, eq=False, repr=False)


@frozen(kw_only=True)
class AttemptEvent:
    """One request got a response, or failed. status: None where no response came."""

    operation: str
    attempt: int
    status: int | None
    error: str | None
    seconds: float
    call: int = _call()
    method: str = ""
    host: str = ""
    port: int = 0


@frozen(kw_only=True)
class RetryEvent:
    """Another attempt follows after `delay` seconds. reason: "429", "timeout" …"""

    operation: str
    attempt: int
    delay: float
    reason: str
    call: int = _call()


@frozen(kw_only=True)
class WaitEvent:
    """A call waited. what: for a slot, the circuit breaker, the rate limit, a token, or out of backoff."""

    operation: str
    what: Literal["slot", "breaker", "rate", "token", "backoff"]
    seconds: float
    call: int = _call()


@frozen(kw_only=True)
class PageEvent:
    """A page arrived. number: from 1; more: whether another follows."""

    operation: str
    number: int
    rows: int
    more: bool


@frozen(kw_only=True)
class TokenEvent:
    """A token was renewed, or could not be. lifetime: seconds it is good for, where known."""

    ok: bool
    seconds: float
    lifetime: float | None
    error: str | None = None


@frozen(kw_only=True)
class BreakerEvent:
    """The circuit breaker opened for `seconds`, lets one probe through (half-open), or closed again."""

    state: BreakerState
    seconds: float
    reason: str


@frozen(kw_only=True)
class OutcomeEvent:
    """A call ended. error: the class of the error, None for success; status: of the last response.

    route: the path as a template, `/api/device/{deviceID}`.
    """

    operation: str
    status: int | None
    error: str | None
    attempts: int
    seconds: float
    call: int = _call()
    method: str = ""
    route: str = ""


@frozen(kw_only=True)
class OutageEvent:
    """A bulk run pauses because its vendor is away, asks whether it is back, or continues.

    seconds: since the outage began. next_probe: seconds until the vendor is asked again. retry_after:
    seconds until the time that the vendor named, None if it named none. reason: "status 503",
    "TransportError" …
    """

    state: Literal["paused", "probing", "over"]
    reason: str
    seconds: float
    next_probe: float
    retry_after: float | None = None


@frozen(kw_only=True)
class KeyEvent:
    """A key of a bulk run has its outcome. index: its place in the input; the key itself is left out."""

    index: int
    error: str | None
    attempts: int
    seconds: float


Event = (
    AttemptEvent
    | RetryEvent
    | WaitEvent
    | PageEvent
    | TokenEvent
    | BreakerEvent
    | OutcomeEvent
    | OutageEvent
    | KeyEvent
)
Hook = Callable[[Event], None]


def combine(hooks: Sequence[Hook]) -> Hook | None:
    """One hook out of many, or None when there are none: then the client builds no records at all."""
    if not hooks:
        return None
    if not isinstance(hooks, Sequence):
        raise ConfigError(f"hooks must be a list of functions, not {described(hooks)}")
    for hook in hooks:
        check_plain_function(hook, "a hook", ConfigError)
    # A hook that fails does so for every event, so it is reported once.
    broken: set[int] = set()

    def emit(event: Event) -> None:
        for number, hook in enumerate(hooks):
            try:
                hook(event)
            # A hook watches; its fault must not fail a call that has already changed
            # something at the vendor.
            except Exception:
                if number not in broken:
                    broken.add(number)
                    # The traceback could show the hook's own data; its class and place are enough.
                    _log.error("hook %s failed; further failures are not logged", _name(hook))

    return emit


class Propagator(Protocol):
    """A hook that also has headers to send: a trace that continues at the vendor, for example.

    A hook is one by having this method; it is asked once a call, before the first attempt.
    """

    def begin(self, operation: str, method: str, route: str, call: int) -> Mapping[str, str]:
        """Headers for every request of the call; `call` and the rest are as in its `OutcomeEvent`."""
        ...


def propagators(hooks: Sequence[Any]) -> tuple[Propagator, ...]:
    """The hooks that have headers to send."""
    return tuple(hook for hook in hooks if callable(getattr(hook, "begin", None)))


def _name(hook: Hook) -> str:
    return f"{getattr(hook, '__module__', '?')}.{getattr(hook, '__qualname__', type(hook).__name__)}"


__all__ = [
    "AttemptEvent",
    "BreakerEvent",
    "Event",
    "Hook",
    "KeyEvent",
    "OutageEvent",
    "OutcomeEvent",
    "PageEvent",
    "Propagator",
    "RetryEvent",
    "TokenEvent",
    "WaitEvent",
]
