"""What an answer means: its error, the vendor's words, the time to wait, its charset. No I/O."""

from __future__ import annotations

import codecs
import datetime
import json
import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from email.utils import parsedate_to_datetime
from typing import Any, Final

from trunkline._masking.text import mask
from trunkline._wire.messages import Response
from trunkline._wire.route_guess import advice as route_advice
from trunkline._wire.route_guess import may_be_wrong
from trunkline._wire.statuses import is_retryable, may_have_run
from trunkline.errors import (
    AuthError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RequestFailedError,
    ResponseShapeError,
    ServerError,
    StatusError,
    UnavailableError,
    VendorMessage,
    WrongRouteError,
)
from trunkline.operation import Operation

_CLASSES: Final[Mapping[int, type[StatusError]]] = {
    400: BadRequestError,
    401: AuthError,
    402: RequestFailedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: BadRequestError,
    429: RateLimitedError,
    503: UnavailableError,
}
_REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-ms-request-id", "x-amzn-requestid")
_TEXT_KEYS = ("message", "response_message", "error_description", "detail", "title", "Message", "description")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SMALL = 4096
"""A body that only reports a failure is no longer than this; longer ones are not searched for it."""

JSON_TYPES: Final = frozenset(
    {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
)
"""The content types of nearly all answers, which need no further look."""


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110 section 10.2.3); None where it says nothing usable.

    Total: any text yields a number of at least 0 or None. `now`: Unix seconds, for the date form.
    """
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"\+?[0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12}", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
        moment = (date if date.tzinfo else date.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return max(0.0, moment - now) if math.isfinite(moment) else None


def request_id(headers: Mapping[str, str]) -> str | None:
    """The vendor's name for this request, for its support."""
    for name in _REQUEST_IDS:
        value = headers.get(name)
        if value:
            return value[:200]
    return None


def charset(headers: Mapping[str, str]) -> str:
    """The charset of the content type; UTF-8 where none, or none that exists, is named."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", headers.get("content-type", ""), re.IGNORECASE)
    if match is None:
        return "utf-8"
    try:
        b" ".decode(match[1], "replace")  # refuses codecs such as "hex" that are no charsets
        return codecs.lookup(match[1]).name
    except (LookupError, UnicodeError):
        return "utf-8"


def is_html(answer: Response) -> bool:
    """Whether a page for people came instead of an answer for programs."""
    head = answer.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html")) or (
        answer.headers.get("content-type", "").lower().startswith("text/html") and head.startswith(b"<")
    )


def utf8(answer: Response, *, page: bool = False) -> bytes:
    """The body as UTF-8 without a byte order mark; page: an HTML page is what is due.

    A declared charset counts where the bytes are not UTF-8: JSON is (RFC 8259 section 8.1), servers declare
    others out of habit, and text in another charset is hardly ever valid UTF-8 without a NUL in it.

    Raises:
        ResponseShapeError: an HTML page, or bytes that are not in the charset they claim.
    """
    if not page and is_html(answer):
        raise ResponseShapeError(
            f"status {answer.status} with an HTML page where data was due: a proxy, or a wrong base URL"
        )
    name = charset(answer.headers)
    if name in ("utf-8", "ascii") or _is_utf8(answer.body):
        return answer.body.removeprefix(codecs.BOM_UTF8)
    try:
        return answer.body.decode(name).removeprefix("\ufeff").encode()
    except (UnicodeError, LookupError):
        pass  # and forgotten: it holds the body
    raise ResponseShapeError(f"the body is not in its declared charset {name}")


def _is_utf8(body: bytes) -> bool:
    if b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _json(answer: Response) -> Any:
    """The body as JSON, or None."""
    try:
        return json.loads(utf8(answer))
    except (ValueError, RecursionError, ResponseShapeError):
        return None


def vendor_messages(body: Any) -> tuple[VendorMessage, ...]:
    """The vendor's words in an error body: IDI's `errors` list, Abzorb's `error` and `response_message`."""
    if isinstance(body, str):
        return (VendorMessage(message=body[:500]),) if body.strip() else ()
    if isinstance(body, list):
        return tuple(message for item in body[:50] for message in vendor_messages(item))
    if not isinstance(body, dict):
        return ()
    found: list[VendorMessage] = []
    for key in ("errors", "error"):
        inner = body.get(key)
        if isinstance(inner, dict) and not _text(inner):  # {"field": ["message", …]}
            found += [
                VendorMessage(message=each.message, field=str(name))
                for name, value in list(inner.items())[:50]
                for each in vendor_messages(value)
            ]
        elif inner:
            found += vendor_messages(inner)
    text = _text(body)
    if text:
        number = body.get("loggingNumber")
        field = body.get("field")
        found.append(
            VendorMessage(
                message=text[:500],
                field=field if isinstance(field, str) else None,
                logging_number=number if isinstance(number, int) and not isinstance(number, bool) else None,
            )
        )
    return tuple(found)


def _text(body: Mapping[str, Any]) -> str:
    return next((body[key] for key in _TEXT_KEYS if isinstance(body.get(key), str) and body[key].strip()), "")


def reports_failure(body: bytes, keys: AbstractSet[str]) -> bool:
    """Whether a body that came with a success status only reports a failure (Abzorb's failed validation).

    It does if it is a JSON object of nothing but these keys, which the vendor's spec names. An object that
    holds data as well is data: what a message beside it means, the vendor does not say.
    """
    if not keys or len(body) > _SMALL or not any(f'"{key}"'.encode() in body for key in keys):
        return False
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.keys() <= keys and bool(vendor_messages(value))


def _said(message: VendorMessage) -> str:
    """A vendor message for an error text: identifiers masked, but for the number that support asks for."""
    text = mask(message.message)
    if message.field:
        text = f"{mask(message.field)}: {text}"
    return text if message.logging_number is None else f"{text} (logging number {message.logging_number})"


def status_error(
    op: Operation[Any], answer: Response, *, attempts: int, wait: float | None, advice: str | None = None
) -> StatusError:
    """The error of an answer; also of a 2xx that only reports a failure.

    Args:
        wait: Retry-After in seconds.
        advice: what the user may do about it, added to the message.
    """
    status = answer.status
    if 200 <= status < 300:
        cls: type[StatusError] = BadRequestError
    else:
        cls = _CLASSES.get(status, ServerError if status >= 500 else StatusError)
    body = _json(answer)
    if may_be_wrong(op, status, body):
        cls, advice = WrongRouteError, route_advice(op)
    messages = vendor_messages(body)
    text = f"{op.name}: status {status}"
    if status in _REDIRECTS:
        text += " is a redirect; redirects are not followed with credentials, check the base URL"
    elif is_html(answer):
        text += " with an HTML page: a proxy, a gateway or a wrong base URL answered"
    elif messages:
        text += ": " + "; ".join(_said(each) for each in messages[:3])
    elif status in (401, 403):
        text += ": credentials refused" if status == 401 else ": no permission"
    if wait is not None and status in (429, 503):
        text += f" (retry after {wait:g} s)"
    if advice:
        text += f"; {advice}"
    if body is None and answer.body and not is_html(answer):
        body = answer.body[:1000].decode(charset(answer.headers), "replace")
    return cls(
        text,
        operation=op.name,
        status=status,
        request_id=request_id(answer.headers),
        messages=messages,
        body=body,
        retry_after=wait,
        attempts=attempts,
        retryable=is_retryable(status),
        may_have_run=may_have_run(status),
    )


__all__ = [
    "JSON_TYPES",
    "reports_failure",
    "retry_after",
    "status_error",
    "utf8",
    "vendor_messages",
]
