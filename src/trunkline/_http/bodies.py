"""Compressed bodies, unpacked within a limit of size and, by that, of time."""

from __future__ import annotations

import zlib
from typing import Final

from trunkline.errors import ResponseShapeError

ENCODINGS: Final = "gzip, deflate"
"""What is asked for: what can be unpacked with a cap. Others are not."""

_CHUNK: Final = 64 * 1024
_MOST_MEMBERS: Final = 10_000
"""Gzip files of one response, one after the other. Each costs a copy of what follows it in its chunk, so a
body of nothing but empty ones would take minutes without this bound."""


def inflate(body: bytes, encoding: str, most: int) -> bytes:
    """Decompress without ever holding more than `most` bytes.

    Raises:
        ResponseShapeError: too large, cut short, or not compressed the way `encoding` states.
    """
    names = [part.strip().lower() for part in encoding.split(",")]
    # Each layer may multiply the work; no server needs more than one.
    if len(names) > 3:
        raise ResponseShapeError("the response is compressed more than three times over")
    # The header lists encodings in the order they were applied (RFC 9110 section 8.4), so they are
    # undone from the last.
    for name in reversed(names):
        if name in ("gzip", "x-gzip"):
            body = _unzip(body, 31, most)
        elif name == "deflate":
            # RFC 9110, section 8.4.1.2, requires the zlib format; some servers send the raw stream.
            zlib_header = len(body) > 1 and body[0] & 15 == 8 and (body[0] * 256 + body[1]) % 31 == 0
            body = _unzip(body, 15 if zlib_header else -15, most)
        elif name not in ("", "identity"):
            raise ResponseShapeError("the response is compressed in a way that was not asked for")
    return body


def _unzip(body: bytes, window: int, most: int) -> bytes:
    out = bytearray()
    view = memoryview(body)
    place = members = 0
    try:
        while place < len(view):  # a gzip body may hold several members
            members += 1
            if members > _MOST_MEMBERS:
                raise ResponseShapeError(f"the compressed body holds more than {_MOST_MEMBERS} members")
            machine = zlib.decompressobj(window)
            while not machine.eof:
                chunk = view[place : place + _CHUNK]
                if not chunk:
                    raise ResponseShapeError("the compressed body is cut short")
                place += len(chunk)
                # A few kilobytes of zeros unpack to gigabytes. `max_length` stops one byte beyond the
                # cap, so the bomb is never held.
                out += machine.decompress(chunk, most - len(out) + 1)
                if len(out) > most:
                    raise too_large(most)
                while machine.unconsumed_tail and not machine.eof:
                    out += machine.decompress(machine.unconsumed_tail, most - len(out) + 1)
                    if len(out) > most:
                        raise too_large(most)
            place -= len(machine.unused_data)
            if window != 31:
                break
    except zlib.error:
        raise ResponseShapeError("the body is not compressed the way its header states") from None
    return bytes(out)


def too_large(most: int) -> ResponseShapeError:
    """The error of a body beyond the cap of `most` bytes."""
    return ResponseShapeError(f"the response is larger than max_response_bytes ({most})")


__all__ = ["ENCODINGS", "inflate", "too_large"]
