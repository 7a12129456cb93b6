"""Responses that go wrong on the wire: cut, cut short, trickling, garbled, mislabelled, a proxy's page."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import email.utils
import time
from typing import Final

from aiohttp import web

from trunkline.sandbox.faults.rules import RetryAfter, Rule

_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>{0}</title></head>"
    "<body><h1>{0}</h1><hr><p>gateway of the trunkline sandbox</p></body></html>"
)
_PIECES: Final = 10


def retry_after(form: RetryAfter | None, now: float) -> dict[str, str]:
    """The header in the form asked for; none for None."""
    if form is None:
        return {}
    if form.form in ("seconds", "text"):
        return {"Retry-After": form.value}
    at = now + float(form.value)
    moment = time.gmtime(at)
    match form.form:
        case "date":
            text = email.utils.formatdate(at, usegmt=True)
        # The two older forms that RFC 9110, section 5.6.7, still has recipients understand.
        case "rfc850":
            day = email.utils.formatdate(at, usegmt=True).split()
            full = datetime.date(*moment[:3]).strftime("%A")
            text = f"{full}, {day[1]}-{day[2]}-{day[3][2:]} {day[4]} GMT"
        case "asctime":
            text = time.asctime(moment)
        case _:
            text = time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)
    return {"Retry-After": text}


def cut(request: web.Request) -> web.Response:
    """Cut the connection; the response that is returned reaches nobody."""
    if request.transport is not None:
        # `abort` sends a reset at once; `close` would first send what is buffered, and the client
        # would see a clean end.
        request.transport.abort()
    return web.Response(status=500)


def error_page(rule: Rule) -> web.Response:
    """The page of a proxy in front of a vendor that does not respond."""
    text = _PAGE.format(f"{rule.status} {'OK' if rule.status < 300 else 'Bad Gateway'}")
    return web.Response(status=rule.status, text=text, content_type="text/html")


async def spoil(request: web.Request, response: web.Response, rule: Rule) -> web.StreamResponse:
    """The response as the rule changes it; kinds that do not touch a finished response leave it as it is."""
    body = response.body if isinstance(response.body, bytes) else b""
    match rule.kind:
        case "reset":
            return cut(request)
        case "garbage":
            # Half of the body and a fragment: text that starts like the right JSON and is not.
            return web.Response(
                status=response.status, body=body[: len(body) // 2] + b'{"<', content_type="application/json"
            )
        case "wrong-type":
            return web.Response(status=response.status, body=body, content_type="text/html")
        case "truncate" | "slow":
            return await _stream(request, response, body, rule)
    return response


async def _stream(
    request: web.Request, response: web.Response, body: bytes, rule: Rule
) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    # The length of the whole body is announced, so the client notices that it was cut
    # (RFC 9112 section 8).
    stream.content_length = len(body)
    # The client may well give up on a connection that is being spoiled.
    with contextlib.suppress(ConnectionError):
        await stream.prepare(request)
        if rule.kind == "truncate":
            await stream.write(body[: len(body) // 2])
            cut(request)
            return stream
        size = max(1, len(body) // _PIECES)
        pieces = [body[i : i + size] for i in range(0, len(body), size)]
        for piece in pieces:
            await asyncio.sleep(rule.over / len(pieces))
            await stream.write(piece)
        await stream.write_eof()
    return stream


__all__ = ["cut", "error_page", "retry_after", "spoil"]
