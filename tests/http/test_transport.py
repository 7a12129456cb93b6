"""The aiohttp transport against a loopback server that misbehaves on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import time
import zlib

import pytest
import trustme
from yarl import URL

from tests.http.links import Link
from tests.runtime_doubles import RawServer, http
from trunkline._wire.messages import Request
from trunkline.auth.secret import SecretHeaders
from trunkline.errors import DeadlineError, ResponseShapeError, TransportError
from trunkline.network import Network


@pytest.fixture(autouse=True, params=["direct", "session"])
def way(request, monkeypatch):
    """Both ways through aiohttp keep every rule."""
    monkeypatch.setattr("trunkline._http.session.supported", lambda: request.param == "direct")


async def test_connection_is_kept_and_the_url_goes_out_as_it_is():
    async with RawServer(lambda number, head: http()) as server, Link() as link:
        for _ in range(3):
            response = await link.get(server.url + "/a%2Fb?$filter=x%20eq%20'a+b'")
        assert (response.status, response.body) == (200, b'{"deviceID": 1}')
        assert server.connections == 1
        assert server.heads[0].startswith(b"GET /a%2Fb?$filter=x%20eq%20'a+b' HTTP/1.1\r\n")


async def test_header_of_the_caller_goes_out_once_whatever_its_case():
    async with RawServer(lambda number, head: http()) as server, Link() as link:
        given = {"Accept": "a/b", "accept": "c/d", "user-agent": "own/2", "authorization": "y"}
        await link.send(Request("GET", URL(server.url), given, None), {"Authorization": "x"}, 5.0)
    head = server.heads[0].decode()
    names = [line.partition(":")[0].lower() for line in head.splitlines()[1:] if line]
    assert len(names) == len(set(names))
    for sent in ("c/d", "own/2", "Authorization: x"):
        assert sent in head


async def test_no_request_carries_the_headers_of_another():
    first, second = SecretHeaders({"Authorization": "x"}), SecretHeaders({"Authorization": "y"})
    changing, own = {"Authorization": "z"}, {"Accept": "a/b"}
    async with RawServer(lambda number, head: http()) as server, Link() as link:
        request = Request("GET", URL(server.url), own, None)
        for credentials in (first, first, second, changing):
            await link.send(request, credentials, 5.0)
        changing["Authorization"] = "w"
        await link.send(request, changing, 5.0)
        own["Accept"] = "c/d"
        await link.send(request, changing, 5.0)
    sent = [
        dict(line.split(": ") for line in head.decode().splitlines()[1:] if line) for head in server.heads
    ]
    assert [head["Authorization"] for head in sent] == ["x", "x", "y", "z", "w", "w"]
    assert [head["Accept"] for head in sent] == ["a/b"] * 5 + ["c/d"]


async def test_refused_connection_was_surely_not_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with Link() as link:
        with pytest.raises(TransportError, match="refused") as caught:
            await link.get(f"http://127.0.0.1:{port}/?q=555000111")
    assert not caught.value.may_have_run
    assert "555000111" not in repr(caught.value)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("reply", [None, "reset"])
async def test_connection_lost_after_the_request_is_not_sent_again(method, reply):
    async with RawServer(lambda number, head: reply) as server, Link() as link:
        with pytest.raises(TransportError, match="lost") as caught:
            await link.get(server.url, method)
        assert caught.value.may_have_run
        assert len(server.heads) == server.connections == 1


async def test_kept_connection_that_breaks_is_not_sent_again():
    replies = [http(), None]
    async with RawServer(lambda number, head: replies[number - 1]) as server, Link() as link:
        await link.get(server.url)
        with pytest.raises(TransportError):
            await link.get(server.url)
        assert len(server.heads) == 2


async def test_half_a_body_is_an_error():
    half = http(body=b"x" * 100)[:-50]
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    for reply in (half, chunked):
        async with RawServer(lambda number, head, reply=reply: (reply,)) as server, Link() as link:
            with pytest.raises(TransportError, match="broke off"):
                await link.get(server.url)


async def test_slow_response_and_slow_body_end_with_the_attempt():
    for reply in (b"", http(body=b"x" * 100)[:-50]):
        async with RawServer(lambda number, head, reply=reply: reply) as server, Link() as link:
            with pytest.raises(DeadlineError, match=r"within 0\.02 s") as caught:
                await link.get(server.url, timeout=0.02)
            assert caught.value.may_have_run


async def test_cancelled_request_closes_its_connection():
    async with RawServer(lambda number, head: b"") as server, Link() as link:
        task = asyncio.create_task(link.get(server.url))
        while not server.heads:  # noqa: ASYNC110 - the server's loop is this one
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert asyncio.all_tasks() - {asyncio.current_task()} == {
            each for each in asyncio.all_tasks() if "_serve" in repr(each)
        }


async def test_redirect_is_a_response():
    moved = http("302 Found", b"", "Location: http://127.0.0.1:1/elsewhere")
    async with RawServer(lambda number, head: moved) as server, Link() as link:
        assert (await link.get(server.url)).status == 302
        assert len(server.heads) == 1


async def test_cookies_are_not_kept():
    reply = http("200 OK", b"{}", "Set-Cookie: session=1; Path=/")
    async with RawServer(lambda number, head: reply) as server, Link() as link:
        await link.get(server.url)
        await link.get(server.url)
        assert b"ookie" not in server.heads[1]


async def test_proxy_of_the_environment_is_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with RawServer(lambda number, head: http()) as server, Link() as link:
        assert (await link.get(server.url)).status == 200


def raw_deflate(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("x-gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", raw_deflate(b"hello")),
        ("deflate, gzip", gzip.compress(zlib.compress(b"hello"), mtime=0)),
        ("identity", b"hello"),
    ],
)
async def test_compressed_body_is_unpacked(encoding, packed):
    reply = http("200 OK", packed, f"Content-Encoding: {encoding}")
    async with RawServer(lambda number, head: reply) as server, Link() as link:
        assert (await link.get(server.url)).body == b"hello"


@pytest.mark.parametrize(
    ("encoding", "packed", "text"),
    [
        ("gzip", gzip.compress(b"\0" * 50_000_000, 9, mtime=0), "larger"),
        ("deflate", zlib.compress(b"\0" * 50_000_000, 9), "larger"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"\0" * 50_000_000, 9, mtime=0)), "larger"),
        ("gzip", gzip.compress(b"hello", mtime=0)[:-9], "cut short"),
        ("gzip", b"not gzip", "compressed"),
        ("br", b"x", "not asked for"),
    ],
)
async def test_bomb_and_broken_compression_are_refused(encoding, packed, text):
    reply = http("200 OK", packed, f"Content-Encoding: {encoding}")
    async with RawServer(lambda number, head: reply) as server, Link() as link:
        with pytest.raises(ResponseShapeError, match=text):
            await link.get(server.url)


async def test_head_may_state_any_length():
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    async with RawServer(lambda number, head: reply) as server, Link(most=100) as link:
        assert (await link.get(server.url, "HEAD")).body == b""


class Pieces(RawServer):
    """Writes the pieces of a reply one after the other; `after` is called behind each of them."""

    def __init__(self, pieces: list[bytes], after=lambda: None) -> None:
        super().__init__(lambda number, head: b"")
        self.pieces, self.after = pieces, after

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                for piece in self.pieces:
                    writer.write(piece)
                    self.after()
                    await asyncio.sleep(0.005)
        writer.close()


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
_STRAY = http(body=b"stray")


@pytest.mark.parametrize(
    "pieces",
    [
        [_HEAD + b"ok" + _STRAY],
        [_HEAD, b"ok" + _STRAY],
        [_HEAD, b"ok", _STRAY],
        [_HEAD[:9], _HEAD[9:] + b"o", b"k" + _STRAY],
        [http(body=b"x" * 200_000), _STRAY],
        [http(body=b"x" * 200_000) + _STRAY],
    ],
)
async def test_no_request_gets_a_response_that_was_sent_before_it(pieces):
    async with Pieces(pieces) as server, Link(most=1_000_000) as link:
        for number in (1, 2, 3):
            body = (await link.get(server.url)).body
            assert body in (b"ok", b"x" * 200_000)
            assert server.connections == number
            if pieces[-1] == _STRAY:
                await asyncio.sleep(0.02)


async def test_half_a_head_after_a_chunked_body_closes_the_idle_connection(way):
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    async with Pieces([chunked, b"HTTP/1.1 200 OK\r\nContent-Le"]) as server, Link() as link:
        for _ in range(2):
            assert (await link.get(server.url)).body == b"ok"
            await asyncio.sleep(0.02)
        # aiohttp's pool keeps it: its parser holds the half and is dropped with it.
        assert server.connections == (2 if link._exchanges else 1)


@pytest.mark.parametrize(
    "begun", [_HEAD[:9], _HEAD + b"o", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
)
async def test_response_that_begins_as_the_time_runs_out_is_not_waited_for(begun):
    async with Pieces([begun], lambda: time.sleep(0.06)) as server, Link() as link:
        with pytest.raises(DeadlineError):
            await asyncio.wait_for(link.get(server.url, timeout=0.05), 2.0)


async def test_body_beyond_the_cap_is_refused_before_it_is_read():
    huge = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
    endless = chunks + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 20
    for reply in (huge, endless):
        async with RawServer(lambda number, head, reply=reply: reply) as server, Link(most=10_000) as link:
            with pytest.raises(ResponseShapeError, match="max_response_bytes"):
                await link.get(server.url)


async def test_garbage_instead_of_http_is_an_error_of_the_tree():
    async with RawServer(lambda number, head: (b"SSH-2.0-OpenSSH\r\n\r\n",)) as server, Link() as link:
        with pytest.raises((ResponseShapeError, TransportError)):
            await link.get(server.url)


async def test_unknown_host_is_named_as_such(monkeypatch):
    async def fail(*args: object, **more: object):
        raise socket.gaierror(-2, "Name or service not known")

    async with Link() as link:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
        with pytest.raises(TransportError, match="resolved") as caught:
            await link.get("http://nowhere.invalid/")
    assert not caught.value.may_have_run


async def test_untrusted_certificate_is_refused_and_a_trusted_one_works():
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    async with RawServer(lambda number, head: http(), ssl=server_side) as server:
        async with Link() as link:
            with pytest.raises(TransportError, match="certificate") as caught:
                await link.get(server.url)
        assert not caught.value.may_have_run
        assert not server.heads
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        async with Link(network=Network(ssl=trusting)) as link:
            assert (await link.get(server.url)).status == 200
