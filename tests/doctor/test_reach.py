"""The way to a host: each step that can fail says which one it was and what to do."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import trustme
from yarl import URL

from trunkline.doctor.findings import Check
from trunkline.doctor.reach import Way, walk

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PAIR = base64.b64encode(b"me:hunter2").decode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Own CA")


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        await reader.read()
    writer.close()


@contextlib.asynccontextmanager
async def served(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def serving(authority: trustme.CA, *names: str, ends: datetime.datetime | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, not_after=ends).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> Callable[[], ssl.SSLContext]:
    def make() -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    return make


def proxy(response: bytes, port: int, seen: list[str]) -> Handler:
    """A proxy that joins its client with a port of this machine, or responses otherwise."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(response)
        if b" 200 " not in response:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(4096):
                sink.write(data)
            sink.close()

        with contextlib.suppress(OSError):
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    return handle


def direct(port: int, authority: trustme.CA) -> Way:
    return Way(target=URL(f"https://localhost:{port}/"), proxy=None, context=trusting(authority))


def steps(found: list[Check]) -> dict[str, str]:
    return {check.name: check.status for check in found}


async def test_own_authority_is_trusted_where_it_is_named(authority: trustme.CA) -> None:
    async with served(silent, serving(authority, "localhost")) as port:
        target = URL(f"https://localhost:{port}/")
        good = await walk(Way(target=target, proxy=None, context=trusting(authority)))
        bad = await walk(Way(target=target, proxy=None, context=ssl.create_default_context))
    assert steps(good) == {"name": "ok", "connection": "ok", "tls": "ok"}
    assert "Own CA" in good[-1].text
    assert (bad[-1].name, bad[-1].status) == ("tls", "failed")
    assert "ca_file" in bad[-1].advice


async def test_certificate_of_another_name_or_time_is_told_apart(authority: trustme.CA) -> None:
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)
    async with served(silent, serving(authority, "other.example")) as port:
        found = await walk(
            Way(target=URL(f"https://localhost:{port}/"), proxy=None, context=trusting(authority))
        )
    assert "another host name" in found[-1].text
    async with served(silent, serving(authority, "localhost", ends=past)) as port:
        found = await walk(
            Way(target=URL(f"https://localhost:{port}/"), proxy=None, context=trusting(authority))
        )
    assert "has ended" in found[-1].text


async def test_certificate_that_ends_soon_is_a_warning(authority: trustme.CA) -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=5)
    async with served(silent, serving(authority, "localhost", ends=soon)) as port:
        found = await walk(
            Way(target=URL(f"https://localhost:{port}/"), proxy=None, context=trusting(authority))
        )
    assert found[-1].status == "warning"
    assert "(4 days)" in found[-1].text


async def test_refused_connection_and_unknown_name_say_what_to_check() -> None:
    async with served(silent) as port:
        pass
    way = Way(target=URL(f"https://127.0.0.1:{port}/"), proxy=None, context=ssl.create_default_context)
    found = await walk(way)
    assert (found[-1].text, found[-1].status) == (f"127.0.0.1:{port} refuses connections", "failed")
    assert "registered" in found[-1].advice
    found = await walk(Way(target=URL("https://no.such.invalid/"), proxy=None, context=way.context))
    assert found[-1].text == "no.such.invalid cannot be resolved"
    assert "base_url" in found[-1].advice


async def test_plain_text_where_tls_is_due_is_told() -> None:
    async def chatty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with served(chatty) as port:
        found = await walk(
            Way(target=URL(f"https://127.0.0.1:{port}/"), proxy=None, context=ssl.create_default_context)
        )
    assert "does not speak TLS" in found[-1].text


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants other credentials"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refuses a tunnel to localhost"),
        (b"", "gave no response to CONNECT"),
    ],
)
async def test_proxy_that_refuses_is_told(response: bytes, text: str) -> None:
    async with served(proxy(response, 0, [])) as port:
        found = await walk(
            Way(
                target=URL("https://localhost:8075/"),
                proxy=URL(f"http://127.0.0.1:{port}"),
                context=ssl.create_default_context,
            )
        )
    assert (found[-1].name, found[-1].status) == ("proxy", "failed")
    assert text in found[-1].text


async def test_tunnel_with_credentials_reaches_tls(authority: trustme.CA) -> None:
    seen: list[str] = []
    async with (
        served(silent, serving(authority, "localhost")) as target,
        served(proxy(b"HTTP/1.1 200 OK\r\n\r\n", target, seen)) as port,
    ):
        found = await walk(
            Way(
                target=URL(f"https://localhost:{target}/"),
                proxy=URL(f"http://127.0.0.1:{port}"),
                proxy_authorization=f"Basic {PAIR}",
                context=trusting(authority),
            )
        )
    assert steps(found) == {"name": "ok", "connection": "ok", "proxy": "ok", "tls": "ok"}
    assert f"Proxy-Authorization: Basic {PAIR}" in seen[0]
    assert not any("hunter2" in check.text for check in found)
