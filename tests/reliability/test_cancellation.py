"""Cancelled at any moment: no task, no slot, no connection, no half-written file is left."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.reliability.vendor_double import Asked, StepClock, Vendor, Wire
from tests.runtime_doubles import (
    GET,
    SEARCH,
    Client,
    FakeTime,
    FakeTransport,
    client_of,
    http,
    responds,
    taken,
)
from trunkline import bulk
from trunkline.auth import SwtAuth
from trunkline.bulk.checkpoint import Checkpoint
from trunkline.config import Limits, RetryPolicy, TimeSource

PAGES = [
    responds(200, {"value": [{"deviceID": n}], "@odata.nextLink": f"https://vendor.test/root/api/device?$skiptoken={n}"})
    for n in range(3)
]  # fmt: skip


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def assert_idle(client: Client) -> None:
    """All that a client shares between calls is as if nobody had called."""
    admission = client._attempts.admission
    assert admission.limiter is not None
    assert admission.limiter.used == 0
    assert not [future for future in admission.limiter._waiting if not future.done()]
    assert admission.breaker is not None
    assert not admission.breaker._probing
    assert not admission.breaker._sleeping


async def others_ended() -> None:
    await turns(5)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("after", range(1, 61))
async def test_cancelled_after_any_number_of_turns(after: int):
    """Slot, breaker, probe, token, backoff, rate, walk: whichever wait is hit, the next call goes through."""
    time = FakeTime()
    script = [responds(429), responds(500), responds(503, Retry_After="5"), responds(401), responds()]
    turn = iter(range(10**6))

    async def login():
        await asyncio.sleep(0)
        return "u=1&ExpiresOn=2000000000"

    def reply(request, headers):
        if "$skiptoken" in str(request.url) or request.url.path.endswith("/device"):
            return PAGES[next(turn) % 3]
        return script[next(turn) % len(script)]

    transport = FakeTransport(reply)
    limits = Limits(concurrency=3, rate="50/s")
    async with client_of(transport, time, auth=SwtAuth(login), limits=limits) as client:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(quiet(client.call(GET, path=(key,)))) for key in range(8)]
            tasks.append(group.create_task(quiet(client.paginate(SEARCH).all(limit=5))))
            tasks.append(group.create_task(quiet(walk(client))))
            await turns(after * 7)
            for task in tasks:
                task.cancel()
        await turns(30)
        assert_idle(client)
        transport.script = [responds()]
        assert (await client.call(GET, path=(1,))).device_id == 1
        assert_idle(client)
    await others_ended()


async def quiet(work):
    try:
        return await work
    except Exception:
        return None


async def walk(client: Client) -> None:
    async for row in client.paginate(SEARCH):
        if row.device_id == 99:
            return


class Shaky:
    """Sleeps for real, but shortly, so that cancellation falls into every kind of wait."""

    def __init__(self, chance: random.Random) -> None:
        loop = asyncio.get_running_loop()
        self.time_source = TimeSource(
            clock=loop.time, sleep=lambda seconds: asyncio.sleep(min(seconds, 0.002)), random=chance.random
        )


async def test_cancelled_two_hundred_times_over_real_connections():
    chance = random.Random(8)

    def misbehave(vendor: Vendor, asked: Asked) -> Wire | None:
        lot = chance.random()
        if lot < 0.1:
            return Wire(http("429 Slow", b"{}"))
        if lot < 0.2:
            return Wire(http("503 Busy", b"{}"))
        if lot < 0.25:
            return Wire(b"", "reset")
        if lot < 0.3:
            return Wire(vendor.good(asked)[:-4], "close")
        if lot < 0.35:
            return Wire(vendor.good(asked)[:-4])  # hangs
        return None

    async with (
        Vendor(clock=StepClock(), misbehave=misbehave) as vendor,
        Client(
            base_url=vendor.url, limits=Limits(concurrency=6), time_source=Shaky(chance).time_source
        ) as client,
    ):
        for _ in range(200):
            tasks = [asyncio.create_task(quiet(client.call(GET, path=(key,)))) for key in range(10)]
            await asyncio.sleep(chance.uniform(0, 0.006))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await turns(3)
            assert client._attempts.admission.limiter.used == 0
            assert not taken(client), "a connection is still taken"
        vendor.misbehave = lambda vendor, asked: None
        assert (await client.call(GET, path=(7,))).device_id == 7
        assert asyncio.all_tasks() - {asyncio.current_task()} == {
            task for task in asyncio.all_tasks() if "_serve" in repr(task)
        }


@pytest.mark.parametrize("seed", range(40))
async def test_bulk_cancelled_at_any_moment_leaves_a_checkpoint_that_goes_on(tmp_path: Path, seed: int):
    chance = random.Random(seed)
    asked: list[int] = []

    def reply(request, headers):
        asked.append(int(request.url.path.rpartition("/")[2]))
        lot = chance.random()
        return responds(429) if lot < 0.1 else responds(503) if lot < 0.2 else responds()

    file = tmp_path / "run"
    seen: list[int] = []

    async def run(client: Client) -> None:
        options = {"concurrency": 5, "checkpoint": file, "resume": True, "replay": False}
        async with bulk.lookup(lambda key: client.call(GET, path=(key,)), range(60), **options) as outcomes:
            async for outcome in outcomes:
                assert outcome.ok
                seen.append(outcome.key)

    async with client_of(
        FakeTransport(reply), FakeTime(), limits=Limits(concurrency=5), retry=RetryPolicy(budget=None)
    ) as client:
        for _ in range(6):
            task = asyncio.create_task(run(client))
            await turns(chance.randrange(1, 400))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await turns(30)
            assert_idle(client)
            assert set(os.listdir(tmp_path)) <= {"run"}, "files beside the checkpoint"
        await run(client)
        with Checkpoint(file, resume=True) as checkpoint:
            assert checkpoint.counts() == (60, 0)
            assert sorted(outcome.key for outcome in checkpoint.outcomes()) == list(range(60))
    assert len(seen) == len(set(seen)), "an outcome was handed out twice"
    await others_ended()


async def test_closing_a_client_ends_everything_it_started():
    async def login():
        await asyncio.Event().wait()

    async with client_of(FakeTransport(responds()), auth=SwtAuth(login)) as client:
        tasks = [asyncio.create_task(client.call(GET, path=(key,))) for key in range(5)]
        await turns(5)
        await client.aclose()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await others_ended()
