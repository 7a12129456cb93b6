"""Walking a collection: opaque next links first, then `$skiptoken`, then `$skip`; one page fetched ahead.

A collection ends where the vendor says so: at a page without a link, empty or not. Only an operation whose
answers never hold a link is continued with `$skip`, and only while a page looks full: as many rows as `$top`
asked for, or a multiple of 100 (both vendors' caps are, and IDI cuts a larger `$top` silently), or fewer than
the count claims. That costs one request more than needed at worst; it never loses rows.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote, unquote, urljoin

from attrs import field, frozen
from yarl import URL

from trunkline._wire.messages import Request
from trunkline.errors import ArgumentError, PagingError
from trunkline.events import Hook, PageEvent
from trunkline.operation import Operation, Paging

T = TypeVar("T")
_ROUND = 100
_LINK_LENGTH = 16_384
# What RFC 3986 allows in a URL, and "%" so that what is encoded already stays as it is.
_LEGAL = "!#$%&'()*+,-./:;=?@[]_~"
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NO_CREDENTIALS: Mapping[str, str] = MappingProxyType({})
_TOKEN_KEYS = ("@odata.skiptoken", "skiptoken", "$skiptoken", "@skiptoken")


class Parts(Protocol):
    """A decoded page, as the codec hands it over."""

    rows: list[Any]
    count: int | None
    next_link: str | None
    extra: Mapping[str, Any]


class PageCodec(Protocol):
    """The part of the codec that paging needs."""

    def decode_page(self, op: Operation[Any], data: bytes) -> Any:
        """Rows, count, next link and the rest of one page."""
        ...


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page. count: the vendor's total, which it calls approximate. extra: other keys of the answer."""

    rows: list[T] = field(repr=lambda rows: f"<{len(rows)} rows>")
    count: int | None = None
    next_link: str | None = field(default=None, repr=False)
    skip_token: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(factory=dict, repr=False)


def link_url(link: str, base: URL, scope: Callable[[str], str], scoped: str) -> URL:
    """The URL of a next link, as sent but for characters that no URL may hold.

    Args:
        base: URL of the request that brought the link; a relative link is resolved against it.
        scope: the part of a path that must equal `scoped`.
    Raises:
        PagingError: another scheme, host, port or environment, a dot segment, or no URL at all.
    """
    if len(link) > _LINK_LENGTH or any(ord(char) < 32 or ord(char) == 127 for char in link):
        raise PagingError("the next link is not a URL")
    origin: tuple[str, str, int | None] | None = None
    text = quote(_BAD_PERCENT.sub("%25", link.strip().replace("\\", "%5C")), safe=_LEGAL)
    try:
        url = URL(text, encoded=True)
        if not url.scheme:
            url = URL(urljoin(str(base), text), encoded=True)
        origin = (url.scheme.lower(), (url.raw_host or "").lower(), url.port)
    except (ValueError, TypeError):
        pass  # and forgotten: it holds the link
    if origin is None:
        raise PagingError("the next link is not a URL")
    if origin != (base.scheme, (base.raw_host or "").lower(), base.port) or url.raw_user or url.raw_password:
        raise PagingError(
            "the next link leads to another scheme, host or port; credentials are not sent there"
        )
    path = unquote(url.raw_path)
    # "..;x" and ".. " are dot segments to some servers
    if any(part.partition(";")[0].strip() in (".", "..") for part in path.replace("\\", "/").split("/")):
        raise PagingError("the next link holds a dot segment")
    if scope(url.raw_path) != scoped:
        raise PagingError("the next link leads out of this client's environment")
    return url.with_fragment(None) if url.raw_fragment else url


def with_credentials(url: URL, credentials: Mapping[str, str]) -> URL:
    """The link with the keys that stand in the query, where it lacks them.

    It leads to the server that credentials in a header go to as well. A link that has such a name of its own
    stays as it is.

    Args:
        credentials: quoted values by quoted name.
    """
    if not credentials:
        return url
    has = {unquote(pair.partition("=")[0]) for pair in url.raw_query_string.split("&")}
    missing = [f"{name}={value}" for name, value in credentials.items() if unquote(name) not in has]
    if not missing:
        return url
    sign = "&" if url.raw_query_string else "?"
    return URL(str(url).removesuffix("?") + sign + "&".join(missing), encoded=True)


