"""Walking collections: links, their rules, the fallbacks, fetching ahead."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from tests.runtime_doubles import GET, SEARCH, FakeTransport, client_of, responds
from trunkline._calls.links import link_url
from trunkline.auth import ApiKeyAuth
from trunkline.errors import ArgumentError, PagingError, RateLimitedError, TrunklineError

BASE = "https://vendor.test/root/api/device"


def rows(start: int, stop: int, **more):
    return responds(200, {"value": [{"deviceID": number} for number in range(start, stop)], **more})


def linked(start: int, stop: int, link: str, key: str = "@odata.nextLink"):
    return rows(start, stop, **{key: link})


def ids(found) -> list[int]:
    return [row.device_id for row in found]


def search(client, skip=None, top=None):
    return client.paginate(SEARCH, query=(None, skip, None, top))


async def collect(pager, found):
    async for row in pager:
        found.append(row)


async def walk(*script, skip=None, top=None):
    transport = FakeTransport(*script)
    async with client_of(transport) as client:
        found = [row async for row in search(client, skip, top)]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return ids(found), [str(request.url) for request, _ in transport.sent]


@pytest.mark.parametrize("key", ["@odata.nextLink", "@nextLink"])
async def test_links_are_followed_until_a_page_has_none(key):
    found, urls = await walk(
        linked(0, 2, f"{BASE}?$skiptoken=a", key), linked(2, 4, f"{BASE}?$skiptoken=b", key), rows(4, 5)
    )
    assert found == [0, 1, 2, 3, 4]
    assert urls[1:] == [f"{BASE}?$skiptoken=a", f"{BASE}?$skiptoken=b"]


async def test_empty_page_with_a_link_goes_on():
    found, _ = await walk(linked(0, 2, f"{BASE}?p=1"), linked(0, 0, f"{BASE}?p=2"), rows(2, 3))
    assert found == [0, 1, 2]


@pytest.mark.parametrize("way", ["rows", "all", "first"])
async def test_links_to_empty_pages_without_end_end_with_an_error(way):
    def respond(request, headers):
        part = int(request.url.query.get("part", 0))
        # A page with a row in between begins the count anew.
        return linked(0, int(part == 600), f"{BASE}?part={part + 1}")

    transport, found = FakeTransport(respond), []
    async with client_of(transport) as client:
        if way == "first":
            assert (await search(client).first()).device_id == 0
            assert len(transport.sent) == 601
            return
        with pytest.raises(PagingError, match="1,000 pages in succession had no rows"):
            await (collect(search(client), found) if way == "rows" else search(client).all())
    assert len(transport.sent) == 1_601
    assert way == "all" or ids(found) == [0]


@pytest.mark.parametrize("depth", [900, 5_000])
async def test_row_nested_too_deeply_ended_the_walk(depth):
    deep = "[" * depth + "]" * depth
    page = responds(200, f'{{"value": [{{"deviceID": 1}}, {{"deviceID": 2, "new": {deep}}}]}}'.encode())
    found: list[object] = []
    async with client_of(FakeTransport(page)) as client:
        with pytest.raises(PagingError, match="same page came twice"):  # they are compared as well
            await collect(search(client, top=2), found)
    assert ids(found)[:2] == [1, 2]
    assert depth == 900 or found[1].extra == {"new": deep}


async def test_row_nested_too_deeply_in_a_page_that_is_read_in_pieces():
    pad, deep = "x" * 200, "[" * 5_000 + "]" * 5_000
    more = [f'{{"deviceID": {n}, "aKey": "{pad}"}}' for n in range(2_000)]
    more[1_500] = f'{{"deviceID": 1500, "new": {deep}}}'
    page = f'{{"value": [{", ".join(more)}], "@odata.nextLink": "{BASE}?part=2"}}'
    async with client_of(FakeTransport(responds(200, page.encode()), rows(2_000, 2_001))) as client:
        found = [row async for row in search(client)]
    assert ids(found) == list(range(2_001))
    assert found[1_500].extra == {"new": deep}


async def test_link_with_spaces_quotes_and_escapes_is_only_made_legal():
    link = BASE + "?$filter=name eq 'fo\"o' and x eq 'a%2Fb+c'&$skip=50&u=é&p=100%"
    _, urls = await walk(linked(0, 1, link), rows(1, 2))
    assert urls[1] == (
        BASE + "?$filter=name%20eq%20'fo%22o'%20and%20x%20eq%20'a%2Fb+c'&$skip=50&u=%C3%A9&p=100%25"
    )


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("?$skip=50", f"{BASE}?$skip=50"),
        ("device?$skip=5 0", f"{BASE}?$skip=5%200"),
        ("/root/api/other?x='a%2Fb'", "https://vendor.test/root/api/other?x='a%2Fb'"),
        ("//vendor.test/root/x?y=1", "https://vendor.test/root/x?y=1"),
    ],
)
async def test_relative_link_is_resolved(link, expected):
    _, urls = await walk(linked(0, 1, link), rows(1, 2))
    assert urls[1] == expected


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/root/api/device?x=1",
        "http://vendor.test/root/api/device?x=1",
        "https://vendor.test:8443/root/api/device",
        "https://vendor.test@evil.test/root/api/device",
        "https://user:pw@vendor.test/root/api/device",
        "https://vendor.test/other/api/device",
        "https://vendor.test/root/../other/device",
        "https://vendor.test/root/%2e%2e/other",
        "https://vendor.test/root/..%2fother",
        "https://vendor.test/root/..;/other",
        "https://vendor.test/root/%2e%2e%20/other",
        "https://vendor.test/root\\..\\other",
        "/other/x",
        "//evil.test/root/api/device",
        "javascript:alert(1)",
        "https://[::1/root",
        "https://vendor.test/root/\r\nX-Evil: 1",
        "https://vendor.test/" + "x" * 20_000,
    ],
)
async def test_foreign_link_is_refused_before_anything_is_sent(link):
    transport = FakeTransport(linked(0, 1, link), rows(1, 2))
    async with client_of(transport) as client:
        with pytest.raises(PagingError):
            [row async for row in search(client)]
    assert len(transport.sent) == 1


async def test_repeated_link_is_an_error_and_rows_come_first():
    transport = FakeTransport(linked(0, 2, f"{BASE}?p=1"), linked(2, 4, f"{BASE}?p=1"))
    found = []
    async with client_of(transport) as client:
        with pytest.raises(PagingError, match="twice"):
            await collect(search(client), found)
    assert ids(found) == [0, 1, 2, 3]


async def test_scope_hook_allows_another_service_of_the_same_environment():
    class Idi(type(client_of(FakeTransport(rows(0, 0))))):
        def link_scope(self, path):
            return "/".join(path.split("/")[2:4])

    transport = FakeTransport(
        linked(0, 1, "https://v.test/OrderManagement/2X/prod/api/d?$skip=1"), rows(1, 2)
    )
    async with Idi(base_url="https://v.test/Service/2X/prod", transport=transport) as client:
        assert ids(await search(client).all()) == [0, 1]
    transport = FakeTransport(linked(0, 1, "https://v.test/Service/2X/test/api/d?$skip=1"), rows(1, 2))
    async with Idi(base_url="https://v.test/Service/2X/prod", transport=transport) as client:
        with pytest.raises(PagingError, match="environment"):
            await search(client).all()


async def test_skip_token_in_the_response_is_used_where_there_is_no_link():
    found, urls = await walk(rows(0, 2, **{"@odata.skipToken": "t 1"}), rows(2, 3))
    assert found == [0, 1, 2]
    assert urls[1] == f"{BASE}?$skiptoken=t%201"


async def test_skip_goes_on_after_a_full_page_without_any_link():
    found, urls = await walk(rows(0, 100), rows(100, 130))
    assert len(found) == 130
    assert urls[1:] == [f"{BASE}?$skip=100"]


async def test_skip_goes_on_where_top_was_cut_silently():
    found, urls = await walk(rows(0, 500), rows(500, 600), rows(0, 0), top=1000)
    assert len(found) == 600
    assert urls[1:] == [f"{BASE}?$skip=500&$top=1000", f"{BASE}?$skip=600&$top=1000"]


async def test_skip_starts_from_the_callers_skip():
    _, urls = await walk(rows(0, 5), rows(5, 6), skip=20, top=5)
    assert urls[1] == f"{BASE}?$skip=25&$top=5"


@pytest.mark.parametrize(("count", "requests"), [(7, 3), (3, 1), (1, 1), (10**9, 3)])
async def test_count_that_lies_loses_no_rows_and_ends(count, requests):
    found, urls = await walk(
        rows(0, 3, **{"@odata.count": count}),
        rows(3, 6, **{"@odata.count": count}),
        rows(0, 0, **{"@odata.count": count}),
    )
    assert len(urls) == requests
    assert len(found) == (6 if requests == 3 else 3)


async def test_last_page_of_links_that_is_full_ends_the_walk():
    found, urls = await walk(linked(0, 100, f"{BASE}?p=1"), rows(100, 200))
    assert len(found) == 200
    assert len(urls) == 2


async def test_null_link_ends_the_walk():
    _, urls = await walk(rows(0, 100, **{"@odata.nextLink": None}))
    assert len(urls) == 1


async def test_server_that_ignores_skip_is_an_error_and_no_endless_walk():
    transport = FakeTransport(rows(0, 100))
    async with client_of(transport) as client:
        with pytest.raises(PagingError, match="skip"):
            await search(client).all()
    assert len(transport.sent) == 2


async def test_bare_list_and_single_object_are_pages():
    assert (await walk(responds(200, [{"deviceID": 1}, {"deviceID": 2}])))[0] == [1, 2]
    assert (await walk(responds(200, {"deviceID": 1})))[0] == [1]


async def test_await_gives_the_first_page_alone():
    transport = FakeTransport(linked(0, 2, f"{BASE}?p=1", "@nextLink"))
    async with client_of(transport) as client:
        page = await search(client)
    assert (ids(page.rows), page.next_link, len(transport.sent)) == ([0, 1], f"{BASE}?p=1", 1)
    assert "rows=<2 rows>" in repr(page)


async def test_all_with_a_limit_asks_for_no_page_beyond_it():
    transport = FakeTransport(linked(0, 2, f"{BASE}?p=1"), linked(2, 4, f"{BASE}?p=2"), rows(4, 6))
    async with client_of(transport) as client:
        assert ids(await search(client).all(limit=3)) == [0, 1, 2]
        assert len(transport.sent) == 2
        assert await search(client).all(limit=0) == []
        with pytest.raises(ArgumentError):
            await search(client).all(limit=-1)
    assert len(transport.sent) == 2


async def test_next_page_is_requested_before_the_rows_of_this_one_are_used():
    transport = FakeTransport(linked(0, 2, f"{BASE}?$skiptoken=a"), rows(2, 4))
    async with client_of(transport) as client:
        sent = [len(transport.sent) async for _ in search(client)]
    assert sent == [2, 2, 2, 2]


async def test_page_is_given_at_once_where_another_walk_keeps_the_vendor_busy():
    """A turn of the loop would decode the other walk's page before the rows of this one are used."""
    transport = FakeTransport(*(linked(n, n + 1, f"{BASE}?p={n}") for n in range(5)), rows(5, 6))
    async with client_of(transport) as client:
        async with aclosing(search(client).pages()) as one, aclosing(search(client).pages()) as other:
            await anext(one)
            assert len(transport.sent) == 2
            await anext(other)
            # its own first page; its second is asked for when the loop comes round
            assert len(transport.sent) == 3
        sent = len(transport.sent)
        async with aclosing(search(client).pages()) as alone:
            await anext(alone)
    assert len(transport.sent) == sent + 2, "a walk that ended counts no more"


