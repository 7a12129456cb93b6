"""bulk.Loader: every load gets its own response or error, whatever becomes of the batches."""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bulk.loader_doubles import Line, Lines, Vendor, by_number, client, lines
from trunkline import RequestOptions, ResponseInfo, bulk
from trunkline.errors import (
    ArgumentError,
    AuthError,
    BadRequestError,
    ConfigError,
    MultipleRowsError,
    NotFoundError,
    ResponseShapeError,
    ServerError,
    TransportError,
    UnavailableError,
)


def others() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


def loader(resource: Any, by: Any, **settings: Any) -> bulk.Loader[Any, Any]:
    """What the `loader` of a generated resource does."""
    return bulk.resource_loader(resource, resource._client, by, settings)


async def loads(loader: bulk.Loader[Any, Any], keys: list[Any]) -> list[Any]:
    return await asyncio.gather(*(loader.load(key) for key in keys), return_exceptions=True)


async def test_a_thousand_loads_are_a_handful_of_requests() -> None:
    vendor = Vendor(lines(1000))
    numbers = [row["number"] for row in vendor.rows]
    async with by_number(vendor) as loader:
        rows = await loads(loader, numbers)
    assert [row.number for row in rows] == numbers
    assert len(vendor.asked) <= 24
    assert vendor.doubled == 0
    assert not others()


