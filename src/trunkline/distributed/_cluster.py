"""What every job on a Dask cluster needs: a client, the job's plugin on the workers, and signs of life."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Collection
from typing import Any, Final

from distributed import Client, Scheduler, SchedulerPlugin

from trunkline.bulk._outage import seconds_of
from trunkline.distributed._worker import ClientPlugin, Work
from trunkline.errors import ConfigError, DeadlineError, TransportError

CLEANUP_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 10.0
"""How long pieces on their way may take to finish once a job is to end early."""
_LOOK_SECONDS: Final = 5.0
_STOPPING_SECONDS: Final = 0.2

_log = logging.getLogger("trunkline.distributed")


class DriverWatch(SchedulerPlugin):
    """Takes a job's plugin off all workers once its driver is gone, however that ended.

    Without it the clients that a killed driver had made on the workers would stay open as long as these live.
    """

    def __init__(self, driver: str, job: str) -> None:
        self.name = f"{job}-driver"
        self._driver, self._job = driver, job
        self._tasks: set[asyncio.Task[None]] = set()

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Called by Dask in the scheduler's loop, for each client that leaves."""
        if client == self._driver:
            # Dask calls this hook synchronously, and taking a plugin off the workers has to be awaited.
            task = asyncio.ensure_future(self._clean(scheduler))
            self._tasks.add(task)  # the loop itself keeps no reference
            task.add_done_callback(self._tasks.discard)

    async def _clean(self, scheduler: Any) -> None:
        with contextlib.suppress(ValueError):  # the driver took it off before it left
            await scheduler.unregister_worker_plugin(None, self._job)
        with contextlib.suppress(ValueError):
            scheduler.remove_plugin(self.name)


@contextlib.asynccontextmanager
async def on_workers(client: Any, work: Work) -> AsyncIterator[str]:
    """Give every worker the job's plugin, and take it away at the end; gives the job's name."""
    # A random name keeps two jobs on one cluster apart, also two of the same operation.
    name = f"trunkline-{uuid.uuid4().hex}"
    watch = DriverWatch(client.id, name)
    try:
        # The watch is registered first: a driver killed between the two calls then
        # leaves nothing behind.
        await client.register_plugin(watch, name=watch.name)
    except Exception as error:
        # a scheduler without this package, or that takes no plugins: a killed driver would leave its clients
        _log.info("the scheduler cannot watch over this driver: %s", type(error).__name__)
    try:
        await client.register_plugin(ClientPlugin(work), name=name)
        yield name
    finally:
        # Workers would keep their clients and connections if a cancellation cut this short.
        await to_the_end(_clean(client, name, watch.name))


async def _clean(client: Any, name: str, watch: str) -> None:
    try:
        # A scheduler that went away must not hold up the end of the job.
        async with asyncio.timeout(CLEANUP_SECONDS):
            await client.unregister_worker_plugin(name)
            with contextlib.suppress(ValueError):
                await client.unregister_scheduler_plugin(watch)
    except Exception as error:
        # a worker that has just gone, or the scheduler itself: there is nothing left to clean there
        _log.info("the job's clients could not be closed everywhere: %s", type(error).__name__)


class Presence:
    """Waits for tasks of a cluster as long as it has workers.

    patience: seconds without any worker, or without a word from the scheduler, that end the job. deadline:
    how long the job may last, "6h" or seconds. stop: set from outside to end the job early.
    """

    def __init__(
        self,
        client: Any,
        patience: float,
        deadline: float | str | None = None,
        stop: asyncio.Event | None = None,
    ) -> None:
        self._client, self._patience, self._stop = client, patience, stop
        self._grace: float | None = None
        self._alone_since: float | None = None
        self._most = None if deadline is None else seconds_of(deadline)
        self._began = asyncio.get_running_loop().time()

    @property
    def stopped(self) -> bool:
        """Whether the job is to end early."""
        return self._stop is not None and self._stop.is_set()

    @property
    def is_over(self) -> bool:
        """Whether a job that is to end early has had the time to finish what was on its way."""
        if self._grace is None:
            self._grace = asyncio.get_running_loop().time() + GRACE_SECONDS
        return asyncio.get_running_loop().time() >= self._grace

    async def first(self, tasks: Collection[asyncio.Future[Any]]) -> set[Any]:
        """Return the tasks that are done: at least one, or none once the job is to end early.

        Raises:
            TransportError: the cluster has had no worker for too long, or its scheduler went away.
            DeadlineError: the job has lasted for too long.
        """
        while True:
            pause = min(_LOOK_SECONDS, max(0.05, self._patience / 4))
            if self._most is not None:
                pause = min(pause, self._left(self._most))
            # A Dask future on a cluster without workers waits for ever and reports no error, so the
            # number of workers is checked between waits.
            done = await self._some(tasks, pause)
            if done or self.stopped:
                return done
            await self._look()

    async def _some(self, tasks: Collection[asyncio.Future[Any]], pause: float) -> set[Any]:
        if self._stop is None or self.stopped:
            pause = pause if self._stop is None else _STOPPING_SECONDS
            return (await asyncio.wait(tasks, timeout=pause, return_when=asyncio.FIRST_COMPLETED))[0]
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            return (
                await asyncio.wait({*tasks, stopping}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            )[0] - {stopping}
        finally:
            stopping.cancel()

    def _left(self, most: float) -> float:
        left = self._began + most - asyncio.get_running_loop().time()
        if left <= 0:
            raise DeadlineError(
                f"the job's deadline of {most:g} s is over; the same call on the same folder does the rest",
                may_have_run=True,
            )
        return left

    async def _look(self) -> None:
        try:
            # The request may hang while the scheduler's host is unreachable and its connection open.
            async with asyncio.timeout(max(1.0, self._patience)):
                workers = await self._client.nthreads()
        except (OSError, TimeoutError) as error:
            raise cluster_lost(error) from None
        now = asyncio.get_running_loop().time()
        if workers:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = now
        elif now - self._alone_since >= self._patience:
            raise TransportError(
                f"the Dask cluster has had no worker for {self._patience:g} s", may_have_run=True
            )


async def to_the_end(work: Any) -> None:
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


def cluster_lost(error: Exception) -> TransportError:
    return TransportError(f"the Dask scheduler went away ({type(error).__name__})", may_have_run=True)


@contextlib.asynccontextmanager
async def connected(cluster: Client | str, patience: float) -> AsyncIterator[Any]:
    """A Dask client of this event loop, with at least one worker.

    Raises:
        TransportError: the scheduler does not respond, or has no workers in time.
    """
    async with contextlib.AsyncExitStack() as stack:
        client: Any = cluster
        if isinstance(cluster, str) or not _is_ours(cluster):
            address, settings = _address(cluster)
            opened: Any = Client
            try:
                client = await stack.enter_async_context(
                    # `set_as_default=False`: a default client would change which cluster the
                    # caller's own Dask code uses.
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
    # A Dask client runs in the loop that made it; awaiting it in another loop hangs.
    return bool(client.asynchronous) and loop is asyncio.get_running_loop()


def _address(cluster: Client | str) -> tuple[str, dict[str, Any]]:
    if isinstance(cluster, str):
        return cluster, {}
    if cluster.scheduler is None:
        raise ConfigError("the Dask client is closed")
    # The TLS settings go along: a secured scheduler refuses a client without them.
    return str(cluster.scheduler.address), {"security": cluster.security}


__all__ = [
    "CLEANUP_SECONDS",
    "DriverWatch",
    "Presence",
    "cluster_lost",
    "connected",
    "on_workers",
    "to_the_end",
]
