"""The driver's side of a distributed lookup: sends chunks and yields their outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Hashable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from attrs import evolve, field, frozen
from distributed import Client, KilledWorker

from trunkline import apis
from trunkline._callables import check_iterable
from trunkline.bulk._outage import seconds_of
from trunkline.bulk.outcome import Outcome
from trunkline.config import Limits, parse_rate
from trunkline.distributed._chunks import Chunk, Chunks
from trunkline.distributed._cluster import (
    CLEANUP_SECONDS,
    Presence,
    cluster_lost,
    connected,
    on_workers,
    to_the_end,
)
from trunkline.distributed._worker import Reply, Work, ask, work_of
from trunkline.errors import ArgumentError, ConfigError, TransportError
from trunkline.operation import Operation, Param, operation_named

K = TypeVar("K", bound=Hashable)

_TRIES: Final = 3
"""Workers that a chunk is sent to when one after the other goes away."""

_log = logging.getLogger("trunkline.distributed")


def lookup(
    cluster: Client | str,
    operation: str | Operation[Any],
    keys: Iterable[K] | AsyncIterable[K],
    *,
    key: str | None = None,
    params: Mapping[str, Any] | None = None,
    limit: int | None = None,
    concurrency: int = 32,
    chunk: int = 200,
    in_flight: int | None = None,
    dedupe: bool = True,
    rate: str | None = None,
    rate_name: str | None = None,
    connect: str | None = None,
    patience: float = 60.0,
    outage: float | str = "1h",
    deadline: float | str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AsyncGenerator[Outcome[K, Any], None]:
    """Look up every key on a Dask cluster and yield one outcome for each, as chunks complete.

    A worker that is lost is replaced by another one, which asks its chunks' keys again; so the operation must
    be one that may be repeated. Leave the loop early inside `contextlib.aclosing(…)`: the workers stop asking
    before it ends.

    Args:
        cluster: address of the scheduler, or a Dask client. A client that is not asynchronous, or belongs to
            another event loop, is used for its address only.
        operation: "idi.device.get", or an Operation of a package of your own (then `connect` too).
        keys: any iterable, read as the run goes; each must be as the operation takes it (`int` for an id).
        key: parameter that the keys fill; the first required one by default.
        params: further arguments of the method, the same for all keys; they go through the scheduler.
        limit: rows kept per key of a paged operation.
        concurrency: requests at once on each worker.
        chunk: keys sent to a worker at once, and outcomes that come back together.
        in_flight: chunks that workers have, or that wait to be read here; twice the cluster's threads by
            default. It bounds the memory of this program.
        dedupe: ask equal keys once, as `bulk.lookup` does.
        rate: "200/s" for the whole cluster. The workers share it through the server that
            `TRUNKLINE_SHARED_RATE_URL` names in their environment; while it is away each keeps to its share.
        rate_name: what the rate is for; the API's name by default.
        connect: "module:function" that the workers import and call with `limits=…` to make their client,
            for example from a vault; by default the API's `Client.from_env(limits=…)`.
        patience: seconds that the cluster may be without any worker, at the start and later.
        outage: how long a worker waits for a vendor that is away, as in `bulk.lookup`.
        deadline: how long the whole job may last, "6h" or seconds.
        settings: further arguments of `connect` on each worker, such as `profile`, `base_url` or `routes`.
            They go through the scheduler, so no secret belongs there.
    Yields: one Outcome per key. Keys of a chunk that lost three workers have TransportError as their error.
    Raises:
        ArgumentError: an argument makes no sense, or the operation must not be repeated.
        ConfigError, AuthError: a worker's environment lacks a setting, or the vendor refuses it.
        DeadlineError: the deadline passed; the keys that are left have no outcome.
        OutageError: the vendor was away for longer than `outage`.
        TransportError: the cluster cannot be reached, has no workers or went away. What the source of the
            keys raises, after the outcomes of the keys that it gave.
    """
    asked = _operation(operation, connect)
    param = _parameter(asked, key, params or {})
    if min(chunk, concurrency, 1 if in_flight is None else in_flight) < 1:
        raise ArgumentError("chunk, concurrency and in_flight must be 1 or more")
    check_iterable(keys, "keys")
    if connect is not None and not all(connect.partition(":")):
        raise ArgumentError("connect must be 'module:function', which the workers can import")
    Limits(concurrency=concurrency, rate=rate)
    work = work_of(
        asked,
        parameter=param.name,
        fixed=params,
        limit=limit,
        concurrency=concurrency,
        connect=connect,
        rate=rate,
        rate_name=rate_name,
        outage=outage,
        settings=settings,
    )
    most = None if deadline is None else seconds_of(deadline)
    return _run(cluster, work, Chunks(keys, chunk, dedupe=dedupe), in_flight, (patience, most))


def _operation(operation: str | Operation[Any], connect: str | None) -> Operation[Any]:
    found = operation_of(operation, connect)
    if found.idempotency == "unsafe":
        raise ArgumentError(
            f"{found.name} changes something each time it runs, and keys of a lost worker are asked again, "
            "so it cannot be run on a cluster as a lookup: use trunkline.distributed.apply"
        )
    return found


def operation_of(operation: str | Operation[Any], connect: str | None) -> Operation[Any]:
    """Return the operation of a name such as "idi.device.get".

    Raises:
        ArgumentError: there is none, or workers cannot know how to make a client of its API.
    """
    if isinstance(operation, str):
        api, _, name = operation.partition(".")
        found = operation_named(apis.get(api).operations if api in apis.names() else {}, name)
        if found is None:
            raise ArgumentError(f"there is no operation {operation!r}; `trunkline operations` lists all")
        operation = found
    elif operation.api not in apis.names() and connect is None:
        raise ArgumentError(
            f"say with connect='module:function' how workers make a client of {operation.api}"
        )
    return operation


def _parameter(operation: Operation[Any], key: str | None, params: Mapping[str, Any]) -> Param:
    name = f"{operation.api}.{operation.id}"
    places = (*operation.path_params, *operation.query_params)
    if key is None:
        chosen = next((one for one in places if one.required and one.name not in params), None)
    else:
        chosen = next((one for one in places if key in (one.name, one.wire)), None)
    if chosen is None:
        known = ", ".join(one.name for one in places) or "none"
        raise ArgumentError(f"{name} has no such parameter for the keys; choose one with key=…: {known}")
    if chosen.name in params:
        raise ArgumentError(f"{chosen.name} is filled by the keys; params must not hold it")
    missing = [one.name for one in places if one.required and one is not chosen and one.name not in params]
    if missing:
        raise ArgumentError(f"{name} also needs params for {' and '.join(missing)}")
    return chosen


async def _run(
    cluster: Client | str,
    work: Work,
    chunks: Chunks[K],
    in_flight: int | None,
    bounds: tuple[float, float | None],
) -> AsyncGenerator[Outcome[K, Any], None]:
    """Keep the workers supplied with chunks and yield their outcomes; bounds: patience and deadline."""
    async with contextlib.aclosing(chunks), connected(cluster, bounds[0]) as client:
        threads = await client.nthreads()
        if work.rate is not None:
            # While the server of the shared rate is away, each worker keeps to its share, so the whole
            # cluster still keeps to the rate.
            work = evolve(work, local_rate=parse_rate(work.rate) / len(threads))
        most = in_flight or max(2, 2 * sum(threads.values()))
        async with on_workers(client, work) as name:
            run = Run[K](client=client, name=name, presence=Presence(client, *bounds))
            try:
                async for outcome in run.outcomes_of(chunks, most):
                    yield outcome
            finally:
                await to_the_end(run.end())


@frozen(kw_only=True, eq=False)
class Run(Generic[K]):
    """The chunks of one run that are on their way. name: of the run's plugin on the workers.

    readers: the task that takes the next chunk out of the source, if one does.

    client is Any here: what Dask's client returns depends on its mode, which its types do not show.
    """

    client: Any
    name: str
    presence: Presence
    tasks: set[asyncio.Task[tuple[list[Outcome[K, Any]], Exception | None]]] = field(factory=set)
    futures: set[Any] = field(factory=set)
    readers: set[asyncio.Task[Chunk[K] | None]] = field(factory=set)

    async def outcomes_of(self, chunks: Chunks[K], most: int) -> AsyncGenerator[Outcome[K, Any], None]:
        """Yield the outcomes of all chunks, no more than `most` of them on their way at a time.

        A source that raises ends the run after the outcomes of the keys that it gave.
        """
        ended, broken = False, None
        while not ended or self.tasks:
            # The next chunk is read in a task: a slow source of keys must not delay
            # outcomes that are ready.
            if not self.readers and not ended and len(self.tasks) < most:
                self.readers.add(asyncio.create_task(chunks.next()))
            done = await self.presence.first({*self.tasks, *self.readers})
            for reader in self.readers & done:
                self.readers.discard(reader)
                broken = reader.exception()
                found = None if broken is not None else reader.result()
                if found is None:
                    ended = True
                else:
                    self.send(found)
            # Outcomes are yielded after new chunks went out, so workers do not wait for a
            # slow reader of these.
            for outcome in self.outcomes(done & self.tasks):
                yield outcome
        if broken is not None:
            raise broken

    def send(self, chunk: Chunk[K]) -> None:
        """Have a chunk looked up by some worker."""
        self.tasks.add(asyncio.create_task(self._collect(chunk)))

    def outcomes(self, done: set[Any]) -> Iterable[Outcome[K, Any]]:
        """Outcomes of tasks that are done; then the error that no key can escape is raised."""
        for task in done:
            self.tasks.discard(task)
            outcomes, fatal = task.result()
            yield from outcomes
            if fatal is not None:
                raise fatal

    async def _collect(self, chunk: Chunk[K]) -> tuple[list[Outcome[K, Any]], Exception | None]:
        for attempt in range(_TRIES):
            future = self.client.submit(
                ask, self.name, chunk, key=f"{self.name}-{chunk.number}-{attempt}", pure=False
            )
            self.futures.add(future)
            try:
                reply = await future
            except KilledWorker:
                break  # Dask has tried several workers by itself
            except OSError as error:
                raise cluster_lost(error) from None
            except Exception as error:
                # futures of a scheduler that is gone are "cancelled", in a class of Dask's own
                if future.status in {"cancelled", "lost"}:
                    raise cluster_lost(error) from None
                raise
            self.futures.discard(future)
            future.release()
            # A worker with an older version of this package may return something else.
            if not isinstance(reply, Reply):
                raise ConfigError("the workers run another version of trunkline than this program")
            if not reply.interrupted:
                return [_placed(outcome, chunk) for outcome in reply.outcomes], reply.fatal
        return [_lost(chunk, place) for place in range(len(chunk.keys))], None

    async def end(self) -> None:
        """Stop everything: here first, then on the workers."""
        mine: set[asyncio.Task[Any]] = {*self.tasks, *self.readers}
        for task in mine:
            task.cancel()
        if mine:
            await asyncio.wait(mine)
        for task in mine:
            if not task.cancelled():
                task.exception()
        futures, interrupted = list(self.futures), bool(self.futures)
        try:
            async with asyncio.timeout(CLEANUP_SECONDS):
                if interrupted:
                    await self.client.cancel(futures, force=True)
        except Exception as error:
            _log.info("chunks on their way could not be cancelled: %s", type(error).__name__)
        finally:
            for future in futures:
                future.release()


def _placed(outcome: Outcome[Any, Any], chunk: Chunk[K]) -> Outcome[K, Any]:
    place = outcome.index
    return evolve(outcome, key=chunk.keys[place], index=chunk.positions[place])


def _lost(chunk: Chunk[K], place: int) -> Outcome[K, Any]:
    error = TransportError("the workers that had this key were lost, one after the other", may_have_run=True)
    return Outcome(key=chunk.keys[place], error=error, attempts=0, index=chunk.positions[place])


__all__ = ["lookup"]
