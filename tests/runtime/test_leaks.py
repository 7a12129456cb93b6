"""A planted secret and a planted number appear in no error, repr, traceback or log record."""

from __future__ import annotations

import asyncio
import base64
import gc
import logging
import traceback

import pytest
from yarl import URL

from tests.runtime_doubles import (
    GET,
    SEARCH,
    Client,
    Device,
    FakeTime,
    FakeTransport,
    RawServer,
    client_of,
    http,
    operation,
    responds,
)
from trunkline import odata
from trunkline._calls.links import link_url
from trunkline._codec.exact_json import dumps
from trunkline.auth import ApiKeyAuth, BasicAuth, OAuth2ClientCredentials, SwtAuth
from trunkline.config import RetryPolicy, Timeouts
from trunkline.distributed.shared_rate import SharedRate
from trunkline.errors import TransportError, TrunklineError, VendorMessage
from trunkline.hooks import logging_hook
from trunkline.operation import Param

SECRET = "hunter2-planted"
NUMBER = "07700900123"
FIND = operation(
    "connections.get",
    "GET",
    "/api/Connections",
    query_params=(Param(wire="cli", name="cli", sensitive=True),),
    response="Device",
    idempotency="safe",
)


def spilled(error: BaseException) -> str:
    shown = [repr(error), str(error), "".join(traceback.format_exception(error))]
    cause: BaseException | None = error
    while cause is not None:
        shown += [repr(cause), str(cause)]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(shown)


def assert_clean(text: str) -> None:
    assert SECRET not in text
    assert NUMBER not in text


REPLIES = {
    "lost": None,
    "reset": "reset",
    "half": (http(body=b"x" * 100)[:-50],),
    "slow": b"",
    "garbage": (b"nonsense\r\n\r\n",),
    "bad gzip": http("200 OK", b"xx", "Content-Encoding: gzip"),
    "html": http("200 OK", f"<html>{SECRET}</html>".encode(), "Content-Type: text/html"),
    "bad json": http("200 OK", f'{{"deviceID": "{SECRET} {NUMBER}'.encode()),
    "wrong type": http("200 OK", f'[{{"deviceID": {{"a": "{SECRET} {NUMBER}"}}}}]'.encode()),
    "400": http("400 Bad", f'{{"errors": [{{"message": "no {NUMBER} here", "field": "cli"}}]}}'.encode()),
    "401": http("401 No", b""),
    "500 text": http("500 Oh", f"stack trace {SECRET} {NUMBER}".encode(), "Content-Type: text/plain"),
    "redirect": http("302 Found", b"", f"Location: https://evil.test/?cli={NUMBER}"),
}


