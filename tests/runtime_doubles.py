"""Stand-ins for time, transport and server that the runtime's tests share."""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import Callable
from typing import Any, ClassVar

from attrs import define, field
from multidict import CIMultiDict

from trunkline import Model
from trunkline._wire.messages import Request, Response
from trunkline.client import BaseClient
from trunkline.config import TimeSource
from trunkline.operation import Body, Operation, Paging, Param


@define(kw_only=True)
class Device(Model):
    device_id: int | None = field(default=None, metadata={"wire": "deviceID"})


def operation(id: str, method: str, path: str, **more: Any) -> Operation[Any]:
    return Operation(api="api", id=id, title="", method=method, path=path, namespace=__name__, **more)


DEVICE_ID = Param(wire="deviceID", name="device_id", type="int", required=True)
GET = operation(
    "device.get",
    "GET",
    "/api/device/{deviceID}",
    path_params=(DEVICE_ID,),
    response="Device",
    idempotency="safe",
)
PUT = operation(
    "device.put", "PUT", "/api/device/{deviceID}", path_params=(DEVICE_ID,), idempotency="idempotent"
)
CREATE = operation("device.create", "POST", "/api/device", body=Body(), response="Device")
SEARCH = operation(
    "device.search",
    "GET",
    "/api/device",
    query_params=(
        Param(wire="$filter", name="filter"),
        Param(wire="$skip", name="skip", type="int"),
        Param(wire="$skiptoken", name="skip_token"),
        Param(wire="$top", name="top", type="int"),
    ),
    response="Any",
    paging=Paging(row_type="Device", skip="$skip", skip_token="$skiptoken", top="$top"),
    idempotency="safe",
    filterable=("deviceID",),
)


class Client(BaseClient):
    pages_cut_at_hundreds = True  # as both vendors do
    failure_keys = frozenset({"response_message", "error", "errors"})
    operations: ClassVar = {each.id: each for each in (GET, PUT, CREATE, SEARCH)}


class FakeTime:
    """A clock that jumps to the next sleeper once everybody else has had a turn."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, int]] = []
        self._count = 0
        self.chance = 0.5

    @property
    def time_source(self) -> TimeSource:
        return TimeSource(
            clock=lambda: self.now, wall=lambda: 1e9 + self.now, sleep=self.sleep, random=lambda: self.chance
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._count += 1
        entry = (self.now + seconds, self._count)
        heapq.heappush(self._sleepers, entry)
        try:
            while self.now < entry[0]:
                for _ in range(25):
                    await asyncio.sleep(0)
                if self._sleepers[0] == entry:
                    self.now = max(self.now, entry[0])
        finally:
            self._sleepers.remove(entry)
            heapq.heapify(self._sleepers)


def responds(status: int = 200, body: Any = None, **headers: str) -> Response:
    data = body if isinstance(body, bytes) else json.dumps({"deviceID": 1} if body is None else body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, CIMultiDict({"Content-Type": "application/json", **named}), data)


Step = Response | Exception


class FakeTransport:
    """Plays a script: responses and errors in turn, the last one for ever; or a function of the request."""

    def __init__(self, *script: Step | Callable[[Request, Any], Any]) -> None:
        self.script = list(script)
        self.sent: list[tuple[Request, dict[str, str]]] = []
        self.timeouts: list[float | None] = []
        self.busy = self.busiest = 0
        self.closed = 0

    async def send(self, request: Request, headers: Any, timeout: float | None) -> Response:
        self.sent.append((request, dict(headers)))
        self.timeouts.append(timeout)
        step: Any = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0)
            if callable(step):
                step = step(request, headers)
                if asyncio.iscoroutine(step):
                    step = await step
        finally:
            self.busy -= 1
        if isinstance(step, Exception):
            raise step
        return step

    async def aclose(self) -> None:
        self.closed += 1


def client_of(transport: FakeTransport, time: FakeTime | None = None, **settings: Any) -> Client:
    return Client(
        base_url="https://vendor.test/root/",
        transport=transport,
        time_source=(time or FakeTime()).time_source,
        **settings,
    )


class RawServer:
    """A loopback server that responds to each request with what `reply(number, head)` says.

    bytes are written and the connection kept; None closes it at once; "reset" resets it; a tuple is written
    and then the connection closed.
    """

    def __init__(self, reply: Callable[[int, bytes], Any], ssl: Any = None) -> None:
        self.reply = reply
        self.heads: list[bytes] = []
        self.connections = 0
        self._ssl = ssl
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> RawServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._ssl)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http{'s' if self._ssl else ''}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                reply = self.reply(len(self.heads), head)
                if reply == "reset":
                    writer.transport.abort()
                    return
                if reply is None:
                    break
                writer.write(reply[0] if isinstance(reply, tuple) else reply)
                if isinstance(reply, tuple):
                    break
            writer.close()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def taken(client: Any) -> set[Any]:
    """The connections of a client on which an exchange is under way."""
    transport = client._transport
    exchanges = transport._exchanges
    origins = exchanges._origins.values() if exchanges else ()
    idle = {connection.protocol for origin in origins for connection, _ in origin.idle._kept}
    return transport._session.connector._acquired - idle


def http(status: str = "200 OK", body: bytes = b'{"deviceID": 1}', *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("Content-Type: application/json")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
