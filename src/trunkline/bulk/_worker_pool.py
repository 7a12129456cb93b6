"""The tasks of a bulk run: each takes a key, calls, and passes the outcome to one reader.

The pool is plain tasks rather than an `asyncio.TaskGroup`: the reader is an async generator, and a task
group would cancel whatever the reader's caller happens to be doing when a worker fails.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Hashable,
    Iterable,
    Iterator,
)
from typing import Any, Final, Generic, TypeVar

from trunkline._calls import counters
from trunkline.bulk._failures import attempts_of
from trunkline.bulk._key_set import KeySet
from trunkline.bulk._reporter import ProgressReporter
from trunkline.bulk.checkpoint import Checkpoint, key_text
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.progress import Meter, Progress
from trunkline.events import Hook, KeyEvent

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_YIELD_EVERY: Final = 500
"""Keys passed over (duplicates, restored) before other tasks get a turn."""


class WorkerPool(Generic[K, T]):
    """All tasks of one run. `start` once, `next` until None, `close` always."""

    stop: asyncio.Event | None = None
    checkpoint: Checkpoint | None = None
    emit: Hook | None = None
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
    ) -> None:
        self._call, self._keys, self._size = call, keys, concurrency
        self._catch, self._fatal, self._clock = catch, fatal, clock
        self.meter = Meter(clock, None)
        self.exhausted = False
        self._reporter = ProgressReporter(None, 0.0, lambda: self.progress)
        self._seen: KeySet | None = None
        self._asking: set[str] = set()  # texts of keys without a committed outcome
        self._ready: deque[Outcome[K, T]] = deque()
        self._unsaved: list[Outcome[K, T]] = []
        self._save_planned = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._taking: set[asyncio.Task[None]] = set()  # workers that wait for the source of keys
        self._watcher: asyncio.Task[None] | None = None
        self._counts: list[counters.CallCounters] = []
        self._position = 0
        self._halted = self._closing = False
        self._broken = False  # the checkpoint cannot be written
        self._failure: BaseException | None = None

    def watch(self, progress: Callable[[Progress], None] | None, interval: float, total: int | None) -> None:
        """Set the progress callback, its interval in seconds, and the number of keys."""
        self._reporter, self.meter.total = ProgressReporter(progress, interval, lambda: self.progress), total

    @property
    def progress(self) -> Progress:
        """The current state of the run."""
        waiting = sum(counts.waiting > 0 for counts in self._counts)
        return self.meter.snapshot(waiting=waiting, finished=self._closing)

    def start(self, *, dedupe: bool) -> None:
        """Start the workers."""
        self._loop = asyncio.get_running_loop()
        if dedupe and self.checkpoint is None:
            self._seen = KeySet()
        self._room = asyncio.Event()
        self._room.set()
        self._news = asyncio.Event()
        self._lock = asyncio.Lock()
        take: Callable[[], Awaitable[tuple[int, K] | None]]
        if isinstance(self._keys, AsyncIterable):
            self._async_keys: AsyncIterator[K] = aiter(self._keys)
            take = self._take_async
        else:
            self._sync_keys: Iterator[K] = iter(self._keys)
            take = self._take
        for _ in range(self._size):
            task = self._loop.create_task(self._work(take))
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
        try:
            if self._unsaved:
                self._save()
        finally:
            if self.checkpoint is not None:
                self.checkpoint.close()
                self.checkpoint = None
            if self._seen is not None:
                self._seen.close()
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
        if not self.exhausted and isinstance(self._keys, AsyncGenerator):
            await self._keys.aclose()  # else the loop would finish it in a task of its own, later
        if cancelled:
            raise asyncio.CancelledError

    # ---- taking keys

    async def _take(self) -> tuple[int, K] | None:
        passed = 0
        while not self._stopped():
            try:
                key = next(self._sync_keys)
            except StopIteration:
                self._end()
                return None
            position, self._position = self._position, self._position + 1
            if self._is_new(position, key):
                return position, key
            passed += 1
            if passed % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
        return None

    async def _take_async(self) -> tuple[int, K] | None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a worker is a task
        self._taking.add(task)
        passed = 0
        try:
            async with self._lock:
                while not self._stopped() and not self.exhausted:
                    try:
                        key = await anext(self._async_keys)
                    except StopAsyncIteration:
                        self._end()
                        return None
                    position, self._position = self._position, self._position + 1
                    if self._is_new(position, key):
                        return position, key
                    passed += 1
                    if passed % _YIELD_EVERY == 0:
                        await asyncio.sleep(0)
        finally:
            self._taking.discard(task)
        return None

    def _end(self) -> None:
        self.exhausted = True
        if self.meter.total is None:
            self.meter.total = self._position

    def _stopped(self) -> bool:
        return self._halted or (self.stop is not None and self.stop.is_set())

    def _is_new(self, position: int, key: K) -> bool:
        """Return whether the key must be asked."""
        if self._seen is not None:
            new = self._seen.add(key)
            self.meter.duplicates += not new
            return new
        if self.checkpoint is None:
            return True
        text = key_text(key)
        if self.checkpoint.by_key and text in self._asking:
            self.meter.duplicates += 1
            return False
        place = self.checkpoint.find(position, text)
        if place is None:
            self._asking.add(text)
            return True
        self.meter.duplicates += place != position
        return False

    # ---- asking

    async def _work(self, take: Callable[[], Awaitable[tuple[int, K] | None]]) -> None:
        counts = counters.CallCounters()
        self._counts.append(counts)
        counters.current.set(counts)
        try:
            while True:
                if not self._room.is_set():
                    await self._room.wait()
                taken = await take()
                if taken is None:
                    return
                await self._ask(taken[0], taken[1], counts)
        except asyncio.CancelledError as error:
            if not self._closing and not self._stopped():
                self._fail(error)  # the call itself was cancelled from elsewhere
        except BaseException as error:
            self._fail(error)
            if not isinstance(error, Exception):
                raise

    async def _ask(self, position: int, key: K, counts: counters.CallCounters) -> None:
        meter = self.meter
        counts.reset()
        meter.in_flight += 1
        begin = self._clock()
        value: T | None = None
        error: Exception | None = None
        try:
            value = await self._call(key)
        except self._catch as caught:
            if isinstance(caught, self._fatal):
                raise
            error = caught
        finally:
            meter.in_flight -= 1
            meter.waited += counts.waited
            meter.retries += counts.retries
        self._settle(
            Outcome(
                key=key,
                value=value,
                error=error,
                attempts=counts.attempts or attempts_of(error),
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
            self._asking.discard(key_text(outcome.key))
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
        self._wake_takers()

    async def _watch_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake_takers()

    def _wake_takers(self) -> None:
        """Cancel the workers that wait for a key, which may never come."""
        mine = asyncio.current_task()
        for task in self._taking:
            if task is not mine:
                task.cancel()

    def _left(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # handed to the reader by `_fail`
        if not self._tasks:
            self._news.set()


def _event(outcome: Outcome[Any, Any]) -> KeyEvent:
    error = None if outcome.error is None else type(outcome.error).__name__
    return KeyEvent(index=outcome.index, error=error, attempts=outcome.attempts, seconds=outcome.latency)


__all__ = ["WorkerPool"]
