"""bulk.Loader over HTTP: the sandbox's searches and lists, and servers that refuse long queries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from trunkline import BasicAuth, abzorb, bulk, idi
from trunkline.errors import FilterError, NotFoundError
from trunkline.idi import fields
from trunkline.idi.models import Service
from trunkline.sandbox import Sandbox, SandboxConfig, create_app
from trunkline.sandbox.seed.abzorb import FIRST_TASK

ROWS = 10_000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(rows=ROWS) as running:
        yield running


def idi_client(sandbox: Sandbox, url: str | None = None) -> idi.Client:
    user = sandbox.credentials
    return idi.Client(
        base_url=url or sandbox.url,
        service=sandbox.config.service,
        environment=sandbox.idi_environment,
        user=user.name,
        password=user.password,
    )


async def test_ten_thousand_keys_in_a_hundred_requests(sandbox: Sandbox) -> None:
    async with idi_client(sandbox) as client:
        numbers = [row.service_number async for row in client.service.search(top=500)]
        assert len(set(numbers)) == ROWS
        before = client.stats.attempts
        loader: bulk.Loader[str, Service] = bulk.Loader(client.service.search, fields.Service.service_number)
        async with loader:
            found = [outcome async for outcome in bulk.lookup(loader.load, [*numbers, "none"])]
        assert client.stats.attempts - before < 150
    assert sorted(one.key for one in found if one.ok) == sorted(str(number) for number in numbers)
    assert all(one.value.service_number == one.key for one in found if one.value is not None)
    (missing,) = [one for one in found if not one.ok]
    assert missing.key == "none"
    assert isinstance(missing.error, NotFoundError)


async def test_server_that_takes_long_lines_is_asked_once_for_many(sandbox: Sandbox) -> None:
    # the sandbox takes request lines of 64 KiB, where aiohttp's default is 8,190 characters
    async with idi_client(sandbox) as client:
        rows = await client.service.search(top=500).all(limit=1500)
        ids = [row.service_id for row in rows if row.service_id is not None]
        loader = client.service.loader(fields.Service.service_id, start_query=20_000, max_query=20_000)
        async with loader:
            found = await asyncio.gather(*(loader.load(one) for one in ids))
            assert [row.service_id for row in found] == ids
            assert loader.stats.halved == 0
            assert loader.stats.batches < 12


@pytest.mark.parametrize("status", [404, 414])
async def test_server_that_refuses_queries_beyond_2048(status: int) -> None:
    @web.middleware
    async def like_iis(request: web.Request, handler: Handler) -> web.StreamResponse:
        if len(request.rel_url.raw_query_string) > 2048:
            return web.Response(status=status, text="<html>refused</html>", content_type="text/html")
        return await handler(request)

    config = SandboxConfig(rows=1000)
    app = create_app(config)
    app.middlewares.append(like_iis)
    async with TestServer(app) as server:
        user = config.users[0]
        client = idi.Client(
            base_url=str(server.make_url("/")),
            service=config.service,
            environment=config.environment,
            user=user.name,
            password=user.password,
        )
        async with client:
            rows = await client.service.search(top=500).all()
            loader = client.service.loader(fields.Service.service_number)
            async with loader:
                found = await asyncio.gather(*(loader.load(row.service_number) for row in rows))
                assert [row.service_id for row in found] == [row.service_id for row in rows]
                assert loader.stats.halved <= 3
                assert 1900 < loader.stats.limit <= 2048


async def test_tasks_and_their_comments_through_the_bulk_methods(sandbox: Sandbox) -> None:
    user = sandbox.credentials
    auth = BasicAuth(user.name, user.password)
    async with abzorb.Client(base_url=sandbox.abzorb_url, auth=auth) as client:
        ids = list(range(FIRST_TASK - 5, FIRST_TASK + 395))
        singles = {}
        async for outcome in bulk.lookup(lambda one: client.tasks.status(task_id=one), ids):
            singles[outcome.key] = outcome.value
        async with client.tasks.loader("status_bulk") as loader:
            many = {outcome.key: outcome.value async for outcome in bulk.lookup(loader.load, ids)}
            assert loader.stats.batches < 10
        assert any(singles.values())
        assert many == singles
        async with client.tasks.loader("list_comments_bulk") as loader:
            known = [one for one, value in singles.items() if value is not None][:50]
            lists = await asyncio.gather(*(loader.load_rows(one) for one in known))
        assert lists == [await client.tasks.list_comments(task_id=one) for one in known]


async def test_former_name_of_a_method_makes_the_same_loader() -> None:
    async with abzorb.Client(user="u", password="p", base_url="http://127.0.0.1:9") as client:
        with pytest.warns(
            DeprecationWarning, match="comments_bulk is called list_comments_bulk now"
        ) as caught:
            loader = client.tasks.loader("comments_bulk")  # type: ignore[call-overload]
        assert caught[0].filename == __file__
        await loader.aclose()
        assert repr(loader).startswith("<Loader abzorb.tasks.list_comments_bulk")


async def test_field_of_another_search_is_refused_when_the_loader_is_made() -> None:
    """It was made, and failed with its first key."""
    async with idi.Client(environment="acme", user="u", password="p") as client:
        with pytest.raises(FilterError, match="cannot filter by deviceID"):
            bulk.Loader(client.service.search, fields.Device.device_id)
