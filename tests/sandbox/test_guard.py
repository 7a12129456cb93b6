"""Who may talk to the sandbox: Host, Origin, a header on changes, a token beyond loopback."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from tests.sandbox.callers import ADMIN, Caller, basic
from trunkline.sandbox import Sandbox, create_app
from trunkline.sandbox.config import SandboxConfig
from trunkline.sandbox.server.guard import is_loopback

CHANGES = [
    ("POST", "/sandbox/reset"),
    ("POST", "/sandbox/clock"),
    ("POST", "/sandbox/tokens/forget"),
    ("PUT", "/sandbox/faults"),
    ("PUT", "/sandbox/scenario"),
    ("DELETE", "/sandbox/scenario"),
    ("DELETE", "/sandbox/requests"),
    ("DELETE", "/sandbox/writes"),
    ("PUT", "/sandbox/snapshots/x"),
    ("DELETE", "/sandbox/snapshots/x"),
    ("POST", "/sandbox/snapshots/x/restore"),
]


@pytest.fixture
def anybody(sandbox: Sandbox, session: aiohttp.ClientSession) -> Caller:
    return Caller(session, sandbox.url)


@pytest.mark.parametrize(
    "path", ["/", "/health", "/sandbox/requests", "/page/page.js", "/abzorb/api/Customers/20000"]
)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.7",
        "[::1]evil.example",
        "evil@localhost",
        "localhost:80:80",
        "[::2]",
    ],
)
async def test_another_name_in_host_is_refused_everywhere(anybody: Caller, path: str, host: str) -> None:
    """What DNS rebinding cannot change is the name that the browser sends."""
    response = await anybody("GET", path, headers={"Host": host, **basic()})
    assert response.status == 403
    assert "--allow-host" in response.json["error"]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.8.8.8:9", "[::1]:8765", "a.localhost"]
)
async def test_loopback_names_are_served(anybody: Caller, host: str) -> None:
    """Any port: a tunnel or a container maps it."""
    assert (await anybody("GET", "/health", headers={"Host": host})).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1.evil.example",
        "file://",
        "http://[::1",
        "http://[bad]",
        "http://]",
        "http://localhost:port",
        "http://localhost@evil.example",
        "http://evil.example:x@localhost",
        "http://[::1]evil.example",
    ],
)
@pytest.mark.parametrize("path", ["/sandbox/requests", "/abzorb/api/Customers/20000", "/page/data/about"])
async def test_another_origin_is_refused(anybody: Caller, origin: str, path: str) -> None:
    """With the admin's header and good credentials as well."""
    response = await anybody("GET", path, headers={"Origin": origin, **ADMIN, **basic()})
    assert response.status == 403


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_a_change_without_the_header_is_refused(anybody: Caller, method: str, path: str) -> None:
    """As a form of another site sends it."""
    for headers in (
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ):
        response = await anybody(method, path, data=b'{"faults": "503", "advance": 5}', headers=headers)
        assert (response.status, "X-Sandbox-Admin" in response.json["error"]) == (403, True)


async def test_a_change_with_the_header_or_a_json_body_is_made(anybody: Caller) -> None:
    """Both need a CORS preflight, to which the sandbox never agrees."""
    assert (await anybody("POST", "/sandbox/reset", headers=ADMIN)).status == 204
    assert (await anybody("PUT", "/sandbox/faults", {"faults": ""})).status == 200
    preflight = await anybody("OPTIONS", "/sandbox/faults", headers={"Access-Control-Request-Method": "PUT"})
    assert "Access-Control-Allow-Origin" not in preflight.headers


async def test_reads_across_sites_are_refused(anybody: Caller) -> None:
    """A browser says where a request comes from, even when it sends no Origin."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert (await anybody("GET", "/sandbox/requests", headers=headers)).status == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await anybody("GET", "/", headers=followed)).status == 200


class TestNamed:
    """Names that the settings allow."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"hosts": ("sandbox.test", "app.test:3000")}

    @pytest.mark.parametrize(
        ("host", "status"),
        [("sandbox.test", 200), ("Sandbox.test:99", 200), ("app.test:3000", 200), ("app.test", 403)],
    )
    async def test_a_given_name_is_served(self, anybody: Caller, host: str, status: int) -> None:
        assert (await anybody("GET", "/health", headers={"Host": host})).status == status


class TestBeyondLoopback:
    """A sandbox that others on the network can reach."""

    @pytest.fixture
    async def open_sandbox(self) -> Any:
        async with Sandbox(rows=5, host="0.0.0.0") as sandbox:  # noqa: S104
            yield sandbox

    @pytest.mark.parametrize("path", ["/", "/sandbox/requests", "/page/data/about", "/openapi/idi.json"])
    async def test_admin_and_page_ask_for_the_token(
        self, open_sandbox: Sandbox, session: aiohttp.ClientSession, path: str
    ) -> None:
        caller = Caller(session, open_sandbox.url)
        assert (await caller("GET", path)).status == 401
        assert (await caller("GET", path, headers={"X-Sandbox-Token": "wrong"})).status == 401
        good = {"X-Sandbox-Token": open_sandbox.config.admin_token}
        assert (await caller("GET", path, headers=good)).status == 200

    async def test_the_printed_address_opens_the_page(self, open_sandbox: Sandbox) -> None:
        """It leaves a cookie that no script can read and no other site can use."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            async with session.get(open_sandbox.page_url, allow_redirects=False) as moved:
                assert (moved.status, moved.headers["Location"]) == (303, "/")
                assert {"HttpOnly", "SameSite=Strict"} <= set(moved.headers["Set-Cookie"].split("; "))
            async with session.get(open_sandbox.url + "/sandbox/requests") as found:
                assert found.status == 200

    async def test_vendors_and_health_need_no_token(
        self, open_sandbox: Sandbox, session: aiohttp.ClientSession
    ) -> None:
        caller = Caller(session, open_sandbox.url, basic())
        assert (await caller("GET", "/health")).status == 200
        assert (await caller("GET", "/abzorb/api/Customers/20000")).status == 200

    async def test_an_address_in_host_is_served_and_a_name_is_not(
        self, open_sandbox: Sandbox, session: aiohttp.ClientSession
    ) -> None:
        caller = Caller(session, open_sandbox.url)
        assert (await caller("GET", "/health", headers={"Host": "192.0.2.4:8765"})).status == 200
        assert (await caller("GET", "/health", headers={"Host": "evil.example"})).status == 403

    async def test_each_start_has_a_token_of_its_own(self) -> None:
        one, two = (Sandbox(rows=5, host="0.0.0.0") for _ in range(2))  # noqa: S104
        assert one.config.admin_token != two.config.admin_token
        assert one.config.admin_token not in repr(one.config)
        assert Sandbox(rows=5).config.admin_token == ""


async def test_an_application_checks_names_too(session: aiohttp.ClientSession) -> None:
    """Whoever serves it."""
    async with TestServer(create_app(SandboxConfig(rows=5))) as server:
        caller = Caller(session, str(server.make_url("")).rstrip("/"))
        assert (await caller("GET", "/health")).status == 200
        assert (await caller("GET", "/health", headers={"Host": "evil.example"})).status == 403


@pytest.mark.parametrize("name", ["localhost.", "::1", "[::1]", "127.0.0.2", "LocalHost"])
def test_loopback(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["", "0.0.0.0", "::", "localhost.example", "127.0.0.1.example"])  # noqa: S104
def test_not_loopback(name: str) -> None:
    assert not is_loopback(name)
