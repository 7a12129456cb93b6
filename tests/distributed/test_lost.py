"""Workers, drivers and schedulers that are lost: each key once, counted in the files and at the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from tests.distributed.test_cluster import FIRST, all_of, plugins, started
from tests.distributed.test_write import asked, written
from trunkline import bulk, distributed
from trunkline.errors import CheckpointError, InputError, TransportError
from trunkline.testing import LocalSandbox

KEYS = list(range(FIRST, FIRST + 160))


def keys_file(folder: Path) -> Path:
    path = folder / "keys.parquet"
    parquet.write_table(pyarrow.table({"id": KEYS}), path, row_group_size=80)
    return path


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a thread or a process does, half a minute at most."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not come to this in time"
        await asyncio.sleep(0.02)


async def test_killed_worker_leaves_each_key_once_in_the_files(
    trunkline_env: LocalSandbox, tmp_path: Path
) -> None:
    trunkline_env.set_faults("latency:10ms")
    source, folder = keys_file(tmp_path), tmp_path / "out"
    async with started(n_workers=2, processes=True, protocol="tcp://") as client:
        pids: dict[str, int] = await client.run(os.getpid)  # type: ignore[no-untyped-call]
        run = asyncio.ensure_future(
            distributed.write(client, "idi.device.get", source, folder, shard=20, concurrency=2)
        )
        await until(lambda: len(trunkline_env.calls("device.get")) > 30)
        os.kill(next(iter(pids.values())), signal.SIGKILL)
        report = await asyncio.wait_for(run, 60)
        assert await plugins(client) == []
    assert report.failed == 0
    assert Counter(map(int, written(folder)["key"].to_pylist())) == Counter(KEYS)
    # only what the killed worker had in hand was asked again
    assert sum(asked(trunkline_env).values()) <= len(KEYS) + 2 * 20
    assert [one.name for one in folder.glob(".*")] == []


DRIVER = """
    import asyncio, sys
    from trunkline import distributed
    scheduler, source, folder = sys.argv[1:]
    asyncio.run(distributed.write(scheduler, "idi.device.get", source, folder, shard=20, concurrency=2))
"""


@contextlib.contextmanager
def driver(client: Any, source: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A driver in a process of its own."""
    words = [client.scheduler.address, str(source), str(folder)]
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(DRIVER), *words])
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


async def test_killed_driver_leaves_nothing_on_the_workers_and_the_job_goes_on(
    trunkline_env: LocalSandbox, tmp_path: Path
) -> None:
    """No plugin, no open client; the same job on the same folder does only what is missing."""
    trunkline_env.set_faults("latency:20ms")
    source, folder = keys_file(tmp_path), tmp_path / "out"
    async with started(n_workers=1, protocol="tcp://") as client:
        with driver(client, source, folder) as process:
            await until(lambda: len(list(folder.glob("part-*"))) >= 2)
            process.kill()
        end = time.monotonic() + 30
        while await plugins(client):
            assert time.monotonic() < end, "the killed driver's plugin stays"
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)
        count = len(trunkline_env.calls("device.get"))
        await asyncio.sleep(0.2)
        assert len(trunkline_env.calls("device.get")) == count
        there = len(list(folder.glob("part-*")))
        trunkline_env.set_faults("")
        report = await distributed.write(client, "idi.device.get", source, folder, shard=20)
    assert report.restored == there
    assert report.keys == len(KEYS) - 20 * there
    assert Counter(map(int, written(folder)["key"].to_pylist())) == Counter(KEYS)
    # what was in a file was not asked again
    assert sum(asked(trunkline_env).values()) <= len(KEYS) + 2 * 20


async def test_lost_scheduler_ends_the_job_and_the_same_folder_goes_on(
    trunkline_env: LocalSandbox, tmp_path: Path
) -> None:
    trunkline_env.set_faults("latency:20ms")
    source, folder = keys_file(tmp_path), tmp_path / "out"
    async with started(n_workers=1) as client:
        run = asyncio.ensure_future(
            distributed.write(client, "idi.device.get", source, folder, shard=20, concurrency=2)
        )
        await until(lambda: any(folder.glob("part-*")))
        await client.cluster.close()
        with pytest.raises(TransportError, match="scheduler went away"):
            await asyncio.wait_for(run, 30)
    trunkline_env.set_faults("")
    async with started(n_workers=1) as client:
        report = await distributed.write(client, "idi.device.get", source, folder, shard=20)
    assert report.restored >= 1
    assert Counter(map(int, written(folder)["key"].to_pylist())) == Counter(KEYS)


