"""Finding out whether a change that may have run did: by reading the object back, or by a natural key.

Where neither is possible there is no way to know, and the row is quarantined. What a read finds proves
something only next to what was read before the change was sent, so a run reads first where it can.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from trunkline._callables import described
from trunkline._codec.codec import to_wire
from trunkline.bulk._changes import OperationChange, operation_of
from trunkline.bulk._comparing import (
    ABSENT,
    Comparison,
    Verdict,
    compare,
    compare_deletion,
    compare_list,
    identifier_in,
    same,
)
from trunkline.client import BaseClient
from trunkline.errors import ArgumentError, NotFoundError, WrongRouteError
from trunkline.odata import FilterField
from trunkline.operation import Operation

_HOLE: Final = re.compile(r"\{[^}]*\}")
_WRITES_STATE: Final = ("PUT", "PATCH", "DELETE")
_OBJECT: Final = "the object"
"""In place of field names, what a deletion is about."""
_ROWS: Final = 1000
"""Rows of a search that are read at most: a search by a key has one, and a filter that was ignored has
many."""

Fields = dict[str, Any]


class Settler(Protocol):
    """How one kind of change is settled. how: for the report."""

    how: str

    async def read(self, stored: bytes) -> Fields | None:
        """Return what the vendor holds now, reduced to the fields of the change; None for no such object."""
        ...

    def judge(self, stored: bytes, found: Fields | None, before: Fields | None) -> Comparison:
        """Return whether the change was carried out. before: what was read before sending, if anything."""
        ...


class ReadBack:
    """Settles a JSON Patch or a PUT by comparing the object's fields, a DELETE by its absence."""

    def __init__(
        self, change: OperationChange, read: Callable[[Mapping[str, Any]], Awaitable[Any]], how: str
    ):
        self._change, self._read = change, read
        self.how = f"read back by {how}"

    async def read(self, stored: bytes) -> Fields | None:
        try:
            found = await self._read(self._change.decode(stored))
        except WrongRouteError:
            raise  # the reader's route is wrong, which is not about the object
        except NotFoundError:
            return None
        if self._change.deletes:
            return None if found in (None, []) else {_OBJECT: True}
        wanted = self._change.wanted(stored)
        if isinstance(wanted, list):
            # a list body replaces a list: the whole list is its only "field"
            # The empty name is not a wire name, so it cannot collide with a field.
            return {"": [_fields_of(row) for row in (found if isinstance(found, list) else [found])]}
        row = _fields_of(found[0] if isinstance(found, list) and found else found)
        return None if found in (None, []) else {name: row[name] for name in wanted or () if name in row}

    def judge(self, stored: bytes, found: Fields | None, before: Fields | None) -> Comparison:
        if self._change.deletes:
            return compare_deletion(found, before)
        wanted = self._change.wanted(stored)
        if isinstance(wanted, list):
            return compare_list(wanted, (found or {}).get("", []), (before or {}).get(""))
        if wanted is None:
            return Comparison(verdict=Verdict.UNCLEAR, proof="the change names no fields to compare")
        return compare(wanted, found, before)


class NaturalKey:
    """Settles a creation by searching for a key that the caller chose, such as a serial number.

    must_be_absent: a row that is there before anything was sent is somebody else's.
    """

    must_be_absent = True

    def __init__(self, names: Sequence[str], search: Callable[[Mapping[str, Any]], Awaitable[Any]], how: str):
        self._names, self._search = tuple(names), search
        self.how = f"searched by {', '.join(self._names)} with {how}"

    async def read(self, stored: bytes) -> Fields | None:
        wanted = key_values(stored, self._names)
        rows = [_fields_of(row) for row in await self._search(wanted)]
        # A vendor may ignore a filter that it does not know, and would then return
        # the whole collection.
        mine = [row for row in rows if all(same(value, _loose(row, name)) for name, value in wanted.items())]
        if len(rows) > len(mine):
            # The filter was ignored: what was not found may still be there.
            raise UnheededError(len(rows) - len(mine))
        return {"": mine} if mine else None

    def judge(self, stored: bytes, found: Fields | None, before: Fields | None) -> Comparison:
        rows = (found or {}).get("", [])
        key = ", ".join(self._names)
        # With `read_first` this key was absent before sending, so the one row is ours.
        if len(rows) == 1:
            return Comparison(verdict=Verdict.DONE, proof=f"found by {key}{identifier_in(rows[0])}")
        if rows:
            return Comparison(verdict=Verdict.UNCLEAR, proof=f"{len(rows)} rows have this {key}")
        # Only an empty search from before, followed by an empty one now, proves that
        # nothing was created.
        if before == {}:
            return Comparison(verdict=Verdict.UNTOUCHED, proof=f"no row has this {key}")
        return Comparison(
            verdict=Verdict.UNCLEAR, proof=f"no row has this {key}, which was not searched before"
        )


