"""Slots, the gate and the pace: fair, adaptive, safe under cancellation."""

from __future__ import annotations

import asyncio

from tests.unit.runtime_doubles import FakeTime
from trunkline._limits import Gate, Pace, Slots


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


def test_slots_pressure_halves_once_per_round_and_success_adds_one():
    slots = Slots(8, 2)
    for _ in range(8):
        assert slots.take()
    slots.ease()
    slots.ease()
    assert slots.limit == 4
    for _ in range(8):
        slots.give()
    slots.ease()
    slots.ease()
    assert slots.limit == 2
    for _ in range(2):
        slots.press()
    assert slots.limit == 3
    for _ in range(100):
        slots.press()
    assert slots.limit == 8


async def test_gate_closed_lets_one_probe_through_and_opens_for_all():
    time = FakeTime()
    gate = Gate(time.seams.clock, time.sleep)
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
    gate = Gate(time.seams.clock, time.sleep)
    gate.close(0.0, 503)
    assert await gate.wait()
    waiting = asyncio.create_task(gate.wait())
    await asyncio.sleep(0)
    gate.report(False)
    assert await waiting
    assert gate.closed


async def test_gate_cancelled_waiters_leave_it_usable():
    time = FakeTime()
    gate = Gate(time.seams.clock, time.sleep)
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
    gate = Gate(time.seams.clock, time.sleep)
    assert gate.close(1.0, 503)
    assert not gate.close(5.0, 503)
    assert gate.times == 1
    assert gate.remaining == 5.0
    assert await gate.wait()
    assert gate.close(1.0, 503)
    assert gate.times == 2


async def test_pace_spaces_requests_evenly():
    time = FakeTime()
    pace = Pace(20.0, time.seams.clock, time.sleep)
    starts: list[float] = []

    async def go() -> None:
        await pace.acquire()
        starts.append(round(time.now, 6))

    await asyncio.gather(*(go() for _ in range(5)))
    assert starts == [0.0, 0.05, 0.1, 0.15, 0.2]
