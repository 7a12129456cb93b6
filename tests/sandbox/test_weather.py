"""What faults and scenarios do to real requests: bodies, links, pages, tokens, quotas, phases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.callers import ADMIN, START, Caller, basic, sign_in
from trunkline.errors import ConfigError
from trunkline.sandbox import Clock, Sandbox
from trunkline.sandbox.faults import scenario

DEVICE = "/api/device/1000"


async def with_fault(idi: Caller, fault: str, path: str = DEVICE, **options: Any) -> Any:
    return await idi("GET", path, headers=idi.headers | {"X-Sandbox-Fault": fault}, **options)


async def test_reset_after_processing_leaves_the_change(sandbox: Sandbox, idi: Caller) -> None:
    """The client cannot know; before processing nothing has happened."""
    for when, changed in (("before", False), ("after", True)):
        with pytest.raises((aiohttp.ServerDisconnectedError, ConnectionResetError)):
            await idi(
                "PATCH",
                DEVICE,
                [{"op": "replace", "path": "/pin", "value": "4321"}],
                headers=idi.headers | {"X-Sandbox-Fault": f"reset;when={when}"},
            )
        assert ((await idi.get(DEVICE)).json["pin"] == "4321") is changed


async def test_bodies_that_are_no_json(idi: Caller, session: aiohttp.ClientSession) -> None:
    """Cut JSON, the page of a proxy, the right body under a wrong name."""
    async with session.get(
        idi.base + DEVICE, headers=idi.headers | {"X-Sandbox-Fault": "garbage"}
    ) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        with pytest.raises(json.JSONDecodeError):
            json.loads(await response.read())
    for fault, status in (("html", 502), ("html;status=200", 200), ("html;status=504", 504)):
        response = await with_fault(idi, fault)
        assert (response.status, response.text.startswith("<!DOCTYPE html>")) == (status, True)
        assert response.headers["Content-Type"].startswith("text/html")
    mislabelled = await with_fault(idi, "wrong-type")
    assert mislabelled.headers["Content-Type"].startswith("text/html")
    assert json.loads(mislabelled.text)["deviceID"] == 1000


@pytest.mark.parametrize(
    ("form", "begins", "ends"),
    [
        ("foreign", "https://elsewhere.example/OrderManagement/2X/sandbox/", "&$skip=10"),
        ("environment", "{url}/OrderManagement/2X/other-sandbox/", "&$skip=10"),
        ("relative", "/OrderManagement/2X/sandbox/", "&$skip=10"),
        ("repeated", "{url}/OrderManagement/2X/sandbox/", "&$skip=0"),
        ("escaped", "{url}/OrderManagement/2X/sandbox/", "%24filter=deviceID%20gt%201&%24top=10&%24skip=10"),
        ("unescaped", "{url}/OrderManagement/2X/sandbox/", "$filter=deviceID gt 1&$top=10&$skip=10"),
    ],
)
async def test_next_links(sandbox: Sandbox, idi: Caller, form: str, begins: str, ends: str) -> None:
    """Each form that a client must survive or refuse."""
    query = {"$filter": "deviceID gt 1", "$top": "10"}
    response = await with_fault(idi, f"link;form={form}", "/api/device", params=query)
    link = response.json["@odata.nextLink"]
    assert link.startswith(begins.format(url=sandbox.url))
    assert link.endswith(ends)


async def test_top_is_capped(idi: Caller) -> None:
    """Fewer rows than asked for, and a link that goes on behind them."""
    response = await with_fault(idi, "top;cap=7", "/api/device", params={"$top": "50"})
    assert len(response.json["value"]) == 7
    assert response.json["@odata.nextLink"].endswith("$skip=7")


async def test_token_expires_on_demand(sandbox: Sandbox, idi: Caller, session: aiohttp.ClientSession) -> None:
    """From this request on, for this token alone."""
    other = (await sign_in(session, sandbox, userName="reader", password="reader-password")).json
    assert (await with_fault(idi, "expire")).status == 401
    assert (await idi.get(DEVICE)).status == 401
    assert (
        await Caller(session, sandbox.idi_url, {"Authorization": f'WRAP access_token="{other}"'}).get(DEVICE)
    ).status == 200


class TestLogin:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"faults": "login-down;retry-after=5"}

    async def test_login_down(self, sandbox: Sandbox, abzorb: Caller, session: aiohttp.ClientSession) -> None:
        """503 for sign-in, and for nothing else."""
        response = await sign_in(session, sandbox)
        assert (response.status, response.headers["Retry-After"]) == (503, "5")
        assert (await abzorb.get("/Customers/20000")).status == 200


class TestQuotas:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"faults": "quota:2/10s;api=idi,quota:1/5s;op=customers.get;retry-after=none"}

    async def test_each_user_has_a_quota_of_its_own(
        self, sandbox: Sandbox, idi: Caller, abzorb: Caller, session: aiohttp.ClientSession
    ) -> None:
        """429 with the rest of the window, or without it; only what a rule matches is counted."""
        assert [(await idi.get(DEVICE)).status for _ in range(3)] == [200, 200, 429]
        assert (await idi.get(DEVICE)).headers["Retry-After"] == "10"
        reader = (await sign_in(session, sandbox, userName="reader", password="reader-password")).json
        caller = Caller(session, sandbox.idi_url, {"Authorization": f'WRAP access_token="{reader}"'})
        assert (await caller.get(DEVICE)).status == 200
        responses = [await abzorb.get("/Customers/20000") for _ in range(2)]
        assert [response.status for response in responses] == [200, 429]
        assert "Retry-After" not in responses[1].headers
        assert (await abzorb.get("/Customers/")).status == 200
        sandbox.clock.advance(10)
        assert (await idi.get(DEVICE)).status == 200
        assert [sent.fault for sent in sandbox.requests.of("customers.get")] == [None, "quota"]


TIMELINE = """
faults: "latency:0ms"
phases:
  - {name: calm, for: 2m}
  - {name: maintenance, for: 3m, maintenance: {retry-after: 60, api: idi}}
  - {name: metered, for: 1m, quota: {requests: 1, per: 10s, retry-after: none}, expire-tokens: true}
  - {name: storm, for: 1m, faults: ["500;op=device.get", "429;op=customers.*"]}
