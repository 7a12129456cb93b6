"""The keys of a bulk run, taken one at a time: each once, and none that an earlier run has settled."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Hashable,
    Iterable,
    Iterator,
)
from typing import Final, Generic, TypeVar

from trunkline.bulk._key_set import KeySet, key_text
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.bulk.progress import Meter
from trunkline.errors import InputError

K = TypeVar("K", bound=Hashable)

_YIELD_EVERY: Final = 500
"""Keys passed over (duplicates, restored) before other tasks get a turn."""


class KeySource(Generic[K]):
    """Hands out keys with their positions; several tasks may call `take`.

    stopped: whether no further key is wanted. exhausted: whether the input has come to its end.
    """

    def __init__(
        self, keys: Iterable[K] | AsyncIterable[K], meter: Meter, stopped: Callable[[], bool]
    ) -> None:
        self._keys, self._meter, self._stopped = keys, meter, stopped
        self.exhausted = False
        self._checkpoint: Checkpoint | None = None
        self._key_set: KeySet | None = None
        self._open: set[str] = set()  # texts of keys without a committed outcome
        self._takers: set[asyncio.Task[None]] = set()  # tasks that wait for the source
        self._position = 0

    def start(self, checkpoint: Checkpoint | None, *, dedupe: bool) -> None:
        """Begin to read the input."""
        self._checkpoint = checkpoint
        if dedupe and checkpoint is None:
            # With a checkpoint its table of outcomes shows which keys are settled, and a second set
            # would hold them twice.
            self._key_set = KeySet()
        # An async generator refuses a second `anext` while one is running, so workers take turns.
        self._lock = asyncio.Lock()
        if isinstance(self._keys, AsyncIterable):
            self._async_keys: AsyncIterator[K] = aiter(self._keys)
        else:
            self._sync_keys: Iterator[K] = iter(self._keys)

    async def take(self) -> tuple[int, K] | None:
        """Return the next key that must be asked, with its position; None when there is none."""
        if isinstance(self._keys, AsyncIterable):
            return await self._take_async()
        passed = 0
        while not self._stopped():
            try:
                key = next(self._sync_keys)
            except StopIteration:
                self._end()
                return None
            # The position counts every key of the input, also duplicates and restored ones. A resumed
            # run then finds the same positions in the same input.
            position, self._position = self._position, self._position + 1
            if self._is_new(position, key):
                return position, key
            passed += 1
            if passed % _YIELD_EVERY == 0:
                # A resumed run may pass over millions of restored keys without a single await;
                # responses and timers of other tasks must still run.
                await asyncio.sleep(0)
        return None

    async def _take_async(self) -> tuple[int, K] | None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a worker is a task
        self._takers.add(task)
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
            self._takers.discard(task)
        return None

    def _end(self) -> None:
        # A truncated input would otherwise end as a complete run with keys missing.
        if self._checkpoint is not None and (past := self._checkpoint.beyond(self._position)):
            raise InputError(
                f"the input is shorter than that of the earlier run, which had at least {past} keys and not "
                f"{self._position}: keys may be missing. What is answered is kept; resume with the same input"
            )
        self.exhausted = True
        if self._meter.total is None:
            self._meter.total = self._position

    def _is_new(self, position: int, key: K) -> bool:
        """Return whether the key must be asked."""
        if self._key_set is not None:
            new = self._key_set.add(key)
            self._meter.duplicates += not new
            return new
        if self._checkpoint is None:
            return True
        text = key_text(key)
        # The first occurrence is in flight and not in the checkpoint yet.
        if self._checkpoint.by_key and text in self._open:
            self._meter.duplicates += 1
            return False
        place = self._checkpoint.find(position, text)
        if place is None:
            self._open.add(text)
            return True
        self._meter.duplicates += place != position
        return False

    def committed(self, key: K) -> None:
        """Record that the key's outcome is in the checkpoint."""
        self._open.discard(key_text(key))

    def wake(self) -> None:
        """Cancel the tasks that wait for a key, which may never come."""
        mine = asyncio.current_task()
        for task in self._takers:
            # A worker that fails calls this itself and must finish its own clean-up.
            if task is not mine:
                task.cancel()

    def close(self) -> None:
        """Release the memory of keys seen."""
        if self._key_set is not None:
            self._key_set.close()

    async def aclose(self) -> None:
        """Close an async generator that was not read to its end: the loop would do it later, in a task."""
        if not self.exhausted and isinstance(self._keys, AsyncGenerator):
            await self._keys.aclose()


__all__ = ["KeySource"]
