"""A refused credential is remembered for everybody: accounts are not locked by one wrong password."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime_doubles import GET, FakeTime, FakeTransport, client_of, responds
from trunkline.auth import ApiKeyAuth, BasicAuth, BearerAuth, OAuth2ClientCredentials, SwtAuth
from trunkline.config import RetryPolicy
from trunkline.errors import AuthError, TrunklineError


def swt(client_box: list, statuses: list[int]):
    async def login() -> bytes:
        return await client_box[0]._post("https://login.test/x", {}, b"password")

    return SwtAuth(login)


def logins(transport: FakeTransport) -> int:
    return sum(request.url.host == "login.test" for request, _ in transport.sent)


@pytest.mark.parametrize("together", [True, False], ids=["gathered", "one after the other"])
@pytest.mark.parametrize("count", [30, 500])
async def test_wrong_password_made_a_login_for_every_call(together, count):
    box: list = []
    transport = FakeTransport(responds(401, {"message": "no"}))
    async with client_of(transport, FakeTime(), auth=swt(box, [])) as client:
        box.append(client)
        calls = [lambda: client.call(GET, path=(1,)) for _ in range(count)]
        if together:
            found = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
        else:
            found = [await quiet(call) for call in calls]
    assert all(isinstance(error, AuthError) for error in found)
    assert logins(transport) == len(transport.sent) == 1
    assert all(str(error).startswith("api.device.get: login refused with status 401") for error in found)
    assert all(error.operation == "api.device.get" for error in found)


async def quiet(call) -> object:
    try:
        return await call()
    except TrunklineError as error:
        return error


@pytest.mark.parametrize("auth", [BasicAuth("u", "p"), BearerAuth("t"), ApiKeyAuth("X-Key", "k")], ids=repr)
async def test_64_requests_at_once_carried_a_wrong_password(auth):
    transport = FakeTransport(responds(401))
    async with client_of(transport, FakeTime(), auth=auth) as client:
        found = await asyncio.gather(
            *(client.call(GET, path=(1,)) for _ in range(500)), return_exceptions=True
        )
    assert all(isinstance(error, AuthError) for error in found)
    assert len(transport.sent) == 1


async def test_pauses_double_and_a_reset_tries_at_once():
    time = FakeTime()
    transport = FakeTransport(responds(401))
    sent = []
    async with client_of(transport, time, auth=BasicAuth("u", "p")) as client:
        for _ in range(8):
            await quiet(lambda: client.call(GET, path=(1,)))
            sent.append(len(transport.sent))
            time.now += 1.0
        assert sent == [1, 2, 2, 3, 3, 3, 3, 4], "tried again after 1, 2 and 4 seconds"
        with pytest.raises(AuthError, match="not sent again for"):
            await client.call(GET, path=(1,))
        client.reset()
        transport.script = [responds()]
        assert (await client.call(GET, path=(1,))).device_id == 1


async def test_one_operations_own_401_stops_no_other():
    transport = FakeTransport(
        responds(), responds(401), responds(), responds(401), responds(401), responds(401), responds()
    )
    async with client_of(transport, FakeTime(), auth=BasicAuth("u", "p")) as client:
        found = [await quiet(lambda: client.call(GET, path=(1,))) for _ in range(7)]
    assert [isinstance(one, AuthError) for one in found] == [False, True, False, True, True, True, True]
    assert len(transport.sent) == 6, "three refusals in a row stand for everybody"


async def test_first_request_that_is_lost_lets_the_next_one_try():
    from trunkline.errors import TransportError

    transport = FakeTransport(TransportError("lost"), responds())
    async with client_of(transport, auth=BasicAuth("u", "p"), retry=RetryPolicy(max_attempts=1)) as client:
        found = await asyncio.gather(*(client.call(GET, path=(1,)) for _ in range(9)), return_exceptions=True)
    assert sum(isinstance(one, TransportError) for one in found) == 1


async def test_cancelled_first_request_holds_nobody_up():
    async def hang():
        await asyncio.Event().wait()

    transport = FakeTransport(lambda request, headers: hang(), responds())
    async with client_of(transport, auth=BasicAuth("u", "p")) as client:
        first = asyncio.create_task(client.call(GET, path=(1,)))
        await asyncio.sleep(0)
        second = asyncio.create_task(client.call(GET, path=(1,)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(transport.sent) == 1
        first.cancel()
        assert (await second).device_id == 1


async def test_refused_oauth2_client_is_remembered_too():
    transport = FakeTransport(responds(400, {"error": "invalid_client"}))
    auth = OAuth2ClientCredentials("https://login.test/token", "id", "secret-text")
    async with client_of(transport, FakeTime(), auth=auth) as client:
        found = [await quiet(lambda: client.call(GET, path=(1,))) for _ in range(5)]
    assert len(transport.sent) == 1
    assert "secret-text" not in str(found)
