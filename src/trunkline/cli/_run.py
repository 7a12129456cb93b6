"""The run behind `trunkline lookup`: ask, stop cleanly on a signal, write, and say what happened."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from attrs import define, evolve, field

from trunkline import bulk
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.progress import Progress
from trunkline.cli import _apis, _reading, _writing
from trunkline.cli._coalesce import Coalesced
from trunkline.cli._console import INTERRUPTED, OK, SOME_FAILED, USAGE, complain, counted, err, note
from trunkline.cli._display import Display
from trunkline.cli._pressure import Pressure
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
from trunkline.events import Hook
from trunkline.operation import Operation, Param

GRACE_SECONDS = 10.0
"""After the first Ctrl-C, keys in flight have this long to finish; a second Ctrl-C ends them at once."""
_KINDS: Final = 5


@define(kw_only=True)
class Job:
    """Everything that one `trunkline lookup` was told."""

    name: str
    api: str
    operation: Operation[Any]
    param: Param
    read: Callable[[str], Any]
    coalesced: Coalesced | None = None
    all_matches: bool = False
    drift: Path | None = None
    fixed: dict[str, Any]
    source: Path | None
    out: Path | None
    checkpoint: Path | None
    resume: bool
    kind: str = "text"
    out_kind: str = "jsonl"
    errors_out: Path | None = None
    errors_kind: str = "jsonl"
    column: str | None = None
    concurrency: int = 64
    several: int = 0
    retry_failed: bool = False
    max_errors: int | None = None
    limit: int | None = None
    identity: str = ""
    total: int | None = None
    layout: _writing.Layout = field(init=False)
    client: Callable[[Sequence[Hook]], Any] = field(init=False)
    last: Progress = field(factory=Progress)
    started: bool = False
    gave_up: bool = False

    @property
    def resumable(self) -> bool:
        """Whether the user can go on with `--resume`."""
        return self.checkpoint is not None and self.checkpoint.parent != Path(tempfile.gettempdir())


async def perform(job: Job, prepare: Callable[[], None]) -> bool:
    """Ask for every key; return whether a signal ended it early.

    Args:
        prepare: called when all settings are known to be good, before anything is created.
    """
    pressure, stop = Pressure(), asyncio.Event()
    opened = job.client([pressure])
    prepare()
    job.started = True
    if job.checkpoint is None:
        handle, name = tempfile.mkstemp(suffix=".trunkline-checkpoint")
        os.close(handle)
        job.checkpoint, job.resume = Path(name), True
    with _signals(stop), Display(err) as display:
        show = display.report(job.name, lambda: pressure.state)

        def progress(state: Progress) -> None:
            job.last = state
            show(state)
            if job.max_errors is not None and state.failed >= job.max_errors and not stop.is_set():
                note(f"stopping: {state.failed:,} keys failed (--max-errors {job.max_errors})")
                job.gave_up = True
                stop.set()

        async with opened as client:
            loader = job.coalesced.loader(client, job.concurrency) if job.coalesced else None
            run = bulk.lookup(
                _call(job, client) if loader is None else _call_loader(job, loader),
                _keys(job),
                concurrency=job.concurrency if loader is None else loader.capacity,
                checkpoint=job.checkpoint,
                resume=job.resume,
                retry_failed=job.retry_failed,
                identity=job.identity,
                total=job.total,
                progress=progress,
                stop=stop,
                fatal=(AuthError, ConfigError),
                decode=bytes,
                replay=False,
            )
            try:
                await _drain(run, stop)
            finally:
                if loader is not None:
                    await loader.aclose()
                if job.drift is not None:
                    _writing.write_json(job.drift, client.drift.report())
    return stop.is_set()


async def _drain(run: bulk.Lookup[Any, Any], stop: asyncio.Event) -> None:
    """Read all outcomes; once stopped, for a while only."""

    async def read() -> None:
        async with run:
            async for _ in run:
                pass

    reader = asyncio.create_task(read())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({reader, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not reader.done():
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
    """Let the first SIGINT or SIGTERM stop the run cleanly, and a second one cancel it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def handle() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
            return
        note("stopping: keys in flight are finished first (again to stop at once)")
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
        for number in numbers:
            loop.add_signal_handler(number, handle)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


def _call(job: Job, client: Any) -> Callable[[str], Any]:
    method = _apis.bind(client, job.operation)
    name, fixed, limit = job.param.name, job.fixed, job.limit
    paged = job.operation.paging is not None

    async def call(key: str) -> Any:
        value = _value(job, key)
        if paged:
            return await method(**{name: value}, **fixed).all(limit=limit)
        return await method(**{name: value}, **fixed)

    return call


def _call_loader(job: Job, loader: bulk.Loader[Any, Any]) -> Callable[[str], Any]:
    single = job.coalesced is not None and job.coalesced.single
    limit, by = job.limit, job.coalesced is not None and job.coalesced.by is not None

    async def call(key: str) -> Any:
        value = _value(job, key)
        try:
            if single:
                return await loader.load(value)
        except MultipleRowsError:
            job.several += 1
            raise
        rows = await loader.load_rows(value)
        if by and not rows:
            name = f"{job.operation.api}.{job.operation.id}"
            raise NotFoundError(f"{name}: there is no row for this key", operation=name)
        return rows[:limit]

    return call


