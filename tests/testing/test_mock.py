"""Mocked vendors: every operation responds, and a test can set, fail, drop and read."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.contract.test_abzorb_stubs import CALLS as ABZORB_CALLS
from tests.contract.test_idi_stubs import CALLS as IDI_CALLS
from trunkline import abzorb, idi
from trunkline._http.session import AiohttpTransport
from trunkline.abzorb.models import Connection
from trunkline.auth import OAuth2ClientCredentials
from trunkline.client import Pager
from trunkline.config import RetryPolicy, Timeouts
from trunkline.errors import (
    ArgumentError,
    ConfigError,
    DeadlineError,
    NotFoundError,
    ServerError,
    TransportError,
)
from trunkline.idi.models import Device, Service
from trunkline.sandbox import Sandbox
from trunkline.testing import ApiCall, FakeClock, example, examples, mock_api

GET = "device.get"


def idi_client(**settings: Any) -> idi.Client:
    given = {"environment": "acme", "user": "u", "password": "p", **settings}
    return idi.Client(**given)


def abzorb_client(**settings: Any) -> abzorb.Client:
    return abzorb.Client(**{"user": "u", "password": "p", **settings})


@pytest.mark.parametrize("direct", [True, False], ids=["direct", "session"])
async def test_both_ways_of_the_transport_are_intercepted(direct: bool) -> None:
    """Whether it uses aiohttp's connections itself or a session: no request leaves the process."""
    transport = AiohttpTransport(
        timeouts=Timeouts(), max_response_bytes=1000_000, user_agent="test", direct=direct
    )
    with mock_api(idi.Client) as api:
        async with idi_client(transport=transport) as client:
            assert await client.device.get(device_id=5) == example(Device)
        await transport.aclose()
        assert [call.operation for call in api.calls()] == ["security_token.login", GET]


async def test_client_made_before_is_mocked_and_free_again_after() -> None:
    """The block decides, not where the client was made."""
    async with Sandbox(rows=50) as sandbox:
        user = sandbox.credentials
        async with idi.Client(
            environment="sandbox", user=user.name, password=user.password, base_url=sandbox.url
        ) as client:
            real = await client.device.get(device_id=1000)
            with mock_api(idi.Client) as api:
                api.set(GET, example(Device, device_id=7))
                assert (await client.device.get(device_id=1000)).device_id == 7
            assert await client.device.get(device_id=1000) == real


@pytest.mark.parametrize("operation", sorted(set(IDI_CALLS)))
async def test_every_idi_operation_responds(operation: str) -> None:
    """As a user calls it; the result is of the documented type."""
    call = IDI_CALLS[operation]
    with mock_api(idi.Client) as api:
        async with idi_client() as client:
            result = call(client)
            if isinstance(result, Pager):
                result = (await result.all())[0]
            else:
                result = await result
    assert api.calls(operation)
    if hasattr(result, "__attrs_attrs__"):
        assert not result.extra


@pytest.mark.parametrize("operation", sorted(abzorb.OPERATIONS))
async def test_every_abzorb_operation_responds(operation: str) -> None:
    """By name and with example bodies, since no state is behind a mock."""
    from trunkline._codec.annotations import resolve_in_module
    from trunkline.testing import _values

    op = abzorb.OPERATIONS[operation]
    query = [
        [1] if param.type == "list[int]" else 1 if param.type == "int" else _values.text(param.wire, 1, "uk")
        for param in op.query_params
    ]
    body = example(resolve_in_module(op.body.type, op.namespace)) if op.body else None
    with mock_api(abzorb.Client) as api:
        async with abzorb_client() as client:
            more = {"body": body} if op.body else {}
            result = await client.call(op, path=[1] * len(op.path_params), query=query, **more)
    assert len(api.calls(operation)) == 1
    assert result
    assert operation in ABZORB_CALLS


