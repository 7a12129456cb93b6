"""Lists inside rows that the vendor cut: their remaining parts are fetched by `NAME@odata.nextLink`.

A link next to a list states that the list is not whole (OData JSON 4.01, section 4.5.5). It is followed
under the same rules as a next link of the collection; where that is not possible the cut list is counted, and
the row stays as it came.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, TypeAlias

from attrs import define, field

from trunkline._calls.pages import PageRequest
from trunkline._codec.annotations import arguments, is_model, model_fields, origin
from trunkline._codec.codec import from_wire
from trunkline._codec.depth import MAX_DEPTH, shallow
from trunkline._codec.exact_json import loads_exact
from trunkline._codec.unmade import UnmadeRows
from trunkline._wire.messages import Request
from trunkline.bulk._outage import OutageError
from trunkline.errors import AuthError, ConfigError, TrunklineError
from trunkline.model import Extra, Model, extra_of

_log = logging.getLogger("trunkline.bulk")
_LINKS: Final = ("odata.nextlink", "nextlink")
_MOST_PARTS: Final = 10_000
"""Parts of one list; a link that leads on for ever ends here."""
CutList: TypeAlias = tuple[Any, str, str]
"""The object that holds the list, the list's name, and the key of the link to its rest."""
_EXTRA: Final = attrgetter("_extra")  # the slot: the property costs a Python call a row


def cut_list(name: str) -> str | None:
    """Return the list that a key such as "items@odata.nextLink" is about; None for any other key."""
    # IDI prints `@odata.nextLink` in some APIs and `@nextLink` in others, so both forms are read. A key
    # that begins with "@" is about the whole page, not about a list in a row.
    head, at, annotation = name.partition("@")
    return head if at and head and annotation.lower() in _LINKS else None


@define(kw_only=True, eq=False)
class Children:
    """Makes the lists inside rows whole.

    asked: the call whose rows they are. fetch: sends a request, and waits for the end of an outage.
    cut: lists that are not whole, by name. followed: lists that were cut and are whole now. deep: fields of
    fetched items that were nested too deeply to be read, and are their JSON text.
    """

    asked: PageRequest
    fetch: Callable[[Request], Awaitable[bytes]]
    cut: Counter[str] = field(factory=Counter)
    followed: int = 0
    deep: int = 0
    _told: set[str] = field(factory=set)

    @staticmethod
    def cut_in(rows: Sequence[Any]) -> list[CutList]:
        """Return the lists in these rows that are not whole.

        Raises:
            RecursionError: a row goes deeper than `MAX_DEPTH`, so that it cannot be written either.
        """
        return [found for row in _that_may_be_cut(rows) for found in _cut_in(row, 0)]

    async def complete(self, cut: Sequence[CutList], context: Any = None) -> None:
        """Fetch what these lists lack; their rows are changed. context: the page's `@odata.context`."""
        # Listed before any is followed: following one removes its key from the object that is walked.
        for owner, name, key in cut:
            await self._follow(owner, name, key, context)

    async def _follow(self, owner: Any, name: str, key: str, context: Any) -> None:
        keys = owner.extra if isinstance(owner, Model) else owner
        place = _Place.of(owner, name)
        try:
            if place is None:
                raise TypeError
            rest = await self._rest(keys[key], place, context)
        except (OutageError, AuthError, ConfigError):
            raise  # not about this list: the export ends, and can be resumed
        except (TrunklineError, ValueError, TypeError) as error:
            # A list that stays incomplete is counted and reported, never dropped: the row
            # itself is still right.
            self.cut[name] += 1
            if name not in self._told:
                self._told.add(name)
                what = str(error) if isinstance(error, TrunklineError) else "the link or its list is not one"
                _log.warning("%s: the list %r inside a row is not whole: %s", self.asked.op.name, name, what)
            return
        place.extend(rest)
        _drop(owner, key)
        self.followed += 1
        # A fetched item may hold a cut list of its own.
        await self.complete(self.cut_in(rest), context)

    async def _rest(self, link: Any, place: _Place, context: Any) -> list[Any]:
        """Return the items behind the link, of all its parts.

        Raises:
            PagingError: a link must not be followed. TypeError, ValueError: a part is not a list in JSON.
        """
        # The headers of the page's own request are used again; they include what the operation needs,
        # and the login is added when the request is sent.
        first = self.asked.first({})
        base, headers, found = first.url, first.headers, list[Any]()
        seen: set[str] = set()
        while link is not None:
            # A link that was seen before would loop for ever.
            if not isinstance(link, str) or link in seen or len(seen) >= _MOST_PARTS:
                raise ValueError
            seen.add(link)
            url = self.asked.links.url(link, base, context if isinstance(context, str) else None)
            data, deep = shallow(await self.fetch(Request("GET", url, headers)))
            body = loads_exact(data)
            self.deep += deep
            items = body if isinstance(body, list) else body.get(self.asked.paging.rows)
            if not isinstance(items, list):
                raise TypeError
            found += [place.read(item) for item in items]
            # A relative link is resolved against the address it came from (RFC 3986 section 5.1.3),
            # which is the part just read, not the first page.
            link, base = _next(body, self.asked.paging.next_link), url
        return found


