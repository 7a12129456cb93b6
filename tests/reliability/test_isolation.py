"""What one client does, meets or ends is nothing to another; a closed one sends nothing more."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.runtime_doubles import GET, Client, RawServer, client_of, http, responds
from trunkline.auth import BasicAuth
from trunkline.config import Limits, RetryPolicy
from trunkline.errors import ConfigError, TransportError, TrunklineError

HASTY = {"retry": RetryPolicy(base=0.001, budget=None), "limits": Limits(breaker_base=0.001)}


async def test_closing_one_client_cut_the_connections_of_every_other():
    """Two clients with the same timeouts had one connection pool between them."""
    async with (
        RawServer(lambda number, head: http()) as server,
        Client(base_url=server.url) as one,
        Client(base_url=server.url) as other,
    ):
        assert one._transport is not other._transport
        await one.call(GET, path=(1,))
        await other.call(GET, path=(1,))
        await one.aclose()
        await other.call(GET, path=(1,))
        assert server.connections == 2
        assert other.stats.attempts == 2


def test_clients_in_two_threads_used_one_event_loops_connections():
    failed: list[BaseException] = []

    async def ask() -> None:
        async with RawServer(lambda number, head: http()) as server, Client(base_url=server.url) as client:
            for key in range(30):
                await client.call(GET, path=(key,))

    def work() -> None:
        try:
            asyncio.run(ask())
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.mark.parametrize(
    "reply", [b"", http("500 Oh", b""), http("429 Slow", b"")], ids=["hang", "500", "429"]
)
@pytest.mark.parametrize("direct", [True, False], ids=["direct", "session"])
async def test_call_under_way_opened_a_closed_client_again(reply, direct):
    under_way = asyncio.Event()

    def answered(number: int, head: bytes) -> bytes:
        if number == 5:
            under_way.set()
        return reply

    async with RawServer(answered) as server:
        client = Client(base_url=server.url, auth=BasicAuth("u", "p"), **HASTY)
        client._transport._direct = direct
        calls = [asyncio.create_task(client.call(GET, path=(key,))) for key in range(5)]
        await under_way.wait()
        await client.aclose()
        sent = len(server.heads)
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert len(server.heads) == sent
        assert client._transport._session is None
        assert all(isinstance(error, TrunklineError) for error in ended)
        if not reply:
            assert all(type(error) is TransportError and error.may_have_run for error in ended)


async def test_call_that_waits_while_its_client_is_closed_says_so():
    class Waiting:
        async def send(self, request, headers, timeout):
            return responds(500, b"")

        async def aclose(self):
            pass

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0.01)

    client = client_of(Waiting(), None)
    object.__setattr__(client._time_source, "sleep", sleep)
    call = asyncio.create_task(client.call(GET, path=(1,)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await client.aclose()
    with pytest.raises(ConfigError, match="closed before the response") as caught:
        await call
    assert caught.value.may_have_run
