"""Concurrency, breaker and rate: fair, adaptive, safe under cancellation."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime_doubles import FakeTime
from trunkline._calls.breaker import CircuitBreaker
from trunkline._calls.concurrency import ConcurrencyLimiter
from trunkline._calls.rate import LocalRateLimiter


async def test_limiter_waiters_are_served_in_order():
    limiter = ConcurrencyLimiter(1, 1)
    assert limiter.try_acquire()
    order: list[int] = []

    async def work(number: int) -> None:
        if not limiter.try_acquire():
            await limiter.acquire()
        order.append(number)
        limiter.release()

    tasks = [asyncio.create_task(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    assert not limiter.try_acquire()
    limiter.release()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert limiter.used == 0


async def test_limiter_cancelled_waiter_hands_its_slot_on():
    limiter = ConcurrencyLimiter(1, 1)
    limiter.try_acquire()
    first, second = (asyncio.create_task(limiter.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    limiter.release()  # granted to the first, which is cancelled before it runs
    first.cancel()
    await asyncio.wait_for(second, 1)
    assert first.cancelled() or await asyncio.gather(first, return_exceptions=True)
    limiter.release()
    assert limiter.used == 0
    assert limiter.try_acquire()


async def test_limiter_cancelled_before_grant_is_skipped():
    limiter = ConcurrencyLimiter(1, 1)
    limiter.try_acquire()
    first, second = (asyncio.create_task(limiter.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    limiter.release()
    await asyncio.wait_for(second, 1)


def round_of(limiter: ConcurrencyLimiter, responses: int, refused: int) -> int:
    """All of `responses` requests under way are answered, the first ones with a refusal; the new limit."""
    for _ in range(responses):
        assert limiter.try_acquire()
    for number in range(responses):
        if number < refused:
            limiter.on_pressure()
        limiter.release()
    return limiter.limit


def test_limiter_refusal_of_everything_halves_once_per_round_down_to_the_floor():
    limiter = ConcurrencyLimiter(16, 3)
    assert [round_of(limiter, limiter.limit, limiter.limit) for _ in range(4)] == [8, 4, 3, 3]


def test_limiter_few_refusals_cost_few_slots():
    assert round_of(ConcurrencyLimiter(64, 1), 64, 2) == 63
    assert round_of(ConcurrencyLimiter(64, 1), 64, 32) == 48


def test_limiter_success_adds_one_for_each_round_up_to_the_ceiling():
    limiter = ConcurrencyLimiter(8, 1)
    assert round_of(limiter, 8, 8) == 4
    for _ in range(4):
        limiter.on_success()
    assert limiter.limit == 5
    for _ in range(100):
        limiter.on_success()
    assert limiter.limit == 8


async def test_breaker_open_lets_one_probe_through_and_closes_for_all():
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.sleep)
    breaker.trip(30.0, 429)
    tasks = [asyncio.create_task(breaker.wait()) for _ in range(10)]
    done, pending = await asyncio.wait(tasks, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [True]
    assert time.now >= 30
    assert len(pending) == 9
    assert breaker.report(True)
    assert [await task for task in pending] == [False] * 9
    assert not breaker.is_open


async def test_breaker_probe_that_fails_otherwise_lets_the_next_probe():
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.sleep)
    breaker.trip(0.0, 503)
    assert await breaker.wait()
    waiting = asyncio.create_task(breaker.wait())
    await asyncio.sleep(0)
    breaker.report(False)
    assert await waiting
    assert breaker.is_open


async def test_breaker_cancelled_waiters_leave_it_usable():
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.sleep)
    breaker.trip(0.0, 503)
    assert await breaker.wait()
    tasks = [asyncio.create_task(breaker.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    breaker.report(True)
    assert await asyncio.gather(*tasks[1:]) == [False, False]


async def test_breaker_opened_again_by_the_probe_counts_up():
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.sleep)
    assert breaker.trip(1.0, 503)
    assert not breaker.trip(5.0, 503)
    assert breaker.opened == 1
    assert breaker.remaining == 5.0
    assert await breaker.wait()
    assert breaker.trip(1.0, 503)
    assert breaker.opened == 2


async def test_breaker_request_sent_after_the_refused_one_that_succeeded_closes_it():
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.sleep)
    breaker.trip(30.0, 429, number=5, asked=False)
    waiting = [asyncio.create_task(breaker.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not breaker.on_success(4)
    assert breaker.on_success(6)
    assert await asyncio.gather(*waiting) == [False] * 3
    breaker.trip(30.0, 429, number=7, asked=True)
    assert not breaker.on_success(8)
    breaker.trip(30.0, 429, number=9, asked=False)
    assert not breaker.on_success(10), "what the vendor asked for is kept"


async def test_breaker_cancelled_sleeper_is_replaced():
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.sleep)
    breaker.trip(30.0, 429)
    sleeper, other = (asyncio.create_task(breaker.wait()) for _ in range(2))
    await asyncio.sleep(0)
    sleeper.cancel()
    assert await other
    assert time.now == 30.0


async def test_breaker_wait_that_grows_too_long_is_refused():
    time = FakeTime()
    breaker = CircuitBreaker(time.time_source.clock, time.sleep)

    def may_wait() -> None:
        if breaker.remaining > 100:
            raise TimeoutError

    breaker.trip(0.0, 429)
    assert await breaker.wait()
    waiting = asyncio.create_task(breaker.wait(may_wait))
    await asyncio.sleep(0)
    breaker.trip(3600.0, 429)
    with pytest.raises(TimeoutError):
        await waiting


async def test_rate_spaces_requests_evenly():
    time = FakeTime()
    rate = LocalRateLimiter(20.0, time.time_source.clock, time.sleep)
    starts: list[float] = []

    async def go() -> None:
        await rate.acquire()
        starts.append(round(time.now, 6))

    await asyncio.gather(*(go() for _ in range(5)))
    assert starts == [0.0, 0.05, 0.1, 0.15, 0.2]
