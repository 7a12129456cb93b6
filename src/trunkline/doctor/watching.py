"""A transport that counts what goes through it and remembers the last response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.errors import TransportError
from trunkline.transport import Request, Response, Transport


class BudgetError(TransportError):
    """As many requests as an examination may send have been sent."""

    retryable = False


class Watching:
    """Sends through another transport, at most `most` requests.

    sent: requests so far. status, headers, body: of the last response; None and empty before the first.
    """

    def __init__(self, inner: Transport, most: int) -> None:
        self._inner, self.most = inner, most
        self.sent = 0
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.body = b""
        self.posted: bytes | None = None
        """The response body of the last POST: a login, for an examination posts nothing else."""

    @property
    def left(self) -> int:
        """Requests that may still be sent."""
        return self.most - self.sent

    def header(self, name: str) -> str:
        """A header of the last response, "" where it had none."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        """Send once; BudgetError where nothing may be sent any more."""
        if self.sent >= self.most:
            raise BudgetError(f"{self.most} requests were sent; no more are")
        self.sent += 1
        # Cleared before the send, so that a lost request does not leave the previous response behind.
        self.status, self.headers, self.body = None, {}, b""
        response = await self._inner.send(request, headers, timeout)
        self.status, self.headers, self.body = response.status, response.headers, response.body
        if request.method == "POST":
            self.posted = response.body
        return response

    async def aclose(self) -> None:
        """Close the transport underneath."""
        await self._inner.aclose()


__all__ = ["BudgetError", "Watching"]
