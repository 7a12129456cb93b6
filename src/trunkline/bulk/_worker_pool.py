"""The tasks of a bulk run: each takes a key, calls, and passes the outcome to one reader.

The pool is plain tasks rather than an `asyncio.TaskGroup`: the reader is an async generator, and a task
group would cancel whatever the reader's caller happens to be doing when a worker fails.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

from trunkline._calls.counters import CallCounters, CallRules, current
from trunkline.bulk._failures import attempts_of
from trunkline.bulk._key_source import KeySource
from trunkline.bulk._outage import PATIENCE_SECONDS, Outage, is_outage
from trunkline.bulk._reporter import ProgressReporter
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.progress import Meter, Progress
from trunkline.errors import ArgumentError
from trunkline.events import Hook, KeyEvent

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class WorkerPool(Generic[K, T]):
    """All tasks of one run. `start` once, `next` until None, `close` always.

    only_repeatable: refuse calls of operations that must not be repeated, since a key may be asked again.
    """

    stop: asyncio.Event | None = None
    checkpoint: Checkpoint | None = None
    emit: Hook | None = None
    only_repeatable = True
    keys_left = False
    """Whether a key was taken and has no outcome, because the run ended while it waited for an outage's
    end."""
    cut_short = False
    """Whether the reader was cancelled, so that keys are left."""

    def __init__(
        self,
        call: Callable[[K], Awaitable[T]],
        keys: Iterable[K] | AsyncIterable[K],
        *,
        concurrency: int,
        catch: tuple[type[Exception], ...],
        fatal: tuple[type[Exception], ...],
        clock: Callable[[], float],
        outage: Outage,
    ) -> None:
        self._call, self._size = call, concurrency
        self._catch, self._fatal, self._clock = catch, fatal, clock
        self.outage = outage
        outage.on_over = self._fail
        self.meter = Meter(clock, None)
        self._source: KeySource[K] = KeySource(keys, self.meter, self._stopped)
        self._reporter = ProgressReporter(None, 0.0, lambda: self.progress)
        self._ready: deque[Outcome[K, T]] = deque()
        self._unsaved: list[Outcome[K, T]] = []
        self._save_planned = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._counters: list[CallCounters] = []
        self._held = 0  # keys that wait for the end of an outage
        self._last_good: K | None = None
        self._strange = 0  # errors outside the tree in a row
        self._halted = self._closing = False
        self._broken = False  # the checkpoint cannot be written
        self._failure: BaseException | None = None

    def watch(self, progress: Callable[[Progress], None] | None, interval: float, total: int | None) -> None:
        """Set the progress callback, its interval in seconds, and the number of keys."""
        self._reporter, self.meter.total = ProgressReporter(progress, interval, lambda: self.progress), total

    @property
    def exhausted(self) -> bool:
        """Whether every key of the input has an outcome."""
        return self._source.exhausted and not self.keys_left

    @property
    def progress(self) -> Progress:
        """The current state of the run."""
        waiting = sum(counters.waiting > 0 for counters in self._counters) + self._held
        return self.meter.snapshot(waiting=waiting, finished=self._closing, outage=self.outage)

    def start(self, *, dedupe: bool) -> None:
        """Start the workers."""
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()
        self._room.set()
        self._news = asyncio.Event()
        self._source.start(self.checkpoint, dedupe=dedupe)
        for _ in range(self._size):
            task = self._loop.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._left)
        if self.stop is not None:
            self._watcher = self._loop.create_task(self._watch_stop(self.stop))
        self._reporter.start()

    async def next(self) -> Outcome[K, T] | None:
        """Return the next outcome, None at the end; raise what stopped the run after the last one."""
        while not self._ready:
            if not self._tasks and not self._unsaved:
                if self._failure is not None:
                    raise self._failure
                return None
            self._news.clear()
            await self._news.wait()
        outcome = self._ready.popleft()
        if len(self._ready) < self._size:
            self._room.set()
        return outcome

    def abandon(self) -> None:
        """Cancel all tasks and save finished outcomes, without waiting."""
        if self._closing:
            return
        self._closing = self._halted = True
        for task in (*self._tasks, *([self._watcher] if self._watcher else [])):
            task.cancel()
        self.outage.release()
        try:
            if self._unsaved:
                self._save()
        finally:
            if self.checkpoint is not None:
                self.checkpoint.close()
                self.checkpoint = None
            self._source.close()
            self._reporter.stop()

    async def close(self) -> None:
        """End all tasks and wait for them, also when cancelled meanwhile."""
        self.abandon()
        tasks: set[asyncio.Task[None]] = {*self._tasks, *([self._watcher] if self._watcher else [])}
        cancelled = False
        while tasks:
            try:
                _, tasks = await asyncio.wait(tasks)
            except asyncio.CancelledError:
                cancelled = True  # a second cancellation must not leave tasks behind
        await self._source.aclose()
        if cancelled:
            raise asyncio.CancelledError

    def _stopped(self) -> bool:
        return self._halted or (self.stop is not None and self.stop.is_set())

    # ---- asking

    async def _work(self) -> None:
        patience = PATIENCE_SECONDS if self.outage.limit else None
        rules = CallRules(patience=patience, only_repeatable=self.only_repeatable)
        counters = CallCounters(rules)
        self._counters.append(counters)
        current.set(counters)
        try:
            while True:
                if not self._room.is_set():
                    await self._room.wait()
                taken = await self._source.take()
                if taken is None:
                    return
                await self._ask(taken[0], taken[1], counters, rules)
        except asyncio.CancelledError as error:
            if not self._closing and not self._stopped():
                self._fail(error)  # the call itself was cancelled from elsewhere
        except BaseException as error:
            self._fail(error)
            if not isinstance(error, Exception):
                raise

    async def _ask(self, position: int, key: K, counters: CallCounters, rules: CallRules) -> None:
        meter = self.meter
        counters.reset()
        rules.once = False
        meter.in_flight += 1
        begin = self._clock()
        value: T | None = None
        error: Exception | None = None
        try:
            value, error = await self._answer(key, counters, rules)
        finally:
            meter.in_flight -= 1
            meter.waited += counters.waited
            meter.retries += counters.retries
        if error is _LEFT:
            self.keys_left = True
            return
        self._settle(
            Outcome(
                key=key,
                value=value,
                error=error,
                attempts=counters.attempts or attempts_of(error),
                latency=self._clock() - begin,
                index=position,
            )
        )
        # the error's traceback holds this frame: without this, each failed key is a reference cycle
        del error

    async def _answer(
        self, key: K, counters: CallCounters, rules: CallRules
    ) -> tuple[T | None, Exception | None]:
        """Call until there is an answer or an error of this key's own; an outage is waited for."""
        outage, met, suspect = self.outage, 0, False
        while True:
            probing = await self._enter() if outage.paused else False
            if (met or probing) and self._stopped():
                return None, _LEFT  # stopped while it waited: it has no outcome, a resumed run asks it
            rules.probe = probing
            began = outage.began()
            try:
                value = await self._call(key)
            except Exception as caught:
                met += 1
                final = self._is_final(caught, counters, rules, probing=probing) or suspect
                once = rules.once and bool(getattr(caught, "may_have_run", False))
                if final or once or not outage.failed(caught, began, probing=probing, times=met):
                    outage.left(probing=probing)
                    return None, _LEFT if self._halted and not final and not once else caught
                suspect = probing and met > 1 and await self._is_back(key)
            except BaseException:
                outage.left(probing=probing)
                raise
            else:
                outage.answered()
                self._last_good, self._strange = key, 0
                return value, None

    def _is_final(self, error: Exception, counters: CallCounters, rules: CallRules, *, probing: bool) -> bool:
        """Whether the error is this key's outcome; raises one that ends the run."""
        outage = self.outage
        if isinstance(error, self._fatal) or (rules.refused and isinstance(error, ArgumentError)):
            outage.left(probing=probing)
            raise error
        if not isinstance(error, self._catch):
            # One response that no code was prepared for is its key's own. A mistake in the program meets
            # every
            # key: it shows without any request, or at the first keys, one after the other.
            self._strange += 1
            if not counters.attempts or (self._last_good is None and self._strange >= _STRANGE):
                outage.left(probing=probing)
                raise error
        if not is_outage(error):
            outage.answered()
            return True
        if rules.time_source is not None:
            outage.use(rules.time_source)
        # an error that another function raised without a request of a client is taken as it is
        return not outage.limit or rules.time_source is None

    async def _enter(self) -> bool:
        self._held += 1
        try:
            return await self.outage.enter()
        finally:
            self._held -= 1

    async def _is_back(self, key: K) -> bool:
        """Once no other keys are left, ask for one that was answered before: if it still is, the vendor is
        there,
        and what the remaining key meets is its own."""
        if not self.exhausted or self._last_good is None or self._last_good == key:
            return False
        try:
            await self._call(self._last_good)
        except self._catch as error:
            if is_outage(error):
                return False
        self.outage.answered()
        return True

    def _settle(self, outcome: Outcome[K, T]) -> None:
        if self.checkpoint is None:
            self._publish([outcome])
            return
        self._unsaved.append(outcome)
        if not self._save_planned:
            # all outcomes of this turn of the loop share one transaction
            self._save_planned = True
            self._loop.call_soon(self._save)

    def _save(self) -> None:
        self._save_planned = False
        batch, self._unsaved = self._unsaved, []
        if not batch or self.checkpoint is None or self._broken:
            self._news.set()
            return
        try:
            self.checkpoint.write(batch)
        except BaseException as error:
            self._broken = True
            self._fail(error)
            for task in self._tasks:
                task.cancel()  # their outcomes could not be saved
            self._news.set()
            return
        for outcome in batch:
            self._source.committed(outcome.key)
        self._publish(batch)

    def _publish(self, outcomes: list[Outcome[K, T]]) -> None:
        for outcome in outcomes:
            self.meter.asked += 1
            self.meter.failed += outcome.error is not None
            self._ready.append(outcome)
            if self.emit is not None:
                self.emit(_event(outcome))
        if len(self._ready) >= self._size:
            self._room.clear()
        self._news.set()

    # ---- ending

    def _fail(self, error: BaseException) -> None:
        """Take no further key; keys in flight are finished, then the reader gets the error."""
        if self._failure is None:
            self._failure = error
        self._halted = True
        self.outage.release()
        self._source.wake()

    async def _watch_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.outage.release()
        self._source.wake()

    def _left(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # handed to the reader by `_fail`
        if not self._tasks:
            self._news.set()


_STRANGE = 20
"""Errors outside the tree before anything else came back; then the program is taken to be wrong."""

_LEFT = Exception("the run ended while this key waited")
"""In place of an error: the key has no outcome and is left to a resumed run."""


def _event(outcome: Outcome[Any, Any]) -> KeyEvent:
    error = None if outcome.error is None else type(outcome.error).__name__
    return KeyEvent(index=outcome.index, error=error, attempts=outcome.attempts, seconds=outcome.latency)


__all__ = ["WorkerPool"]
