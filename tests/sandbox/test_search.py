"""Every collection of IDI, every documented option: the page is what a plain list of its rows would give."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.callers import Caller
from trunkline.idi import OPERATIONS
from trunkline.operation import Operation
from trunkline.sandbox import Sandbox

PAGED = [op for op in OPERATIONS.values() if op.paging is not None]
KEYS = {"{id}": "1", "{serviceId}": "1", "{serviceID}": "1"}


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"rows": 40, "value_only_links": True, "exact_count": True}


def path(op: Operation[Any]) -> str:
    found = op.path
    for name, key in KEYS.items():
        found = found.replace(name, key)
    return found


async def rows(idi: Caller, op: Operation[Any], **options: str) -> list[dict[str, Any]]:
    """The rows of one page, which holds all of them unless the options cut it."""
    most = {"_top": "500"} if takes(op, "$top") else {}
    response = await idi.get(path(op), **most | options)
    assert response.status == 200, response.text
    found: list[dict[str, Any]] = response.json["value"]
    return found


def takes(op: Operation[Any], option: str) -> bool:
    return any(param.wire == option for param in op.query_params)


@pytest.mark.parametrize("op", PAGED, ids=lambda op: op.id)
async def test_top_and_skip_cut_a_slice_of_all_rows(op: Operation[Any], idi: Caller) -> None:
    """Zero, one, more than there are; `$skiptoken` goes on as `$skip` does."""
    every = await rows(idi, op)
    assert every
    if not takes(op, "$top"):
        assert (await idi.get(path(op), _top="1")).status == 400
        return
    for top in (0, 1, 2, len(every), len(every) + 1, 500, 501, 10**9 - 1):
        for skip in (0, 1, len(every) - 1, len(every), 10**8):
            expected = every[skip : skip + min(top, 500)]
            for name in ("_skip", "_skiptoken"):
                assert await rows(idi, op, _top=str(top), **{name: str(skip)}) == expected, (top, skip)


@pytest.mark.parametrize("op", PAGED, ids=lambda op: op.id)
async def test_select_sends_the_named_fields_alone(op: Operation[Any], idi: Caller) -> None:
    """Each field by itself, all of them, one twice; a row that lacks it lacks it."""
    every = await rows(idi, op)
    names = sorted({name for row in every for name in row})
    if not takes(op, "$select"):
        assert (await idi.get(path(op), _select=names[0])).status == 400
        return
    for chosen in (*([name] for name in names), names, [names[0], names[0]]):
        expected = [{name: row[name] for name in chosen if name in row} for row in every]
        assert await rows(idi, op, _select=",".join(chosen)) == expected
    for wrong in ("nosuch", "_serviceID", "body", "", ",", f"{names[0]} asc", names[0].upper() + "x"):
        assert (await idi.get(path(op), _select=wrong)).status == 400, wrong


@pytest.mark.parametrize("op", PAGED, ids=lambda op: op.id)
async def test_each_sortable_field_sorts_and_no_other(op: Operation[Any], idi: Caller) -> None:
    """Null before everything else, and after it when it goes down; rows of one value keep their order."""
    every = await rows(idi, op)
    for name in op.sortable:

        def key(row: dict[str, Any], name: str = name) -> tuple[bool, Any]:
            value = row.get(name)
            return (value is not None, value if value is not None else 0)

        assert await rows(idi, op, _orderby=name) == sorted(every, key=key)
        assert await rows(idi, op, _orderby=f"{name} ASC") == sorted(every, key=key)
        falling = await rows(idi, op, _orderby=f"{name} desc")
        values = [row[name] for row in falling if row.get(name) is not None]
        assert values == sorted(values, reverse=True), name
        assert all(row.get(name) is None for row in falling[len(values) :]), name
    for name in {name for row in every for name in row} - set(op.sortable):
        assert (await idi.get(path(op), _orderby=name)).status == 400, name
    if op.sortable:
        for wrong in ("", ",", f"{op.sortable[0]} up", f"{op.sortable[0]} asc desc", f"{op.sortable[0]},"):
            assert (await idi.get(path(op), _orderby=wrong)).status == 400, wrong


def literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return json.dumps(value)


@pytest.mark.parametrize("op", PAGED, ids=lambda op: op.id)
async def test_each_filterable_field_finds_its_rows_and_no_other(op: Operation[Any], idi: Caller) -> None:
    """By the value of a row, by its opposite, by null: together they are all rows."""
    every = await rows(idi, op)
    for name in op.filterable:
        value = next((row[name] for row in every if row.get(name) is not None), None)
        same = [row for row in every if row.get(name) == value]
        other = [row for row in every if row.get(name) != value]
        assert await rows(idi, op, _filter=f"{name} eq {literal(value)}") == same, name
        assert await rows(idi, op, _filter=f"{name} ne {literal(value)}") == other, name
        assert await rows(idi, op, _filter=f"not ({name} eq {literal(value)})") == other, name
        nulls = [row for row in every if row.get(name) is None]
        assert await rows(idi, op, _filter=f"{name} eq null") == nulls, name
        assert await rows(idi, op, _filter=f"{name} eq {literal(value)} or {name} eq null") == [
            row for row in every if row in same or row in nulls
        ], name
    for name in {name for row in every for name in row} - set(op.filterable):
        assert (await idi.get(path(op), _filter=f"{name} eq null")).status == 400, name


@pytest.mark.parametrize("op", PAGED, ids=lambda op: op.id)
async def test_count_is_that_of_all_rows_whatever_the_page(op: Operation[Any], idi: Caller) -> None:
    """`$top`, `$skip` and `$select` do not change it (OData protocol, section 11.2.6.5); a filter does."""
    every = await rows(idi, op)
    for name, word in (("_count", "true"), ("_count", "TRUE"), ("_inlinecount", "allpages")):
        if not takes(op, name.replace("_", "$")):
            assert (await idi.get(path(op), **{name: word})).status == 400
            continue
        for options in ({}, {"_top": "1"}, {"_top": "0"}, {"_skip": "3"}):
            response = await idi.get(path(op), **{name: word}, **options)
            assert response.json["@odata.count"] == len(every), options
        if op.filterable:
            options = {name: word, "_filter": f"{op.filterable[0]} eq null"}
            response = await idi.get(path(op), **options)
            assert response.json["@odata.count"] == len([r for r in every if r.get(op.filterable[0]) is None])
    for wrong in ("", "1", "yes", "null"):
        assert (await idi.get(path(op), _count=wrong)).status == 400


@pytest.mark.parametrize("op", PAGED, ids=lambda op: op.id)
async def test_links_lead_through_all_rows_in_order(
    op: Operation[Any], idi: Caller, sandbox: Sandbox
) -> None:
    """Each page but the last names the next one; what was asked for stays asked for."""
    every = await rows(idi, op)
    if not takes(op, "$top"):
        return
    seen, options = [], {"_top": "3"}
    while True:
        response = await idi.get(path(op), **options)
        seen += response.json["value"]
        link = response.json.get("@odata.nextLink")
        if link is None:
            break
        assert link.startswith(f"{sandbox.url}/OrderManagement/2X/sandbox{path(op)}?$top=3&$skip=")
        options["_skip"] = link.rpartition("=")[2]
        assert int(options["_skip"]) == len(seen)
    assert seen == every


@pytest.mark.parametrize("op", PAGED, ids=lambda op: op.id)
async def test_options_that_a_page_does_not_list_are_refused_by_name(op: Operation[Any], idi: Caller) -> None:
    """An option that is overlooked would send other rows than were asked for; names without $ are ignored."""
    known = {param.wire for param in op.query_params}
    for option in ("$expand", "$search", "$apply", "$format", "$Top", "$TOP", "$compute", "$", "$levels"):
        assert option not in known
        response = await idi.get(path(op), **{option.replace("$", "_"): "1"})
        assert (response.status, response.json["errors"][0]["field"]) == (400, option)
    assert (await idi.get(path(op), top="1", filter="x")).status == 200
