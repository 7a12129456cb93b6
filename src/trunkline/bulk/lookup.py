"""Bulk lookup: one outcome for every key, as each completes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Hashable,
    Iterable,
    Sequence,
    Sized,
)
from pathlib import Path
from typing import Any, Self, TypeVar

from trunkline._callables import check_function, check_iterable
from trunkline.bulk._changes import operation_of
from trunkline.bulk._outage import Outages, seconds_of
from trunkline.bulk._route_guard import KEYS as WRONG_ROUTE_KEYS
from trunkline.bulk._route_guard import Guarded, RouteGuard, StoppedError
from trunkline.bulk._worker_pool import WorkerPool
from trunkline.bulk.checkpoint import Checkpoint, decode_value, encode_value
from trunkline.bulk.loader import Loader
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.progress import Progress
from trunkline.client import BaseClient
from trunkline.config import TimeSource
from trunkline.errors import ArgumentError, AuthError, ConfigError, TrunklineError
from trunkline.events import Hook, combine
from trunkline.operation import Operation

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def lookup(
    call: Callable[[K], Awaitable[T]],
    keys: Iterable[K] | AsyncIterable[K],
    *,
    concurrency: int | None = None,
    dedupe: bool = True,
    checkpoint: Path | str | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    identity: str = "",
    progress: Callable[[Progress], None] | None = None,
    progress_interval: float = 0.25,
    total: int | None = None,
    stop: asyncio.Event | None = None,
    catch: tuple[type[Exception], ...] = (TrunklineError, OSError),
    fatal: tuple[type[Exception], ...] = (AuthError, ConfigError),
    wrong_route_after: int | None = WRONG_ROUTE_KEYS,
    encode: Callable[[Any], bytes] = encode_value,
    decode: Callable[[bytes], Any] = decode_value,
    replay: bool = True,
    outage: float | str = "1h",
    deadline: float | str | None = None,
    hooks: Sequence[Hook] = (),
    time_source: TimeSource | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Lookup[K, T]:
    """Ask `call` about every key and yield one outcome a key, as each completes.

    Args:
        call: a coroutine function of one key; the client's retries happen inside it. `load` or `load_rows` of
            a `Loader` asks for many keys in one request.
        keys: any iterable, read as the run goes and never held; an async one may wait.
            An async generator is closed when the run ends before its end.
        concurrency: keys asked at once, and outcomes kept for a slow reader before asking pauses; by default
            64, and with a loader as many as fill its requests.
        dedupe: ask equal keys once. Exact; the first 50,000 keys are remembered in memory, the rest in a
            temporary file (or, with a checkpoint, in the checkpoint).
        checkpoint: file that keeps every outcome before it is yielded; None keeps nothing.
        resume: continue an existing checkpoint: what it holds is yielded first (`restored`), its keys
            are not asked again. Keys in flight when the earlier run died are asked again.
        retry_failed: with `resume`, ask the keys that ended in an error once more.
        identity: what is asked and for which input, in any words; a checkpoint of another is refused. So is
            one of another address, environment, user or route of a client that is called.
        progress: called at the start, every `progress_interval` seconds and at the end; if it raises, it
            is not called again and the run continues.
        total: number of keys if known; taken from `len(keys)` where there is one.
        stop: once set, no further key is asked, keys in flight are finished and yielded, and the run ends.
        catch: what `call` may raise for one key without stopping the run. Anything else is a mistake in
            the program (a TypeError would meet every key): asking stops, finished outcomes are yielded,
            then it is raised. Pass `(Exception,)` to get everything as outcomes.
        fatal: errors out of `catch` that no other key can escape, by default a refused login and a wrong
            setting: treated as above, and not written to the checkpoint.
        wrong_route_after: keys that must all get a 404 that is not the vendor's own, on a route
            that is inferred, before the run stops with one error that states it; None never stops it.
        encode, decode: how values are kept in the checkpoint; models come back as plain JSON values
            unless `decode` builds them.
        replay: False does not yield restored outcomes.
        outage: how long the run waits for a vendor that is away, "6h" or seconds; 0 does not wait. While the
            vendor cannot be reached, or sends only 429 or 503, keys wait instead of failing, and
            one of them asks once a minute whether it is back. A run over several vendors waits for each by
            itself.
        deadline: how long the whole run may last, "6h" or seconds. Then it takes no further key, gives those
            in flight ten seconds, and raises DeadlineError; a resumed run asks the keys that are left.
        hooks: called with `events.KeyEvent` for every key and `events.OutageEvent` for every pause; may be
            those of the client.
        time_source: clock and sleep of an outage's waits; by default those of the client that is called.
        clock: monotonic seconds.
    Yields: one Outcome per key. A key whose `call` fails is an outcome with an error.
    Raises:
        ArgumentError: an argument makes no sense, or `call` goes through an operation that must not be
            repeated: see `bulk.apply`.
        OutageError: the vendor was away for longer than `outage`; the keys that are left have no outcome.
        DeadlineError: the run lasted longer than `deadline`; the same.
        CheckpointError: the checkpoint exists, belongs to another run or cannot be written (full disk);
            what it holds is kept.
    """
    check_function(call, "what a lookup calls", "lambda key: client.device.get(device_id=key)")
    if concurrency is None:
        loader = getattr(call, "__self__", None)
        concurrency = loader.capacity if isinstance(loader, Loader) else 64
    if not isinstance(concurrency, int) or concurrency < 1:
        raise ArgumentError(f"concurrency must be 1 or more, not {concurrency}")
    if resume and checkpoint is None:
        raise ArgumentError("resume=True needs the checkpoint to resume from")
    check_iterable(keys, "keys")
    if total is None and isinstance(keys, Sized):
        total = len(keys)
    found = _refuse_unsafe(call)
    # A guessed route that does not exist would give a 404 for every key, and a run of a million keys
    # would look like a million missing records.
    guarded = Guarded(call, RouteGuard(wrong_route_after))
    pool: WorkerPool[K, T] = WorkerPool(
        guarded,
        keys,
        concurrency=concurrency,
        catch=catch,
        # A custom `fatal` must not switch off the guard.
        fatal=(*fatal, StoppedError),
        clock=clock,
        outages=Outages(
            limit=seconds_of(outage),
            time_source=time_source or TimeSource(),
            fixed=time_source is not None,
            emit=combine(hooks),
        ),
    )
    pool.watch(progress, progress_interval, total)
    pool.stop = stop
    pool.deadline = None if deadline is None else seconds_of(deadline)
    pool.emit = combine(hooks)

    # The file is opened when the run starts and not here, so a lookup that is never read leaves
    # no file and no lock.
    def open_checkpoint() -> Checkpoint | None:
        if checkpoint is None:
            return None
        path = Path(checkpoint)
        opened = Checkpoint(
            path, identity=identity, by_key=dedupe, resume=resume, encode=encode, decode=decode
        )
        try:
            if found is not None:  # the client of any other function shows when it is called
                opened.claim(found[1].api, found[0].identity)
            if retry_failed:
                opened.forget_failed()
        except BaseException:
            opened.close()
            raise
        return opened

    return Lookup(pool, open_checkpoint, dedupe=dedupe, replay=replay)


def _refuse_unsafe(call: Callable[..., Any]) -> tuple[BaseClient, Operation[Any]] | None:
    """Return client and operation of a client's method.

    Raises:
        ArgumentError: the operation must not be repeated.
    """
    found = operation_of(call)
    if found is not None and found[1].idempotency == "unsafe":
        raise ArgumentError(
            f"{found[1].api}.{found[1].id} changes something each time it runs, and a lookup may ask a key "
            "again: use bulk.apply(…, journal=…)"
        )
    return found


class Lookup(AsyncIterator[Outcome[K, T]]):
    """A run of `lookup`: an async iterator of outcomes, and an async context manager that ends the run."""

    def __init__(
        self,
        pool: WorkerPool[K, T],
        open_checkpoint: Callable[[], Checkpoint | None],
        *,
        dedupe: bool,
        replay: bool,
    ) -> None:
        self._pool = pool
        # a function, not a method: the generator must not keep this object alive, or `__del__` comes late
        self._outcomes = _run(pool, open_checkpoint, dedupe=dedupe, replay=replay)

    @property
    def progress(self) -> Progress:
        """The current state of the run."""
        return self._pool.progress

    def __anext__(self) -> Awaitable[Outcome[K, T]]:
        return self._refuse() if self._pool.cut_short else self._outcomes.__anext__()

    async def _refuse(self) -> Outcome[K, T]:
        """Raise: a plain end of the iteration would look like the end of the input."""
        raise TrunklineError(
            "this run was cancelled while an outcome was waited for, as by a timeout around it, and cannot "
            "go on: keys are left. Start it anew, with the checkpoint and resume=True if it had one"
        )

    async def aclose(self) -> None:
        """End the run: cancel what is in flight and wait until no task is left."""
        await self._outcomes.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # the loop was left early: the checkpoint is free again at once, the tasks end on their own
        self._pool.abandon()


async def _run(
    pool: WorkerPool[K, T], open_checkpoint: Callable[[], Checkpoint | None], *, dedupe: bool, replay: bool
) -> AsyncGenerator[Outcome[K, T], None]:
    """Yield restored outcomes first, then new ones; release everything however the run ends."""
    try:
        pool.checkpoint = checkpoint = open_checkpoint()
        if checkpoint is not None:
            # The mark is taken back first: a resumed run that is killed again must not look finished.
            checkpoint.finish(False)
            pool.meter.restored, pool.meter.failed = checkpoint.counts()
            for outcome in checkpoint.outcomes() if replay else ():
                yield outcome
        pool.start(dedupe=dedupe)
        while (fresh := await pool.next()) is not None:
            yield fresh
        # A stopped run has keys left and is not finished.
        if checkpoint is not None and pool.exhausted:
            checkpoint.finish()
    except asyncio.CancelledError:
        pool.cut_short = True
        raise
    finally:
        await pool.close()


__all__ = ["Lookup", "lookup"]
