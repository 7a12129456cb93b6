"""Bytes out, bytes in, over aiohttp.

Costs less than `async with session.get(url) as r: await r.read()`, and is stricter: no redirect is followed,
no cookie is kept, no proxy is read from the environment unless asked for, nothing is resent without our
knowledge, no body grows beyond the cap, and no error text holds a URL.
"""

from __future__ import annotations

import functools
import weakref
from typing import Any, Final

import aiohttp
from aiohttp import ClientTimeout
from aiohttp.http_exceptions import HttpProcessingError

from trunkline._http.bodies import ENCODINGS, inflate, too_large
from trunkline._http.direct import Exchanges, LostError, TooLargeError, supported
from trunkline._http.failures import failure
from trunkline._http.routing import Proxies, tls_context
from trunkline._wire.messages import Request, Response
from trunkline.auth.secret import Headers, SecretHeaders
from trunkline.config import Timeouts
from trunkline.errors import ConfigError, ResponseShapeError
from trunkline.network import Network

# Seconds that an idle connection is kept, as by aiohttp's default. The longer one is kept, the more
# often a request is written to a connection that the server is just closing, and is lost.
_KEEP: Final = 15.0
_MOST_HEADERS: Final = 512
_UNPATCHED = aiohttp.ClientSession._request
"""Mocks, recorders and tracers (aioresponses, vcrpy …) replace this method; their users are served too."""


@functools.cache
def _keep_heap() -> None:
    """Let the bodies of large pages come and go without asking the system for memory each time.

    glibc gives the free top of its heap back as soon as it is larger than twice the largest block that was
    ever mapped by itself and freed (mallopt(3), M_MMAP_THRESHOLD). What a page of 500 rows takes lies around
    that, so most pages had their memory mapped anew: 50 page faults, a tenth of the time a page took
    (docs/performance.md). A block that is never touched raises the bound for good; elsewhere it does nothing.
    """
    bytes(8 * 1024 * 1024)


