"""The two kinds of loader requests: an OData search by one field, or a method that takes a list of keys."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar, cast
from urllib.parse import quote

from attrs import evolve

from trunkline._callables import check_function, described
from trunkline._codec.annotations import is_model, model_fields
from trunkline._wire.parameters import query_pairs
from trunkline.client import BaseClient, Pager
from trunkline.config import RequestOptions
from trunkline.errors import ArgumentError
from trunkline.model import UNSET, Model
from trunkline.odata import Filter, FilterField, check, encoded_length
from trunkline.operation import Operation, Param

if TYPE_CHECKING:
    from trunkline._codec.codec import Codec

K = TypeVar("K")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

TOP: Final = 500
"""More than 500 rows a page are cut silently; see `Pager` for how what is beyond a page is fetched."""
_PATIENCE: Final = 2
"""Attempts that a batch of several keys may lose; then it is halved, to single out a bad key."""


class Source(Protocol[R_co]):
    """One way to ask for many keys. name: the operation, for errors. joint: characters between two keys.

    page: rows of one response at most, None for no limit.
    """

    name: str
    joint: int
    page: int | None

    def length(self, key: Any) -> int:
        """Length of the key in the query. Raises: ArgumentError for a key of a wrong type."""
        ...

    def prepare(self, key: Any) -> None:
        """Measure the query with a first key. Raises: ArgumentError if the search cannot be built."""
        ...

    def overhead(self) -> int:
        """Query length excluding the keys."""
        ...

    async def ask(self, keys: Sequence[Any]) -> Sequence[R_co]:
        """All rows of these keys."""
        ...

    def key_of(self, row: Any) -> Any:
        """The key that the row names, None if it names none."""
        ...


class SearchSource(Generic[K, R]):
    """`$filter=field eq … or field eq …` on a search of a client."""

    page: int | None = TOP

    def __init__(
        self,
        search: Callable[..., Pager[R]],
        field: FilterField[Any, K],
        where: Filter[Any] | None,
        options: RequestOptions | None,
        fixed: Mapping[str, Any],
    ) -> None:
        check_function(search, "a loader's search", "client.service.search")
        if not isinstance(field, FilterField):
            raise ArgumentError(
                f"a loader's field must be one of the search, such as Service.service_number, "
                f"not {described(field)}"
            )
        known = _operation_of(search)
        if known is not None and known.filterable:
            check(field == None, known)  # noqa: E711 -- a filter of OData: the field is refused here, not later
        self._search, self._field, self._where = search, field, where
        self._fixed = dict(fixed)
        self._options, self._careful = _careful(_client_of(search), options)
        self.joint = encoded_length(" or ")
        # Lengths are counted as they are sent, percent-encoded: servers limit the encoded query, and a
        # space takes three characters there.
        self._term = encoded_length(f"{field.wire} eq ")
        self._pager: Pager[R] | None = None
        self._overhead = 0
        self._read: Callable[[Any], Any] | None = None
        self.name = f"search by {field.wire}"

    def length(self, key: K) -> int:
        text = self._field._literal(key)
        # Counting encoded characters is the slow part of adding a key, and such keys need no encoding.
        plain = text.isascii() and text.strip("'").isalnum()  # as most keys are
        return self._term + (len(text) if plain else encoded_length(text))

    def overhead(self) -> int:
        return self._overhead

    def _page(self, keys: Sequence[K]) -> Pager[R]:
        # A single key cannot be halved, so it gets the full retry policy.
        options = self._options if len(keys) == 1 else self._careful
        asked = self._field.in_(keys)
        asked = asked if self._where is None else self._where & asked
        return self._search(filter=asked, top=TOP, options=options, **self._fixed)

    def prepare(self, key: K) -> None:
        if self._pager is None:
            self._pager = pager = self._page([key])
            asked = pager._asked
            operation, codec = asked.op, cast("Codec", asked.codec)
            self.name = operation.name
            rows = codec.type_of(operation, operation.paging.row_type if operation.paging else "Any")
            self._read = reader(rows, self._field.wire)
            # brackets around the keys are written only where there are several
            # The overhead is measured on a real request and not computed: filter, `$top` and fixed
            # parameters are written in one place only.
            self._overhead = len(asked.first({}).url.raw_query_string) - self.length(key) + 2

    async def ask(self, keys: Sequence[K]) -> Sequence[R]:
        return await self._page(keys).all()

    def key_of(self, row: R) -> Any:
        return None if self._read is None else self._read(row)


class ListSource(Generic[R]):
    """A method that takes a list of keys and returns rows that name them."""

    page: int | None = None

    def __init__(
        self,
        client: BaseClient,
        operation: Operation[Any],
        options: RequestOptions | None,
        fixed: Mapping[str, Any],
    ) -> None:
        bulk = operation.bulk
        if bulk is None:
            raise ArgumentError(f"{operation.api}.{operation.id} does not take many keys at once")
        self._client, self._operation = client, operation
        self._options, self._careful = _careful(client, options)
        self._at, self._param = _parameter(operation, bulk.parameter)
        self._query = [fixed.get(param.name) for param in operation.query_params]
        unknown = fixed.keys() - {param.name for param in operation.query_params}
        if unknown:
            raise ArgumentError(f"{operation.id} has no parameter {sorted(unknown)[0]}")
        self.name = f"{operation.api}.{operation.id}"
        # OpenAPI `style: form`: without `explode` keys are joined by a comma, with it each
        # key repeats "&name=".
        self.joint = 1 if not self._param.explode else len(quote(self._param.wire, safe="")) + 2
        rows = client._codec.type_of(operation, operation.response or "Any")
        self._read = reader((getattr(rows, "__args__", None) or (Any,))[0], bulk.key)

    def length(self, key: Any) -> int:
        (pair,) = query_pairs([key], self._param)
        return len(pair) - len(self._param.wire) - 1

    def prepare(self, key: Any) -> None:
        return

    def overhead(self) -> int:
        others = zip(self._operation.query_params, self._query, strict=True)
        pairs = ["&".join(query_pairs(value, param)) for param, value in others if value is not None]
        return len("&".join(pairs)) + len(self._param.wire) + 2

    async def ask(self, keys: Sequence[Any]) -> Sequence[R]:
        query = list(self._query)
        query[self._at] = list(keys)
        options = self._options if len(keys) == 1 else self._careful
        rows = await self._client.call(self._operation, query=query, options=options)
        # Some servers send a single object, or an empty body, where the list has one row or none.
        return rows if isinstance(rows, list) else [] if rows is None else [rows]

    def key_of(self, row: R) -> Any:
        return self._read(row)


def reader(row_type: Any, wire: str) -> Callable[[Any], Any]:
    """Return a function that reads the field of this wire name out of a row; None where it is absent."""
    if not is_model(row_type):
        return lambda row: _loose(row, wire)
    name = next((one.name for one in model_fields(row_type) if one.wire == wire), None)
    if name is None:
        return lambda row: _loose(row, wire)

    def read(row: Any) -> Any:
        value = getattr(row, name, None)
        return None if value is UNSET else value

    return read


def _loose(row: Any, wire: str) -> Any:
    if isinstance(row, Model):
        return row.extra.get(wire)
    return row.get(wire) if isinstance(row, Mapping) else None


def _parameter(operation: Operation[Any], wire: str) -> tuple[int, Param]:
    for place, param in enumerate(operation.query_params):
        if param.wire == wire:
            return place, param
    raise ArgumentError(f"{operation.api}.{operation.id} has no query parameter {wire}")


def _client_of(search: Callable[..., Any]) -> BaseClient | None:
    """Return the client behind a method of a generated resource, as far as one can see."""
    # A method with fixed path parameters usually comes as a partial.
    while isinstance(search, functools.partial):
        search = search.func
    client = getattr(getattr(search, "__self__", None), "_client", None)
    return client if isinstance(client, BaseClient) else None


def _operation_of(search: Callable[..., Any]) -> Operation[Any] | None:
    """Return the operation behind a method of a generated resource, as far as one can see."""
    client = _client_of(search)
    while isinstance(search, functools.partial):
        search = search.func
    if client is None:
        return None
    mine = f":{type(getattr(search, '__self__', None)).__name__}.{getattr(search, '__name__', '')}"
    return next((one for one in client.operations.values() if one.function.endswith(mine)), None)


def _careful(
    client: BaseClient | None, options: RequestOptions | None
) -> tuple[RequestOptions | None, RequestOptions | None]:
    """Return the options of a single key and of a batch, which gives up earlier to be halved."""
    policy = (options.retry if options is not None else None) or (client._policy if client else None)
    if policy is None or policy.max_failures <= _PATIENCE:
        return options, options
    return options, evolve(options or RequestOptions(), retry=evolve(policy, max_failures=_PATIENCE))


__all__ = ["TOP", "ListSource", "SearchSource", "Source", "reader"]