async def test_set_responds_until_its_times_are_over() -> None:
    """The latest counts first, then what was there before."""
    with mock_api(idi.Client) as api:
        api.set(GET, example(Device, device_id=1))
        api.set(GET, example(Device, device_id=2), times=2)
        async with idi_client() as client:
            assert [(await client.device.get(device_id=9)).device_id for _ in range(3)] == [2, 2, 1]


async def test_set_takes_functions_rows_and_plain_json() -> None:
    """What a call holds can decide; a collection takes rows; JSON goes out as it is."""

    def by_path(call: ApiCall) -> Device:
        return example(Device, device_id=int(call.path["deviceID"]))

    with mock_api(idi.Client, abzorb.Client) as api:
        api.set(idi.OPERATIONS[GET], by_path)
        api.set("service.search", examples(Service, 3))
        api.set("connections.get_by_cli", {"cli": "07700900001", "surprise": 1})
        async with idi_client() as client, abzorb_client() as crm:
            assert (await client.device.get(device_id=31)).device_id == 31
            assert await client.service.search().all() == examples(Service, 3)
            found = await crm.connections.get_by_cli(cli="07700900001")
            assert (found.cli, dict(found.extra)) == ("07700900001", {"surprise": 1})


async def test_pages_are_joined_by_links() -> None:
    """The client walks them as it walks the vendor's."""
    rows = examples(Service, 5)
    with mock_api(idi.Client) as api:
        api.set_pages("service.search", rows[:2], rows[2:4], [], rows[4:])
        async with idi_client() as client:
            assert await client.service.search(top=2).all() == rows
        assert len(api.calls("service.search")) == 4


async def test_fail_then_go_on() -> None:
    """The client is patient, and no time passes."""
    clock = FakeClock()
    with mock_api(idi.Client) as api:
        api.fail(GET, status=429, retry_after=7)
        async with idi_client(time_source=clock.time_source()) as client:
            assert await client.device.get(device_id=5) == example(Device)
        assert [call.status for call in api.calls(GET)] == [429, 200]
    assert clock.clock() >= 7


async def test_failure_carries_the_vendors_words() -> None:
    """In each vendor's own shape."""
    with mock_api(idi.Client, abzorb.Client) as api:
        api.fail(GET, status=404, message="no such device", times=None)
        api.fail("orders.get", status=404, message="no such order")
        api.fail("orders.submit", status=500, body={"error": "broken"})
        async with idi_client() as client, abzorb_client() as crm:
            for _ in range(2):
                with pytest.raises(NotFoundError) as caught:
                    await client.device.get(device_id=5)
                assert caught.value.messages[0].message == "no such device"
            with pytest.raises(NotFoundError, match="no such order"):
                await crm.orders.get(order_id=1)
            with pytest.raises(ServerError, match="broken"):
                await crm.orders.submit(abzorb_submit())


def abzorb_submit() -> Any:
    from trunkline.abzorb.models import SubmitOrderRequest

    return example(SubmitOrderRequest)


@pytest.mark.parametrize(("how", "error"), [("lost", TransportError), ("timeout", DeadlineError)])
async def test_drop_gives_no_response(how: Any, error: type[Exception]) -> None:
    """The client tells them apart, and goes on where it may."""
    clock = FakeClock()
    with mock_api(idi.Client) as api:
        api.drop(GET, how=how)
        async with idi_client(time_source=clock.time_source()) as client:
            assert await client.device.get(device_id=5)
            api.drop(GET, how=how, times=None)
            with pytest.raises(error):
                await client.device.get(device_id=5)
        assert [call.status for call in api.calls(GET)][:2] == [0, 200]


async def test_unmocked_request_is_an_error_twice() -> None:
    """At once, without retries, and at the end for code that catches everything."""

    async def careless() -> str:
        async with abzorb_client() as crm:
            try:
                await crm.customers.list_all()
            except AssertionError as error:
                return str(error)
        return ""

    api = mock_api(idi.Client).__enter__()
    assert "no mocked operation responds to GET /api/Customers/; mocked: idi" in await careless()
    with pytest.raises(AssertionError, match="no mocked operation"):
        api.__exit__(None, None, None)


