"""Plans on a cluster: begun, killed and ended by any of both ways, each row once by the sandbox's ledger."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.changes import CREATE, KINDS, PATCH, PLAIN, Kind, carried_out
from tests.distributed.test_changes import operation
from tests.distributed.test_cluster import plugins, started
from tests.distributed.test_lost import until
from trunkline import apis, bulk, distributed
from trunkline.bulk import OutageError
from trunkline.bulk._files import InUseError
from trunkline.bulk.journal import Journal
from trunkline.errors import CheckpointError, TransportError
from trunkline.testing import LocalSandbox

ROWS = 80


async def planned(kind: Kind, path: Path, rows: int = ROWS) -> Path:
    """A plan without a comparison, so that each of its rows is sent."""
    async with client_of(kind) as client:
        call = attrgetter(kind.operation)(client)
        await bulk.plan(call, kind.rows(rows), path=path, natural_key=kind.natural_key, compare=False)
    return path


def client_of(kind: Kind) -> Any:
    return apis.get(operation(kind).partition(".")[0]).client.from_env()


async def alone(kind: Kind, path: Path, **options: Any) -> bulk.ApplyReport:
    """The plan carried out by this process, without a cluster."""
    async with client_of(kind) as client:
        call = attrgetter(kind.operation)(client)
        return await bulk.apply(call, journal=path, natural_key=kind.natural_key, settle_delay=0.0, **options)


async def on_cluster(client: Any, path: Path, **options: Any) -> bulk.ApplyReport:
    return await distributed.apply_plan(
        client, path, **{"shard": 10, "concurrency": 4, "settle_delay": 0.0} | options
    )


def check(report: bulk.ApplyReport, sandbox: LocalSandbox, kind: Kind, most: int = 0) -> None:
    """0 lost, 0 doubled, quarantined only what cannot be settled, all told."""
    done = carried_out(sandbox._sandbox.writes, kind)
    assert max(done.values()) == 1
    assert report.total == ROWS
    assert report.done + report.quarantined == ROWS
    assert report.quarantined <= (most if kind is PLAIN else 0)
    assert report.done <= len(done) <= ROWS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_killed_worker_loses_and_doubles_no_row_of_a_plan(
    trunkline_env: LocalSandbox, tmp_path: Path, kind: Kind
) -> None:
    path = await planned(kind, tmp_path / "a.plan")
    ledger = trunkline_env._sandbox.writes
    trunkline_env.set_faults("latency:20ms")
    async with started(n_workers=2, processes=True, protocol="tcp://") as client:
        pids: dict[str, int] = await client.run(os.getpid)  # type: ignore[no-untyped-call]
        run = asyncio.ensure_future(on_cluster(client, path))
        await until(lambda: ledger.total > 15)
        os.kill(next(iter(pids.values())), signal.SIGKILL)
        report = await asyncio.wait_for(run, 60)
        assert await plugins(client) == []
    check(report, trunkline_env, kind, most=8)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.plan"]  # noqa: ASYNC240


async def test_plan_is_begun_with_a_cluster_and_ended_without_and_the_other_way_round(
    trunkline_env: LocalSandbox, tmp_path: Path
) -> None:
    path = await planned(PATCH, tmp_path / "a.plan")
    stop = asyncio.Event()

    def until_some(state: bulk.Progress) -> None:
        if state.done > 20:
            stop.set()

    first = await alone(PATCH, path, stop=stop, progress=until_some, progress_interval=0.001, concurrency=2)
    assert 0 < first.done < ROWS
    stop.clear()
    states: list[bulk.Progress] = []
    async with started(n_workers=2) as client:

        def until_more(state: bulk.Progress) -> None:
            states.append(state)
            if state.done > first.done + 10:
                stop.set()

        trunkline_env.set_faults("latency:20ms")
        second = await on_cluster(client, path, shard=5, concurrency=1, stop=stop, progress=until_more)
        assert await plugins(client) == []
    assert states[0].done == first.done
    assert first.done < second.done < ROWS
    # a stop lets what is in flight end: nothing is open
    assert (second.unsettled, second.pending) == (0, ROWS - second.done)
    trunkline_env.set_faults("")
    check(await alone(PATCH, path), trunkline_env, PATCH)


DRIVER = """
import asyncio, sys
from trunkline import distributed
scheduler, plan = sys.argv[1:]
asyncio.run(distributed.apply_plan(scheduler, plan, shard=10, concurrency=4, settle_delay=0.0))
"""


def driver(scheduler: str, plan: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", DRIVER, scheduler, str(plan)])


@pytest.mark.parametrize("kind", [PATCH, CREATE, PLAIN], ids=lambda kind: kind.name)
async def test_killed_driver_of_a_plan_loses_and_doubles_no_row(
    trunkline_env: LocalSandbox, tmp_path: Path, kind: Kind
) -> None:
    """Whoever opens the plan next takes what the workers did, also without a cluster."""
    path = await planned(kind, tmp_path / "a.plan")
    ledger = trunkline_env._sandbox.writes
    trunkline_env.set_faults("latency:20ms")
    async with started(n_workers=1, protocol="tcp://") as client:
        with driver(client.scheduler.address, path) as process:
            await until(lambda: ledger.total > 15)
            process.kill()
        # while a worker of the killed driver still has a part, nobody else gets at its rows
        end = time.monotonic() + 30
        while True:
            try:
                with Journal(path) as journal:
                    counts = journal.counts()
                break
            except InUseError:
                assert time.monotonic() < end, "the workers do not let go"
                await asyncio.sleep(0.05)
        assert await plugins(client) == []
    assert counts["planned"] != ROWS
    assert counts["done"] <= len(carried_out(ledger, kind)) <= counts["done"] + counts["sending"]
    trunkline_env.set_faults("")
    settled = await alone(kind, path, settle_only=True)
    assert settled.unsettled == 0
    check(await alone(kind, path), trunkline_env, kind, most=4)
    assert not list(tmp_path.glob("*.parts"))  # noqa: ASYNC240


async def test_lost_scheduler_keeps_the_rows_of_a_plan(trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    path = await planned(CREATE, tmp_path / "a.plan")
    trunkline_env.set_faults("latency:20ms")
    async with started(n_workers=1) as client:
        run = asyncio.ensure_future(on_cluster(client, path))
        await until(lambda: trunkline_env._sandbox.writes.total > 15)
        await client.cluster.close()
        with pytest.raises(TransportError, match="scheduler went away"):
            await asyncio.wait_for(run, 30)
    trunkline_env.set_faults("")
    async with started(n_workers=1) as client:
        check(await on_cluster(client, path), trunkline_env, CREATE)


async def test_workers_of_another_user_send_nothing_of_a_plan(
    trunkline_env: LocalSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await planned(PATCH, tmp_path / "a.plan", rows=5)
    monkeypatch.setenv("TRUNKLINE_IDI_USER", "another")
    async with started(n_workers=1) as client:
        with pytest.raises(CheckpointError, match="another user of its vendor"):
            await on_cluster(client, path)
    with Journal(path) as journal:
        assert journal.counts() == {"planned": 5}
    assert trunkline_env._sandbox.writes.total == 0


async def test_quarantined_rows_are_settled_and_sent_again_on_a_cluster_only_on_request(
    trunkline_env: LocalSandbox, tmp_path: Path
) -> None:
    path = await planned(PLAIN, tmp_path / "a.plan", rows=12)
    ledger = trunkline_env._sandbox.writes
    trunkline_env.set_faults("reset:100%;method=POST")
    async with started(n_workers=2) as client:
        options: dict[str, Any] = {"shard": 5, "outage": 0.5}
        with contextlib.suppress(OutageError):
            await on_cluster(client, path, **options)
        trunkline_env.set_faults("")
        settled = await on_cluster(client, path, settle_only=True, **options)
        assert settled.quarantined > 0
        assert settled.unsettled == ledger.total == 0
        first = await on_cluster(client, path, **options)
        assert (first.quarantined, first.done) == (settled.quarantined, 12 - settled.quarantined)
        assert ledger.total == first.done
        again = await on_cluster(client, path, retry_quarantined=True, **options)
    assert (again.done, again.quarantined) == (12, 0)
    assert set(carried_out(ledger, PLAIN).values()) == {1}