async def _no_resend(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Turn off aiohttp's own second attempt at GET, PUT and DELETE: attempts are counted in one place."""
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise LostError from None  # no aiohttp error: it would send again


class _Connector(aiohttp.TCPConnector):
    """aiohttp's pool without its connections on which something came that nobody asked for.

    A session would read it as the response to its next request.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._connected: weakref.WeakSet[Any] = weakref.WeakSet()

    async def connect(self, *args: Any, **more: Any) -> Any:
        while True:
            connection = await super().connect(*args, **more)
            protocol = connection.protocol
            if not protocol.should_close:  # type: ignore[union-attr]
                self._connected.add(protocol)
                return connection
            connection.close()

    def make_closable(self) -> None:
        """End the connections on which closing would fail, or wait until a server took all of its request."""
        for protocol in list(self._connected):
            transport = protocol.transport
            if transport is None:
                continue
            if transport.is_closing():
                # Where aiohttp closed it twice, Python 3.11 fails when it is asked for its TLS.
                protocol.close()
            elif transport.get_write_buffer_size():
                transport.abort()


class AiohttpTransport:
    """The default transport: one aiohttp connection pool, opened on first use.

    The connector's own limit is off: the client's slots bound the connections, and time spent waiting for one
    would count as the attempt's.

    Args:
        timeouts: of connecting; that of an attempt comes with each request.
        max_response_bytes: cap of one body, after decompression.
        user_agent: the User-Agent header.
        network: proxy, certificates, local address.
        direct: talk to the pool's connections (`_http/direct.py`), not through a session; None does so where
            that works. A session that is patched or traced is always gone through, so that instrumentation
            (OpenTelemetry, mocks, recorders) sees every request.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts,
        max_response_bytes: int,
        user_agent: str = "trunkline",
        network: Network | None = None,
        direct: bool | None = None,
    ) -> None:
        self._connect = timeouts.connect
        self._most = max_response_bytes
        self._fixed = SecretHeaders({"User-Agent": user_agent, "Accept-Encoding": ENCODINGS})
        self._network = network or Network()
        self._ssl = tls_context(self._network)
        pair = self._network.client_cert
        self._certificate = pair[0] if isinstance(pair, tuple) else pair
        self._merged: tuple[SecretHeaders, object, SecretHeaders] = (self._fixed, None, self._fixed)
        self._proxies = Proxies(self._network)
        self._proxied = bool(self._proxies)
        self._direct = supported() if direct is None else direct
        self._session: aiohttp.ClientSession | None = None
        self._exchanges: Exchanges | None = None
        self._timeouts: dict[float | None, ClientTimeout] = {}
        self._reading: set[Any] = set()
        self._closed = False

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ConfigError("the client was closed before this request went out")
        _keep_heap()
        local = self._network.local_address
        connector = _Connector(
            # The concurrency slots are the limit; a wait in the pool would count as the attempt's time.
            limit=0,
            ssl=self._ssl,
            keepalive_timeout=_KEEP,
            local_addr=None if local is None else (local, 0),
        )
        bytes_ = self._network.max_header_bytes
        limits: dict[str, Any] = {"max_line_size": bytes_, "max_field_size": bytes_}
        if "_max_headers" in aiohttp.ClientSession.ATTRS:  # from 3.14 on
            limits["max_headers"] = _MOST_HEADERS
        self._session = aiohttp.ClientSession(
            connector=connector,
            # A cookie of one call must not change another: a client is shared by many tasks.
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,  # it would read the environment in a thread for every request
            middlewares=(_no_resend,),
            **limits,
        )
        # Instrumentation that wraps ClientSession's constructor adds itself here.
        if self._direct and not self._session.trace_configs:
            self._exchanges = Exchanges(connector, self._most, self._proxies, self._reading, limits, _KEEP)
        return self._session

    def _timeout(self, seconds: float | None) -> ClientTimeout:
        if len(self._timeouts) > 64:  # callers with a different time for each call
            self._timeouts.clear()
        times = [each for each in (seconds, self._connect) if each is not None]
        timeout = ClientTimeout(total=seconds, connect=min(times, default=None), ceil_threshold=60.0)
        return self._timeouts.setdefault(seconds, timeout)

    async def send(self, request: Request, headers: Headers, timeout: float | None) -> Response:
        """Send once; see `Transport.send`."""
        session = self._session or self._open()
        times = self._timeouts.get(timeout) or self._timeout(timeout)
        # Calls of one operation between two logins have the same headers: they are put together once.
        own, used, out = self._merged
        if used is not headers or not own.equal(request.headers):
            out = self._merge(request.headers, headers)
        lost: Exception
        try:
            if self._by_session_only(request):
                response = await self._by_session(session, request, out, times)
            else:
                response = Response(
                    *await self._exchanges.run(request.method, request.url, out, request.body, times)  # type: ignore[union-attr]
                )
        except TooLargeError:
            lost = too_large(self._most)
        except (aiohttp.ClientError, HttpProcessingError, LostError, OSError) as error:  # or a TimeoutError
            lost = failure(error, timeout, self._certificate)
        else:
            encoding = response.headers.get("Content-Encoding")
            if encoding is not None and response.body:
                response.body = self._unpacked(response, encoding)
            return response
        # Raised here and not above: as its context, aiohttp's error would hold the request's headers.
        raise lost

    def _merge(self, own: dict[str, str], credentials: Headers) -> SecretHeaders:
        """All headers of a request, each name once."""
        out = self._fixed.merged(own, credentials)
        if len({*map(str.lower, out)}) < len(out):
            out = _each_once(out)
        if "Cookie" in own and "Cookie" in dict(**credentials):
            out = out.merged({"Cookie": f"{own['Cookie']}; {credentials['Cookie']}"})
        if type(credentials) is SecretHeaders:  # anything else may change in place
            self._merged = (SecretHeaders(own), credentials, out)
        return out

    def _by_session_only(self, request: Request) -> bool:
        if self._exchanges is None or aiohttp.ClientSession._request is not _UNPATCHED:
            return True
        # http through a proxy has a request line and headers of its own, which the session knows.
        return self._proxied and request.url.scheme == "http"

    async def _by_session(
        self, session: aiohttp.ClientSession, request: Request, headers: SecretHeaders, timeout: ClientTimeout
    ) -> Response:
        proxy = self._proxies.of(request.url) if self._proxied else None
        if proxy is not None and request.url.scheme == "http" and "Proxy-Authorization" in proxy.headers:
            # Without a tunnel the proxy reads the request itself (RFC 9112, section 3.2.2).
            headers = headers.merged({"Proxy-Authorization": proxy.headers["Proxy-Authorization"]})
        response = await session.request(
            request.method,
            request.url,
            data=request.body,
            headers=dict(**headers),
            allow_redirects=False,
            timeout=timeout,
            proxy=None if proxy is None else proxy.url,
            proxy_headers=None if proxy is None else proxy.headers,
        )
        self._reading.add(response.content)
        try:
            body = await self._read(response)
        except Exception:
            if response.status < 300:
                raise
            body = b""  # a refusal stays one, whatever becomes of its text
        finally:
            self._reading.discard(response.content)
            response.close()  # releases nothing that was read to its end; closes everything else
        return Response(response.status, response.headers, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if response.method == "HEAD":
            return b""  # whatever length it states
        length = response.content_length
        if length is None:
            chunks = bytearray()
            async for chunk in response.content.iter_any():
                chunks += chunk
                if len(chunks) > self._most:
                    raise TooLargeError
            return bytes(chunks)
        if length > self._most:
            raise TooLargeError
        return await response.read()

    def _unpacked(self, response: Response, encoding: str) -> bytes:
        try:
            return inflate(response.body, encoding, self._most)
        except ResponseShapeError as error:
            if response.status < 300:
                error.keep_headers(response.headers)
                raise
            return b""  # a refusal stays one, whatever becomes of its text

    async def aclose(self) -> None:
        """Close every connection and end what is still being read; closing twice is fine."""
        self._closed = True
        session, self._session = self._session, None
        exchanges, self._exchanges = self._exchanges, None
        if exchanges is not None:
            exchanges.give_back()
        # aiohttp forgets a body that is being read when it closes its connection: its reader would wait on.
        for content in list(self._reading):
            content.set_exception(LostError())
        if session is not None:
            if isinstance(session.connector, _Connector):
                session.connector.make_closable()
            await session.close()


def _each_once(headers: SecretHeaders) -> SecretHeaders:
    """Headers whose names differ in case only, as one: the later, which is closer to the call."""
    last = {name.lower(): (name, value) for name, value in headers.items()}
    return SecretHeaders(last.values())


__all__ = ["AiohttpTransport"]