class UnheededError(Exception):
    """A search returned rows of other keys. rows: how many."""

    def __init__(self, rows: int) -> None:
        super().__init__(f"the search returned {rows} rows of other keys")


def key_values(stored: bytes, names: Sequence[str]) -> Fields:
    """Return the natural key's values out of a change.

    Raises:
        ArgumentError: the change has no such field.
    """
    arguments = msgspec.json.decode(stored)
    body = arguments.get("body")
    places = [arguments, body if isinstance(body, Mapping) else {}]
    values: Fields = {}
    for name in names:
        found = next((value for place in places if (value := _loose(place, name)) is not ABSENT), ABSENT)
        if found is ABSENT or found is None or found == "":
            raise ArgumentError(f"the natural key {name} is missing in this row")
        values[name] = found
    return values


def settler_of(
    change: OperationChange, *, read: Callable[..., Any] | None = None, natural_key: Sequence[str] = ()
) -> ReadBack | NaturalKey | None:
    """Return how changes of this operation are settled; None where the client has no way to read them back.

    Raises:
        ArgumentError: `read` or the natural key cannot be used for this operation.
    """
    if natural_key:
        return _by_key(change, natural_key, read)
    if read is not None:
        return _by_method(change, read)
    # A POST to an object is an action: its fields may agree with the object's and it has still not run.
    if not change.op.path_params or change.op.method not in _WRITES_STATE:
        return None
    # A GET of the object itself is the better proof; a search may lag behind or leave out fields.
    return _same_path(change) or _collection(change)


def _same_path(change: OperationChange) -> ReadBack | None:
    """A GET at the same path reads what a PATCH or PUT writes (RFC 9110, section 9.3.4)."""
    path = _HOLE.sub("{}", change.op.path)
    for other in change.client.operations.values():
        if other.method == "GET" and _HOLE.sub("{}", other.path) == path and not _needs_more(other):
            return ReadBack(change, _reader_at(change, other), f"{other.api}.{other.id}")
    return None


def _reader_at(
    change: OperationChange, other: Operation[Any]
) -> Callable[[Mapping[str, Any]], Awaitable[Any]]:
    names = [one.name for one in change.op.path_params]

    async def read(arguments: Mapping[str, Any]) -> Any:
        values = [arguments[name] for name in names]
        if other.paging is not None:
            return await change.client.paginate(other, path=values).all()
        return await change.client.call(other, path=values)

    return read


def _collection(change: OperationChange) -> ReadBack | None:
    """A search of the same collection that filters by the identifier in the path."""
    *fixed, last = change.op.path_params
    parent, _, _ = change.op.path.rpartition("/")
    segment = parent.rpartition("/")[2]
    # A path `/device/{ID}` may filter by `ID` or by `deviceID`: IDI spells the same key in both ways.
    wires = {last.wire.lower(), f"{segment}{last.wire}".lower()}
    resource = change.op.id.rpartition(".")[0]
    for other in change.client.operations.values():
        near = other.path == parent or other.id == f"{resource}.search"
        wire = next((one for one in other.filterable if one.lower() in wires), None)
        # With further path parameters the rows of several parents may share an identifier.
        if other.paging is None or fixed or not near or wire is None or _needs_more(other):
            continue
        field: FilterField[Any, Any] = FilterField(wire, Any)

        async def read(
            arguments: Mapping[str, Any], other: Operation[Any] = other, field: FilterField[Any, Any] = field
        ) -> Any:
            value = arguments[last.name]
            rows = await _search(change.client, other, field == value)
            mine = [row for row in rows if same(to_wire(value), _fields_of(row).get(field.wire, ABSENT))]
            if len(mine) < len(rows):
                raise UnheededError(len(rows) - len(mine))
            return mine

        return ReadBack(change, read, f"{other.api}.{other.id}")
    return None


