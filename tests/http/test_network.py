"""Proxy, certificates and local address against real servers, on both ways through aiohttp."""

# ruff: noqa: SIM117

from __future__ import annotations

import asyncio
import datetime
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from yarl import URL

from tests.http.proxy_double import ConnectProxy
from tests.runtime_doubles import GET, Client, RawServer, http
from trunkline import Network
from trunkline._http.failures import _alert, failure
from trunkline._http.session import AiohttpTransport
from trunkline._wire.messages import Request
from trunkline.config import RetryPolicy, Timeouts
from trunkline.errors import ConfigError, ResponseShapeError, TransportError

HOST = "vendor.internal.test"
ONCE = RetryPolicy(max_attempts=1)


@pytest.fixture(autouse=True, params=["direct", "session"])
def way(request, monkeypatch):
    monkeypatch.setattr("trunkline._http.session.supported", lambda: request.param == "direct")
    monkeypatch.setenv("NO_PROXY", "")
    for name in (
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "ALL_PROXY",
        "https_proxy",
        "http_proxy",
        "all_proxy",
        "no_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def quiet():
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path) -> str:
    path = tmp_path / "company.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_side(authority: trustme.CA, *names: str, **more) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or (HOST, "127.0.0.1")), **more).configure_cert(context)
    return context


def port_of(server: RawServer) -> int:
    return URL(server.url).port or 0


async def ask(base: str, network: Network | None, calls: int = 1) -> object:
    async with Client(base_url=base, network=network, retry=ONCE) as client:
        for _ in range(calls):
            found = await client.call(GET, path=(1,))
        return found


async def test_https_goes_through_a_connect_proxy_with_credentials(quiet, authority, ca_file):
    async with RawServer(lambda number, head: http(), ssl=server_side(authority)) as server:
        async with ConnectProxy({HOST: port_of(server)}, "me:p w") as proxy:
            network = Network(proxy=proxy.url, proxy_auth=("me", "p w"), ca_file=ca_file)
            await ask(f"https://{HOST}:8443", network, calls=3)
    assert len(proxy.heads) == 1, "the tunnel is kept for further requests"
    assert proxy.heads[0].startswith(f"CONNECT {HOST}:8443 HTTP/1.1\r\n")
    assert len(server.heads) == 3
    assert not any(b"Proxy-" in head for head in server.heads)


async def test_credentials_in_the_proxys_address_are_taken_out_of_it(quiet, authority, ca_file):
    async with RawServer(lambda number, head: http(), ssl=server_side(authority)) as server:
        async with ConnectProxy({HOST: port_of(server)}, "me:secret") as proxy:
            address = proxy.url.replace("http://", "http://me:secret@")
            network = Network(proxy=address, ca_file=ca_file)
            await ask(f"https://{HOST}", network)
    assert "secret" not in repr(network)


@pytest.mark.parametrize(
    ("credentials", "status", "text", "retryable"),
    [("me:pw", 200, "proxy_auth", False), (None, 403, "status 403", False), (None, 502, "status 502", True)],
)
async def test_proxy_that_refuses_is_named_and_nothing_ran(credentials, status, text, retryable):
    async with ConnectProxy({HOST: 1}, credentials, status) as proxy:
        with pytest.raises(TransportError, match=rf"proxy.*{text}") as caught:
            await ask(f"https://{HOST}", Network(proxy=proxy.url, proxy_auth=("me", "wrong")))
    assert not caught.value.may_have_run
    assert "wrong" not in str(caught.value)


async def test_proxy_that_is_not_there():
    with pytest.raises(TransportError, match=r"the proxy cannot be reached.*Network\(proxy="):
        await ask(f"https://{HOST}", Network(proxy="http://127.0.0.1:9"))


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_environments_proxy_counts_only_where_trusted(quiet, authority, ca_file, monkeypatch, variable):
    async with RawServer(lambda number, head: http(), ssl=server_side(authority)) as server:
        async with ConnectProxy({HOST: port_of(server)}, "u:p") as proxy:
            monkeypatch.setenv(variable, proxy.url.replace("http://", "http://u:p@"))
            monkeypatch.setenv("SSL_CERT_FILE", ca_file)
            await ask(f"https://{HOST}", Network(trust_env=True), calls=2)
            assert len(proxy.heads) == 1
            with pytest.raises(TransportError, match="resolved"):
                await ask(f"https://{HOST}", None)
            monkeypatch.setenv("NO_PROXY", f".other.test,{HOST}")
            with pytest.raises(TransportError, match="resolved"):
                await ask(f"https://{HOST}", Network(trust_env=True))
    assert len(proxy.heads) == 1


