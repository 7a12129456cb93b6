"""Outages on a virtual clock: a run pauses, asks once a minute, and goes on; no key fails."""

from __future__ import annotations

import asyncio
import json
import re
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from tests.reliability.simulation import simulate
from tests.runtime_doubles import GET, SEARCH, Client, responds
from trunkline import bulk
from trunkline._wire.messages import Response
from trunkline.auth import SwtAuth
from trunkline.bulk import OutageError
from trunkline.config import TimeSource
from trunkline.errors import AuthError, ConfigError, DeadlineError, TransportError
from trunkline.events import OutageEvent
from trunkline.odata import FilterField

WALL = 1e9


@define(kw_only=True)
class AwayVendor:
    """Responses in 50 ms, but for the time from `begin` to `end`, when it does what `away` says."""

    away: str
    begin: float
    end: float
    address: str = "https://vendor.test"
    arrived: list[float] = field(factory=list)
    served: list[int] = field(factory=list)

    async def send(self, request: Any, headers: Any, timeout: float | None) -> Response:
        now = asyncio.get_running_loop().time()
        if not self.begin <= now < self.end:
            await asyncio.sleep(0.05)
            self.served.append(int(request.url.name))
            return responds()
        self.arrived.append(now)
        return await self._away(now, timeout)

    async def _away(self, now: float, timeout: float | None) -> Response:
        left = self.end - now
        match self.away:
            case "silent":
                await asyncio.sleep(timeout or 30.0)
                raise DeadlineError("no complete response", may_have_run=True)
            case "refused":
                raise TransportError("connection refused")
            case "dns":
                raise TransportError("the host name cannot be found")
            case "seconds":
                return responds(503, {}, Retry_After=str(round(left)))
            case "too long":
                return responds(503, {}, Retry_After=str(round(left) + 7200))
            case "date":
                return responds(503, {}, Retry_After=formatdate(WALL + self.end, usegmt=True))
            case "soon":
                return responds(429, {}, Retry_After="soon")
            case "negative":
                return responds(503, {}, Retry_After="-1")
            case named if named.endswith("named"):
                return responds(int(named[:3]), {}, Retry_After=str(round(left)))
            case status:
                return responds(int(status), {})

    async def aclose(self) -> None:
        pass


@define(kw_only=True)
class AwayCollection(AwayVendor):
    """A thousand rows in pages of a hundred, or those of the filter. served: when a page was sent."""

    served: list[Any] = field(factory=list)

    async def send(self, request: Any, headers: Any, timeout: float | None) -> Response:
        now = asyncio.get_running_loop().time()
        if self.begin <= now < self.end:
            self.arrived.append(now)
            return await self._away(now, timeout)
        await asyncio.sleep(0.05)
        self.served.append(now)
        asked = request.url.query.get("$filter")
        if asked is not None:
            return responds(200, {"value": [{"deviceID": int(n)} for n in re.findall(r"eq (\d+)", asked)]})
        start = int(request.url.query.get("$skiptoken", 0))
        link = {"@odata.nextLink": f"device?$skiptoken={start + 100}"} if start < 900 else {}
        return responds(200, {"value": [{"deviceID": n} for n in range(start, start + 100)], **link})


def collection_client(vendor: AwayVendor) -> Client:
    loop = asyncio.get_running_loop()
    source = TimeSource(
        clock=loop.time, wall=lambda: WALL + loop.time(), sleep=asyncio.sleep, random=lambda: 0.5
    )
    return Client(base_url=f"{vendor.address}/api/", transport=vendor, time_source=source)


def export_from(vendor: AwayVendor, path: Path, **options: Any) -> bulk.ExportReport:
    async def work() -> bulk.ExportReport:
        return await bulk.export(collection_client(vendor).paginate(SEARCH), path, **options)

    return simulate(work)


_NAMED = ("500 named", "403 named", "522")
AWAY = ("silent", "refused", "dns", "seconds", "too long", "date", "soon", "negative", "503", "429", *_NAMED)
KEYS = 2000
COLLECTION_ROWS = 1000


def look_up(
    *vendors: AwayVendor, turns: bool = False, **options: Any
) -> tuple[list[Any], float, list[OutageEvent]]:
    """Ask all vendors for each key; return the outcomes, the seconds and what hooks were told.

    turns: ask one vendor for each key, in turns.
    """

    async def work() -> tuple[list[Any], float, list[OutageEvent]]:
        loop = asyncio.get_running_loop()
        source = TimeSource(
            clock=loop.time, wall=lambda: WALL + loop.time(), sleep=asyncio.sleep, random=lambda: 0.5
        )
        clients = [Client(base_url=one.address, transport=one, time_source=source) for one in vendors]
        events: list[OutageEvent] = []

        def hook(event: Any) -> None:
            if isinstance(event, OutageEvent):
                events.append(event)

        async def call(key: int) -> None:
            for client in [clients[key % len(clients)]] if turns else clients:
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


@pytest.mark.parametrize("away", ["503", "negative", "seconds"])
def test_wait_of_the_breaker_was_told_as_named_by_the_vendor(away: str) -> None:
    _, _, events = look_up(AwayVendor(away=away, begin=1.0, end=601.0))
    assert {event.retry_after is not None for event in events if event.state == "paused"} == {
        away == "seconds"
    }


def test_both_vendors_away_one_after_the_other() -> None:
    one = AwayVendor(away="503", begin=1.0, end=601.0)
    other = AwayVendor(away="refused", begin=300.0, end=1500.0)
    found, seconds, _ = look_up(one, other)
    assert not [outcome for outcome in found if not outcome.ok]
    assert seconds < 1570