def goes_too_deep(value: Any) -> bool:
    """Whether a response is nested too deeply to be written, or to be sent to another process."""
    try:
        Children.cut_in(value if isinstance(value, list) else [value])
    except RecursionError:
        return True
    return False


@define
class _Place:
    """A list inside a row: the items so far, and their type."""

    items: list[Any]
    item_type: Any

    @classmethod
    def of(cls, owner: Any, name: str) -> _Place | None:
        """Return the list of this wire name, None where there is none."""
        if isinstance(owner, Model):
            model: Any = type(owner)
            for one in model_fields(model):
                if one.wire == name:
                    items, inner = getattr(owner, one.name), arguments(one.type)
                    if not isinstance(items, list) or origin(one.type) is not list:
                        return None
                    return cls(items, inner[0] if inner else Any)
            items = owner.extra.get(name)
        else:
            items = owner.get(name)
        return cls(items, Any) if isinstance(items, list) else None

    def read(self, item: Any) -> Any:
        """Return an item as the row's other items are."""
        return (
            from_wire(self.item_type, item) if is_model(self.item_type) and isinstance(item, dict) else item
        )

    def extend(self, items: list[Any]) -> None:
        """Append the items."""
        self.items.extend(items)


def _that_may_be_cut(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows that may hold a link: most have neither unknown keys nor further objects in them."""
    if isinstance(rows, UnmadeRows) and not _nested(rows.model):
        return ()  # their struct holds no key that the spec does not know
    first: Any = type(rows[0]) if rows else None
    if first is not None and is_model(first) and not _nested(first):
        extras = list(map(_EXTRA, rows))
        return [row for row, extra in zip(rows, extras, strict=True) if extra] if any(extras) else []
    return rows


def _drop(owner: Any, key: str) -> None:
    """Take the link out of its object, whose list is whole now."""
    if not isinstance(owner, Model):
        del owner[key]
        return
    extra = extra_of(owner)  # read-only, and shared by rows that hold the same keys
    rest = {name: value for name, value in extra.items() if name != key}
    # A new object replaces it: changing the shared one would drop the link from the other rows too.
    owner._extra = Extra(rest, extra.absent, extra.coerced, extra.whole, extra.given)


def _cut_in(value: Any, depth: int) -> Iterator[CutList]:
    """Yield each list within the value that has such a link."""
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, Model):
        yield from _cut_in_object(value, value.extra, depth)
        for one in _nested(type(value)):
            yield from _cut_in(getattr(value, one), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _cut_in(item, depth + 1)
    elif isinstance(value, dict):
        yield from _cut_in_object(value, value, depth)


def _cut_in_object(owner: Any, keys: Mapping[str, Any], depth: int) -> Iterator[CutList]:
    for key, item in keys.items():
        if (name := cut_list(key)) is not None:
            yield owner, name, key
        if isinstance(item, list | dict):
            yield from _cut_in(item, depth + 1)


def _nested(cls: Any) -> tuple[str, ...]:
    """The fields of a model that may hold further objects; most rows have none, and are not looked into."""
    # The fields that can hold a list are found once for each class: an export looks at every row, and
    # most rows have no such field.
    found = _NESTED.get(cls)
    if found is None:
        _NESTED[cls] = found = tuple(one.name for one in model_fields(cls) if _may_hold_objects(one.type))
    return found


_NESTED: Final[dict[Any, tuple[str, ...]]] = {}


def _may_hold_objects(tp: Any) -> bool:
    if origin(tp) is list:
        return any(map(_may_hold_objects, arguments(tp) or (Any,)))
    return origin(tp) is dict or is_model(tp) or not isinstance(tp, type)


def _next(body: Any, names: Sequence[str]) -> Any:
    return next((body[name] for name in names if body.get(name)), None) if isinstance(body, dict) else None


__all__ = ["Children", "cut_list", "goes_too_deep"]
