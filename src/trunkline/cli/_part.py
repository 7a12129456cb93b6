"""One run of the demo in numbers: what was asked, what came back and when, and whether it is all there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from trunkline.cli._pressure import Pressure
from trunkline.cli._timeline import Timeline


@define(kw_only=True)
class Part:
    """What one part of the demo did.

    unit: what is counted, keys or rows. begin: seconds from the demo's start. timeline: outcomes since the
    demo's start. lost: keys without a row in the file that was written. extra: rows that nobody asked for, or
    twice.
    """

    name: str
    unit: str
    pressure: Pressure = field(factory=Pressure)
    asked: int = 0
    failed: int = 0
    begin: float = 0.0
    seconds: float = 0.0
    timeline: Timeline = field(factory=Timeline)
    lost: int = 0
    extra: int = 0
    file: Path = Path()

    @property
    def rate(self) -> float:
        """Keys or rows a second."""
        return self.asked / self.seconds if self.seconds else 0.0

    @property
    def complete(self) -> bool:
        """Whether every key is in the file once, with a value."""
        return not (self.lost or self.extra or self.failed)

    def percentile(self, share: float) -> float | None:
        """Return the latency that this share of the outcomes did not exceed, in seconds."""
        return self.timeline.percentile(share)

    def account(self, asked: Iterable[str], written: Iterable[str]) -> None:
        """Compare what was asked with what is in the file."""
        # Counters and not sets: a key that is in the file twice would not show in a set.
        wanted, found = Counter(asked), Counter(written)
        self.lost = sum((wanted - found).values())
        self.extra = sum((found - wanted).values())


__all__ = ["Part"]