@pytest.mark.parametrize("away", ["503", "refused", "silent", "too long"])
def test_keys_of_one_vendor_go_on_while_the_other_is_away(away: str) -> None:
    """No key fails, and the vendor that is away is asked once a minute."""
    well = AwayVendor(away="503", begin=-1.0, end=-1.0)
    gone = AwayVendor(away=away, begin=1.0, end=1801.0, address="https://other.test")
    found, seconds, _ = look_up(well, gone, turns=True)
    assert len(found) == KEYS
    assert not [one for one in found if not one.ok]
    assert seconds <= gone.end + 65
    late = [moment for moment in gone.arrived if moment > gone.begin + 125]
    assert all(later - earlier >= 59 for earlier, later in pairwise(late))
    assert len(well.served) == len(gone.served) == KEYS // 2


def test_each_vendor_has_the_whole_time_of_an_outage() -> None:
    """Together they are away for longer than the run waits, each of them is not."""
    one = AwayVendor(away="503", begin=1.0, end=3001.0)
    other = AwayVendor(away="refused", begin=2000.0, end=5000.0, address="https://other.test")
    found, seconds, _ = look_up(one, other)
    assert not [outcome for outcome in found if not outcome.ok]
    assert seconds < 5070


@pytest.mark.parametrize("away", AWAY)
def test_export_waits_for_the_vendor_and_goes_on_at_its_page(away: str, tmp_path: Path) -> None:
    """Every row once, on within a minute of the vendor's return, asked once a minute until then."""
    vendor = AwayCollection(away=away, begin=0.3, end=0.3 + 1800)
    path = tmp_path / "rows.jsonl"
    assert export_from(vendor, path).rows == 1000
    assert len({json.loads(line)["device_id"] for line in path.read_text().splitlines()}) == 1000
    late = [moment for moment in vendor.arrived if moment > vendor.begin + 125]
    assert all(later - earlier >= 59 for earlier, later in pairwise(late))
    assert vendor.served[-1] <= vendor.end + 65


def test_export_from_a_vendor_that_stays_away_ends_with_what_it_has_kept(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with pytest.raises(OutageError, match="resumed"):
        export_from(AwayCollection(away="503", begin=0.3, end=1e9), path, outage="10m")
    with pytest.raises(DeadlineError, match="deadline of 60 s"):
        export_from(AwayCollection(away="503", begin=0.0, end=1e9), path, deadline=60, resume=True)
    report = export_from(AwayCollection(away="503", begin=-1.0, end=-1.0), path, resume=True)
    assert report.rows == 1000
    assert report.restored > 0


def test_deadline_ends_the_run_with_keys_left(tmp_path: Path) -> None:
    """What is answered is kept, and a resumed run asks the rest; no key fails for it."""
    away = AwayVendor(away="503", begin=1.0, end=1e9)
    kept = {"checkpoint": tmp_path / "run", "resume": True}
    with pytest.raises(DeadlineError, match="deadline of 300 s"):
        look_up(away, deadline="5m", **kept)
    assert away.served
    back = AwayVendor(away="503", begin=-1.0, end=-1.0)
    found, _, _ = look_up(back, **kept)
    assert sorted(away.served + back.served) == list(range(KEYS))
    assert all(one.ok for one in found)


def test_login_that_cannot_be_reached_is_waited_for_too() -> None:
    """A token expires while the vendor is away: the login fails like everything else, and no key with it."""
    vendor = AwayVendor(away="refused", begin=1.0, end=1801.0)

    async def work() -> list[Any]:
        loop = asyncio.get_running_loop()
        source = TimeSource(
            clock=loop.time, wall=lambda: WALL + loop.time(), sleep=asyncio.sleep, random=lambda: 0.5
        )

        async def login() -> str:
            if vendor.begin <= loop.time() < vendor.end:
                raise TransportError("connection refused")
            return f"wrap_access_token=x{loop.time():.0f}&wrap_access_token_expires_in=600"

        client = Client(
            base_url=vendor.address, transport=vendor, time_source=source, auth=SwtAuth(login, user="u")
        )
        run = bulk.lookup(
            lambda key: client.call(GET, path=(key,)), range(KEYS), clock=loop.time, fatal=(AuthError,)
        )
        return [one async for one in run]

    found = simulate(work)
    assert len(found) == KEYS
    assert not [one.error for one in found if not one.ok]


def test_keys_of_a_loader_wait_as_well() -> None:
    """One request asks for many keys: all of them wait, not only the one that started it."""
    vendor = AwayCollection(away="503", begin=0.2, end=1800.0)

    async def work() -> list[Any]:
        client = collection_client(vendor)

        def search(**arguments: Any) -> Any:
            return client.paginate(SEARCH, query={k: v for k, v in arguments.items() if k != "options"})

        async with bulk.Loader(search, FilterField("deviceID", int), max_keys=20) as loader:
            run = bulk.lookup(loader.load, range(1, 400), clock=asyncio.get_running_loop().time)
            return [one async for one in run]

    found = simulate(work)
    assert len(found) == 399
    assert not [one.error for one in found if not one.ok]


def test_outage_longer_than_the_run_waits_ends_it_with_keys_left() -> None:
    vendor = AwayVendor(away="refused", begin=1.0, end=1e9)
    with pytest.raises(OutageError, match=r"vendor at vendor\.test has been away for 6"):
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
                return responds(503, {})
            return await super().send(request, headers, timeout)

    found, seconds, _ = look_up(Picky(away="503", begin=-1.0, end=-1.0))
    assert [one.key for one in found if not one.ok] == [KEYS - 1]
    assert seconds < 900


@pytest.mark.parametrize("text", ["soon", "1 week", "-1h", True])
def test_duration_that_is_none_is_refused(text: Any) -> None:
    with pytest.raises(ConfigError, match="is not a duration"):
        bulk.lookup(asyncio.sleep, [1], outage=text)
