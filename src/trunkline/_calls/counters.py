"""How many requests the current key of a bulk run has cost: the client counts, the bulk runner reads.

A context variable, so that no call needs an argument for it and tasks that a call starts itself (the
page fetched ahead) count for the right key.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final


class CallCounters:
    """Counters of one bulk worker, set back for each key.

    attempts: requests sent. retries: those of them that repeat an earlier one. waiting: waits going on now
    (backoff, open breaker, rate, token). waited: seconds waited so.
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


UNCOUNTED: Final = CallCounters()
"""Where calls outside a bulk run count; never read."""

current: Final[ContextVar[CallCounters]] = ContextVar("trunkline_call_counters", default=UNCOUNTED)
"""The counters of the running bulk worker."""


__all__ = ["UNCOUNTED", "CallCounters", "current"]
