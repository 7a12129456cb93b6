"""Schemes, tokens and their renewal."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import pickle
import re
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime_doubles import GET, FakeTime, FakeTransport, client_of, responds
from trunkline.auth import (
    ApiKeyAuth,
    BasicAuth,
    BearerAuth,
    OAuth2ClientCredentials,
    Secret,
    SwtAuth,
    parse_swt,
)
from trunkline.errors import AuthError, ConfigError, TransportError
from trunkline.events import TokenEvent

SWT = "user=jo&environment=e1&ExpiresOn=1000000800&HMACSHA256=" + quote("ab+/=")


@pytest.mark.parametrize(
    "reply",
    [
        SWT,
        f'"{SWT}"',
        json.dumps(SWT).encode(),
        {"token": SWT},
        {"wrap_access_token": SWT, "wrap_access_token_expires_in": 5},
        json.dumps({"access_token": SWT}),
        urlencode({"wrap_access_token": SWT, "wrap_access_token_expires_in": "800"}),
        urlencode({"wrap_access_token": SWT}).encode(),
        f'<string xmlns="http://x/">{SWT.replace("&", "&amp;")}</string>',
        {"d": {"access_token": SWT}},
        {"result": SWT, "ok": True},
        json.dumps({"d": {"accessToken": SWT}}).encode("utf-16"),
        SWT.encode("utf-8-sig"),
        json.dumps(SWT).encode("utf-8-sig"),
        SWT.encode("utf-16-le"),
    ],
)
def test_parse_swt_reads_every_known_shape(reply):
    token = parse_swt(reply, 1e9)
    assert token.text.reveal() == SWT
    assert token.expires == 1000000800.0


def test_parse_swt_opaque_token_takes_the_responses_lifetime():
    token = parse_swt({"access_token": "opaque", "expires_in": "60"}, 1e9)
    assert (token.text.reveal(), token.expires) == ("opaque", 1e9 + 60)


@pytest.mark.parametrize(
    "reply",
    [
        *("", None, {}, [], 5, "<html>", '{"error": "x"}', "{", 'a"b', "a\r\nb", {"token": None}),
        *("null", b"5", "true", "Invalid user name or password.", '"Login failed"', {"error": {"code": "x"}}),
    ],
)
def test_parse_swt_without_token_is_an_auth_error(reply):
    with pytest.raises(AuthError):
        parse_swt(reply, 1e9)


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_parse_swt_any_text_is_a_token_or_an_auth_error(reply):
    try:
        token = parse_swt(reply, 1e9)
    except AuthError:
        return
    assert token.text.reveal().isprintable()


class Issuer:
    """A login that counts, and whose tokens live 800 seconds of the fake time."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.logins = 0
        self.fails: Exception | None = None

    async def __call__(self) -> str:
        self.logins += 1
        await asyncio.sleep(0)
        if self.fails:
            raise self.fails
        return f"n={self.logins}&ExpiresOn={int(1e9 + self.time.now + 800)}&HMACSHA256=x"


def sent_tokens(transport: FakeTransport) -> list[str]:
    return [re.findall(r"n=(\d+)&", headers["Authorization"])[0] for _, headers in transport.sent]


async def test_swt_five_hundred_calls_share_one_login():
    time, transport = FakeTime(), FakeTransport(responds())
    login = Issuer(time)
    async with client_of(transport, time, auth=SwtAuth(login)) as client:
        await asyncio.gather(*(client.call(GET, path=(1,)) for _ in range(500)))
    assert login.logins == 1
    assert transport.sent[0][1]["Authorization"].startswith('WRAP access_token="n=1&')


async def test_swt_is_renewed_at_three_quarters_while_others_use_the_old_token():
    time, transport = FakeTime(), FakeTransport(responds())
    login = Issuer(time)
    async with client_of(transport, time, auth=SwtAuth(login)) as client:
        await client.call(GET, path=(1,))
        time.now = 599.0
        await client.call(GET, path=(1,))
        time.now = 600.0
        await asyncio.gather(*(client.call(GET, path=(1,)) for _ in range(5)))
        assert sent_tokens(transport)[2:7] == ["1"] * 5
        await client.call(GET, path=(1,))
        assert sent_tokens(transport)[-1] == "2"
    assert login.logins == 2


