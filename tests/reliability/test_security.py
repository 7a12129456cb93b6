"""Each line of docs/security.md, as a caller or an attacker would meet it. Socket level: test_transport.py;
secrets: test_auth.py; texts of errors and logs: test_leaks.py; next links: the fault matrix.
"""

from __future__ import annotations

import asyncio
import datetime
import gzip
import ssl
import tracemalloc

import pytest
import trustme

from tests.runtime_doubles import (
    GET,
    Client,
    FakeTime,
    FakeTransport,
    RawServer,
    client_of,
    http,
    operation,
    responds,
)
from trunkline import abzorb, idi
from trunkline._http.session import AiohttpTransport
from trunkline.auth import ApiKeyAuth, BasicAuth, BearerAuth, OAuth2ClientCredentials
from trunkline.config import RequestOptions, RetryPolicy, Timeouts
from trunkline.errors import (
    ArgumentError,
    ConfigError,
    ResponseShapeError,
    ServerError,
    StatusError,
    TransportError,
)
from trunkline.network import Network
from trunkline.operation import Param

SECRET = "planted-password"


# ---- https only


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.test",
        "HTTP://vendor.test",
        "http://localhost.evil.test",
        "http://127.0.0.1.evil.test",
        "http://127.0.0.1@evil.test",
        "http://[::2]",
        "http://10.0.0.1",
        "ftp://vendor.test",
        "//vendor.test",
    ],
)
def test_plain_http_is_refused_but_for_loopback(url: str):
    for make in (
        lambda: Client(base_url=url),
        lambda: idi.Client(environment="acme", user="u", password="p", base_url=url),
        lambda: abzorb.Client(base_url=url, auth=BasicAuth("u", "p")),
    ):
        with pytest.raises(ConfigError):
            make()


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"])
def test_plain_http_to_loopback_is_for_sandboxes(url: str):
    assert str(Client(base_url=url).base_url).startswith(url)


async def test_plain_http_token_url_is_refused_before_the_secret_is_sent():
    with pytest.raises(ConfigError, match="token_url must be https") as caught:
        OAuth2ClientCredentials("http://vendor.test/token", "id", SECRET)
    assert SECRET not in str(caught.value)


# ---- certificates


def server_side(authority: trustme.CA, name: str, **more: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **more).configure_cert(context)  # type: ignore[arg-type]
    return context


YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)


@pytest.mark.parametrize("way", [True, False], ids=["direct", "session"])
@pytest.mark.parametrize(
    ("trusted", "name", "more"),
    [
        (False, "127.0.0.1", {}),
        (True, "other.test", {}),
        (True, "127.0.0.1", {"not_after": YESTERDAY}),
    ],
    ids=["nobody vouches for it", "of another host", "expired"],
)
async def test_wrong_certificate_ends_before_anything_is_sent(trusted, name, more, way):
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    authority = trustme.CA()
    ours = ssl.create_default_context()
    if trusted:
        authority.configure_trust(ours)
    async with RawServer(lambda number, head: http(), ssl=server_side(authority, name, **more)) as server:
        transport = AiohttpTransport(
            timeouts=Timeouts(),
            max_response_bytes=1000,
            user_agent="t",
            network=Network(ssl=ours),
            direct=way,
        )
        client = Client(
            base_url=server.url,
            auth=BasicAuth("u", SECRET),
            transport=transport,
            time_source=FakeTime().time_source,
        )
        async with client:
            with pytest.raises(TransportError, match="certificate") as caught:
                await client.call(GET, path=(1,))
        await transport.aclose()
        assert not server.heads
        assert not caught.value.may_have_run


# ---- redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"])
async def test_no_redirect_is_followed_with_credentials(status: str):
    async with RawServer(lambda number, head: http()) as elsewhere:
        moved = http(status, b"", f"Location: {elsewhere.url}/stolen")
        async with RawServer(lambda number, head: moved) as server:
            async with Client(base_url=server.url, auth=BasicAuth("u", SECRET)) as client:
                with pytest.raises(StatusError, match="redirect"):
                    await client.call(GET, path=(1,))
            assert len(server.heads) == 1
        assert not elsewhere.connections


