"""Heads that are read without aiohttp: every one of them as aiohttp reads it, and no other."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.client_proto import ResponseHandler
from hypothesis import example, given
from hypothesis import strategies as st

from trunkline._http.usual_head import usual_head

_NAMES = ["Content-Length", "content-length", "Connection", "Proxy-Connection", "Transfer-Encoding"]
_NAMES += ["Upgrade", "Date", "X-Id"]
_NAME = st.sampled_from([*_NAMES, "x-id", "X Y", "X-Id ", "", "Ä", "X-(a)"])
_VALUES = ["0", "2", "2 ", "\t2", "02", "+2", "2, 2", "2;", "", "chunked", "close", "Keep-Alive", "gzip"]
_VALUE = st.sampled_from(_VALUES) | st.text(st.sampled_from('ab :\t,;=\x00\x7f\x80é\r\n"'), max_size=6)
_START = st.just("HTTP/1.1 200 OK") | st.sampled_from(
    [f"HTTP/1.1 {rest}" for rest in ("200 OK", "200 ", "200", "404 Not Found", "204 No", "304 Not", "101 Up")]
    + ["HTTP/1.0 200 OK", "HTTP/1.1 600 ?", "http/1.1 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 200 é"]
)
_END = st.just("\r\n") | st.sampled_from(["\n", "\r"])


@st.composite
def heads(draw) -> bytes:
    fields = [("Content-Length", "2")] * draw(st.integers(0, 1)) + draw(
        st.lists(st.tuples(_NAME, _VALUE), max_size=2)
    )
    text = draw(_START) + "\r\n"
    for name, value in draw(st.permutations(fields)):
        text += f"{name}:{draw(st.sampled_from(['', ' ', '  ', chr(9)]))}{value}{draw(_END)}"
    return (text + "\r\n").encode("latin-1", "replace")


def pairs(headers) -> list[tuple[str, str]]:
    # Blanks after a value are no part of it (RFC 9112, section 5.1), but aiohttp 3.12 keeps them.
    return [(name.lower(), value.rstrip(" \t")) for name, value in headers.items()]


def by_aiohttp(data: bytes):
    """Status, header pairs and body; None where aiohttp refuses, waits or closes."""
    loop = asyncio.new_event_loop()
    try:
        handler = ResponseHandler(loop)
        handler.set_response_params(read_until_eof=True, auto_decompress=False)
        handler.data_received(data)
        if handler.exception() is not None or len(handler) != 1:
            return None
        message, payload = loop.run_until_complete(handler.read())
        if message.should_close or message.upgrade or not payload.is_eof():
            return None
        return message.code, pairs(message.headers), payload.read_nowait()
    finally:
        loop.close()


@given(heads())
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
@example(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: \t a  b \t\r\nx-id:\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded\r\n\r\n")
@example("HTTP/1.1 200 OK\r\nContent-Length: \u00b2\r\n\r\n".encode("latin-1"))
def test_a_usual_head_means_what_aiohttp_reads(head):
    found = usual_head(head + b"{}", 8190)
    if found is not None:
        assert head[found.end :] == b""
        body = b"{}"[: found.size]
        assert by_aiohttp(head + body) == (found.status, pairs(found.headers), body)


@pytest.mark.parametrize(
    ("head", "status", "size"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", 200, 2),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length:17 \r\nConnection: Keep-Alive\r\n\r\n", 404, 17),
        (b"HTTP/1.1 503 \r\nContent-Length: 0\r\nRetry-After: 5\r\n\r\n", 503, 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n", 200, 2),
    ],
)
def test_what_servers_send_every_day_is_usual(head, status, size):
    found = usual_head(head + b"body", 8190)
    assert found is not None
    assert (found.status, found.size, found.end) == (status, size, len(head))
    assert found.headers["CONTENT-LENGTH"] == str(size)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, Upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nProxy-Connection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\nY: b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: \xc3\xa9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + b"X: a\r\n" * 100 + b"\r\n",
    ],
)  # fmt: skip
def test_every_other_head_is_left_to_aiohttp(head):
    assert usual_head(head + b"{}", 8190) is None


def test_a_long_line_is_not_remembered():
    from trunkline._http import usual_head as module

    before = module._field.cache_info().currsize
    secret = b"Set-Cookie: session=" + b"s" * 80
    assert usual_head(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + secret + b"\r\n\r\n", 8190) is not None
    assert module._field.cache_info().currsize <= before + 1
