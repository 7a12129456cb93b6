"""One request and its response over a connection of aiohttp's, without the objects that it makes for each.

A session spends two thirds of a lookup on building a request and a response object, the pool and the parser
a third of the rest (docs/performance.md). The request is ready as text here; aiohttp connects, through
proxies and TLS, and parses the responses that are not plainly usual (`socket_reader`). What is used of it is
stable in practice but not promised: `supported` checks it before use, and where it returns False, the
transport goes through a session; `AiohttpTransport(direct=False)` turns this off.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from trunkline._http.idle import IdleConnections
from trunkline._http.parsed import ParsedResponses, TooLargeError
from trunkline._http.routing import Proxies
from trunkline._http.socket_reader import PIECE, Answer, SocketReader, Watch
from trunkline.auth.secret import SecretHeaders
from trunkline.errors import ArgumentError

_MOST_HEAD = 8190
"""Bytes of a usual head; aiohttp's own bound for one line."""

_LARGE = 8 * 1024 * 1024
"""Bytes of a body beyond which aiohttp reads it: its memory grows with what comes, and not with what the
server says that will come."""

_AT_ONCE = 16 * 1024
"""Bytes of a request that a socket takes at once."""

_PARAMETERS = frozenset(
    {"timer", "skip_payload", "read_until_eof", "auto_decompress", "read_timeout", "read_bufsize"}
)
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


class _Origin(NamedTuple):
    """What connections to one server have in common. template: where the pool connects to."""

    template: Any
    host: str
    idle: IdleConnections


class Exchanges:
    """Exchanges over one connector.

    Args:
        most: cap of a body as it is on the wire, in bytes.
        proxies: which proxy an https address is reached through.
        reading: gets what is under way, so that closing can end it.
        limits: the parser's bounds for the size of headers.
        keep: seconds that a connection may be idle.
    """

    def __init__(
        self,
        connector: aiohttp.BaseConnector,
        most: int,
        proxies: Proxies | None = None,
        reading: set[Any] | None = None,
        limits: Mapping[str, int] = MappingProxyType({}),
        keep: float = 15.0,
    ) -> None:
        self._connector = connector
        self._loop = asyncio.get_running_loop()
        self._most_here = min(most, _LARGE)
        self._keep = keep
        self._proxies = proxies
        self._reading = set() if reading is None else reading
        self._parsed = ParsedResponses(most, dict(limits))
        self._most_head = min(_MOST_HEAD, limits.get("max_field_size", _MOST_HEAD))
        self._space = memoryview(bytearray(PIECE))
        self._origins: dict[tuple[str, str], _Origin] = {}

    async def run(
        self,
        method: str,
        url: URL,
        headers: SecretHeaders,
        body: bytes | None,
        timeout: aiohttp.ClientTimeout,
    ) -> Answer:
        """Send once; status, headers and the body as it came.

        timeout: `connect` for a new connection, `total` for everything.
        Raises:
            LostError, TooLargeError, TimeoutError, and what aiohttp raises.
        """
        origin = self._origins.get((url.scheme, url.raw_authority)) or self._origin(url)
        data = self._head(method, url.raw_path_qs, origin.host, headers, body)
        total = timeout.total
        began = self._loop.time()
        connection = origin.idle.take() or await self._connect(origin, timeout)
        transport, watch = connection.transport, Watch(connection.protocol)
        # One timer for the whole exchange. `asyncio.timeout` would cancel the task, and needs a context
        # manager for each request.
        timer = None if total is None else self._loop.call_at(began + total, _expire, watch)
        self._reading.add(watch)
        try:
            response = await self._converse(connection, watch, method, data)
        # A connection with half a response on it must not be used again: the next request would
        # read the rest as its own.
        except BaseException:
            # Closing would first wait until the server took all of the request.
            if transport is not None:
                transport.abort()
            connection.close()
            raise
        finally:
            self._reading.discard(watch)
            if timer is not None:
                timer.cancel()
        if body is not None and len(body) > _AT_ONCE and _may_be_unwritten(transport, response.status):
            transport.abort()
        origin.idle.put(connection)
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
        origin = _Origin(template, template.headers["Host"], IdleConnections(self._loop, self._keep))
        self._origins[url.scheme, url.raw_authority] = origin
        return origin

    def give_back(self) -> None:
        """Give the idle connections back to the pool, for it to close them."""
        for origin in self._origins.values():
            origin.idle.give_back()

    async def _connect(self, origin: _Origin, timeout: aiohttp.ClientTimeout) -> Any:
        try:
            return await self._connector.connect(origin.template, [], timeout)
        except TimeoutError:
            raise aiohttp.ConnectionTimeoutError from None

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

    async def _converse(self, connection: Any, watch: Watch, method: str, data: memoryview) -> Answer:
        protocol, transport = connection.protocol, connection.transport
        if transport is None:
            raise LostError
        reader = transport.get_protocol()
        if reader is protocol:  # the first exchange on this connection
            reader = SocketReader(protocol, self._space, self._most_here, self._most_head)
            transport.set_protocol(reader)
        without_body = method == "HEAD"  # whatever length it states
        prepare = functools.partial(self._parsed.prepare, protocol, without_body=without_body)
        if without_body:
            prepare()
            reader.leave()
            transport.write(data)
        else:
            coming = reader.expect(prepare)
            watch.add(reader)
            transport.write(data)
            answer: Answer | None = await coming
            if answer is not None:
                return answer
        answer = await self._parsed.read(connection, watch, without_body=without_body)
        reader.rest()
        return answer


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


def _may_be_unwritten(transport: Any, status: int) -> bool:
    """Whether the server may have responded before it took the whole request.

    The rest of that would come before the next request. TLS does not tell what the socket has not taken yet;
    what is refused is often not read to its end.
    """
    return status >= 300 or transport.is_closing() or transport.get_write_buffer_size() > 0


def _expire(watch: Watch) -> None:
    """The attempt's time ran out: whoever waits for the head or the body gets the error."""
    watch.set_exception(TimeoutError())


__all__ = ["Exchanges", "LostError", "TooLargeError", "supported"]
