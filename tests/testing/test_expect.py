"""Expectations: what fits passes, what differs is shown, secrets are not."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline import abzorb, idi
from trunkline.abzorb.models import AddOrRemoveBarRequest, ChangeSimRequest
from trunkline.errors import ArgumentError
from trunkline.idi.fields import Service
from trunkline.idi.patches import DevicePatch
from trunkline.sandbox import Sandbox
from trunkline.testing import LocalSandbox, MockApi, assert_requests, example, mock_api, sent

PIN = "8642"


@pytest.fixture
async def api() -> Any:
    """Four calls of two APIs."""
    with mock_api(idi.Client, abzorb.Client) as api:
        async with (
            idi.Client(environment="acme", user="u", password="p") as client,
            abzorb.Client(user="u", password="p") as crm,
        ):
            await client.device.get(device_id=5)
            await client.service.search(filter=Service.customer_id == 12, top=500)
            patch = DevicePatch().replace_bind(True).replace_eid(PIN)
            await client.device.update(device_id=5, patch=patch)
            await crm.connections.change_sim(
                ChangeSimRequest(cli="07700900001", new_sim="8944100000000000017")
            )
        yield api


def test_what_was_sent_is_as_expected(api: MockApi) -> None:
    """By name alone, by arguments in Python's or the wire's words, by models and patches."""
    assert_requests(api, ["device.get", "service.search", "device.update", "connections.change_sim"])
    assert_requests(
        api,
        [
            sent("idi.device.get", device_id=5, status=200),
            sent(idi.OPERATIONS["service.search"], filter=Service.customer_id == 12, top=500, skip=None),
            sent("device.update", deviceID=5, body=DevicePatch().replace_bind(True).replace_eid(PIN)),
            sent(
                "connections.change_sim",
                body=ChangeSimRequest(cli="07700900001", new_sim="8944100000000000017"),
            ),
        ],
    )


def test_parts_of_a_body_and_any_value(api: MockApi) -> None:
    """Only the keys that are named count; `...` is whatever was sent."""
    assert_requests(
        api,
        [
            sent("service.search", filter=...),
            sent("device.update", body=[{"op": "replace", "path": "/bind"}, ...]),
            sent("connections.change_sim", body={"cli": ..., "newSim": "8944100000000000017"}),
        ],
        others=True,
    )


def test_order_counts_unless_told_otherwise(api: MockApi) -> None:
    """And the narrow expectation gets the call that only it fits."""
    names = ["connections.change_sim", "device.update", "service.search", "device.get"]
    with pytest.raises(AssertionError):
        assert_requests(api, names)
    assert_requests(api, names, in_order=False)
    with pytest.raises(AssertionError, match=r"- idi\.device\.get"):
        assert_requests(api, [*names, sent("device.get", device_id=6)], in_order=False)


def test_difference_is_shown_line_by_line(api: MockApi) -> None:
    """One missing call does not shift the ones that follow."""
    with pytest.raises(AssertionError) as caught:
        assert_requests(
            api,
            [
                sent("device.get", device_id=6),
                "sim.get",
                sent("service.search", top=100, skip=0, filter=Service.customer_id == 13),
                sent(
                    "device.update",
                    body=[{"op": "replace", "path": "/bind", "value": False}, ...],
                    status=204,
                ),
            ],
        )
    assert str(caught.value).splitlines() == [
        "the requests are not the expected ones",
        "  ! idi.device.get",
        "      deviceID: expected 6, sent 5",
        "  - idi.sim.get",
        "  ! idi.service.search",
        "      $top: expected 100, sent 500",
        "      $skip: expected 0, was not sent",
        "      $filter: expected customerID eq 13, sent customerID eq 12",
        "  ! idi.device.update",
        "      status: expected 204, was 200",
        "      body[0].value: expected False, sent True",
        "  + abzorb.connections.change_sim",
        "  (= as expected, ! differs, - missing, + not expected; secrets are shown as ***)",
    ]


def test_secrets_are_not_in_the_difference(api: MockApi) -> None:
    """SIM keys, numbers, and what a patch sets them to; the text says that they differ, not how."""
    with pytest.raises(AssertionError) as caught:
        assert_requests(
            api,
            [
                "device.get",
                "service.search",
                sent("device.update", body=[..., {"value": "9999"}]),
                sent("connections.change_sim", body={"cli": "07700900002", "newSim": "8944100000000000025"}),
            ],
        )
    text = str(caught.value)
    assert "body.cli: expected ***, sent another value (***)" in text
    for secret in ("0770090000", "894410000", PIN, "9999"):
        assert secret not in text


async def test_secret_query_and_filter_values_are_masked() -> None:
    """A telephone number in the query, a serial number in a filter."""
    with mock_api(idi.Client, abzorb.Client) as api:
        async with (
            idi.Client(environment="acme", user="u", password="p") as client,
            abzorb.Client(user="u", password="p") as crm,
        ):
            await crm.connections.get_by_cli(cli="07700900001")
            await client.service.search(filter=Service.service_number == "2125550100")
        with pytest.raises(AssertionError) as caught:
            assert_requests(
                api,
                [
                    sent("connections.get_by_cli", cli="07700900002"),
                    sent("service.search", filter=Service.service_number == "2125550199"),
                ],
            )
    text = str(caught.value)
    assert "cli: expected ***, sent another value (***)" in text
    assert "212555" not in text
    assert "0770090" not in text


def test_unknown_names_are_said(api: MockApi) -> None:
    """Neither an operation nor a parameter is guessed."""
    with pytest.raises(ArgumentError, match=r"near it: .*device\.get"):
        assert_requests(api, ["device.gte"])
    with pytest.raises(ArgumentError, match=r"device\.get has no parameter 'id'; it has device_id"):
        assert_requests(api, [sent("device.get", id=5)])


def test_logins_count_only_where_expected(api: MockApi) -> None:
    """A client logs in when it has to."""
    assert "security_token.login" in [call.operation for call in api.calls()]
    with pytest.raises(AssertionError, match=r"\+ idi\.device\.get"):
        assert_requests(api, [])


async def test_sandbox_is_asked_the_same_way() -> None:
    """The record of a sandbox and the calls of a mock read alike."""
    with LocalSandbox(rows=50) as sandbox:
        client, crm = sandbox.idi_client(), sandbox.abzorb_client()
        await client.device.get(device_id=1000)
        contract = (await crm.connections.get_by_cli(cli="07700900000")).contract_id
        body = example(AddOrRemoveBarRequest, contract_id=contract, bar_suffix="ROAM")
        await crm.connections.add_or_remove_bar(body)
        assert_requests(
            sandbox,
            [
                sent("device.get", device_id=1000),
                sent("connections.get_by_cli", cli="07700900000"),
                sent("connections.add_or_remove_bar", body=body, status=200),
            ],
        )
        assert_requests(sandbox.calls("device.get"), ["device.get"])
        assert sandbox.calls()[0].operation == "security_token.login"


async def test_plain_sandbox_is_a_source_too() -> None:
    """The asynchronous one keeps requests; they are read as calls."""
    async with Sandbox(rows=20) as sandbox:
        user = sandbox.credentials
        async with abzorb.Client(
            user=user.name, password=user.password, base_url=sandbox.abzorb_url
        ) as client:
            await client.orders.list_available_numbers(network_id=1)
        assert_requests(sandbox, [sent("orders.list_available_numbers", network_id=1, status=200)])
        with pytest.raises(AssertionError, match="networkId: expected 2, sent 1"):
            assert_requests(sandbox, [sent("orders.list_available_numbers", network_id=2)])
