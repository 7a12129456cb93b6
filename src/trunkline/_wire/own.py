"""What a caller adds to requests by hand: headers and query parameters, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from yarl import URL

from trunkline._wire.messages import Request
from trunkline._wire.parameters import checked_headers, query_pairs
from trunkline.errors import ArgumentError, TrunklineError
from trunkline.operation import Param

# Host, length and connection headers of a caller could contradict the message, which is how request
# smuggling works (RFC 9112 section 11.2). Authorization is set by the login.
_LIBRARY_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "authorization"}
)


def own_headers(headers: Mapping[str, str], error: type[TrunklineError]) -> dict[str, str]:
    """Headers of the caller, without those that this library sets.

    Raises:
        error: a name or a value that must not go out.
    """
    for name in headers:
        if name.lower() in _LIBRARY_HEADERS:
            raise error(f"the header {name} is set by the library and cannot be given")
    try:
        return checked_headers(headers)
    except ArgumentError as problem:
        raise error(str(problem)) from None


def with_headers(request: Request, headers: Mapping[str, str]) -> Request:
    """The request with headers of `RequestOptions`."""
    if not headers:
        return request
    found = own_headers(headers, ArgumentError)
    given = {name.lower() for name in found}
    # Names of headers have no case (RFC 9110, section 5.1): "content-type" replaces "Content-Type".
    kept = {name: value for name, value in request.headers.items() if name.lower() not in given}
    return Request(request.method, request.url, kept | found, request.body)


def with_query(request: Request, query: Mapping[str, Any]) -> Request:
    """The request with query parameters that its operation does not document.

    Raises:
        ArgumentError: a name that the request has already, or a value that cannot be written.
    """
    if not query:
        return request
    text = request.url.raw_query_string
    taken = {unquote(pair.partition("=")[0]) for pair in text.split("&")}
    pairs = [text] if text else []
    for name, value in query.items():
        if name in taken:
            raise ArgumentError(f"RequestOptions.query: {name} is in the request already; use its argument")
        if value is not None:
            pairs += query_pairs(value, Param(wire=name, name=name, type="Any"))
    url = URL(f"{str(request.url).partition('?')[0]}?{'&'.join(pairs)}", encoded=True)
    return Request(request.method, url, request.headers, request.body)


__all__ = ["own_headers", "with_headers", "with_query"]
