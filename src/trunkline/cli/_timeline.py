"""Outcomes of a run over time, in memory that does not grow with the run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Final

from attrs import define, field, frozen

_MOST_BINS: Final = 60
_FIRST_WIDTH: Final = 0.1
_STEPS: Final = 40
"""Buckets of latency to a factor of e, so that a percentile is wrong by 1.25 % at most."""
_SHORTEST: Final = 1e-6


@frozen
class Bin:
    """Outcomes of one stretch of time. middle, seconds: of the stretch. latencies: buckets and how many."""

    middle: float
    seconds: float
    latencies: Counter[int]

    @property
    def rate(self) -> float:
        """Outcomes a second."""
        return self.latencies.total() / self.seconds

    def percentile(self, share: float) -> float | None:
        """The latency that this share of the outcomes did not exceed, in seconds; None without outcomes."""
        return _percentile(self.latencies, share)


@define
class Timeline:
    """Counts outcomes by when they came and how long they took.

    Time is cut into bins of one width. A run that outlasts them has neighbours joined and the width doubled,
    and a latency is kept as the bucket of a logarithmic scale: a run over millions of keys takes as little
    memory as one over ten.
    """

    width: float = _FIRST_WIDTH
    first: float | None = None
    last: float = 0.0
    total: Counter[int] = field(factory=Counter)
    _bins: dict[int, Counter[int]] = field(factory=dict)

    def add(self, moment: float, latency: float) -> None:
        """Count an outcome. moment: seconds since the beginning that all timelines of a report share."""
        if self.first is None:
            self.first = moment
        self.last = max(self.last, moment)
        while moment / self.width >= _MOST_BINS:
            self._widen()
        # A logarithmic scale: the error is a share of the value, whether it is a
        # millisecond or a minute.
        bucket = round(_STEPS * math.log(max(latency, _SHORTEST)))
        self._bins.setdefault(int(moment / self.width), Counter())[bucket] += 1
        self.total[bucket] += 1

    def _widen(self) -> None:
        joined: dict[int, Counter[int]] = {}
        for place, found in self._bins.items():
            joined.setdefault(place // 2, Counter()).update(found)
        self._bins, self.width = joined, self.width * 2

    def __bool__(self) -> bool:
        return bool(self._bins)

    def percentile(self, share: float) -> float | None:
        """The latency that this share of all outcomes did not exceed, in seconds; None without outcomes."""
        return _percentile(self.total, share)

    def bins(self, begin: float, end: float) -> Iterator[Bin]:
        """The stretches between two moments, those without outcomes too: a pause is a rate of 0.

        A stretch that the run covers by less than a quarter shows no rate and is left out,
        unless it is the only one.
        """
        places = range(int(begin / self.width), int(end / self.width) + 1)
        for place in places:
            low, high = place * self.width, (place + 1) * self.width
            low, high = max(low, begin), min(high, end)
            if high - low > self.width / 4 or len(places) == 1:
                found = self._bins.get(place, Counter())
                yield Bin((low + high) / 2, max(high - low, _SHORTEST), found)


def _percentile(found: Counter[int], share: float) -> float | None:
    left = share * found.total()
    for bucket in sorted(found):
        left -= found[bucket]
        if left <= 0:
            return math.exp(bucket / _STEPS)
    return None


__all__ = ["Bin", "Timeline"]
