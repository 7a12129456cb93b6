"""Lookups whose results the workers write: neither keys nor answers pass the scheduler or this program."""

from __future__ import annotations

import asyncio
import contextlib
import json
import posixpath
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen
from distributed import Client

from trunkline import apis
from trunkline.bulk._key_set import KeySet
from trunkline.config import Limits, parse_rate
from trunkline.distributed._shards import Shard, Written
from trunkline.distributed._shards import write as write_shard
from trunkline.distributed._worker import ClientPlugin, Work
from trunkline.distributed.lookup import _connected, _operation, _parameter
from trunkline.errors import ArgumentError, CheckpointError, TransportError
from trunkline.extras import need
from trunkline.operation import Operation

_JOB: Final = "_trunkline.json"
_TRIES: Final = 5


@frozen(kw_only=True)
class WriteReport:
    """What a distributed write did. shards: files of the whole job; restored: those of an earlier start.
    keys, failed: of this start."""

    shards: int = 0
    restored: int = 0
    keys: int = 0
    failed: int = 0


async def write(
    cluster: Client | str,
    operation: str | Operation[Any],
    keys: Any,
    folder: str | Path,
    *,
    column: str | None = None,
    key: str | None = None,
    params: Mapping[str, Any] | None = None,
    limit: int | None = None,
    concurrency: int = 32,
    shard: int = 5000,
    rate: str | None = None,
    rate_name: str | None = None,
    connect: str | None = None,
    patience: float = 60.0,
) -> WriteReport:
    """Look up every key on a Dask cluster; the workers write the outcomes as one Parquet file for each shard.

    A file is there whole or not at all, and is written once: a worker that dies is replaced, and the same
    call on the same folder does only the shards that have no file yet.

    Args:
        cluster, operation, key, params, limit, concurrency, rate, rate_name, connect, patience: as in
            `lookup`.
        keys: a Parquet file (a path or an fsspec URL that the workers can read), whose row groups the workers
            read by themselves; a Dask series, dataframe or bag, whose partitions stay on the workers; or any
            iterable, whose keys pass the scheduler. An iterable's equal keys are asked once, within a run.
        folder: an fsspec URL or path that all workers can write to.
        column: of a Parquet file; the first by default.
        shard: keys of one file.
    Raises:
        CheckpointError: the folder holds another job. AuthError, ConfigError: no key can pass.
        TransportError: the cluster went away, or shards lost their workers again and again.
    """
    asked = _operation(operation, connect)
    param = _parameter(asked, key, params or {})
    if shard < 1:
        raise ArgumentError("shard must be 1 or more")
    Limits(concurrency=concurrency, rate=rate)
    place = str(folder)
    fsspec: Any = need("fsspec", "dask", "distributed.write")
    files, root = fsspec.core.url_to_fs(place)
    shards = list(_shards(keys, place, column, shard, whole=param.type == "int"))
    _claim(files, root, asked, param.name, keys, len(shards), params or {})
    done = {posixpath.basename(name) for name in files.ls(root, detail=False)}
    left = [one for one, _ in shards if posixpath.basename(one.file) not in done]
    parts = {one.number: part for one, part in shards}
    work = Work(
        api=asked.api,
        operation=asked.id,
        parameter=param.name,
        fixed=dict(params or {}),
        paged=asked.paging is not None,
        limit=limit,
        concurrency=concurrency,
        connect=connect or f"{apis.get(asked.api).module}:Client.from_env",
        rate=rate,
        rate_name=rate_name or asked.api,
        local_rate=None,
    )
    report = WriteReport(shards=len(shards), restored=len(shards) - len(left))
    async with _connected(cluster, patience) as client:
        if rate is not None:
            threads = await client.nthreads()
            work = evolve(work, local_rate=parse_rate(rate) / max(1, len(threads)))
        name = f"trunkline-{uuid.uuid4().hex}"
        await client.register_plugin(ClientPlugin(work), name=name)
        try:
            async for written in _all(client, name, left, parts):
                report = evolve(
                    report, keys=report.keys + written.keys, failed=report.failed + written.failed
                )
        finally:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(10):
                    await client.unregister_worker_plugin(name)
    for left in files.glob(posixpath.join(root, ".part-*")):
        files.rm(left)  # what a worker that was killed had half written
    return report


