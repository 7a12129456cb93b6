"""Connections to one server between two exchanges.

aiohttp's pool makes an object for each use of a connection and keeps books of it: a tenth of what a lookup
costs. So what was connected stays in use as far as that pool knows, and waits here.
"""

from __future__ import annotations

import asyncio
import functools
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any


class IdleConnections:
    """The newest is used first, so that those which are not needed grow old.

    keep: seconds that a connection may be idle. The longer it is, the more often a request is written to a
    connection that the server is just closing.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, keep: float) -> None:
        self._loop = loop
        self._keep = keep
        self._kept: deque[tuple[Any, float]] = deque()
        self._sweep: asyncio.TimerHandle | None = None

    def take(self) -> Any:
        """A connection that is open and on which nothing came unasked; None where there is none."""
        oldest = self._loop.time() - self._keep
        while self._kept:
            connection, since = self._kept.pop()
            if since >= oldest and _is_good(connection):
                return connection
            connection.close()
        return None

    def put(self, connection: Any) -> None:
        """Keep a connection whose response was read, or close it where that left it of no use."""
        if not _is_good(connection):
            connection.close()
            return
        self._kept.append((connection, self._loop.time()))
        if self._sweep is None:
            self._sweep_at(self._loop.time() + self._keep)

    def _close_old(self) -> None:
        self._sweep = None
        oldest = self._loop.time() - self._keep
        while self._kept and self._kept[0][1] <= oldest:
            self._kept.popleft()[0].close()
        if self._kept:
            self._sweep_at(self._kept[0][1] + self._keep)

    def _sweep_at(self, when: float) -> None:
        """The timer holds this weakly, so that it keeps no connections of a client alive that was dropped."""
        sweep = weakref.WeakMethod(self._close_old)
        self._sweep = self._loop.call_at(when, functools.partial(_call_if_alive, sweep))

    def give_back(self) -> None:
        """Give all of them back to aiohttp's pool, which closes them and waits until they are closed."""
        while self._kept:
            self._kept.pop()[0].release()
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None


def _call_if_alive(method: weakref.WeakMethod[Callable[[], None]]) -> None:
    call = method()
    if call is not None:
        call()


def _is_good(connection: Any) -> bool:
    """Whether it is open, and nothing came on it that nobody asked for."""
    protocol = connection.protocol  # None once it was closed here
    return protocol is not None and protocol.is_connected() and not protocol.should_close


__all__ = ["IdleConnections"]
