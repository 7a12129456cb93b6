"""Bulk changes on a Dask cluster: each row once, with one journal for each part of the rows."""

from __future__ import annotations

import asyncio
import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from distributed import Client

from trunkline.bulk._changes import dump
from trunkline.bulk._key_set import KeySet
from trunkline.bulk._outage import seconds_of
from trunkline.bulk.apply import ApplyReport
from trunkline.bulk.progress import Progress
from trunkline.config import Limits
from trunkline.distributed._folder import claim, digest_of, open_folder
from trunkline.distributed._jobs import Bounds, Job
from trunkline.distributed._work_pieces import Rows, change
from trunkline.distributed._worker import work_of
from trunkline.distributed.lookup import operation_of
from trunkline.errors import ArgumentError, InputError
from trunkline.operation import Operation


async def apply(
    cluster: Client | str,
    operation: str | Operation[Any],
    rows: Iterable[Mapping[str, Any]],
    folder: str | Path,
    *,
    natural_key: str | Sequence[str] = (),
    shard: int = 1000,
    concurrency: int = 16,
    test: bool = False,
    read_first: bool = True,
    settle_delay: float = 5.0,
    rate: str | None = None,
    rate_name: str | None = None,
    connect: str | None = None,
    patience: float = 60.0,
    outage: float | str = "1h",
    deadline: float | str | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
) -> ApplyReport:
    """Carry out one change for each row on a Dask cluster, each once.

    Each part of the rows has a journal of its own in the folder, so that a worker that is lost is replaced by
    another one, which settles what it left open. The same call on the same folder continues where an earlier
    one ended, whichever process was killed.

    Args:
        cluster, rate, rate_name, connect, patience: as in `lookup`.
        operation: "idi.device.update", or an Operation. rows: the arguments of each call; they pass the
            scheduler and are held in memory here.
        folder: a path that all workers reach, on a file system with locks: journals are SQLite files.
        shard: rows of one journal. concurrency: rows in flight on each worker.
        natural_key, test, read_first, settle_delay: as in `bulk.apply`.
        outage: how long a worker waits for a vendor that is away, as in `bulk.lookup`.
        deadline: how long the whole job may last, "6h" or seconds.
        settings: further arguments of `connect` on each worker, such as `profile`, `base_url` or `routes`.
            They go through the scheduler, so no secret belongs there.
        progress: called with the rows that are done, as parts end. stop: as in `bulk.apply`.
    Raises:
        ArgumentError, InputError: rows that the operation does not take, or two that change the same object.
        CheckpointError: the folder holds another job. AuthError, ConfigError: no row can pass.
        DeadlineError: the deadline passed; what is written stays.
        TransportError: the cluster went away, or parts lost their workers again and again.
    """
    asked = operation_of(operation, connect)
    if asked.idempotency == "safe":
        raise ArgumentError(f"{asked.name} changes nothing: use lookup or write")
    if shard < 1:
        raise ArgumentError("shard must be 1 or more")
    # SQLite needs locks and writes in place, which object stores do not have.
    if "://" in str(folder):
        raise ArgumentError("the folder of a change holds journals: give a path of a shared file system")
    # The settings are checked here, so that a wrong one fails before workers have started.
    Limits(concurrency=concurrency, rate=rate)
    names = (natural_key,) if isinstance(natural_key, str) else tuple(natural_key)
    options = {
        "natural_key": names,
        "test": test,
        "read_first": read_first,
        "settle_delay": settle_delay,
        "outage": seconds_of(outage),
    }
    files, root = open_folder(str(folder))
    pieces, digest = _pieces(asked, rows, root, shard, options)
    job = {
        "kind": "changes",
        "operation": asked.name,
        "rows": digest,
        "shard": shard,
        "shards": len(pieces),
        "natural_key": ",".join(names),
    }
    # The digest is part of the job: with other rows the cut into journals would differ, and rows done
    # in one journal would be sent again through another.
    claim(files, root, job)
    work = work_of(
        asked, concurrency=concurrency, connect=connect, rate=rate, rate_name=rate_name, settings=settings
    )
    total: Counter[str] = Counter()
    made = Job(work=work, task=change, counted=counted, total=sum(len(one.rows or ()) for one in pieces))
    bounds = Bounds(patience=patience, deadline=deadline, stop=stop, progress=progress)
    await made.carry_out(cluster, pieces, bounds, lambda done: total.update(done.counts))
    return ApplyReport(**total)


def counted(counts: Mapping[str, int]) -> tuple[int, int]:
    """The rows of a part that are final, and those of them that were not carried out for sure."""
    failed = counts.get("refused", 0) + counts.get("quarantined", 0)
    return counts.get("total", 0) - counts.get("pending", 0) - counts.get("unsettled", 0), failed


def _pieces(
    operation: Operation[Any],
    rows: Iterable[Mapping[str, Any]],
    root: str,
    size: int,
    options: Mapping[str, Any],
) -> tuple[list[Rows], str]:
    """Cut the rows into pieces; return them with a digest of all rows.

    Raises:
        InputError: there are no rows, or two change the same object: they could meet in different journals.
    """
    held = list(rows)
    if not held:
        raise InputError("there are no rows: nothing was sent")
    names = [one.name for one in operation.path_params]
    seen = KeySet()
    try:
        for number, row in enumerate(held):
            # Keys are compared as text, as they appear in the path: 7 and "7" are one object.
            if names and not seen.add(tuple(str(row.get(name)) for name in names)):
                raise InputError(
                    f"row {number + 1} changes the same object as an earlier one, and their order is not "
                    "defined: keep one of them, or run them one after the other"
                )
    finally:
        seen.close()
    pieces = [
        Rows(
            number=number,
            journal=posixpath.join(root, f"part-{number:06d}.journal"),
            rows=tuple(held[start : start + size]),
            options=options,
        )
        for number, start in enumerate(range(0, len(held), size))
    ]
    return pieces, digest_of(_stored(row) for row in held)


def _stored(row: Mapping[str, Any]) -> bytes:
    from trunkline._codec.codec import to_wire

    return dump({name: to_wire(value) for name, value in row.items()})


__all__ = ["apply"]