async def test_one_page_is_fetched_ahead_and_no_more():
    transport = FakeTransport(*(linked(n, n + 1, f"{BASE}?p={n}") for n in range(5)), rows(5, 6))
    async with client_of(transport) as client:
        pages = search(client).pages()
        await anext(pages)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(transport.sent) == 2
        await pages.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_leaving_early_leaves_no_task():
    async def hang():
        await asyncio.Event().wait()

    transport = FakeTransport(linked(0, 2, f"{BASE}?p=1"), lambda request, headers: hang())
    async with client_of(transport) as client:
        async for _ in search(client):
            await asyncio.sleep(0)
            break
        gc.collect()
        for _ in range(10):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_the_walker_leaves_no_task():
    async def hang():
        await asyncio.Event().wait()

    transport = FakeTransport(linked(0, 2, f"{BASE}?p=1"), lambda request, headers: hang())
    async with client_of(transport) as client:
        task = asyncio.create_task(search(client).all())
        walker = asyncio.create_task(anext(search(client).pages().__aiter__()))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        walker.cancel()
        await asyncio.gather(task, walker, return_exceptions=True)
    gc.collect()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_error_on_a_later_page_comes_after_the_rows_before_it():
    transport = FakeTransport(linked(0, 2, f"{BASE}?p=1"), responds(429, Retry_After="9999"))
    found = []
    async with client_of(transport) as client:
        with pytest.raises(RateLimitedError):
            await collect(search(client), found)
    assert ids(found) == [0, 1]


