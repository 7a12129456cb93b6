"""Signing in: tokens, their end, their audience and environment; Basic; permissions."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl

import aiohttp
import pytest

from tests.sandbox.callers import START, Caller, basic, sign_in, wrap
from trunkline.errors import ConfigError
from trunkline.sandbox import Sandbox, SandboxConfig, create_app


async def test_login_returns_a_simple_web_token(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """Form pairs, the signature last, the end in Unix seconds."""
    response = await sign_in(session, sandbox)
    pairs = parse_qsl(response.json)
    assert response.status == 200
    assert pairs[-1][0] == "HMACSHA256"
    assert dict(pairs)["ExpiresOn"] == str(int(START + sandbox.config.token_lifetime))
    assert dict(pairs)["Audience"] == "http://idibilling.com/webservices"


@pytest.mark.parametrize("settings", [{"token_response": "object"}, {"token_response": "form"}])
async def test_login_other_shapes_carry_the_same_token(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    """The shape is not documented, so clients must read all three."""
    response = await sign_in(session, sandbox)
    if sandbox.config.token_response == "object":
        token = response.json["access_token"]
    else:
        token = parse_qs(response.text)["wrap_access_token"][0]
    found = await Caller(session, sandbox.idi_url, wrap(token)).get("/api/device/1000")
    assert found.status == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"password": "wrong"}, 401),
        ({"userName": "nobody"}, 401),
        ({"userName": ""}, 400),
        ({"password": ""}, 400),
    ],
)
async def test_login_refused(
    sandbox: Sandbox, session: aiohttp.ClientSession, given: dict[str, str], status: int
) -> None:
    """A wrong name and a wrong password are not told apart."""
    response = await sign_in(session, sandbox, **given)
    assert response.status == status
    assert response.json["errors"][0]["loggingNumber"]


async def test_login_form_body_is_read(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """WRAP clients send a form."""
    body = {"wrap_name": "sandbox", "wrap_password": "sandbox-password"}
    async with session.post(sandbox.login_url, data=body) as response:
        assert response.status == 200


async def test_login_other_environment_is_403(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """Only the configured environment exists."""
    url = sandbox.login_url.replace("/sandbox/", "/production/")
    assert (await Caller(session, url)("POST", "", {"userName": "sandbox", "password": "x"})).status == 403


async def test_token_expires_with_the_clock(sandbox: Sandbox, idi: Caller) -> None:
    """Good until the second before ExpiresOn, then 401."""
    sandbox.clock.advance(sandbox.config.token_lifetime - 1)
    assert (await idi.get("/api/device/1000")).status == 200
    sandbox.clock.advance(1)
    response = await idi.get("/api/device/1000")
    assert (response.status, response.json["errors"][0]["message"]) == (401, "The token has expired.")


async def test_token_forged_or_changed_is_401(idi: Caller) -> None:
    """Any change breaks the signature; a made-up token has none."""
    for token in (
        idi.headers["Authorization"].replace("UserName=sandbox", "UserName=other"),
        'WRAP access_token="x"',
        'WRAP access_token=""',
        "Bearer abc",
        "WRAP access_token=“abc”".encode().decode("latin-1"),
    ):
        assert (await idi("GET", "/api/device/1000", headers={"Authorization": token})).status == 401


async def test_token_for_another_audience_is_401(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """The audience is checked by the API, not by the login."""
    token = (await sign_in(session, sandbox, appliesTo="http://elsewhere.example")).json
    assert (await Caller(session, sandbox.idi_url, wrap(token)).get("/api/device/1000")).status == 401


async def test_token_in_another_environment_is_403(idi: Caller) -> None:
    """A good token does not open another environment."""
    idi.base = idi.base.replace("/2X/sandbox", "/2X/production")
    assert (await idi.get("/api/device/1000")).status == 403


async def test_tokens_forgotten_are_401(sandbox: Sandbox, idi: Caller) -> None:
    """As after a restart of the vendor's login service."""
    sandbox.state.idi.office.forget()
    assert (await idi.get("/api/device/1000")).status == 401


async def test_reader_may_not_write(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    """403 in each vendor's shape for a user without the permission."""
    token = (await sign_in(session, sandbox, userName="reader", password="reader-password")).json
    reader = Caller(session, sandbox.idi_url, wrap(token))
    assert (await reader.get("/api/device/1000")).status == 200
    assert (await reader.post("/api/device", {})).json["errors"][0]["loggingNumber"] == 500403
    other = Caller(session, sandbox.abzorb_url, basic("reader", "reader-password"))
    assert (await other.get("/Customers/20000")).status == 200
    assert (await other.post("/Orders/", {"customerId": 20000})).status == 403


@pytest.mark.parametrize(
    "headers", [{}, basic(password="wrong"), {"Authorization": "Basic !!!"}, {"Authorization": "x"}]
)
async def test_basic_refused_is_401_with_error(abzorb: Caller, headers: dict[str, str]) -> None:
    """The vendor names 401 for missing and invalid credentials."""
    response = await abzorb("GET", "/Customers/20000", headers=headers)
    assert (response.status, list(response.json)) == (401, ["error"])
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_config_hides_secrets_and_refuses_nonsense() -> None:
    """No password or key in a repr; a wrong setting says which."""
    shown = repr(SandboxConfig())
    assert "sandbox-password" not in shown
    assert "signing key" not in shown
    for wrong in ({"rows": 0}, {"users": ()}, {"token_lifetime": 0}, {"quota": 0}, {"environment": "a/b"}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            SandboxConfig(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"store": "nonsense"}, {"store": "sqlite:////no/such/folder/x.db"}, {"faults": "x:1%"}]
)
def test_create_app_refuses_what_cannot_be_opened(wrong: dict[str, str]) -> None:
    """Found out before anything listens."""
    with pytest.raises(ConfigError):
        create_app(SandboxConfig(rows=1, **wrong))


async def test_two_logins_of_one_second_give_two_tokens(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    """A client that lost its token to the fault `expire` recovers without waiting for the next second."""
    sandbox.clock._source = lambda: START
    first = (await sign_in(session, sandbox)).json
    sandbox.state.idi.office.revoke(wrap(first)["Authorization"])
    second = (await sign_in(session, sandbox)).json
    assert first != second
    assert (await Caller(session, sandbox.idi_url, wrap(second)).get("/api/device/1000")).status == 200
