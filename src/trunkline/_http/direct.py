"""One request and its response over aiohttp's pool and parser, without the objects a session makes for each.

A session spends two thirds of a lookup on building a request and a response object (docs/performance.md).
The request is ready as text here, so a pooled connection and the C parser are all that is needed of aiohttp.
Those are stable in practice but not promised: `supported` checks them before use, and where it returns False,
the transport goes through a session; `AiohttpTransport(direct=False)` turns this off.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from trunkline._http.routing import Proxies
from trunkline.auth.secret import SecretHeaders
from trunkline.errors import ArgumentError

_BUFFER = 256 * 1024
"""What may wait unread on a connection before the server is made to pause."""

_PARAMETERS = frozenset(
    {"timer", "skip_payload", "read_until_eof", "auto_decompress", "read_timeout", "read_bufsize"}
)
_MOST_INFORMATIONAL = 16
"""Responses of 1xx before the real one; without an end they would outlast a call without a timeout."""

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def supported() -> bool:
    """Whether the parts of aiohttp that are used here are those that this was written for (3.12 to 3.14)."""
    try:
        # Signatures are compared and not only versions: a patched aiohttp may
        # differ within one version.
        given = inspect.signature(ResponseHandler.set_response_params).parameters.keys()
        asked = list(inspect.signature(aiohttp.BaseConnector.connect).parameters)
        made = inspect.signature(aiohttp.ClientRequest).parameters.keys()
    except (AttributeError, TypeError, ValueError):
        return False
    major = aiohttp.__version__.partition(".")[0]
    return (
        major == "3"
        and given >= _PARAMETERS
        and asked == ["self", "req", "traces", "timeout"]
        and "loop" in made
    )


class LostError(Exception):
    """The connection was gone before the request was written, or closed without a response."""


class TooLargeError(Exception):
    """The body is larger than the cap."""


class _Origin(NamedTuple):
    """What connections to one server have in common. template: where the pool connects to."""

    template: Any
    host: str


class Exchanges:
    """Exchanges over one connector.

    Args:
        most: cap of a body as it is on the wire, in bytes.
        proxies: which proxy an https address is reached through.
        reading: gets the bodies that are being read, so that closing can end them.
        limits: the parser's bounds for the size of headers.
    """

    def __init__(
        self,
        connector: aiohttp.BaseConnector,
        most: int,
        proxies: Proxies | None = None,
        reading: set[Any] | None = None,
        limits: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._connector = connector
        self._loop = asyncio.get_running_loop()
        self._most = most
        self._proxies = proxies
        self._reading = set() if reading is None else reading
        self._limits = dict(limits)
        self._origins: dict[tuple[str, str], _Origin] = {}

    async def run(
        self,
        method: str,
        url: URL,
        headers: SecretHeaders,
        body: bytes | None,
        timeout: aiohttp.ClientTimeout,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send once; status, headers and the body as it came.

        timeout: `connect` for a new connection, `total` for everything.
        Raises:
            LostError, TooLargeError, TimeoutError, and what aiohttp raises.
        """
        origin = self._origins.get((url.scheme, url.raw_authority)) or self._origin(url)
        data = self._head(method, url.raw_path_qs, origin.host, headers, body)
        total = timeout.total
        began = self._loop.time()
        connection = await self._connect(origin, timeout)
        guarded: list[Any] = [connection.protocol]
        # One timer for the whole exchange. `asyncio.timeout` would cancel the task, and needs a context
        # manager for each request.
        timer = None if total is None else self._loop.call_at(began + total, _expire, guarded)
        try:
            response = await self._converse(connection, guarded, method, data)
        # A connection with half a response on it must not go back to the pool: the next request would
        # read the rest as its own.
        except BaseException:
            connection.close()
            raise
        finally:
            if timer is not None:
                timer.cancel()
        connection.release()  # closes it where the server or a rest of the body asks for that
        return response

    def _origin(self, url: URL) -> _Origin:
        proxy = self._proxies.of(url) if self._proxies else None
        # The pool asks a request for host, port, TLS and proxy. One of these is made for each server
        # and used for every request to it.
        template = aiohttp.ClientRequest(
            "GET",
            url.origin(),
            loop=self._loop,
            proxy=None if proxy is None else proxy.url,
            proxy_headers=None if proxy is None else proxy.headers,
        )
        self._origins[url.scheme, url.raw_authority] = origin = _Origin(template, template.headers["Host"])
        return origin

    async def _connect(self, origin: _Origin, timeout: aiohttp.ClientTimeout) -> Any:
        while True:
            try:
                connection = await self._connector.connect(origin.template, [], timeout)
            except TimeoutError:
                raise aiohttp.ConnectionTimeoutError from None
            if not connection.protocol.should_close:  # type: ignore[union-attr]
                return connection
            connection.close()  # the server sent something unasked on a kept connection

    def _head(
        self,
        method: str,
        target: str,
        host: str,
        headers: SecretHeaders,
        body: bytes | None,
    ) -> memoryview:
        """The request as it goes on the wire, its body included; a view, because its repr shows no
        content."""
        data = _written(method, target, host, headers, body)
        if data is None:  # raised here, where no local variable holds a header
            raise ArgumentError("a header or the address holds a line end or a blank")
        return data

    async def _converse(
        self, connection: Any, guarded: list[Any], method: str, data: memoryview
    ) -> tuple[int, Mapping[str, str], bytes]:
        protocol, transport = connection.protocol, connection.transport
        protocol.set_response_params(
            timer=None,
            skip_payload=method == "HEAD",
            read_until_eof=True,
            # The body is unpacked by `inflate`, which bounds its size; aiohttp would
            # unpack without a bound.
            auto_decompress=False,
            read_timeout=None,
            read_bufsize=_BUFFER,
            **self._limits,
        )
        if transport is None:
            raise LostError
        transport.write(data)
        message, payload = await protocol.read()
        informed = 0
        # A server may send informational responses before the real one (RFC 9110 section 15.2).
        while 100 <= message.code < 200 and message.code != 101:
            informed += 1
            if informed > _MOST_INFORMATIONAL:
                raise HttpProcessingError(message="informational responses without an end")
            message, payload = await protocol.read()
        if method == "HEAD":
            return message.code, message.headers, b""
        if payload.is_eof() and payload.exception() is None:
            # Most bodies arrive with their head: reading what is there costs no coroutine.
            body = payload.read_nowait()
            if len(body) > self._most:
                if message.code < 300:
                    raise TooLargeError
                body = b""  # a refusal stays one, whatever becomes of its text
            return message.code, message.headers, body
        guarded.append(payload)
        return message.code, message.headers, await self._body(connection, message, payload)

    async def _body(self, connection: Any, message: Any, payload: Any) -> bytes:
        """The body of a response that is still arriving; of a refusal whose body fails, none."""
        self._reading.add(payload)
        try:
            length = message.headers.get("Content-Length")
            if length is None:
                return await self._unmeasured(payload)
            if int(length) > self._most:
                raise TooLargeError
            return bytes(await payload.read())
        except Exception:
            if message.code < 300:
                raise
            connection.close()
            return b""
        finally:
            self._reading.discard(payload)

    async def _unmeasured(self, payload: Any) -> bytes:
        """A body whose end only its end shows."""
        chunks = bytearray()
        async for chunk in payload.iter_any():
            chunks += chunk
            if len(chunks) > self._most:
                raise TooLargeError
        return bytes(chunks)


def _written(
    method: str, target: str, host: str, headers: SecretHeaders, body: bytes | None
) -> memoryview | None:
    length = ""
    if body is not None:
        length = f"Content-Length: {len(body)}\r\n"
    # RFC 9110 section 8.6: a method that anticipates content states a length of zero; some servers
    # send 411 without it.
    elif method not in _WITHOUT_BODY:
        length = "Content-Length: 0\r\n"
    # The request is one text and is written in one call, usually one packet. The header lines of a
    # client are joined once and shared.
    text = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers.lines()}{length}\r\n"
    ends = len(headers) + 3 + bool(length)
    # Names and values were checked where they came in; this is the last look (RFC 9112 section 11.1).
    if text.count("\n") != ends or text.count("\r") != ends or "\0" in text or " " in target:
        return None
    return memoryview(text.encode() if body is None else text.encode() + body)


def _expire(guarded: list[Any]) -> None:
    """The attempt's time ran out: whoever waits for the head or the body gets the error."""
    for each in guarded:
        each.set_exception(TimeoutError())


__all__ = ["Exchanges", "LostError", "TooLargeError", "supported"]
