"""What a transport sends and gets back, and the protocol of a transport. No I/O, no HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import define, field
from yarl import URL


@define(repr=False)
class Request:
    """What a transport sends, without the credentials; `url` is encoded already. The repr hides all."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes | None = None


@define(repr=False)
class Response:
    """What a transport got back: a status, headers in which case does not matter, the decompressed body.

    attempts: how many it took; the attempt loop writes it.
    """

    status: int
    # repr=False as well: rich shows the fields of attrs classes by itself.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    attempts: int = 1


class Transport(Protocol):
    """The seam: whatever can carry a request. One instance serves one client and one event loop."""

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        """Send once; `headers` are the credentials, `timeout` covers all from connecting to the last byte.

        Raises:
            TransportError, DeadlineError: no complete answer; see `may_have_run`.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


__all__ = ["Request", "Response", "Transport"]