@pytest.mark.parametrize("name", REPLIES)
async def test_no_failure_shows_the_password_or_the_number(name, caplog):
    caplog.set_level(logging.DEBUG)
    async with RawServer(lambda number, head: REPLIES[name]) as server:
        client = Client(
            base_url=server.url,
            auth=BasicAuth("user", SECRET),
            retry=RetryPolicy(max_attempts=2),
            timeouts=Timeouts(attempt=0.03),
            time_source=FakeTime().time_source,
            hooks=[logging_hook()],
        )
        async with client:
            with pytest.raises(TrunklineError) as caught:
                await client.call(FIND, query=(NUMBER,))
            assert_clean(spilled(caught.value))
            assert_clean(repr(client))
            assert_clean(repr(client.stats))
    assert caplog.records
    assert_clean("\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records))


async def test_refused_connection_shows_nothing_either():
    client = Client(
        base_url="http://127.0.0.1:1",
        auth=ApiKeyAuth("key", SECRET, "query"),
        retry=RetryPolicy(max_attempts=1),
    )
    async with client:
        with pytest.raises(TransportError) as caught:
            await client.call(FIND, query=(NUMBER,))
    assert_clean(spilled(caught.value))


async def test_failing_logins_show_nothing(caplog):
    caplog.set_level(logging.DEBUG)

    async def login():
        return {"error": SECRET}

    def schemes():
        yield SwtAuth(login)
        yield OAuth2ClientCredentials("https://vendor.test/token", "id", SECRET)

    for auth in schemes():
        transport = FakeTransport(responds(403, {"error": "denied"}))
        async with client_of(transport, auth=auth, hooks=[logging_hook()]) as client:
            with pytest.raises(TrunklineError) as caught:
                await client.call(GET, path=(1,))
            assert_clean(spilled(caught.value) + repr(auth) + repr(client))
    gc.collect()
    assert_clean("\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records))


async def test_wrong_arguments_are_named_and_not_shown():
    async with client_of(FakeTransport(responds())) as client:
        for call in (
            lambda: client.call(GET, path=(NUMBER,)),
            lambda: client.call(FIND, query=(Device(device_id=int(NUMBER)),)),
        ):
            with pytest.raises(TrunklineError) as caught:
                await call()
            assert_clean(str(caught.value))


async def test_requests_and_calls_in_flight_have_no_telling_repr():
    seen: list[str] = []

    class Watching(FakeTransport):
        async def send(self, request, headers, timeout):
            seen.append(repr(request))
            return await super().send(request, headers, timeout)

    async with client_of(Watching(responds()), auth=ApiKeyAuth("key", SECRET, "query")) as client:
        await client.call(FIND, query=(NUMBER,))
    assert_clean("".join(seen) + repr(responds(200, {"cli": NUMBER})))
    assert seen


async def test_paging_errors_do_not_show_the_link():
    link = f"https://evil.test/?token={SECRET}&cli={NUMBER}"
    transport = FakeTransport(responds(200, {"value": [], "@odata.nextLink": link}))
    async with client_of(transport) as client:
        with pytest.raises(TrunklineError) as caught:
            await client.paginate(SEARCH, query=(odata.raw("deviceID eq 5"), None, None, None)).all()
    assert_clean(spilled(caught.value))
    assert "evil.test" not in str(caught.value)


def everything(error: BaseException) -> str:
    """All that an error and its chain hold, suppressed or not."""
    shown, link = "", error
    while link is not None:
        shown += f"{link!r} {link.args} {vars(link)} {getattr(link, 'doc', '')} {getattr(link, 'object', '')}"
        link = link.__cause__ or link.__context__
    return shown


@pytest.mark.parametrize(
    "body",
    [
        f'"{SECRET}"'.encode(),
        f'[{{"deviceID": ["{SECRET}"]}}]'.encode(),
        f'{{"deviceID": "{SECRET}'.encode(),
        f'"{SECRET}\xff'.encode("latin-1"),
    ],
)
async def test_unreadable_response_was_in_the_context_of_its_error(body):
    for media_type in ("application/json", "application/json; charset=utf-32"):
        async with client_of(FakeTransport(responds(200, body, Content_Type=media_type))) as client:
            with pytest.raises(TrunklineError) as caught:
                await client.call(GET, path=(1,))
            assert SECRET not in everything(caught.value)


async def test_response_of_a_login_was_in_the_context_of_its_error():
    async def login():
        return f'{{"token": "{SECRET}'

    for auth in (SwtAuth(login), OAuth2ClientCredentials("https://vendor.test/token", "id", "s")):
        transport = FakeTransport(responds(200, f'{{"access_token": "{SECRET}'.encode()))
        async with client_of(transport, auth=auth) as client:
            with pytest.raises(TrunklineError) as caught:
                await client.call(GET, path=(1,))
            assert SECRET not in everything(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Client(base_url=f"https://user:{SECRET}@vendor.test:x"),
        lambda: SharedRate(f"redis://user:{SECRET}/@limits.test:x", "20/s", name="idi"),
        lambda: link_url(f"https://[{SECRET}", URL("https://vendor.test/"), str, "/"),
        lambda: dumps({"password": f"{SECRET}\ud800"}),
    ],
    ids=["base_url", "shared rate", "next link", "body"],
)
def test_bad_text_was_in_the_context_of_its_error(make):
    with pytest.raises(TrunklineError) as caught:
        make()
    assert SECRET not in everything(caught.value)


def test_vendors_words_are_masked_in_reprs():
    said = VendorMessage(message=f"no {NUMBER} here", field=NUMBER)
    assert_clean(repr(said))
    assert (said.message, said.field) == (f"no {NUMBER} here", NUMBER)


async def test_number_as_the_name_of_a_field_was_shown():
    reply = responds(400, {"errors": {NUMBER: ["is not one of yours"], "cli": ["+44 7700 900123 is taken"]}})
    async with client_of(FakeTransport(reply)) as client:
        with pytest.raises(TrunklineError) as caught:
            await client.call(GET, path=(1,))
    assert_clean(spilled(caught.value) + repr(caught.value.messages))
    assert "900123" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["basic", "key", "oauth2"])
async def test_local_variables_of_a_waiting_call_showed_the_credential(scheme):
    """Error trackers show the locals of every frame, also of a call that the caller's timeout ended."""
    async with RawServer(lambda number, head: b"") as server:
        auth = {
            "basic": BasicAuth("user", SECRET),
            "key": ApiKeyAuth("X-Key", SECRET),
            "oauth2": OAuth2ClientCredentials(f"{server.url}/token", "id", SECRET),
        }[scheme]
        async with Client(base_url=server.url, auth=auth) as client:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(0.05):
                    await client.call(GET, path=(1,))
            shown = "".join(
                traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
            )
    shown = "\n".join(line for line in shown.splitlines() if "trunkline" in line or " = " in line)
    for secret in (
        SECRET,
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"id:{SECRET}".encode()).decode(),
    ):
        assert secret not in shown
