"""Bytes out, bytes in: the only module that knows aiohttp.

Tuned to cost no more than `async with session.get(url) as r: await r.read()`, and stricter: no redirect is
followed, no cookie is kept, no proxy is read from the environment, nothing is resent behind our back, no body
grows beyond the cap, and no error text holds a URL.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Any, Protocol

import aiohttp
from aiohttp import ClientTimeout
from yarl import URL

from trunkline._protocol import Answer
from trunkline._wire import Request
from trunkline.config import Timeouts
from trunkline.errors import ConfigError, DeadlineError, ResponseShapeError, TransportError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ENCODINGS = "gzip, deflate"  # what `_inflate` can cap; others are not asked for


class Transport(Protocol):
    """The seam: whatever can carry a request. One instance serves one client and one event loop."""

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Answer:
        """Send once; `headers` are the credentials, `timeout` covers all from connecting to the last byte.

        Raises:
            TransportError, DeadlineError: no complete answer; see `may_have_run`.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


def checked_base_url(text: str) -> URL:
    """The base URL of a client.

    Raises:
        ConfigError: not an https URL (http is for loopback only), or one with user name, query or fragment.
    """
    try:
        url = URL(text)
        host, port = url.host, url.port
    except (ValueError, TypeError):
        raise ConfigError("base_url is not a URL; write https://host[:port]/path") from None
    if url.scheme not in ("http", "https") or not host or not port:
        raise ConfigError("base_url must be a full URL: https://host[:port]/path")
    if url.scheme == "http" and host not in _LOOPBACK:
        raise ConfigError(
            "base_url must be https: over http the credentials would be readable (loopback excepted)"
        )
    if url.raw_user or url.raw_password:
        raise ConfigError("base_url must not hold a user name or password; pass them as auth=")
    if url.raw_query_string or url.raw_fragment:
        raise ConfigError("base_url must not hold a query or a fragment")
    return url


class _LostError(Exception):
    """A connection that broke after it was made; no aiohttp error, so that aiohttp does not send again."""


async def _no_resend(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Turn off aiohttp's own second attempt at GET, PUT and DELETE: attempts are counted in one place."""
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise _LostError from None


class AiohttpTransport:
    """The default transport: one aiohttp session, opened on first use.

    The connector's own limit is off: the client's slots bound the connections, and time spent waiting for one
    would count as the attempt's.
    """

    def __init__(
        self, *, timeouts: Timeouts, max_response_bytes: int, user_agent: str, ssl: Any = True
    ) -> None:
        self._connect = timeouts.connect
        self._most = max_response_bytes
        self._user_agent = user_agent
        self._ssl = ssl
        self._session: aiohttp.ClientSession | None = None
        self._timeouts: dict[float | None, ClientTimeout] = {}

    def _open(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=self._ssl, keepalive_timeout=15.0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": _ENCODINGS},
            auto_decompress=False,
            trust_env=False,
            middlewares=(_no_resend,),
        )
        return self._session

    def _timeout(self, seconds: float | None) -> ClientTimeout:
        if len(self._timeouts) > 64:  # callers with a different time for each call
            self._timeouts.clear()
        timeout = ClientTimeout(total=seconds, connect=self._connect, ceil_threshold=60.0)
        return self._timeouts.setdefault(seconds, timeout)

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Answer:
        session = self._session or self._open()
        response = None
        try:
            response = await session.request(
                request.method,
                request.url,
                data=request.body,
                headers={**request.headers, **headers},
                allow_redirects=False,
                timeout=self._timeouts.get(timeout) or self._timeout(timeout),
            )
            return Answer(response.status, response.headers, await self._read(response))
        except Exception as error:
            failure = _failure(error, timeout)
        finally:
            if response is not None:
                response.close()  # gives up what was not read to its end
        # Outside the handler, so that aiohttp's error, which holds the headers, is not kept as the context.
        raise failure

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        length = response.content_length
        if length is not None and length <= self._most:
            body = await response.read()
        else:
            chunks = bytearray()
            if length is None:
                async for chunk in response.content.iter_any():
                    chunks += chunk
                    if len(chunks) > self._most:
                        break
            if length is not None or len(chunks) > self._most:
                raise _too_large(self._most)
            body = bytes(chunks)
        encoding = response.headers.get("Content-Encoding")
        return body if encoding is None or not body else _inflate(body, encoding, self._most)

    async def aclose(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


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
    if isinstance(error, aiohttp.ClientResponseError):
        return ResponseShapeError("the server does not speak HTTP as it should")
    if isinstance(error, _LostError | aiohttp.ClientError | OSError):
        return TransportError("the connection was lost before the answer", may_have_run=True)
    return error


__all__ = ["AiohttpTransport", "Transport", "checked_base_url"]