def _by_method(change: OperationChange, method: Callable[..., Any]) -> ReadBack:
    found = operation_of(method)
    if found is None:
        raise ArgumentError(
            f"read= must be a method of a client, such as client.device.get, not {described(method)}"
        )
    op = found[1]
    names = [one.name for one in (*op.path_params, *op.query_params) if one.name in change.params]

    async def read(arguments: Mapping[str, Any]) -> Any:
        given = {name: arguments[name] for name in names if name in arguments}
        response = method(**given)
        return await response.all() if op.paging is not None else await response

    return ReadBack(change, read, f"{op.api}.{op.id}")


def _by_key(change: OperationChange, names: Sequence[str], search: Callable[..., Any] | None) -> NaturalKey:
    client = change.client
    other = _search_of(change, names, search)
    fields = {name: FilterField[Any, Any](_wire_of(other, name), Any) for name in names}

    async def find(values: Mapping[str, Any]) -> Any:
        terms = [fields[name] == value for name, value in values.items()]
        where = terms[0]
        for term in terms[1:]:
            where = where & term
        return await _search(client, other, where)

    return NaturalKey(
        [field.wire for field in fields.values()], _by_wire(find, fields), f"{other.api}.{other.id}"
    )


def _by_wire(
    find: Callable[[Mapping[str, Any]], Awaitable[Any]], fields: Mapping[str, FilterField[Any, Any]]
) -> Callable[[Mapping[str, Any]], Awaitable[Any]]:
    names = {field.wire: name for name, field in fields.items()}

    async def search(values: Mapping[str, Any]) -> Any:
        return await find({names[wire]: value for wire, value in values.items()})

    return search


def _search_of(
    change: OperationChange, names: Sequence[str], search: Callable[..., Any] | None
) -> Operation[Any]:
    if search is not None:
        found = operation_of(search)
        if found is None or found[1].paging is None:
            raise ArgumentError(
                f"read= must be a search of a client where a natural key is given, not {described(search)}"
            )
        candidates = [found[1]]
    else:
        resource = change.op.id.rpartition(".")[0]
        candidates = [
            other
            for other in change.client.operations.values()
            if other.paging is not None
            and not _needs_more(other)
            and (
                other.path.rstrip("/") == change.op.path.rstrip("/")
                or other.id.rpartition(".")[0] == resource
            )
        ]
    for other in candidates:
        if all(_wire_of(other, name, strict=False) is not None for name in names):
            return other
    able = "; ".join(f"{one.id} by {', '.join(one.filterable)}" for one in candidates if one.filterable)
    raise ArgumentError(
        f"no search of {change.name} filters by {', '.join(names)}; there is: {able or 'none'}"
    )


def _wire_of(op: Operation[Any], name: str, *, strict: bool = True) -> Any:
    if name in op.filterable:
        return name
    plain = _plain(name)
    for wire in op.filterable:
        if _plain(wire) == plain:
            return wire
    if strict:
        raise ArgumentError(f"{op.api}.{op.id} does not filter by {name}")
    return None


async def _search(client: BaseClient, op: Operation[Any], where: Any) -> list[Any]:
    # The limit on the rows keeps a search whose filter is ignored from walking the whole collection.
    query = [where if one.wire == "$filter" else None for one in op.query_params]
    rows: list[Any] = await client.paginate(op, query=query).all(limit=_ROWS)
    return rows


def _needs_more(op: Operation[Any]) -> bool:
    return any(one.required for one in (*op.query_params, *op.header_params))


def _fields_of(row: Any) -> Fields:
    """The row by wire names. A field that the response left out is left out here: it may be write-only, and
    is then absent before and after a change alike."""
    wire = to_wire(row)
    return wire if isinstance(wire, dict) else {}


def _loose(row: Mapping[str, Any], name: str) -> Any:
    if name in row:
        return row[name]
    plain = _plain(name)
    return next((value for wire, value in row.items() if _plain(wire) == plain), ABSENT)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


__all__ = ["NaturalKey", "ReadBack", "Settler", "UnheededError", "key_values", "settler_of"]
