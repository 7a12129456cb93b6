"""Responses that break HTTP or their own headers: the status counts, nothing leaks, nothing hangs."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.runtime_doubles import (
    CREATE,
    GET,
    PUT,
    Client,
    FakeTime,
    FakeTransport,
    RawServer,
    client_of,
    http,
    operation,
    responds,
    taken,
)
from trunkline._calls.breaker import CircuitBreaker
from trunkline.auth import BasicAuth
from trunkline.config import RetryPolicy, Timeouts
from trunkline.errors import (
    AuthError,
    NotFoundError,
    RateLimitedError,
    ResponseShapeError,
    StatusError,
    TrunklineError,
    UnavailableError,
)
from trunkline.operation import ResponseSpec

WAYS = pytest.mark.parametrize("direct", [True, False], ids=["direct", "session"])
CHUNKED = b"HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n"
UNREADABLE = {
    "label that nobody asked for": lambda status: http(status, b"\x0b\x07", "Content-Encoding: br"),
    "not what its label says": lambda status: http(status, b"busy", "Content-Encoding: gzip"),
    "bomb": lambda status: http(status, gzip.compress(b"0" * 9_000_000), "Content-Encoding: gzip"),
    "too large": lambda status: http(status, b"x" * 90_000),
    "too large, of unknown length": lambda status: CHUNKED % status.encode() + b"15f90\r\n" + b"x" * 90_000,
    "broken off": lambda status: (http(status, b"x" * 50)[:-20],),
    "never complete": lambda status: http(status, b"x" * 50)[:-20],
}


SECRET, NUMBER = "hunter2", 7700900123


@contextlib.asynccontextmanager
async def meeting(reply: Callable[[int, bytes], Any], direct: bool, **settings: Any) -> AsyncIterator[Any]:
    """A server that responds so, and a client of it."""
    settings = {"retry": RetryPolicy(max_attempts=2), "timeouts": Timeouts(attempt=10), **settings}
    async with (
        RawServer(reply) as server,
        Client(
            base_url=server.url, max_response_bytes=50_000, time_source=FakeTime().time_source, **settings
        ) as client,
    ):
        client._transport._direct = direct
        yield server, client
        assert not taken(client)


@WAYS
@pytest.mark.parametrize("name", UNREADABLE)
async def test_refusal_with_an_unreadable_body_lost_its_status(name, direct):
    """A 429 whose text cannot be read is a refusal before any work, and waited out, all the same."""
    bad = UNREADABLE[name]
    times = {"timeouts": Timeouts(attempt=0.3 if name == "never complete" else 10)}

    def slow_down(number: int, head: bytes) -> Any:
        return bad("429 Slow") if number == 1 else http()

    async with meeting(slow_down, direct, **times) as (_, client):
        assert (await client.call(CREATE, body={})).device_id == 1
        assert client.stats.statuses == {429: 1, 200: 1}
    for status, kind in (("503 Busy", UnavailableError), ("404 Gone", NotFoundError), ("401 No", AuthError)):
        reply = bad(status)
        async with meeting(lambda number, head, reply=reply: reply, direct, **times) as (_, client):
            with pytest.raises(kind):
                await client.call(GET, path=(1,))


@WAYS
@pytest.mark.parametrize(
    "reply",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 hunter2 7700900123\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n7700900123 hunter2\r\n\r\n",
        (http()[:-3],),
    ],
)
async def test_broken_response_brought_the_requests_headers_along_in_the_errors_context(reply, direct):
    """aiohttp's error shows URL and headers in its repr; it must not hang on ours, suppressed or not."""
    settings = {"auth": BasicAuth("user", SECRET), "headers": {"X-Key": SECRET}}
    async with meeting(lambda number, head: reply, direct, **settings) as (_, client):
        with pytest.raises(TrunklineError) as caught:
            await client.call(GET, path=(NUMBER,))
    shown = "".join(traceback.format_exception(caught.value))
    error: BaseException | None = caught.value
    while error is not None:
        shown += f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
    for secret in (SECRET, base64.b64encode(f"user:{SECRET}".encode()).decode(), str(NUMBER)):
        assert secret not in shown


@pytest.mark.parametrize("status", ["101 Switching Protocols", "000 Nothing"])
@WAYS
async def test_status_below_200_was_taken_for_success(status, direct):
    async with meeting(lambda number, head: http(status, b""), direct) as (_, client):
        with pytest.raises(StatusError) as caught:
            await client.call(PUT, path=(1,))
        assert caught.value.may_have_run


async def test_304_was_called_a_redirect():
    async with client_of(FakeTransport(responds(304, b""))) as client:
        with pytest.raises(StatusError) as caught:
            await client.call(GET, path=(1,))
        assert "redirect" not in str(caught.value)


@WAYS
async def test_every_attempt_is_a_response_or_lost(direct):
    """Attempts that end in no readable response, or are cancelled, were in no counter."""
    packed = http("200 OK", b"xx", "Content-Encoding: gzip")
    replies = [packed, b"nonsense\r\n\r\n", http("503 B"), "reset", b""]
    once = RetryPolicy(max_attempts=1)
    fifth = asyncio.Event()

    def reply(number: int, head: bytes) -> Any:
        if number == 5:
            fifth.set()
        return replies[number - 1]

    async with meeting(reply, direct, retry=once) as (_, client):
        for _ in range(4):
            with pytest.raises(TrunklineError):
                await client.call(GET, path=(1,))
        waiting = asyncio.create_task(client.call(GET, path=(1,)))
        await fifth.wait()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert client.stats.attempts == 5
        assert client.stats.statuses == {503: 1}
        assert client.stats.lost == 4


MAYBE = operation("device.maybe", "GET", "/api/device", response="Device | None", idempotency="safe")
LIST = operation("device.list", "GET", "/api/device", response="list[Device]", idempotency="safe")
EMPTY = operation(
    "device.empty", "GET", "/api/device", response="Device", idempotency="safe",
    responses=(ResponseSpec(status="200", type="Device"), ResponseSpec(status="204")),
)  # fmt: skip


async def test_null_was_returned_as_a_model():
    async with client_of(FakeTransport(responds(200, b"null"))) as client:
        with pytest.raises(ResponseShapeError, match=r"api\.device\.get: the \w+ is null") as caught:
            await client.call(GET, path=(1,))
        assert caught.value.operation == "api.device.get"
        assert await client.call(MAYBE) is None
        assert await client.call(EMPTY) is None
        assert await client.call(LIST) == []


@pytest.mark.parametrize("body", [b"{", b"<a/>", b"[1]", b"\xff"])
async def test_shape_errors_name_the_operation_like_all_others(body):
    async with client_of(FakeTransport(responds(200, body))) as client:
        with pytest.raises(ResponseShapeError, match=r"^api\.device\.get: ") as caught:
            await client.call(GET, path=(1,))
        assert caught.value.operation == "api.device.get"


async def test_breaker_never_closed_again_after_its_sleeper_gave_up():
    """One of two waiting calls sleeps; meanwhile the vendor asks for longer than that call may wait."""
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.time_source.sleep)
    breaker.trip(10, 429)

    def refuse_long_wait() -> None:
        if breaker.remaining > 50:
            raise RateLimitedError("too long for me")

    hasty = asyncio.create_task(breaker.wait(refuse_long_wait))
    await asyncio.sleep(0)
    patient = asyncio.create_task(breaker.wait())
    await asyncio.sleep(0)
    breaker.trip(100, 429)
    with pytest.raises(RateLimitedError):
        await hasty
    async with asyncio.timeout(5):
        assert await patient
    assert time.now >= 100
