"""Progress told to a callback: at the start, every so often, at the end; it can never break the run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from trunkline.bulk.progress import Progress

_log = logging.getLogger("trunkline.bulk")


class Telling:
    """Calls `told` with what `look` sees.

    told: None tells nobody. interval: seconds between two calls. look: gives the state of the run.
    """

    def __init__(
        self, told: Callable[[Progress], None] | None, interval: float, look: Callable[[], Progress]
    ) -> None:
        self._told, self._interval, self._look = told, interval, look
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Tell now, and again after each interval."""
        if self._told is None:
            return
        self.tell()
        self._timer = asyncio.get_running_loop().call_later(self._interval, self.start)

    def stop(self) -> None:
        """Tell for the last time."""
        if self._timer is not None:
            self._timer.cancel()
        self.tell()

    def tell(self) -> None:
        """Tell once; a callback that raises is not called again."""
        if self._told is None:
            return
        try:
            self._told(self._look())
        except Exception:
            self._told = None
            with contextlib.suppress(Exception):
                _log.warning("the progress callback failed and is not called again", exc_info=True)


__all__ = ["Telling"]
