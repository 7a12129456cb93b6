"""The server around the vendors: faults on the wire, record, quota, admin addresses, start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import os
import signal
import socket
import sys
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import ADMIN, START, Caller, basic, sign_in, wrap
from trunkline.errors import ConfigError
from trunkline.sandbox import Clock, Sandbox, SandboxConfig, serve
from trunkline.sandbox.faults.plan import HEADER
from trunkline.sandbox.store import entities

DEVICE = "/api/device/1000"


async def with_fault(idi: Caller, fault: str, path: str = DEVICE) -> Any:
    return await idi("GET", path, headers=idi.headers | {"X-Sandbox-Fault": fault})


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        ("429", 429, None),
        ("503;retry-after=30", 503, "30"),
        ("503;retry-after=none", 503, None),
        ("429;retry-after=text=soon", 429, "soon"),
        ("429;retry-after=date=90", 429, email.utils.formatdate(START + 90, usegmt=True)),
        ("500", 500, None),
        ("none", 200, None),
        ("503;op=sim.*", 200, None),
        ("503;user=sandbox", 503, None),
        ("503;user=reader", 200, None),
        ("429;retry-after=rfc850=90", 429, "Thursday, 09-Oct-25 08:54:50 GMT"),
        ("429;retry-after=asctime=90", 429, "Thu Oct  9 08:54:50 2025"),
        ("429;retry-after=iso=-90", 429, "2025-10-09T08:51:50Z"),
    ],
)
async def test_fault_header_decides_for_one_request(
    idi: Caller, fault: str, status: int, retry_after: str | None
) -> None:
    """In the vendor's error shape, with Retry-After in the form asked for."""
    response = await with_fault(idi, fault)
    assert response.status == status
    assert response.headers.get("Retry-After") == retry_after
    if status >= 400:
        assert response.json["errors"][0]["loggingNumber"]


async def test_fault_header_that_is_malformed_is_told(idi: Caller) -> None:
    """A typing error must not look like a request without faults."""
    response = await with_fault(idi, "nonsense")
    assert response.status == 400
    assert "no kind of fault; use a status" in response.json["error"]


async def test_fault_in_abzorbs_shape(abzorb: Caller) -> None:
    """An `error` text."""
    response = await abzorb("GET", "/Customers/20000", headers=abzorb.headers | {"X-Sandbox-Fault": "503"})
    assert (response.status, list(response.json)) == (503, ["error"])


@pytest.mark.parametrize("fault", ["reset", "truncate", "reset;when=after"])
async def test_fault_cuts_the_connection(idi: Caller, fault: str) -> None:
    """No response, or half of one."""
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, ConnectionResetError)):
        await with_fault(idi, fault)
    assert (await idi.get(DEVICE)).status == 200


async def test_fault_slow_body_arrives_whole(idi: Caller) -> None:
    """Late but complete."""
    assert (await with_fault(idi, "slow;over=10ms")).json == (await idi.get(DEVICE)).json
    assert (await with_fault(idi, "slow;over=1ms", "/api/healthcheck")).status == 200


