"""Calls the progress callback at the start, at an interval and at the end; its errors never end the run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from trunkline._callables import check_plain_function
from trunkline.bulk.progress import Progress

_log = logging.getLogger("trunkline.bulk")


class ProgressReporter:
    """Calls a callback with the progress of a run.

    callback: None reports to nobody. interval: seconds between two calls. snapshot: returns the progress.
    """

    def __init__(
        self, callback: Callable[[Progress], None] | None, interval: float, snapshot: Callable[[], Progress]
    ) -> None:
        if callback is not None:
            check_plain_function(callback, "progress")
        self._callback, self._interval, self._snapshot = callback, interval, snapshot
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Report now and after each interval."""
        if self._callback is None:
            return
        self.report()
        self._timer = asyncio.get_running_loop().call_later(self._interval, self.start)

    def stop(self) -> None:
        """Report for the last time."""
        if self._timer is not None:
            self._timer.cancel()
        self.report()

    def report(self) -> None:
        """Report once; a callback that raises is not called again."""
        if self._callback is None:
            return
        try:
            self._callback(self._snapshot())
        except Exception:
            self._callback = None
            with contextlib.suppress(Exception):
                _log.warning("the progress callback failed and is not called again", exc_info=True)


__all__ = ["ProgressReporter"]