@pytest.mark.parametrize("kind", ["lookup", "write"])
async def test_job_without_workers_ends_after_its_patience(
    trunkline_env: LocalSandbox, tmp_path: Path, kind: str
) -> None:
    """All workers are gone in the middle, and none comes."""
    trunkline_env.set_faults("latency:20ms")
    async with started(n_workers=1) as client:
        options: dict[str, Any] = {"patience": 0.5, "concurrency": 1}
        job = (
            all_of(distributed.lookup(client, "idi.device.get", KEYS, chunk=20, **options))
            if kind == "lookup"
            else distributed.write(client, "idi.device.get", keys_file(tmp_path), tmp_path / "out", **options)
        )
        run = asyncio.ensure_future(job)
        await until(lambda: len(trunkline_env.calls("device.get")) > 5)
        client.cluster.scale(0)
        with pytest.raises(TransportError, match=r"no worker for 0\.5 s"):
            await asyncio.wait_for(run, 30)


async def test_source_that_raises_hands_out_what_was_asked(trunkline_env: LocalSandbox) -> None:
    """Every key that it gave has its outcome; then its own error comes."""

    def keys() -> Iterator[int]:
        yield from KEYS[:50]
        raise ZeroDivisionError

    async with started(n_workers=1) as client:
        found: list[int] = []

        async def read() -> None:
            async for one in distributed.lookup(client, "idi.device.get", keys(), chunk=16):
                found.append(one.key)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(ZeroDivisionError):
            await read()
        assert sorted(found) == KEYS[:50]
        assert await plugins(client) == []
    assert len(trunkline_env.calls("device.get")) == 50


