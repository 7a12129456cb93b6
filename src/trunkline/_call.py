"""One call: what its caller wants different, where it stands, and what all calls add up to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attrs import Factory, define, field, frozen

from trunkline._tally import NOBODY, Tally
from trunkline._wire import Request
from trunkline.config import RetryPolicy, _number
from trunkline.errors import ConfigError
from trunkline.operation import Operation

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@frozen(kw_only=True)
class RequestOptions:
    """What one call does differently.

    timeout: total time in seconds, retries and waits included. retry: replaces the client's policy.
    idempotent: True allows replaying a request that may have run, False forbids it, None asks the operation.
    """

    timeout: float | None = field(default=None, validator=_number(0, optional=True, above=True))
    headers: Mapping[str, str] = field(default=_NO_HEADERS, repr=lambda headers: f"<{len(headers)}>")
    retry: RetryPolicy | None = None
    idempotent: bool | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.headers, Mapping) or not all(isinstance(name, str) for name in self.headers):
            raise ConfigError("RequestOptions.headers must be a mapping of names to texts")
        if self.retry is not None and not isinstance(self.retry, RetryPolicy):
            raise ConfigError("RequestOptions.retry must be RetryPolicy(…)")


@define
class Stats:
    """Counters of a client since it was made.

    statuses: answers by HTTP status. lost: attempts without an answer. waited_seconds: backoff, gate, pace
    and waiting for tokens, summed over all calls (waiting for a slot is the caller's own concurrency).
    """

    calls: int = 0
    attempts: int = 0
    retries: int = 0
    waited_seconds: float = 0.0
    lost: int = 0
    statuses: dict[int, int] = Factory(dict)


@define(eq=False, repr=False)
class Call:
    """The state of one call, kept nowhere else. deadline: by the seams' clock; ran: one may have run;
    tally: counts for the key of a bulk run."""

    op: Operation[Any]
    request: Request
    policy: RetryPolicy
    repeatable: bool
    began: float
    deadline: float | None
    limited: bool = True
    attempts: int = 0
    failures: int = 0
    renewed: bool = False
    ran: bool = False
    number: int = 0
    tally: Tally = NOBODY
    credentials: Mapping[str, str] = field(factory=dict)

    @property
    def name(self) -> str:
        """The operation, for events and errors."""
        return f"{self.op.api}.{self.op.id}"
