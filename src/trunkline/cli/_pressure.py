"""What the vendors' pressure does to a run, from the client's events: retries, waits, open breaker."""

from __future__ import annotations

import time
from collections.abc import Callable

from trunkline.events import AttemptEvent, BreakerEvent, Event, RetryEvent, WaitEvent


class Pressure:
    """A client hook that keeps counters.

    attempts, retries: requests sent, and those that repeat an earlier one. waited: seconds that calls spent
    waiting for the vendor (backoff, open breaker), summed over calls. held: seconds in which at least one
    call had to wait. statuses: responses by HTTP status, None for no response.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.attempts = self.retries = 0
        self.waited = self.held = 0.0
        self._held_until = 0.0
        self.statuses: dict[int | None, int] = {}
        self._breaker: str | None = None
        self._until = 0.0
        self._why = ""

    def __call__(self, event: Event) -> None:
        """Count one event."""
        match event:
            case AttemptEvent():
                self.attempts += 1
                self.statuses[event.status] = self.statuses.get(event.status, 0) + 1
            case RetryEvent():
                self.retries += 1
                self._hold(event.delay)
                self._until = max(self._until, self._clock() + event.delay)
                self._why = event.reason
            # Waits for a slot or the user's own rate are not pressure from the vendor.
            case WaitEvent(what="backoff" | "breaker"):
                self.waited += event.seconds
            case BreakerEvent():
                self._breaker = None if event.state == "closed" else event.state
                if event.state == "open":
                    self._hold(event.seconds)
                    self._until = max(self._until, self._clock() + event.seconds)
                    self._why = event.reason

    def _hold(self, seconds: float) -> None:
        """Add a wait that begins now; waits at the same time count once."""
        end = self._clock() + seconds
        # Only the part beyond the latest known end is added: sixty calls that wait for the same second
        # are held for one second.
        self.held += max(0.0, end - max(self._clock(), self._held_until))
        self._held_until = max(self._held_until, end)

    @property
    def state(self) -> str:
        """A few words on what the run waits for now; empty if nothing."""
        left = self._until - self._clock()
        if self._breaker == "open" and left > 0:
            return f"paused {max(1.0, left):.0f}s ({self._why})"
        if self._breaker is not None:
            return f"asking once ({self._why})"
        return f"backing off ({self._why})" if left > 0.05 else ""


__all__ = ["Pressure"]
