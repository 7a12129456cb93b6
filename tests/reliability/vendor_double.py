"""A vendor on a loopback socket that misbehaves to order and keeps a ledger of what it carried out."""

from __future__ import annotations

import asyncio
import heapq
import json
import re
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import unquote_plus

from attrs import define, field, frozen

from tests.runtime_doubles import FakeTime, http
from trunkline._http.session import AiohttpTransport
from trunkline._wire.messages import Request, Response

_TARGET = re.compile(r"(?:/[^/?]+)?/api/(device|owner)/(\d+)(?:/\w+)?(?:\?(.*))?")


@frozen(kw_only=True)
class Asked:
    """A request as it arrived. skip: rows to leave out; page: 0 for the first of a walk, None elsewhere."""

    method: str
    target: str
    key: int
    skip: int = 0
    page: int | None = None
    top: int | None = None


@frozen
class Wire:
    """What goes on the wire: bytes, and then the connection is kept, closed, reset, or left hanging."""

    data: bytes = b""
    then: Literal["keep", "close", "reset"] = "keep"


class StepClock(FakeTime):
    """A clock that jumps to the next sleeper or appointment once no request is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = 0
        self._appointments: list[tuple[float, int, Callable[[], Awaitable[None]]]] = []

    def at(self, moment: float, action: Callable[[], Awaitable[None]]) -> None:
        """Have something happen at a moment of this clock."""
        heapq.heappush(self._appointments, (moment, len(self._appointments), action))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._count += 1
        entry = (self.now + seconds, self._count)
        heapq.heappush(self._sleepers, entry)
        try:
            while self.now < entry[0]:
                for _ in range(25):
                    await asyncio.sleep(0)
                if self.busy:
                    await asyncio.sleep(0.001)
                elif self._sleepers[0] == entry:
                    await self._jump(entry[0])
        finally:
            self._sleepers.remove(entry)
            heapq.heapify(self._sleepers)

    async def _jump(self, moment: float) -> None:
        if self._appointments and self._appointments[0][0] <= moment:
            then, _, action = heapq.heappop(self._appointments)
            self.now = max(self.now, then)
            await action()
        else:
            self.now = max(self.now, moment)


class CountingTransport(AiohttpTransport):
    """The real transport; counts what is sent to each target and tells the clock that it is at work."""

    def __init__(self, clock: StepClock, **settings: Any) -> None:
        super().__init__(max_response_bytes=1 << 20, user_agent="matrix/1", **settings)
        self._clock = clock
        self.sent: Counter[tuple[str, str]] = Counter()

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        self.sent[request.method, request.url.raw_path_qs] += 1
        self._clock.busy += 1
        try:
            return await super().send(request, headers, timeout)
        finally:
            self._clock.busy -= 1


@define(eq=False)
class Vendor:
    """Devices (GET, PUT), orders (POST), the devices of an owner (a paged GET), and a login.

    misbehave: what goes out instead of the response, or None to respond; called once per request.
    carried_out: the ledger, by (method, key). arrived: requests of that kind, carried out or not.
    """

    clock: StepClock
    misbehave: Callable[[Vendor, Asked], Wire | None] = lambda vendor, asked: None
    login: Callable[[Vendor], Wire | None] = lambda vendor: None
    page: Callable[[Vendor, Asked], dict[str, Any]] | None = None
    tls: ssl.SSLContext | None = None
    needs_token: bool = False
    token_life: float = 3600.0
    rows: int = 7
    page_size: int = 3
    carried_out: Counter[tuple[str, int]] = field(factory=Counter)
    arrived: Counter[tuple[str, int]] = field(factory=Counter)
    targets: list[str] = field(factory=list)
    strikes: Counter[int] = field(factory=Counter)
    connections: int = 0
    logins: int = 0
    port: int = 0
    abort_on_accept: int = 0
    _token: str = ""
    _token_ends: float = 0.0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(factory=set)

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    async def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    def down(self) -> None:
        """Refuse connections; those that exist are cut."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def __aenter__(self) -> Vendor:
        await self.up()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.down()
        while self._writers:  # noqa: ASYNC110 - connections end in turns of this loop
            await asyncio.sleep(0)

    def revoke(self) -> None:
        """From now on the token that was issued last is not accepted."""
        self._token = ""

    # ---- one connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.abort_on_accept:
            self.abort_on_accept -= 1
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        token = re.search(r'access_token="([^"]*)"', head)
        method, target, _ = head.split("\r\n")[0].split(" ")  # a raw blank in the target breaks this
        wire = self._respond(method, target, token[1] if token else "")
        writer.write(wire.data)
        if wire.then == "reset":
            await writer.drain()
            writer.transport.abort()
        return wire.then == "keep"

    def _respond(self, method: str, target: str, token: str) -> Wire:
        if target == "/login":
            self.logins += 1
            return self.login(self) or self._issue()
        match = _TARGET.fullmatch(target)
        if match is None:
            return Wire(http("404 Not Found", b"{}"))
        self.targets.append(target)
        asked = self._asked(method, target, match)
        self.arrived[method, asked.key] += 1
        if self.needs_token and (
            not self._token or token != self._token or self.clock.now >= self._token_ends
        ):
            return Wire(http("401 Unauthorized", b"{}"))
        wire = self.misbehave(self, asked)
        if wire is not None:
            return wire
        self.carry_out(asked)
        return Wire(self.good(asked))

    def _asked(self, method: str, target: str, match: re.Match[str]) -> Asked:
        kind, key, query = match.groups()
        pairs = dict(part.partition("=")[::2] for part in unquote_plus(query or "").split("&"))
        skip = int(pairs.get("$skiptoken") or pairs.get("$skip") or 0)
        top = int(pairs["$top"]) if "$top" in pairs else None
        page = -(-skip // self.page_size) if kind == "owner" else None
        return Asked(method=method, target=target, key=int(key), skip=skip, page=page, top=top)

    # ---- responses

    def carry_out(self, asked: Asked) -> None:
        """Enter the operation in the ledger."""
        self.carried_out[asked.method, asked.key] += 1

    def good(self, asked: Asked) -> bytes:
        """The response as it should be."""
        if asked.page is None:
            return http("200 OK", json.dumps({"deviceID": asked.key, "name": f"é{asked.key}"}).encode())
        return http("200 OK", json.dumps((self.page or Vendor.linked)(self, asked)).encode())

    def devices(self, owner: int) -> list[int]:
        """All device numbers of an owner."""
        return [owner * 10_000 + number for number in range(self.rows)]

    def linked(self, asked: Asked) -> dict[str, Any]:
        """A page with a next link, as both vendors' samples show it."""
        following = asked.skip + self.page_size
        page: dict[str, Any] = {"value": self.slice(asked)}
        if following < self.rows:
            page["@odata.nextLink"] = f"{self.url}{self.path(asked)}?$skiptoken={following}"
        return page

    def slice(self, asked: Asked) -> list[dict[str, Any]]:
        """The rows of one page, cut to the page size whatever `$top` says."""
        rows = self.devices(asked.key)[asked.skip : asked.skip + self.page_size]
        return [{"deviceID": number} for number in rows]

    @staticmethod
    def path(asked: Asked) -> str:
        """The target without its query."""
        return asked.target.partition("?")[0]

    def _issue(self) -> Wire:
        self._token_ends = self.clock.now + self.token_life
        self._token = f"u={self.logins}&ExpiresOn={int(1e9 + self._token_ends)}"
        return Wire(http("200 OK", json.dumps(self._token).encode()))
