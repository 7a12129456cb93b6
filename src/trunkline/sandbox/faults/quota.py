"""Quotas of requests for each user of each vendor, counted on the sandbox's clock."""

from __future__ import annotations

from collections import defaultdict


class Quota:
    """Fixed windows of time.

    Args:
        limit: requests a window; None counts nothing. window: its length in seconds.
    """

    def __init__(self, limit: int | None, window: float = 60.0) -> None:
        self._limit = limit
        self._length = window
        self._window = -1
        self._used: defaultdict[str, int] = defaultdict(int)

    @property
    def is_on(self) -> bool:
        """Whether there is a limit."""
        return self._limit is not None

    def spend(self, who: str, now: float) -> float | None:
        """Count one request: None if it is within the quota, else the seconds until the window ends."""
        if self._limit is None:
            return None
        # Windows are counted from the Unix epoch, so all users share their limits and the
        # state is one number.
        window = int(now // self._length)
        if window != self._window:
            self._window = window
            self._used.clear()
        # Refused requests count as well: a client that ignores the 429 gains nothing.
        self._used[who] += 1
        return None if self._used[who] <= self._limit else (window + 1) * self._length - now

    def clear(self) -> None:
        """Start the window anew."""
        self._used.clear()
