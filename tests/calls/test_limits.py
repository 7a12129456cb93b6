"""Slots, the gate and the pace: fair, adaptive, safe under cancellation."""

from __future__ import annotations

import asyncio

import pytest

from tests.runtime_doubles import FakeTime
from trunkline._calls.limits import Gate, Pace, Slots


async def test_slots_waiters_are_served_in_order():
    slots = Slots(1, 1)
    assert slots.take()
    order: list[int] = []

    async def work(number: int) -> None:
        if not slots.take():
            await slots.wait()
        order.append(number)
        slots.give()

    tasks = [asyncio.create_task(work(number)) for number in range(5)]
    await asyncio.sleep(0)
    assert not slots.take()
    slots.give()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert slots.used == 0


async def test_slots_cancelled_waiter_hands_its_slot_on():
    slots = Slots(1, 1)
    slots.take()
    first, second = (asyncio.create_task(slots.wait()) for _ in range(2))
    await asyncio.sleep(0)
    slots.give()  # granted to the first, which is cancelled before it runs
    first.cancel()
    await asyncio.wait_for(second, 1)
    assert first.cancelled() or await asyncio.gather(first, return_exceptions=True)
    slots.give()
    assert slots.used == 0
    assert slots.take()


async def test_slots_cancelled_before_grant_is_skipped():
    slots = Slots(1, 1)
    slots.take()
    first, second = (asyncio.create_task(slots.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    slots.give()
    await asyncio.wait_for(second, 1)


def round_of(slots: Slots, answers: int, refused: int) -> int:
    """All of `answers` requests under way are answered, the first ones with a refusal; the new limit."""
    for _ in range(answers):
        assert slots.take()
    for number in range(answers):
        if number < refused:
            slots.ease()
        slots.give()
    return slots.limit


def test_slots_refusal_of_everything_halves_once_per_round_down_to_the_floor():
    slots = Slots(16, 3)
    assert [round_of(slots, slots.limit, slots.limit) for _ in range(4)] == [8, 4, 3, 3]


def test_slots_few_refusals_cost_few_slots():
    assert round_of(Slots(64, 1), 64, 2) == 63
    assert round_of(Slots(64, 1), 64, 32) == 48


def test_slots_success_adds_one_for_each_round_up_to_the_ceiling():
    slots = Slots(8, 1)
    assert round_of(slots, 8, 8) == 4
    for _ in range(4):
        slots.press()
    assert slots.limit == 5
    for _ in range(100):
        slots.press()
    assert slots.limit == 8


async def test_gate_closed_lets_one_probe_through_and_opens_for_all():
    time = FakeTime()
    gate = Gate(time.time_source.clock, time.sleep)
    gate.close(30.0, 429)
    tasks = [asyncio.create_task(gate.wait()) for _ in range(10)]
    done, pending = await asyncio.wait(tasks, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [True]
    assert time.now >= 30
    assert len(pending) == 9
    assert gate.report(True)
    assert [await task for task in pending] == [False] * 9
    assert not gate.closed


async def test_gate_probe_that_fails_otherwise_lets_the_next_probe():
    time = FakeTime()
    gate = Gate(time.time_source.clock, time.sleep)
    gate.close(0.0, 503)
    assert await gate.wait()
    waiting = asyncio.create_task(gate.wait())
    await asyncio.sleep(0)
    gate.report(False)
    assert await waiting
    assert gate.closed


async def test_gate_cancelled_waiters_leave_it_usable():
    time = FakeTime()
    gate = Gate(time.time_source.clock, time.sleep)
    gate.close(0.0, 503)
    assert await gate.wait()
    tasks = [asyncio.create_task(gate.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)
    gate.report(True)
    assert await asyncio.gather(*tasks[1:]) == [False, False]


async def test_gate_closed_again_by_the_probe_counts_up():
    time = FakeTime()
    gate = Gate(time.time_source.clock, time.sleep)
    assert gate.close(1.0, 503)
    assert not gate.close(5.0, 503)
    assert gate.times == 1
    assert gate.remaining == 5.0
    assert await gate.wait()
    assert gate.close(1.0, 503)
    assert gate.times == 2


async def test_gate_request_sent_after_the_refused_one_that_came_through_opens_it():
    time = FakeTime()
    gate = Gate(time.time_source.clock, time.sleep)
    gate.close(30.0, 429, number=5, asked=False)
    waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not gate.came_through(4)
    assert gate.came_through(6)
    assert await asyncio.gather(*waiting) == [False] * 3
    gate.close(30.0, 429, number=7, asked=True)
    assert not gate.came_through(8)
    gate.close(30.0, 429, number=9, asked=False)
    assert not gate.came_through(10), "what the vendor asked for is kept"


async def test_gate_cancelled_sleeper_is_replaced():
    time = FakeTime()
    gate = Gate(time.time_source.clock, time.sleep)
    gate.close(30.0, 429)
    sleeper, other = (asyncio.create_task(gate.wait()) for _ in range(2))
    await asyncio.sleep(0)
    sleeper.cancel()
    assert await other
    assert time.now == 30.0


async def test_gate_wait_that_grows_too_long_is_refused():
    time = FakeTime()
    gate = Gate(time.time_source.clock, time.sleep)

    def may_wait() -> None:
        if gate.remaining > 100:
            raise TimeoutError

    gate.close(0.0, 429)
    assert await gate.wait()
    waiting = asyncio.create_task(gate.wait(may_wait))
    await asyncio.sleep(0)
    gate.close(3600.0, 429)
    with pytest.raises(TimeoutError):
        await waiting


async def test_pace_spaces_requests_evenly():
    time = FakeTime()
    pace = Pace(20.0, time.time_source.clock, time.sleep)
    starts: list[float] = []

    async def go() -> None:
        await pace.acquire()
        starts.append(round(time.now, 6))

    await asyncio.gather(*(go() for _ in range(5)))
    assert starts == [0.0, 0.05, 0.1, 0.15, 0.2]
