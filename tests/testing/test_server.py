"""The sandbox in a thread: any loop, blocking code, resets in milliseconds."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from trunkline import abzorb, idi
from trunkline.config import RetryPolicy, Timeouts
from trunkline.errors import ConfigError, NotFoundError, TrunklineError
from trunkline.idi.models import Device, DeviceCreate
from trunkline.idi.patches import DevicePatch
from trunkline.sandbox.faults.scenario import parse
from trunkline.testing import LocalSandbox


@pytest.fixture(scope="module")
def server() -> Iterator[LocalSandbox]:
    with LocalSandbox(rows=100) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: LocalSandbox) -> LocalSandbox:
    server.reset()
    return server


def test_one_client_each_loop_leaves_nothing_open(sandbox: LocalSandbox) -> None:
    """Loops come and go with tests; neither warns of what it left (warnings are errors here)."""

    async def look() -> Device:
        return await sandbox.idi_client().device.get(device_id=1000)

    assert asyncio.run(look()) == asyncio.run(look())
    gc.collect()


def test_blocking_code_can_ask_it(sandbox: LocalSandbox) -> None:
    """No event loop at all."""
    with urllib.request.urlopen(f"{sandbox.url}/health") as response:  # noqa: S310 - a fixed http address
        assert response.status == 200


async def test_reset_takes_milliseconds_and_puts_everything_back(sandbox: LocalSandbox) -> None:
    """Rows, record, faults and time; measured 1 ms, so 100 ms means something broke."""
    client = sandbox.idi_client()
    before = await client.device.get(device_id=1000)
    created = await client.device.create(
        DeviceCreate(device_status_id="2", handset_catalog_id=10058, serial_number="99000012345678")
    )
    await client.device.update(device_id=1000, patch=DevicePatch().replace_bind(not before.bind))
    sandbox.clock.advance(9 * 3600)
    sandbox.set_faults("404:100%")
    began = time.perf_counter()
    sandbox.reset()
    took = time.perf_counter() - began
    assert not sandbox.calls()
    client = sandbox.idi_client()
    assert await client.device.get(device_id=1000) == before
    assert created.device_id is not None
    with pytest.raises(NotFoundError):
        await client.device.get(device_id=created.device_id)
    assert abs(sandbox.clock.wall() - time.time()) < 60
    assert took < 0.1


async def test_reset_ends_a_scenario_and_keeps_the_clock_of_the_next_one(sandbox: LocalSandbox) -> None:
    """A scenario set by one test went on in the next, and the admin clock no longer moved it."""
    state = sandbox._sandbox.state
    phases = {"phases": [{"for": "60s", "faults": "503"}, {"faults": ""}]}
    state.conditions.set_scenario(parse(phases))
    state.set_faults("429:1%")
    sandbox.reset()
    assert state.conditions.describe() == {"running": False}
    assert state.fault_text == ""
    state.conditions.set_scenario(parse(phases))
    assert state.conditions.current().rules
    state.clock.advance(61)
    assert not state.conditions.current().rules


async def test_waits_cost_nothing_and_move_the_time_of_both(sandbox: LocalSandbox) -> None:
    """A Retry-After of minutes, and the quota window that it waits for."""
    sandbox.set_faults("503:30%;retry-after=120")
    client = sandbox.idi_client()
    began = time.monotonic()
    for key in range(1000, 1010):
        await client.device.get(device_id=key)
    assert client.stats.retries > 0
    assert sandbox.clock.clock() >= 120
    assert time.monotonic() - began < 10


async def test_expired_and_forgotten_tokens_are_renewed(sandbox: LocalSandbox) -> None:
    """Both are seen by the client as the vendor's are."""
    client = sandbox.idi_client()
    await client.device.get(device_id=1000)
    sandbox.clock.advance(9 * 3600)
    await client.device.get(device_id=1000)
    sandbox.forget_tokens()
    await client.device.get(device_id=1000)
    assert len(sandbox.calls("security_token.login")) == 3


async def test_clients_of_the_code_under_test_work_too(
    sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the environment alone, real time and a connection pool of its own."""
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    async with idi.Client.from_env() as client:
        assert (await client.device.get(device_id=1000)).device_id == 1000


def test_wrong_setting_leaves_no_thread() -> None:
    """It is refused before or when it starts."""
    before = threading.active_count()
    with pytest.raises(ConfigError):
        LocalSandbox(rows=0)
    with pytest.raises(ConfigError), LocalSandbox(faults="nonsense"):
        pass
    assert threading.active_count() == before


def test_end_closes_port_and_thread() -> None:
    """Nothing is left."""
    before = threading.active_count()
    with LocalSandbox(rows=20) as sandbox:
        asyncio.run(sandbox.abzorb_client().reference.list_networks())
        url = sandbox.url
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{url}/health")  # noqa: S310 - a fixed http address
    assert threading.active_count() == before


def test_nothing_is_destroyed_after_a_delay_and_a_clients_timeout(caplog: pytest.LogCaptureFixture) -> None:
    """The client gave up, the sandbox still waits: its tasks end with it and complain of nothing."""

    async def ask(client: abzorb.Client) -> None:
        with pytest.raises(TrunklineError):
            await client.customers.get(customer_id=20000)

    with LocalSandbox(rows=5, faults="latency:30s") as sandbox:
        settings: dict[str, Any] = {"timeouts": Timeouts(total=0.2), "retry": RetryPolicy(max_attempts=1)}
        asyncio.run(ask(sandbox.abzorb_client(**settings)))
    gc.collect()
    assert "destroyed" not in caplog.text
