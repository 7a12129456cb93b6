"""Outages: a run pauses while its vendor is away, asks once a minute, and continues when the vendor is back.

A key that meets an outage has not failed: it waits. What counts as an outage is that the vendor cannot be
reached or states that it is unavailable, and that it has responded to nobody since the key was asked. An
error that one key alone meets, while others get a response, is that key's own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from attrs import define, field

from trunkline._wire.statuses import is_away
from trunkline.config import TimeSource
from trunkline.errors import AuthError, ConfigError, RateLimitedError, StatusError, TransportError
from trunkline.events import Hook, OutageEvent

PROBE_SECONDS: Final = 60.0
"""One probe a minute: little for a vendor that is down, and the run loses at most a minute at its return."""

PATIENCE_SECONDS: Final = 60.0
"""How long one call of a run retries by itself before it leaves the waiting to the run."""

_ALONE: Final = 10
"""Calls of a key that may fail so while others get a response; then the error is its own. With the patience
of each call that is as long as the default policy's deadline."""
_DURATION: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?\s*", re.ASCII)
_UNITS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class OutageError(TransportError):
    """The vendor was away for longer than the run waits. The keys that were not asked are left."""


def seconds_of(text: str | float) -> float:
    """Return the seconds of "90s", "30m", "6h", "1d" or a number.

    Raises:
        ConfigError: the text is not a duration.
    """
    # NaN fails the comparison and is refused below.
    if isinstance(text, int | float) and not isinstance(text, bool) and 0 <= text < float("inf"):
        return float(text)
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ConfigError(f"{str(text)[:40]!r} is not a duration; write 90s, 30m or 6h, or 0 for no waiting")
    return float(match[1]) * _UNITS[match[2] or ""]


def is_outage(error: BaseException) -> bool:
    """Whether the error may mean that the vendor is away, rather than that this request is wrong."""
    if isinstance(error, AuthError):
        # A login without a response, or one that was refused for pressure. A wrong password is not retryable.
        return error.retryable and (not error.status or is_away(error.status, error.retry_after))
    if isinstance(error, StatusError):
        # A 429 that outlasts the client's own retries is waited for by the run: once,
        # and not in each key.
        return isinstance(error, RateLimitedError) or is_away(error.status, error.retry_after)
    # An untrusted certificate does not become trusted by waiting.
    return isinstance(error, TransportError) and error.retryable


Began = tuple[TimeSource, float, int]


