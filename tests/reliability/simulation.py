"""A vendor and its caller on an event loop whose time jumps: hours of traffic in a second."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from attrs import define, field

from tests.runtime_doubles import GET, Client, responds
from trunkline import bulk
from trunkline._wire.messages import Response
from trunkline.config import Limits, TimeSource

T = TypeVar("T")


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop that does not wait: where it would sleep, its clock jumps."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        select = self._selector.select  # type: ignore[attr-defined]

        def jump(timeout: float | None = None) -> Any:
            if timeout is not None and timeout > 0:
                self._now += timeout
            return select(0)

        self._selector.select = jump  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now


def simulate(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run to the end on a loop of its own."""
    loop = JumpingLoop()
    try:
        return loop.run_until_complete(work())
    finally:
        loop.close()


@define(kw_only=True)
class SimulatedVendor:
    """Responds after `latency` seconds, a fifth more or less; `refuses` says whether with an error status.

    refuses(vendor, now): a status, or None; called when a request arrives. busy: requests being served, this
    one included; one that is refused is not served. busiest: that number for each request, refused or not.
    """

    refuses: Callable[[SimulatedVendor, float], int | None]
    latency: float = 0.05
    retry_after: str | None = None
    chance: random.Random = field(factory=lambda: random.Random(5))
    busy: int = 0
    busiest: list[int] = field(factory=list)
    refused: int = 0
    answered: int = 0

    async def send(self, request: Any, headers: Any, timeout: float | None) -> Response:
        self.busy += 1
        self.busiest.append(self.busy)
        status = self.refuses(self, asyncio.get_running_loop().time())
        self.busy -= status is not None
        try:
            await asyncio.sleep(self.latency * self.chance.uniform(0.8, 1.2))
        finally:
            self.busy -= status is None
        self.refused += status is not None
        self.answered += status is None
        if status is None:
            return responds()
        return responds(status, **({} if self.retry_after is None else {"Retry_After": self.retry_after}))

    async def aclose(self) -> None:
        pass


@define(kw_only=True)
class Traffic:
    """What a run of lookups came to. rate: keys a second of simulated time."""

    rate: float
    failed: int
    seconds: float


async def lookups(vendor: SimulatedVendor, keys: int, *, concurrency: int = 64, **limits: Any) -> Traffic:
    """Look keys up with the library's own defaults, on the running loop's clock."""
    loop = asyncio.get_running_loop()
    time_source = TimeSource(
        clock=loop.time, wall=lambda: 1e9 + loop.time(), sleep=asyncio.sleep, random=vendor.chance.random
    )
    client = Client(
        base_url="https://vendor.test",
        transport=vendor,
        time_source=time_source,
        limits=Limits(concurrency=concurrency, **limits),
    )
    failed = 0
    async with client:
        run = bulk.lookup(
            lambda key: client.call(GET, path=(key,)), range(keys), concurrency=concurrency, clock=loop.time
        )
        async for outcome in run:
            failed += not outcome.ok
    return Traffic(rate=keys / loop.time(), failed=failed, seconds=loop.time())


__all__ = ["JumpingLoop", "SimulatedVendor", "Traffic", "lookups", "simulate"]
