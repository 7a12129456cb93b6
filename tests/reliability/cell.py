"""One cell of the fault matrix: it runs a client against a misbehaving vendor and judges what both say."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar

import trustme
from attrs import define, field, frozen

from tests.reliability.faults import Expect, Fault, Kind, Mode
from tests.reliability.vendor_double import Asked, CountingTransport, StepClock, Vendor, Wire
from tests.runtime_doubles import Device
from trunkline import bulk
from trunkline.abzorb import Client as AbzorbClient
from trunkline.auth import BasicAuth, SwtAuth
from trunkline.client import BaseClient
from trunkline.config import Timeouts
from trunkline.errors import AuthError
from trunkline.operation import Body, Operation, Paging, Param

_KEY = Param(wire="deviceID", name="device_id", type="int", required=True)
_METHODS: dict[Kind, str] = {"safe": "GET", "idempotent": "PUT", "unsafe": "POST"}
STRUCK = frozenset({2, 5, 9})
KEYS = range(1, 13)


def _operation(id: str, method: str, path: str, **more: Any) -> Operation[Any]:
    names = {
        "api": "api",
        "id": id,
        "title": "",
        "method": method,
        "path": path,
        "namespace": Device.__module__,
    }
    return Operation(**names, path_params=(_KEY,), **{"response": "Device", **more})


OPERATIONS: dict[Kind, Operation[Any]] = {
    "safe": _operation("device.get", "GET", "/api/device/{deviceID}", idempotency="safe"),
    "idempotent": _operation("device.put", "PUT", "/api/device/{deviceID}", idempotency="idempotent"),
    "unsafe": _operation("order.create", "POST", "/api/device/{deviceID}/orders", body=Body(required=False)),
}
WALK = _operation(
    "device.search",
    "GET",
    "/api/owner/{deviceID}/devices",
    query_params=(Param(wire="$skip", name="skip", type="int"), Param(wire="$top", name="top", type="int")),
    response="Any",
    idempotency="safe",
    paging=Paging(row_type="Device", skip="$skip", top="$top"),
)


class Client(BaseClient):
    pages_cut_at_hundreds = True  # as both vendors do
    failure_keys = AbzorbClient.failure_keys
    operations: ClassVar = {each.id: each for each in (*OPERATIONS.values(), WALK)}

    async def login(self) -> bytes:
        host = str(self.base_url.origin())
        return await self._post(f"{host}/login", {"Accept": "application/json"}, b"{}")


@frozen(kw_only=True)
class Seen:
    """What came of one call: the rows or device numbers it handed out, and its error."""

    key: int
    got: tuple[int, ...]
    error: BaseException | None
    attempts: int


@define(kw_only=True)
class Cell:
    """One cell: runs itself and finds what is not as it must be."""

    fault: Fault
    mode: Mode
    kind: Kind
    clock: StepClock = field(factory=StepClock)
    wrong: list[str] = field(factory=list)
    seen: list[Seen] = field(factory=list)
    elsewhere: Vendor = field(init=False)
    vendor: Vendor = field(init=False)
    transport: CountingTransport = field(init=False)

    @property
    def name(self) -> str:
        return f"{self.fault.name}-{self.mode}-{self.kind}"

    @property
    def expect(self) -> Expect:
        return self.fault.expect(self.mode, self.kind)

    @property
    def walks(self) -> bool:
        return self.mode == "paged" or self.fault.cause == "paging"

    @property
    def keys(self) -> list[int]:
        if self.fault.crowd:
            return list(range(1, self.fault.crowd // (5 if self.walks else 1) + 1))
        return list(KEYS) if self.mode == "bulk" else [2]

    def is_struck(self, key: int) -> bool:
        return self.mode != "bulk" or self.fault.cause != "reply" or key in STRUCK

    # ---- running

    async def run(self) -> None:
        """Run the calls against a vendor that misbehaves, then look at what both sides say."""
        before = asyncio.all_tasks()
        async with AsyncExitStack() as stack:
            await self._stage(stack)
            client = Client(
                base_url=self._base(),
                auth=SwtAuth(lambda: client.login()) if self.fault.cause == "token" else BasicAuth("u", "p"),
                timeouts=Timeouts(attempt=self.fault.attempt_timeout, connect=5.0),
                transport=self.transport,
                time_source=self.clock.time_source,
            )
            async with client:
                if self.fault.cause == "token" and self.fault.login is None and self.fault.times is not None:
                    await self._warm_up(client)
                began = self.clock.now
                await self._call(client)
                self._check_time(self.clock.now - began)
            self._check()
            await self.transport.aclose()
            await self._drained()
        left = [task for task in asyncio.all_tasks() - before if not task.done()]
        self._must(not left, f"{len(left)} tasks are left over")

    async def _stage(self, stack: AsyncExitStack) -> None:
        fault, tls = self.fault, None
        if fault.name == "TLS error":
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
        self.vendor = Vendor(clock=self.clock, misbehave=self._misbehave, tls=tls, page=fault.page)
        self.elsewhere = Vendor(clock=self.clock)
        await stack.enter_async_context(self.elsewhere)
        self.vendor.rows, self.vendor.page_size = fault.rows, fault.page_size
        self.vendor.needs_token = fault.cause == "token"
        self.vendor.login = fault.login or self.vendor.login
        self.transport = CountingTransport(self.clock, timeouts=Timeouts(connect=5.0))
        stack.push_async_callback(self.transport.aclose)
        await stack.enter_async_context(self.vendor)
        if fault.name == "nextLink to another port":
            self.vendor.page = self._led_astray
        if self.mode != "paged":
            if fault.name == "connection refused":
                self._outage()
            if fault.name == "reset before the request":
                self.vendor.abort_on_accept = 3 if self.mode == "bulk" else 1

    def _led_astray(self, vendor: Vendor, asked: Asked) -> dict[str, Any]:
        page = vendor.linked(asked)
        return {**page, "@odata.nextLink": f"{self.elsewhere.url}{vendor.path(asked)}?$skiptoken=3"}

    def _outage(self) -> None:
        self.vendor.down()
        self.clock.at(self.clock.now + 0.2, self.vendor.up)

    def _base(self) -> str:
        host = "https://nowhere.invalid" if self.fault.name == "DNS failure" else self.vendor.url
        return f"{host}/acme"

    async def _warm_up(self, client: Client) -> None:
        """A call that fetches a token; then the token expires or is revoked."""
        await client.call(OPERATIONS["safe"], path=(0,))
        self.vendor.arrived.clear()
        self.vendor.carried_out.clear()
        self.transport.sent.clear()
        if self.fault.name == "token expires under 500 calls":
            self.clock.now += 4_000.0
        elif self.fault.name == "token revoked under 500 calls":
            self.vendor.revoke()

    def _misbehave(self, vendor: Vendor, asked: Asked) -> Wire | None:
        fault = self.fault
        if asked.key == 0 or (self.mode == "paged" and asked.page is None):
            return None
        if self.mode == "paged" and fault.cause == "network" and asked.page == 0:
            return self._break_after_first_page(asked)
        if fault.strike is None or not self.is_struck(asked.key):
            return None
        if self.mode == "paged" and fault.cause in ("reply", "token") and asked.page != 1:
            return None
        scope = 0 if fault.cause == "token" else asked.key
        if fault.times is not None and vendor.strikes[scope] >= fault.times:
            return None
        wire = fault.strike(vendor, asked)
        vendor.strikes[scope] += wire is not None
        return wire

    def _break_after_first_page(self, asked: Asked) -> Wire | None:
        """The network fails between the first page and the second."""
        if self.fault.name == "connection refused":
            self.clock.at(self.clock.now + 0.2, self.vendor.up)
            self.vendor._server.close()  # type: ignore[union-attr]
        else:
            self.vendor.abort_on_accept = 1
        self.vendor.carry_out(asked)
        good = self.vendor.good(asked)
        return Wire(good.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), "close")

    async def _call(self, client: Client) -> None:
        if self.mode == "bulk" and self.kind == "unsafe" and not self.walks:
            await self._apply(client)
        elif self.mode == "bulk":
            run = bulk.lookup(
                lambda key: self._one(client, key),
                self.keys,
                concurrency=len(self.keys) if self.fault.crowd else 4,
                outage=0,  # how outages are outlasted is tested by itself
                fatal=(),  # and how a refused login ends a run; here every key has its outcome
            )
            async with run:
                async for outcome in run:
                    got = outcome.value or ()
                    self.seen.append(
                        Seen(key=outcome.key, got=got, error=outcome.error, attempts=outcome.attempts)
                    )
        else:
            self.seen += await asyncio.gather(*(self._alone(client, key) for key in self.keys))

    async def _apply(self, client: Client) -> None:
        """Changes go through a journal: what may have run is quarantined, since nothing here reads it
        back."""

        async def change(key: int) -> None:
            await self._one(client, key)

        concurrency = len(self.keys) if self.fault.crowd else 4
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal"
            rows = [{"key": key} for key in self.keys]
            run = bulk.apply(change, rows, journal=path, concurrency=concurrency, outage=0)
            ended: Exception | None = None
            try:
                await run
            except AuthError as error:
                ended = error
            with bulk.Journal(path) as journal:
                for row in journal.rows():
                    key = self.keys[row.position]
                    error = row.error or (None if row.state == "done" else ended)
                    got = () if error else (key,)
                    self.seen.append(Seen(key=key, got=got, error=error, attempts=self._sent(key)))

    async def _one(self, client: Client, key: int) -> tuple[int, ...]:
        if self.walks:
            rows = await client.paginate(WALK, path=(key,), query=(None, self.fault.top)).all()
            return tuple(row.device_id for row in rows)
        device = await client.call(OPERATIONS[self.kind], path=(key,))
        self._must(device.extra.get("name") == f"é{key}", "the text of the response was damaged")
        return (device.device_id,)

    async def _alone(self, client: Client, key: int) -> Seen:
        got: list[int] = []
        error: BaseException | None = None
        try:
            if self.walks:
                async for row in client.paginate(WALK, path=(key,), query=(None, self.fault.top)):
                    got.append(row.device_id)  # noqa: PERF401 - what came before an error counts
            else:
                got += await self._one(client, key)
        except Exception as caught:
            error = caught
        return Seen(key=key, got=tuple(got), error=error, attempts=getattr(error, "attempts", 0))

    async def _drained(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    # ---- judging

    def _must(self, holds: bool, text: str) -> None:
        if not holds:
            self.wrong.append(text)

    def _check_time(self, elapsed: float) -> None:
        unsafe_gives_up = self.expect.result != "ok"
        least = 0.0 if unsafe_gives_up else self.fault.waits
        self._must(elapsed >= least, f"waited {elapsed:.1f} s and not {least} s")
        self._must(elapsed <= max(900.0, least), f"took {elapsed:.1f} s")

    def _check(self) -> None:
        keys = Counter(one.key for one in self.seen)
        self._must(keys == Counter(self.keys), f"keys lost or doubled: {keys}")
        for one in self.seen:
            self._check_one(one)
        if self.kind == "unsafe":
            twice = [key for key, times in self.vendor.carried_out.items() if times > 1]
            self._must(not twice, f"an unsafe operation was carried out twice for {twice}")
        self._must(not self.elsewhere.connections, "another server was talked to")
        if self.fault.logins:
            least, most = self.fault.logins
            self._must(least <= self.vendor.logins <= most, f"{self.vendor.logins} logins")
        for target in self.vendor.targets:
            self._must("+" not in target, "a blank became a plus")

    def _check_one(self, one: Seen) -> None:
        struck, expect = self.is_struck(one.key), self.expect
        if not struck:
            expect = Expect("ok", 1, 1)
        error = one.error
        result = "ok" if error is None else type(error).__name__
        sent = self._sent(one.key)
        label = f"key {one.key}: "
        self._must(
            result in expect.result.split(" or "), f"{label}{result} and not {expect.result} ({error})"
        )
        self._must(expect.least <= sent <= expect.most, f"{label}{sent} requests and not {expect}")
        if self.mode == "bulk" and not self.walks and (sent or error is None):
            self._must(one.attempts == sent, f"{label}told {one.attempts} attempts, sent {sent}")
        whole = tuple(self.vendor.devices(one.key)) if self.walks else (one.key,)
        if error is None:
            self._must(one.got == whole, f"{label}rows lost or doubled")
            self._must(self._ledger(one.key) >= 1, f"{label}ok, and the vendor did nothing")
        else:
            before = self._rows_before(whole)
            self._must(
                self.mode == "bulk" or one.got == before, f"{label}{len(one.got)} rows before the error"
            )
            ran = getattr(error, "may_have_run", None)
            self._must(self.walks or ran is expect.ran, f"{label}may_have_run is {ran}")
            self._must(
                bool(ran) or self.walks or not self._ledger(one.key), f"{label}may_have_run is not true"
            )

    def _rows_before(self, whole: tuple[int, ...]) -> tuple[int, ...]:
        if not self.walks:
            return ()
        count = self.fault.rows_before
        if not count and self.fault.cause in ("reply", "token") and self.fault.login is None:
            count = self.fault.page_size
        return whole[:count]

    def _ledger(self, key: int) -> int:
        return self.vendor.carried_out[_METHODS[self.kind], key]

    def _sent(self, key: int) -> int:
        """Requests for the call; in a walk for the page that was struck, or all for faults of paging."""
        method = _METHODS[self.kind]
        if not self.walks:
            tail = "/orders" if self.kind == "unsafe" else ""
            return self.transport.sent[method, f"/acme/api/device/{key}{tail}"]
        start = f"/acme/api/owner/{key}/devices"
        pages = {
            target: count
            for (_, target), count in self.transport.sent.items()
            if target.partition("?")[0] == start
        }
        if self.fault.cause == "paging":
            return sum(pages.values())
        if (
            self.fault.cause == "vendor"
            or self.fault.login
            or self._base().endswith(".invalid/acme")
            or self.vendor.tls
        ):
            return pages.get(start, 0)
        return pages.get(f"{start}?$skiptoken={self.vendor.page_size}", 0)


async def name_not_found(host: str, *args: Any, **more: Any) -> Any:
    """Stands for the loop's `getaddrinfo`: loopback addresses only."""
    if host == "127.0.0.1":
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, args[0]))]
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def run(cell: Cell) -> list[str]:
    """Run one cell; what was not as it must be."""
    loop = asyncio.get_running_loop()
    loop.getaddrinfo = name_not_found  # type: ignore[method-assign]
    loop.set_exception_handler(lambda loop, context: None)  # the TLS server's side of a refused handshake
    try:
        await cell.run()
    finally:
        del loop.getaddrinfo  # type: ignore[method-assign]
    return cell.wrong