async def test_trusted_environment_is_read_once(authority, ca_file, monkeypatch):
    reads: list[int] = []
    import urllib.request

    original = urllib.request.getproxies_environment
    monkeypatch.setattr(urllib.request, "getproxies_environment", lambda: (reads.append(1), original())[1])
    async with RawServer(lambda number, head: http()) as server:
        await ask(server.url, Network(trust_env=True), calls=5)
    assert len(reads) == 1


async def test_http_through_a_proxy_asks_it_for_the_whole_address():
    async with RawServer(lambda number, head: http()) as proxy:
        await ask("http://localhost:1/root", Network(proxy=proxy.url, proxy_auth=("u", "p")))
    assert proxy.heads[0].startswith(b"GET http://localhost:1/root/api/device/1 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dTpw" in proxy.heads[0]


async def test_unknown_authority_wrong_name_and_expiry_are_told_apart(quiet, authority, ca_file):
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    for context, network, text in (
        (server_side(authority), None, r"Network\(ca_file="),
        (server_side(authority, "other.test"), Network(ca_file=ca_file), "another host name"),
        (server_side(authority, "127.0.0.1", not_after=past), Network(ca_file=ca_file), "expired"),
    ):
        async with RawServer(lambda number, head: http(), ssl=context) as server:
            with pytest.raises(TransportError, match=text) as caught:
                await ask(server.url, network)
        assert not caught.value.may_have_run
        assert not caught.value.retryable


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_mutual_tls(quiet, authority, ca_file, tmp_path, version):
    context = server_side(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    authority.configure_trust(context)
    good = written(authority.issue_cert("me@client.test"), tmp_path / "good.pem")
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    old = written(authority.issue_cert("me@client.test", not_after=past), tmp_path / "old.pem")
    async with RawServer(lambda number, head: http(), ssl=context) as server:
        await ask(server.url, Network(ca_file=ca_file, client_cert=good))
        with pytest.raises(TransportError, match=r"client_cert.*expired on 2020-01-01") as caught:
            await ask(server.url, Network(ca_file=ca_file, client_cert=old))
        assert not caught.value.retryable
        with pytest.raises(TransportError):
            await ask(server.url, Network(ca_file=ca_file))


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "wants a client certificate"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "it has expired"),
        ("TLSV1_ALERT_UNKNOWN_CA", "does not know its authority"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "refused the client certificate"),
    ],
)
def test_alert_of_the_server_says_what_is_wrong_with_our_certificate(reason, text):
    alert = ssl.SSLError(1, f"[SSL: {reason}] alert")
    alert.reason = reason
    found = failure(alert, None)
    assert text in str(found)
    assert "Network(client_cert=" in str(found)


def written(certificate: trustme.LeafCert, path: Path) -> str:
    certificate.private_key_and_cert_chain_pem.write_to_path(str(path))
    return str(path)


async def test_context_of_ones_own(quiet, authority):
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with RawServer(lambda number, head: http(), ssl=server_side(authority)) as server:
        await ask(server.url, Network(ssl=trusting))


async def test_connections_come_from_the_local_address():
    peers: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await ask(base, Network(local_address="127.0.0.7"))
    server.close()
    assert peers == ["127.0.0.7"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"proxy": "socks5://x:1"}, "Network.proxy"),
        ({"proxy": "proxy.test"}, "Network.proxy"),
        ({"proxy_auth": ("u", "p")}, "proxy_auth"),
        ({"proxy": "http://x:1", "proxy_auth": "u:p"}, "proxy_auth"),
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file"),
        ({"ca_file": 5}, "ca_file"),
        ({"client_cert": ("a", "b", "c")}, "client_cert"),
        ({"client_cert": __file__}, "client_cert"),
        ({"ca_file": __file__}, "ca_file"),
        ({"local_address": "localhost"}, "local_address"),
        ({"max_header_bytes": 10}, "max_header_bytes"),
    ],
)
async def test_wrong_setting_is_one_clear_error(arguments, name):
    with pytest.raises(ConfigError, match=name):
        Client(base_url="https://vendor.test", network=Network(**arguments))


