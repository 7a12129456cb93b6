"""The life of a client: its event loop, its background tasks, how it is closed."""

from __future__ import annotations

import asyncio
import warnings
from types import TracebackType
from typing import Any, Self

from trunkline._calls.attempts import Attempts
from trunkline._wire.messages import Transport
from trunkline.errors import ConfigError


class Lifecycle:
    """Base of the client; the client sets what is declared here."""

    _attempts: Attempts
    _closed: bool
    _loop: asyncio.AbstractEventLoop | None
    _owned: bool
    _tasks: set[asyncio.Task[Any]]
    _transport: Transport

    def _first_use(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and not self._closed:
            raise ConfigError("a client belongs to the event loop of its first call; make one for each loop")
        self._loop = loop

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._tasks.discard)
        return task

    async def __aenter__(self) -> Self:
        if self._closed:
            raise ConfigError("this client is closed; make a new one")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close connections, end background tasks and calls that are under way; closing twice is fine."""
        self._closed = self._attempts.closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            if self._owned:
                await self._transport.aclose()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True) and self._owned and self._loop is not None:
            warnings.warn(
                f"unclosed {self!r}; use `async with` or aclose()", ResourceWarning, stacklevel=2, source=self
            )


__all__ = ["Lifecycle"]