async def test_corrected_route_is_mocked_with_the_client_itself() -> None:
    """A class knows the spec's routes, a client its own."""
    async with idi_client(routes={GET: "GET /api/v2/devices/{deviceID}"}) as client:
        with mock_api(client) as api:
            await client.device.get(device_id=5)
            assert api.calls(GET)[0].path == {"deviceID": "5"}
            assert "/api/v2/devices/5" in api.calls(GET)[0].url


async def test_oauth_login_is_responded_to() -> None:
    """Abzorb's newer line."""
    auth = OAuth2ClientCredentials("https://crm.example/token", "id", "secret")
    with mock_api(abzorb.Client) as api:
        async with abzorb_client(auth=auth) as crm:
            assert await crm.connections.get_by_cli(cli="07700900001") == example(Connection)
        assert api.calls("connections.get_by_cli")[0].headers["Authorization"] == "Bearer ***"
        assert api.calls()[0].operation == "oauth2.token"


async def test_other_traffic_is_mocked_beside_it_or_passes() -> None:
    """`http` is the aioresponses underneath."""
    async with Sandbox(rows=20) as sandbox:
        with mock_api(idi.Client, passthrough=[sandbox.url]) as api:
            api.http.get("https://weather.example/", payload={"rain": True})
            async with aiohttp.ClientSession() as session:
                async with session.get("https://weather.example/") as response:
                    assert await response.json() == {"rain": True}
                async with session.get(f"{sandbox.url}/health") as response:
                    assert (await response.json())["status"] == "ok"
            user = sandbox.credentials
            async with abzorb_client(
                base_url=sandbox.abzorb_url, user=user.name, password=user.password
            ) as crm:
                assert (
                    len(await crm.reference.list_networks()) > 1
                )  # a response of the sandbox, not an example


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda api: api.set("device.gett", None), r"no operation 'device\.gett'; near it: .*device\.get"),
        (lambda api: api.set(GET, example(Service)), r"device\.get returns Device, not a Service"),
        (lambda api: api.set(GET, 5), r"returns Device, not an int"),
        (lambda api: api.set("service.search", example(Service)), "returns a list of Service"),
        (lambda api: api.set(GET, asyncio.sleep(0)), "not a coroutine"),
        (lambda api: api.set(GET, asyncio.sleep), "must be a plain function, not an async one"),
        (lambda api: api.set(GET, {}, times=0), "times must be at least 1"),
        (lambda api: api.set_pages(GET, []), "is not a collection"),
        (lambda api: api.fail(GET, status=200), "400 to 599"),
        (lambda api: api.calls("nothing"), "no operation 'nothing'"),
    ],
)
def test_slip_in_a_test_is_said_at_once(use: Any, message: str) -> None:
    """Before any request, with what would be right."""
    with mock_api(idi.Client) as api, pytest.raises(ArgumentError, match=message):
        use(api)


def test_class_without_operations_is_refused() -> None:
    """The runtime's own base class has none."""
    from trunkline.client import BaseClient

    with pytest.raises(ConfigError, match="generated packages"):
        mock_api(BaseClient)


async def test_reset_forgets_everything() -> None:
    """What was set and what was sent."""
    with mock_api(idi.Client) as api:
        api.fail(GET, status=404, times=None)
        async with idi_client(retry=RetryPolicy(max_attempts=1)) as client:
            with pytest.raises(NotFoundError):
                await client.device.get(device_id=1)
            api.reset()
            assert not api.calls()
            assert await client.device.get(device_id=1)


async def test_password_shows_in_no_call() -> None:
    """Neither the repr nor the headers of a recorded call hold it."""
    with mock_api(idi.Client, abzorb.Client) as api:
        async with idi_client(password="planted-secret") as client, abzorb_client(password="planted") as crm:
            await client.device.get(device_id=1)
            await crm.reference.list_networks()
        for call in api.calls():
            assert "planted" not in repr(call) + str(call.headers) + str(call.body)
            assert "cGxhbnRlZA" not in str(call.headers)
