"""Progress of a bulk run, and the meter that counts it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

if TYPE_CHECKING:
    from trunkline.bulk._outage import Outage

_WINDOW_SECONDS: Final = 10.0
"""The rate covers the last ten seconds: it follows an open circuit breaker and is steady enough to read."""


@frozen(kw_only=True)
class Progress:
    """The state of a bulk run.

    done: keys with an outcome, restored ones included. failed: those of them with an error. duplicates: keys
    not asked because they came before. in_flight: keys being asked now. waiting: those of them that wait for
    the vendor (backoff or open circuit breaker). elapsed, eta: seconds; eta is None while the total or the
    rate is unknown. rate: outcomes a second over the last ten seconds. outage: why the run is paused, empty
    while it is not; outage_seconds: since when. next_probe: seconds until the vendor is asked again.
    retry_after: seconds until the time that the vendor named, None if it named none.
    """

    done: int = 0
    failed: int = 0
    restored: int = 0
    duplicates: int = 0
    in_flight: int = 0
    waiting: int = 0
    retries: int = 0
    waited: float = 0.0
    total: int | None = None
    elapsed: float = 0.0
    rate: float = 0.0
    eta: float | None = None
    finished: bool = False
    outage: str = ""
    outage_seconds: float = 0.0
    next_probe: float | None = None
    retry_after: float | None = None

    @property
    def succeeded(self) -> int:
        """Keys that have a value."""
        return self.done - self.failed


def _paused(outage: Outage) -> dict[str, Any]:
    now = outage.time_source.clock()
    return {
        "outage": outage.reason,
        "outage_seconds": now - (outage.since or now),
        "next_probe": max(0.0, outage.next_probe - now),
        "retry_after": None if outage.named is None else max(0.0, outage.named - now),
    }


class Meter:
    """Counts outcomes and their rate. clock: monotonic seconds."""

    def __init__(self, clock: Callable[[], float], total: int | None) -> None:
        self._clock = clock
        self._start = clock()
        self._marks: deque[tuple[float, int]] = deque([(self._start, 0)])
        self.total = total
        self.asked = self.failed = self.restored = self.duplicates = self.in_flight = self.retries = 0
        self.waited = 0.0

    def snapshot(self, *, waiting: int = 0, finished: bool = False, outage: Outage | None = None) -> Progress:
        """Return the current progress."""
        now = self._clock()
        rate = self._rate(now)
        done = self.asked + self.restored
        left = None if self.total is None else max(0, self.total - done - self.duplicates)
        return Progress(
            done=done,
            failed=self.failed,
            restored=self.restored,
            duplicates=self.duplicates,
            in_flight=self.in_flight,
            waiting=waiting,
            retries=self.retries,
            waited=self.waited,
            total=self.total,
            elapsed=now - self._start,
            rate=rate,
            eta=left / rate if left is not None and rate > 0 else None,
            finished=finished,
            **(_paused(outage) if outage is not None and outage.paused else {}),
        )

    def _rate(self, now: float) -> float:
        marks = self._marks
        if now > marks[-1][0]:
            marks.append((now, self.asked))
        # The second mark is compared, so that the first one kept is the last from before the window.
        # Two marks always stay: a rate needs two.
        while len(marks) > 2 and now - marks[1][0] >= _WINDOW_SECONDS:
            marks.popleft()
        then, before = marks[0]
        return (self.asked - before) / (now - then) if now > then else 0.0


__all__ = ["Meter", "Progress"]
