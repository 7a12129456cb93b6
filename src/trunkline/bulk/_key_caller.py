"""The call of one key: whose error it is when it fails, and how it waits for the end of an outage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

from trunkline._calls.counters import CallCounters, CallRules
from trunkline.bulk._outage import Outage, Outages, is_outage

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_STRANGE: Final = 20
"""Errors outside the tree before anything else came back; then the program is taken to be wrong."""

LEFT: Final = Exception("the run ended while this key waited")
"""In place of an error: the key has no outcome and is left to a resumed run."""


class KeyCaller(Generic[K, T]):
    """Calls for single keys; all workers of a run share it.

    Args:
        outages: the pauses that keys wait for. catch, fatal: as in `bulk.lookup`.
        stopped: whether no further key is wanted. halted: whether the run ends with an error.
        exhausted: whether every key of the input was taken.
        on_client: see `CallRules`. Attributes:
        held: keys that wait for the end of an outage.
    """

    def __init__(
        self,
        call: Callable[[K], Awaitable[T]],
        *,
        outages: Outages,
        catch: tuple[type[Exception], ...],
        fatal: tuple[type[Exception], ...],
        stopped: Callable[[], bool],
        halted: Callable[[], bool],
        exhausted: Callable[[], bool],
        on_client: Callable[[str, Callable[[], str]], None],
    ) -> None:
        self._call, self._outages = call, outages
        self._catch, self._fatal = catch, fatal
        self._stopped, self._halted, self._exhausted = stopped, halted, exhausted
        self._on_client = on_client
        self.held = 0
        self._last_good: K | None = None
        self._strange = 0  # errors outside the tree in a row

    def rules(self, *, patience: float | None, only_repeatable: bool) -> CallRules:
        """Return the rules of one worker's calls."""
        return CallRules(
            patience=patience,
            only_repeatable=only_repeatable,
            on_response=lambda vendor: self._outages.of(vendor).answered(),
            on_client=self._on_client,
        )

    async def ask(
        self, key: K, counters: CallCounters, rules: CallRules
    ) -> tuple[T | None, Exception | None]:
        """Call until there is a value or an error of this key's own; an outage is waited for.

        Returns: value and error; the error is `LEFT` where the run ended before the key had an outcome.
        Raises: an error that no other key can escape, or that is a mistake in the program.
        """
        # which vendor a key needs shows when its call meets it; with a single one it is known before
        # `suspect` is set once a probe has shown that the vendor is back and this key still fails.
        outage, met, suspect = self._outages.only(), 0, False
        while True:
            probing = outage is not None and outage.paused and await self._enter(outage)
            # A key that was never sent may still be asked after a stop: it was taken before. One that
            # waited must not begin a new call.
            if (met or probing) and self._stopped():
                _leave(outage, probing)
                return None, LEFT  # stopped while it waited: it has no outcome, a resumed run asks it
            self._let_pass(rules, outage if probing else None)
            # The moment is taken before the call. A failure counts as an outage only if the vendor has
            # responded to nobody since then.
            began = self._outages.began()
            try:
                value = await self._call(key)
            except Exception as caught:
                met += 1
                # The call was held back before anything was sent, because the vendor that it needs is
                # paused. So it did not fail; the key goes back to wait for that vendor.
                if rules.held is not None:
                    _leave(outage, probing)  # what was probed is back, and another vendor is away
                    outage = self._outages.of(rules.held)
                    continue
                final = self._is_final(caught, counters, rules, outage, probing=probing) or suspect
                # what must not be repeated is the caller's to settle, whatever the outage does
                once = rules.once and bool(getattr(caught, "may_have_run", False))
                # a batch's error comes to keys whose own worker has sent nothing
                vendor = rules.met or (outage or self._outages.of("")).key
                # The client's own clock comes with its first call. Waits of an outage then run on that
                # clock, which tests replace.
                found = self._outages.of(vendor, rules.time_source)
                if found is not outage:
                    _leave(outage, probing)
                    probing = False
                outage = found
                if final or once or not outage.failed(caught, began, probing=probing, times=met):
                    outage.left(probing=probing)
                    return None, LEFT if self._halted() and not final and not once else caught
                suspect = probing and met > 1 and await self._is_back(key, rules)
            # A cancelled probe must release its turn, or nobody would ever probe again and the run
            # would wait for ever.
            except BaseException:
                _leave(outage, probing)
                raise
            else:
                if outage is not None and probing:
                    outage.answered()
                self._last_good, self._strange = key, 0
                return value, None

    def _let_pass(self, rules: CallRules, probed: Outage | None) -> None:
        """Set the rules of the next call: it may go to the vendor that it probes, and to those not away."""
        rules.probe, rules.held, rules.met = probed is not None, None, ""
        rules.is_paused = None
        if self._outages.only() is None:
            of = self._outages.of
            # With a single vendor, `ask` has waited already. With several, only the call itself knows
            # its vendor, so the client asks before it sends.
            rules.is_paused = lambda vendor: (found := of(vendor)) is not probed and found.paused

    def _is_final(
        self,
        error: Exception,
        counters: CallCounters,
        rules: CallRules,
        outage: Outage | None,
        *,
        probing: bool,
    ) -> bool:
        """Whether the error is this key's outcome; raises one that ends the run."""
        away = bool(self._outages.limit) and is_outage(error)
        # A fatal error may also be noticed in the call of another key of the same batch; `rules.fatal`
        # carries it to this one.
        if rules.fatal is not None or (isinstance(error, self._fatal) and not away):
            _leave(outage, probing)
            raise rules.fatal or error
        if not isinstance(error, self._catch):
            # One response that no code was prepared for is its key's own. A mistake in the program meets
            # every key: it shows without any request, or at the first keys, one after the other.
            self._strange += 1
            if not counters.attempts or (self._last_good is None and self._strange >= _STRANGE):
                _leave(outage, probing)
                raise error
        if not is_outage(error):
            if rules.met:
                self._outages.of(rules.met).answered()
            return True
        # an error that another function raised without a request of a client is taken as it is
        # `time_source` is set by a client's call. Without it the error came from a
        # function that has no client.
        return not away or rules.time_source is None

    async def _enter(self, outage: Outage) -> bool:
        self.held += 1
        try:
            return await outage.enter()
        finally:
            self.held -= 1

    async def _is_back(self, key: K, rules: CallRules) -> bool:
        """Whether a key that got a response before still gets one.

        Asked once no other keys are left: if the vendor is there, what the remaining key meets is its own.
        """
        if not self._exhausted() or self._last_good is None or self._last_good == key:
            return False
        rules.is_paused = None
        try:
            await self._call(self._last_good)
        except self._catch as error:
            if is_outage(error):
                return False
        return True


def _leave(outage: Outage | None, probing: bool) -> None:
    """Let the next key probe, where this one was the probe and has not settled whether the vendor is back."""
    if outage is not None:
        outage.left(probing=probing)


__all__ = ["LEFT", "KeyCaller"]
