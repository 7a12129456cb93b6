"""Short-hand clients for the sandbox that know how to sign in."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import aiohttp
from attrs import define, field

from trunkline.sandbox import Sandbox

START = 1_760_000_000.0
"""The time at which every test begins: 9 October 2025, 08:53:20 UTC."""


ADMIN = {"X-Sandbox-Admin": "1"}
"""What a change under `/sandbox/` has to carry."""


@define
class Response:
    status: int
    text: str
    headers: dict[str, str]
    json: Any = None


@define
class Caller:
    """Sends requests below one base URL and reads the whole response."""

    session: aiohttp.ClientSession
    base: str
    headers: dict[str, str] = field(factory=dict)

    async def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> Response:
        headers = options.pop("headers", self.headers)
        async with self.session.request(
            method, self.base + path, json=json, headers=headers, **options
        ) as response:
            text = await response.text()
            found = await response.json() if text and "json" in response.content_type else None
            return Response(response.status, text, dict(response.headers), found)

    async def get(self, path: str, **query: str) -> Response:
        # Some reads of IDI ask for the header although they have no body; the others take it as well.
        kind = {"Content-Type": "application/json"} if "/2X/" in self.base else {}
        return await self(
            "GET",
            path,
            headers=self.headers | kind,
            params={name.replace("_", "$", 1): v for name, v in query.items()},
        )

    async def post(self, path: str, json: Any = None) -> Response:
        return await self("POST", path, json)

    async def patch(self, path: str, *steps: tuple[Any, ...]) -> Response:
        document = [dict(zip(("op", "path", "value"), step, strict=False)) for step in steps]
        return await self("PATCH", path, document)


async def raw(sandbox: Sandbox, *parts: bytes | str, until: float = 5.0) -> bytes:
    """What the sandbox sends back to these very bytes, up to the end of the connection or 64 KiB."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    for part in parts:
        writer.write(part.encode() if isinstance(part, str) else part)
        await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(64 * 1024), until)
    except TimeoutError:
        return b""
    finally:
        writer.close()


async def sign_in(session: aiohttp.ClientSession, sandbox: Sandbox, **given: str) -> Response:
    body = {"userName": "sandbox", "password": "sandbox-password"} | given
    return await Caller(session, sandbox.login_url)("POST", "", body)


def wrap(token: str) -> dict[str, str]:
    return {"Authorization": f'WRAP access_token="{token}"'}


def basic(user: str = "sandbox", password: str = "sandbox-password") -> dict[str, str]:  # noqa: S107
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
