"""One call: what its caller wants different, where it stands, and what all calls add up to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, define, field

from trunkline._calls.counters import NOBODY, Tally
from trunkline._wire.messages import Request
from trunkline.config import RetryPolicy
from trunkline.operation import Operation


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
    """The state of one call, kept nowhere else. deadline: by the time_source's clock; ran: one may have run;
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
