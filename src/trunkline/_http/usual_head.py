"""The head of a response that every HTTP parser reads in one way; all other heads are left to aiohttp's."""

from __future__ import annotations

import functools
from typing import Final, NamedTuple

from multidict import CIMultiDict, CIMultiDictProxy

from trunkline.lazy import pattern

_STATUS: Final = pattern(r"HTTP/1\.1 ([2-5][0-9][0-9])(?: [\t\x20-\x7e]*)?")
_FIELD: Final = pattern(
    r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*((?:[\x21-\x7e]+(?:[\t ]+[\x21-\x7e]+)*)?)[\t ]*"
)
"""A field line of plain ASCII (RFC 9112, section 5), without the blanks around its value."""
_MOST_FIELDS: Final = 100
_SHORT: Final = 80
"""Longest line that is remembered: what servers repeat is short, and what is secret or signed is long."""
_WITHOUT_BODY: Final = (204, 304)
_LONGEST_LENGTH: Final = 15
"""Digits of a Content-Length."""


class UsualHead(NamedTuple):
    """A head that was read. size: of the body in bytes. end: where the head ends in what was read."""

    status: int
    headers: CIMultiDictProxy[str]
    size: int
    end: int


def usual_head(received: bytes, most: int) -> UsualHead | None:
    """The head at the start of what was received; None where it is anything but usual.

    Usual are: HTTP/1.1, a final status with a body, whole, at most `most` bytes of ASCII, one Content-Length,
    no Transfer-Encoding, a connection that stays open and HTTP (RFC 9112, sections 6.3 and 9.3).
    """
    end = received.find(b"\r\n\r\n", 0, most)
    if end < 0:
        return None
    try:
        first, *lines = received[:end].decode("ascii").split("\r\n")
    except UnicodeDecodeError:
        return None
    status = _status(first) if len(first) <= _SHORT else None
    if status is None or len(lines) > _MOST_FIELDS:
        return None
    fields = [_field(line) if len(line) <= _SHORT else _read_field(line) for line in lines]
    if None in fields:
        return None
    headers: CIMultiDict[str] = CIMultiDict(fields)  # type: ignore[arg-type]  # None is not among them
    size = _size(headers)
    return None if size is None else UsualHead(status, CIMultiDictProxy(headers), size, end + 4)


def _size(headers: CIMultiDict[str]) -> int | None:
    """The length of the body; None where anything but one Content-Length decides where it ends."""
    if "Transfer-Encoding" in headers or "Upgrade" in headers:
        return None
    # Some servers send the field twice, and one that came through a proxy its other name; each may end it.
    if "Proxy-Connection" in headers:
        return None
    if any(each.lower() != "keep-alive" for each in headers.getall("Connection", ())):
        return None
    lengths = headers.getall("Content-Length", ())
    if len(lengths) != 1 or len(lengths[0]) > _LONGEST_LENGTH or not lengths[0].isdecimal():
        return None
    return int(lengths[0])


@functools.lru_cache(maxsize=64)
def _status(line: str) -> int | None:
    found = _STATUS.fullmatch(line)
    status = 0 if found is None else int(found[1])
    return None if status in (0, *_WITHOUT_BODY) else status


def _read_field(line: str) -> tuple[str, str] | None:
    found = _FIELD.fullmatch(line)
    return None if found is None else (found[1], found[2])


_field = functools.lru_cache(maxsize=256)(_read_field)


__all__ = ["UsualHead", "usual_head"]
