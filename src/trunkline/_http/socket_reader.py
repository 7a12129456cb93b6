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


class Watch:
    """What one exchange waits for, so that its timer and the closing of the client can end it."""

    __slots__ = ("_error", "_waiting_for")

    def __init__(self, first: Any) -> None:
        self._waiting_for = [first]
        self._error: BaseException | None = None

    def add(self, each: Any) -> None:
        """It waits for this too; where the exchange was ended meanwhile, this ends at once."""
        self._waiting_for.append(each)
        if self._error is not None:
            each.set_exception(self._error)

    def set_exception(self, error: BaseException) -> None:
        """End the exchange with this error."""
        self._error = error
        for each in self._waiting_for:
            each.set_exception(error)


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
        self._parsed = False
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

    def leave(self) -> None:
        """Aiohttp, which is ready for it, reads the response to the request that is written next."""
        self._parsed = True

    def rest(self) -> None:
        """Aiohttp has read its response; whatever comes before the next request was not asked for."""
        self._parsed = False

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go: a body and one byte more, to see at once that something follows it."""
        return self._space if self._head is None else self._body[self._at :]

    def buffer_updated(self, nbytes: int) -> None:
        """Use what has come."""
        if self._head is not None:
            self._at += nbytes
            over = self._at - self._head.size
            if over >= 0:
                self._complete(self._head, bytes(self._body[: self._head.size]))
            if over > 0:
                self._handler.close()
            return
        received = bytes(self._space[:nbytes])
        if self._parsed:
            self._handler.data_received(received)
            return
        if self._hand_over is None:
            # Nobody asked for it. The next request would take it for its response.
            self._handler.close()
            return
        head = usual_head(received, self._most_head)
        came = 0 if head is None else nbytes - head.end
        if head is None or head.size > self._most or came > head.size:
            hand_over, self._hand_over = self._hand_over, None
            hand_over()
            self._parsed = True
            self._handler.data_received(received)
            self._end(None)
        elif came == head.size:
            self._complete(head, received[head.end :])
        else:
            self._head, self._at = head, came
            self._body = memoryview(bytearray(head.size + 1))
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
        if waiting is None or waiting.done():
            return
        if self._head is not None and self._head.status >= 300:
            waiting.set_result(Answer(self._head.status, self._head.headers, b""))
        else:
            waiting.set_exception(error)


__all__ = ["PIECE", "Answer", "SocketReader", "Watch"]
