"""The length of a batch's query: starts at a safe size, grows on success, shrinks on refusal."""

from __future__ import annotations

from typing import Final

START: Final = 2000
"""Characters of a query that a .NET server accepts by default: IIS and ASP.NET both refuse more than
2,048 (`maxQueryString` with 404.15, `maxQueryStringLength` with 400)."""

CEILING: Final = 7500
"""A request line of 8 kB is the next usual limit (Kestrel, nginx, Apache, aiohttp); the path needs a part."""

# The number of terms may be bounded too (ASP.NET OData's MaxNodeCount); the length covers that as well.
# Three good requests near the limit show that the limit itself is not the problem. A step below 15 % is
# not worth the risk of a refused request.
_STEADY: Final = 3
_STEP: Final = 1.15


class Sizing:
    """Knows the longest query that worked and the shortest that did not.

    limit: characters that a query may have now. ceiling: what it may grow to.
    """

    def __init__(self, start: int = START, ceiling: int = CEILING) -> None:
        self.limit = min(start, ceiling)
        self.ceiling = ceiling
        self._refused = False
        self._best = 0
        self._steady = 0
        self._trying = False

    def larger(self) -> int | None:
        """Return a larger size to try with one batch; None while it is not time for that."""
        if self._trying or self._steady < _STEADY:
            return None
        # Doubling until the first refusal and halving the interval after it: both find the server's
        # limit in few requests.
        size = (self.limit + self.ceiling) // 2 if self._refused else min(self.limit * 2, self.ceiling)
        return size if size >= self.limit * _STEP else None

    def tries(self) -> None:
        """Record that a larger batch is in flight; no other one is sent until it returns."""
        self._trying, self._steady = True, 0

    def tried(self) -> None:
        """Record that the larger batch returned, successful or not."""
        self._trying = False

    def worked(self, length: int) -> None:
        """Record that a query of this length succeeded."""
        # A short query that went well shows nothing about the limit.
        if length * _STEP >= self.limit:
            self._steady += 1
        self._best = max(self._best, length)
        self.limit = max(self.limit, length)

    def too_long(self, length: int, halves: int, *, certain: bool) -> None:
        """Record that a query was refused and both its halves succeeded.

        Args:
            halves: length of the longer half.
            certain: False where the cause may have been a passing server fault: then it may grow again.
        """
        self._steady = 0
        # A longer query has worked before: then the length was not the reason.
        if certain and self._best < length:
            self._refused, self.ceiling = True, min(self.ceiling, length - 1)
            self.limit = max(halves, self._best)
        else:
            self.limit = min(self.limit, halves)


__all__ = ["CEILING", "START", "Sizing"]
