"""A vendor in memory behind a real client: it responds searches and lists of keys, and can be rude."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from urllib.parse import unquote

from attrs import define, field
from multidict import CIMultiDict

from trunkline import Limits, Model, RetryPolicy
from trunkline._wire.messages import Request, Response
from trunkline.bulk import Loader
from trunkline.client import BaseClient, Pager
from trunkline.config import TimeSource
from trunkline.odata import FieldSet, FilterField
from trunkline.operation import Bulk, Operation, Paging, Param
from trunkline.resource import Resource


@define(kw_only=True)
class Line(Model):
    number: str | None = field(default=None, metadata={"wire": "number"})
    owner: int | None = field(default=None, metadata={"wire": "ownerID"})


class Lines(FieldSet):
    number = FilterField["Lines", str]("number", str)
    owner = FilterField["Lines", int]("ownerID", int)


def _operation(id: str, path: str, **more: Any) -> Operation[Any]:
    return Operation(
        api="api", id=id, title="", method="GET", path=path, namespace=__name__, idempotency="safe",
        function=f"{__name__}:LineResource.{id.rpartition('.')[2]}", **more,
    )  # fmt: skip


SEARCH = _operation(
    "line.search",
    "/line",
    query_params=(
        Param(wire="$filter", name="filter"),
        Param(wire="$skip", name="skip", type="int"),
        Param(wire="$top", name="top", type="int"),
    ),
    response="Any",
    paging=Paging(row_type="Line", skip="$skip", top="$top"),
    filterable=("number", "ownerID"),
)
OWNERS = _operation(
    "line.owners_bulk",
    "/owners",
    query_params=(
        Param(wire="ownerIds", name="owner_ids", type="list[int]", required=True, explode=False),
        Param(wire="year", name="year", type="int"),
    ),
    response="list[Line]",
    bulk=Bulk(single="line.owner", parameter="ownerIds", key="ownerID"),
)


class LineResource(Resource):
    __slots__ = ()

    def search(
        self, *, filter: Any = None, skip: Any = None, top: Any = None, options: Any = None
    ) -> Pager[Line]:
        return self._client.paginate(SEARCH, query=(filter, skip, top), options=options)


class Client(BaseClient):
    pages_cut_at_hundreds = True  # as both vendors do
    operations: ClassVar = {each.id: each for each in (SEARCH, OWNERS)}

    @property
    def line(self) -> LineResource:
        return LineResource(self)


_TERM = re.compile(r"(\w+) eq (?:'((?:[^']|'')*)'|(-?\d+))")


class Vendor:
    """A transport over rows `{"number": …, "ownerID": …}`.

    rude: called with the keys and the query of each request; a status or an exception instead of a response.
    held: while set, no request is answered.
    """

    def __init__(
        self, rows: Iterable[dict[str, Any]], rude: Callable[[list[Any], str], Any] | None = None
    ) -> None:
        self.rows = list(rows)
        self.rude = rude or (lambda keys, query: None)
        self.asked: list[list[Any]] = []
        self.flying: list[Any] = []
        self.most = 0
        self.doubled = 0
        self.page = 500
        self.held: asyncio.Event | None = None
        self.began = asyncio.Event()
        self._open = 0

    async def send(self, request: Request, credentials: Any, timeout: float | None) -> Response:
        query = request.url.raw_query_string
        given = dict(part.split("=", 1) for part in query.split("&"))
        if "$filter" in given:
            terms = _TERM.findall(unquote(given["$filter"]))
            name = terms[0][0]
            keys: list[Any] = [int(n) if n else text.replace("''", "'") for _, text, n in terms]
        else:
            name, keys = "ownerID", [int(part) for part in given["ownerIds"].split(",")]
        skip = int(given.get("$skip", 0))
        self.asked.append(keys)
        self.began.set()
        self.doubled += sum(key in self.flying for key in keys)
        self.flying += keys
        self._open += 1
        self.most = max(self.most, self._open)
        try:
            await asyncio.sleep(0)
            if self.held is not None:
                await self.held.wait()
            reply = self.rude(keys, query)
            if isinstance(reply, BaseException):
                raise reply
            if isinstance(reply, int):
                return Response(reply, CIMultiDict({"Content-Type": "application/json"}), b"{}")
            found = [row for row in self.rows if row[name] in keys] if reply is None else reply
            if "$filter" in given:
                top = min(int(given["$top"]), self.page)
                found = found[skip : skip + top]
            body = json.dumps(found).encode()
            return Response(200, CIMultiDict({"Content-Type": "application/json"}), body)
        finally:
            self._open -= 1
            for key in keys:
                self.flying.remove(key)

    async def aclose(self) -> None:
        """Nothing to close."""


async def no_wait(seconds: float) -> None:
    await asyncio.sleep(0)


def client(vendor: Vendor) -> Client:
    return Client(
        base_url="http://localhost:1",
        transport=vendor,  # type: ignore[arg-type]
        retry=RetryPolicy(budget=None, max_attempts=4, base=0),
        limits=Limits(concurrency=None),
        time_source=TimeSource(sleep=no_wait),
    )


def lines(count: int) -> list[dict[str, Any]]:
    return [{"number": f"555{n:07}", "ownerID": n // 3} for n in range(count)]


def by_number(vendor: Vendor, **settings: Any) -> Loader[str, Line]:
    return Loader(client(vendor).line.search, Lines.number, **settings)