async def test_no_query_is_longer_than_what_is_known_to_be_safe() -> None:
    queries: list[int] = []
    vendor = Vendor(lines(500), lambda keys, query: queries.append(len(query)))
    async with by_number(vendor, max_query=2000) as loader:
        await loads(loader, [row["number"] for row in vendor.rows])
    assert max(queries) <= 2000
    assert sorted(queries)[len(queries) // 2] > 1900


async def test_quotes_and_blanks_count_as_they_are_encoded() -> None:
    rows = [{"number": f"O'Neill & {n} é", "ownerID": n} for n in range(200)]
    queries: list[int] = []
    vendor = Vendor(rows, lambda keys, query: queries.append(len(query)))
    async with by_number(vendor, max_query=2000) as loader:
        found = await loads(loader, [row["number"] for row in rows])
    assert [row.owner for row in found] == list(range(200))
    assert 1800 < max(queries) <= 2000


async def test_the_query_grows_one_batch_at_a_time_while_all_is_well() -> None:
    queries: list[int] = []
    vendor = Vendor(lines(4000), lambda keys, query: queries.append(len(query)))
    async with by_number(vendor, max_in_flight=4) as loader:
        await loads(loader, [row["number"] for row in vendor.rows])
        assert 7000 < loader.stats.limit <= 7500
        assert loader.stats.halved == 0
    assert max(queries) <= 7500
    assert queries[0] <= 2000


@pytest.mark.parametrize("status", [400, 404, 414, 431, 413])
async def test_too_long_queries_are_halved_and_the_working_size_is_learnt(status: int) -> None:
    vendor = Vendor(lines(2500), lambda keys, query: status if len(query) > 2600 else None)
    numbers = [row["number"] for row in vendor.rows]
    async with by_number(vendor) as loader:
        rows = await loads(loader, numbers)
        assert [row.number for row in rows] == numbers
        assert 1900 < loader.stats.limit <= 2600
        assert loader.stats.halved <= 6
        assert [row.number for row in await loads(loader, numbers)] == numbers
        assert loader.stats.halved <= 6


async def test_a_limit_of_terms_is_learnt_like_one_of_length() -> None:
    vendor = Vendor(lines(2000), lambda keys, query: 400 if len(keys) > 20 else None)
    numbers = [row["number"] for row in vendor.rows]
    async with by_number(vendor) as loader:
        assert [row.number for row in await loads(loader, numbers)] == numbers
        before = len(vendor.asked)
        await loads(loader, numbers)
        assert len(vendor.asked) - before < 160


@pytest.mark.parametrize(
    ("rude", "error"),
    [
        (400, BadRequestError),
        (500, ServerError),
        (TransportError("reset", may_have_run=True), TransportError),
        ([{"number": 7.5}], ResponseShapeError),
        ([{"number": "of nobody"}], ResponseShapeError),
    ],
    ids=["400", "500", "reset", "shape", "stray"],
)
async def test_one_bad_key_fails_alone(rude: Any, error: type[Exception]) -> None:
    vendor = Vendor(lines(300))
    numbers = [row["number"] for row in vendor.rows]
    vendor.rude = lambda keys, query: rude if numbers[77] in keys else None
    async with by_number(vendor) as loader:
        found = await loads(loader, numbers)
        assert isinstance(found.pop(77), error)
        assert [row.number for row in found] == numbers[:77] + numbers[78:]
        assert loader.stats.limit >= 2000  # one bad key says nothing about the length
    assert not others()


@pytest.mark.parametrize(
    ("rude", "error"),
    [
        (503, UnavailableError),
        (401, AuthError),
        (TransportError("refused", may_have_run=False), TransportError),
    ],
    ids=["503", "401", "refused"],
)
async def test_what_would_meet_every_half_is_not_halved(rude: Any, error: type[Exception]) -> None:
    vendor = Vendor(lines(60), lambda keys, query: rude)
    async with by_number(vendor) as loader:
        found = await loads(loader, [row["number"] for row in vendor.rows])
        assert {type(one) for one in found} == {error}
        assert len({id(one) for one in found}) == 60  # each task raises an error of its own
        assert loader.stats.halved == 0


async def test_errors_stay_within_their_batch() -> None:
    vendor = Vendor(lines(200))
    numbers = [row["number"] for row in vendor.rows]
    vendor.rude = lambda keys, query: 503 if numbers[0] in keys else None
    async with by_number(vendor, max_keys=10) as loader:
        found = await loads(loader, numbers)
    assert [isinstance(one, UnavailableError) for one in found] == [n < 10 for n in range(200)]


async def test_missing_and_several_rows() -> None:
    vendor = Vendor(lines(9))
    async with bulk.Loader(client(vendor).line.search, Lines.owner) as loader:
        with pytest.raises(NotFoundError, match=r"api\.line\.search: there is no row for this key"):
            await loader.load(99)
        assert await loader.load_rows(99) == []
        with pytest.raises(MultipleRowsError, match="3 rows") as caught:
            await loader.load(1)
        assert caught.value.rows == 3
        assert [row.number for row in await loader.load_rows(1)] == ["5550000003", "5550000004", "5550000005"]


async def test_more_rows_than_a_page_are_all_handed_back() -> None:
    vendor = Vendor([{"number": str(n), "ownerID": n % 2} for n in range(1700)])
    async with bulk.Loader(client(vendor).line.search, Lines.owner) as loader:
        even, odd = await asyncio.gather(loader.load_rows(0), loader.load_rows(1))
    assert (len(even), len(odd)) == (850, 850)


async def test_one_row_a_key_costs_no_second_page() -> None:
    vendor = Vendor(lines(400))
    async with by_number(vendor, max_keys=100, start_query=7500) as loader:
        await loads(loader, [row["number"] for row in vendor.rows])
    assert [len(keys) for keys in vendor.asked] == [99, 99, 99, 99, 4]


async def test_keys_are_matched_exactly_first_and_then_without_case() -> None:
    rows = [{"number": "ab", "ownerID": 1}, {"number": "AB", "ownerID": 2}, {"number": " Cd ", "ownerID": 3}]
    vendor = Vendor(rows, lambda keys, query: [row for row in rows if row["number"].strip().lower() in
                                               {key.strip().lower() for key in keys}])  # fmt: skip
    async with by_number(vendor) as loader:
        found = await asyncio.gather(*(loader.load(key) for key in ("ab", "AB", "CD")))
    assert [row.owner for row in found] == [1, 2, 3]


async def test_identical_keys_in_flight_are_asked_once_and_later_ones_anew() -> None:
    vendor = Vendor(lines(3))
    key = vendor.rows[0]["number"]
    async with by_number(vendor) as loader:
        rows = await loads(loader, [key] * 50)
        assert len({row.number for row in rows}) == 1
        assert vendor.asked == [[key]]
        await loader.load(key)
        assert len(vendor.asked) == 2
        assert (loader.stats.keys, loader.stats.joined) == (2, 49)


async def test_cancelled_waiter_does_not_cancel_the_others() -> None:
    vendor = Vendor(lines(3))
    vendor.held = asyncio.Event()
    one, two = vendor.rows[0]["number"], vendor.rows[1]["number"]
    async with by_number(vendor, window=0) as loader:
        tasks = [asyncio.create_task(loader.load(key)) for key in (one, one, two)]
        await vendor.began.wait()
        tasks[0].cancel()
        await asyncio.sleep(0)
        late = asyncio.create_task(loader.load(one))
        await asyncio.sleep(0)
        vendor.held.set()
        found = await asyncio.gather(*tasks, late, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert [row.number for row in found[1:]] == [one, two, one]
    assert len(vendor.asked) == 1


async def test_request_that_nobody_waits_for_is_cancelled() -> None:
    vendor = Vendor(lines(3))
    vendor.held = asyncio.Event()
    loader = by_number(vendor, window=0)
    task = asyncio.create_task(loader.load(vendor.rows[0]["number"]))
    await vendor.began.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not vendor.flying
    assert not others()
    with pytest.raises(asyncio.CancelledError):
        task.result()


async def test_key_that_is_given_up_before_it_is_sent_is_not_asked() -> None:
    vendor = Vendor(lines(3))
    async with by_number(vendor, window=0.01) as loader:
        gone = asyncio.create_task(loader.load(vendor.rows[0]["number"]))
        stays = asyncio.create_task(loader.load(vendor.rows[1]["number"]))
        await asyncio.sleep(0)
        gone.cancel()
        await stays
    assert vendor.asked == [[vendor.rows[1]["number"]]]


async def test_closing_leaves_no_task_and_tells_who_waits() -> None:
    vendor = Vendor(lines(100))
    vendor.held = asyncio.Event()
    loader = by_number(vendor, max_in_flight=1, max_keys=3, window=0)
    tasks = [asyncio.create_task(loader.load(row["number"])) for row in vendor.rows]
    await vendor.began.wait()
    await loader.aclose()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in found} == {ConfigError}
    assert not others()
    with pytest.raises(ConfigError, match="closed"):
        await loader.load("1")
    await loader.aclose()


async def test_no_more_requests_in_flight_than_allowed() -> None:
    vendor = Vendor(lines(500))
    async with by_number(vendor, max_in_flight=3, max_keys=7) as loader:
        await loads(loader, [row["number"] for row in vendor.rows])
    assert vendor.most == 3


async def test_key_of_another_type_is_refused_before_any_request() -> None:
    vendor = Vendor(lines(3))
    async with by_number(vendor) as loader:
        with pytest.raises(ArgumentError, match="number is compared with str, not int"):
            await loader.load(5)  # type: ignore[arg-type]
        found = await loader.load(vendor.rows[0]["number"])
    assert found.owner == 0
    assert len(vendor.asked) == 1


async def test_lists_of_keys_are_loaded_through_the_bulk_method() -> None:
    vendor = Vendor([{"number": str(n), "ownerID": n} for n in range(2000)])
    async with loader(client(vendor).line, "owners_bulk", year=2024) as many:
        rows = await loads(many, list(range(1999, -1, -1)))
        assert [row.owner for row in rows] == list(range(1999, -1, -1))
        assert await many.load_rows(5000) == []
        with pytest.raises(NotFoundError):
            await many.load(5000)
    assert len(vendor.asked) < 14


async def test_resource_finds_the_search_of_a_field_or_says_what_there_is() -> None:
    vendor = Vendor(lines(3))
    line = client(vendor).line
    async with loader(line, Lines.number) as found:
        assert (await found.load("5550000001")).number == "5550000001"
    with pytest.raises(ArgumentError, match="these do: owners_bulk"):
        loader(line, "search")
    with pytest.raises(ArgumentError, match="does not take many keys"):
        bulk.Loader.for_operation(client(vendor), "line.search")
    with pytest.raises(ArgumentError, match="no operation"):
        bulk.Loader.for_operation(client(vendor), "line.none")


@pytest.mark.parametrize("wrong", [{"window": -1}, {"max_keys": 0}, {"max_in_flight": 0}, {"max_query": 1}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        by_number(Vendor([]), **wrong)


async def test_where_narrows_every_search() -> None:
    queries: list[str] = []
    vendor = Vendor(lines(9), lambda keys, query: queries.append(query))
    async with by_number(vendor, where=Lines.owner > 0) as loader:
        await loads(loader, ["5550000004", "5550000005"])
    assert "ownerID%20gt%200%20and%20(number%20eq%20'5550000004'%20or" in queries[0]


async def test_runner_over_a_loader_asks_whole_batches_in_bounded_memory() -> None:
    vendor = Vendor(lines(3000))
    numbers = [row["number"] for row in vendor.rows]
    async with by_number(vendor) as loader:
        outcomes = {}
        async for outcome in bulk.lookup(loader.load, [*numbers, "none", *numbers[:5]]):
            outcomes[outcome.key] = outcome
        assert len(outcomes) == 3001
        assert isinstance(outcomes["none"].error, NotFoundError)
        assert all(outcomes[number].value.number == number for number in numbers)
        assert outcomes.pop("none").attempts == 2  # once more, in case its response was cut
        assert {outcome.attempts for outcome in outcomes.values()} == {1}
    assert len(vendor.asked) < 50
    assert not others()


async def test_attempts_count_the_requests_that_a_key_went_out_in() -> None:
    vendor = Vendor(lines(4))
    bad = vendor.rows[0]["number"]
    vendor.rude = lambda keys, query: 400 if bad in keys else None
    async with by_number(vendor) as loader:
        attempts = {
            outcome.key: outcome.attempts
            async for outcome in bulk.lookup(loader.load, [row["number"] for row in vendor.rows])
        }
    assert list(attempts.values()) == [3, 3, 2, 2] or Counter(attempts.values()) == {3: 2, 2: 2}


@pytest.mark.parametrize("cap", [1, 7, 50, 130, 250])
async def test_rows_beyond_a_cut_that_nobody_told_of_were_not_found(cap: int) -> None:
    """The vendor cuts at a number that looks like the end, and gives neither link nor count."""
    vendor = Vendor(lines(300))
    vendor.page = cap
    numbers = [row["number"] for row in vendor.rows]
    async with by_number(vendor) as loader:
        rows = await loads(loader, numbers)
        assert [row.number for row in rows] == numbers
        assert isinstance((await loads(loader, ["none"]))[0], NotFoundError)


async def test_missing_keys_cost_few_requests_more() -> None:
    chance = random.Random(3)
    vendor = Vendor(lines(2000))
    numbers = [row["number"] for row in vendor.rows if chance.random() < 0.3] + [
        f"none{n}" for n in range(3000)
    ]
    chance.shuffle(numbers)
    async with by_number(vendor, max_query=2000) as loader:
        await loads(loader, numbers)
        batches = loader.stats.batches
    assert len(vendor.asked) < batches + 20


@pytest.mark.parametrize("key", [None, ["5550000001"], "555\ud800"])
async def test_key_that_no_row_can_have_is_an_argument_error(key: Any) -> None:
    """None asked for every row without a number, and made strangers of them."""
    vendor = Vendor([*lines(3), {"number": None, "ownerID": 9}])
    async with by_number(vendor) as loader:
        bad, good = await loads(loader, [key, "5550000001"])
        assert isinstance(bad, ArgumentError)
        assert good.number == "5550000001"
    assert vendor.asked == [["5550000001"]]


@settings(max_examples=40, deadline=None)
@given(
    keys=st.lists(st.integers(0, 60), max_size=120),
    bad=st.sets(st.integers(0, 60), max_size=4),
    cancelled=st.sets(st.integers(0, 119), max_size=20),
    longest=st.integers(60, 900),
    rude=st.sampled_from([400, 500, 414, 404, "reset"]),
    max_keys=st.integers(1, 40),
    in_flight=st.integers(1, 5),
    seed=st.integers(0, 2**16),
)
def test_every_load_gets_its_own_response_or_error(
    keys: list[int], bad: set[int], cancelled: set[int], longest: int, rude: Any, max_keys: int,
    in_flight: int, seed: int,
) -> None:  # fmt: skip
    asyncio.run(_storm(keys, bad, cancelled, longest, rude, max_keys, in_flight, random.Random(seed)))


async def _storm(
    keys: list[int], bad: set[int], cancelled: set[int], longest: int, rude: Any, max_keys: int,
    in_flight: int, chance: random.Random,
) -> None:  # fmt: skip
    vendor = Vendor([{"number": str(n), "ownerID": n} for n in range(0, 60, 2)])

    def misbehave(asked: list[Any], query: str) -> Any:
        if any(key in bad for key in asked):
            return TransportError("reset", may_have_run=True) if rude == "reset" else rude
        return 414 if len(query) > longest and len(asked) > 1 else None

    vendor.rude = misbehave
    loader = bulk.Loader(
        client(vendor).line.search, Lines.owner, max_keys=max_keys, max_in_flight=in_flight, window=0,
        max_query=800, start_query=400,
    )  # fmt: skip

    async def load(key: int) -> Any:
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        return await loader.load(key)

    tasks = [asyncio.create_task(load(key)) for key in keys]
    for place in sorted(cancelled):
        await asyncio.sleep(0)
        if place < len(tasks):
            tasks[place].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    for place, (key, one) in enumerate(zip(keys, found, strict=True)):
        if isinstance(one, asyncio.CancelledError):
            assert place in cancelled
        elif key in bad:
            wanted = {400: BadRequestError, 404: NotFoundError, 500: ServerError, "reset": TransportError}
            assert isinstance(one, wanted.get(rude, Exception))
        elif key % 2 or key >= 60:
            assert isinstance(one, NotFoundError)
        else:
            assert one.owner == key
    assert vendor.doubled == 0
    assert vendor.most <= in_flight
    await loader.aclose()
    assert not others()
    gc.collect()


async def test_options_of_a_loader_reach_every_request() -> None:
    """What came with the latest response, further parameters and headers: for single keys and batches."""
    info = ResponseInfo()
    queries: list[str] = []
    vendor = Vendor(lines(40), lambda keys, query: queries.append(query))
    options = RequestOptions(info=info, query={"trace": "a b"})
    async with by_number(vendor, options=options) as loader:
        assert info.status == 0
        rows = await loads(loader, [row["number"] for row in vendor.rows])
        assert all(isinstance(row, Line) for row in rows)
        assert (info.status, info.attempts) == (200, 1)
        assert info.url.endswith("trace=…")
        await loader.load(vendor.rows[0]["number"])
    assert len(queries) >= 2
    assert all(query.endswith("&trace=a%20b") for query in queries)
