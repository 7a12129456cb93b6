"""What passes between a bulk run and the client below it: counters upwards, the run's rules downwards.

A context variable, so that no call needs an argument for it and tasks that a call starts itself (the
page fetched ahead) count for the right key.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field

from trunkline.config import RetryPolicy, TimeSource
from trunkline.errors import ArgumentError, TransportError, TrunklineError

if TYPE_CHECKING:
    from trunkline._calls.call import Call


@define(kw_only=True)
class CallRules:
    """What a bulk run asks of the calls made for one key.

    patience: seconds after which a call leaves further waiting to the run; None leaves the policy as it is.
    probe: the run is paused and this call asks whether the vendor is back: one attempt, past an open breaker.
    only_repeatable: refuse operations that must not be repeated; set by runs that ask a key again.
    is_paused: whether the run waits for a vendor, so that no call may go to it. on_response: called with the
    vendor when it has responded, with anything but a sign that it is away.
    on_client: called with the API and what gives the client's identity; may raise, which ends the run.
    once: set by the client: a call was made that must not be repeated. fatal: an error that ends the run.
    held: the vendor that the run waits for, to which a call was to go. met: the vendor of the call that
    failed last. time_source: for the waits of the run. The client sets these too.
    """

    patience: float | None = None
    probe: bool = False
    only_repeatable: bool = False
    is_paused: Callable[[str], bool] | None = None
    on_response: Callable[[str], None] | None = None
    on_client: Callable[[str, Callable[[], str]], None] | None = None
    once: bool = False
    fatal: TrunklineError | None = None
    held: str | None = None
    met: str = ""
    time_source: TimeSource | None = None
    _adapted: dict[tuple[int, bool], tuple[RetryPolicy, RetryPolicy]] = field(factory=dict)

    def apply(self, call: Call, time_source: TimeSource, identity: Callable[[], str]) -> None:
        """Check a call and adapt its policy. identity: gives the client's address, user and routes.

        Raises:
            ArgumentError: the operation must not be repeated; nothing was sent.
            CheckpointError: the run's checkpoint is of another address or user; nothing was sent.
            TransportError: the run waits for this vendor; nothing was sent.
        """
        self.time_source = time_source
        if self.on_client is not None:
            try:
                self.on_client(call.op.api, identity)
            except TrunklineError as error:
                self.fatal = error
                raise
        if self.is_paused is not None and self.is_paused(vendor := vendor_of(call)):
            self.held = vendor
            raise TransportError(
                f"{call.name}: the run waits until the vendor is back; nothing was sent", operation=call.name
            )
        if not call.repeatable:
            if self.only_repeatable and call.op.idempotency == "unsafe":
                self.fatal = ArgumentError(
                    f"{call.name} changes something each time it runs, and a lookup may ask a key again: "
                    "use bulk.apply(…, journal=…), or `trunkline plan` and `trunkline apply`"
                )
                raise self.fatal
            self.once = True
        if self.patience is not None:
            call.policy = self._policy(call.policy, self.patience)

    def take_over(self, other: CallRules) -> None:
        """Take over what the client set in the rules of the key whose request asked for this one too."""
        if other is not self:
            self.held, self.met, self.fatal = other.held, other.met, other.fatal
            self.time_source = other.time_source or self.time_source

    def _policy(self, policy: RetryPolicy, patience: float) -> RetryPolicy:
        # few different policies come by, each many times
        # The policy is found by identity: hashing eight fields for each call of a bulk run would cost
        # more than the adaptation.
        key = (id(policy), self.probe)
        if key not in self._adapted:
            deadline = patience if policy.deadline is None else min(policy.deadline, patience)
            adapted = evolve(
                policy,
                deadline=deadline,
                max_retry_after=min(policy.max_retry_after, patience),
                max_attempts=1 if self.probe else policy.max_attempts,
            )
            # the original is kept too, so that its id is not given to another one
            self._adapted[key] = (policy, adapted)
        return self._adapted[key][1]


def vendor_of(call: Call) -> str:
    """Return what distinguishes one vendor from another: the API and the host, "idi api.example.com"."""
    return f"{call.op.api} {call.request.url.raw_host}"


class CallCounters:
    """Counters of one bulk worker, set back for each key.

    attempts: requests sent. retries: those of them that repeat an earlier one. waiting: waits in progress
    (backoff, open breaker, rate, token). waited: seconds waited so. rules: None for calls without any.
    """

    __slots__ = ("attempts", "retries", "rules", "waited", "waiting")

    def __init__(self, rules: CallRules | None = None) -> None:
        self.rules = rules
        self.attempts = 0
        self.retries = 0
        self.waiting = 0
        self.waited = 0.0

    def reset(self) -> None:
        """Start counting for the next key; a wait still in progress stays counted."""
        self.attempts = self.retries = 0
        self.waited = 0.0


UNCOUNTED: Final = CallCounters()
"""Where calls outside a bulk run count; never read."""

current: Final[ContextVar[CallCounters]] = ContextVar("trunkline_call_counters", default=UNCOUNTED)
"""The counters of the running bulk worker."""


__all__ = ["UNCOUNTED", "CallCounters", "CallRules", "current", "vendor_of"]
