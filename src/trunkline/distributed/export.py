"""Exports on a Dask cluster: one file for each of several searches, written by the workers."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import evolve, frozen
from distributed import Client

from trunkline.bulk._outage import seconds_of
from trunkline.bulk.progress import Progress
from trunkline.config import Limits
from trunkline.distributed._folder import claim, digest_of, open_folder
from trunkline.distributed._jobs import Bounds, Job
from trunkline.distributed._pieces import Done
from trunkline.distributed._work_pieces import Part, fetch
from trunkline.distributed._worker import work_of
from trunkline.distributed.lookup import operation_of
from trunkline.errors import ArgumentError
from trunkline.operation import Operation


@frozen(kw_only=True)
class PartsReport:
    """What a distributed export did. parts: files of the whole job; restored: those of an earlier start.
    rows, pages: of this start. cut: lists inside rows that are not whole. misfits, deep: as in
    `bulk.ExportReport`. complete: whether all files are there; `stop` ends a job before that."""

    parts: int = 0
    restored: int = 0
    rows: int = 0
    pages: int = 0
    cut: int = 0
    misfits: int = 0
    deep: int = 0
    complete: bool = True


async def export(
    cluster: Client | str,
    operation: str | Operation[Any],
    parts: Iterable[Mapping[str, Any]],
    folder: str | Path,
    *,
    format: Literal["parquet", "csv", "jsonl"] = "parquet",
    mask: bool = False,
    raw_csv: bool = False,
    concurrency: int = 8,
    rate: str | None = None,
    rate_name: str | None = None,
    connect: str | None = None,
    patience: float = 60.0,
    outage: float | str = "1h",
    deadline: float | str | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
) -> PartsReport:
    """Write each of several searches of a collection into a file of its own, by the workers.

        await distributed.export(
            cluster,
            "idi.service.search",
            [{"filter": Service.customer_id == customer, "top": 500} for customer in customers],
            "s3://bucket/services",
        )

    The pages of one search come one after the other, so a collection is spread over workers by filters that
    divide it. A file is there whole or not at all; the same call on the same folder does only the searches
    that have none yet, and a worker that is lost is replaced.

    Args:
        cluster, rate, rate_name, connect, patience: as in `lookup`.
        operation: a search: "idi.service.search", or an Operation. parts: its arguments, for each file.
        folder: an fsspec URL or path that all workers can write to.
        mask: write key material and personal data as stars. raw_csv: as in `bulk.export`.
        concurrency: requests at once on each worker.
        outage: how long a worker waits for a vendor that is away, as in `bulk.lookup`.
        deadline: how long the whole job may last, "6h" or seconds.
        settings: further arguments of `connect` on each worker, such as `profile`, `base_url` or `routes`.
            They go through the scheduler, so no secret belongs there.
        progress: called with the rows that are written, as files end. stop: ends the job early; files that
            are not finished soon after are fetched anew by the next start.
    Raises:
        ArgumentError: the operation is not a search. CheckpointError: the folder holds another job.
        AuthError, ConfigError, PagingError: of any search; files that are there stay.
        DeadlineError: the deadline passed; what is written stays.
        TransportError: the cluster went away, or parts lost their workers again and again.
    """
    asked = operation_of(operation, connect)
    if asked.paging is None:
        raise ArgumentError(f"{asked.name} is not a collection: use lookup or write")
    Limits(concurrency=concurrency, rate=rate)
    files, root = open_folder(str(folder))
    options = {"mask": mask, "format": format, "raw_csv": raw_csv, "outage": seconds_of(outage)}
    pieces = [
        Part(
            number=number,
            file=posixpath.join(str(folder), f"part-{number:06d}.{format}"),
            arguments=dict(arguments),
            options=options,
        )
        for number, arguments in enumerate(parts)
    ]
    # The order of keyword arguments makes no difference to a search.
    words = (repr(sorted((name, str(value)) for name, value in one.arguments.items())) for one in pieces)
    job = {
        "kind": "export",
        "operation": asked.name,
        "parts": len(pieces),
        "searches": digest_of(word.encode() for word in words),
        "format": format,
        "mask": mask,
        "raw_csv": raw_csv,
    }
    claim(files, root, job)
    # Files are named by the number of their search, which the claim has bound to the
    # same list of searches.
    there = {posixpath.basename(name) for name in files.ls(root, detail=False)}
    left = [one for one in pieces if posixpath.basename(one.file) not in there]
    work = work_of(
        asked, concurrency=concurrency, connect=connect, rate=rate, rate_name=rate_name, settings=settings
    )
    report, written = PartsReport(parts=len(pieces), restored=len(pieces) - len(left)), 0

    def take(done: Done) -> None:
        nonlocal report, written
        written += 1
        report = evolve(
            report, **{word: getattr(report, word) + number for word, number in done.counts.items()}
        )

    made = Job(work=work, task=fetch, counted=lambda counts: (counts.get("rows", 0), 0))
    bounds = Bounds(patience=patience, deadline=deadline, stop=stop, progress=progress)
    await made.carry_out(cluster, left, bounds, take)
    for leftover in files.glob(posixpath.join(root, ".part-*")):
        files.rm(leftover)  # what a worker that was killed had half written
    return evolve(report, complete=written == len(left))


__all__ = ["PartsReport", "export"]
