"""The worker's side of a distributed run: one client for each run, and chunks looked up through it."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pickle
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from operator import attrgetter
from typing import Any, Final, TypeVar

from attrs import field, frozen
from distributed import Worker, WorkerPlugin, get_worker

from trunkline import apis, bulk
from trunkline._codec.annotations import resolve_in_module, without
from trunkline.bulk._children import goes_too_deep
from trunkline.bulk._outage import seconds_of
from trunkline.bulk._table import Table
from trunkline.bulk.outcome import Outcome
from trunkline.client import BaseClient
from trunkline.config import Limits
from trunkline.distributed._chunks import Chunk
from trunkline.distributed.shared_rate import SharedRate
from trunkline.errors import AuthError, ConfigError, ResponseShapeError, TrunklineError
from trunkline.model import Unset
from trunkline.operation import Operation

T = TypeVar("T")

_TELL_SECONDS: Final = 3.0
_log = logging.getLogger("trunkline.distributed")


@frozen(kw_only=True)
class Work:
    """The description of a run for its workers; it passes the scheduler, so it holds no secret.

    connect: "module:function" that makes a client on the worker; settings: its arguments. outage: seconds
    that a chunk of a lookup waits for a vendor that is away. local_rate: requests a second of each worker
    while the server of the shared rate is away.
    """

    api: str
    operation: str
    parameter: str
    fixed: Mapping[str, Any] = field(repr=False)
    paged: bool
    limit: int | None
    concurrency: int
    connect: str
    rate: str | None
    rate_name: str
    local_rate: float | None
    outage: float
    settings: Mapping[str, Any]


def work_of(
    operation: Operation[Any],
    *,
    concurrency: int,
    connect: str | None,
    rate: str | None,
    rate_name: str | None,
    parameter: str = "",
    fixed: Mapping[str, Any] | None = None,
    limit: int | None = None,
    outage: float | str = "1h",
    settings: Mapping[str, Any] | None = None,
) -> Work:
    """Return the description of a job on this operation; arguments as for `distributed.lookup`."""
    return Work(
        api=operation.api,
        operation=operation.id,
        parameter=parameter,
        fixed=dict(fixed or {}),
        paged=operation.paging is not None,
        limit=limit,
        concurrency=concurrency,
        connect=connect or f"{apis.get(operation.api).module}:Client.from_env",
        rate=rate,
        rate_name=rate_name or operation.api,
        # Known only once the cluster's size is; the driver fills it in.
        local_rate=None,
        outage=seconds_of(outage),
        settings={name: value for name, value in (settings or {}).items() if value is not None},
    )


@frozen(kw_only=True)
class Reply:
    """The outcomes of a chunk. `index` of an outcome is the place in the chunk.

    fatal: an error that no other key can escape. interrupted: the worker is going; ask another one.
    """

    outcomes: list[Outcome[Any, Any]] = field(factory=list, repr=False)
    fatal: Exception | None = None
    interrupted: bool = False


class ClientPlugin(WorkerPlugin):
    """Holds the client of one run on one worker: made for the first chunk, closed with the run or the worker.

    Dask gives it to workers that join later too. Everything happens in the worker's event loop.
    """

    def __init__(self, work: Work) -> None:
        self.work = work

    # Attributes are made here and not in the constructor: the plugin is pickled on
    # its way to the worker.
    def setup(self, worker: Worker) -> None:
        """Called by Dask on the worker; nothing is opened yet."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._client: BaseClient | None = None
        self._rate: SharedRate | None = None
        self._call: Callable[[Any], Awaitable[Any]] | None = None
        self._closed = False
        self._table: Table | None = None
        self.stop = asyncio.Event()
        """Set when the job is to end early: rows in flight are finished, and no further ones are sent."""

    async def teardown(self, worker: Worker) -> None:
        """Stop asking and close the client."""
        self._closed = True
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        client, self._client = self._client, None
        rate, self._rate = self._rate, None
        try:
            if client is not None:
                await client.aclose()
        finally:
            if rate is not None:
                await rate.aclose()

    async def ask(self, chunk: Chunk[Any]) -> Reply:
        """Look the keys of a chunk up. Never raises: Dask would log the arguments."""
        reply = await self.until_closed(self._ask(chunk))
        return Reply(interrupted=True) if reply is None else reply

    async def until_closed(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what the work returns, None if the run or the worker ends before that."""
        task = asyncio.create_task(work)  # of our own, so that `teardown` may cancel it
        if self._closed:
            task.cancel()
        self._tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            # A cancellation that does not come from `teardown` belongs to the caller.
            if not self._closed:
                raise
            return None
        finally:
            self._tasks.discard(task)

    def client(self) -> BaseClient:
        """The run's client on this worker."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    async def _ask(self, chunk: Chunk[Any]) -> Reply:
        outcomes: list[Outcome[Any, Any]] = []
        try:
            call = self._call or self._open()
            run = bulk.lookup(
                call,
                chunk.keys,
                concurrency=self.work.concurrency,
                # Duplicates are removed by the driver; a chunk has one outcome for each of its positions.
                dedupe=False,
                fatal=(AuthError, ConfigError),
                outage=self.work.outage,
            )
            async with run:
                outcomes.extend([_portable_outcome(outcome) async for outcome in run])
        except Exception as error:
            return Reply(outcomes=outcomes, fatal=portable(error))
        return Reply(outcomes=outcomes)

    def table(self) -> Table:
        """The columns of this run's responses."""
        if self._table is None:
            client = self._client
            found = client.operations.get(self.work.operation) if client is not None else None
            tp: Any = None
            if found is not None and found.paging is None and found.response is not None:
                tp = without(resolve_in_module(found.response, found.namespace), type(None), Unset)
            self._table = Table(tp)
        return self._table

    def _connect(self) -> BaseClient:
        work = self.work
        if work.rate is not None and self._rate is None:
            self._rate = SharedRate.from_env(work.rate, name=work.rate_name, local_rate=work.local_rate)
        connect = _connector(work)
        # Credentials come from the worker's own environment; nothing secret is in `work`,
        # which the scheduler sees.
        limits = Limits(concurrency=work.concurrency, rate=self._rate)
        return connect(limits=limits, **work.settings)

    def method(self) -> Callable[..., Any]:
        """The client's method of the run's operation.

        Raises:
            ConfigError: the client has none.
        """
        method: Any = self.client()
        for part in self.work.operation.split("."):
            method = getattr(method, part, None)
        if not callable(method):
            raise ConfigError(f"the client of {self.work.api} has no method {self.work.operation}")
        found: Callable[..., Any] = method
        return found

    def _open(self) -> Callable[[Any], Awaitable[Any]]:
        """Make the client and return the call of one key."""
        self._call = _call(self.method(), self.work)
        return self._call


def _connector(work: Work) -> Callable[..., BaseClient]:
    """Return what makes a client of this worker.

    Raises:
        ConfigError: there is no such function here.
    """
    module, _, name = work.connect.partition(":")
    try:
        made: Callable[..., BaseClient] = attrgetter(name)(importlib.import_module(module))
    except (ImportError, AttributeError):
        raise ConfigError(f"connect={work.connect!r}: this worker cannot import it") from None
    return made


def _call(method: Callable[..., Any], work: Work) -> Callable[[Any], Awaitable[Any]]:
    parameter, fixed, limit = work.parameter, dict(work.fixed), work.limit

    async def pages(key: Any) -> Any:
        return await method(**{parameter: key}, **fixed).all(limit=limit)

    async def one(key: Any) -> Any:
        return await method(**{parameter: key}, **fixed)

    return pages if work.paged else one


def _portable_outcome(outcome: Outcome[Any, Any]) -> Outcome[Any, Any]:
    error = outcome.error
    if error is None:
        if not goes_too_deep(outcome.value):
            return outcome
        error = ResponseShapeError("the response is nested too deeply to be kept")
    return Outcome(
        key=outcome.key,
        error=portable(error),
        attempts=outcome.attempts,
        latency=outcome.latency,
        index=outcome.index,
    )


def portable(error: Exception) -> Exception:
    """Return the error in a form that can be pickled: its text and attributes, without its traceback."""
    try:
        # The round trip is tried here. An error that cannot be unpickled would otherwise fail on the
        # driver, where Dask reports it as a lost task and logs the arguments.
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own, made on this line
    except Exception:
        return TrunklineError(f"{type(error).__name__}: {error}")
    return copy if isinstance(copy, Exception) else TrunklineError(type(error).__name__)


async def tell_to_stop(client: Any, job: str) -> None:
    """Have the workers of a job finish what is in flight; who cannot be reached is cut off later."""
    try:
        async with asyncio.timeout(_TELL_SECONDS):
            await client.run(_stop, job, on_error="ignore")
    except Exception as error:
        _log.info("workers could not be told to stop: %s", type(error).__name__)


def _stop(job: str, dask_worker: Any) -> None:
    """Runs in the event loop of a worker."""
    plugin = dask_worker.plugins.get(job)
    if isinstance(plugin, ClientPlugin):
        plugin.stop.set()


async def ask(run: str, chunk: Chunk[Any]) -> Reply:
    """The task that Dask carries out on a worker."""
    plugin = get_worker().plugins.get(run)
    if not isinstance(plugin, ClientPlugin):
        return Reply(interrupted=True)  # the run has ended, or this worker is only just joining
    return await plugin.ask(chunk)


__all__ = ["ClientPlugin", "Reply", "Work", "ask", "portable", "tell_to_stop", "work_of"]