LONG = {"one long": ["X-Long: " + "x" * 200_000], "many": [f"X-{n}: {'y' * 300}" for n in range(400)]}


@pytest.mark.parametrize("headers", LONG.values(), ids=LONG.keys())
async def test_large_headers_are_read_and_a_429_with_them_counts(headers):
    replies = [
        http("429 Slow", b"{}", "Retry-After: 0", *headers),
        http("200 OK", b'{"deviceID": 1}', *headers),
    ]
    async with RawServer(lambda number, head: replies[min(number, 2) - 1]) as server:
        async with Client(base_url=server.url) as client:
            assert (await client.call(GET, path=(1,))).device_id == 1
            assert client.stats.statuses == {429: 1, 200: 1}


async def test_headers_beyond_the_limit_name_the_setting():
    async with RawServer(lambda number, head: http("200 OK", b"{}", "X-Long: " + "x" * 9_000)) as server:
        with pytest.raises(ResponseShapeError, match="max_header_bytes"):
            await ask(server.url, Network(max_header_bytes=8_000))


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab", b"HTTP/1.1 200 OK\r\n\r\nab"]
)
@pytest.mark.parametrize("direct", [True, False])
async def test_closing_while_a_body_arrives_ends_the_call_at_once(head, direct):
    """Whichever way the request went, below aiohttp's session or through it."""
    async with RawServer(lambda number, request: head) as server:
        client = Client(base_url=server.url, timeouts=Timeouts(attempt=None), retry=ONCE)
        client._transport._direct = direct
        call = asyncio.create_task(client.call(GET, path=(1,)))
        while not client._transport._reading:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await client.aclose()
        with pytest.raises(TransportError):
            await asyncio.wait_for(call, 5)


async def test_traced_session_sees_every_request(monkeypatch):
    """Instrumentation such as OpenTelemetry's adds trace configurations to each new session."""
    import aiohttp

    seen: list[str] = []
    tracing = aiohttp.TraceConfig()

    async def started(session, context, params) -> None:
        seen.append(params.method)

    tracing.on_request_start.append(started)
    original = aiohttp.ClientSession.__init__

    def instrumented(self, *args, **more):
        original(self, *args, **more, trace_configs=[tracing])

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", instrumented)
    async with RawServer(lambda number, head: http()) as server:
        await ask(server.url, None)
    assert seen == ["GET"]


async def test_informational_responses_without_an_end():
    flood = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000
    transport = AiohttpTransport(timeouts=Timeouts(), max_response_bytes=1000)
    async with RawServer(lambda number, head: flood) as server:
        try:
            with pytest.raises((ResponseShapeError, TransportError)):
                await transport.send(Request("GET", URL(server.url), {}), {}, 2.0)
        finally:
            await transport.aclose()


@pytest.mark.parametrize(
    ("url", "proxy", "pair"),
    [
        ("http://me:p%40w@proxy:3128", "http://proxy:3128", ("me", "p@w")),
        ("http://me@proxy:3128/", "http://proxy:3128/", ("me", "")),
        ("http://proxy:3128", "http://proxy:3128", None),
        ("http://proxy/a@b", "http://proxy/a@b", None),
    ],
)
def test_credentials_in_the_url_of_a_proxy_are_kept_apart(url: str, proxy: str, pair: Any) -> None:
    """They stood in pickles and in `attrs.asdict` of the settings."""
    network = Network(proxy=url)
    assert network.proxy == proxy
    found = network.proxy_auth
    assert (found and (found[0], found[1].reveal())) == pair


def test_given_credentials_count_before_those_in_the_url() -> None:
    network = Network(proxy="http://other:pw@proxy:3128", proxy_auth=("me", "mine"))
    assert network.proxy == "http://proxy:3128"
    assert network.proxy_auth is not None
    assert network.proxy_auth[0] == "me"


def test_handshake_with_a_server_of_plain_http_ended_in_a_traceback() -> None:
    """aiohttp's error of it is an SSLError that has no `reason`."""
    key: Any = None
    error = aiohttp.ClientConnectorSSLError(key, ssl.SSLError(1, "WRONG_VERSION_NUMBER"))
    assert _alert(error) is None
