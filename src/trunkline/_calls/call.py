"""Per-call state, and the client's counters."""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, frozen

from trunkline._calls.counters import UNCOUNTED, CallCounters
from trunkline._wire.messages import Request
from trunkline.auth import Auth, Headers
from trunkline.config import ResponseInfo, RetryPolicy
from trunkline.operation import Operation


@define
class Stats:
    """Counters of a client since it was made.

    statuses: responses by HTTP status. lost: attempts without a response. waited_seconds: backoff, open
    breaker, rate limit and waits for tokens, summed over all calls (a wait for a slot is the caller's own
    concurrency).
    """

    calls: int = 0
    attempts: int = 0
    retries: int = 0
    waited_seconds: float = 0.0
    lost: int = 0
    statuses: dict[int, int] = Factory(dict)


@frozen(eq=False, repr=False)
class Traits:
    """What a client works out once for each operation.

    auth: the credentials that it wants. redirects: documented redirect statuses, which are results.
    guessed_route: the route is inferred and the client's settings do not replace it.
    """

    auth: Auth
    redirects: frozenset[int]
    guessed_route: bool


@define(eq=False, repr=False)
class Call:
    """The state of one call, kept nowhere else.

    began, deadline: by the time source's clock. info: the caller's, to be
    filled. limited: False for a login, which needs no slot of its own.
    ran: an attempt may have been carried out. number: of the latest attempt, among all of the client.
    probing: the current attempt is the breaker's probe. counters: those of the key of a bulk run.
    """

    op: Operation[Any]
    traits: Traits
    request: Request
    policy: RetryPolicy
    repeatable: bool
    began: float
    deadline: float | None
    info: ResponseInfo | None = None
    limited: bool = True
    attempts: int = 0
    failures: int = 0
    renewed: bool = False
    ran: bool = False
    number: int = 0
    probing: bool = False
    counters: CallCounters = UNCOUNTED
    credentials: Headers | None = None

    @property
    def name(self) -> str:
        """The operation, for events and errors."""
        return self.op.name


__all__ = ["Call", "Stats"]