"""


@pytest.fixture
def timeline(tmp_path: Path) -> Path:
    path = tmp_path / "timeline.yaml"
    path.write_text(TIMELINE)
    return path


async def test_scenario_runs_on_the_virtual_clock(timeline: Path, session: aiohttp.ClientSession) -> None:
    """Phase after phase as the clock moves; reset begins it anew."""
    async with Sandbox(rows=20, clock=Clock(lambda: START), scenario=str(timeline)) as sandbox:
        abzorb = Caller(session, sandbox.abzorb_url, basic())

        async def signed_in() -> Caller:
            token = (await sign_in(session, sandbox)).json
            return Caller(session, sandbox.idi_url, {"Authorization": f'WRAP access_token="{token}"'})

        idi = await signed_in()
        assert (await idi.get(DEVICE)).status == 200
        sandbox.clock.advance(120)
        down = await idi.get(DEVICE)
        assert (down.status, down.headers["Retry-After"]) == (503, "60")
        assert (await abzorb.get("/Customers/20000")).status == 200
        assert (await Caller(session, sandbox.url).get("/sandbox/scenario")).json["phase"] == "maintenance"
        sandbox.clock.advance(180)
        assert (await idi.get(DEVICE)).status == 401
        idi = await signed_in()
        assert [(await idi.get(DEVICE)).status for _ in range(2)] == [200, 429]
        sandbox.clock.advance(60)
        assert [(await idi.get(DEVICE)).status, (await idi.get("/api/sim/1")).status] == [500, 200]
        assert (await abzorb.get("/Customers/20000")).status == 429
        sandbox.clock.advance(60)
        assert (await idi.get(DEVICE)).status == 200
        assert (await Caller(session, sandbox.url).get("/sandbox/scenario")).json["running"] is False
        sandbox.reset()
        sandbox.clock.advance(130)
        assert (await idi.get(DEVICE)).status == 503


async def test_scenario_over_http(sandbox: Sandbox, session: aiohttp.ClientSession, abzorb: Caller) -> None:
    """Put, looked at, refused with what would be right, and ended."""
    admin = Caller(session, sandbox.url, ADMIN)
    body = {"phases": [{"name": "down", "maintenance": True}]}
    put = await admin("PUT", "/sandbox/scenario", body)
    assert (put.json["phase"], put.json["running"]) == ("down", True)
    assert (await abzorb.get("/Customers/20000")).status == 503
    wrong = await admin("PUT", "/sandbox/scenario", {"phases": [{"faults": "503:lots"}]})
    assert (wrong.status, "phase 1: fault '503:lots'" in wrong.json["error"]) == (400, True)
    assert (await admin("DELETE", "/sandbox/scenario")).status == 204
    assert (await abzorb.get("/Customers/20000")).status == 200


def test_scenario_repeats_and_follows_the_real_clock_when_asked() -> None:
    """Phases come round; a phase without end stays."""
    round_trip = scenario.parse(
        {"repeat": True, "phases": [{"name": "a", "for": "10s"}, {"name": "b", "for": 5}]}
    )
    names = [found and found.name for _, found in map(round_trip.at, (0, 9.9, 10, 14.9, 15, 25))]
    assert names == ["a", "a", "b", "b", "a", "b"]
    assert [phase.name for phase in round_trip.began(-1, 1)] == ["a", "b"]
    assert len(round_trip.began(3, 1_000_000)) == 2
    for_ever = scenario.parse({"clock": "real", "phases": [{"for": "1s"}, {"name": "rest"}]})
    assert for_ever.clock == "real"
    assert for_ever.at(1e9)[1] == for_ever.phases[1]


def test_scenario_files_of_every_kind_say_the_same(tmp_path: Path) -> None:
    """YAML, TOML and JSON."""
    texts = {
        "a.yaml": "phases: [{name: x, for: 1m, quota: 5/10s}]",
        "a.toml": '[[phases]]\nname = "x"\nfor = "1m"\nquota = "5/10s"',
        "a.json": '{"phases": [{"name": "x", "for": "1m", "quota": {"requests": 5, "per": "10s"}}]}',
    }
    found = []
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        found.append(scenario.load(tmp_path / name))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.yaml", "phases: [", "malformed"),
        ("a.json", "{", "malformed"),
        ("a.toml", "=", "malformed"),
        ("a.txt", "", "must end in"),
        ("a.yaml", "[]", "must be a mapping with clock, repeat, faults, phases"),
        ("a.yaml", "phases: {}", "must be a list"),
        ("a.yaml", "phases: []", "has no phases"),
        ("a.yaml", "weather: bad", "does not know 'weather'; it takes clock"),
        ("a.yaml", "phases: [{nme: x}]", "phase 1 does not know 'nme'; it takes name, for"),
        ("a.yaml", "phases: [{for: soon}]", "phase 1: 'soon' is no time; write 20ms, 90s"),
        ("a.yaml", "phases: [{faults: 5}]", "phase 1: faults must be a text or a list"),
        ("a.yaml", "phases: [{faults: 'teapot'}]", "phase 1: fault 'teapot'.*use a status"),
        ("a.yaml", "phases: [{maintenance: {minutes: 5}}]", "maintenance does not know 'minutes'"),
        ("a.yaml", "phases: [{quota: {per: 5s}}]", "quota needs requests"),
        ("a.yaml", "phases: [{expire-tokens: often}]", "must be true or false"),
        ("a.yaml", "{repeat: true, phases: [{name: x}]}", "needs `for:`"),
        ("a.yaml", "{repeat: true, phases: [{for: 0s}]}", "longer than 0"),
        ("a.yaml", "{clock: sundial, phases: [{}]}", "virtual or real"),
    ],
)
def test_scenario_refused_with_the_place(tmp_path: Path, name: str, text: str, says: str) -> None:
    """Every mistake names the file, the phase, and what would be right."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=says):
        scenario.load(tmp_path / name)


def test_scenario_file_that_is_missing(tmp_path: Path) -> None:
    """A ConfigError, no traceback."""
    with pytest.raises(ConfigError, match="cannot be read"):
        scenario.load(tmp_path / "none.yaml")
