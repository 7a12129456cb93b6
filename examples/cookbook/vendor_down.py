"""The vendor is down for half an hour: the run waits and loses nothing. Half an hour of a virtual clock."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from trunkline import Limits, RetryPolicy, bulk, idi
from trunkline.sandbox import Sandbox
from trunkline.testing import FakeClock

SCENARIO = {
    "phases": [
        {"name": "maintenance", "for": "30m", "maintenance": {"retry-after": 60}},
        {"name": "back"},
    ],
}


async def main() -> None:
    clock = FakeClock()
    Path("outage.json").write_text(json.dumps(SCENARIO))
    async with Sandbox(rows=50, scenario="outage.json", clock=clock.wall) as sandbox:
        patient = RetryPolicy(max_attempts=100, deadline=3600, max_retry_after=3600, budget=None)
        async with idi.Client(
            environment="sandbox",
            base_url=sandbox.url,
            user="sandbox",
            password="sandbox-password",
            retry=patient,
            limits=Limits(concurrency=8),
            time_source=clock.time_source(),
        ) as client:
            run = bulk.lookup(lambda one: client.device.get(device_id=one), range(1000, 1020))
            outcomes = [outcome async for outcome in run]
    print(sum(outcome.error is None for outcome in outcomes), "of", len(outcomes), "answered")


if __name__ == "__main__":
    asyncio.run(main())
