"""A guessed route that the vendor does not know costs 25 keys, not a million."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from tests.bulk.loader_doubles import SEARCH
from tests.runtime_doubles import GET, FakeTransport, client_of, responds
from trunkline import bulk
from trunkline.errors import ConfigError, NotFoundError, WrongRouteError
from trunkline.odata import FilterField
from trunkline.operation import Origin

GUESSED = evolve(GET, provenance=Origin(route="inferred"), source="specs/idi/openapi.yaml#/paths/~1api")
FOREIGN = {"Message": "No HTTP resource was found that matches the request URI"}
OWN = {"errors": [{"field": "Device", "loggingNumber": 500032, "message": "it does not exist"}]}


async def run(transport: FakeTransport, keys: int = 1000, **options: Any) -> list[bulk.Outcome[int, Any]]:
    async with client_of(transport) as client:

        async def ask(key: int) -> Any:
            return await client.call(GUESSED, path=(key,))

        async with bulk.lookup(ask, range(keys), concurrency=1, **options) as found:
            return [outcome async for outcome in found]


async def test_error_says_that_the_route_is_a_guess_and_how_to_correct_it() -> None:
    async with client_of(FakeTransport(responds(404, FOREIGN))) as client:
        with pytest.raises(WrongRouteError, match="is inferred, not documented") as caught:
            await client.call(GUESSED, path=(5,))
        assert isinstance(caught.value, NotFoundError)
        assert GUESSED.source in str(caught.value)
        assert f'routes={{"{GUESSED.id}": "GET /…"}}' in str(caught.value)
        with pytest.raises(NotFoundError) as own:
            await client.call(GET, path=(5,))
        assert not isinstance(own.value, WrongRouteError)


@pytest.mark.parametrize("body", [FOREIGN, {"error": "Not Found"}, {}, b"Not Found"])
async def test_first_25_keys_without_the_vendors_words_stop_the_run(body: Any) -> None:
    """1,000 keys were 1,000 times not found."""
    transport = FakeTransport(responds(404, body))
    with pytest.raises(ConfigError, match=r"the first 25 keys were all not found.*inferred"):
        await run(transport)
    assert len(transport.sent) == 25


@pytest.mark.parametrize("first", [responds(404, OWN), responds(200), responds(400, FOREIGN)])
async def test_any_other_response_shows_that_the_route_is_known(first: Any) -> None:
    found = await run(FakeTransport(first, responds(404, FOREIGN)), keys=60)
    assert len(found) == 60


async def test_it_can_be_switched_off() -> None:
    found = await run(FakeTransport(responds(404, FOREIGN)), keys=60, wrong_route_after=None)
    assert all(isinstance(outcome.error, WrongRouteError) for outcome in found)
    with pytest.raises(ConfigError, match="the first 5 keys"):
        await run(FakeTransport(responds(404, FOREIGN)), wrong_route_after=5)


async def test_loader_stops_asking_too() -> None:
    transport = FakeTransport(responds(404, FOREIGN))
    async with client_of(transport) as client:
        search = evolve(SEARCH, provenance=Origin(route="inferred"))

        def pages(**arguments: Any) -> Any:
            return client.paginate(search, query=(arguments["filter"], None, None))

        pages.__self__ = SimpleNamespace(_client=client)  # type: ignore[attr-defined]
        async with bulk.Loader(pages, FilterField("number", str), max_keys=5) as loader:
            for number in range(24):
                with pytest.raises(WrongRouteError):
                    await loader.load(str(number))
            asked = 1 + len(transport.sent)
            with pytest.raises(ConfigError, match="the first 25 keys"):
                await loader.load("the 25th")
            with pytest.raises(ConfigError, match="the first 25 keys"):
                await loader.load("more")
            assert len(transport.sent) == asked
