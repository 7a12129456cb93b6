"""Collections in a caller's hands: limits, first rows, pages as sequences, ends that are not silent."""

from __future__ import annotations

import logging

import pytest
from attrs import evolve

from tests.runtime_doubles import SEARCH, Client, FakeTransport, client_of, responds
from trunkline.errors import ArgumentError, PagingError
from trunkline.operation import Param

BASE = "https://vendor.test/root/api/device"
TEXT_SKIP = evolve(
    SEARCH,
    query_params=tuple(
        Param(wire="$skip", name="skip", type="str") if param.wire == "$skip" else param
        for param in SEARCH.query_params
    ),
)


def rows(start: int, stop: int, **more):
    return responds(200, {"value": [{"deviceID": number} for number in range(start, stop)], **more})


def linked(start: int, stop: int, link: str):
    return rows(start, stop, **{"@odata.nextLink": link})


class Generic(Client):
    pages_cut_at_hundreds = False


def generic_of(transport) -> Client:
    return Generic(base_url="https://vendor.test/root/", transport=transport)


async def collect(pager, found):
    async for row in pager:
        found.append(row.device_id)


class Server:
    """245 rows, `cap` at most in a page whatever $top says, the count on the first page only if wanted."""

    def __init__(self, cap: int, default: int, count: str = "never") -> None:
        self.cap, self.default, self.count = cap, default, count
        self.requests = 0

    def __call__(self, request, headers):
        self.requests += 1
        query = request.url.query
        skip = int(query.get("$skip", 0))
        stop = min(245, skip + min(self.cap, int(query.get("$top", self.default))))
        told = self.count == "always" or (self.count == "first" and not skip)
        return rows(skip, max(skip, stop), **({"@odata.count": 245} if told else {}))


@pytest.mark.parametrize(
    ("server", "top", "requests"),
    [
        (Server(50, 50), 100, 6),
        (Server(1000, 20), None, 14),
        (Server(50, 50, "first"), 100, 5),
        (Server(50, 50, "always"), 100, 5),
        (Server(100, 100), 1000, 4),
        (Server(7, 7), 7, 36),
    ],
)
async def test_rows_were_lost_where_a_server_cut_top_without_saying_so(server, top, requests):
    async with generic_of(FakeTransport(server)) as client:
        found = await client.paginate(SEARCH, query=(None, None, None, top)).all()
    assert [row.device_id for row in found] == list(range(245))
    assert server.requests == requests


async def test_skip_documented_as_text_is_walked():
    async with generic_of(FakeTransport(Server(50, 50))) as client:
        assert len(await client.paginate(TEXT_SKIP).all()) == 245
        assert len(await client.paginate(TEXT_SKIP, query=(None, "200")).all()) == 45


async def test_vendor_known_to_cut_at_hundreds_costs_no_request_more():
    transport = FakeTransport(rows(0, 1))
    async with client_of(transport) as client:
        assert len(await client.paginate(SEARCH).all()) == 1
    assert len(transport.sent) == 1


async def test_server_that_ignores_skip_gives_its_rows_once():
    transport = FakeTransport(rows(0, 3))
    async with generic_of(transport) as client:
        assert len(await client.paginate(SEARCH).all()) == 3
        with pytest.raises(PagingError, match="heed"):
            await client.paginate(SEARCH, query=(None, None, None, 3)).all()


async def test_last_page_that_links_to_the_first_gives_no_row_twice():
    transport = FakeTransport(linked(0, 2, f"{BASE}?p=1"), linked(2, 4, BASE))
    found = []
    async with client_of(transport) as client:
        with pytest.raises(PagingError, match="twice"):
            await collect(client.paginate(SEARCH), found)
    assert found == [0, 1, 2, 3]


async def test_one_link_spelt_in_two_ways_is_noticed():
    transport = FakeTransport(linked(0, 2, f"{BASE}?$skip=2"), linked(2, 4, f"{BASE}?%24skip=2"))
    async with client_of(transport) as client:
        with pytest.raises(PagingError, match="twice"):
            await client.paginate(SEARCH).all()
    assert len(transport.sent) == 2


async def test_limit_requests_no_page_beyond_it():
    script = (linked(0, 2, f"{BASE}?p=1"), linked(2, 4, f"{BASE}?p=2"), rows(4, 6))
    transport = FakeTransport(*script)
    async with client_of(transport) as client:
        pager = client.paginate(SEARCH).limit(3)
        assert [row.device_id async for row in pager] == [0, 1, 2]
        assert len(transport.sent) == 2
    transport = FakeTransport(*script)
    async with client_of(transport) as client:
        assert [len(page) async for page in client.paginate(SEARCH).limit(4).pages()] == [2, 2]
        assert len(transport.sent) == 2
        assert [row async for row in client.paginate(SEARCH).limit(0)] == []
        assert len(await client.paginate(SEARCH).limit(1)) == 1
        for wrong in (-1, True, "3"):
            with pytest.raises(ArgumentError):
                client.paginate(SEARCH).limit(wrong)


async def test_first_row_or_none():
    async with client_of(FakeTransport(linked(0, 0, f"{BASE}?p=1"), rows(7, 9))) as client:
        row = await client.paginate(SEARCH).first()
        assert row is not None
        assert row.device_id == 7
    async with client_of(FakeTransport(rows(0, 0))) as client:
        assert await client.paginate(SEARCH).first() is None


async def test_page_is_a_sequence_of_its_rows():
    async with client_of(FakeTransport(rows(0, 3))) as client:
        page = await client.paginate(SEARCH)
    assert [row.device_id for row in page] == [0, 1, 2]
    assert (len(page), page[0].device_id, page[-1].device_id, len(page[1:])) == (3, 0, 2, 2)
    assert page.rows[1] in page
    assert [row.device_id for row in reversed(page)] == [2, 1, 0]


async def test_all_has_a_bound_that_its_error_names():
    turn = iter(range(10**6))
    transport = FakeTransport(lambda request, headers: linked(0, 1, f"{BASE}?p={next(turn)}"))
    async with client_of(transport) as client:
        with pytest.raises(PagingError, match="max_pages"):
            await client.paginate(SEARCH).all(max_pages=5)
    assert len(transport.sent) == 5


async def test_small_top_that_makes_many_requests_is_warned_of(caplog):
    turn = iter(range(30))

    def reply(request, headers):
        number = next(turn)
        return linked(number, number + 1, f"{BASE}?p={number}") if number < 25 else rows(0, 1)

    async with client_of(FakeTransport(reply)) as client:
        with caplog.at_level(logging.WARNING, "trunkline"):
            await client.paginate(SEARCH, query=(None, None, None, 5)).all()
    assert [record.message.count("top=5") for record in caplog.records] == [1]
    assert "limit" in caplog.text
