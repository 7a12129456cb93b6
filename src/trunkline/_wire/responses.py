"""What a response states in addition to its data: the time to wait, its id, its charset. No I/O."""

from __future__ import annotations

import codecs
import datetime
import math
import re
import sys
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from trunkline._wire.media import content_kind, essence_of
from trunkline._wire.messages import Response
from trunkline.errors import ResponseShapeError
from trunkline.lazy import pattern

_REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-ms-request-id", "x-amzn-requestid")
JSON_TYPES: Final = frozenset(
    {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
)
"""The content types of nearly all responses, which need no further look."""


_DELAY: Final = pattern(
    r"""["']?\+?(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?![0-9.])["']?\s*
    (?:(?P<unit>ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b\.?)?
    (?:\s*[,;]|\s+[0-9]|\s*\Z)""",
    re.VERBOSE | re.IGNORECASE,
)
"""A number of seconds, which the standard wants, or of a unit that somebody thought better to name."""
_UNITS: Final = {"ms": 0.001, "m": 60.0, "h": 3600.0}
_FIRST_DATE: Final = pattern(r"[A-Za-z]+,[^,]+|[^,]+")
_ISO_DATE: Final = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]")
_SCALES: Final = (1.0, 1e3, 1e6, 1e9)
"""Unix time in seconds, milliseconds, microseconds and nanoseconds."""
_DAY: Final = 86_400.0
_TEN_YEARS: Final = 3650 * _DAY


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3); None where it states nothing usable.

    Total: any text yields a number of at least 0 or None. Of a list, as proxies join two headers, the first
    counts. Digits are seconds, however many; where they are the Unix time, in seconds or parts of them, of a
    moment to come they mean that moment, because nobody asks for a delay of fifty years. Beyond the standard
    a unit ("120s"), quotes and ISO 8601 are read: sending early is worse than reading a careless server.

    Args:
        now: Unix seconds, for the date form.
    """
    if value is None:
        return None
    text = value.strip()
    delay = _DELAY.match(text)
    if delay is not None:
        # A header of a thousand digits is infinite as a float, and infinity would break the
        # arithmetic on waits.
        number = min(float(delay["number"]), sys.float_info.max)
        unit = (delay["unit"] or "s").lower()
        if unit[0] != "s":
            return min(number * _UNITS[_unit(unit)], sys.float_info.max)
        # Some servers send the Unix time at which to come back. Read as seconds it would be a
        # wait of fifty years.
        for moment in (number / scale for scale in _SCALES):
            if now - _DAY <= moment <= now + _TEN_YEARS:
                return max(0.0, moment - now)
        return number
    first = _FIRST_DATE.match(text)
    moment_or_none = None if first is None else _unix(first[0])
    return None if moment_or_none is None else max(0.0, moment_or_none - now)


def _unit(word: str) -> str:
    if word.startswith(("ms", "milli")):
        return "ms"
    return word[0]


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a response asks to wait. A date is judged by the response's own Date header.

    The difference of two dates of one clock is right even where that clock is not ours.
    """
    value = headers.get("Retry-After")
    if value is None:
        return None
    there = _unix(headers.get("Date", ""))
    return retry_after(value, now if there is None else there)


def _unix(text: str) -> float | None:
    try:
        iso = _ISO_DATE.match(text)
        date = datetime.datetime.fromisoformat(text.strip()) if iso else parsedate_to_datetime(text)
        moment = (date if date.tzinfo else date.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return moment if math.isfinite(moment) else None


def request_id(headers: Mapping[str, str]) -> str | None:
    """The vendor's name for this request, for its support."""
    for name in _REQUEST_IDS:
        value = headers.get(name)
        if value:
            return value[:200]
    return None


_CHARSETS: Final = pattern(
    r"utf-(8|16|32)(-[bl]e)?|ascii|latin-?1|iso8859-\d+|cp\d{3,4}|mac-roman|koi8-[rut]|big5(hkscs)?"
    r"|gb2312|gbk|gb18030|euc_(jp|kr)|shift_jis|iso2022_jp"
)
"""Encodings of text that decode in linear time. Python knows others, "punycode" among them, that do not."""


def charset(headers: Mapping[str, str]) -> str:
    """The charset of the content type; UTF-8 where none, or none of the usual ones, is named."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", headers.get("content-type", ""), re.IGNORECASE)
    try:
        name = codecs.lookup(match[1]).name if match is not None else "utf-8"
    except (LookupError, UnicodeError):
        return "utf-8"
    return name if _CHARSETS.fullmatch(name) else "utf-8"


_XML_DECLARATION: Final = pattern(rb"<\?xml[^>]*>\s*|<!--.*?-->\s*", re.DOTALL)


def is_html(response: Response) -> bool:
    """Whether a page for people came instead of a response for programs."""
    head = response.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    # Nearly every response is JSON and ends here, after one look at its first byte.
    if not head.startswith(b"<"):
        return False
    media_type = essence_of(response.headers)
    # XHTML begins like any XML; templates leave comments before the first element.
    begins = _XML_DECLARATION.sub(b"", head)
    return begins.startswith((b"<!doctype html", b"<html")) or media_type in (
        "text/html",
        "application/xhtml+xml",
    )


def text_or_bytes(response: Response) -> str | bytes:
    """The body by its media type: text decoded, anything else as bytes.

    Without a media type the bytes decide (RFC 9110, section 8.3, leaves that to the recipient).
    """
    media_type, body = essence_of(response.headers), response.body
    if media_type and content_kind(media_type) == "binary":
        return body
    if not media_type and not _is_utf8(body):
        return body
    if _is_utf8(body):
        return body.removeprefix(codecs.BOM_UTF8).decode()
    try:
        return body.decode(charset(response.headers)).removeprefix("\ufeff")
    except UnicodeError:
        return body  # in no charset that it names: nothing is lost this way


def utf8(response: Response, *, page: bool = False) -> bytes:
    """The body as UTF-8 without a byte order mark; page: an HTML page is what is due.

    A declared charset counts where the bytes are not UTF-8: JSON is (RFC 8259 section 8.1), servers declare
    others out of habit, and text in another charset is hardly ever valid UTF-8 without a NUL in it.

    Raises:
        ResponseShapeError: an HTML page, or bytes that are not in the charset they claim.
    """
    if not page and is_html(response):
        raise ResponseShapeError(
            f"status {response.status} with an HTML page where data was due: a proxy, or a wrong base URL"
        )
    name = charset(response.headers)
    if name in ("utf-8", "ascii") or _is_utf8(response.body):
        return response.body.removeprefix(codecs.BOM_UTF8)
    try:
        return response.body.decode(name).removeprefix("\ufeff").encode()
    except (UnicodeError, LookupError):
        pass  # not chained: the exception text contains the body
    raise ResponseShapeError(f"the body is not in its declared charset {name}")


def _is_utf8(body: bytes) -> bool:
    if b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


__all__ = [
    "JSON_TYPES",
    "asked_wait",
    "charset",
    "is_html",
    "request_id",
    "retry_after",
    "text_or_bytes",
    "utf8",
]
