"""Lookups whose results the workers write: neither keys nor responses pass the scheduler or this program."""

from __future__ import annotations

import asyncio
import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from distributed import Client

from trunkline.bulk._key_set import KeySet
from trunkline.bulk.progress import Progress
from trunkline.config import Limits
from trunkline.distributed._folder import claim, digest_of
from trunkline.distributed._jobs import Bounds, Job
from trunkline.distributed._pieces import Done
from trunkline.distributed._shards import Shard, counts_of, footer_of
from trunkline.distributed._shards import write as write_shard
from trunkline.distributed._worker import work_of
from trunkline.distributed.lookup import _operation, _parameter
from trunkline.errors import ArgumentError
from trunkline.extras import need
from trunkline.operation import Operation


@frozen(kw_only=True)
class WriteReport:
    """What a distributed write did.

    shards: files of the whole job; restored: those of an earlier start, with their keys. keys, failed: of
    this start. complete: whether all files are there; `stop` ends a job before that.
    """

    shards: int = 0
    restored: int = 0
    keys: int = 0
    failed: int = 0
    restored_keys: int = 0
    restored_failed: int = 0
    complete: bool = True


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
    outage: float | str = "1h",
    deadline: float | str | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
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
        outage: how long a worker waits for a vendor that is away, as in `bulk.lookup`.
        deadline: how long the whole job may last, "6h" or seconds.
        settings: further arguments of `connect` on each worker, such as `profile`, `base_url` or `routes`.
            They go through the scheduler, so no secret belongs there.
        progress: called with the keys that are done, as shards end. stop: ends the job early; shards that
            are not finished soon after are asked anew by the next start.
    Raises:
        CheckpointError: the folder holds another job. AuthError, ConfigError: no key can pass.
        DeadlineError: the deadline passed; what is written stays.
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
    job = {
        "kind": "lookup",
        "operation": asked.name,
        "parameter": param.name,
        "params": {name: str(value) for name, value in sorted((params or {}).items())},
        "keys": _identity_of(keys, [one for one, _ in shards]),
        # Files are named by their number: with another cut the same name would hold other keys.
        "column": next((one.column for one, _ in shards), ""),
        "shard": 0 if hasattr(keys, "to_delayed") else shard,
        "shards": len(shards),
        "limit": limit,
    }
    claim(files, root, job)
    done = {posixpath.basename(name) for name in files.ls(root, detail=False)}
    left = [one for one, _ in shards if posixpath.basename(one.file) not in done]
    parts = {one.number: part for one, part in shards}
    work = work_of(
        asked,
        parameter=param.name,
        fixed=params,
        limit=limit,
        concurrency=concurrency,
        connect=connect,
        rate=rate,
        rate_name=rate_name,
        outage=outage,
        settings=settings,
    )
    earlier = await asyncio.to_thread(_tally, files, root, [one for one, _ in shards], done)
    report = WriteReport(
        shards=len(shards),
        restored=len(shards) - len(left),
        restored_keys=earlier["keys"],
        restored_failed=earlier["failed"],
    )
    written = 0

    def take(done: Done) -> None:
        nonlocal report, written
        counts, written = done.counts, written + 1
        report = evolve(
            report,
            keys=report.keys + counts.get("keys", 0),
            failed=report.failed + counts.get("failed", 0),
        )

    total = _total(left)
    made = Job(
        work=work,
        task=write_shard,
        parts=parts,
        counted=_counted,
        total=None if total is None else total + earlier["keys"],
        restored=earlier["keys"],
    )
    bounds = Bounds(patience=patience, deadline=deadline, stop=stop, progress=progress)
    await made.carry_out(cluster, left, bounds, take)
    for rest in files.glob(posixpath.join(root, ".part-*")):
        files.rm(rest)  # what a worker that was killed had half written
    return evolve(report, complete=written == len(left))


def _tally(files: Any, root: str, shards: Sequence[Shard], done: set[str]) -> Counter[str]:
    """The keys of files that are there already, and how many of them failed."""
    names = [name for one in shards if (name := posixpath.basename(one.file)) in done]
    total: Counter[str] = Counter()
    # A footer is one small read each; of remote files many are read at a time.
    with ThreadPoolExecutor(16) as pool:
        for counts in pool.map(lambda name: counts_of(files, posixpath.join(root, name)), names):
            total.update(counts)
    return total


def _counted(counts: Mapping[str, int]) -> tuple[int, int]:
    return counts.get("keys", 0), counts.get("failed", 0)


def _total(shards: Sequence[Shard]) -> int | None:
    """The keys of all shards; None where only the workers know them."""
    sizes = [one.stop - one.start if one.path else len(one.keys) for one in shards]
    return sum(sizes) if all(sizes) else None


def _identity_of(keys: Any, shards: Sequence[Shard]) -> str:
    """What distinguishes these keys from others: a file's end, the keys themselves, or the kind of a
    collection."""
    if isinstance(keys, str | Path):
        # The path is part of it: the workers read the file by this name.
        return f"{keys} {shards[0].footer}" if shards else str(keys)
    if hasattr(keys, "to_delayed"):
        return f"{type(keys).__name__} {getattr(keys, 'name', None) or getattr(keys, '_name', '')}"
    return digest_of(repr(key).encode() for one in shards for key in one.keys)


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
        footer = footer_of(file)
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
            # A shard never spans row groups: a worker reads its part of one group and
            # nothing of the others.
            yield Shard(
                number=number,
                folder=folder,
                path=path,
                footer=footer,
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


__all__ = ["WriteReport", "write"]