async def statuses(faults: str, paths: list[str], *, at_once: bool) -> list[int]:
    """Responses of a new sandbox with a fault plan, in the order of the paths."""
    async with (
        Sandbox(rows=60, faults=faults, clock=Clock(lambda: START)) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        idi = Caller(session, sandbox.abzorb_url, basic())
        if at_once:
            return [response.status for response in await asyncio.gather(*map(idi.get, paths))]
        return [(await idi.get(path)).status for path in reversed(paths)][::-1]


async def test_fault_plan_hits_the_same_requests_in_any_order() -> None:
    """Concurrency does not change who is hit."""
    paths = [f"/Customers/{20000 + i}" for i in range(20)] * 2
    plan = "429:20%,503:20%,latency:0ms-5ms"
    first = await statuses(plan, paths[:20], at_once=True)
    assert first == await statuses(plan, paths[:20], at_once=False)
    assert {200, 429, 503} == set(first)


async def test_record_holds_what_was_sent_without_credentials(sandbox: Sandbox, idi: Caller) -> None:
    """Operation, address as on the wire, body, status; never a token."""
    await idi.get("/api/device", _filter="deviceID eq 1000")
    await idi.patch(DEVICE, ("replace", "/pin", "4321"))
    search, update = sandbox.requests
    assert (search.operation, search.status, search.user) == ("device.search", 200, "sandbox")
    assert "$filter=deviceID" in search.url.replace("%24", "$")
    assert b"4321" in update.body
    assert update.headers["Authorization"] == "WRAP ***"
    assert "4321" not in repr(update)
    assert sandbox.requests.of("device.update") == [update]
    await with_fault(idi, "503")
    assert [request.fault for request in sandbox.requests] == [None, None, "503"]


async def test_login_is_recorded(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """Its body holds a password and is not kept."""
    await sign_in(session, sandbox)
    (sent,) = sandbox.requests
    assert (sent.operation, sent.body) == ("security_token.login", b"")


class TestQuota:
    """Real accounting by user and vendor."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"quota": 3}

    async def test_quota_ends_with_the_minute(self, sandbox: Sandbox, idi: Caller, abzorb: Caller) -> None:
        responses = [await idi.get(DEVICE) for _ in range(4)]
        assert [response.status for response in responses] == [200, 200, 200, 429]
        assert responses[-1].headers["Retry-After"] == "40"
        assert (await abzorb.get("/Customers/20000")).status == 200
        sandbox.clock.advance(40)
        assert (await idi.get(DEVICE)).status == 200


async def test_admin_addresses(sandbox: Sandbox, session: aiohttp.ClientSession, idi: Caller) -> None:
    """Faults, clock, record and reset over HTTP."""
    admin = Caller(session, sandbox.url, ADMIN)
    assert (await admin("PUT", "/sandbox/faults", {"faults": "503:100%"})).status == 200
    assert (await idi.get(DEVICE)).status == 503
    assert (await admin.get("/sandbox/faults")).json == {"faults": "503:100%"}
    wrong = await admin("PUT", "/sandbox/faults", {"faults": "teapot"})
    assert (wrong.status, "no kind of fault" in wrong.json["error"]) == (400, True)
    await admin("PUT", "/sandbox/faults", {"faults": ""})
    await idi.patch(DEVICE, ("replace", "/pin", "4321"))
    assert (await admin.get("/sandbox/requests")).json["total"] == 2
    assert (await admin("POST", "/sandbox/clock", {"advance": 10})).json == {"now": START + 10}
    assert (await admin("POST", "/sandbox/clock", {"advance": -1})).status == 400
    assert (await admin("POST", "/sandbox/reset")).status == 204
    assert (await idi.get(DEVICE)).json["pin"] != "4321"
    assert (await admin("DELETE", "/sandbox/requests")).status == 204
    assert (await admin("POST", "/sandbox/tokens/forget")).status == 204
    assert (await idi.get(DEVICE)).status == 401


async def test_health_needs_no_sign_in(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """For start scripts and load balancers."""
    response = await Caller(session, sandbox.url).get("/health")
    assert (response.status, response.json["status"]) == (200, "ok")


async def test_unknown_paths_and_methods(sandbox: Sandbox, idi: Caller, abzorb: Caller) -> None:
    """404 and 405 in each vendor's shape; outside of both, a plain 404."""
    assert (await idi.get("/api/nothing")).json["errors"][0]["message"] == "No such resource."
    response = await idi("DELETE", DEVICE)
    assert (response.status, response.headers["Allow"]) == (405, "GET, PATCH")
    assert (await abzorb.get("/Nothing")).json == {"error": "No such resource."}
    idi.base = sandbox.url
    assert (await idi.get("/other")).status == 404


async def test_failed_change_leaves_no_trace(sandbox: Sandbox, idi: Caller) -> None:
    """A refusal in the middle of a change rolls the whole of it back."""
    path = "/api/service/1/extendedTaxExemption"
    before = (await idi.get(path)).json
    assert (await idi("PUT", path, [{"taxTypeExemptID": 5}, {"taxTypeExemptID": 99}])).status == 400
    assert (await idi.get(path)).json == before


async def test_store_file_survives_and_is_shared(tmp_path: Any, session: aiohttp.ClientSession) -> None:
    """Two sandboxes on one file see each other's changes and never give out one number twice."""
    config = SandboxConfig(rows=60, store=f"sqlite:///{tmp_path}/sandbox.db")
    async with Sandbox(config) as one, Sandbox(config) as two:
        made = []
        for number, sandbox in enumerate((one, two, one, two)):
            token = (await sign_in(session, sandbox)).json
            idi = Caller(session, sandbox.idi_url, wrap(token))
            body = {"imsi": f"0010199999{number}", "simNumber": f"8901999{number}", "simClassID": 1}
            made.append((await idi.post("/api/sim", body)).json["simID"])
    assert made == [61, 62, 63, 64]
    async with Sandbox(config) as again:
        token = (await sign_in(session, again)).json
        found = await Caller(session, again.idi_url, wrap(token)).get("/api/sim/64")
        assert found.json["simNumber"] == "89019993"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_serve_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    """The port is free again afterwards."""
    urls: list[Sandbox] = []

    def started(sandbox: Sandbox) -> None:
        urls.append(sandbox)
        os.kill(os.getpid(), number)

    await asyncio.wait_for(serve("127.0.0.1", 0, SandboxConfig(rows=10), started=started), 10)
    port = int(urls[0].url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        pass


async def test_port_in_use_is_an_os_error(sandbox: Sandbox) -> None:
    """Nothing is left open when the port is taken."""
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        async with Sandbox(rows=10, port=port):
            pass


@pytest.mark.parametrize("imaged_rows", [5000, 0])
async def test_reset_brings_the_first_state_back(imaged_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an image in memory for small stores, by filling anew for large ones."""
    monkeypatch.setattr("trunkline.sandbox.state._IMAGED_ROWS", imaged_rows)
    rows = 60
    async with Sandbox(rows=rows) as sandbox:
        store = sandbox.state.store
        before = store.bodies(entities.SIM)
        for _ in range(2):
            with store.transaction():
                assert store.next_id(entities.SIM) == rows + 1
                store.remove(entities.SIM, entities.SIM.table.c.simID < 50)
            sandbox.reset()
            assert store.bodies(entities.SIM) == before


def test_clock_never_goes_back() -> None:
    """Expired is expired."""
    clock = Clock(lambda: 5.0)
    clock.advance(2)
    assert clock() == 7.0
    with pytest.raises(ConfigError):
        clock.advance(-1)


async def test_addresses_of_a_sandbox_for_everybody_lead_to_it(session: aiohttp.ClientSession) -> None:
    """Clients take plain http for loopback alone, so what was printed could not be used."""
    async with Sandbox(rows=5, host="0.0.0.0") as sandbox:  # noqa: S104
        assert sandbox.abzorb_url.startswith("http://127.0.0.1:")
        assert (await Caller(session, sandbox.url).get("/health")).status == 200


@pytest.mark.parametrize("fault", ["none", "503", "html", "reset", "garbage", "reset;when=after"])
async def test_no_password_of_a_sign_in_is_kept(
    sandbox: Sandbox, session: aiohttp.ClientSession, fault: str
) -> None:
    """Also when it is refused or meets a fault: the record is shown to people."""
    login = Caller(session, sandbox.login_url, {HEADER: fault})
    for body in ({"userName": "sandbox", "password": "hunter2"}, {"password": "hunter2"}):
        with contextlib.suppress(aiohttp.ClientError, ValueError):
            await login("POST", "", body)
    assert [sent.body for sent in sandbox.requests] == [b"", b""]


async def test_headers_that_carry_credentials_are_masked_in_the_record(
    sandbox: Sandbox, abzorb: Caller
) -> None:
    """The page's own requests bring the cookie with the sandbox's token."""
    secret = {"Cookie": "a=hunter2", "Proxy-Authorization": "Basic hunter2", "X-Sandbox-Token": "hunter2"}
    assert (await abzorb("GET", "/Customers/20000", headers=abzorb.headers | secret)).status == 200
    (sent,) = sandbox.requests
    assert "hunter2" not in str(dict(sent.headers))
    assert sent.headers["Authorization"] == "Basic ***"


async def test_sign_in_by_another_method_names_the_one_that_is_allowed(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    response = await Caller(session, sandbox.login_url)("GET", "")
    assert (response.status, response.headers.get("Allow")) == (405, "POST")
    assert response.json["errors"][0]["message"] == "The method is not allowed."


async def test_fault_header_sent_twice_means_both(idi: Caller) -> None:
    """RFC 9110, section 5.3."""
    headers = [*idi.headers.items(), (HEADER, "html;op=sim.*"), (HEADER, "503;op=device.*")]
    assert (await idi("GET", "/api/device/1000", headers=headers)).status == 503
    assert (await idi("GET", "/api/sim/1", headers=headers)).status == 502


async def test_fault_header_that_is_a_quota_is_refused(idi: Caller) -> None:
    """It was taken and did nothing."""
    response = await idi("GET", "/api/device/1000", headers=idi.headers | {HEADER: "quota:1/60s"})
    assert (response.status, "counts many requests" in response.json["error"]) == (400, True)
