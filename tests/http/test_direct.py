"""The direct way through aiohttp's pool: what goes on the wire, and whose response is whose."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc

import aiohttp
import pytest
from yarl import URL

from tests.runtime_doubles import RawServer, http
from trunkline._http import direct
from trunkline._http.direct import Exchanges, TooLargeError
from trunkline.auth.secret import SecretHeaders
from trunkline.errors import ArgumentError

_TIMES = aiohttp.ClientTimeout(total=5.0, connect=5.0)


@contextlib.asynccontextmanager
async def exchanging(reply, most=100_000):
    """A server and exchanges with it; at the end no connection may be left in use."""
    connector = aiohttp.TCPConnector(limit=0)
    async with RawServer(reply) as server:
        exchanges = Exchanges(connector, most)
        yield server, exchanges
        exchanges.give_back()
        assert not connector._acquired
        await connector.close()


async def test_request_head_is_exact():
    async with exchanging(lambda number, head: http()) as (server, exchanges):
        url = URL(server.url + "/a%2Fb?q=x%20y", encoded=True)
        headers = SecretHeaders({"User-Agent": "test/1", "Accept": "application/json"})
        await exchanges.run("GET", url, headers, None, _TIMES)
        host = server.url.removeprefix("http://")
        assert server.heads[0].decode() == (
            f"GET /a%2Fb?q=x%20y HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test/1\r\n"
            "Accept: application/json\r\n\r\n"
        )


@pytest.mark.parametrize(
    ("method", "body", "length"), [("POST", None, b"0"), ("PUT", b"", b"0"), ("GET", None, None)]
)
async def test_length_is_sent_where_a_body_is_expected(method, body, length):
    async with exchanging(lambda number, head: http()) as (server, exchanges):
        await exchanges.run(method, URL(server.url), SecretHeaders(), body, _TIMES)
        sent = [line for line in server.heads[0].split(b"\r\n") if line.startswith(b"Content-Length: ")]
        assert sent == ([] if length is None else [b"Content-Length: " + length])


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b"])
async def test_line_end_in_a_header_is_refused_before_anything_is_sent(value):
    async with exchanging(lambda number, head: http()) as (server, exchanges):
        with pytest.raises(ArgumentError, match="line end"):
            await exchanges.run("GET", URL(server.url), SecretHeaders({"X": value}), None, _TIMES)
        with pytest.raises(ArgumentError, match="line end"):
            await exchanges.run("GET", URL(server.url), SecretHeaders({value: "x"}), None, _TIMES)
        assert not server.connections


async def test_head_has_no_body_whatever_its_length_says():
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    async with exchanging(lambda number, head: reply) as (server, exchanges):
        for _ in range(2):
            status, headers, body = await exchanges.run(
                "HEAD", URL(server.url), SecretHeaders(), None, _TIMES
            )
            assert (status, headers["Content-Length"], body) == (200, "1000000", b"")
        assert server.connections == 1


async def test_interim_responses_are_passed_over():
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    async with exchanging(lambda number, head: interim + http()) as (server, exchanges):
        status, _, body = await exchanges.run("GET", URL(server.url), SecretHeaders(), None, _TIMES)
        assert (status, body) == (200, b'{"deviceID": 1}')


async def test_second_response_nobody_asked_for_is_never_taken_for_the_next():
    async with exchanging(lambda number, head: http(body=b"1") + http(body=b"stray")) as (server, exchanges):
        for number in (1, 2):
            _, _, body = await exchanges.run("GET", URL(server.url), SecretHeaders(), None, _TIMES)
            assert body == b"1"
            assert server.connections == number


async def test_stray_response_on_an_idle_connection_closes_it():
    async with exchanging(lambda number, head: http(body=b"right")) as (server, exchanges):
        await exchanges.run("GET", URL(server.url), SecretHeaders(), None, _TIMES)
        server._writers[0].write(http(body=b"stray"))
        await server._writers[0].drain()
        await asyncio.sleep(0.01)
        _, _, body = await exchanges.run("GET", URL(server.url), SecretHeaders(), None, _TIMES)
        assert body == b"right"
        assert server.connections == 2


async def test_connection_is_given_back_or_closed_however_it_ends():
    replies = [http(), b"", http(body=b"x" * 200), (b"HTTP/1.1 200 OK\r\n\r\nuntil the end",), None]
    async with exchanging(lambda number, head: replies[number - 1], most=100) as (server, exchanges):
        url = URL(server.url)
        await exchanges.run("GET", url, SecretHeaders(), None, _TIMES)
        with pytest.raises(TimeoutError):
            await exchanges.run("GET", url, SecretHeaders(), None, aiohttp.ClientTimeout(total=0.02))
        with pytest.raises(TooLargeError):
            await exchanges.run("GET", url, SecretHeaders(), None, _TIMES)
        _, _, body = await exchanges.run("GET", url, SecretHeaders(), None, _TIMES)
        assert body == b"until the end"
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await exchanges.run("GET", url, SecretHeaders(), None, _TIMES)


async def test_memory_is_not_taken_for_a_body_that_a_server_only_announces():
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\nx"
    async with exchanging(lambda number, head: reply, most=64_000_000) as (server, exchanges):
        tracemalloc.start()
        with pytest.raises(TimeoutError):
            await exchanges.run(
                "GET", URL(server.url), SecretHeaders(), None, aiohttp.ClientTimeout(total=0.05)
            )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4_000_000


async def test_changed_aiohttp_means_the_session_is_used(monkeypatch):
    assert direct.supported()
    monkeypatch.setattr(direct.ResponseHandler, "set_response_params", lambda self, *, timer: None)
    assert not direct.supported()
