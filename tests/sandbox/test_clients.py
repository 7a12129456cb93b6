"""The shipped clients against the sandbox: sign-in, links and rows as a user meets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from trunkline import abzorb, idi
from trunkline.auth import BasicAuth
from trunkline.sandbox import Sandbox


@pytest.fixture
async def sandbox(settings: dict[str, Any]) -> AsyncIterator[Sandbox]:
    """On the machine's clock: the client compares a token's end with its own."""
    async with Sandbox(**({"rows": 150} | settings)) as sandbox:
        yield sandbox


def idi_client(sandbox: Sandbox) -> idi.Client:
    user = sandbox.credentials
    return idi.Client(
        environment=sandbox.idi_environment,
        user=user.name,
        password=user.password,
        base_url=sandbox.url,
        drift=True,
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"rows": 260},
        {"rows": 260, "value_only_links": True, "next_link": "skiptoken"},
        {"rows": 130, "token_response": "form"},
        {"rows": 130, "token_response": "object"},
    ],
)
async def test_idi_client_walks_collections(sandbox: Sandbox) -> None:
    """Raw links of another service, no links at all, and every shape of the login's response."""
    async with idi_client(sandbox) as client:
        devices = [row.device_id async for row in client.device.search(top=50)]
        services = [row.service_id async for row in client.service.search(top=50)]
    assert devices == list(range(1000, 1000 + sandbox.config.rows))
    assert services == list(range(1, 1 + sandbox.config.rows))


async def test_idi_client_reads_and_meets_no_undocumented_value(sandbox: Sandbox) -> None:
    """Nothing that the sandbox returns is of another type than the spec says, or unknown to it."""
    async with idi_client(sandbox) as client:
        for device_id in range(1000, 1020):
            assert (await client.device.get(device_id=device_id)).device_id == device_id
        await client.sim.get(sim_id=1)
        await client.sim.get_available_esim()
        await client.service.search_plan_history(top=10).all()
        report: dict[str, Any] = client.drift.report() if client.drift else {}
    kinds = {entry["kind"] for seen in report.values() for entry in seen["differences"]}
    # An eSIM number that a device does not have is left out of its object, as optional fields are.
    assert kinds <= {"missing field"}
    assert "device.get" in report


async def test_abzorb_client_reads_a_connection(sandbox: Sandbox) -> None:
    """Basic authentication and the one documented route."""
    user = sandbox.credentials
    async with abzorb.Client(auth=BasicAuth(user.name, user.password), base_url=sandbox.abzorb_url) as client:
        connection = await client.connections.get_by_cli(cli="07700900123")
    assert connection.contract_id == 104233