async def test_swt_expiring_under_500_concurrent_calls_is_renewed_once():
    time, transport = FakeTime(), FakeTransport(responds())
    login = Issuer(time)
    async with client_of(transport, time, auth=SwtAuth(login)) as client:
        await client.call(GET, path=(1,))
        time.now = 801.0
        await asyncio.gather(*(client.call(GET, path=(1,)) for _ in range(500)))
    assert login.logins == 2
    assert set(sent_tokens(transport)[1:]) == {"2"}


async def test_swt_renewal_that_fails_early_keeps_the_valid_token():
    time, transport = FakeTime(), FakeTransport(responds())
    login = Issuer(time)
    async with client_of(transport, time, auth=SwtAuth(login)) as client:
        await client.call(GET, path=(1,))
        login.fails = TransportError("down")
        time.now = 700.0
        for _ in range(10):
            await client.call(GET, path=(1,))
        assert login.logins == 2
        time.now = 801.0
        with pytest.raises(AuthError, match="login failed: down") as caught:
            await client.call(GET, path=(1,))
        assert caught.value.retryable
        login.fails = None
        await client.call(GET, path=(1,))


async def test_swt_login_down_fails_every_waiting_call_with_its_own_error():
    time = FakeTime()
    login = Issuer(time)
    login.fails = AuthError("no", status=401)
    async with client_of(FakeTransport(responds()), time, auth=SwtAuth(login)) as client:
        results = await asyncio.gather(
            *(client.call(GET, path=(1,)) for _ in range(20)), return_exceptions=True
        )
    assert all(isinstance(each, AuthError) and "check user name" in str(each) for each in results)
    assert len({id(each) for each in results}) == 20
    assert login.logins == 1


async def test_swt_401_in_mid_run_renews_once_for_all():
    time = FakeTime()
    login = Issuer(time)

    def reply(request, headers):
        return (
            responds(401) if '"n=1&' in headers["Authorization"] and len(transport.sent) > 3 else responds()
        )

    transport = FakeTransport(reply)
    async with client_of(transport, time, auth=SwtAuth(login)) as client:
        for _ in range(3):
            await client.call(GET, path=(1,))
        await asyncio.gather(*(client.call(GET, path=(1,)) for _ in range(50)))
    assert login.logins == 2


async def test_swt_401_that_no_login_cures_stops_logging_in():
    time = FakeTime()
    login = Issuer(time)
    async with client_of(FakeTransport(responds(401)), time, auth=SwtAuth(login)) as client:
        for _ in range(20):
            with pytest.raises(AuthError) as caught:
                await client.call(GET, path=(1,))
            assert caught.value.attempts <= 2
        assert login.logins <= 3
        time.now = 61.0
        with pytest.raises(AuthError):
            await client.call(GET, path=(1,))
    assert login.logins <= 4


async def test_oauth2_401_that_no_login_cures_stops_logging_in():
    def reply(request, headers):
        return responds(200, {"access_token": "t"}) if request.method == "POST" else responds(401)

    transport = FakeTransport(reply)
    auth = OAuth2ClientCredentials("https://vendor.test/token", "id", "s")
    async with client_of(transport, auth=auth) as client:
        for _ in range(20):
            with pytest.raises(AuthError):
                await client.call(GET, path=(1,))
    assert sum(request.method == "POST" for request, _ in transport.sent) <= 3


async def test_swt_cancelled_caller_does_not_cancel_the_login_of_others():
    time, transport = FakeTime(), FakeTransport(responds())
    login = Issuer(time)
    async with client_of(transport, time, auth=SwtAuth(login)) as client:
        first = asyncio.create_task(client.call(GET, path=(1,)))
        second = asyncio.create_task(client.call(GET, path=(1,)))
        await asyncio.sleep(0)
        first.cancel()
        await second
    assert first.cancelled()
    assert login.logins == 1


