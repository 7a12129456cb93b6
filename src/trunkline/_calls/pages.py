"""A page as its caller gets it, and what a walk knows of the call that it continues."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload

from attrs import field

from trunkline._calls.links import LinkRules
from trunkline._deferred import frozen
from trunkline._wire.messages import Request, Response
from trunkline.events import Hook
from trunkline.operation import Operation, Paging

T = TypeVar("T")


@frozen(kw_only=True)
class Page(Sequence[T], Generic[T]):
    """One page of a collection: a sequence of its rows.

    rows: the same rows as a list. count: the vendor's total, which it calls approximate. next_link,
    skip_token: how the collection continues, opaque. odd_link: it continues by a link that is not a text, in
    `extra`, which cannot be followed. extra: other keys of the response. deep: values that were nested too
    deeply to be read, and are their JSON text. token: where the walk continues after this page, for
    `Pager.resume`, in a later process too; None after the last page. It may hold the values of a filter.
    """

    rows: list[T] = field(repr=lambda rows: f"<{len(rows)} rows>")
    count: int | None = None  # type: ignore[assignment]  # as Sequence.count, which no row needs
    next_link: str | None = field(default=None, repr=False)
    skip_token: str | None = field(default=None, repr=False)
    odd_link: bool = field(default=False, repr=False)
    extra: Mapping[str, Any] = field(factory=dict, repr=False)
    deep: int = field(default=0, repr=False)
    token: str | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self.rows[index]


class PageCodec(Protocol):
    """The part of the codec that paging needs."""

    def decode_page(self, op: Operation[Any], data: bytes, *, made: bool = True) -> Any:
        """Rows, count, next link and the rest of one page."""
        ...

    def coming_page(self, op: Operation[Any], data: bytes, whole: Callable[[], list[Any]]) -> Any:
        """The same with rows that are read as they are taken; None where the page is better read whole."""
        ...


class OpenWalks:
    """How many walks of one client are under way."""

    def __init__(self) -> None:
        self.count = 0


@frozen(kw_only=True, eq=False, repr=False)
class PageRequest:
    """The call that a walk continues.

    first: builds a request of the call with some query values, by wire name, replaced. fetch: sends a request
    and returns its response, the body as UTF-8 JSON. top, skip: the caller's values for these parameters.
    capped: whether the vendor is known to cut pages at a multiple of 100 only. thorough: whether a walk
    without links goes on to an empty page, whatever the size of a page or the count suggest. walks: of the
    same client.
    """

    op: Operation[Any]
    codec: PageCodec
    first: Callable[[Mapping[str, Any]], Request]
    fetch: Callable[[Request], Awaitable[Response]]
    links: LinkRules
    top: Any = None
    skip: Any = None
    capped: bool = False
    thorough: bool = False
    emit: Hook | None = None
    walks: OpenWalks = field(factory=OpenWalks)

    @property
    def paging(self) -> Paging:
        """How the collection continues, by its document."""
        return self.op.paging or Paging()

    def at(self, wire: str, value: int | str) -> Request:
        """The request with one query value replaced, as text where its parameter is documented as text."""
        texts = {param.wire for param in self.op.query_params if param.type == "str"}
        return self.first({wire: str(value) if wire in texts else value})


__all__ = ["OpenWalks", "Page", "PageCodec", "PageRequest"]
