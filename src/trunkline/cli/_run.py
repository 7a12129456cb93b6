"""The run behind `trunkline lookup`: ask, stop cleanly on a signal, then leave the rest to `_results`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import define, field

from trunkline import bulk
from trunkline.bulk._files import FileLock
from trunkline.bulk.progress import Progress
from trunkline.cli import _apis, _files, _pacing, _reading
from trunkline.cli._console import USAGE, complain, err, note, run_loop
from trunkline.cli._display import Display
from trunkline.cli._input_thread import in_thread
from trunkline.cli._plan import Plan, prepare
from trunkline.cli._question import Question
from trunkline.cli._results import Ended, finish
from trunkline.cli._run_report import Measured
from trunkline.errors import (
    ArgumentError,
    AuthError,
    CheckpointError,
    ConfigError,
    InputError,
    MultipleRowsError,
    NotFoundError,
    TrunklineError,
)

GRACE_SECONDS = 10.0
"""After the first Ctrl-C, keys in flight have this long to finish; a second Ctrl-C ends them at once."""


def carry_out(plan: Plan) -> int:
    """Carry the plan out and return the exit code."""
    with contextlib.ExitStack() as stack:
        checkpoint = plan.checkpoint
        if checkpoint is None:
            # Without a checkpoint the outcomes still go through a file: rows are written in the order
            # of the input, and memory does not grow with the keys.
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-"))
            checkpoint = Path(folder) / "run.checkpoint"
        out = plan.target.path
        if out is not None and (out.is_file() or not out.exists()):
            # two runs on one output would write over each other, whatever checkpoints they have
            stack.callback(FileLock(out, f"the output {out}").release)
        run = Run(plan, checkpoint)
        try:
            interrupted = run_loop(_pacing.paced(plan.rate, run.ask()))
        except (KeyboardInterrupt, asyncio.CancelledError):
            return finish(plan, run.ended(interrupted=True))
        except TrunklineError as error:
            complain(error)
            if not run.started:
                return USAGE
            with contextlib.suppress(CheckpointError):
                return finish(plan, run.ended(failure=error))
            return USAGE
        return finish(plan, run.ended(interrupted=interrupted))


@define
class Run:
    """The state of a run.

    started: whether anything was created. several: keys with more than one row. began: monotonic seconds.
    """

    plan: Plan
    checkpoint: Path
    started: bool = False
    gave_up: bool = False
    several: int = 0
    identity: str | None = None
    began: float = field(factory=time.monotonic)
    last: Progress = field(factory=Progress)
    measured: Measured = field(factory=Measured)
    stop: asyncio.Event = field(factory=asyncio.Event)

    def ended(self, *, interrupted: bool = False, failure: TrunklineError | None = None) -> Ended:
        """Return how it ended."""
        return Ended(
            checkpoint=self.checkpoint,
            identity=self.identity,
            last=self.last,
            measured=self.measured,
            several=self.several,
            gave_up=self.gave_up,
            interrupted=interrupted,
            failure=failure,
        )

    async def ask(self) -> bool:
        """Ask for every key; return whether a signal, or --max-errors, ended it early."""
        plan, pressure = self.plan, self.measured.pressure
        opened = plan.connect([pressure])
        # After the client was made, so a wrong setting is reported before a checkpoint is dropped.
        total = prepare(plan)
        self.identity = plan.identity(opened.identity)
        self.started = True
        with _signals(self.stop), Display(err, quiet=plan.quiet) as display:
            show = display.report(plan.question.name, lambda: pressure.state)

            def progress(state: Progress) -> None:
                show(state)
                self._look(state)

            async with opened as client:
                await self._lookup(client, progress, total)
        return self.stop.is_set()

    def _look(self, state: Progress) -> None:
        self.last = state
        most = self.plan.max_errors
        if most is not None and state.failed >= most and not self.stop.is_set():
            note(f"stopping: {state.failed:,} keys failed (--max-errors {most})")
            self.gave_up = True
            # Stopped and not cancelled: keys in flight are finished and kept.
            self.stop.set()

    async def _lookup(self, client: Any, progress: Callable[[Progress], None], total: int | None) -> None:
        plan, asked = self.plan, self.plan.question
        loader = asked.coalesced.loader(client, plan.concurrency) if asked.coalesced else None
        run = bulk.lookup(
            _call(asked, client) if loader is None else self._call_loader(loader),
            _keys(plan.source),
            concurrency=plan.concurrency if loader is None else loader.capacity,
            checkpoint=self.checkpoint,
            resume=plan.resume or plan.checkpoint is None,
            retry_failed=plan.retry_failed,
            identity=self.identity or "",
            outage=plan.outage,
            deadline=plan.deadline,
            total=total,
            progress=progress,
            stop=self.stop,
            fatal=(AuthError, ConfigError),
            wrong_route_after=plan.wrong_route_after,
            decode=bytes,
            # Restored outcomes are in the checkpoint and are written from there.
            replay=False,
        )
        try:
            self.began = time.monotonic()
            await _drain(run, self.stop, self._measure)
        finally:
            if loader is not None:
                await loader.aclose()
            if plan.drift is not None:
                _files.write_json(plan.drift, client.drift.report())

    def _measure(self, outcome: bulk.Outcome[Any, Any]) -> None:
        if self.plan.report is not None:
            self.measured.timeline.add(time.monotonic() - self.began, outcome.latency)

    def _call_loader(self, loader: bulk.Loader[Any, Any]) -> Callable[[str], Any]:
        asked = self.plan.question
        single = asked.coalesced is not None and asked.coalesced.single
        by = asked.coalesced is not None and asked.coalesced.by is not None

        async def call(key: str) -> Any:
            value = _value(asked, key)
            try:
                if single:
                    return await loader.load(value)
            # Counted for the hint after the run; the key itself fails with this error.
            except MultipleRowsError:
                self.several += 1
                raise
            rows = await loader.load_rows(value)
            if by and not rows:
                name = f"{asked.operation.api}.{asked.operation.id}"
                raise NotFoundError(f"{name}: there is no row for this key", operation=name)
            return rows[: asked.limit]

        return call


async def _drain(
    run: bulk.Lookup[Any, Any], stop: asyncio.Event, seen: Callable[[bulk.Outcome[Any, Any]], None]
) -> None:
    """Read all outcomes; once stopped, for a while only."""

    async def read() -> None:
        async with run:
            async for outcome in run:
                seen(outcome)

    reader = asyncio.create_task(read())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({reader, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not reader.done():
            # `wait` does not cancel at the timeout; that is done below, and awaited.
            await asyncio.wait({reader}, timeout=GRACE_SECONDS)
    finally:
        stopped.cancel()
        if not reader.done():
            reader.cancel()
        await asyncio.wait({reader, stopped})
    if not reader.cancelled():
        reader.result()


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Let the first SIGINT, SIGTERM or SIGHUP stop the run cleanly, and a second one cancel it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def handle() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        note("stopping: keys in flight are finished first (again to stop at once)")
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


def _call(asked: Question, client: Any) -> Callable[[str], Any]:
    method = _apis.bind(client, asked.operation)
    name, fixed, limit = asked.param.name, asked.fixed, asked.limit
    paged = asked.operation.paging is not None

    async def call(key: str) -> Any:
        value = _value(asked, key)
        if paged:
            return await method(**{name: value}, **fixed).all(limit=limit)
        return await method(**{name: value}, **fixed)

    return call


def _value(asked: Question, key: str) -> Any:
    """Return the key as the operation takes it; InputError names its line, never the key."""
    line, problem = getattr(key, "line", 0), getattr(key, "problem", "")
    if problem:
        raise InputError(f"line {line} {problem}")
    if not key:
        raise InputError(f"line {line}: the key is empty")
    try:
        return asked.read(key)
    except ArgumentError as error:
        raise InputError(f"line {line}: {error}") from None


def _keys(source: _reading.Source) -> Iterable[str] | AsyncIterator[str]:
    keys = _reading.read(source)
    # A file never blocks for long. A pipe may wait for minutes and would stop the event loop.
    return keys if source.is_file else in_thread(keys)


__all__ = ["carry_out"]
