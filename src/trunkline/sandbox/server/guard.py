"""Who may talk to the sandbox: checks of Host, Origin, a header on changes, and the admin token.

A web page that somebody opens in a browser on this machine can send requests to loopback. Three things keep
it out: a page of another site names itself in `Origin`; a page whose name was re-pointed to 127.0.0.1 (DNS
rebinding) still sends its own name in `Host`; and a form or an image can send no header of our own, so a
change that lacks one is refused (a script of another site would need a CORS preflight, which never
succeeds). Beyond loopback anybody on the network could reach the admin, so it asks for a token there.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

ADMIN_HEADER: Final = "X-Sandbox-Admin"
"""Sent with any value by whoever changes something under `/sandbox/`."""
TOKEN_HEADER: Final = "X-Sandbox-Token"  # noqa: S105 - the name of a header
_COOKIE: Final = "trunkline-sandbox-token"
_READS: Final = frozenset({"GET", "HEAD"})
_HOST: Final = re.compile(r"(\[[^\[\]]*\]|[^\[\]:@]*)(?::[0-9]*)?")
_ADMIN_PREFIXES: Final = ("/sandbox/", "/page/", "/openapi/")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own and nobody else's."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """Decides whether a request is served.

    Args:
        host: the address that is listened on; None when somebody else listens, as a
            test server given `create_app`.
        names: further host names, with or without a port, that `Host` and `Origin` may carry.
        token: asked for by the admin and the page; empty for none.
    """

    def __init__(self, *, host: str | None, names: Iterable[str] = (), token: str = "") -> None:
        self._names = {name.lower() for name in names}
        self._is_open = host is not None and not is_loopback(host)
        if host and self._is_open:
            self._names.add(host.lower())
        self._token = token

    def refusal(self, request: web.Request) -> web.StreamResponse | None:
        """Why a request is not served, as its response; None when it is."""
        headers = request.headers
        # All values are checked: a proxy and aiohttp may pick different ones of two.
        for host in headers.getall("Host", []):
            if not self._is_known(host):
                return _refuse(
                    403, f"The host {host[:100]!r} is not this sandbox; to allow the name: --allow-host NAME."
                )
        for origin in headers.getall("Origin", []):
            if not self._is_known(_netloc(origin)):
                return _refuse(403, "Requests of web pages of another origin are refused.")
        if not _is_admin(request):
            return None
        # Browsers set this header themselves and scripts cannot change it. A navigation is allowed, so
        # that a link to the page works.
        if headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Mode") != "navigate":
            return _refuse(403, "Requests of web pages of another site are refused.")
        if request.method in _READS:
            return self._ask_for_token(request) if self._token else None
        if not all(self._is_own(origin, request) for origin in headers.getall("Origin", [])):
            return _refuse(403, "Changes by web pages of another origin are refused.")
        if not _has_header(request):
            return _refuse(
                403, f"A change needs the header {ADMIN_HEADER}: 1, or a body of type application/json."
            )
        return self._ask_for_token(request) if self._token else None

    def _is_own(self, origin: str, request: web.Request) -> bool:
        """Whether a page is the sandbox's own, or of a given name: another port is another program's page."""
        netloc = _netloc(origin).lower()
        return netloc == request.headers.get("Host", "").lower() or netloc in self._names

    def _is_known(self, netloc: str) -> bool:
        netloc = netloc.lower()
        name = _without_port(netloc)
        if is_loopback(name) or name in self._names or netloc in self._names:
            return True
        if not self._is_open:
            return False
        # Only names can be re-pointed: an address in Host is the one that the browser connected to.
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _ask_for_token(self, request: web.Request) -> web.StreamResponse | None:
        given = request.headers.get(TOKEN_HEADER) or request.cookies.get(_COOKIE) or ""
        if self._is_token(given):
            return None
        if request.path == "/" and self._is_token(request.query.get("token", "")):
            # To an address without the token, which then leaves the address bar.
            response = web.Response(status=303, headers={"Location": "/"})
            # `SameSite=Strict` keeps the cookie from requests that other sites cause; `httponly` keeps
            # scripts from reading it.
            response.set_cookie(_COOKIE, self._token, httponly=True, samesite="Strict", secure=request.secure)
            return response
        return _refuse(
            401,
            f"This sandbox asks for its token: open the address that it printed when it started, or send "
            f"{TOKEN_HEADER}.",
        )

    def _is_token(self, given: str) -> bool:
        # A comparison that takes the same time wherever the texts differ.
        return hmac.compare_digest(given.encode(), self._token.encode())

    @web.middleware
    async def middleware(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse before anything is read or counted."""
        refusal = self.refusal(request)
        return await handler(request) if refusal is None else refusal


def _is_admin(request: web.Request) -> bool:
    return request.path == "/" or request.path.startswith(_ADMIN_PREFIXES)


def _has_header(request: web.Request) -> bool:
    # Both need a CORS preflight when they come from another origin; a plain form can send neither.
    return ADMIN_HEADER in request.headers or request.content_type == "application/json"


def _netloc(origin: str) -> str:
    """Host and port of an Origin; nothing for one that is not a URL, so that it is nobody's."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _without_port(netloc: str) -> str:
    # RFC 9112, section 3.2: anything else in Host is malformed, and then compared as it is, with no match.
    found = _HOST.fullmatch(netloc)
    return found[1] if found else netloc


def _refuse(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)


__all__ = ["ADMIN_HEADER", "TOKEN_HEADER", "Guard", "is_loopback"]
