"""The driver's side of a distributed lookup: sends chunks and yields their outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Hashable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

from attrs import evolve, field, frozen
from distributed import Client, KilledWorker

from trunkline import apis
from trunkline.bulk.outcome import Outcome
from trunkline.config import Limits, parse_rate
from trunkline.distributed._chunks import Chunk, Chunks
from trunkline.distributed._worker import ClientPlugin, Reply, Work, ask
from trunkline.errors import ArgumentError, ConfigError, TransportError
from trunkline.operation import Operation, Param, operation_named

K = TypeVar("K", bound=Hashable)

_TRIES: Final = 3
"""Workers that a chunk is sent to when one after the other goes away."""
_CLEANUP_SECONDS: Final = 10.0

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
) -> AsyncGenerator[Outcome[K, Any], None]:
    """Look up every key on a Dask cluster and yield one outcome for each, as chunks complete.

    A worker that is lost is replaced by another one, which asks its chunks' keys again; so the operation must
    be one that may be repeated. Leave the loop early inside `contextlib.aclosing(…)`: the workers stop asking
    before it ends.

    Args:
        cluster: address of the scheduler, or a Dask client. A client that is not asynchronous, or belongs to
            another event loop, only tells the address.
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
        patience: seconds to wait for the cluster's first worker.
    Yields: one Outcome per key. Keys of a chunk that lost three workers have TransportError as their error.
    Raises:
        ArgumentError: an argument makes no sense, or the operation must not be repeated.
        ConfigError, AuthError: a worker's environment lacks a setting, or the vendor refuses it.
        TransportError: the cluster cannot be reached, has no workers or went away.
    """
    asked = _operation(operation, connect)
    param = _parameter(asked, key, params or {})
    if min(chunk, concurrency, 1 if in_flight is None else in_flight) < 1:
        raise ArgumentError("chunk, concurrency and in_flight must be 1 or more")
    if isinstance(keys, str | bytes):
        raise ArgumentError("keys must be an iterable of keys; a single text would be taken letter by letter")
    if connect is not None and not all(connect.partition(":")):
        raise ArgumentError("connect must be 'module:function', which the workers can import")
    Limits(concurrency=concurrency, rate=rate)
    work = Work(
        api=asked.api,
        operation=asked.id,
        parameter=param.name,
        fixed=dict(params or {}),
        paged=asked.paging is not None,
        limit=limit,
        concurrency=concurrency,
        connect=connect or f"{apis.get(asked.api).module}:Client.from_env",
        rate=rate,
        rate_name=rate_name or asked.api,
        local_rate=None,
    )
    return _run(cluster, work, Chunks(keys, chunk, dedupe=dedupe), in_flight, patience)


def _operation(operation: str | Operation[Any], connect: str | None) -> Operation[Any]:
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
    if operation.idempotency == "unsafe":
        raise ArgumentError(
            f"{operation.api}.{operation.id} changes something each time it runs, and the keys of a lost "
            "worker are asked again, so it cannot be run on a cluster"
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
    cluster: Client | str, work: Work, chunks: Chunks[K], in_flight: int | None, patience: float
) -> AsyncGenerator[Outcome[K, Any], None]:
    """Keep the workers supplied with chunks and yield their outcomes."""
    async with contextlib.aclosing(chunks), _connected(cluster, patience) as client:
        threads = await client.nthreads()
        if work.rate is not None:
            work = evolve(work, local_rate=parse_rate(work.rate) / len(threads))
        run = Run[K](client=client, name=f"trunkline-{uuid.uuid4().hex}")
        most = in_flight or max(2, 2 * sum(threads.values()))
        reading: asyncio.Task[Chunk[K] | None] | None = None
        ended = False
        try:
            await client.register_plugin(ClientPlugin(work), name=run.name)
            while not ended or run.tasks:
                if reading is None and not ended and len(run.tasks) < most:
                    reading = asyncio.create_task(chunks.next())
                waiting = {*run.tasks, *([reading] if reading is not None else [])}
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if reading is not None and reading in done:
                    done.discard(reading)
                    found, reading = reading.result(), None
                    if found is None:
                        ended = True
                    else:
                        run.send(found)
                for outcome in run.outcomes(done):
                    yield outcome
        finally:
            await _to_the_end(run.end(reading))


@frozen(kw_only=True, eq=False)
class Run(Generic[K]):
    """The chunks of one run that are on their way. name: of the run's plugin on the workers.

    client is Any here: what Dask's client returns depends on its mode, which its types do not tell.
    """

    client: Any
    name: str
    tasks: set[asyncio.Task[tuple[list[Outcome[K, Any]], Exception | None]]] = field(factory=set)
    futures: set[Any] = field(factory=set)

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
                raise _cluster_lost(error) from None
            except Exception as error:
                # futures of a scheduler that is gone are "cancelled", in a class of Dask's own
                if future.status in {"cancelled", "lost"}:
                    raise _cluster_lost(error) from None
                raise
            self.futures.discard(future)
            future.release()
            if not isinstance(reply, Reply):
                raise ConfigError("the workers run another version of trunkline than this program")
            if not reply.interrupted:
                return [_placed(outcome, chunk) for outcome in reply.outcomes], reply.fatal
        return [_lost(chunk, place) for place in range(len(chunk.keys))], None

    async def end(self, reading: asyncio.Task[Any] | None) -> None:
        """Stop everything: here first, then on the workers, whose clients are closed."""
        mine = {*self.tasks, *([reading] if reading is not None else [])}
        for task in mine:
            task.cancel()
        if mine:
            await asyncio.wait(mine)
        for task in mine:
            if not task.cancelled():
                task.exception()
        futures, interrupted = list(self.futures), bool(self.futures)
        try:
            async with asyncio.timeout(_CLEANUP_SECONDS):
                if interrupted:
                    await self.client.cancel(futures, force=True)
                await self.client.unregister_worker_plugin(self.name)
        except Exception as error:
            # a worker that has just gone, or the scheduler itself: there is nothing left to clean there
            _log.info("the run's clients could not be closed everywhere: %s", type(error).__name__)
        finally:
            for future in futures:
                future.release()


async def _to_the_end(work: Any) -> None:
    """Await the work also when this task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError


def _placed(outcome: Outcome[Any, Any], chunk: Chunk[K]) -> Outcome[K, Any]:
    place = outcome.index
    return evolve(outcome, key=chunk.keys[place], index=chunk.positions[place])


def _lost(chunk: Chunk[K], place: int) -> Outcome[K, Any]:
    error = TransportError("the workers that had this key were lost, one after the other", may_have_run=True)
    return Outcome(key=chunk.keys[place], error=error, attempts=0, index=chunk.positions[place])


def _cluster_lost(error: Exception) -> TransportError:
    return TransportError(f"the Dask scheduler went away ({type(error).__name__})", may_have_run=True)


@contextlib.asynccontextmanager
async def _connected(cluster: Client | str, patience: float) -> AsyncIterator[Any]:
    """A Dask client of this event loop, with at least one worker.

    Raises:
        TransportError: the scheduler does not answer, or has no workers in time.
    """
    async with contextlib.AsyncExitStack() as stack:
        client: Any = cluster
        if isinstance(cluster, str) or not _is_ours(cluster):
            address, settings = _address(cluster)
            opened: Any = Client
            try:
                client = await stack.enter_async_context(
                    opened(address, asynchronous=True, set_as_default=False, timeout=patience, **settings)
                )
            except (OSError, TimeoutError) as error:
                raise TransportError(
                    f"no Dask scheduler answers at {address} ({type(error).__name__})"
                ) from None
        try:
            await client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            raise TransportError(f"the Dask cluster has had no worker for {patience:g} s") from None
        yield client


def _is_ours(client: Client) -> bool:
    """Whether the client can be awaited here."""
    loop = getattr(client.loop, "asyncio_loop", None)
    return bool(client.asynchronous) and loop is asyncio.get_running_loop()


def _address(cluster: Client | str) -> tuple[str, dict[str, Any]]:
    if isinstance(cluster, str):
        return cluster, {}
    if cluster.scheduler is None:
        raise ConfigError("the Dask client is closed")
    return str(cluster.scheduler.address), {"security": cluster.security}


__all__ = ["lookup"]