async def test_swt_close_during_login_leaves_no_task():
    time = FakeTime()
    started = asyncio.Event()

    async def login() -> str:
        started.set()
        await asyncio.Event().wait()
        return ""

    client = client_of(FakeTransport(responds()), time, auth=SwtAuth(login))
    call = asyncio.create_task(client.call(GET, path=(1,)))
    await started.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await client.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_oauth2_posts_the_client_as_basic_and_sends_a_bearer_token():
    time = FakeTime()

    def reply(request, headers):
        if request.method == "POST":
            return responds(200, {"access_token": "tok", "expires_in": 100, "token_type": "bearer"})
        return responds()

    transport = FakeTransport(reply)
    auth = OAuth2ClientCredentials("https://vendor.test/token", "id", "s3cret", scope="a b")
    async with client_of(transport, time, auth=auth) as client:
        await client.call(GET, path=(1,))
        time.now = 101.0
        await client.call(GET, path=(1,))
    (login, _), (_, credentials), *_ = transport.sent
    assert (login.body, str(login.url)) == (
        b"grant_type=client_credentials&scope=a%20b",
        "https://vendor.test/token",
    )
    assert base64.b64decode(login.headers["Authorization"].split()[1]) == b"id:s3cret"
    assert credentials == {"Authorization": "Bearer tok"}
    assert [request.method for request, _ in transport.sent] == ["POST", "GET", "POST", "GET"]


async def test_oauth2_login_with_one_slot_and_a_503_does_not_lock_up():
    script = FakeTransport(responds(503), responds(200, {"access_token": "t"}), responds())
    auth = OAuth2ClientCredentials("https://vendor.test/token", "id", "s")
    from trunkline.config import Limits

    async with client_of(script, auth=auth, limits=Limits(concurrency=1)) as client:
        await client.call(GET, path=(1,))
    assert len(script.sent) == 3


async def test_oauth2_refusal_says_what_to_check():
    auth = OAuth2ClientCredentials("https://vendor.test/token", "id", "s")
    async with client_of(FakeTransport(responds(401, {"error": "invalid_client"})), auth=auth) as client:
        with pytest.raises(AuthError, match="check user name") as caught:
            await client.call(GET, path=(1,))
    assert caught.value.messages[0].message == "invalid_client"


async def test_api_key_in_each_place():
    for auth, look in [
        (ApiKeyAuth("X-Key", "k"), lambda r, h: h["X-Key"] == "k"),
        (ApiKeyAuth("key", "k&v", "query"), lambda r, h: r.url.raw_query_string == "key=k%26v"),
        (ApiKeyAuth("key", "k;v", "cookie"), lambda r, h: h["Cookie"] == "key=k%3Bv"),
        (BearerAuth("t"), lambda r, h: h["Authorization"] == "Bearer t"),
        (
            BasicAuth("ü", "p:w"),
            lambda r, h: h["Authorization"] == "Basic " + base64.b64encode("ü:p:w".encode()).decode(),
        ),
    ]:
        transport = FakeTransport(responds())
        async with client_of(transport, auth=auth) as client:
            await client.call(GET, path=(1,))
        assert look(*transport.sent[0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: BasicAuth("", "p"),
        lambda: BasicAuth("u", ""),
        lambda: BasicAuth("a:b", "p"),
        lambda: BearerAuth("t\r\nX: y"),
        lambda: ApiKeyAuth("X-Key", "k\n"),
        lambda: OAuth2ClientCredentials("", "i", "s"),
        lambda: SwtAuth(lambda: None, renew_at=0),
    ],
)
def test_bad_credentials_are_refused_at_once(make):
    with pytest.raises(ConfigError):
        make()