@define(kw_only=True, eq=False)
class Outage:
    """The pause of a run for one vendor. limit: seconds that an outage may last; 0 never pauses.

    key: the vendor as calls name it, "idi api.example.com", "" where it is not known. fixed: whether the time
    source was given, and is not that of the client. since: when the present outage began, None while there is
    none. next_probe: when the vendor is asked again. named: until when the vendor asked to wait, None if it
    did not. Times are seconds of `time_source.clock`.
    """

    limit: float
    time_source: TimeSource
    key: str = ""
    emit: Hook | None = None
    since: float | None = None
    next_probe: float = 0.0
    named: float | None = None
    reason: str = ""
    paused_seconds: float = 0.0
    fixed: bool = False
    on_over: Callable[[OutageError], None] = field(default=lambda error: None)
    turns: list[int] = field(factory=lambda: [0])
    """Responses so far, of all vendors of a run, as the one number in it."""
    _answered: int = -1
    _probing: bool = False
    _changed: asyncio.Future[None] | None = None
    _sleeper: asyncio.Task[None] | None = None

    @property
    def paused(self) -> bool:
        """Whether keys wait now."""
        return self.since is not None

    @property
    def vendor(self) -> str:
        """The vendor for messages, with a blank behind; "" where it is not known."""
        host = self.key.partition(" ")[2]
        return f"at {host} " if host else ""

    async def enter(self) -> bool:
        """Wait while the run is paused; return whether this caller is the probe."""
        # The condition is tested again after every wake-up: another key may have been the probe, or
        # the outage may be over.
        while self.since is not None:
            left = self.next_probe - self.time_source.clock()
            # Only one key probes. All others stay asleep, so a vendor that comes back meets one
            # request and not a thousand.
            if left <= 0 and not self._probing:
                self._probing = True
                self._tell("probing")
                return True
            if left > 0 and self._sleeper is None:
                # a task of its own: the one that sleeps may be cancelled, and the others must still wake
                self._sleeper = asyncio.create_task(self._sleep(left))
            await self._change()
        return False

    async def _sleep(self, seconds: float) -> None:
        try:
            await self.time_source.sleep(seconds)
        finally:
            self._sleeper = None
            self._announce()

    async def _change(self) -> None:
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        # All waiting keys share this future. Without the shield a cancelled key would
        # cancel it for the others.
        await asyncio.shield(self._changed)

    def use(self, time_source: TimeSource) -> None:
        """Wait by the clock of the client that the calls go through."""
        if time_source is self.time_source or self.fixed:
            return
        self.time_source = time_source

    def left(self, *, probing: bool) -> None:
        """Record that a probe ended without a result, as by a cancellation: the next key may probe."""
        if probing:
            self._probing = False
            self._announce()

    def answered(self) -> None:
        """Record that the vendor responded: the outage, if there was one, is over."""
        # The number orders responses and calls without a clock: `began` remembers it, and a response
        # with a higher number came later.
        self.turns[0] += 1
        # Any response counts, also an error of the vendor's own: it shows that somebody is there.
        self._answered = self.turns[0]
        if self.since is not None:
            self._end_pause()
            self._tell("over")
            self.since = self.named = None
            self._probing = False
            self._announce()

    def _end_pause(self) -> None:
        self.paused_seconds += self.time_source.clock() - (self.since or 0.0)

    def began(self) -> tuple[TimeSource, float, int]:
        """Return what `failed` and `pause` need to know of the moment at which a key is asked."""
        return self.time_source, self.time_source.clock(), self.turns[0]

    def failed(self, error: Exception, began: Began, *, probing: bool, times: int) -> bool:
        """Record an error that may mean an outage; return whether its key waits and is asked again.

        Args:
            began: what `began` returned. probing: whether it was the probe. times: how often this key has met
                such an error.
        """
        if not self.limit:
            return False
        # The vendor responded to another key after this one was asked, so the vendor is there and the
        # failure is this key's own.
        if self._answered > began[2] and not probing:
            # a 429 is about the whole client, never about one key
            return isinstance(error, RateLimitedError) or times < _ALONE
        self.pause(error, began, probing=probing)
        now = self.time_source.clock()
        if self.since is not None and now - self.since >= self.limit:
            self._give_up(error, now - self.since)
            return False
        return True

    def pause(self, error: Exception, began: Began, *, probing: bool = False) -> None:
        """Begin the pause, or extend it until the next probe."""
        if not self.limit or (self._answered > began[2] and not probing):
            return
        now = self.time_source.clock()
        # the clock of the first call is not known before it: see `use`
        start = began[1] if began[0] is self.time_source else now
        asked = getattr(error, "retry_after", None)
        if isinstance(asked, int | float) and asked > 0:
            # Keys that were in flight together may name different times; the latest is the safe one.
            self.named = max(self.named or 0.0, now + asked)
        self.reason = _reason(error)
        fresh = self.since is None
        if self.since is None:
            self.since = now
        if fresh or probing:
            self._probing = False
            # a minute after the last request, which may itself have taken long to fail
            # The time that the vendor named is shown but does not delay the probe: an outage may
            # end hours before it.
            self.next_probe = max(now, start + PROBE_SECONDS)
            self._tell("paused")
            self._announce()

    def _give_up(self, error: Exception, lasted: float) -> None:
        over = OutageError(
            f"the vendor {self.vendor}has been away for {lasted:.0f} s ({self.reason}), longer than this run "
            "waits; what is left can be done by a resumed run",
            may_have_run=bool(getattr(error, "may_have_run", False)),
        )
        # The error ends the run through the pool. Raised here it would become the
        # outcome of this one key.
        self.on_over(over)
        self.release()

    def release(self) -> None:
        """Let everybody go, whatever the state: the run ends."""
        if self.since is not None:
            self._end_pause()
        self.since = None
        self._probing = False
        if self._sleeper is not None:
            self._sleeper.cancel()
        self._announce()

    def _announce(self) -> None:
        if self._changed is not None:
            if not self._changed.done():
                self._changed.set_result(None)
            self._changed = None

    def _tell(self, state: str) -> None:
        if self.emit is None:
            return
        now = self.time_source.clock()
        self.emit(
            OutageEvent(
                state=state,  # type: ignore[arg-type]
                reason=self.reason,
                seconds=now - (self.since if self.since is not None else now),
                next_probe=max(0.0, self.next_probe - now),
                retry_after=None if self.named is None else max(0.0, self.named - now),
            )
        )


@define(kw_only=True, eq=False)
class Outages:
    """The outages of one run, one for each vendor that its calls reach. Arguments as for `Outage`.

    A run over two vendors waits for the one that is away while keys of the other one are asked.
    """

    limit: float
    time_source: TimeSource
    emit: Hook | None = None
    fixed: bool = False
    on_over: Callable[[OutageError], None] = field(default=lambda error: None)
    _turns: list[int] = field(factory=lambda: [0])
    _found: dict[str, Outage] = field(factory=dict)

    def of(self, vendor: str, time_source: TimeSource | None = None) -> Outage:
        """Return the outage of a vendor. time_source: that of the client through which it is called."""
        found = self._found.get(vendor)
        if found is None:
            self._found[vendor] = found = Outage(
                limit=self.limit,
                time_source=self.time_source,
                key=vendor,
                emit=self.emit,
                fixed=self.fixed,
                # The lambda reads the callback when it is called: the pool sets it after the
                # first outage may exist.
                on_over=lambda error: self.on_over(error),
                turns=self._turns,
            )
        if time_source is not None and not self.fixed:
            self.time_source = time_source  # for the vendors to come
            found.use(time_source)
        return found

    def only(self) -> Outage | None:
        """Return the outage of the vendor that all calls went to so far; None where there are several."""
        return next(iter(self._found.values())) if len(self._found) == 1 else None

    @property
    def current(self) -> Outage | None:
        """The longest of the outages that last now, None while there is none."""
        now = [one for one in self._found.values() if one.since is not None]
        # The progress line has room for one outage.
        return min(now, key=lambda one: one.since or 0.0) if now else None

    @property
    def paused_seconds(self) -> float:
        """Seconds of outages that have ended, one after the other or side by side."""
        return sum(one.paused_seconds for one in self._found.values())

    def began(self) -> Began:
        """As `Outage.began`, for a key whose vendor is not known yet."""
        return self.time_source, self.time_source.clock(), self._turns[0]

    def release(self) -> None:
        """Let everybody go: the run ends."""
        for one in self._found.values():
            one.release()


def _reason(error: Exception) -> str:
    status = getattr(error, "status", 0)
    return f"status {status}" if status else type(error).__name__


__all__ = [
    "PATIENCE_SECONDS",
    "PROBE_SECONDS",
    "Outage",
    "OutageError",
    "Outages",
    "is_outage",
    "seconds_of",
]
