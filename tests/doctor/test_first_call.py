"""What the first call shows: the token's form, the clocks, what each status says of a route."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web

from tests.doctor.test_wrong_vendor import idi_environ, served
from tests.doctor.wrong_vendor import Planted, WrongVendor
from trunkline.doctor import Diagnosis, examine


class Vendor(WrongVendor):
    """Keeps to the spec but for its clock, its token, and one status on one path."""

    def __init__(self, ahead: float = 0.0, token: Any = None, status: int = 200, path: str = "") -> None:
        super().__init__("idi", "/Wrong/2X/acme", Planted())
        self.ahead, self.token, self.status, self.path = ahead, token, status, path

    async def _login(self, request: web.Request) -> web.Response:
        response = await super()._login(request) if self.token is None else self.token
        response.headers["Date"] = formatdate(time.time() + self.ahead, usegmt=True)
        return response

    async def _serve(self, request: web.Request) -> web.Response:
        found = await super()._serve(request)
        if self.path and request.path.endswith(self.path):
            found = web.json_response({"detail": "no"}, status=self.status)
        found.headers["Date"] = formatdate(time.time() + self.ahead, usegmt=True)
        return found


async def check(vendor: Vendor, **more: Any) -> tuple[dict[str, tuple[str, str]], Diagnosis]:
    async with served(vendor) as url:
        found = await examine("idi", environ=idi_environ(url), **more)
    return {one.name: (one.status, f"{one.text} -> {one.advice}") for one in found.checks}, found


@pytest.mark.parametrize(
    ("ahead", "status", "says"),
    [(0, "ok", "within"), (600, "warning", "behind the vendor's clock -> set this host's clock by NTP")],
)
async def test_clock_that_differs_is_told(ahead: float, status: str, says: str) -> None:
    checks, _ = await check(Vendor(ahead))
    assert checks["clock"][0] == status
    assert says in checks["clock"][1]


async def test_form_life_and_audience_of_the_token_are_told_and_never_the_token() -> None:
    expires = int(time.time()) + 7200
    text = f"user=jo&Audience=http%3a%2f%2fvendor.test&ExpiresOn={expires}&HMACSHA256=sig8841"
    checks, _ = await check(Vendor(token=web.Response(text=text)))
    assert checks["login"][0] == "ok"
    assert "a token as form text, valid for 120 min, for http://vendor.test" in checks["login"][1]
    checks, _ = await check(Vendor(token=web.json_response({"access_token": text})))
    assert "a token as a JSON object" in checks["login"][1]
    assert "sig8841" not in str(checks)


async def test_login_without_a_token_fails_with_advice() -> None:
    checks, found = await check(Vendor(token=web.json_response({"error": "wrong user"}, status=401)))
    assert checks["login"][0] == "failed"
    assert "refused (status 401)" in checks["login"][1]
    assert "hunter2" not in str(found)
    assert not found.sound


@pytest.mark.parametrize(
    ("status", "route"),
    [(403, "refused"), (503, "unknown"), (405, "wrong"), (410, "wrong"), (418, "unknown")],
)
async def test_status_shows_what_is_known_of_a_route(status: int, route: str) -> None:
    _, found = await check(Vendor(status=status, path="/api/device"), probe=True)
    asked = {one.operation: one for one in found.asked}
    assert asked["idi.device.search"].route == route
    assert str(status) in asked["idi.device.search"].text
    assert asked["idi.sim.search"].route == "right"


async def test_file_that_is_not_there_is_told_with_the_place_of_its_setting() -> None:
    found = await examine("idi", environ=idi_environ("http://127.0.0.1:9", TRUNKLINE_IDI_CA_FILE="no.pem"))
    (check,) = found.checks
    assert (check.name, check.status) == ("settings", "failed")
    assert check.text == "TRUNKLINE_IDI_CA_FILE: ca_file no.pem: there is no such file"
