"""Results that the workers write: each key once in the files, by the requests that the sandbox saw."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from distributed import Client
from pyarrow import parquet

from tests.distributed.test_cluster import FIRST, cluster, plugins  # noqa: F401 -- a fixture
from trunkline import distributed
from trunkline._codec.codec import Codec
from trunkline.bulk import OutageError
from trunkline.errors import ArgumentError, CheckpointError, DeadlineError
from trunkline.testing import LocalSandbox

KEYS = [*range(FIRST, FIRST + 140), 9_999_999]


def written(folder: Path) -> Any:
    return pyarrow.concat_tables(parquet.read_table(path) for path in sorted(folder.glob("part-*.parquet")))


def asked(sandbox: LocalSandbox) -> Counter[str]:
    return Counter(request.url.rpartition("/")[2] for request in sandbox.requests.of("device.get"))


async def test_workers_write_each_key_once_and_a_second_start_only_what_is_missing(
    cluster: Client,  # noqa: F811
    trunkline_env: LocalSandbox,
    tmp_path: Path,
) -> None:
    source, folder = tmp_path / "keys.parquet", tmp_path / "out"
    parquet.write_table(pyarrow.table({"id": KEYS}), source, row_group_size=50)
    report = await distributed.write(cluster, "idi.device.get", source, folder, shard=20, column="id")
    assert (report.keys, report.failed, report.restored) == (len(KEYS), 1, 0)
    rows = written(folder)
    assert sorted(map(int, rows["key"].to_pylist())) == KEYS
    good = [n for n, error in enumerate(rows["error"].to_pylist()) if error is None]
    ids, keys = rows["device_id"].to_pylist(), rows["key"].to_pylist()
    assert all(ids[n] == int(keys[n]) for n in good)
    assert rows["error_type"].to_pylist().count("NotFoundError") == 1
    assert set(asked(trunkline_env).values()) == {1}
    assert await plugins(cluster) == []
    (folder / "part-000002.parquet").unlink()
    again = await distributed.write(cluster, "idi.device.get", source, folder, shard=20, column="id")
    assert (again.keys, again.restored) == (10, report.shards - 1)
    assert sum(asked(trunkline_env).values()) == len(KEYS) + 10
    assert sorted(map(int, written(folder)["key"].to_pylist())) == KEYS
    with pytest.raises(CheckpointError, match="another job"):
        await distributed.write(cluster, "idi.device.get", source, folder, shard=30, column="id")


async def test_iterable_of_keys_is_asked_once_each(
    cluster: Client,  # noqa: F811
    trunkline_env: LocalSandbox,
    tmp_path: Path,
) -> None:
    report = await distributed.write(
        cluster, "idi.device.get", [*KEYS[:10], *KEYS[:5]], tmp_path / "out", shard=4
    )
    assert (report.keys, report.shards) == (10, 3)
    assert len(written(tmp_path / "out")) == 10
    with pytest.raises(ArgumentError, match="changes something"):
        await distributed.write(cluster, "idi.sim.create", [1], tmp_path / "other")


@pytest.mark.parametrize("written_by_workers", [True, False])
async def test_response_nested_too_deeply_ended_the_job_of_all_keys(
    cluster: Client,  # noqa: F811
    trunkline_env: LocalSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    written_by_workers: bool,
) -> None:
    """It is its own key's outcome; workers can neither write it nor send it to the driver."""
    usual, deep = Codec.decode, "[" * 900 + "]" * 900

    def decode(self: Codec, op: Any, data: bytes, *more: Any) -> Any:
        if b'"deviceID":%d,' % (FIRST + 2) in data.replace(b": ", b":"):
            data = b'{"deviceID": %d, "new": %s}' % (FIRST + 2, deep.encode())
        return usual(self, op, data, *more)

    monkeypatch.setattr(Codec, "decode", decode)  # the workers are in this process
    if written_by_workers:
        await distributed.write(cluster, "idi.device.get", KEYS[:6], tmp_path / "out", shard=3)
        rows = written(tmp_path / "out")
        found = dict(zip(map(int, rows["key"].to_pylist()), rows["error_type"].to_pylist(), strict=True))
    else:
        outcomes = distributed.lookup(cluster, "idi.device.get", KEYS[:6], chunk=3)
        found = {one.key: one.error and type(one.error).__name__ async for one in outcomes}
    assert found == {key: "ResponseShapeError" if key == FIRST + 2 else None for key in KEYS[:6]}
    assert set(asked(trunkline_env).values()) == {1}


async def test_settings_of_the_driver_reach_the_clients_of_the_workers(
    cluster: Client,  # noqa: F811
    trunkline_env: LocalSandbox,
    tmp_path: Path,
) -> None:
    """A corrected route that only the driver knows is what the workers ask; None leaves a setting to them."""
    report = await distributed.write(
        cluster,
        "idi.device.get",
        [FIRST],
        tmp_path / "out",
        settings={"routes": {"device.get": "GET /api/nowhere/{deviceID}"}, "environment": None},
    )
    assert (report.keys, report.failed) == (1, 1)
    assert written(tmp_path / "out")["status"].to_pylist() == [404]
    assert not trunkline_env.requests.of("device.get")


async def test_an_outage_longer_than_allowed_ends_the_job_on_workers_too(
    cluster: Client,  # noqa: F811
    trunkline_env: LocalSandbox,
    tmp_path: Path,
) -> None:
    """The workers' lookups wait as long as the driver says, and no key of an outage is written as failed."""
    trunkline_env.set_faults("503:100%;api=idi")
    with pytest.raises(OutageError):
        await distributed.write(cluster, "idi.device.get", KEYS[:6], tmp_path / "out", outage="20s")
    assert not list((tmp_path / "out").glob("part-*"))
    trunkline_env.set_faults("")
    report = await distributed.write(cluster, "idi.device.get", KEYS[:6], tmp_path / "out", outage="20s")
    assert (report.keys, report.failed) == (6, 0)


async def test_a_deadline_ends_the_job_and_the_same_call_goes_on(
    cluster: Client,  # noqa: F811
    trunkline_env: LocalSandbox,
    tmp_path: Path,
) -> None:
    """What is over time is told as such; files that are there stay and are not asked again."""
    trunkline_env.set_faults("latency:400ms")
    with pytest.raises(DeadlineError, match=r"deadline of 1\.5 s"):
        await distributed.write(
            cluster, "idi.device.get", KEYS[:40], tmp_path / "out", shard=2, concurrency=1, deadline=1.5
        )
    trunkline_env.set_faults("")
    there = len(list((tmp_path / "out").glob("part-*.parquet")))
    report = await distributed.write(
        cluster, "idi.device.get", KEYS[:40], tmp_path / "out", shard=2, concurrency=1
    )
    assert report.restored == there
    assert sorted(map(int, written(tmp_path / "out")["key"].to_pylist())) == KEYS[:40]
    assert await plugins(cluster) == []
