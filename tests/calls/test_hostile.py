"""Responses that would stop a client, and errors of requests that may have run."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime_doubles import (
    CREATE,
    GET,
    PUT,
    SEARCH,
    Device,
    FakeTime,
    FakeTransport,
    client_of,
    responds,
)
from trunkline.config import Limits, RequestOptions, RetryPolicy
from trunkline.errors import (
    BadRequestError,
    NotFoundError,
    RateLimitedError,
    ResponseShapeError,
    ServerError,
    TransportError,
)

ONCE = RetryPolicy(max_attempts=1)


async def test_one_absurd_retry_after_shut_the_client_for_a_day():
    time = FakeTime()
    transport = FakeTransport(responds(429, Retry_After="100000"), responds())
    async with client_of(transport, time) as client:
        with pytest.raises(RateLimitedError) as caught:
            await client.call(GET, path=(1,))
        assert (caught.value.retry_after, time.now) == (100_000, 0)
        with pytest.raises(RateLimitedError, match="asked to wait 900 s"):
            await client.call(GET, path=(1,))
        time.now = 901.0
        assert (await client.call(GET, path=(1,))).device_id == 1
    async with client_of(
        FakeTransport(responds(429, Retry_After="100000"), responds()), FakeTime()
    ) as client:
        with pytest.raises(RateLimitedError):
            await client.call(GET, path=(1,))
        client.reset()
        assert (await client.call(GET, path=(1,))).device_id == 1


async def test_cap_of_the_breaker_is_a_setting():
    time = FakeTime()
    transport = FakeTransport(responds(429, Retry_After="100000"), responds())
    async with client_of(transport, time, limits=Limits(breaker_cap=5)) as client:
        with pytest.raises(RateLimitedError):
            await client.call(GET, path=(1,))
        await client.call(GET, path=(1,))
    assert time.now == 5


@pytest.mark.parametrize(
    "step",
    [
        responds(503),
        responds(500),
        TransportError("lost", may_have_run=True),
        responds(200, b"<html>", Content_Type="text/html"),
    ],
    ids=["503", "500", "lost", "unreadable"],
)
async def test_write_that_may_have_run_says_so_and_is_not_retryable(step):
    async with client_of(FakeTransport(step), retry=ONCE) as client:
        with pytest.raises((ServerError, TransportError, ResponseShapeError, Exception)) as caught:
            await client.call(CREATE, body=Device())
        assert "it may have been carried out: check before you repeat it" in str(caught.value)
        assert caught.value.may_have_run
        assert not caught.value.retryable
        for repeatable in (
            client.call(PUT, path=(1,)),
            client.call(CREATE, body=Device(), options=RequestOptions(idempotent=True)),
        ):
            with pytest.raises(Exception, match=r"^(?!.*carried out)"):
                await repeatable


async def test_write_that_surely_did_not_run_stays_retryable():
    for step in (TransportError("refused"), responds(429)):
        async with client_of(FakeTransport(step), retry=ONCE) as client:
            with pytest.raises((TransportError, RateLimitedError)) as caught:
                await client.call(CREATE, body=Device())
            assert caught.value.retryable
            assert "carried out" not in str(caught.value)


async def test_plain_text_error_shows_its_text_masked_and_cut():
    text = b"line 1: number +44 7700 900123 is bad\n\x1b[31m" + b"x" * 10_000
    transport = FakeTransport(responds(400, text, Content_Type="text/plain"))
    async with client_of(transport) as client:
        with pytest.raises(BadRequestError, match="number") as caught:
            await client.call(GET, path=(1,))
    shown = str(caught.value)
    assert "900123" not in shown
    assert "\x1b" not in shown
    assert "\\x1b" in shown
    assert len(shown) < 400


async def test_errors_nested_and_repeated_without_end_are_cut():
    nested: object = "deep"
    for _ in range(200):
        nested = {"errors": [nested] * 2}
    wide = {"errors": {f"f{n}": ["m" * 1000] * 60 for n in range(60)}, "message": "m" * 10_000_000}
    for body in (wide, {"errors": [[["x"] * 60] * 60] * 60}):
        async with client_of(FakeTransport(responds(400, body))) as client:
            with pytest.raises(BadRequestError) as caught:
                await asyncio.wait_for(client.call(GET, path=(1,)), 10)
        assert len(caught.value.messages) <= 50
        assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize("charset", ["punycode", "idna", "hex", "zip", "unicode_escape", "nope", "x" * 5000])
async def test_slow_or_odd_charsets_are_read_as_utf_8(charset):
    body = responds(404, ("ü" * 50_000).encode(), Content_Type=f"text/plain; charset={charset}")
    async with client_of(FakeTransport(body)) as client:
        with pytest.raises(NotFoundError) as caught:
            await asyncio.wait_for(client.call(GET, path=(1,)), 5)
    assert caught.value.body.startswith("üü")


async def test_a_million_rows_that_are_none_held_up_the_loop_for_minutes():
    """A few odd rows cost themselves; a page of nothing else is of another shape."""
    few = b'{"value": [' + b"5, " * 400 + b'{"deviceID": 1}]}'
    many = b'{"value": [' + b"5, " * 1_000_000 + b"5]}"
    async with client_of(FakeTransport(responds(200, few), responds(200, many)), drift=True) as client:
        page = await client.paginate(SEARCH)
        assert [row.device_id for row in page][-1] == 1
        with pytest.raises(ResponseShapeError, match="rows that are no objects"):
            await asyncio.wait_for(client.paginate(SEARCH).all(), 60)


@pytest.mark.parametrize(
    "whole", [b"[" + b"{}," * 700_000 + b"{}]", b'{"error": {"a": "' + b"x" * 2_000_000 + b'"}}']
)
async def test_error_body_of_megabytes_is_not_read_as_json(whole):
    """Nobody's error is that long; its beginning is kept as text."""
    async with client_of(FakeTransport(responds(500, whole)), retry=ONCE) as client:
        with pytest.raises(ServerError) as caught:
            await client.call(GET, path=(1,))
    assert caught.value.body == whole[:1000].decode()
    assert len(str(caught.value)) < 1000


async def test_report_of_an_object_with_endless_unknown_names_is_short():
    body = {f"k{number}": 1 for number in range(100_000)}
    async with client_of(FakeTransport(responds(200, body)), drift=True) as client:
        device = await client.call(GET, path=(1,))
        assert len(device.extra) == 100_000
        assert len(client.drift.report()["device.get"]["differences"]) <= 25