class Pager(Generic[T]):
    """A collection: `async for row in pager`, `await pager` for one page, `pager.pages()`, `pager.all()`.

    Each use walks anew from the first page. While a page is in use the next one is fetched, though not read:
    rows that wait would be pushed out of the processor's cache. Leaving early ends that fetch.
    """

    def __init__(
        self,
        *,
        op: Operation[Any],
        codec: PageCodec,
        first: Callable[[Mapping[str, Any]], Request],
        fetch: Callable[[Request], Awaitable[bytes]],
        base: URL,
        scope: Callable[[str], str],
        top: Any = None,
        skip: Any = None,
        emit: Hook | None = None,
        credentials: Mapping[str, str] = _NO_CREDENTIALS,
    ) -> None:
        self._op = op
        self._paging = op.paging or Paging()
        self._codec = codec
        self._first = first
        self._fetch = fetch
        self._base = base
        self._scope = scope
        self._top = top
        self._skip = skip
        self._emit = emit
        self._credentials = credentials

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self._only().__await__()

    async def _only(self) -> Page[T]:
        return (await _Walk(self).step())[0]

    def __aiter__(self) -> AsyncIterator[T]:
        return self._rows()

    async def _rows(self) -> AsyncGenerator[T, None]:
        async with aclosing(self._pages()) as pages:
            async for page in pages:
                for row in page.rows:
                    yield row

    def pages(self) -> AsyncGenerator[Page[T], None]:
        """Page by page, the empty ones included."""
        return self._pages()

    async def _pages(self) -> AsyncGenerator[Page[T], None]:
        walk: _Walk[T] = _Walk(self)
        page, more = await walk.step()
        ahead: asyncio.Task[bytes] | None = None
        try:
            while more:
                ahead = asyncio.create_task(walk.fetch())
                yield page
                page, more = walk.read(await ahead)
            yield page
        finally:
            if ahead is not None and not ahead.done():
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)
            elif ahead is not None and not ahead.cancelled():
                ahead.exception()  # seen, in case nobody came for the page

    async def all(self, limit: int | None = None) -> list[T]:
        """All rows in memory, or the first `limit`; no page beyond the limit is asked for."""
        if limit is not None and limit < 0:
            raise ArgumentError("limit must not be negative")
        rows: list[T] = []
        walk: _Walk[T] = _Walk(self)
        more = limit != 0
        while more and (limit is None or len(rows) < limit):
            page, more = await walk.step()
            rows += page.rows
        return rows if limit is None else rows[:limit]

    def __repr__(self) -> str:
        return f"<Pager {self._op.name}>"


class _Walk(Generic[T]):
    """One walk through a collection: where it stands and which links it has followed."""

    def __init__(self, pager: Pager[T]) -> None:
        self._pager = pager
        self._request = pager._first({})
        self._scoped = pager._scope(pager._base.raw_path)
        self._followed: set[bytes] = set()
        self._linked = False
        self._seen = 0
        self._number = 0
        self._digest = b""
        self._wrong: PagingError | None = None

    async def step(self) -> tuple[Page[T], bool]:
        """The next page and whether another follows."""
        return self.read(await self.fetch())

    async def fetch(self) -> bytes:
        """The next page as it came.

        A link that must not be followed is an error here: the page that brought it is not lost.
        """
        if self._wrong is not None:
            raise self._wrong
        return await self._pager._fetch(self._request)

    def read(self, data: bytes) -> tuple[Page[T], bool]:
        """The page in an answer and whether another follows."""
        pager = self._pager
        parts = pager._codec.decode_page(pager._op, data)
        self._number += 1
        self._seen += len(parts.rows)
        page = Page(
            rows=parts.rows,
            count=parts.count,
            next_link=parts.next_link or None,
            skip_token=_skip_token(parts),
            extra=parts.extra,
        )
        try:
            following = self._next(page, data)
        except PagingError as error:
            following = self._request
            self._wrong = PagingError(f"{pager._op.name}: {error}")
        if following is not None:
            self._request = following
        if pager._emit is not None:
            name = pager._op.name
            pager._emit(
                PageEvent(
                    operation=name, number=self._number, rows=len(page.rows), more=following is not None
                )
            )
        return page, following is not None

    def _next(self, page: Page[T], data: bytes) -> Request | None:
        pager, paging = self._pager, self._pager._paging
        if page.next_link is not None:
            self._linked = True
            url = link_url(page.next_link, self._request.url, pager._scope, self._scoped)
            self._once(str(url))
            url = with_credentials(url, pager._credentials)
            headers = {name: value for name, value in self._request.headers.items() if name != "Content-Type"}
            return Request("GET", url, headers)
        if page.skip_token is not None and paging.skip_token is not None:
            self._linked = True
            self._once(page.skip_token)
            return pager._first({paging.skip_token: page.skip_token})
        if self._linked or paging.skip is None or any(key.encode() in data for key in paging.next_link):
            return None
        return self._skip_on(page, data, paging.skip)

    def _skip_on(self, page: Page[T], data: bytes, skip: str) -> Request | None:
        rows = len(page.rows)
        counted = page.count is not None and self._start() + self._seen < page.count
        full = rows == self._pager._top or rows % _ROUND == 0
        if not rows or not (counted or full):
            return None
        # A server that ignores $skip sends the same page for ever.
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if digest == self._digest:
            raise PagingError("the same page came twice: the server does not heed $skip")
        self._digest = digest
        return self._pager._first({skip: self._start() + self._seen})

    def _start(self) -> int:
        return self._pager._skip if isinstance(self._pager._skip, int) else 0

    def _once(self, link: str) -> None:
        digest = hashlib.blake2b(link.encode("utf-8", "replace"), digest_size=16).digest()
        if digest in self._followed:
            raise PagingError("a next link came twice; following it would never end")
        self._followed.add(digest)


def _skip_token(parts: Parts) -> str | None:
    for name, value in parts.extra.items():
        if name.lower() in _TOKEN_KEYS and isinstance(value, str | int) and value != "":
            return str(value)
    return None


__all__ = ["Page", "Pager", "link_url"]
