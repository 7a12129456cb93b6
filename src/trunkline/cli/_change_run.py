"""What `plan`, `apply` and `export` share: a client, signals, progress, and how rows are shown."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from trunkline import bulk
from trunkline.bulk._files import InUseError
from trunkline.bulk.plan import FieldChange
from trunkline.bulk.progress import Progress
from trunkline.cli._console import err, note
from trunkline.cli._display import Display
from trunkline.cli._pressure import Pressure

_LETTING_GO_SECONDS: Final = 20.0


@contextlib.contextmanager
def stopping(stop: asyncio.Event) -> Iterator[None]:
    """Let the first SIGINT, SIGTERM or SIGHUP stop the run cleanly, and a second one cancel it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def handle() -> None:
        if stop.is_set() and task is not None:
            # The second signal cancels the main task instead of raising KeyboardInterrupt somewhere:
            # clean-up code still runs and journals are closed.
            task.cancel()
            return
        note("stopping: what is in flight is finished first (again to stop at once)")
        stop.set()

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
        for number in numbers:
            loop.add_signal_handler(number, handle)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


def opened(path: Path) -> bulk.Journal:
    """Open a plan, and give the workers of an earlier run that was killed the time to let go of its parts.

    Raises:
        CheckpointError: the plan itself is in use, or a part is for longer.
    """
    until, told = time.monotonic() + _LETTING_GO_SECONDS, False
    while True:
        try:
            return bulk.Journal(path)
        except InUseError as error:
            if error.place == path.resolve() or time.monotonic() >= until:
                raise
            if not told:
                note(f"waiting for the workers of an earlier run to let go of {path}")
                told = True
            time.sleep(0.2)


def connector(
    api: str,
    given: dict[str, Any],
    *,
    profile: str | None,
    routes: Sequence[str],
    rate: str | None,
    concurrency: int | None,
) -> Callable[[Any], Any]:
    """Return what makes the client of a run, with these hooks; settings are resolved now."""
    from trunkline.cli import _apis
    from trunkline.cli._options import pairs
    from trunkline.config import Limits

    settings = _apis.settings(api, given, profile=profile, routes=pairs(routes, "--route"))
    pace = rate or settings.value("rate")
    limits = Limits(rate=pace) if concurrency is None else Limits(rate=pace, concurrency=concurrency)
    return lambda hooks: _apis.open_client(settings, limits=limits, hooks=hooks)


@contextlib.asynccontextmanager
async def running(
    name: str, open_client: Callable[[Any], Any]
) -> AsyncIterator[tuple[Any, Callable[[Progress], None], asyncio.Event]]:
    """Give a client, a progress callback and a stop event for one run."""
    stop, pressure = asyncio.Event(), Pressure()
    client = open_client([pressure])
    # Signals are handled before the client connects, so that an early Ctrl-C leaves no half-open run.
    with stopping(stop), Display(err) as display:
        async with client:
            yield client, display.report(name, lambda: pressure.state), stop


def shown(change: FieldChange, *, hide: bool) -> str:
    """Return one difference as a person reads it; values are hidden where they may be key material."""
    if hide:
        return change.name or "list"
    return f"{change.name or 'list'}: {_text(change.now)} -> {_text(change.then)}"


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


__all__ = ["connector", "opened", "running", "shown", "stopping"]
