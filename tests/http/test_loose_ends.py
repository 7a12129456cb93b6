"""Requests that a server does not take to their end, and transports that nobody closes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ssl
import warnings

import pytest
import trustme

from tests.http.links import Link
from tests.runtime_doubles import RawServer, http
from trunkline.errors import DeadlineError, TransportError
from trunkline.network import Network

# aiohttp's advice about large bodies, which a session gives
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")


@pytest.fixture(autouse=True, params=["direct", "session"])
def way(request, monkeypatch):
    """Both ways through aiohttp keep every rule."""
    monkeypatch.setattr("trunkline._http.session.supported", lambda: request.param == "direct")


def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a server on loopback, and of a client that trusts it."""
    authority = trustme.CA()
    server_side, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    authority.configure_trust(trusting)
    return server_side, trusting


class Unreading(RawServer):
    """Responds to the head of a request, whose body it never reads."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.transport.pause_reading()
            writer.write(self.reply(self.connections, b""))


@pytest.mark.parametrize("status", ["413 Content Too Large", "200 OK"])
async def test_request_never_follows_one_that_was_not_fully_taken(status):
    async with Unreading(lambda number, head: http(status)) as server, Link() as link:
        for number in (1, 2):
            await link.get(server.url, "POST", b"x" * 8_000_000, timeout=1.0)
            assert server.connections == number


@pytest.mark.parametrize("timeout", [None, 0.05])
async def test_closing_does_not_wait_for_a_server_that_takes_no_request(timeout):
    async with Unreading(lambda number, head: b"") as server:
        link = Link()
        call = asyncio.create_task(link.get(server.url, "POST", b"x" * 8_000_000, timeout=timeout))
        await asyncio.sleep(0.1)
        await asyncio.wait_for(link.aclose(), 2.0)
        with pytest.raises((TransportError, DeadlineError)):
            await asyncio.wait_for(call, 2.0)


async def test_refused_large_request_over_tls_is_followed_on_another_connection(monkeypatch):
    server_side, trusting = tls()
    refusal = http("413 Content Too Large")
    # A session does not learn what TLS has not written yet.
    monkeypatch.setattr("trunkline._http.session.supported", lambda: True)
    async with (
        Unreading(lambda number, head: refusal, ssl=server_side) as server,
        Link(network=Network(ssl=trusting)) as link,
    ):
        for number in (1, 2):
            await link.get(server.url, "POST", b"x" * 8_000_000, timeout=1.0)
            assert server.connections == number


async def test_dropped_transport_closes_its_connections():
    async with RawServer(lambda number, head: http()) as server:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        link = Link()
        await link.get(server.url)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del link
            gc.collect()
        for _ in range(50):
            await asyncio.sleep(0.01)
            if server._writers[0].transport.is_closing():
                break
        assert server._writers[0].transport.is_closing()


class Surplus(RawServer):
    """Sends more than the length that it stated, apart from the head."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
                await asyncio.sleep(0.006)
                writer.write(b"0123456789")
        writer.close()


async def test_transport_closes_after_a_body_longer_than_it_said():
    server_side, trusting = tls()
    async with Surplus(lambda number, head: b"", ssl=server_side) as server:
        link = Link(network=Network(ssl=trusting))
        for _ in range(3):
            assert (await link.get(server.url)).body == b"0123"
        await asyncio.wait_for(link.aclose(), 2.0)
