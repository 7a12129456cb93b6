"""Reads the responses on one connection of aiohttp's pool: the usual ones here, all others by its parser.

For a usual response (`usual_head`) no parser, queue and stream are made, a fifth of what a lookup costs, and
its body goes from the socket straight into its place: aiohttp copies each piece in its parser and all pieces
once more into one, which moves more bytes than the rows of a page take. Whatever is not plainly usual goes to
aiohttp from its first byte on, so that odd responses have one judge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import ClientPayloadError

from trunkline._http.usual_head import UsualHead, usual_head

PIECE: Final = 64 * 1024
"""Bytes that are read at once while the length of a body is not known."""


class Answer(NamedTuple):
    """A response as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class SocketReader(asyncio.BufferedProtocol):
    """The protocol of a connection in place of aiohttp's, which stays the pool's record of it.

    handler: aiohttp's protocol. space: for what arrives while no body is read; all connections of a loop
    share it, as each piece is used up before the next one is read. most, most_head: the largest body and head
    that are read here.
    """

    def __init__(self, handler: Any, space: memoryview, most: int, most_head: int) -> None:
        self._handler = handler
        self._space = space
        self._most = most
        self._most_head = most_head
        self._waiting: asyncio.Future[Answer | None] | None = None
        self._hand_over: Callable[[], None] | None = None
        self._head: UsualHead | None = None
        self._body = memoryview(b"")
        self._at = 0

    def expect(self, hand_over: Callable[[], None]) -> asyncio.Future[Answer | None]:
        """The response to the request that is written next.

        It is None where aiohttp reads it, of which `hand_over` tells aiohttp before the first byte.
        """
        self._hand_over = hand_over
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        return waiting

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go: never beyond the body, so that whatever follows it is seen as stray."""
        return self._space if self._head is None else self._body[self._at :]

    def buffer_updated(self, nbytes: int) -> None:
        """Use what has come."""
        if self._head is not None:
            self._at += nbytes
            if self._at == len(self._body):
                self._complete(self._head, bytes(self._body))
            return
        received = bytes(self._space[:nbytes])
        if self._hand_over is None:  # aiohttp's, or nobody asked for it: the pool then drops the connection
            self._handler.data_received(received)
            return
        head = usual_head(received, self._most_head)
        came = 0 if head is None else nbytes - head.end
        if head is None or head.size > self._most or came > head.size:
            hand_over, self._hand_over = self._hand_over, None
            hand_over()
            self._handler.data_received(received)
            self._end(None)
        elif came == head.size:
            self._complete(head, received[head.end :])
        else:
            self._head, self._at = head, came
            self._body = memoryview(bytearray(head.size))
            self._body[:came] = received[head.end :]

    def _complete(self, head: UsualHead, body: bytes) -> None:
        self._hand_over = self._head = None
        self._body = memoryview(b"")
        self._end(Answer(head.status, head.headers, body))

    def _end(self, answer: Answer | None) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def eof_received(self) -> None:
        """The server sends no more; the connection closes, and `connection_lost` follows."""
        self._handler.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits gets the error that aiohttp has for it."""
        self._handler.connection_lost(exc)
        if self._head is not None:
            self.set_exception(ClientPayloadError("the connection ended within the body"))
        self._end(None)  # aiohttp's `read` raises what it made of the loss

    def pause_writing(self) -> None:
        """Passed on."""
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        """Passed on."""
        self._handler.resume_writing()

    def set_exception(self, error: BaseException) -> None:
        """End the wait with this error; a refusal stays one, whatever becomes of its text."""
        waiting, self._waiting = self._waiting, None
        self._handler.force_close()
        if waiting is None:
            self._handler.set_exception(error)
        elif waiting.done():
            return
        elif self._head is not None and self._head.status >= 300:
            waiting.set_result(Answer(self._head.status, self._head.headers, b""))
        else:
            waiting.set_exception(error)


__all__ = ["PIECE", "Answer", "SocketReader"]
