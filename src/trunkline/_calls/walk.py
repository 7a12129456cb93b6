"""One walk through a collection: opaque next links first, then `$skiptoken`, then `$skip`.

A collection ends where the vendor ends it: at a page without a link, empty or not. Only an operation whose
responses never hold a link is continued with `$skip`. There a short page proves nothing, because servers cut
a large `$top` silently: the walk ends at an empty page, or at the count that any page stated. For a
vendor that is known to cut at multiples of 100 only (`PageRequest.capped`) other page sizes end it too. An
export believes neither the size nor the count (`PageRequest.thorough`): one request more costs it little.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any, Final, Generic, Protocol, TypeVar
from urllib.parse import unquote

from attrs import evolve

from trunkline._calls.pages import Page, PageRequest
from trunkline._codec.page_reader import ComingRows
from trunkline._wire.messages import Request, Response
from trunkline.errors import BadRequestError, NotFoundError, PagingError, TrunklineError
from trunkline.events import PageEvent

T = TypeVar("T")
# IDI cuts large pages at 100 or 500 rows, so a page of a multiple of 100 may have been cut.
_ROUND: Final = 100
_TOKEN_KEYS: Final = ("@odata.skiptoken", "skiptoken", "$skiptoken", "@skiptoken")
_CONTEXT_KEYS: Final = ("@odata.context", "@context")
_MANY_REQUESTS: Final = 20
_SMALL_TOP: Final = 50
_MOST_EMPTY: Final = 1_000
"""Pages without a row, one after the other: a server that filters while it pages sends a few."""

_log = logging.getLogger("trunkline")


class Parts(Protocol):
    """A decoded page, as the codec returns it."""

    rows: list[Any]
    count: int | None
    next_link: str | None
    odd_link: bool
    extra: dict[str, Any]
    deep: int


class Walk(Generic[T]):
    """Where a walk is and which links it has followed.

    made: whether each row has to be a model. coming: whether rows may be read as they are taken, once; the
    tokens of such pages are of no use.
    """

    def __init__(
        self, asked: PageRequest, token: str | None = None, *, made: bool = True, coming: bool = False
    ) -> None:
        self._asked = asked
        self._made = made
        self._coming = coming and asked.emit is None  # an event states the number of rows
        self._request = asked.first({})
        self._place: tuple[str, Any] | None = None  # of the following request
        # The first request too: a last page that links to the first would hand its rows out again.
        self._followed = {_digest(str(self._request.url))}
        self._linked = False
        self._seen = 0
        self._number = 0
        self._count: int | None = None
        self._last: Any = None  # the rows of the page before, where a page may come twice
        self._last_body = b""
        self._empty = 0  # pages without a row since the last one with rows, or since the walk was resumed
        self._wrong: PagingError | None = None
        self._beyond = False  # whether only a thorough walk goes to the following page
        if token is not None:
            self._resume(token)

    def _resume(self, token: str) -> None:
        """Go to the page after the one that held the token.

        Raises:
            PagingError: the token is not one of this collection.
        """
        try:
            # The token may come from a file that somebody could edit: its link is checked by the same
            # rules as one in a response.
            kind, value, self._seen, self._number, self._count = json.loads(token)
            if kind == "link":
                self._linked = True
                url = self._asked.links.url(value, self._request.url, None)
                self._request = Request("GET", url, self._linked_headers())
            else:
                self._linked = kind == self._asked.paging.skip_token
                self._request = self._asked.at(kind, value)
        except (ValueError, TypeError):
            raise PagingError(
                f"{self._asked.op.name}: the token does not belong to this collection"
            ) from None

    def _token(self) -> str | None:
        if self._place is None:
            return None
        # The counts travel along, so that a resumed walk numbers its pages on and knows how many rows
        # the total still lacks.
        return json.dumps([*self._place, self._seen, self._number, self._count])

    def _linked_headers(self) -> dict[str, str]:
        if self._asked.op.content_type:
            return dict(self._request.headers)  # wanted of every page, though none has a body
        # A GET of a link has no body, whatever method the first request had.
        return {name: value for name, value in self._request.headers.items() if name != "Content-Type"}

    async def step(self) -> tuple[Page[T], bool]:
        """The next page and whether another follows."""
        return self.read(await self.fetch())

    async def fetch(self) -> Response:
        """The response with the next page.

        Raises:
            PagingError: its link must not be followed. Raised here, so that the page that held the link
                is not lost.
        """
        if self._wrong is not None:
            raise self._wrong
        try:
            return await self._asked.fetch(self._request)
        except (BadRequestError, NotFoundError) as error:
            # The vendor refuses to look behind what seemed to be the last page, so it was.
            if not self._beyond:
                raise
            empty = json.dumps({self._asked.paging.rows: []}).encode()
            return Response(200, error.headers, empty)

    def read(self, response: Response) -> tuple[Page[T], bool]:
        """The page in a response and whether another follows.

        Raises:
            ResponseShapeError: it is not a page.
        """
        asked = self._asked
        page = self._coming_page(response) if self._coming else None
        if page is None:
            page = self._whole_page(response)
        same = self._came_before(page, response.body)
        if same and not self._looks_cut(page):
            # The server ignores $skip and has sent all it has: its rows are not handed out again.
            return Page(rows=[], count=page.count, extra=page.extra), False
        self._number += 1
        # Rows that are still to come are counted by nobody: their page has a link, and walks with links need
        # no count.
        self._seen += 0 if isinstance(page.rows, ComingRows) else len(page)
        if page.count is not None:
            # Fewer than there were rows already: -1 for "unknown", or the rows of a page. No total to end by.
            self._count = page.count if page.count >= self._start() + self._seen else None
        self._place = None
        following = self._following(page, response, same=same)
        self._last = None if self._linked else page.rows
        self._last_body = b"" if self._linked else response.body
        if asked.emit is not None:
            asked.emit(
                PageEvent(
                    operation=asked.op.name,
                    number=self._number,
                    rows=len(page),
                    more=following is not None,
                )
            )
        if following is None:
            return page, False
        self._request = following
        self._warn_of_a_small_top()
        return evolve(page, token=self._token()), True

    def _came_before(self, page: Page[T], data: bytes) -> bool:
        try:
            return self._last is not None and self._last == page.rows
        except RecursionError:  # rows that are nested too deeply to be compared
            return self._last_body == data

    def _whole_page(self, response: Response) -> Page[T]:
        try:
            return _page(self._asked.codec.decode_page(self._asked.op, response.body, made=self._made))
        except TrunklineError as error:
            error.keep_headers(response.headers)
            raise

    def _coming_page(self, response: Response) -> Page[T] | None:
        parts = self._asked.codec.coming_page(
            self._asked.op, response.body, lambda: self._whole_page(response).rows
        )
        return None if parts is None else _page(parts)

    def _following(self, page: Page[T], response: Response, *, same: bool) -> Request | None:
        try:
            if same:
                raise PagingError("the same page came twice: the server does not heed $skip")
            following = self._next(page, response.body)
            self._empty = 0 if page.rows else self._empty + 1
            if following is not None and self._empty >= _MOST_EMPTY:
                raise PagingError(
                    f"{_MOST_EMPTY:,} pages in succession had no rows, each with a link to the next: the "
                    "server may never end. A walk that is resumed, with `page.token`, goes on from here"
                )
            return following
        except PagingError as error:
            self._wrong = PagingError(f"{self._asked.op.name}: {error}")
            self._wrong.keep_headers(response.headers)
            return self._request

    def _next(self, page: Page[T], data: bytes) -> Request | None:
        asked, paging = self._asked, self._asked.paging
        self._beyond = False
        if page.odd_link:
            raise PagingError("the link to the next page is not a text; it is in the page's `extra`")
        if page.next_link is not None:
            self._linked = True
            context = next((page.extra[key] for key in _CONTEXT_KEYS if page.extra.get(key)), None)
            context = context if isinstance(context, str) else None
            url = asked.links.url(page.next_link, self._request.url, context)
            self._follow_once(str(url))
            self._place = ("link", page.next_link)
            return Request("GET", url, self._linked_headers())
        if page.skip_token is not None and paging.skip_token is not None:
            self._linked = True
            self._follow_once(page.skip_token)
            self._place = (paging.skip_token, page.skip_token)
            return asked.at(paging.skip_token, page.skip_token)
        # A null link states that this is the last page.
        if self._linked or paging.skip is None or any(key.encode() in data for key in paging.next_link):
            return None
        if not page.rows or not self._may_go_on(page):
            return None
        self._place = (paging.skip, self._start() + self._seen)
        return asked.at(*self._place)

    def _may_go_on(self, page: Page[T]) -> bool:
        if self._looks_cut(page):
            return True
        going = self._count is None and not self._asked.capped
        self._beyond = not going and self._asked.thorough
        return going or self._beyond

    def _looks_cut(self, page: Page[T]) -> bool:
        """Whether a page by itself is a sign of more: full, of a round size, or short of the count."""
        rows = len(page)
        short = self._count is not None and self._start() + self._seen < self._count
        return rows > 0 and (short or str(rows) == str(self._asked.top) or rows % _ROUND == 0)

    def _start(self) -> int:
        skip = self._asked.skip
        return int(skip) if isinstance(skip, int) or (isinstance(skip, str) and skip.isdecimal()) else 0

    def _follow_once(self, link: str) -> None:
        digest = _digest(link)
        if digest in self._followed:
            raise PagingError("a next link came twice; following it would never end")
        self._followed.add(digest)

    def _warn_of_a_small_top(self) -> None:
        top = self._asked.top
        if self._number == _MANY_REQUESTS and isinstance(top, int) and top < _SMALL_TOP:
            _log.warning(
                "%s: top=%d is the size of a page and no limit of rows; %d requests were sent so far. "
                "Use .limit(n) for fewer rows, or a larger top",
                self._asked.op.name,
                top,
                self._number,
            )


def _page(parts: Parts) -> Page[Any]:
    return Page(
        rows=parts.rows,
        count=parts.count,
        next_link=(parts.next_link or "").strip() or None,
        odd_link=parts.odd_link,
        skip_token=_skip_token(parts),
        extra=parts.extra,
        deep=parts.deep,
    )


def _skip_token(parts: Parts) -> str | None:
    for name, value in parts.extra.items():
        if name.lower() in _TOKEN_KEYS and isinstance(value, str | int) and value != "":
            return str(value)
    return None


def _digest(link: str) -> bytes:
    """16 bytes for a link, the same for its spellings: a walk of a million pages remembers 16 MB."""
    return hashlib.blake2b(unquote(link).encode("utf-8", "replace"), digest_size=16).digest()


__all__ = ["Walk"]
