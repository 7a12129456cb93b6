"""The same call again until its result is as wanted."""

from __future__ import annotations

import math

import pytest

from tests.runtime_doubles import GET, FakeTime, FakeTransport, client_of, responds
from trunkline.errors import ArgumentError, DeadlineError, NotFoundError


def states(*numbers: int) -> FakeTransport:
    return FakeTransport(*(responds(200, {"deviceID": number}) for number in numbers))


async def test_poll_ends_with_the_result_that_was_waited_for():
    time = FakeTime()
    async with client_of(states(1, 1, 2), time) as client:
        found = await client.poll(
            lambda: client.call(GET, path=(1,)), until=lambda device: device.device_id == 2, every=10
        )
    assert found.device_id == 2
    assert time.slept == [10, 10]


async def test_poll_waits_with_jitter_within_a_tenth():
    time = FakeTime()
    time.chance = 0.0
    async with client_of(states(1, 2), time) as client:
        await client.poll(lambda: client.call(GET, path=(1,)), until=lambda d: d.device_id == 2, every=10)
    assert time.slept == [9]


async def test_poll_that_runs_out_of_time_is_a_timeout_error():
    time = FakeTime()
    async with client_of(states(1), time) as client:
        with pytest.raises(TimeoutError, match="within 25 s"):
            await client.poll(
                lambda: client.call(GET, path=(1,)), until=lambda d: False, every=10, timeout=25
            )
    assert time.now == 20
    assert issubclass(DeadlineError, TimeoutError)


async def test_poll_passes_on_what_the_call_raises_and_refuses_nonsense():
    async with client_of(FakeTransport(responds(404))) as client:
        with pytest.raises(NotFoundError):
            await client.poll(lambda: client.call(GET, path=(1,)), until=bool)
        for wrong in ({"every": 0}, {"every": "2"}, {"every": math.nan}, {"every": True}, {"timeout": -1}):
            with pytest.raises(ArgumentError, match="must be seconds above 0"):
                await client.poll(lambda: client.call(GET, path=(1,)), until=bool, **wrong)


async def test_poll_does_not_take_the_coroutine_of_an_async_until_for_true():
    async def until(device: object) -> bool:
        return False

    async with client_of(states(1)) as client:
        for wrong in (until, lambda device: until(device)):
            with pytest.raises(ArgumentError, match="until must"):
                await client.poll(lambda: client.call(GET, path=(1,)), until=wrong)


async def test_poll_says_that_the_function_returned_no_call():
    async with client_of(states(1)) as client:
        for result in (None, 5, lambda: client.call(GET, path=(1,))):
            with pytest.raises(ArgumentError, match="must return a call to await, not"):
                await client.poll(lambda result=result: result, until=bool)