# ---- paths and headers


TEXT = operation(
    "device.find", "GET", "/api/device/{key}", path_params=(Param(wire="key", name="key", required=True),)
)
HEADED = operation("device.head", "GET", "/api/device", header_params=(Param(wire="X-Trace", name="trace"),))


@pytest.mark.parametrize("value", ["../admin", "..", ".", "", "a\r\nb", "\0"])
async def test_path_value_that_could_leave_its_place_is_refused(value: str):
    transport = FakeTransport(responds())
    async with client_of(transport) as client:
        with pytest.raises(ArgumentError):
            await client.call(TEXT, path=(value,))
    assert not transport.sent


@pytest.mark.parametrize("value", ["1?admin=1", "1#x", "1&x=2", "1;x", "%2e%2e", "%2F", "é", "a b", "@", ":"])
async def test_path_value_is_quoted_to_one_segment(value: str):
    async with (
        RawServer(lambda number, head: http(body=b"")) as server,
        Client(base_url=f"{server.url}/base") as client,
    ):
        await client.call(TEXT, path=(value,))
        line = server.heads[0].split(b"\r\n")[0].decode()
    method, target, version = line.split(" ")
    assert (method, version) == ("GET", "HTTP/1.1")
    assert target.startswith("/base/api/device/")
    tail = target.removeprefix("/base/api/device/")
    assert tail
    assert not set(tail) & set("/?#& ")


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\rb", "a\0b", "é"])
async def test_header_that_could_start_another_one_is_refused(value: str):
    transport = FakeTransport(responds())
    async with client_of(transport) as client:
        with pytest.raises(ArgumentError):
            await client.call(HEADED, headers=(value,))
        with pytest.raises(ArgumentError):
            await client.call(GET, path=(1,), options=RequestOptions(headers={"X-Mine": value}))
        with pytest.raises(ArgumentError):
            await client.call(GET, path=(1,), options=RequestOptions(headers={f"X-{value}": "1"}))
    assert not transport.sent
    with pytest.raises(ConfigError):
        Client(base_url="https://vendor.test", headers={"X-Mine": value})


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\0b"])
def test_credential_that_could_start_another_header_is_refused(value: str):
    for make in (
        lambda: BearerAuth(value),
        lambda: ApiKeyAuth("X-Key", value),
        lambda: ApiKeyAuth("X-Key", value, "header"),
    ):
        with pytest.raises(ConfigError) as caught:
            make()
        assert value not in str(caught.value)


# ---- bodies


async def test_gzip_bomb_through_a_client_costs_no_memory():
    bomb = gzip.compress(b"[" + b" " * 200_000_000, 9)
    reply = http("200 OK", bomb, "Content-Encoding: gzip")
    async with (
        RawServer(lambda number, head: reply) as server,
        Client(base_url=server.url, max_response_bytes=1_000_000) as client,
    ):
        tracemalloc.start()
        try:
            with pytest.raises(ResponseShapeError, match="max_response_bytes"):
                await client.call(GET, path=(1,))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8_000_000


async def test_error_body_is_capped_too():
    reply = http("500 Oh", b"x" * 50_000)
    async with (
        RawServer(lambda number, head: reply) as server,
        Client(base_url=server.url, max_response_bytes=10_000, retry=RetryPolicy(max_attempts=1)) as client,
    ):
        with pytest.raises(ServerError) as caught:
            await client.call(GET, path=(1,))
        assert caught.value.body is None


async def test_cookies_of_one_response_are_not_sent_with_the_next_request():
    reply = http("200 OK", b'{"deviceID": 1}', "Set-Cookie: session=stolen; Path=/")
    async with RawServer(lambda number, head: reply) as server, Client(base_url=server.url) as client:
        await client.call(GET, path=(1,))
        await client.call(GET, path=(2,))
        assert b"ookie:" not in server.heads[1]
