"""The loop around a call: how often, when, and how it ends."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.runtime_doubles import (
    CREATE,
    GET,
    PUT,
    Client,
    Device,
    FakeTime,
    FakeTransport,
    RawServer,
    client_of,
    http,
    responds,
)
from trunkline.auth import SwtAuth
from trunkline.config import Limits, RequestOptions, RetryPolicy, Timeouts
from trunkline.errors import (
    ArgumentError,
    ConfigError,
    DeadlineError,
    ForbiddenError,
    RateLimitedError,
    ServerError,
    TransportError,
    TrunklineError,
    UnavailableError,
)

OK = responds()
REFUSED = TransportError("refused")
LOST = TransportError("lost", may_have_run=True)
LATE = DeadlineError("late", may_have_run=True)
CALLS = {
    "safe": lambda client, **more: client.call(GET, path=(1,), **more),
    "idempotent": lambda client, **more: client.call(PUT, path=(1,), **more),
    "unsafe": lambda client, **more: client.call(CREATE, body=Device(device_id=1), **more),
}
ALL, REPEATABLE = {"safe", "idempotent", "unsafe"}, {"safe", "idempotent"}
FAULTS = {
    "429": (responds(429), ALL),
    "429 seconds": (responds(429, Retry_After="7"), ALL),
    "429 garbage": (responds(429, Retry_After="soon"), ALL),
    "503": (responds(503), REPEATABLE),
    "503 seconds": (responds(503, Retry_After="7"), REPEATABLE),
    "500": (responds(500), REPEATABLE),
    "502": (responds(502), REPEATABLE),
    "504": (responds(504), REPEATABLE),
    "refused": (REFUSED, ALL),
    "lost": (LOST, REPEATABLE),
    "late": (LATE, REPEATABLE),
    "404": (responds(404), set()),
    "200 failed": (responds(200, {"response_message": "no"}), set()),
    "html": (responds(200, b"<html>", Content_Type="text/html"), set()),
}


@pytest.mark.parametrize(("fault", "kind"), list(itertools.product(FAULTS, CALLS)))
async def test_one_fault_is_survived_or_raised_by_kind_of_operation(fault, kind):
    step, survivors = FAULTS[fault]
    time, transport = FakeTime(), FakeTransport(step, OK)
    async with client_of(transport, time) as client:
        if kind in survivors:
            await CALLS[kind](client)
            assert len(transport.sent) == client.stats.attempts == 2
            assert client.stats.retries == 1
            if "seconds" in fault:
                assert time.now >= 7
        else:
            with pytest.raises(TrunklineError):
                await CALLS[kind](client)
            assert len(transport.sent) == 1


async def test_unsafe_call_goes_on_where_the_caller_says_so():
    transport = FakeTransport(responds(503), OK)
    async with client_of(transport) as client:
        await CALLS["unsafe"](client, options=RequestOptions(idempotent=True))
    assert len(transport.sent) == 2
    transport = FakeTransport(responds(503), OK)
    async with client_of(transport) as client:
        with pytest.raises(UnavailableError) as caught:
            await CALLS["safe"](client, options=RequestOptions(idempotent=False))
    assert caught.value.may_have_run


async def test_retry_after_beyond_the_cap_fails_at_once_and_carries_it():
    time = FakeTime()
    transport = FakeTransport(responds(429, Retry_After="3600"))
    async with client_of(transport, time) as client:
        with pytest.raises(RateLimitedError) as caught:
            await CALLS["safe"](client)
        assert (caught.value.retry_after, time.now, len(transport.sent)) == (3600, 0, 1)
        with pytest.raises(RateLimitedError, match="nothing was sent"):
            await CALLS["safe"](client)
    assert len(transport.sent) == 1


async def test_503_burst_of_minutes_is_waited_out():
    time = FakeTime()
    transport = FakeTransport(lambda request, headers: responds(503) if time.now < 290 else OK)
    async with client_of(transport, time) as client:
        results = await asyncio.gather(*(CALLS["safe"](client) for _ in range(100)))
        assert len(results) == 100
        assert client.stats.statuses[200] == 100
    assert 290 <= time.now < 420
    # 64 under way when it began; after that one probe at a time.
    assert client.stats.statuses[503] <= 64 + 64 + 20


async def test_500_gives_up_after_max_failures():
    transport = FakeTransport(responds(500))
    async with client_of(transport) as client:
        with pytest.raises(ServerError) as caught:
            await CALLS["safe"](client)
    assert caught.value.attempts == len(transport.sent) == 4


async def test_policy_of_one_attempt_never_retries():
    transport = FakeTransport(responds(429))
    async with client_of(transport, retry=RetryPolicy(max_attempts=1)) as client:
        with pytest.raises(RateLimitedError):
            await CALLS["safe"](client)
    assert len(transport.sent) == 1


async def test_total_time_bounds_waits_and_attempts():
    time = FakeTime()
    transport = FakeTransport(responds(503, Retry_After="4"))
    async with client_of(transport, time, timeouts=Timeouts(attempt=30, total=10)) as client:
        with pytest.raises((UnavailableError, DeadlineError)):
            await CALLS["safe"](client)
    assert time.now <= 10
    assert transport.timeouts == [10.0, 6.0, 2.0]


async def test_error_remembers_that_an_earlier_attempt_may_have_run():
    transport = FakeTransport(LOST, responds(429, Retry_After="9999"))
    async with client_of(transport) as client:
        with pytest.raises(RateLimitedError) as caught:
            await CALLS["idempotent"](client)
    assert caught.value.may_have_run


async def test_total_time_spent_waiting_is_a_deadline_error_with_one_name():
    time = FakeTime()

    async def login():
        await time.sleep(20)
        return "t&ExpiresOn=2000000000"

    transport = FakeTransport(OK)
    async with client_of(transport, time, auth=SwtAuth(login), timeouts=Timeouts(total=10)) as client:
        with pytest.raises(DeadlineError) as caught:
            await CALLS["safe"](client)
    assert str(caught.value) == "api.device.get: the call's total time ran out"
    assert (caught.value.may_have_run, len(transport.sent)) == (False, 0)


async def test_deadline_of_the_policy_begins_no_attempt_after_it():
    time = FakeTime()
    transport = FakeTransport(responds(503, Retry_After="40"))
    async with client_of(transport, time, retry=RetryPolicy(deadline=100)) as client:
        with pytest.raises(UnavailableError):
            await CALLS["safe"](client)
    assert (len(transport.sent), time.now) == (3, 80.0)


async def test_429_holds_up_all_tasks_and_one_probe_reopens():
    time = FakeTime()
    sent_at: list[float] = []

    def reply(request, headers):
        sent_at.append(time.now)
        if time.now < 20:
            return responds(429, Retry_After="10")
        return OK

    transport = FakeTransport(reply)
    async with client_of(transport, time, limits=Limits(concurrency=8)) as client:
        await asyncio.gather(*(CALLS["safe"](client) for _ in range(40)))
    assert sent_at.count(0.0) == 8
    assert sum(1 for moment in sent_at if 0 < moment < 20) == 1
    assert client.stats.statuses == {429: 9, 200: 40}


async def test_concurrency_stays_within_its_limit_and_adapts():
    time = FakeTime()
    transport = FakeTransport(OK)
    async with client_of(transport, time, limits=Limits(concurrency=5)) as client:
        await asyncio.gather(*(CALLS["safe"](client) for _ in range(50)))
        assert transport.busiest == 5
        transport.script = [responds(429, Retry_After="1"), OK]
        transport.busiest = 0
        await CALLS["safe"](client)
        await asyncio.gather(*(CALLS["safe"](client) for _ in range(3)))
        assert transport.busiest <= 3


async def test_rate_spaces_requests():
    time = FakeTime()
    transport = FakeTransport(OK)
    async with client_of(transport, time, limits=Limits(rate="20/s")) as client:
        await asyncio.gather(*(CALLS["safe"](client) for _ in range(21)))
    assert time.now == pytest.approx(1.0)


async def test_slot_is_free_while_a_call_backs_off():
    time = FakeTime()
    order: list[str] = []

    def reply(request, headers):
        order.append(request.method)
        return responds(500) if order == ["PUT"] else OK

    async with client_of(FakeTransport(reply), time, limits=Limits(concurrency=1)) as client:
        await asyncio.gather(CALLS["idempotent"](client), CALLS["safe"](client), CALLS["safe"](client))
    assert order == ["PUT", "GET", "GET", "PUT"]


async def test_cancelled_calls_leave_no_task_and_no_slot():
    async def never():
        await asyncio.Event().wait()

    transport = FakeTransport(lambda request, headers: never())
    async with client_of(transport, limits=Limits(concurrency=2)) as client:
        tasks = [asyncio.create_task(CALLS["safe"](client)) for _ in range(6)]
        for _ in range(5):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        transport.script = [OK]
        await asyncio.gather(*(CALLS["safe"](client) for _ in range(4)))
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelled_probe_lets_the_next_call_probe():
    time = FakeTime()
    held = asyncio.Event()

    async def hang():
        held.set()
        await asyncio.Event().wait()

    transport = FakeTransport(responds(429, Retry_After="5"), lambda request, headers: hang(), OK)
    async with client_of(transport, time) as client:
        first = asyncio.create_task(CALLS["safe"](client))
        await held.wait()
        second = asyncio.create_task(CALLS["safe"](client))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(transport.sent) == 2
        first.cancel()
        assert (await second).device_id == 1


async def test_callers_timeout_is_a_plain_timeout():
    async def never():
        await asyncio.Event().wait()

    async with client_of(FakeTransport(lambda request, headers: never())) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await CALLS["safe"](client)


async def test_hint_becomes_part_of_the_error():
    class Hinting(Client):
        def hint(self, op, status):
            return "register this host" if status in (403, None) else None

    for step, error in ((responds(403), ForbiddenError), (LATE, DeadlineError)):
        transport = FakeTransport(step)
        async with Hinting(
            base_url="https://v.test", transport=transport, time_source=FakeTime().time_source
        ) as client:
            with pytest.raises(error, match="register this host") as caught:
                await CALLS["unsafe"](client)
        assert caught.value.attempts == 1
        assert caught.value.operation == "api.device.create"


async def test_options_headers_and_their_limits():
    transport = FakeTransport(OK)
    async with client_of(transport, headers={"X-All": "1"}) as client:
        await CALLS["safe"](client, options=RequestOptions(headers={"X-One": "2"}))
        assert {"X-All": "1", "X-One": "2"}.items() <= transport.sent[0][0].headers.items()
        for headers in ({"Host": "x"}, {"authorization": "x"}, {"X": "a\r\nb"}, {"X Y": "1"}):
            with pytest.raises(ArgumentError):
                await CALLS["safe"](client, options=RequestOptions(headers=headers))


async def test_closed_client_refuses_calls():
    client = client_of(transport := FakeTransport(OK))
    await CALLS["safe"](client)
    await client.aclose()
    await client.aclose()
    assert not transport.closed  # passed in, so not ours to close
    with pytest.raises(ConfigError, match="closed"):
        await CALLS["safe"](client)
    with pytest.raises(ConfigError, match="closed"):
        async with client:
            pass


async def test_unclosed_client_warns():
    async with RawServer(lambda number, head: http()) as server:
        client = Client(base_url=server.url)
        await CALLS["safe"](client)
        with pytest.warns(ResourceWarning, match="unclosed"):
            client.__del__()
        await client.aclose()


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "http://vendor.test"},
        {"base_url": "vendor.test"},
        {"base_url": "https://u:p@vendor.test"},
        {"base_url": "https://vendor.test?x=1"},
        {"base_url": "ftp://vendor.test"},
        {"base_url": None},
        {"auth": "user:password"},
        {"routes": {"nope": "GET /x"}},
        {"headers": {"Authorization": "x"}},
        {"headers": {"X": "a\nb"}},
        {"max_response_bytes": 0},
    ],
)
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ConfigError):
        Client(**({"base_url": "https://vendor.test"} | settings))


@pytest.mark.parametrize(
    "make",
    [
        lambda: RetryPolicy(max_attempts=0),
        lambda: RetryPolicy(base=-1),
        lambda: RetryPolicy(deadline="5"),
        lambda: RetryPolicy(budget=float("nan")),
        lambda: Limits(concurrency=0),
        lambda: Limits(concurrency=2, min_concurrency=3),
        lambda: Limits(rate="fast"),
        lambda: Limits(rate="0/s"),
        lambda: Limits(rate="5/0s"),
        lambda: Limits(rate=20),
        lambda: Timeouts(attempt=0),
        lambda: Timeouts(connect=True),
        lambda: RequestOptions(timeout=0),
    ],
)
def test_wrong_policies_are_refused(make):
    with pytest.raises(ConfigError):
        make()


async def test_client_belongs_to_one_loop():
    client = client_of(FakeTransport(OK))
    await CALLS["safe"](client)
    loop = asyncio.new_event_loop()
    try:
        with pytest.raises(ConfigError, match="event loop"):
            await asyncio.to_thread(loop.run_until_complete, CALLS["safe"](client))
    finally:
        loop.close()
        await client.aclose()


async def test_every_attempt_is_counted_against_a_real_server():
    time = FakeTime()
    replies = [http("503 Busy"), "reset", http("429 Slow"), http()]
    async with RawServer(lambda number, head: replies[number - 1]) as server:
        client = Client(base_url=server.url, time_source=time.time_source)
        async with client:
            assert (await CALLS["safe"](client)).device_id == 1
        assert len(server.heads) == client.stats.attempts == 4
        assert client.stats.lost == 1
