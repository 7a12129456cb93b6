"""What an error response means: its error, the vendor's messages, our own secrets removed. No I/O."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from multidict import CIMultiDict

from trunkline._masking.text import mask
from trunkline._wire.messages import Response
from trunkline._wire.responses import charset, is_html, request_id, utf8
from trunkline._wire.route_guess import advice as route_advice
from trunkline._wire.route_guess import may_be_wrong
from trunkline._wire.statuses import is_retryable, may_have_run, seconds_text
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
_TEXT_KEYS = ("message", "response_message", "error_description", "detail", "title", "Message", "description")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_DEEPEST: Final = 8
_MOST: Final = 50
_SHOWN: Final = 200
_SHORTEST_SECRET: Final = 4
_LARGEST_ERROR: Final = 1024 * 1024
"""A larger error body is not the vendor's: it is kept as the beginning of a text and not read as JSON, which
would take seconds for something that nobody reads."""
_SMALL = 4096
"""A body that only reports a failure is no longer than this; longer ones are not searched for it."""


def _json(response: Response) -> Any:
    """The body as JSON, or None."""
    if len(response.body) > _LARGEST_ERROR:
        return None
    try:
        return json.loads(utf8(response))
    except (ValueError, RecursionError, ResponseShapeError):
        return None


def vendor_messages(body: Any, depth: int = 0) -> tuple[VendorMessage, ...]:
    """The vendor's words in an error body: IDI's `errors` list, Abzorb's `error` and `response_message`.

    At most 50, from no deeper than 8 levels: an error body is not always the vendor's own.
    """
    if depth > _DEEPEST:
        return ()
    if isinstance(body, str):
        return (VendorMessage(message=body[:500]),) if body.strip() else ()
    if isinstance(body, list):
        return _first_of(body, depth)
    if not isinstance(body, dict):
        return ()
    found: list[VendorMessage] = []
    for key in ("errors", "error"):
        inner = body.get(key)
        if isinstance(inner, dict) and not _text(inner):  # {"field": ["message", …]}
            found += [
                VendorMessage(message=each.message, field=str(name)[:200])
                for name, value in list(inner.items())[:_MOST]
                for each in vendor_messages(value, depth + 1)
            ]
        elif inner:
            found += vendor_messages(inner, depth + 1)
    text = _text(body)
    if text:
        number = body.get("loggingNumber")
        field = body.get("field")
        found.append(
            VendorMessage(
                message=text[:500],
                field=field[:200] if isinstance(field, str) else None,
                logging_number=number if isinstance(number, int) and not isinstance(number, bool) else None,
            )
        )
    return tuple(found[:_MOST])


def _first_of(items: Sequence[Any], depth: int) -> tuple[VendorMessage, ...]:
    found: list[VendorMessage] = []
    for item in items[:_MOST]:
        found += vendor_messages(item, depth + 1)
        if len(found) >= _MOST:
            break
    return tuple(found[:_MOST])


def _text(body: Mapping[str, Any]) -> str:
    return next((body[key] for key in _TEXT_KEYS if isinstance(body.get(key), str) and body[key].strip()), "")


@functools.lru_cache(maxsize=64)
def _beginning(keys: frozenset[str]) -> re.Pattern[bytes]:
    """How an object that holds nothing but these keys begins."""
    names = "|".join(re.escape(key) for key in sorted(keys))
    return re.compile(rf'\s*\{{\s*"(?:{names})"'.encode())


def reports_failure(body: bytes, keys: frozenset[str]) -> bool:
    """Whether a body that came with a success status only reports a failure (Abzorb's failed validation).

    It does if it is a JSON object of nothing but these keys, which the vendor's spec names. An object that
    holds data as well is data: what a message next to it means, the vendor does not state.
    """
    # This runs for every response: the first key alone classifies nearly all of them.
    if not keys or len(body) > _SMALL or not _beginning(frozenset(keys)).match(body):
        return False
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.keys() <= keys and bool(vendor_messages(value))


def _shown(text: str) -> str:
    """Text of the vendor for an error's own: one line, cut, identifiers masked, control characters shown."""
    # Cut before masking, which is slow on long texts, and again after it, as
    # masking changes the length.
    line = " ".join(mask(text[: 10 * _SHOWN]).split())
    line = line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def _message_text(message: VendorMessage) -> str:
    """A vendor message for an error text, with the number that support asks for in clear."""
    text = _shown(message.message)
    if message.field:
        text = f"{_shown(message.field)}: {text}"
    return text if message.logging_number is None else f"{text} (logging number {message.logging_number})"


def scrubbed(response: Response, secrets: Iterable[str]) -> Response:
    """The response without our own secrets, which some vendors echo in their errors."""
    import html  # its table of entities takes 3 ms to import

    body, headers = response.body, dict(response.headers)
    # The longest first: a secret that contains another one must be replaced as a whole.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) < _SHORTEST_SECRET:
            continue  # replacing "1" everywhere would only spoil the text
        # An echo comes in the encoding of the response: as it is, in a URL, in JSON or in HTML.
        for form in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], html.escape(secret)}:
            body = body.replace(form.encode("utf-8", "replace"), b"***")
            headers = {name: value.replace(form, "***") for name, value in headers.items()}
    if body == response.body and headers == dict(response.headers):
        return response
    return Response(response.status, CIMultiDict(headers), body, response.attempts)


