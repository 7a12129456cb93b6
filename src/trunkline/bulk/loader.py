"""A loader coalesces lookups: keys that are asked at the same time share one request."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from attrs import frozen

from trunkline.bulk._batcher import Batcher
from trunkline.bulk._route_guard import KEYS as WRONG_ROUTE_KEYS
from trunkline.bulk._route_guard import Guarded, RouteGuard
from trunkline.bulk._sizing import CEILING, START, Sizing
from trunkline.bulk._sources import ListSource, SearchSource, Source
from trunkline.client import BaseClient, Pager
from trunkline.config import RequestOptions
from trunkline.errors import ArgumentError, ConfigError, MultipleRowsError, NotFoundError
from trunkline.odata import Filter, FilterField
from trunkline.operation import Operation, operation_named, warn_of_former_name

K = TypeVar("K")
R = TypeVar("R")


@frozen(kw_only=True)
class LoaderStats:
    """Counters of a loader.

    keys: different keys asked. joined: loads that found their key being asked already. batches: requests for
    several or single keys, pages beyond the first not counted. halved: batches that were cut in two because
    they failed. limit: characters that a query may have now.
    """

    keys: int = 0
    joined: int = 0
    batches: int = 0
    halved: int = 0
    limit: int = 0


class Loader(Generic[K, R]):
    """Coalesces single lookups into few requests.

        loader = bulk.Loader(client.service.search, Service.service_number)
        service = await loader.load("5551234567")      # from a thousand tasks: a handful of searches

    `client.service.loader(Service.service_number)` is the same, less exactly typed. Keys that are asked while
    equal ones are in flight share the response. A batch that the vendor refuses or loses is asked again in
    halves, down to single keys, so that one bad key fails alone; the size that works is remembered. Nothing
    runs while nobody waits; no response is cached.

    Args:
        search: a search method of a client that takes `filter` and `top` and gives a `Pager`.
        field: the field that the keys are compared with.
        where: narrows every search.
        window: seconds in which lookups are collected; 0 takes one turn of the event loop.
        max_in_flight: requests at the same time at most.
        max_keys: keys in one request at most. Below 500: a full page could be a cut one.
        start_query: characters of a query to begin with; by default what a .NET server takes in its default
            configuration (2,048), since IDI's are such.
        max_query: characters that a query may grow to. One batch at a time tries more, after others have gone
            well; if it is refused, its halves are asked at once, and no longer one is tried. Equal to
            `start_query` switches the growing off.
        wrong_route_after: keys that must all meet a 404 on an inferred route before no more are asked.
        options: for every request.
        fixed: further arguments of `search`, a path parameter for example.
    """

    def __init__(
        self,
        search: Callable[..., Pager[R]],
        field: FilterField[Any, K],
        *,
        where: Filter[Any] | None = None,
        window: float = 0.002,
        max_in_flight: int = 16,
        max_keys: int = 499,
        start_query: int = START,
        max_query: int = CEILING,
        wrong_route_after: int | None = WRONG_ROUTE_KEYS,
        options: RequestOptions | None = None,
        **fixed: Any,
    ) -> None:
        self._settle_in(
            SearchSource(search, field, where, options, fixed),
            window=window,
            max_in_flight=max_in_flight,
            max_keys=max_keys,
            start_query=start_query,
            max_query=max_query,
            wrong_route_after=wrong_route_after,
        )

    @classmethod
    def for_operation(
        cls,
        client: BaseClient,
        operation: Operation[list[R]] | str,
        *,
        window: float = 0.002,
        max_in_flight: int = 16,
        max_keys: int = 499,
        start_query: int = START,
        max_query: int = CEILING,
        wrong_route_after: int | None = WRONG_ROUTE_KEYS,
        options: RequestOptions | None = None,
        **fixed: Any,
    ) -> Loader[Any, R]:
        """Return a loader over an operation that takes many keys at once: `"orders.monitor_bulk"`.

        Raises:
            ArgumentError: there is no such operation, or it takes single keys only.
        """
        if isinstance(operation, str):
            found = operation_named(client.operations, operation)
            if found is None:
                raise ArgumentError(f"there is no operation {operation!r}")
            operation = found
        # The constructor takes a search and a field; this kind of loader has neither.
        loader: Loader[Any, R] = cls.__new__(cls)
        loader._settle_in(
            ListSource(client, operation, options, fixed),
            window=window,
            max_in_flight=max_in_flight,
            max_keys=max_keys,
            start_query=start_query,
            max_query=max_query,
            wrong_route_after=wrong_route_after,
        )
        return loader

    def _settle_in(
        self,
        source: Source[R],
        *,
        window: float,
        max_in_flight: int,
        max_keys: int,
        start_query: int,
        max_query: int,
        wrong_route_after: int | None,
    ) -> None:
        if not 0 <= window <= 60:
            raise ConfigError("window must be a time in seconds, from 0 to 60")
        if min(max_in_flight, max_keys) < 1:
            raise ConfigError("max_in_flight and max_keys must be 1 or more")
        if not 1 <= start_query <= max_query:
            raise ConfigError("start_query must be 1 or more, and not above max_query")
        self._source, self._room = source, max_in_flight * max_keys
        self._guard = RouteGuard(wrong_route_after)
        # The guard is the loader's own as well: it is also used without `bulk.lookup`, whose
        # guard would not see it.
        self._ask = Guarded(self._wait, self._guard)
        self._batcher: Batcher[R] = Batcher(
            source,
            window=window,
            max_in_flight=max_in_flight,
            max_keys=max_keys,
            sizing=Sizing(start_query, max_query),
        )

    @property
    def stats(self) -> LoaderStats:
        """Counters since the loader was made."""
        return LoaderStats(
            keys=self._batcher.asked,
            joined=self._batcher.joined,
            batches=self._batcher.batches,
            halved=self._batcher.halved,
            limit=self._batcher.sizing.limit,
        )

    @property
    def capacity(self) -> int:
        """Keys to have waiting at a time, so that no request goes out half empty; `bulk.lookup` does."""
        # Twice the keys of all requests in flight: one half is in flight while the other half collects.
        # The cap bounds memory and tasks.
        return min(4096, 2 * self._room)

    # ---- asking

    async def load(self, key: K) -> R:
        """Return the row of this key.

        Raises:
            NotFoundError: there is none. Its `status` is 0, since the request itself went well.
            MultipleRowsError: there are several; `load_rows` gives them.
            ArgumentError: the key is not of the field's type; nothing was sent.
            TrunklineError: what the request with this key met.
        """
        rows, attempts = await self._ask(key)
        name = self._source.name
        if not rows:
            raise NotFoundError(f"{name}: there is no row for this key", operation=name, attempts=attempts)
        if len(rows) > 1:
            raise MultipleRowsError(
                f"{name}: {len(rows)} rows have this key; load_rows gives them all",
                operation=name,
                rows=len(rows),
                attempts=attempts,
            )
        return rows[0]

    async def load_rows(self, key: K) -> list[R]:
        """Return all rows of this key, none if there are none. Raises: like `load`, but for the number."""
        return (await self._ask(key))[0]

    async def _wait(self, key: K) -> tuple[list[R], int]:
        return await self._batcher.wait(key)

    async def aclose(self) -> None:
        """Cancel requests in flight; waiters get a ConfigError. No task is left."""
        await self._batcher.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<Loader {self._source.name}{' closed' if self._batcher.closed else ''}>"


def resource_loader(
    resource: Any, client: BaseClient, by: FilterField[Any, K] | str, settings: dict[str, Any]
) -> Loader[K, Any]:
    """Return the loader of `Resource.loader`.

    Raises:
        ArgumentError: no method of the resource can be asked so, or several can.
    """
    mine = f":{type(resource).__name__}."
    methods = {op.id.rpartition(".")[2]: op for op in client.operations.values() if mine in op.function}
    if isinstance(by, str):
        by = _present_name(by, methods)
        if by not in methods or methods[by].bulk is None:
            many = ", ".join(name for name, op in methods.items() if op.bulk) or "none"
            raise ArgumentError(f"{by!r} does not take many keys; of this resource these do: {many}")
        return Loader.for_operation(client, methods[by], **settings)
    fits = [name for name, op in methods.items() if op.paging is not None and by.wire in op.filterable]
    # several searches may filter by this name: the field's own set of fields shows which one is meant
    if by.fields is not None:
        names = {one.wire for one in vars(by.fields).values() if isinstance(one, FilterField)}
        fits = [name for name in fits if names == set(methods[name].filterable)]
    # IDI has special searches next to the general one; the general one is what a caller means.
    if len(fits) > 1 and "search" in fits:
        fits = ["search"]
    if len(fits) != 1:
        several = f"several searches filter by {by.wire}: {', '.join(fits)}; use bulk.Loader with one of them"
        raise ArgumentError(several if fits else f"no search of this resource filters by {by.wire}")
    return Loader(getattr(resource, fits[0]), by, **settings)


def _present_name(name: str, methods: dict[str, Operation[Any]]) -> str:
    """The method's name of today, where it is called by one that it had before."""
    for now, op in methods.items():
        if any(former.rpartition(".")[2] == name for former in op.former) and name not in methods:
            warn_of_former_name(name, now, stacklevel=4)  # past `resource_loader` and the resource's `loader`
            return now
    return name


__all__ = ["Loader", "LoaderStats", "resource_loader"]
