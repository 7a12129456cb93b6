"""How hard a client presses a vendor, simulated: enough, and never more than the vendor bears."""

from __future__ import annotations

import asyncio

import pytest

from tests.reliability.simulation import SimulatedVendor, lookups, simulate
from tests.runtime_doubles import (
    GET,
    Client,
    FakeTime,
    FakeTransport,
    RawServer,
    client_of,
    http,
    responds,
    taken,
)
from trunkline._calls.concurrency import ConcurrencyLimiter
from trunkline.config import Limits, RetryPolicy, Timeouts
from trunkline.errors import DeadlineError, UnavailableError

_KEYS = 10_000


def run(vendor: SimulatedVendor, keys: int = _KEYS, **limits):
    traffic = simulate(lambda: lookups(vendor, keys, **limits))
    assert traffic.failed == 0
    assert vendor.answered == keys
    return traffic


def at_random(share: float, status: int):
    return lambda vendor, now: status if vendor.chance.random() < share else None


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("latency", [0.005, 0.05, 0.3])
def test_random_refusals_of_three_percent_do_not_collapse_throughput(status, latency):
    """Refused calls wait a quarter of a second and hold their place in the run; nobody else waits long."""
    undisturbed = run(SimulatedVendor(refuses=lambda vendor, now: None, latency=latency))
    disturbed = run(SimulatedVendor(refuses=at_random(0.03, status), latency=latency))
    with_own_waits_only = 1.0 / (1.0 / undisturbed.rate + 0.03 * 0.25 / 64)
    assert disturbed.rate > 0.6 * with_own_waits_only


def test_vendor_that_bears_eight_at_once_is_asked_about_eight_at_once():
    vendor = SimulatedVendor(refuses=lambda vendor, now: 429 if vendor.busy > 8 else None)
    traffic = run(vendor)
    settled = vendor.busiest[len(vendor.busiest) // 2 :]
    assert sum(settled) / len(settled) < 9
    assert vendor.refused < 0.15 * _KEYS
    assert traffic.rate > 0.7 * 8 / vendor.latency


def test_quota_of_a_hundred_a_second_is_used_and_hardly_exceeded():
    tokens, last = 20.0, 0.0

    def quota(vendor: SimulatedVendor, now: float) -> int | None:
        nonlocal tokens, last
        tokens = min(20.0, tokens + (now - last) * 100.0)
        last = now
        if tokens < 1.0:
            return 429
        tokens -= 1.0
        return None

    vendor = SimulatedVendor(refuses=quota)
    traffic = run(vendor, 5_000)
    assert traffic.rate > 60
    assert vendor.refused < 5_000


def test_outage_of_four_minutes_is_probed_and_not_stormed():
    vendor = SimulatedVendor(refuses=lambda vendor, now: 503 if 10 <= now < 250 else None)
    run(vendor, 30_000)
    assert vendor.refused < 64 + 64 + 40


def test_retry_after_of_the_vendor_is_kept_although_others_come_through():
    turn = iter(range(10**6))
    vendor = SimulatedVendor(refuses=lambda vendor, now: 429 if next(turn) == 100 else None, retry_after="10")
    traffic = run(vendor, 2_000)
    assert traffic.seconds > 10


def test_floor_and_cap_hold():
    always = SimulatedVendor(refuses=at_random(0.5, 429))
    run(always, 500, concurrency=16, min_concurrency=4)
    assert max(always.busiest) <= 16
    limiter = ConcurrencyLimiter(16, 4)
    for _ in range(50):
        taken = 0
        while limiter.try_acquire():
            taken += 1
        for _ in range(taken):
            limiter.on_pressure()
            limiter.release()
        assert 4 <= limiter.limit <= 16
    assert limiter.limit == 4


def test_rate_is_kept_whatever_the_concurrency():
    vendor = SimulatedVendor(refuses=lambda vendor, now: None)
    assert run(vendor, 2_000, rate="20/s").rate == pytest.approx(20, rel=0.01)


async def test_waiting_for_a_slot_is_outside_the_attempts_time():
    time = FakeTime()

    async def slow():
        await time.sleep(20)
        return responds()

    transport = FakeTransport(lambda request, headers: slow())
    timeouts = Timeouts(attempt=30)
    async with client_of(transport, time, limits=Limits(concurrency=1), timeouts=timeouts) as client:
        await asyncio.gather(*(client.call(GET, path=(key,)) for key in range(5)))
    assert time.now == 100
    assert transport.timeouts == [30.0] * 5  # each had its whole time, the last after 80 s in the queue


async def test_waiting_for_a_slot_is_inside_the_calls_time():
    held = asyncio.Event()

    async def stuck():
        await held.wait()
        return responds()

    transport = FakeTransport(lambda request, headers: stuck())
    async with Client(
        base_url="https://vendor.test",
        transport=transport,
        limits=Limits(concurrency=1),
        timeouts=Timeouts(total=0.05),
    ) as client:
        first = asyncio.create_task(client.call(GET, path=(1,)))
        await asyncio.sleep(0)
        with pytest.raises(DeadlineError) as caught:
            await client.call(GET, path=(2,))
        assert not caught.value.may_have_run
        held.set()
        await first


async def test_connection_is_free_before_a_call_waits():
    """While the first call backs off, the second is sent over the same connection."""
    time = FakeTime()
    busy: list[int] = []
    replies = [http("503 Busy", b"{}", "Retry-After: 30"), http()]

    async with RawServer(lambda number, head: replies[min(number, 2) - 1]) as server:
        client = Client(base_url=server.url, time_source=time.time_source, retry=RetryPolicy(max_attempts=2))

        async def watch(seconds: float) -> None:
            busy.append(len(taken(client)))
            await time.sleep(seconds)

        client._attempts._time_source = type(time.time_source)(
            clock=time.time_source.clock, sleep=watch, random=time.time_source.random
        )
        async with client:
            await client.call(GET, path=(1,))
        assert server.connections == 1
    assert busy == [0]


async def test_budget_paces_the_retries_of_an_outage():
    time = FakeTime()
    transport = FakeTransport(responds(500))
    policy = RetryPolicy(budget=0.1, budget_per_second=1.0, base=0.0)
    async with client_of(transport, time, retry=policy) as client:
        calls = (client.call(GET, path=(key,)) for key in range(40))
        assert len(await asyncio.gather(*calls, return_exceptions=True)) == 40
        retries = client.stats.retries
    assert retries <= 10 + 0.1 * 40 + time.now * 1.0 + 1


async def grouped(client: Client) -> None:
    async with asyncio.TaskGroup() as group:
        for key in range(10):
            group.create_task(client.call(GET, path=(key,)))


async def test_taskgroup_and_its_timeout_are_respected():
    async def never():
        await asyncio.Event().wait()

    transport = FakeTransport(lambda request, headers: never())
    async with client_of(transport, limits=Limits(concurrency=3)) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await grouped(client)
        assert client._attempts.admission.limiter.used == 0
        transport.script = [responds(503)]
        with pytest.raises(ExceptionGroup) as caught:
            await grouped(client)
        assert caught.group_contains(UnavailableError)
        assert client._attempts.admission.limiter.used == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
