"""A transport for tests of what goes over the wire."""

from __future__ import annotations

import asyncio

from yarl import URL

from trunkline._http.session import AiohttpTransport
from trunkline._wire.messages import Request
from trunkline.config import Timeouts
from trunkline.network import Network


class Link(AiohttpTransport):
    """A transport of its own for each test, closed at the end."""

    def __init__(
        self, most: int = 100_000, connect: float | None = 5.0, network: Network | None = None
    ) -> None:
        super().__init__(
            timeouts=Timeouts(connect=connect), max_response_bytes=most, user_agent="test/1", network=network
        )

    async def get(
        self, url: str, method: str = "GET", body: bytes | None = None, timeout: float | None = 5.0
    ):
        return await self.send(
            Request(method, URL(url, encoded=True), {}, body), {"Authorization": "x"}, timeout
        )

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()
        await asyncio.sleep(0)
