"""The batching of a loader: collects keys, sends batches, halves failed ones, returns rows to their keys.

Plain callbacks and one task for each request: nothing runs while nobody waits.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from trunkline._calls import counters
from trunkline.bulk._batches import Batch, Entry, Split, count
from trunkline.bulk._failures import is_about_length, may_be_the_batch, own_copy
from trunkline.bulk._matching import CutError, StrayRowError, identity, share
from trunkline.bulk._sizing import Sizing
from trunkline.bulk._sources import Source
from trunkline.errors import ArgumentError, ConfigError, ResponseShapeError, TransportError

R = TypeVar("R")


class Batcher(Generic[R]):
    """Collects keys into batches and resolves their waiters; see `Loader` for the settings."""

    def __init__(
        self, source: Source[R], *, window: float, max_in_flight: int, max_keys: int, sizing: Sizing
    ) -> None:
        self.sizing = sizing
        self.asked = self.joined = self.batches = self.halved = 0
        self._whole = 0  # rows of the longest response known not to be cut
        self._cut_at = 0  # rows of the last one that was
        self._source, self._window = source, window
        self._most, self._max_keys = max_in_flight, max_keys
        self._entries: dict[Hashable, Entry[R]] = {}  # by key: queued or in flight
        self._queue: dict[Hashable, Entry[R]] = {}
        self._queued = 0  # characters of the queue
        self._halves: deque[Batch[R]] = deque()
        self._flying: dict[asyncio.Task[None], Batch[R]] = {}
        self._timer: asyncio.Handle | None = None
        self._due = False  # the window of what is queued is over; it only waits for room
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

    async def wait(self, key: Any) -> tuple[list[R], int]:
        """Return the rows of a key, and in how many requests it went out."""
        loop = asyncio.get_running_loop()
        if self.closed:
            raise ConfigError("this loader is closed; make a new one")
        if self._loop is not loop:
            if self._entries:
                raise ConfigError("a loader belongs to the event loop of its first call; make one a loop")
            self._loop = loop
        entry = self._join(key, loop)
        waiter: asyncio.Future[list[R]] = loop.create_future()
        # The counters of each waiting task are kept, since the request runs in a task of its own.
        entry.waiters[waiter] = counters.current.get()
        try:
            return await waiter, entry.attempts
        finally:
            entry.waiters.pop(waiter, None)
            if not entry.waiters:
                self._leave(entry)

    def _join(self, key: Any, loop: asyncio.AbstractEventLoop) -> Entry[R]:
        if key is None:
            raise ArgumentError("a key must not be None: it would ask for all rows without a value")
        try:
            name = identity(key)
            entry = self._entries.get(name)
        except TypeError:
            raise ArgumentError(f"a key cannot be {type(key).__name__}, which is not hashable") from None
        if entry is not None:
            self.joined += 1
            return entry
        length = self._source.length(key) + self._source.joint
        self._source.prepare(key)
        entry = Entry(key=key, length=length)
        self._entries[name] = self._queue[name] = entry
        self._queued += length
        self.asked += 1
        if self._timer is None and not self._due:  # what is due waits for room, and then goes by itself
            # not sent at once, even if full: its first waiter is not there yet
            full = self._window == 0 or self._is_full()
            # `call_soon` lets all tasks that are ready in this turn add their keys.
            self._timer = loop.call_soon(self._now) if full else loop.call_later(self._window, self._now)
        elif self._is_full() and isinstance(self._timer, asyncio.TimerHandle):
            self._timer.cancel()
            self._timer = loop.call_soon(self._now)
        return entry

    def _leave(self, entry: Entry[R]) -> None:
        """Nobody waits for this key any more: forget it, and the request if it is for such keys only."""
        if self._queue.get(identity(entry.key)) is entry:
            del self._queue[identity(entry.key)]
            self._queued -= entry.length
            self._forget(entry)
        elif entry.batch is not None and not any(one.waiters for one in entry.batch.entries):
            for one in entry.batch.entries:
                self._forget(one)
            if entry.batch.task is not None:
                entry.batch.task.cancel()

    def _forget(self, entry: Entry[R]) -> None:
        """Let the key be asked anew from now on."""
        name = identity(entry.key)
        if self._entries.get(name) is entry:
            del self._entries[name]

    # ---- sending

    def _now(self) -> None:
        """The window is over, or a batch is full: send as much as `max_in_flight` allows."""
        self._timer = None
        self._due = bool(self._queue)
        self._pump()

    def _is_full(self) -> bool:
        room = self.sizing.limit - self._source.overhead()
        return self._queued >= room or len(self._queue) >= self._max_keys

    def _pump(self) -> None:
        while not self.closed and len(self._flying) < self._most:
            if self._halves:
                self._send(self._halves.popleft())
            elif self._queue and self._due:
                self._send(self._cut())
            else:
                break
        self._due = self._due and bool(self._queue)

    def _cut(self) -> Batch[R]:
        """Take as many keys off the queue as one query may hold."""
        overhead = self._source.overhead()
        limit, trial = self.sizing.limit, False
        if self._queued + overhead > limit and (larger := self.sizing.larger()) is not None:
            limit, trial = larger, True
            self.sizing.tries()
        entries: list[Entry[R]] = []
        length = overhead
        for entry in self._queue.values():
            if entries and (length + entry.length > limit or len(entries) >= self._max_keys):
                break
            entries.append(entry)
            length += entry.length
        if self._source.page and len(entries) < len(self._queue) and len(entries) % 100 == 0:
            # where each key has one row, exactly 100 rows look like a cut page and cost one more request
            length -= entries.pop().length
        for entry in entries:
            del self._queue[identity(entry.key)]
            self._queued -= entry.length
        return Batch(entries=entries, length=length, trial=trial)

    def _send(self, batch: Batch[R]) -> None:
        for entry in [one for one in batch.entries if not one.waiters]:
            batch.entries.remove(entry)
            self._forget(entry)
        if not batch.entries:
            self._back(batch, good=False)
            return
        waiting = next(iter(batch.entries[0].waiters.values()))
        for entry in batch.entries:
            entry.batch, entry.rules = batch, waiting.rules
        counts = counters.CallCounters(waiting.rules)
        # the request is not that of the lookup that happened to start it: it counts for all its keys
        context = contextvars.copy_context()
        context.run(counters.current.set, counts)
        work = self._ask(batch, counts)
        batch.task = task = asyncio.get_running_loop().create_task(work, context=context)
        self._flying[task] = batch
        self.batches += 1
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        batch = self._flying.pop(task)
        if batch.trial:
            self.sizing.tried()
        if task.cancelled():
            error = (
                _closed() if self.closed else TransportError("the request was cancelled", may_have_run=True)
            )
            self._refuse_all(batch, error)
        elif (failure := task.exception()) is not None:
            self._refuse_all(batch, failure)
        self._pump()

    async def _ask(self, batch: Batch[R], counts: counters.CallCounters) -> None:
        keys = [entry.key for entry in batch.entries]
        counted = batch.entries
        try:
            rows = await self._source.ask(keys)
            shares = share(keys, rows, self._source.key_of, self._source.name)
            missing = [entry for entry, found in zip(counted, shares, strict=True) if not found]
            # A key without a row is either unknown or was cut off.
            if missing and len(rows) > self._whole and len(keys) > 1:
                count(counted, counts)
                counts.reset()
                counted = missing
                await self._refuse_cut(missing, len(rows))
        except Exception as error:
            count(counted, counts)
            if len(batch.entries) > 1 and may_be_the_batch(error):
                self._halve(batch, error)
            else:
                self._refuse_all(batch, error)
            return
        count(counted, counts)
        self.sizing.worked(batch.length)
        self._back(batch, good=True)
        for entry, found in zip(batch.entries, shares, strict=True):
            for waiter in self._release(entry):
                waiter.set_result(list(found))

    async def _refuse_cut(self, missing: list[Entry[R]], rows: int) -> None:
        """Ask again for keys without a row, in case the response was cut silently.

        A cut response is as long as the cut allows, so one that is not longer than a response known to be
        whole was not cut: a few requests in a loader's life are enough to know.

        Raises:
            CutError: the response was cut.
        """
        if await self._source.ask([entry.key for entry in missing]):
            if rows == self._cut_at:  # twice the same: no row that was only just made
                self._max_keys = min(self._max_keys, rows)
            self._cut_at = rows
            raise CutError(rows)
        self._whole = max(self._whole, rows)

    # ---- results

    def _release(self, entry: Entry[R]) -> list[asyncio.Future[list[R]]]:
        """Add the key's counters to its waiters and return the waiters."""
        self._forget(entry)
        entry.batch = None
        for counts in entry.waiters.values():
            if counts.rules is not None and entry.rules is not None:
                counts.rules.take_over(entry.rules)
            counts.attempts += entry.attempts
            counts.retries += entry.retries
            counts.waited += entry.waited
        return [waiter for waiter in entry.waiters if not waiter.done()]

    def _refuse(self, entry: Entry[R], error: BaseException) -> None:
        for waiter in self._release(entry):
            waiter.set_exception(own_copy(error, entry.attempts))

    def _refuse_all(self, batch: Batch[R], error: BaseException) -> None:
        if isinstance(error, StrayRowError):
            name = self._source.name
            error = ResponseShapeError(
                f"{name}: {error}; the vendor compares keys in another way, or did not heed the filter",
                operation=name,
            )
        self._back(batch, good=False)
        for entry in batch.entries:
            self._refuse(entry, error)

    def _halve(self, batch: Batch[R], error: Exception) -> None:
        self.halved += 1
        self._back(batch, good=False)
        split = None  # stray or missing rows are not evidence about the length
        if not isinstance(error, StrayRowError | CutError):
            split = Split(length=batch.length, certain=is_about_length(error))
        middle = len(batch.entries) // 2
        overhead = self._source.overhead()
        for entries in (batch.entries[:middle], batch.entries[middle:]):
            length = overhead + sum(entry.length for entry in entries)
            half: Batch[R] = Batch(entries=entries, length=length, split=split)
            for entry in entries:
                entry.batch = half
            self._halves.append(half)

    def _back(self, batch: Batch[R], *, good: bool) -> None:
        """Record the result of a half: only if both succeed, the whole failed by its length."""
        split = batch.split
        if split is None:
            return
        split.left -= 1
        split.good &= good
        split.longest = max(split.longest, batch.length)
        if not split.left and split.good:
            self.sizing.too_long(split.length, split.longest, certain=split.certain)

    async def close(self) -> None:
        """Cancel requests in flight and fail the waiters; no task is left."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        halves = [entry for batch in self._halves for entry in batch.entries]
        for entry in (*self._queue.values(), *halves):
            self._refuse(entry, _closed())
        self._queue.clear()
        self._halves.clear()
        tasks = list(self._flying)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def _closed() -> ConfigError:
    return ConfigError("this loader was closed before the response came")


__all__ = ["Batcher"]
