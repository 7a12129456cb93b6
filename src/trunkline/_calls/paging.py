"""Collections: row by row, page by page, or at once; one page is fetched ahead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing
from typing import Any, Final, Generic, TypeVar

from attrs import evolve

from trunkline._calls.pages import Page, PageRequest
from trunkline._calls.walk import Walk
from trunkline._wire.messages import Response
from trunkline.errors import ArgumentError, PagingError

T = TypeVar("T")
_MAX_PAGES: Final = 10_000


class Pager(Generic[T]):
    """A collection that is requested as it is used; each use walks anew from the first page.

        async for row in client.device.search(top=500): ...      every row
        async for row in client.device.search().limit(20): ...   the first 20 rows
        page = await client.device.search(top=50)                the first page alone

    `top` is the size of a page and no limit: `search(top=5)` gives every row, five with each request. While a
    page is in use the next one is fetched, though not decoded: rows that wait would be pushed out of the
    processor's cache. Leaving a loop early ends that fetch.
    """

    def __init__(self, asked: PageRequest, limit: int | None = None, token: str | None = None) -> None:
        self._asked = asked
        self._limit = limit
        self._token = token

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self._only().__await__()

    async def _only(self) -> Page[T]:
        walk: Walk[T] = Walk(self._asked, self._token)
        return self._cut((await walk.step())[0], 0)

    def __aiter__(self) -> AsyncIterator[T]:
        return self._rows()

    async def _rows(self) -> AsyncGenerator[T, None]:
        # A limit counts the rows of a page before they are taken.
        async with aclosing(self._pages(coming=self._limit is None)) as pages:
            async for page in pages:
                for row in page.rows:
                    yield row

    def limit(self, rows: int) -> Pager[T]:
        """The same collection, no more than its first `rows` rows; no page beyond them is requested.

        Raises:
            ArgumentError: `rows` is negative or not a whole number.
        """
        least = rows if self._limit is None else min(rows, self._limit)
        return Pager(self._asked, _checked_limit(least), self._token)

    def resume(self, token: str) -> Pager[T]:
        """The rest of the same collection, from the page after the one with this `Page.token`.

        Raises:
            PagingError: when it is used, and the token is not one of this collection.
        """
        return Pager(self._asked, self._limit, token)

    async def bodies(self) -> AsyncGenerator[tuple[Page[T], bytes], None]:
        """Pages with the bytes they came in; the limit does not apply. For exports that keep both.

        Their rows may be `UnmadeRows`, which become models when they are used.
        """
        walk: Walk[T] = Walk(self._asked, self._token, made=False)
        more = True
        ahead = asyncio.create_task(walk.fetch())
        self._asked.walks.count += 1
        try:
            while more:
                response = await ahead
                # Read before the next fetch starts, since the page holds the link to it.
                page, more = walk.read(response)
                if more:
                    ahead = await self._started(walk)
                yield page, response.body
        finally:
            self._asked.walks.count -= 1
            # A caller that leaves the loop early must find no request of it in flight.
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    def pages(self) -> AsyncGenerator[Page[T], None]:
        """Page by page, the empty ones included; of the last one only the rows within the limit."""
        return self._pages()

    async def _pages(self, *, coming: bool = False) -> AsyncGenerator[Page[T], None]:
        if self._limit == 0:
            return
        walk: Walk[T] = Walk(self._asked, self._token, coming=coming)
        page, more = await walk.step()
        ahead: asyncio.Task[Response] | None = None
        rows = 0
        self._asked.walks.count += 1
        try:
            # The test comes before the next fetch: with `limit(20)` and pages of 20, no
            # second request is sent.
            while more and (self._limit is None or rows + len(page) < self._limit):
                ahead = await self._started(walk)
                if self._limit is not None:
                    rows += len(page)
                yield page
                page, more = walk.read(await ahead)
            yield self._cut(page, rows)
        finally:
            self._asked.walks.count -= 1
            if ahead is not None and not ahead.done():
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)
            elif ahead is not None and not ahead.cancelled():
                ahead.exception()  # retrieved, in case nobody came for the page

    async def all(self, limit: int | None = None, *, max_pages: int | None = _MAX_PAGES) -> list[T]:
        """All rows in memory.

        Args:
            limit: rows at most; no page beyond them is requested.
            max_pages: pages at most; None means no bound.
        Raises:
            PagingError: the collection has more pages than `max_pages`.
        """
        limited = self if limit is None else self.limit(limit)
        # Here each page is fetched when it is wanted: all rows are held anyway, and a fetch
        # ahead would gain little.
        most = limited._limit
        rows: list[T] = []
        walk: Walk[T] = Walk(self._asked, self._token)
        more = most != 0
        pages = 0
        while more and (most is None or len(rows) < most):
            if max_pages is not None and pages >= max_pages:
                raise PagingError(
                    f"{self._asked.op.name}: more than {max_pages} pages; pass a larger max_pages to all(), "
                    "or iterate over the rows"
                )
            page, more = await walk.step()
            pages += 1
            rows += page.rows
        return rows if most is None else rows[:most]

    async def first(self) -> T | None:
        """The first row, None where there is none; later pages are requested only while pages are empty."""
        rows = await self.all(limit=1)
        return rows[0] if rows else None

    async def _started(self, walk: Walk[Any]) -> asyncio.Task[Response]:
        """The fetch of the next page, its request on the wire where no other walk keeps the vendor busy.

        A task begins when the loop comes round. A caller that never waits between two rows would send the
        next request only after the last of them, and the vendor would prepare nothing meanwhile. With several
        walks the vendor has work, and the turn of the loop would decode the other walks' pages before this
        one's rows are used, which have left the processor's cache by then: a fifth of what a row costs.
        """
        task = asyncio.create_task(walk.fetch())
        if self._asked.walks.count > 1:
            return task
        try:
            await asyncio.sleep(0)
        except BaseException:  # cancelled here, before anybody else knows the task
            task.cancel()
            raise
        return task

    def _cut(self, page: Page[T], before: int) -> Page[T]:
        if self._limit is None or before + len(page) <= self._limit:
            return page
        return evolve(page, rows=page.rows[: self._limit - before])

    def __repr__(self) -> str:
        return f"<Pager {self._asked.op.name}>"


def _checked_limit(rows: Any) -> int:
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0:
        raise ArgumentError("limit must be a whole number that is not negative")
    return rows


__all__ = ["Page", "Pager"]