async def test_folder_of_other_keys_or_another_tenant_is_refused(
    trunkline_env: LocalSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same number of other keys, a file that was written anew, workers with another user."""
    source, folder = keys_file(tmp_path), tmp_path / "out"
    async with started(n_workers=1) as client:
        await distributed.write(client, "idi.device.get", KEYS[:5], tmp_path / "few")
        for other, told in (
            ({"keys": KEYS[5:10]}, "its keys are others"),
            ({"keys": KEYS[:4]}, "its keys are others"),
            ({"shard": 4}, "number of keys or rows in a file is 5000 and not 4"),
            ({"operation": "idi.sim.get"}, r"operation is 'idi\.device\.get' and not 'idi\.sim"),
            ({"limit": 3}, "limit of rows a key is None and not 3"),
        ):
            given: dict[str, Any] = {"operation": "idi.device.get", "keys": KEYS[:5]} | other
            with pytest.raises(CheckpointError, match=told):
                await distributed.write(client, folder=tmp_path / "few", **given)
        with pytest.raises(CheckpointError, match="kind is 'lookup' and not 'export'"):
            await distributed.export(client, "idi.device.search", [{}], tmp_path / "few")
        await distributed.write(client, "idi.device.get", source, folder, shard=80)
        (folder / "part-000000.parquet").unlink()
        monkeypatch.setenv("TRUNKLINE_IDI_USER", "another")
        with pytest.raises(CheckpointError, match="results of another user than"):
            await distributed.write(client, "idi.device.get", source, folder, shard=80)
        monkeypatch.undo()
        parquet.write_table(pyarrow.table({"id": [*KEYS[1:], 9]}), source, row_group_size=80)
        with pytest.raises(CheckpointError, match="another job"):
            await distributed.write(client, "idi.device.get", source, folder, shard=80)
        (folder / "_trunkline.json").write_text('{"half')
        with pytest.raises(CheckpointError, match="another job"):
            await distributed.write(client, "idi.device.get", source, folder, shard=80)


async def test_dask_collection_stays_on_the_workers(trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    """A bag's partitions are computed where they are asked; each is one file."""
    bag: Any = pytest.importorskip("dask.bag").from_sequence(KEYS, npartitions=4)
    async with started(n_workers=2) as client:
        report = await distributed.write(client, "idi.device.get", bag, tmp_path / "out")
    assert (report.keys, report.shards) == (len(KEYS), 4)
    assert Counter(map(int, written(tmp_path / "out")["key"].to_pylist())) == Counter(KEYS)
    assert set(asked(trunkline_env).values()) == {1}


@pytest.mark.parametrize("moment", ["before the rename", "after the rename"])
async def test_worker_that_dies_at_its_rename_leaves_each_key_once(
    trunkline_env: LocalSandbox, tmp_path: Path, moment: str
) -> None:
    """The half-written file is gone at the end, a whole one is not asked for again, and both are counted."""
    source, folder = keys_file(tmp_path), tmp_path / "out"

    def die_at_rename(where: str) -> None:
        from fsspec.implementations.local import LocalFileSystem

        rename = LocalFileSystem.mv

        def mv(self: Any, path: str, to: str, **more: Any) -> None:
            ours = to.endswith(".parquet")
            if not ours or where == "after the rename":
                rename(self, path, to, **more)
            if ours:
                os.kill(os.getpid(), signal.SIGKILL)

        LocalFileSystem.mv = mv  # type: ignore[method-assign]

    async with started(n_workers=2, processes=True, protocol="tcp://") as client:
        workers = list(await client.run(os.getpid))  # type: ignore[no-untyped-call]
        await client.run(die_at_rename, moment, workers=workers[:1])  # type: ignore[no-untyped-call]
        report = await asyncio.wait_for(
            distributed.write(client, "idi.device.get", source, folder, shard=20, concurrency=4), 60
        )
    assert (report.keys, report.failed, report.complete) == (len(KEYS), 0, True)
    assert Counter(map(int, written(folder)["key"].to_pylist())) == Counter(KEYS)
    assert [one.name for one in folder.glob(".*")] == []


async def test_stopped_job_finishes_what_is_on_its_way(trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    trunkline_env.set_faults("latency:20ms")
    folder, stop = tmp_path / "out", asyncio.Event()

    def progress(state: bulk.Progress) -> None:
        if state.done:
            stop.set()

    async with started(n_workers=1) as client:
        options: dict[str, Any] = {"shard": 10, "concurrency": 2}
        first = await distributed.write(
            client, "idi.device.get", KEYS, folder, stop=stop, progress=progress, **options
        )
        assert await plugins(client) == []
        assert not first.complete
        assert 0 < first.keys < len(KEYS)
        states: list[bulk.Progress] = []
        again = await distributed.write(
            client, "idi.device.get", KEYS, folder, progress=states.append, **options
        )
    assert (again.complete, again.restored_keys, again.keys) == (True, first.keys, len(KEYS) - first.keys)
    assert (states[0].restored, states[-1].done, states[-1].finished) == (first.keys, len(KEYS), True)
    assert set(asked(trunkline_env).values()) == {1}


async def test_key_file_that_changes_in_the_middle_ends_the_job(
    trunkline_env: LocalSandbox, tmp_path: Path
) -> None:
    """The cut into files was made for the keys as they were."""
    trunkline_env.set_faults("latency:20ms")
    source, folder = keys_file(tmp_path), tmp_path / "out"
    async with started(n_workers=1) as client:
        run = asyncio.ensure_future(
            distributed.write(client, "idi.device.get", source, folder, shard=10, concurrency=2)
        )
        await until(lambda: any(folder.glob("part-*")))
        parquet.write_table(pyarrow.table({"id": KEYS[::-1]}), source, row_group_size=80)
        with pytest.raises(InputError, match="was changed during the job"):
            await asyncio.wait_for(run, 30)
    kept = written(folder)["key"].to_pylist()
    assert Counter(map(int, kept)) == Counter(KEYS[: len(kept)])


async def test_failures_of_an_earlier_start_are_counted(trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    async with started(n_workers=1) as client:
        for _ in range(2):
            report = await distributed.write(
                client, "idi.device.get", [*KEYS[:4], 9_999_999], tmp_path, shard=3
            )
    assert (report.restored_keys, report.restored_failed, report.keys, report.failed) == (5, 1, 0, 0)


async def test_folder_and_keys_may_be_urls(trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    """file:// and memory://, of any fsspec that the workers have."""
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    with files.open("/in/keys.parquet", "wb") as file:
        parquet.write_table(pyarrow.table({"id": KEYS[:30]}), file)
    async with started(n_workers=2) as client:
        for folder in (f"file://{tmp_path}/out", "memory://out"):
            for restored in (0, 3):
                report = await distributed.write(
                    client, "idi.device.get", "memory://in/keys.parquet", folder, shard=10
                )
                assert (report.restored, report.keys) == (restored, 0 if restored else 30)
            found, root = fsspec.core.url_to_fs(folder)
            rows = [parquet.read_table(found.open(name)) for name in found.glob(f"{root}/part-*.parquet")]
            assert sorted(int(key) for one in rows for key in one["key"].to_pylist()) == KEYS[:30]
            assert not [name for name in found.ls(root, detail=False) if "/." in name]
        made = await distributed.export(client, "idi.device.search", [{"top": 100}], "memory://exported")
        assert (made.parts, made.complete) == (1, True)
    assert len(parquet.read_table(files.open("/exported/part-000000.parquet"))) == made.rows
    files.rm("/", recursive=True)


async def test_key_that_lost_digits_asks_for_no_other(trunkline_env: LocalSandbox, tmp_path: Path) -> None:
    """A fraction, a missing value or a text that is no number is that key's own error, with one row each."""
    source = tmp_path / "keys.parquet"
    parquet.write_table(pyarrow.table({"id": [1000.0, 1001.5, None, 1e17]}), source)
    async with started(n_workers=1) as client:
        report = await distributed.write(client, "idi.device.get", source, tmp_path / "out")
        more = await distributed.write(client, "idi.device.get", ["1002", "x", True], tmp_path / "more")
    assert (report.keys, report.failed, more.keys, more.failed) == (4, 3, 3, 2)
    rows = written(tmp_path / "out")
    assert rows["error_type"].to_pylist() == [None, "InputError", "InputError", "InputError"]
    assert rows["device_id"].to_pylist() == [1000, None, None, None]
    assert set(asked(trunkline_env)) == {"1000", "1002"}
