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
from trunkline.bulk._key_caller import LEFT, KeyCaller
from trunkline.bulk._key_source import KeySource
from trunkline.bulk._outage import PATIENCE_SECONDS, Outages
from trunkline.bulk._reporter import ProgressReporter
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.progress import Meter, Progress
from trunkline.errors import DeadlineError
from trunkline.events import Hook, KeyEvent

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class WorkerPool(Generic[K, T]):
    """All tasks of one run. `start` once, `next` until None, `close` always.

    only_repeatable: refuse calls of operations that must not be repeated, since a key may be asked again.
    deadline: seconds after which the run ends with the keys that are left; None for no end.
    """

    stop: asyncio.Event | None = None
    checkpoint: Checkpoint | None = None
    emit: Hook | None = None
    only_repeatable = True
    deadline: float | None = None
    keys_left = False
    """Whether a key was taken and has no outcome, because the run ended while it waited in an outage."""
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
        outages: Outages,
    ) -> None:
        self._size, self._clock = concurrency, clock
        self.outages = outages
        self._caller: KeyCaller[K, T] = KeyCaller(
            call,
            outages=outages,
            catch=catch,
            fatal=fatal,
            stopped=self._stopped,
            halted=lambda: self._halted,
            exhausted=lambda: self.exhausted,
            on_client=self._claim,
        )
        # An outage that lasts too long ends the whole run and not one key.
        outages.on_over = self._fail
        self.meter = Meter(clock, None)
        self._source: KeySource[K] = KeySource(keys, self.meter, self._stopped)
        self._reporter = ProgressReporter(None, 0.0, lambda: self.progress)
        # `_ready` has at most twice `concurrency` outcomes: `_room` is cleared at the first
        # `concurrency` of them, and each worker may add the one it is working on. So a slow reader
        # pauses the asking and memory stays bounded.
        self._ready: deque[Outcome[K, T]] = deque()
        self._unsaved: list[Outcome[K, T]] = []
        self._save_planned = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers: list[asyncio.Task[None]] = []
        self._counters: list[CallCounters] = []
        self._clients: set[tuple[str, Callable[[], str]]] = set()
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
        waiting = sum(counters.waiting > 0 for counters in self._counters) + self._caller.held
        return self.meter.snapshot(waiting=waiting, finished=self._closing, outage=self.outages.current)

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
            # The event loop keeps only weak references to tasks; the set keeps them alive.
            task.add_done_callback(self._left)
        if self.stop is not None:
            self._watchers.append(self._loop.create_task(self._watch_stop(self.stop)))
        if self.deadline is not None:
            self._watchers.append(self._loop.create_task(self._end_after(self.deadline)))
        self._reporter.start()

    async def next(self) -> Outcome[K, T] | None:
        """Return the next outcome, None at the end; raise what stopped the run after the last one."""
        while not self._ready:
            if not self._tasks and not self._unsaved:
                if self._failure is not None:
                    raise self._failure
                return None
            # The flag is cleared before the wait and after the queue was found empty, with no await in
            # between, so no outcome is missed.
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
        for task in (*self._tasks, *self._watchers):
            task.cancel()
        self.outages.release()
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
        tasks: set[asyncio.Task[None]] = {*self._tasks, *self._watchers}
        cancelled = False
        # A caller that leaves the run must find no task of it: they would use a client
        # that is closed next.
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

    def _claim(self, api: str, identity: Callable[[], str]) -> None:
        """Check once for each client that it reaches what the checkpoint was made for."""
        # Called for every request, so the result is remembered and the checkpoint is read
        # once for each client.
        if self.checkpoint is None or (api, identity) in self._clients:
            return
        self.checkpoint.claim(api, identity())
        self._clients.add((api, identity))

    # ---- asking

    async def _work(self) -> None:
        patience = PATIENCE_SECONDS if self.outages.limit else None
        rules = self._caller.rules(patience=patience, only_repeatable=self.only_repeatable)
        counters = CallCounters(rules)
        self._counters.append(counters)
        # The context variable belongs to this task. The client finds the counters there, so that a
        # user's function between the pool and the client needs no extra argument.
        current.set(counters)
        try:
            while True:
                # The test saves a trip through the event loop for every key of a run
                # whose reader keeps up.
                if not self._room.is_set():
                    await self._room.wait()
                taken = await self._source.take()
                if taken is None:
                    return
                await self._ask(taken[0], taken[1], counters, rules)
        # A cancellation that nobody in this run asked for would otherwise end one worker
        # silently and lose its key.
        except asyncio.CancelledError as error:
            if not self._closing and not self._stopped():
                self._fail(error)  # the call itself was cancelled from elsewhere
        except BaseException as error:
            self._fail(error)
            # KeyboardInterrupt and SystemExit are raised in the event loop.
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
            value, error = await self._caller.ask(key, counters, rules)
        finally:
            meter.in_flight -= 1
            meter.waited += counters.waited
            meter.retries += counters.retries
        if error is LEFT:
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

    def _settle(self, outcome: Outcome[K, T]) -> None:
        if self.checkpoint is None:
            self._publish([outcome])
            return
        # The outcome is published only after it was saved: what the caller has seen
        # is never asked again.
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
            batch = self.checkpoint.write(batch)
        except BaseException as error:
            # Outcomes that cannot be saved are not published either, since a resumed
            # run would repeat them.
            self._broken = True
            self._fail(error)
            for task in self._tasks:
                task.cancel()  # their outcomes could not be saved
            self._news.set()
            return
        for outcome in batch:
            # Only now does the checkpoint know the key, so a duplicate can be found there.
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
        # The first error is the cause; later ones are often its consequences.
        if self._failure is None:
            self._failure = error
        self._halted = True
        # Keys that wait for an outage must wake up to see that the run ends.
        self.outages.release()
        self._source.wake()

    async def _watch_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.outages.release()
        self._source.wake()

    async def _end_after(self, seconds: float) -> None:
        """End the run at its deadline; what is in flight then has a moment to finish."""
        sleep = self.outages.time_source.sleep
        await sleep(seconds)
        self._fail(
            DeadlineError(
                f"the run's deadline of {seconds:.0f} s is over; what is left can be done by a resumed run"
            )
        )
        await sleep(_GRACE_SECONDS)
        for task in self._tasks:
            task.cancel()

    def _left(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # A task whose exception nobody reads makes asyncio log a warning.
            task.exception()  # handed to the reader by `_fail`
        if not self._tasks:
            self._news.set()


_GRACE_SECONDS = 10.0
"""How long calls in flight may continue after the run's deadline; a key that is cut off is left."""


def _event(outcome: Outcome[Any, Any]) -> KeyEvent:
    error = None if outcome.error is None else type(outcome.error).__name__
    return KeyEvent(index=outcome.index, error=error, attempts=outcome.attempts, seconds=outcome.latency)


__all__ = ["WorkerPool"]