def status_error(
    op: Operation[Any],
    response: Response,
    *,
    attempts: int,
    wait: float | None,
    advice: str | None = None,
    guessed_route: bool = False,
    secrets: Iterable[str] = (),
) -> StatusError:
    """The error of a response; also of a 2xx that only reports a failure.

    Args:
        wait: Retry-After in seconds.
        advice: what the user may do about it, added to the message.
        guessed_route: the route is inferred, so that a 404 may mean that.
        secrets: texts that the error does not show.
    """
    response = scrubbed(response, secrets)
    status = response.status
    # A success status whose body only reports a failure is Abzorb's failed validation.
    if 200 <= status < 300:
        cls: type[StatusError] = BadRequestError
    else:
        cls = _CLASSES.get(status, ServerError if status >= 500 else StatusError)
    body = _json(response)
    messages = vendor_messages(body)
    if guessed_route and may_be_wrong(op, status, body):
        cls, advice = WrongRouteError, route_advice(op)
    text = f"{op.name}: status {status}{_meaning(response, body, messages)}"
    if wait is not None and status in (429, 503):
        text += f" (retry after {seconds_text(wait)} s)"
    if advice:
        text += f"; {advice}"
    if body is None and response.body and not is_html(response):
        body = response.body[:1000].decode(charset(response.headers), "replace")
    return cls(
        text,
        operation=op.name,
        status=status,
        request_id=request_id(response.headers),
        messages=messages,
        body=body,
        retry_after=wait,
        attempts=attempts,
        retryable=is_retryable(status),
        may_have_run=may_have_run(status),
        headers=response.headers,
    )


def _meaning(response: Response, body: Any, messages: Sequence[VendorMessage]) -> str:
    """What an error response states, for the text after its status."""
    status = response.status
    if status in _REDIRECTS:
        return " is a redirect; redirects are not followed with credentials, check the base URL"
    if is_html(response):
        return " with an HTML page: a proxy, a gateway or a wrong base URL responded"
    if messages:
        return ": " + "; ".join(_message_text(each) for each in messages[:3])
    if body is None and response.body:
        plain = _plain_text(response)
        if plain:
            return f": {plain}"
    if status in (401, 403):
        return ": credentials refused" if status == 401 else ": no permission"
    return ""


def _plain_text(response: Response) -> str:
    """A body of text that is not JSON, shortened; "" for anything else."""
    kind = response.headers.get("content-type", "").lower()
    if kind and not kind.startswith("text/") and "xml" not in kind:
        return ""
    text = response.body[:4000].decode(charset(response.headers), "replace").lstrip("\ufeff")
    return "" if "\0" in text else _shown(text)


__all__ = ["reports_failure", "scrubbed", "status_error", "vendor_messages"]
