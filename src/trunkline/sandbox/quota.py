"""A quota of requests a minute for each user of each vendor, counted on the sandbox's clock."""

from __future__ import annotations

from collections import defaultdict

_WINDOW = 60.0


class Quota:
    """Fixed windows of one minute.

    Args:
        limit: requests a window; None counts nothing.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._window = -1
        self._used: defaultdict[str, int] = defaultdict(int)

    def spend(self, who: str, now: float) -> float | None:
        """Count one request: None if it is within the quota, else the seconds until the window ends."""
        if self._limit is None:
            return None
        window = int(now // _WINDOW)
        if window != self._window:
            self._window = window
            self._used.clear()
        self._used[who] += 1
        return None if self._used[who] <= self._limit else (window + 1) * _WINDOW - now

    def clear(self) -> None:
        """Start the window anew."""
        self._used.clear()