def _value(job: Job, key: str) -> Any:
    """Return the key as the operation takes it; InputError names its line, never the key."""
    line = getattr(key, "line", 0)
    if not key:
        raise InputError(f"line {line}: the key is empty")
    try:
        return job.read(key)
    except ArgumentError as error:
        raise InputError(f"line {line}: {error}") from None


def _keys(job: Job) -> Iterable[str] | AsyncIterator[str]:
    keys = _reading.read(job.source, job.kind, job.column, (job.param.name, job.param.wire))
    regular = job.source is not None and job.source.is_file()
    return keys if regular else _reading.in_thread(keys)


def finish(job: Job, *, interrupted: bool = False, failure: TrunklineError | None = None) -> int:
    """Write the output if the run is complete, tell what happened, and return the exit code."""
    path = job.checkpoint
    if path is None:
        return USAGE
    if not path.exists():
        complain(CheckpointError(f"{path} is gone: something deleted it during the run"))
        return USAGE
    with contextlib.ExitStack() as stack:
        if not job.resumable:
            stack.callback(_delete, path)
        with Checkpoint(path, identity=job.identity, resume=True, decode=bytes) as checkpoint:
            done, failed = checkpoint.counts()
            complete = checkpoint.finished
            if complete:
                _write(job, checkpoint, failed)
            reasons = _reasons(checkpoint) if complete and failed else []
        if not complete:
            return _unfinished(job, done, interrupted=interrupted, failure=failure)
        _summary(job, done, failed, reasons)
        if not failed:
            _delete(path)
        elif job.resumable:
            note(f"ask the failed keys again with: {_command('--resume', '--retry-failed')}")
    return SOME_FAILED if failed else OK


def _unfinished(job: Job, done: int, *, interrupted: bool, failure: TrunklineError | None) -> int:
    nothing = isinstance(failure, InputError) or (failure is None and not interrupted)
    if job.checkpoint is not None and (done == 0 or (nothing and not job.last.succeeded)):
        _delete(job.checkpoint)
        note("nothing was kept")
    elif job.resumable:
        note(f"kept {counted(done, 'key')} in {job.checkpoint}; go on with: {_command('--resume')}")
    else:
        note(f"dropped {counted(done, 'answered key')}: give --checkpoint to keep them")
    if failure is None:
        return SOME_FAILED if job.gave_up else INTERRUPTED
    return USAGE if isinstance(failure, InputError | ConfigError | ArgumentError) else SOME_FAILED


def _write(job: Job, checkpoint: Checkpoint, failed: int) -> None:
    outcomes = checkpoint.outcomes if not job.all_matches else lambda: _by_match(checkpoint.outcomes())
    try:
        _writing.write(job.out, job.out_kind, job.layout, outcomes)
        if job.errors_out is not None:

            def bad() -> Iterator[Outcome[Any, Any]]:
                return (outcome for outcome in checkpoint.outcomes() if outcome.error is not None)

            _writing.write(job.errors_out, job.errors_kind, job.layout, bad)
    except InputError as error:
        again = f"; all answers are kept, write them with: {_command('--resume')}" if job.resumable else ""
        raise InputError(f"{error}{again}") from None


def _by_match(outcomes: Iterable[Outcome[Any, Any]]) -> Iterator[Outcome[Any, Any]]:
    """Yield each outcome as often as its key has rows, once where it has none or failed."""
    for outcome in outcomes:
        rows = (
            None
            if outcome.error is not None
            else msgspec.json.decode(outcome.value or b"[]", type=list[msgspec.Raw])
        )
        if not rows:
            yield outcome
        for row in rows or ():
            yield evolve(outcome, value=bytes(row))


def _reasons(checkpoint: Checkpoint) -> list[str]:
    """Return how often each kind of error struck, the most frequent first, each with the first text."""
    kinds: Counter[tuple[str, int]] = Counter()
    texts: dict[tuple[str, int], str] = {}
    for outcome in checkpoint.outcomes():
        if outcome.error is not None:
            kind = (type(outcome.error).__name__, getattr(outcome.error, "status", 0) or 0)
            kinds[kind] += 1
            texts.setdefault(kind, str(outcome.error))
    shown = [
        f"  {kind[0]} {counted(number, 'time')}, the first: {texts[kind]}"
        for kind, number in kinds.most_common(_KINDS)
    ]
    return shown + [f"  … and {len(kinds) - _KINDS} more kinds"] * (len(kinds) > _KINDS)


def _summary(job: Job, done: int, failed: int, reasons: Sequence[str]) -> None:
    parts = [f"{done - failed:,} answered", f"{failed:,} failed"]
    if job.last.duplicates:
        parts.append(f"{counted(job.last.duplicates, 'duplicate')} not asked again")
    if job.last.restored:
        parts.append(f"{job.last.restored:,} from the earlier run")
    where = f" -> {job.out}" if job.out else ""
    note(f"{counted(done, 'key')}: {', '.join(parts)}{where}")
    for reason in reasons:
        note(reason)
    if job.several:
        note(f"{counted(job.several, 'key')} with more than one row: --all-matches writes a row for each")
    if job.drift is not None:
        note(f"what answers held beyond or against the spec: {job.drift}")


def _command(*options: str) -> str:
    words = [word for word in sys.argv[1:] if word not in {"--resume", "--retry-failed", "--restart"}]
    return shlex.join(["trunkline", *words, *options])


def _delete(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


__all__ = ["Job", "finish", "perform"]
