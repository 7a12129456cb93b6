"""bulk.lookup over plain coroutines: one outcome a key, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bulk.loader_doubles import Lines, Vendor, client, lines
from tests.runtime_doubles import GET, FakeTransport, client_of, responds
from trunkline import bulk
from trunkline._calls import counters
from trunkline.errors import (
    ArgumentError,
    AuthError,
    InputError,
    NotFoundError,
    TransportError,
    TrunklineError,
)


def others() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


async def collect(*args: Any, **options: Any) -> list[bulk.Outcome[Any, Any]]:
    return [outcome async for outcome in bulk.lookup(*args, **options)]


async def collect_keys(seen: list[Any], *args: Any, **options: Any) -> None:
    async for outcome in bulk.lookup(*args, **options):
        seen.append(outcome.key)  # noqa: PERF401 -- must survive an error


async def double(key: int) -> int:
    await asyncio.sleep(0)
    return key * 2


async def test_every_key_has_one_outcome() -> None:
    outcomes = await collect(double, range(300), concurrency=7)
    assert sorted((o.key, o.value, o.index) for o in outcomes) == [(n, 2 * n, n) for n in range(300)]
    assert all(o.ok and o.attempts == 1 and o.latency >= 0 and not o.restored for o in outcomes)
    assert not others()


async def test_no_keys_is_an_empty_run() -> None:
    assert await collect(double, []) == []


async def test_call_that_never_suspends_does_not_starve_the_reader() -> None:
    async def instant(key: int) -> int:
        return key

    held = 0
    async for _ in bulk.lookup(instant, itertools.count(), concurrency=3):
        held += 1
        if held == 50:
            break
    assert held == 50


async def test_async_keys_are_read_one_by_one() -> None:
    reading = 0

    async def keys() -> AsyncIterator[int]:
        nonlocal reading
        for n in range(50):
            assert reading == 0
            reading += 1
            await asyncio.sleep(0)
            reading -= 1
            yield n

    assert sorted(o.key for o in await collect(double, keys(), concurrency=9)) == list(range(50))
    assert not others()


async def test_failing_key_is_an_outcome_and_the_run_goes_on() -> None:
    async def call(key: int) -> int:
        if key % 3 == 0:
            raise TransportError("connection lost", attempts=4)
        if key % 3 == 1:
            raise TimeoutError
        return key

    outcomes = await collect(call, range(30))
    assert Counter(type(o.error) for o in outcomes) == {TransportError: 10, TimeoutError: 10, type(None): 10}
    assert {o.attempts for o in outcomes if isinstance(o.error, TransportError)} == {4}
    with pytest.raises(TransportError):
        next(o for o in outcomes if o.key == 0).unwrap()


async def test_mistake_in_the_program_stops_after_handing_out_what_is_done() -> None:
    async def call(key: int) -> int:
        await asyncio.sleep(0)
        if key == 20:
            raise TypeError("wrong argument")
        return key

    seen: list[int] = []
    with pytest.raises(TypeError, match="wrong argument"):
        await collect_keys(seen, call, itertools.count(), concurrency=4)
    assert set(seen) >= set(range(20))
    assert 20 not in seen
    assert not others()


async def test_catch_exception_makes_everything_an_outcome() -> None:
    async def call(key: int) -> int:
        raise KeyError(key)

    assert len(await collect(call, range(5), catch=(Exception,))) == 5


async def test_refused_login_met_every_key_of_the_run() -> None:
    """It ends the run, as it ends that of the command line; `fatal=()` asks on."""

    async def call(key: int) -> int:
        raise AuthError("refused", status=401)

    asked = 0

    def keys() -> Iterator[int]:
        nonlocal asked
        for asked in range(10_000):  # noqa: UP028 -- counts what was taken
            yield asked

    with pytest.raises(AuthError):
        await collect(call, keys(), concurrency=4)
    assert asked < 20
    assert len(await collect(call, range(50), concurrency=4, fatal=())) == 50


async def test_error_of_the_key_source_comes_after_the_outcomes() -> None:
    def keys() -> Iterator[int]:
        yield from range(5)
        raise ValueError("line 6 is not readable")

    seen: list[int] = []
    with pytest.raises(ValueError, match="line 6"):
        await collect_keys(seen, double, keys(), concurrency=2)
    assert sorted(seen) == list(range(5))


async def test_duplicate_keys_are_asked_once() -> None:
    asked: Counter[str] = Counter()
    last: list[bulk.Progress] = []

    async def call(key: str) -> str:
        asked[key] += 1
        await asyncio.sleep(0)
        return key

    outcomes = await collect(call, ["a", "b", "a", "c", "b", "a"], progress=last.append)
    assert sorted(o.key for o in outcomes) == ["a", "b", "c"]
    assert set(asked.values()) == {1}
    assert last[-1].duplicates == 3
    assert last[-1].finished


async def test_without_dedupe_every_position_is_asked() -> None:
    assert len(await collect(double, [1, 1, 1], dedupe=False)) == 3


async def test_workers_pause_while_the_reader_is_slow() -> None:
    taken = 0

    def keys() -> Iterator[int]:
        nonlocal taken
        for n in range(1000):
            taken += 1
            yield n

    outcomes = bulk.lookup(double, keys(), concurrency=5)
    await anext(outcomes)
    for _ in range(200):
        await asyncio.sleep(0)
    assert taken <= 16  # asked, handed out and held: three times the concurrency at most
    await outcomes.aclose()
    assert not others()


@pytest.mark.parametrize("after", [0, 1, 3, 10])
async def test_early_close_leaves_no_task(after: int) -> None:
    async with contextlib.aclosing(bulk.lookup(double, itertools.count(), concurrency=6)) as outcomes:
        for _ in range(after):
            await anext(outcomes)
    assert not others()


async def test_breaking_out_of_the_loop_leaves_no_task() -> None:
    async for _ in bulk.lookup(double, itertools.count(), concurrency=6):
        break
    for _ in range(5):
        await asyncio.sleep(0)
    assert not others()


async def test_timeout_of_the_caller_ends_the_run() -> None:
    cancelled = 0

    async def never(key: int) -> int:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled += 1
            raise
        return key

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await collect(never, range(100), concurrency=8)
    assert cancelled == 8
    assert not others()


async def test_error_in_the_callers_task_group_ends_the_run() -> None:
    async def never(key: int) -> int:
        await asyncio.Event().wait()
        return key

    async def fail() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("elsewhere")

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(collect(never, range(10)))
            group.create_task(fail())

    with pytest.raises(ExceptionGroup):
        await both()
    assert not others()


async def test_call_cancelled_from_elsewhere_ends_the_run() -> None:
    async def call(key: int) -> int:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await collect(call, range(10), concurrency=2)
    assert not others()


async def test_stop_finishes_what_is_in_flight() -> None:
    stop, gate = asyncio.Event(), asyncio.Event()

    async def call(key: int) -> int:
        await gate.wait()
        return key

    async def halt() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        stop.set()
        gate.set()

    task = asyncio.create_task(halt())
    outcomes = await collect(call, itertools.count(), concurrency=4, stop=stop)
    await task
    assert sorted(o.key for o in outcomes) == [0, 1, 2, 3]
    assert not others()


async def test_stop_ends_the_wait_for_a_silent_source() -> None:
    stop = asyncio.Event()

    async def keys() -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()

    seen = []
    async for outcome in bulk.lookup(double, keys(), concurrency=4, stop=stop):
        seen.append(outcome.key)
        stop.set()
    assert seen == [1]
    assert not others()


async def test_progress_counts_and_ends() -> None:
    reports: list[bulk.Progress] = []

    async def call(key: int) -> int:
        counted = counters.current.get()
        assert counted is not None
        counted.attempts, counted.retries, counted.waited = 3, 2, 0.5
        await asyncio.sleep(0)
        if key == 1:
            raise NotFoundError("no such key", status=404)
        return key

    outcomes = await collect(call, [1, 2, 3, 2], progress=reports.append)
    assert {o.attempts for o in outcomes} == {3}
    first, last = reports[0], reports[-1]
    assert (first.total, first.done, first.finished) == (4, 0, False)
    assert (last.done, last.failed, last.succeeded, last.duplicates) == (3, 1, 2, 1)
    assert (last.in_flight, last.retries, last.waited, last.finished) == (0, 6, 1.5, True)


async def test_rate_and_time_left_follow_the_clock() -> None:
    now = 0.0

    async def call(key: int) -> int:
        nonlocal now
        now += 0.5
        await asyncio.sleep(0)
        return key

    def clock() -> float:
        return now

    reports: list[bulk.Progress] = []
    outcomes = bulk.lookup(
        call, range(10), concurrency=1, clock=clock, progress=reports.append, progress_interval=0
    )
    async for _ in outcomes:
        pass
    assert reports[-1].rate == pytest.approx(2.0)
    assert reports[-1].elapsed == 5.0
    middle = next(p for p in reports if p.done == 4)
    assert middle.eta == pytest.approx(3.0)


async def test_progress_callback_that_raises_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: bulk.Progress) -> None:
        raise ValueError("display is gone")

    assert len(await collect(double, range(10), progress=broken)) == 10
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"concurrency": 0}, "concurrency"),
        ({"resume": True}, "checkpoint"),
    ],
)
def test_wrong_arguments_are_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        bulk.lookup(double, [1], **options)


def test_single_text_as_keys_is_refused() -> None:
    with pytest.raises(ArgumentError, match="letter by letter"):
        bulk.lookup(double, "07700900123")  # type: ignore[arg-type]


def test_outcome_repr_hides_the_key() -> None:
    assert "07700900123" not in repr(bulk.Outcome(key="07700900123", value=1))


step = st.tuples(st.integers(0, 4), st.sampled_from(["ok", "ok", "ok", "fail", "os"]))


@given(
    plan=st.lists(step, max_size=40),
    concurrency=st.integers(1, 9),
    awaited=st.booleans(),
    leave=st.none() | st.integers(0, 40),
    how=st.sampled_from(["close", "cancel", "stop"]),
)
def test_any_schedule_gives_each_key_at_most_once_and_all_unless_stopped(
    plan: list[tuple[int, str]], concurrency: int, awaited: bool, leave: int | None, how: str
) -> None:
    """Successes, failures, stops, closes and cancellations in any order: no key twice, none lost."""

    async def run() -> None:
        asked: Counter[int] = Counter()
        stop = asyncio.Event()

        async def call(key: int) -> int:
            asked[key] += 1
            turns, kind = plan[key]
            for _ in range(turns):
                await asyncio.sleep(0)
            if kind == "fail":
                raise TrunklineError(str(key))
            if kind == "os":
                raise OSError(key)
            return key

        async def keys() -> AsyncIterator[int]:
            for n in range(len(plan)):
                await asyncio.sleep(0)
                yield n

        seen: list[int] = []
        finished = False

        async def read() -> None:
            nonlocal finished
            source = keys() if awaited else range(len(plan))
            async with contextlib.aclosing(
                bulk.lookup(call, source, concurrency=concurrency, stop=stop)
            ) as outcomes:
                async for outcome in outcomes:
                    assert outcome.ok == (plan[outcome.key][1] == "ok")
                    seen.append(outcome.key)
                    if len(seen) == leave:
                        if how == "close":
                            return
                        if how == "cancel":
                            task = asyncio.current_task()
                            assert task is not None
                            task.cancel()
                        stop.set()
            finished = True

        reader = asyncio.create_task(read())
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        assert not others()
        assert len(seen) == len(set(seen))
        assert all(count == 1 for count in asked.values())
        if finished:
            assert set(seen) == set(asked)  # stopped or not: what was asked was handed out
        if leave is None or leave > len(plan):
            assert set(seen) == set(range(len(plan)))

    asyncio.run(run())


async def test_cancelled_at_any_turn_leaves_no_task() -> None:
    """The reader is cancelled after each possible number of turns of the loop."""

    async def slow_to_leave(key: int) -> int:
        try:
            await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)
        return key

    calls: list[Callable[[int], Any]] = [double, slow_to_leave]
    for call in calls:
        for turns in range(25):
            reader = asyncio.create_task(collect(call, range(40), concurrency=3))
            for _ in range(turns):
                await asyncio.sleep(0)
            reader.cancel()
            await asyncio.wait([reader])
            assert not others()


async def test_attempts_are_counted_without_any_hook() -> None:
    lost = {"5550000001", "5550000002"}

    def rude(keys: list[Any], query: str) -> int | None:
        if keys[0] in lost:
            lost.discard(keys[0])
            return 500
        return None

    vendor = Vendor(lines(5), rude)
    search = client(vendor).line.search
    reports: list[bulk.Progress] = []
    outcomes = await collect(
        lambda key: search(filter=Lines.number == key, top=5).all(),
        [row["number"] for row in vendor.rows],
        progress=reports.append,
    )
    assert {one.key[-1]: one.attempts for one in outcomes} == {"0": 1, "1": 2, "2": 2, "3": 1, "4": 1}
    assert reports[-1].retries == 2


async def test_timeout_around_one_outcome_made_the_run_look_complete() -> None:
    """The next question ended the loop as if every key had been answered."""

    async def slow(key: int) -> int:
        await asyncio.sleep(0 if key == 0 else 10)
        return key

    run = bulk.lookup(slow, range(6), concurrency=2)
    assert (await anext(run)).key == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(run)
    for _ in range(2):
        with pytest.raises(TrunklineError, match="keys are left"):
            await anext(run)
    assert not others()


@pytest.mark.parametrize("keys", [[[1]], [1, {}, 2], [(1, [2])]])
async def test_key_that_is_not_hashable_is_an_input_error(keys: list[Any]) -> None:
    with pytest.raises(InputError, match="dedupe=False"):
        await collect(double, keys)
    assert len(await collect(say, keys, dedupe=False)) == len(keys)


async def say(key: Any) -> str:
    return repr(key)


async def test_async_source_of_duplicates_starved_everything_else() -> None:
    turns = 0

    async def keys() -> AsyncIterator[int]:
        for _ in range(20_000):
            yield 1

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    outcomes = await collect(double, keys(), concurrency=1)
    counting.cancel()
    assert len(outcomes) == 1
    assert turns > 20


async def test_one_response_that_no_code_expected_is_its_keys_outcome() -> None:
    """A 400 nested 900 deep ended a run with RecursionError; the other keys' responses were lost with it."""

    def reply(request: Any, headers: Any) -> Any:
        if request.url.name == "7":
            raise RecursionError
        return responds()

    async with client_of(FakeTransport(reply)) as client:
        run = bulk.lookup(lambda key: client.call(GET, path=(key,)), range(50), concurrency=1)
        found = [outcome async for outcome in run]
    assert [outcome.key for outcome in found if not outcome.ok] == [7]
    assert isinstance(found[7].error, RecursionError)
    assert len(found) == 50


async def test_mistake_in_the_program_ends_the_run_all_the_same() -> None:
    async def call(key: int) -> int:
        return key + "1"  # type: ignore[operator]

    with pytest.raises(TypeError):
        [outcome async for outcome in bulk.lookup(call, range(50))]
