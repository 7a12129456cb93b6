"""Envelopes of pages whose keys hold another type than their own cost no row, and no page is skipped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runtime_doubles import SEARCH, FakeTransport, client_of, responds
from trunkline.errors import PagingError, ResponseShapeError

ROWS = [{"deviceID": 1}, {"deviceID": 2}]
LAST = {"value": [{"deviceID": 3}]}


async def walk(*bodies: Any, **settings: Any) -> tuple[list[Any], list[str]]:
    """The rows, and what differed by the drift report."""
    transport = FakeTransport(*(responds(200, body) for body in bodies))
    async with client_of(transport, drift=True, **settings) as client:
        rows = [row.device_id async for row in client.paginate(SEARCH)]
        found = client.drift.report()["device.search"]["differences"]
    assert len(transport.sent) == len(bodies)
    return rows, [f"{each['kind']} {each['path']}" for each in found]


@pytest.mark.parametrize("link", [False, 0, [], {}, "", None, "  "])
@pytest.mark.parametrize("key", ["@odata.nextLink", "@nextLink"])
async def test_no_further_page_in_another_type_cost_the_rows(link: Any, key: str) -> None:
    assert (await walk({"value": ROWS, key: link}))[0] == [1, 2]


@pytest.mark.parametrize("link", [True, 5, {"href": "?p=2"}, ["?p=2"], "x" * 70_000, {"deviceID": 7}])
async def test_link_that_cannot_be_followed_comes_after_its_page(link: Any) -> None:
    """The rows that came are handed out; the end of the walk is an error and not silence."""
    transport = FakeTransport(responds(200, {"value": ROWS, "@odata.nextLink": link}))
    async with client_of(transport) as client:
        pages = client.paginate(SEARCH).pages()
        page = await anext(pages)
        assert [row.device_id for row in page] == [1, 2]
        assert page.extra.get("@odata.nextLink", link) == link
        with pytest.raises(PagingError, match="next"):
            await anext(pages)
    async with client_of(
        FakeTransport(responds(200, {"value": ROWS, "@nextLink": {"a": 1}})), strict=True
    ) as client:
        with pytest.raises(ResponseShapeError, match="a link"):
            await client.paginate(SEARCH)


@pytest.mark.parametrize("empty", [None, False, "", 0, {}])
async def test_empty_list_of_rows_in_another_type_is_one(empty: Any) -> None:
    rows, found = await walk({"value": empty, "@odata.nextLink": "?p=2"}, LAST)
    assert rows == [3]
    assert found == ([] if empty is None else ["other type $.value"])
    if empty is not None:
        async with client_of(FakeTransport(responds(200, {"value": empty})), strict=True) as client:
            with pytest.raises(ResponseShapeError) as caught:
                await client.paginate(SEARCH)
        assert caught.value.body == {"value": empty}


@pytest.mark.parametrize(("rows", "expected"), [({"0": ROWS[0], "7": ROWS[1]}, [1, 2]), (ROWS[0], [1])])
async def test_rows_as_an_object_are_rows(rows: Any, expected: list[int]) -> None:
    """PHP writes a list with gaps as an object of numbers, converters from XML a list of one as the one."""
    for _ in range(2):  # what the first page teaches must not break the second
        assert (await walk({"value": rows, "@nextLink": "?p=2"}, LAST))[0] == [*expected, 3]


@pytest.mark.parametrize("rows", ["text", 5, True, {"colour": "red"}])
async def test_rows_that_are_none_are_an_error_with_the_body(rows: Any) -> None:
    async with client_of(FakeTransport(responds(200, {"value": rows}))) as client:
        with pytest.raises(ResponseShapeError) as caught:
            await client.paginate(SEARCH)
    assert caught.value.body == {"value": rows}


@pytest.mark.parametrize("count", [-1, 0, 1, "-1", "two", {}, [], True, None])
async def test_count_that_is_no_total_ended_the_walk(count: Any) -> None:
    """Less than came already, or no number: the collection ends where a page is empty."""
    page = {"value": [{"deviceID": number} for number in range(100)], "@odata.count": count}
    rows, _ = await walk(page, {"value": [{"deviceID": 100}], "@count": count})
    assert len(rows) == 101


async def test_odd_count_twice_is_read_twice() -> None:
    """The keys of an odd page are learnt, and those that paging knows are not learnt again."""
    odd = {"value": ROWS, "@odata.count": "many", "@odata.nextLink": "?p=2", "more": 1}
    assert (await walk(odd, {**odd, "@odata.nextLink": "?p=3"}, {**LAST, "@odata.count": "many"}))[0] == [
        1,
        2,
        1,
        2,
        3,
    ]
