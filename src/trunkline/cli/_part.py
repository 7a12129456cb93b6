"""One run of the demo in numbers: what was asked, what came back and when, and whether it is all there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from trunkline.cli._pressure import Pressure


@define(kw_only=True)
class Part:
    """What one part of the demo did.

    unit: what is counted, keys or rows. begin: seconds from the demo's start. samples: the time at which each
    outcome came (since the demo's start) and its latency, in seconds. lost: keys without a row in the file
    that was written. extra: rows that nobody asked for, or twice.
    """

    name: str
    unit: str
    pressure: Pressure = field(factory=Pressure)
    asked: int = 0
    failed: int = 0
    begin: float = 0.0
    seconds: float = 0.0
    samples: list[tuple[float, float]] = field(factory=list)
    lost: int = 0
    extra: int = 0
    file: Path = Path()

    @property
    def rate(self) -> float:
        """Keys or rows a second."""
        return self.asked / self.seconds if self.seconds else 0.0

    @property
    def complete(self) -> bool:
        """Whether every key is in the file once, with an answer."""
        return not (self.lost or self.extra or self.failed)

    def percentile(self, share: float) -> float | None:
        """Return the latency that this share of the outcomes did not exceed, in seconds."""
        return percentile([latency for _, latency in self.samples], share)

    def account(self, asked: Iterable[str], written: Iterable[str]) -> None:
        """Compare what was asked with what stands in the file."""
        wanted, found = Counter(asked), Counter(written)
        self.lost = sum((wanted - found).values())
        self.extra = sum((found - wanted).values())


def percentile(values: Iterable[float], share: float) -> float | None:
    """Return the value that this share of the values does not exceed, None without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


__all__ = ["Part", "percentile"]
