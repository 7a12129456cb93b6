"""Keys from a source that may block, such as a pipe, read by a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Final

from trunkline.cli._reading import Key

_HELD: Final = 1000
"""Keys that are read ahead of those who take them."""


async def in_thread(keys: Iterator[Key]) -> AsyncIterator[Key]:
    """Yield keys from a source that may block (a pipe), read by a thread that ends with the process."""
    # asyncio cannot read a plain file or a terminal without blocking on every
    # system, so a thread reads.
    loop = asyncio.get_running_loop()
    arrived, room = asyncio.Event(), threading.Semaphore(_HELD)
    held: deque[Key] = deque()
    ended: list[BaseException | None] = []

    def tell() -> None:
        try:
            loop.call_soon_threadsafe(arrived.set)
        except RuntimeError:
            return  # the loop is closed: nobody waits for keys

    def pump() -> None:
        error: BaseException | None = None
        try:
            for key in keys:
                # The semaphore blocks the thread once a thousand keys are waiting, so a fast pipe does
                # not fill the memory.
                room.acquire()
                held.append(key)
                tell()
        except BaseException as caught:
            error = caught
        ended.append(error)
        tell()

    # A daemon: a thread that waits on a pipe cannot be interrupted and would keep the
    # program from ending.
    threading.Thread(target=pump, name="trunkline-input", daemon=True).start()
    while True:
        # Cleared before the queue is emptied: a key that arrives in between sets it
        # again and is not missed.
        arrived.clear()
        while held:
            yield held.popleft()
            room.release()
        if ended and not held:
            if ended[0] is not None:
                raise ended[0]
            return
        if not held:
            await arrived.wait()


__all__ = ["in_thread"]
