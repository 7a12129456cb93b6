"""Targets of the fuzzer for what arrives: compressed bodies, and the head of a response."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any, Final

from attrs import frozen
from hypothesis import strategies as st

from tests.runtime_doubles import GET, Client, RawServer
from trunkline._http.bodies import inflate
from trunkline.config import RetryPolicy, Timeouts
from trunkline.errors import TrunklineError

_MOST: Final = 50_000
"""Bytes that a body may have."""


@frozen
class Packed:
    """A body as it arrives. plain: what it holds; None where it was damaged."""

    body: bytes
    encoding: str
    plain: bytes | None


def _raw(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush()


def _members(data: bytes) -> bytes:
    return gzip.compress(data[:7]) + gzip.compress(b"") * 5 + gzip.compress(data[7:])


_LAYERS: Final = {
    "gzip": [gzip.compress, _members],
    "x-gzip": [gzip.compress],
    "deflate": [zlib.compress, _raw],
    "identity": [bytes],
}


@st.composite
def packed(draw: st.DrawFn) -> Packed:
    """Bytes under up to four layers of compression, a fifth of them damaged, some of them bombs."""
    plain = draw(st.binary(max_size=200)) * draw(st.sampled_from([1, 1, 1, 20, 300_000]))
    names = draw(st.lists(st.sampled_from(sorted(_LAYERS)), max_size=4))
    body = plain
    for name in names:
        body = draw(st.sampled_from(_LAYERS[name]))(body)
    if draw(st.integers(0, 4)):
        return Packed(body, ", ".join(names), plain)
    place = draw(st.integers(0, max(len(body) - 1, 0)))
    return Packed(body[:place] + draw(st.binary(max_size=4)) + body[place + 1 :], ", ".join(names), None)


def check_packed(given: Packed) -> None:
    """No more than the cap comes out; what comes out of a sound body is what went in."""
    try:
        found = inflate(given.body, given.encoding, _MOST)
    except TrunklineError:
        layers = given.encoding.count(",") + 1
        assert given.plain is None or layers > 3 or len(given.plain) > _MOST
        return
    # Without a layer the cap is the transport's, which counts what arrives.
    assert len(found) <= max(_MOST, len(given.body))
    if given.plain is not None:
        assert found == given.plain


_NAME = st.sampled_from(
    ["Content-Type", "Content-Length", "Transfer-Encoding", "Retry-After", "Set-Cookie", "X"]
)
_STATUS = st.sampled_from(["200 OK", "204 None", "429 Slow", "503 Busy", "100 Go on", "999", "x", ""])
_VALUE = st.text(st.characters(max_codepoint=255), max_size=30) | st.sampled_from(
    ["application/json", "4", "99999999999999999999", "-1", "chunked", "gzip", "a" * 9000, "4, 4", "\t"]
)


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """A response whose head is odd: its status, its headers, how many of them, or where it stops."""
    lines = [f"{name}: {value}" for name, value in draw(st.lists(st.tuples(_NAME, _VALUE), max_size=8))]
    lines *= draw(st.sampled_from([1, 1, 1, 3000]))
    head = "\r\n".join([f"HTTP/1.1 {draw(_STATUS)}", *lines, "", ""]).encode("latin-1")
    return head[: draw(st.integers(0, len(head)))] if draw(st.booleans()) else head + b"null"


async def _meet(head: bytes) -> list[str]:
    texts = []
    settings: dict[str, Any] = {"retry": RetryPolicy(max_attempts=1), "timeouts": Timeouts(attempt=5)}
    async with RawServer(lambda number, asked: (head,)) as server:
        for direct in (True, False):
            async with Client(base_url=server.url, max_response_bytes=_MOST, **settings) as client:
                client._transport._direct = direct
                try:
                    await client.call(GET, path=(1,))
                except TrunklineError as error:
                    texts.append(str(error))
    return texts


def check_head(head: bytes) -> None:
    """A call ends, and with nothing but a result or one short error of the tree."""
    assert all(len(text) < 2000 for text in asyncio.run(asyncio.wait_for(_meet(head), 20)))


__all__ = ["check_head", "check_packed", "heads", "packed"]
