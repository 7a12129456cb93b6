"""How many requests the current key of a bulk run has cost: a client hook counts, the bulk runner reads.

A context variable, so that no call needs an argument for it and tasks that a call starts itself (the
page fetched ahead) count for the right key.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from trunkline.events import AttemptEvent, Event, RetryEvent, WaitEvent


class Tally:
    """Counters of one bulk worker, set back for each key.

    attempts: requests sent. retries: those of them that repeat an earlier one. waiting: waits going on now
    (backoff, closed gate). waited: seconds waited.
    """

    __slots__ = ("attempts", "retries", "waited", "waiting")

    def __init__(self) -> None:
        self.attempts = 0
        self.retries = 0
        self.waiting = 0
        self.waited = 0.0

    def reset(self) -> None:
        """Start counting for the next key; a wait still going on stays counted."""
        self.attempts = self.retries = 0
        self.waited = 0.0


current: Final[ContextVar[Tally | None]] = ContextVar("trunkline_tally", default=None)
"""The tally of the running bulk worker, None outside a bulk run."""

_LOGIN: Final = "auth.token"
"""The client's own request for a token: all keys share it, so it counts for none."""


def count_attempts(event: Event) -> None:
    """Count this event for the key that is being looked up: a hook, `Client(hooks=[bulk.count_attempts])`."""
    tally = current.get()
    if tally is None or getattr(event, "operation", "") == _LOGIN:
        return
    match event:
        case AttemptEvent():
            tally.attempts += 1
            tally.waiting = 0
        case RetryEvent():
            tally.retries += 1
            tally.waiting = 1
        case WaitEvent(what="backoff" | "gate" | "rate" | "token"):
            tally.waited += event.seconds
            tally.waiting = 0


__all__ = ["Tally", "count_attempts", "current"]
