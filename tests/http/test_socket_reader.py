"""Responses straight from the socket: whatever the pieces they come in, and whoever has to read them."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from tests.runtime_doubles import RawServer, http
from trunkline._http.direct import Exchanges
from trunkline._http.socket_reader import SocketReader
from trunkline.auth.secret import SecretHeaders

_TIMES = aiohttp.ClientTimeout(total=5.0, connect=5.0)
_USUAL = http(body=b"x" * 50)
_OTHERS = [
    http(body=b"x") + b"stray",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\n" + _USUAL,
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"no HTTP",
]


class Handler:
    """aiohttp's protocol: what it was given."""

    def __init__(self) -> None:
        self.prepared_at: int | None = None
        self.received = b""
        self.closed = False

    def prepare(self) -> None:
        assert self.prepared_at is None
        self.prepared_at = len(self.received)

    def data_received(self, data: bytes) -> None:
        self.received += data

    def close(self) -> None:
        self.closed = True


def feed(reader: SocketReader, data: bytes) -> None:
    """As a transport does: into the buffer that the reader names, and no more than it has room for."""
    while data:
        space = reader.get_buffer(-1)
        size = min(len(space), len(data))
        space[:size] = data[:size]
        reader.buffer_updated(size)
        data = data[size:]


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True) if b > a]


@given(st.sampled_from([_USUAL, *_OTHERS]), st.lists(st.integers(0, 500), max_size=5))
def test_response_in_any_pieces_is_read_whole_by_one_of_the_two(data, cuts):
    async def read() -> None:
        handler = Handler()
        reader = SocketReader(handler, memoryview(bytearray(64)), 100, 8190)
        answer = reader.expect(handler.prepare)
        for piece in pieces(data, cuts):
            feed(reader, piece)
        found = await asyncio.wait_for(answer, 1)
        if found is None:
            assert (handler.prepared_at, handler.received) == (0, data)
            reader.rest()
        else:
            assert data == _USUAL
            assert (found.status, found.body, handler.received) == (200, b"x" * 50, b"")
        assert not handler.closed
        before = handler.received
        feed(reader, b"stray")
        assert (handler.closed, handler.received) == (True, before)

    asyncio.run(read())


@pytest.mark.parametrize("size", [0, 1, 70_000, 600_000])
@pytest.mark.parametrize("cut", [None, 20, "head", "body"])
async def test_large_bodies_and_slow_pieces_come_whole(size, cut):
    body = bytes(range(256)) * (size // 256 + 1)
    data = http(body=body[:size])
    at = {None: len(data), "head": data.index(b"\r\n\r\n") + 4, "body": len(data) - size // 2}.get(cut, cut)

    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(data[:at])
            await asyncio.sleep(0.005)
            writer.write(data[at:])
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connector = aiohttp.TCPConnector(limit=0)
    exchanges = Exchanges(connector, 1_000_000)
    url = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    for _ in range(2):
        assert (await exchanges.run("GET", url, SecretHeaders(), None, _TIMES)).body == body[:size]
    exchanges.give_back()
    await connector.close()
    await ended.wait()
    server.close()
    await server.wait_closed()


async def test_connections_serve_usual_and_odd_responses_in_turn():
    replies = [http(body=b"a"), _OTHERS[1], http(body=b"c"), _OTHERS[3], http(body=b"e" * 200_000)]
    connector = aiohttp.TCPConnector(limit=0)
    async with RawServer(lambda number, head: replies[(number - 1) % 5]) as server:
        exchanges = Exchanges(connector, 1_000_000)
        bodies = []
        for _ in range(10):
            answer = await exchanges.run("GET", URL(server.url), SecretHeaders(), None, _TIMES)
            bodies.append(answer.body)
        assert bodies == [b"a", b"x", b"c", b"", b"e" * 200_000] * 2
        assert server.connections == 1
        exchanges.give_back()
        await connector.close()
