"""Changes and exports on a cluster: each row once, by the sandbox's own ledger of writes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.changes import KINDS, PATCH, PLAIN, Kind, carried_out, patches
from tests.distributed.test_cluster import FIRST, plugins, started
from tests.distributed.test_lost import until
from trunkline import distributed
from trunkline.errors import ArgumentError, CheckpointError, InputError
from trunkline.odata import FilterField
from trunkline.testing import LocalSandbox

ROWS = 120


def operation(kind: Kind) -> str:
    return f"{'abzorb' if kind is PLAIN else 'idi'}.{kind.operation}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_killed_worker_loses_and_doubles_no_change(
    trunkline_env: LocalSandbox, tmp_path: Path, kind: Kind
) -> None:
    """What the killed worker had sent is settled by the one that takes its journal over."""
    ledger = trunkline_env._sandbox.writes
    trunkline_env.set_faults("latency:10ms")
    async with started(n_workers=2, processes=True, protocol="tcp://") as client:
        pids: dict[str, int] = await client.run(os.getpid)  # type: ignore[no-untyped-call]
        run = asyncio.ensure_future(
            distributed.apply(
                client,
                operation(kind),
                kind.rows(ROWS),
                tmp_path,
                natural_key=kind.natural_key,
                shard=30,
                concurrency=4,
                settle_delay=0.0,
            )
        )
        await until(lambda: ledger.total > 20)
        os.kill(next(iter(pids.values())), signal.SIGKILL)
        report = await asyncio.wait_for(run, 60)
        assert await plugins(client) == []
    done = carried_out(ledger, kind)
    assert max(done.values()) == 1
    assert report.total == ROWS
    assert report.done + report.quarantined == ROWS
    # a creation that nothing can find again: no more rows than one worker had in flight
    assert report.quarantined <= (2 * 4 if kind is PLAIN else 0)
    assert report.done <= len(done) <= ROWS


async def test_same_job_on_the_same_folder_sends_nothing_again(
    trunkline_env: LocalSandbox, tmp_path: Path
) -> None:
    async with started(n_workers=2) as client:

        async def apply(rows: Any) -> Any:
            options: dict[str, Any] = {"shard": 10, "settle_delay": 0.0}
            return await distributed.apply(client, "idi.device.update", rows, tmp_path, **options)

        assert (await apply(patches(25))).done == 25
        assert (await apply(patches(25))).done == 25
        assert set(carried_out(trunkline_env._sandbox.writes, PATCH).values()) == {1}
        with pytest.raises(CheckpointError, match="another job"):
            await apply(patches(24))
        with pytest.raises(InputError, match="row 26 changes the same object"):
            await apply([*patches(25), *patches(1)])
        with pytest.raises(ArgumentError, match="shared file system"):
            await distributed.apply(client, "idi.device.update", patches(1), "s3://bucket/x")
    assert len(list(tmp_path.glob("part-*.journal"))) == 3  # noqa: ASYNC240


async def test_searches_become_one_file_each(trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    """Each row once; a second start asks for what is missing only."""
    bounds = [(FIRST, FIRST + 70), (FIRST + 70, FIRST + 150), (FIRST + 150, FIRST + 10_000)]
    device_id: FilterField[Any, int] = FilterField("deviceID", int)
    parts = [{"filter": (device_id >= low) & (device_id < high), "top": 50} for low, high in bounds]
    async with started(n_workers=2) as client:
        report = await distributed.export(
            client, "idi.device.search", parts, tmp_path, format="jsonl", mask=True
        )
        rows = [
            json.loads(line)
            for path in sorted(tmp_path.glob("part-*.jsonl"))  # noqa: ASYNC240
            for line in path.read_text().splitlines()
        ]
        assert (report.parts, report.restored, report.rows) == (3, 0, len(rows))
        found = Counter(row["device_id"] for row in rows)
        assert set(found.values()) == {1}
        assert len(found) == trunkline_env.config.rows
        (tmp_path / "part-000001.jsonl").unlink()
        trunkline_env.requests.clear()
        again = await distributed.export(
            client, "idi.device.search", parts, tmp_path, format="jsonl", mask=True
        )
        assert (again.restored, again.rows) == (2, 80)
        assert len(trunkline_env.calls("device.search")) == 2
        with pytest.raises(CheckpointError, match="another job"):
            await distributed.export(client, "idi.device.search", parts, tmp_path, format="jsonl")
        assert await plugins(client) == []
    assert [one.name for one in tmp_path.glob(".*")] == []  # noqa: ASYNC240
