"""Lookups of many keys in one request: what `--by` and `--coalesce` mean."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from trunkline import apis, bulk
from trunkline._codec.annotations import is_model, model_fields, resolve_in_module
from trunkline.cli import _apis
from trunkline.errors import ArgumentError
from trunkline.odata import FilterField
from trunkline.operation import Operation, Param

# Parameters of a single page: a lookup asks for all rows of its keys and sets these itself.
_PER_PAGE = ("top", "skip", "skip_token", "count", "inline_count", "order_by")


@frozen(kw_only=True)
class Coalesced:
    """A lookup whose keys are asked many at a time.

    operation: the one that is asked. shown: its result for one key, as the output's columns. key: what the
    keys are, by name and wire name. by: the search's field, None for a method that takes many keys. single:
    whether a key has one row, so that several are an error.
    """

    api: str
    operation: Operation[Any]
    shown: Operation[Any]
    key: Param
    read: Callable[[str], Any]
    by: FilterField[Any, Any] | None = None
    single: bool = True
    fixed: Mapping[str, Any] = field(factory=dict)

    def loader(self, client: Any, max_in_flight: int) -> bulk.Loader[Any, Any]:
        """Return the loader over this client."""
        if self.by is None:
            return bulk.Loader.for_operation(
                client, self.operation, max_in_flight=max_in_flight, **self.fixed
            )
        fixed = dict(self.fixed)
        where = fixed.pop("filter", None)
        search = _apis.bind(client, self.operation)
        return bulk.Loader(search, self.by, where=where, max_in_flight=max_in_flight, **fixed)


def by_field(operation: str | None, by: str, words: list[str], *, all_matches: bool) -> Coalesced:
    """Return what `--by service.service_number` or `idi.service.search --by serviceNumber` asks for.

    Raises:
        ArgumentError: no search can be filtered so, or several can.
    """
    place, _, name = by.rpartition(".")
    if operation is not None:
        _, named = _apis.find(operation)  # its error names the nearest ones
        if named.paging is None:
            raise ArgumentError(f"--by asks a search, which {operation} is not: leave one of them out")
        place = operation
    found = [
        (path, one, wire)
        for path, one in apis.operations().items()
        if one.paging is not None and _lies_in(path, place) and (wire := _wire(one, name)) is not None
    ]
    # IDI has special searches over the same rows; `search` is the one that a user means.
    searches = [entry for entry in found if entry[1].id.endswith(".search")]
    if len(found) > 1 and len(searches) == 1 and place:
        found = searches
    if not found:
        raise ArgumentError(_nothing(place, name))
    if len(found) > 1:
        names = " or ".join(f"{path} --by {name}" for path, _, _ in found)
        raise ArgumentError(f"--by {by} can be several searches; say which: {names}")
    path, search, wire = found[0]
    tp = _types(search)[wire][1]
    fixed = _apis.assignments(search, words)
    useless = [name for name in _PER_PAGE if name in fixed]
    if useless:
        raise ArgumentError(
            f"--param {useless[0]} makes no sense with --by: all rows of each key are asked for"
        )
    shown = search
    if not all_matches or is_model(_rows(search)):
        shown = evolve(search, paging=None, response=search.paging.row_type if search.paging else None)
    return Coalesced(
        api=path.partition(".")[0],
        operation=search,
        shown=shown,
        key=Param(wire=wire, name=_types(search)[wire][0]),
        read=_apis.reader_of(tp, _types(search)[wire][0]),
        by=FilterField(wire, tp),
        single=not all_matches,
        fixed=fixed,
    )


def through_bulk(operation: str, words: list[str]) -> Coalesced:
    """Return how `abzorb.orders.monitor --coalesce` is asked: through the method that takes many keys.

    Raises:
        ArgumentError: there is no such method for this operation.
    """
    api, single = _apis.find(operation)
    known = apis.operations(api)
    many = next((one for one in known.values() if one.bulk and one.bulk.single == single.id), None)
    if many is None or many.bulk is None:
        able = sorted(f"{api}.{one.bulk.single}" for one in known.values() if one.bulk)
        hint = f"; of {api} these can: {', '.join(able)}" if able else ", but a search can: see --by"
        raise ArgumentError(f"{operation} cannot be asked for many keys at once{hint}")
    param = _apis.key_parameter(single)
    return Coalesced(
        api=api,
        operation=many,
        shown=single,
        key=param,
        read=_apis.reader(single, param),
        single=not (single.response or "").startswith("list["),
        fixed=_apis.assignments(many, words),
    )


def _lies_in(path: str, place: str) -> bool:
    api, _, rest = path.partition(".")
    return (
        not place or any(one == place or one.startswith(f"{place}.") for one in (path, rest)) or place == api
    )


def _rows(search: Operation[Any]) -> Any:
    row_type = search.paging.row_type if search.paging else "Any"
    return resolve_in_module(row_type, search.namespace)


def _types(search: Operation[Any]) -> dict[str, tuple[str, Any]]:
    """Return name and type of the fields that the search can be filtered by, by wire name."""
    rows = _rows(search)
    known = {one.wire: (one.name, one.type) for one in model_fields(rows)} if is_model(rows) else {}
    return {wire: known.get(wire, (wire, str)) for wire in search.filterable}


def _wire(search: Operation[Any], name: str) -> str | None:
    if name in search.filterable:
        return name
    if not search.filterable:
        return None
    return next((wire for wire, (python, _) in _types(search).items() if python == name), None)


def _nothing(place: str, name: str) -> str:
    able = [path for path, one in apis.operations().items() if one.filterable and _lies_in(path, place)]
    able.sort(key=lambda path: not path.endswith(".search"))
    if not able:
        places = {
            path.rpartition(".")[0].partition(".")[2]
            for path, one in apis.operations().items()
            if one.filterable
        }
        near = difflib.get_close_matches(place, places, n=1)
        hint = f"; did you mean {near[0]}.{name}?" if near else ";"
        return f"--by: there is no search {place!r}{hint} write resource.field, as in service.service_number"
    names = "; ".join(
        f"{path} by {', '.join(python for python, _ in _types(_apis.find(path)[1]).values())}"
        for path in able[:1]
    )
    fields = {python for path in able for python, _ in _types(_apis.find(path)[1]).values()}
    near = difflib.get_close_matches(name, fields, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"--by: {place or 'no search'} cannot be filtered by {name!r}{hint} {names}"


def search_fields() -> list[str]:
    """Return what --by takes, as "service.service_number"."""
    found = {
        f"{one.id.rpartition('.')[0]}.{python}"
        for one in apis.operations().values()
        if one.paging is not None
        for python, _ in _types(one).values()
    }
    return sorted(found)


__all__ = ["Coalesced", "by_field", "search_fields", "through_bulk"]