async def _all(
    client: Any, name: str, shards: list[Shard], parts: Mapping[int, Any]
) -> AsyncIterator[Written]:
    """Keep every worker busy with two shards; yield what they did."""
    most = max(2, 2 * sum((await client.nthreads()).values()))
    waiting, running = list(reversed(shards)), dict[Any, tuple[Shard, int]]()
    while waiting or running:
        while waiting and len(running) < most:
            one = waiting.pop()
            running[_submit(client, name, one, parts, 0)] = (one, 0)
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            one, tries = running.pop(task)
            written = task.result()
            if written.fatal is not None:
                raise written.fatal
            if not written.interrupted:
                yield written
            elif tries + 1 >= _TRIES:
                raise TransportError(
                    f"shard {one.number} lost its workers, one after the other", may_have_run=True
                )
            else:
                running[_submit(client, name, one, parts, tries + 1)] = (one, tries + 1)


def _submit(
    client: Any, name: str, one: Shard, parts: Mapping[int, Any], tries: int
) -> asyncio.Task[Written]:
    async def result() -> Written:
        part = parts.get(one.number)
        values = () if part is None else (client.compute(part),)
        future = client.submit(
            write_shard, name, one, *values, key=f"{name}-{one.number}-{tries}", pure=False
        )
        try:
            found: Written = await future
        except OSError as error:
            raise TransportError(f"the Dask scheduler went away ({type(error).__name__})") from None
        except Exception as error:
            if future.status in {"cancelled", "lost"} or type(error).__name__ == "KilledWorker":
                return Written(number=one.number, interrupted=True)
            raise
        finally:
            future.release()
        return found

    return asyncio.create_task(result())


def _shards(
    keys: Any, folder: str, column: str | None, size: int, *, whole: bool
) -> Iterator[tuple[Shard, Any]]:
    """Yield the shards, each with its Dask partition where there is one."""
    if hasattr(keys, "to_delayed"):
        for number, part in enumerate(keys.to_delayed()):
            yield Shard(number=number, folder=folder, whole=whole), part
    elif isinstance(keys, str | Path):
        for one in _of_parquet(str(keys), folder, column, size, whole=whole):
            yield one, None
    elif isinstance(keys, Iterable):
        for one in _of_iterable(keys, folder, size, whole=whole):
            yield one, None
    else:
        raise ArgumentError("keys must be a Parquet file, a Dask collection or an iterable")


def _of_parquet(path: str, folder: str, column: str | None, size: int, *, whole: bool) -> Iterator[Shard]:
    parquet: Any = need("pyarrow.parquet", "parquet", "reading Parquet")
    fsspec: Any = need("fsspec", "dask", "distributed.write")
    with fsspec.open(path, "rb") as file:
        found = parquet.ParquetFile(file)
        name = column or found.schema_arrow.names[0]
        if name not in found.schema_arrow.names:
            raise ArgumentError(
                f"{path} has no column {name!r}; it has: {', '.join(found.schema_arrow.names)}"
            )
        sizes = [found.metadata.row_group(group).num_rows for group in range(found.num_row_groups)]
    number = 0
    for group, rows in enumerate(sizes):
        for start in range(0, rows, size):
            stop = min(rows, start + size)
            yield Shard(
                number=number,
                folder=folder,
                path=path,
                column=name,
                group=group,
                start=start,
                stop=stop,
                whole=whole,
            )
            number += 1


def _of_iterable(keys: Iterable[Any], folder: str, size: int, *, whole: bool) -> Iterator[Shard]:
    seen, held, number = KeySet(), list[Any](), 0
    try:
        for one in keys:
            if seen.add(one):
                held.append(one)
            if len(held) == size:
                yield Shard(number=number, folder=folder, keys=tuple(held), whole=whole)
                held, number = [], number + 1
        if held:
            yield Shard(number=number, folder=folder, keys=tuple(held), whole=whole)
    finally:
        seen.close()


def _claim(
    files: Any,
    root: str,
    op: Operation[Any],
    parameter: str,
    keys: Any,
    shards: int,
    params: Mapping[str, Any],
) -> None:
    """Write what the folder is for, or check that it is for this job."""
    job = {
        "operation": op.name,
        "parameter": parameter,
        "params": {name: str(value) for name, value in sorted(params.items())},
        "keys": str(keys) if isinstance(keys, str | Path) else type(keys).__name__,
        "shards": shards,
    }
    files.makedirs(root, exist_ok=True)
    place = posixpath.join(root, _JOB)
    if files.exists(place):
        with files.open(place, "r") as file:
            if json.load(file) != job:
                raise CheckpointError(
                    f"the folder {root} holds the results of another job: name another folder"
                )
        return
    if files.ls(root):
        raise CheckpointError(f"the folder {root} is not empty: name another folder")
    with files.open(place, "w") as file:
        json.dump(job, file)


__all__ = ["WriteReport", "write"]
