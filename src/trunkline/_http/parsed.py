"""Responses that aiohttp's parser reads: those that are not plainly usual (`usual_head`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import EofStream, ServerDisconnectedError
from aiohttp.http_exceptions import HttpProcessingError

from trunkline._http.socket_reader import Answer, Watch

_BUFFER: Final = 256 * 1024
"""What may wait unread on a connection before the server is made to pause."""

_MOST_INFORMATIONAL: Final = 16
"""Responses of 1xx before the real one; without an end they would outlast a call without a timeout."""


class TooLargeError(Exception):
    """The body is larger than the cap."""


class ParsedResponses:
    """Reads them.

    most: cap of a body as it is on the wire, in bytes. limits: the parser's bounds for the size of headers.
    """

    def __init__(self, most: int, limits: Mapping[str, int]) -> None:
        self._most = most
        self._limits = limits

    def prepare(self, protocol: Any, *, without_body: bool) -> None:
        """Make the parser of a connection ready for one response, before its first byte."""
        protocol.set_response_params(
            timer=None,
            skip_payload=without_body,
            read_until_eof=True,
            # The body is unpacked by `inflate`, which bounds its size; aiohttp would
            # unpack without a bound.
            auto_decompress=False,
            read_timeout=None,
            read_bufsize=_BUFFER,
            **self._limits,
        )

    async def read(self, connection: Any, watch: Watch, *, without_body: bool) -> Answer:
        """The response on a connection whose parser is prepared.

        watch: gets the body.
        Raises:
            TooLargeError, and what aiohttp raises.
        """
        protocol = connection.protocol
        message, payload = await _message(protocol)
        informed = 0
        # A server may send informational responses before the real one (RFC 9110 section 15.2).
        while 100 <= message.code < 200 and message.code != 101:
            informed += 1
            if informed > _MOST_INFORMATIONAL:
                raise HttpProcessingError(message="informational responses without an end")
            message, payload = await _message(protocol)
        if without_body:
            return Answer(message.code, message.headers, b"")
        if payload.is_eof() and payload.exception() is None:
            body = payload.read_nowait()
            if len(body) > self._most:
                if message.code < 300:
                    raise TooLargeError
                body = b""  # a refusal stays one, whatever becomes of its text
        else:
            watch.add(payload)
            body = await self._body(connection, message, payload)
        return Answer(message.code, message.headers, body)

    async def _body(self, connection: Any, message: Any, payload: Any) -> bytes:
        """The body of a response that is still arriving; of a refusal whose body fails, none."""
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

    async def _unmeasured(self, payload: Any) -> bytes:
        """A body whose end only its end shows."""
        chunks = bytearray()
        async for chunk in payload.iter_any():
            chunks += chunk
            if len(chunks) > self._most:
                raise TooLargeError
        return bytes(chunks)


async def _message(protocol: Any) -> Any:
    try:
        return await protocol.read()
    except EofStream:  # closed before it was waited for; aiohttp then forgets why
        raise ServerDisconnectedError from None


__all__ = ["ParsedResponses", "TooLargeError"]
