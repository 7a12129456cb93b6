"""Progress for people: a live bar on a terminal, a plain line now and then in a pipe or a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from trunkline.bulk.progress import Progress
from trunkline.cli._console import counted

_PLAIN_SECONDS: Final = 5.0
_NAME: Final = 20
_NUMBERS: Final = 46
"""Columns that names and numbers take on a narrow terminal; what is left is for the bar."""
_BAR: Final = 28


def duration(seconds: float | None) -> str:
    """Return a time in words: 8s, 3m 20s, 2h 5m."""
    if seconds is None:
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest}s"
    return f"{minutes // 60}h {minutes % 60}m"


class Display:
    """Shows one or more runs side by side; `report` gives the callback for `bulk.lookup(progress=…)`."""

    def __init__(
        self, console: Console, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console, self._clock, self._quiet = console, clock, quiet
        # A bar redraws its line with control codes, which would fill a log file.
        self._live = console.is_terminal and not quiet
        # On a narrow terminal the bar goes first; the numbers are what is read.
        room = console.width - _NAME - _NUMBERS - 6
        columns = [SpinnerColumn(), TextColumn("[bold]{task.description}")]
        if room >= 5:
            columns.append(BarColumn(bar_width=min(_BAR, room)))
        columns.append(TextColumn("{task.fields[numbers]}"))
        self._roomy = room >= _BAR
        self._bars = Bars(*columns, console=console, disable=not self._live)
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def report(self, name: str, state: Callable[[], str]) -> Callable[[Progress], None]:
        """Return a progress callback under this name; `state` returns what the run waits for."""
        shown = name if self._roomy or len(name) <= _NAME else f"{name[: _NAME - 1]}…"
        self._tasks[name] = self._bars.add_task(shown, total=None, numbers="")
        self._said[name] = self._clock()

        def show(progress: Progress) -> None:
            waits = "" if progress.finished else state()
            if self._live:
                self._bars.update(
                    self._tasks[name],
                    total=progress.total,
                    completed=progress.done + progress.duplicates,
                    numbers=_numbers(progress, waits, live=True),
                )
            elif self._quiet:
                return
            elif (progress.finished and progress.done) or self._clock() - self._said[name] >= _PLAIN_SECONDS:
                self._said[name] = self._clock()
                self._console.print(f"{name}: {_numbers(progress, waits)}", markup=False)

        return show


def _numbers(progress: Progress, waits: str, *, live: bool = False) -> str:
    """Return the numbers in one line; on a terminal, what is waited for replaces the time left."""
    of = f"/{progress.total:,}" if progress.total is not None else ""
    parts = [f"{progress.done:,}{of}{'' if live and of else ' keys'}"]
    if progress.finished:
        asked = progress.done - progress.restored
        # At the end the mean of the whole run; the rate of the last ten seconds would be that
        # of the slowest keys.
        mean = asked / progress.elapsed if progress.elapsed > 0 else 0.0
        parts.append(f"{mean:,.0f}/s")
    elif progress.elapsed > 0:
        parts.append(f"{progress.rate:,.0f}/s")
    if progress.failed or not live:
        parts.append(counted(progress.failed, "error"))
    if progress.duplicates and not live:
        parts.append(counted(progress.duplicates, "duplicate"))
    if progress.finished:
        parts.append(f"in {duration(progress.elapsed)}")
    elif progress.outage:
        text = _outage(progress)
        parts.append(f"[yellow]{text}[/]" if live else text)
    elif waits:
        parts.append(f"[yellow]{waits}[/]" if live else waits)
    elif progress.eta is not None:
        parts.append(f"{duration(progress.eta)} left")
    return " · ".join(parts)


def _outage(progress: Progress) -> str:
    """Why the run is paused, since when, and until when."""
    named = progress.retry_after
    until = f", which named {duration(named)}" if named else ""  # at 0 that time is over
    return (
        f"the vendor is away ({progress.outage}) for {duration(progress.outage_seconds)}{until}: "
        f"asked again in {duration(progress.next_probe)}"
    )


__all__ = ["Display", "duration"]