def test_secret_shows_itself_nowhere():
    secret = Secret("hunter2")
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>20}",
        "{}".format(secret),  # noqa: UP032
        repr([secret]),
        repr({"a": secret}),
    ]
    assert not any("hunter2" in text for text in shown)
    for spill in (pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            spill(secret)
    assert copy.deepcopy(secret) is secret
    assert copy.copy(secret).reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert secret != "hunter2"
    assert not hasattr(secret, "__dict__")


async def test_swt_error_of_the_callers_own_login_started_a_login_for_every_call():
    logins = 0

    async def login() -> str:
        nonlocal logins
        logins += 1
        if logins > 1:
            raise KeyError("a mistake in the login function")
        return f"u=1&ExpiresOn={1e9 + 100:.0f}"

    time, told = FakeTime(), []
    async with client_of(FakeTransport(responds()), time, auth=SwtAuth(login), hooks=[told.append]) as client:
        await client.call(GET, path=(1,))
        time.now = 80
        for _ in range(10):
            await client.call(GET, path=(1,))
            await asyncio.sleep(0)
        assert logins == 2
        assert [event.error for event in told if isinstance(event, TokenEvent)] == [None, "KeyError"]
        time.now = 101
        with pytest.raises(KeyError):
            await client.call(GET, path=(1,))


async def test_swt_expired_token_of_a_renewal_replaced_the_one_that_was_still_good():
    logins = 0

    async def login() -> str:
        nonlocal logins
        logins += 1
        return f"u={logins}&ExpiresOn={1e9 + (100 if logins == 1 else 10):.0f}"

    time, told = FakeTime(), []
    transport = FakeTransport(responds())
    async with client_of(transport, time, auth=SwtAuth(login), hooks=[told.append]) as client:
        await client.call(GET, path=(1,))
        time.now = 80
        for _ in range(5):
            await client.call(GET, path=(1,))
            await asyncio.sleep(0)
        assert logins == 2
        assert all('"u=1&' in headers["Authorization"] for _, headers in transport.sent)
        assert [event.ok for event in told if isinstance(event, TokenEvent)] == [True, False]


async def test_swt_login_that_is_cancelled_from_inside_was_repeated_for_ever():
    async def login() -> str:
        raise asyncio.CancelledError

    async with client_of(FakeTransport(responds()), auth=SwtAuth(login)) as client:
        async with asyncio.timeout(2):
            with pytest.raises(AuthError, match="cancelled"):
                await client.call(GET, path=(1,))


async def test_oauth2_token_url_may_have_a_query_and_is_checked_when_it_is_given():
    transport = FakeTransport(responds(200, {"access_token": "t", "expires_in": 60}), responds())
    auth = OAuth2ClientCredentials("https://login.test/token?tenant=1", "id", "secret")
    async with client_of(transport, auth=auth) as client:
        await client.call(GET, path=(1,))
    assert str(transport.sent[0][0].url) == "https://login.test/token?tenant=1"
    for url in ("token", "/token", "https://user@login.test/token", "https://login.test/token#x"):
        with pytest.raises(ConfigError, match="token_url"):
            OAuth2ClientCredentials(url, "id", "secret")


@pytest.mark.parametrize(
    "make",
    [
        lambda: BasicAuth("user", "hunter2\udce9"),
        lambda: BasicAuth("user\udce9", "hunter2"),
        lambda: BasicAuth("user", b"hunter2"),
        lambda: BasicAuth(5, "hunter2"),
        lambda: BearerAuth("hunter2é"),
        lambda: ApiKeyAuth("X-Key", "hunter2é"),
        lambda: ApiKeyAuth("X Key:", "hunter2"),
        lambda: ApiKeyAuth("key", "hunter2\udce9", "query"),
        lambda: ApiKeyAuth("key", "hunter2\udce9", "cookie"),
        lambda: ApiKeyAuth("key", "hunter2", "body"),
        lambda: OAuth2ClientCredentials("https://login.test", "id", "hunter2\udce9"),
    ],
)
def test_credential_that_cannot_be_sent_is_a_config_error_without_it(make):
    with pytest.raises(ConfigError) as caught:
        make()
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error!r}{error.args}{vars(error)}"
        error = error.__cause__ or error.__context__
