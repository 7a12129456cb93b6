"""Outages on a virtual clock: a run pauses, asks once a minute, and goes on; no key fails."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from itertools import pairwise
from typing import Any

import pytest
from attrs import define, field

from tests.reliability.simulation import simulate
from tests.runtime_doubles import GET, Client, answer
from trunkline import bulk
from trunkline._wire.messages import Response
from trunkline.bulk import OutageError
from trunkline.config import TimeSource
from trunkline.errors import ConfigError, DeadlineError, TransportError
from trunkline.events import OutageEvent

WALL = 1e9


@define(kw_only=True)
class AwayVendor:
    """Answers in 50 ms, but for the time from `begin` to `end`, when it does what `away` says."""

    away: str
    begin: float
    end: float
    arrived: list[float] = field(factory=list)
    served: list[int] = field(factory=list)

    async def send(self, request: Any, headers: Any, timeout: float | None) -> Response:
        now = asyncio.get_running_loop().time()
        if not self.begin <= now < self.end:
            await asyncio.sleep(0.05)
            self.served.append(int(request.url.name))
            return answer()
        self.arrived.append(now)
        return await self._away(now, timeout)

    async def _away(self, now: float, timeout: float | None) -> Response:
        left = self.end - now
        match self.away:
            case "silent":
                await asyncio.sleep(timeout or 30.0)
                raise DeadlineError("no complete answer", may_have_run=True)
            case "refused":
                raise TransportError("connection refused")
            case "dns":
                raise TransportError("the host name cannot be found")
            case "seconds":
                return answer(503, {}, Retry_After=str(round(left)))
            case "too long":
                return answer(503, {}, Retry_After=str(round(left) + 7200))
            case "date":
                return answer(503, {}, Retry_After=formatdate(WALL + self.end, usegmt=True))
            case "soon":
                return answer(429, {}, Retry_After="soon")
            case "negative":
                return answer(503, {}, Retry_After="-1")
            case status:
                return answer(int(status), {})

    async def aclose(self) -> None:
        pass


AWAY = ("silent", "refused", "dns", "seconds", "too long", "date", "soon", "negative", "503", "429")
KEYS = 2000


def look_up(*vendors: AwayVendor, **options: Any) -> tuple[list[Any], float, list[OutageEvent]]:
    """Ask all vendors for each key; return the outcomes, the seconds and what hooks were told."""

    async def work() -> tuple[list[Any], float, list[OutageEvent]]:
        loop = asyncio.get_running_loop()
        source = TimeSource(
            clock=loop.time, wall=lambda: WALL + loop.time(), sleep=asyncio.sleep, random=lambda: 0.5
        )
        clients = [
            Client(base_url="https://vendor.test", transport=one, time_source=source) for one in vendors
        ]
        events: list[OutageEvent] = []

        def hook(event: Any) -> None:
            if isinstance(event, OutageEvent):
                events.append(event)

        async def call(key: int) -> None:
            for client in clients:
                await client.call(GET, path=(key,))

        found = []
        async with bulk.lookup(call, range(KEYS), hooks=[hook], clock=loop.time, **options) as run:
            async for outcome in run:
                found.append(outcome)  # noqa: PERF401 - what came before an error counts
        return found, loop.time(), events

    return simulate(work)


@pytest.mark.parametrize("minutes", [5, 360])
@pytest.mark.parametrize("away", AWAY)
def test_outage_fails_no_key(away: str, minutes: int) -> None:
    vendor = AwayVendor(away=away, begin=1.0, end=1.0 + 60 * minutes)
    found, seconds, events = look_up(vendor, outage="7h")
    assert len(found) == KEYS
    assert not [one for one in found if not one.ok]
    assert sorted(vendor.served) == list(range(KEYS))
    assert seconds <= vendor.end + 60 + 5
    # the keys in flight find out; from then on the vendor is asked once a minute
    late = [moment for moment in vendor.arrived if moment > vendor.begin + 125]
    assert all(later - earlier >= 59 for earlier, later in pairwise(late))
    assert events[0].state == "paused"
    assert events[-1].state == "over"


def test_both_vendors_away_one_after_the_other() -> None:
    one = AwayVendor(away="503", begin=1.0, end=601.0)
    other = AwayVendor(away="refused", begin=300.0, end=1500.0)
    found, seconds, _ = look_up(one, other)
    assert not [outcome for outcome in found if not outcome.ok]
    assert seconds < 1570


def test_outage_longer_than_the_run_waits_ends_it_with_keys_left() -> None:
    vendor = AwayVendor(away="refused", begin=1.0, end=1e9)
    with pytest.raises(OutageError, match="vendor has been away for 6"):
        look_up(vendor, outage="10m")


def test_without_waiting_keys_fail_as_they_do() -> None:
    vendor = AwayVendor(away="refused", begin=1.0, end=1e9)
    found, _, events = look_up(vendor, outage=0)
    assert len(found) == KEYS
    assert [one for one in found if isinstance(one.error, TransportError)]
    assert not events


def test_key_that_alone_meets_503_is_its_own_failure() -> None:
    """The last key of a run: nobody else is answered any more, so a key that was answered before is asked."""

    class Picky(AwayVendor):
        async def send(self, request: Any, headers: Any, timeout: float | None) -> Response:
            if request.url.name == str(KEYS - 1):
                return answer(503, {})
            return await super().send(request, headers, timeout)

    found, seconds, _ = look_up(Picky(away="503", begin=-1.0, end=-1.0))
    assert [one.key for one in found if not one.ok] == [KEYS - 1]
    assert seconds < 900


@pytest.mark.parametrize("text", ["soon", "1 week", "-1h", True])
def test_duration_that_is_none_is_refused(text: Any) -> None:
    with pytest.raises(ConfigError, match="is not a duration"):
        bulk.lookup(asyncio.sleep, [1], outage=text)
