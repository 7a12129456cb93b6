"""Time under a test's control."""

from __future__ import annotations

import asyncio
import time

import pytest

from trunkline.config import TimeSource
from trunkline.errors import ArgumentError
from trunkline.testing import FakeClock


async def test_sleep_moves_time_and_takes_none() -> None:
    """An hour of waiting is over at once."""
    clock = FakeClock(start=100.0)
    began = time.monotonic()
    await clock.sleep(3600)
    assert (clock.clock(), clock.wall(), clock.slept) == (3600.0, 3700.0, [3600])
    assert time.monotonic() - began < 1


async def test_sleepers_side_by_side_share_the_time() -> None:
    """They wake in the order of their moments; the clock moves by the longest, not by the sum."""
    clock, woke = FakeClock(), []

    async def nap(seconds: float) -> None:
        await clock.sleep(seconds)
        woke.append((seconds, clock.clock()))

    await asyncio.gather(*(nap(seconds) for seconds in (3, 1, 2, 2)))
    assert woke == [(1, 1), (2, 2), (2, 2), (3, 3)]


async def test_sleep_in_stages_interleaves() -> None:
    """A task that sleeps again is counted in before time goes past it."""
    clock, seen = FakeClock(), []

    async def ticker(name: str, step: float, times: int) -> None:
        for _ in range(times):
            await clock.sleep(step)
            seen.append((name, clock.clock()))

    await asyncio.gather(ticker("a", 1, 4), ticker("b", 2, 2))
    assert [at for _, at in seen] == sorted(at for _, at in seen)
    assert ("a", 4.0) in seen
    assert ("b", 4.0) in seen


async def test_manual_time_wakes_who_is_due() -> None:
    """Without auto nobody wakes before the test says so."""
    clock = FakeClock(auto=False)
    task = asyncio.create_task(clock.sleep(10))
    for seconds in (0, 4, 5):
        clock.advance(seconds)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not task.done()
    clock.advance(1)
    await asyncio.wait_for(task, 1)
    assert clock.clock() == 10


async def test_cancelled_sleeper_holds_nobody_up() -> None:
    """Whoever sleeps longer still wakes."""
    clock = FakeClock()
    first = asyncio.create_task(clock.sleep(1))
    second = asyncio.create_task(clock.sleep(5))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert clock.clock() == 5
    assert "0 asleep" in repr(clock)


def test_seams_are_the_clocks_own() -> None:
    """Everything that a client asks for comes from one place, and randomness repeats itself."""
    time_source = FakeClock(start=5, random=None).time_source()
    assert isinstance(time_source, TimeSource)
    assert time_source.wall() == 5
    drawn = [time_source.random() for _ in range(3)]
    again = FakeClock(random=None).time_source()
    assert drawn == [again.random() for _ in range(3)]
    assert len(set(drawn)) == 3
    assert FakeClock().random() == FakeClock().random() == 0.5


def test_running_clock_moves_by_itself() -> None:
    """And jumps on top of that."""
    clock = FakeClock(running=True)
    before = clock.clock()
    while clock.clock() == before:
        pass
    clock.advance(100)
    assert 100 < clock.clock() < 160


@pytest.mark.parametrize("wrong", [lambda: FakeClock().advance(-1), lambda: FakeClock(random=1.0)])
def test_impossible_time_is_refused(wrong: object) -> None:
    """Time moves forward; random numbers stay below 1."""
    with pytest.raises(ArgumentError):
        wrong()  # type: ignore[operator]