@given(st.text(max_size=120))
def test_link_any_text_is_refused_or_stays_at_home(text):
    base = URL(f"{BASE}?x=1")
    depth = "/root"
    for link in (text, BASE + text, "https://vendor.test/root" + text, "//" + text):
        try:
            url = link_url(link, base, lambda path: path[:5], depth)
        except TrunklineError:
            continue
        assert (url.scheme, url.host, url.port) == ("https", "vendor.test", 443)
        assert url.raw_path.startswith("/root")
        assert str(url).isascii()
        assert " " not in str(url)


@pytest.mark.parametrize(
    ("link", "sent"),
    [
        (f"{BASE}?$skiptoken=a", f"{BASE}?$skiptoken=a&api%20key=k%26v"),
        (f"{BASE}/2", f"{BASE}/2?api%20key=k%26v"),
        ("?$skiptoken=a", f"{BASE}?$skiptoken=a&api%20key=k%26v"),
        (f"{BASE}?$skiptoken=a&api%20key=other", f"{BASE}?$skiptoken=a&api%20key=other"),
        (f"{BASE}?%61pi%20key=k%26v&b", f"{BASE}?%61pi%20key=k%26v&b"),
    ],
)
async def test_key_in_the_query_was_not_sent_with_links_that_lack_it(link, sent):
    """It goes where a key in a header would go too; a link that brings its own is not touched."""
    transport = FakeTransport(linked(0, 2, link), rows(2, 3))
    async with client_of(transport, auth=ApiKeyAuth("api key", "k&v", "query")) as client:
        assert ids([row async for row in search(client)]) == [0, 1, 2]
    assert [str(request.url) for request, _ in transport.sent] == [f"{BASE}?api%20key=k%26v", sent]


async def test_key_in_the_query_was_sent_to_operations_without_a_credential():
    transport = FakeTransport(responds())
    async with client_of(transport, auth=ApiKeyAuth("key", "secret", "query")) as client:
        await client.call(evolve(GET, auth=()), path=(1,))
    assert not transport.sent[0][0].url.raw_query_string


async def test_foreign_link_gets_no_key():
    transport = FakeTransport(linked(0, 2, "https://evil.test/root/api/device"))
    async with client_of(transport, auth=ApiKeyAuth("key", "secret", "query")) as client:
        with pytest.raises(PagingError):
            await search(client).all()
    assert len(transport.sent) == 1
