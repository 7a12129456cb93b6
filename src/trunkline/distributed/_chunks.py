"""Keys in chunks, each key once, read as the run goes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from attrs import field, frozen

from trunkline.bulk._key_set import KeySet

K = TypeVar("K", bound=Hashable)


@frozen(kw_only=True)
class Chunk(Generic[K]):
    """Keys that one worker is asked to look up. positions: of the keys in the input.

    Neither is in the repr: Dask writes arguments of failed tasks to its logs.
    """

    number: int
    keys: tuple[K, ...] = field(repr=False)
    positions: tuple[int, ...] = field(repr=False)


class Chunks(Generic[K]):
    """Cuts the keys into chunks; `next` is called by one task at a time."""

    def __init__(self, keys: Iterable[K] | AsyncIterable[K], size: int, *, dedupe: bool) -> None:
        self._size = size
        self._seen = KeySet() if dedupe else None
        self._async: AsyncIterator[K] | None = None
        self._sync: Iterator[K] = iter(())
        if isinstance(keys, AsyncIterable):
            self._async = aiter(keys)
        else:
            self._sync = iter(keys)
        self._position = 0
        self._number = 0
        self._broken: Exception | None = None

    async def next(self) -> Chunk[K] | None:
        """Return the next chunk, smaller than the others at the end; None when there are no keys left.

        What the source raises is raised after the chunk of the keys that it gave before.
        """
        if self._broken is not None:
            raise self._broken
        keys: list[K] = []
        positions: list[int] = []
        while len(keys) < self._size:
            try:
                key = next(self._sync) if self._async is None else await anext(self._async)
            except (StopIteration, StopAsyncIteration):
                break
            except Exception as error:
                if not keys:
                    raise
                # The keys read before the failure are still looked up; the error is
                # kept for the next call.
                self._broken = error
                break
            if self._seen is None or self._seen.add(key):
                keys.append(key)
                positions.append(self._position)
            # Duplicates count too, so `index` is the place in the caller's input.
            self._position += 1
        if not keys:
            return None
        self._number += 1
        return Chunk(number=self._number, keys=tuple(keys), positions=tuple(positions))

    async def aclose(self) -> None:
        """Close an async generator of keys and the memory of keys seen."""
        if self._seen is not None:
            self._seen.close()
        if isinstance(self._async, AsyncGenerator):
            await self._async.aclose()


__all__ = ["Chunk", "Chunks"]
