"""What a transport sends and receives, and the protocol of a transport. No I/O, no HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

from attrs import define, field
from yarl import URL


class Request:
    """What a transport sends, without the credentials of the client.

    url: encoded already. A waiting login's request holds a password, so this is not an attrs class, and its
        repr
    shows nothing: tools that walk into attributes find none.
    """

    __slots__ = ("body", "headers", "method", "url")

    def __init__(self, method: str, url: URL, headers: dict[str, str], body: bytes | None = None) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body

    def __reduce__(self) -> NoReturn:
        raise TypeError("a request may hold credentials and is not pickled")


@define(repr=False)
class Response:
    """What a transport received: a status, headers whose case does not matter, the decompressed body.

    attempts: how many it took; the attempt loop writes it.
    """

    status: int
    # repr=False as well: rich shows the fields of attrs classes by itself.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    attempts: int = 1


class Transport(Protocol):
    """Anything that can carry a request. One instance serves one client and one event loop."""

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        """Send once; `headers` are the credentials, `timeout` covers all from connecting to the last byte.

        Raises:
            TransportError, DeadlineError: no complete response; see `may_have_run`.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


__all__ = ["Request", "Response", "Transport"]
