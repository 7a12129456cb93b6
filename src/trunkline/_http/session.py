"""Bytes out, bytes in: with `_exchange`, all that knows aiohttp.

Costs less than `async with session.get(url) as r: await r.read()`, and is stricter: no redirect is followed,
no cookie is kept, no proxy is read from the environment, nothing is resent behind our back, no body grows
beyond the cap, and no error text holds a URL.
"""

from __future__ import annotations

import asyncio
import functools
import zlib
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import ClientTimeout
from aiohttp.http_exceptions import HttpProcessingError

from trunkline._http.direct import Exchanges, LostError, TooLargeError, supported
from trunkline._wire.messages import Request, Response
from trunkline.auth.secret import SecretHeaders
from trunkline.config import Timeouts
from trunkline.errors import ConfigError, DeadlineError, ResponseShapeError, TransportError

_KEEP = 15.0
_UNPATCHED = aiohttp.ClientSession._request
"""Mocks, recorders and tracers (aioresponses, vcrpy …) replace this method; their users are served too."""

_ENCODINGS = "gzip, deflate"  # what `_inflate` can cap; others are not asked for


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


class AiohttpTransport:
    """The default transport: one aiohttp connection pool, opened on first use.

    The connector's own limit is off: the client's slots bound the connections, and time spent waiting for one
    would count as the attempt's.

    direct: talk to the pool's connections (`_exchange`), not through a session; None where that works.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts,
        max_response_bytes: int,
        user_agent: str,
        ssl: Any = True,
        direct: bool | None = None,
    ) -> None:
        self._connect = timeouts.connect
        self._most = max_response_bytes
        self._fixed = {"User-Agent": user_agent, "Accept-Encoding": _ENCODINGS}
        self._ssl = ssl
        self._direct = supported() if direct is None else direct
        self._session: aiohttp.ClientSession | None = None
        self._exchanges: Exchanges | None = None
        self._timeouts: dict[float | None, ClientTimeout] = {}
        self._closed = False

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ConfigError("the client was closed before this request went out")
        _keep_heap()
        connector = aiohttp.TCPConnector(limit=0, ssl=self._ssl, keepalive_timeout=_KEEP)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            middlewares=(_no_resend,),
        )
        if self._direct:
            self._exchanges = Exchanges(connector, self._most)
        return self._session

    def _timeout(self, seconds: float | None) -> ClientTimeout:
        if len(self._timeouts) > 64:  # callers with a different time for each call
            self._timeouts.clear()
        times = [each for each in (seconds, self._connect) if each is not None]
        timeout = ClientTimeout(total=seconds, connect=min(times, default=None), ceil_threshold=60.0)
        return self._timeouts.setdefault(seconds, timeout)

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        session = self._session or self._open()
        times = self._timeouts.get(timeout) or self._timeout(timeout)
        out = SecretHeaders(self._fixed)
        out.update(request.headers)
        out.update(headers)
        if len({*map(str.lower, out)}) < len(out):
            out = _each_once(out)
        failure: Exception
        try:
            if self._exchanges is None or aiohttp.ClientSession._request is not _UNPATCHED:
                answer = await self._by_session(session, request, out, times)
            else:
                answer = Response(
                    *await self._exchanges.run(request.method, request.url, out, request.body, times)
                )
        except TooLargeError:
            failure = _too_large(self._most)
        except (aiohttp.ClientError, HttpProcessingError, LostError, OSError) as error:  # or a TimeoutError
            failure = _failure(error, timeout)
        else:
            encoding = answer.headers.get("Content-Encoding")
            if encoding is not None and answer.body:
                answer.body = self._unpacked(answer, encoding)
            return answer
        # Raised here and not above: as its context, aiohttp's error would bring the request's headers along.
        raise failure

    async def _by_session(
        self, session: aiohttp.ClientSession, request: Request, headers: Any, timeout: ClientTimeout
    ) -> Response:
        response = await session.request(
            request.method,
            request.url,
            data=request.body,
            headers=headers,
            allow_redirects=False,
            timeout=timeout,
        )
        try:
            body = await self._read(response)
        except Exception:
            if response.status < 300:
                raise
            body = b""  # a refusal stays one, whatever becomes of its text
        finally:
            response.close()  # releases nothing that was read to its end; closes everything else
        return Response(response.status, response.headers, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
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

    def _unpacked(self, answer: Response, encoding: str) -> bytes:
        try:
            return _inflate(answer.body, encoding, self._most)
        except ResponseShapeError:
            if answer.status < 300:
                raise
            return b""

    async def aclose(self) -> None:
        self._closed = True
        session, self._session, self._exchanges = self._session, None, None
        if session is not None:
            await session.close()


def _each_once(headers: Mapping[str, str]) -> SecretHeaders:
    """Headers whose names differ in case only, as one: the later, which is closer to the call."""
    last = {name.lower(): (name, value) for name, value in headers.items()}
    return SecretHeaders(last.values())


def _inflate(body: bytes, encoding: str, most: int) -> bytes:
    """Decompress without ever holding more than `most` bytes."""
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if name in ("gzip", "x-gzip"):
            body = _unzip(body, 31, most)
        elif name == "deflate":
            # RFC 9110 says zlib format; some servers send the raw stream.
            zlib_header = len(body) > 1 and body[0] & 15 == 8 and (body[0] * 256 + body[1]) % 31 == 0
            body = _unzip(body, 15 if zlib_header else -15, most)
        elif name not in ("", "identity"):
            raise ResponseShapeError("the answer is compressed in a way that was not asked for")
    return body


def _unzip(body: bytes, window: int, most: int) -> bytes:
    out = bytearray()
    try:
        while body:  # a gzip body may hold several members
            machine = zlib.decompressobj(window)
            out += machine.decompress(body, most - len(out) + 1)
            if len(out) > most:
                raise _too_large(most)
            if not machine.eof:
                raise ResponseShapeError("the compressed body is cut short")
            body = machine.unused_data if window == 31 else b""
    except zlib.error:
        raise ResponseShapeError("the body is not compressed the way its header says") from None
    return bytes(out)


def _too_large(most: int) -> ResponseShapeError:
    return ResponseShapeError(f"the answer is larger than max_response_bytes ({most})")


def _failure(error: Exception, timeout: float | None) -> Exception:
    """An aiohttp error as ours. Its text is dropped: it may hold the URL, and its repr the headers."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return DeadlineError("no connection within the connect timeout", may_have_run=False)
    if isinstance(error, asyncio.TimeoutError | TimeoutError | aiohttp.ServerTimeoutError):
        limit = "" if timeout is None else f" within {timeout:g} s"
        return DeadlineError(f"no complete answer{limit}", may_have_run=True)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return TransportError("the host name cannot be resolved; check the base URL and the network")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return TransportError("the server's certificate is not trusted")
    if isinstance(error, aiohttp.ClientSSLError):
        return TransportError("TLS could not be agreed on with the server")
    if isinstance(error, aiohttp.ClientConnectorError):
        return TransportError("the connection was refused or the host cannot be reached")
    if isinstance(error, aiohttp.ClientPayloadError):
        return TransportError("the answer broke off", may_have_run=True)
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        return ResponseShapeError("the server does not speak HTTP as it should")
    if isinstance(error, LostError | aiohttp.ClientError | OSError):
        return TransportError("the connection was lost before the answer", may_have_run=True)
    return error


__all__ = ["AiohttpTransport"]
