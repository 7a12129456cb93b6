"""`trunkline lookup --dask`: the workers of a cluster ask, and write the results into a folder."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from trunkline.cli._console import OK, SOME_FAILED, counted, note, run_loop
from trunkline.cli._question import Question
from trunkline.cli._reading import Source, read
from trunkline.errors import ArgumentError
from trunkline.extras import need


def carry_out(where: str, asked: Question, source: Source, folder: Path | None, **options: Any) -> int:
    """Run the lookup on a cluster and return the exit code.

    options: concurrency, rate, outage, deadline and settings of `distributed.write`.

    Raises:
        ArgumentError: the options do not go with a cluster.
    """
    if folder is None or folder.suffix:
        raise ArgumentError("--dask writes many files: --out names a folder, without an ending")
    if asked.coalesced is not None:
        raise ArgumentError("--dask asks for one key at a time: leave --by and --coalesce out")
    # Checked before the package is imported, whose own error would name the module and not the option.
    need("distributed", "dask", "--dask")
    package = need("trunkline.distributed", "dask", "--dask")

    async def work() -> Any:
        async with _cluster(where) as cluster:
            return await package.write(
                cluster,
                f"{asked.api}.{asked.operation.id}",
                _keys(asked, source),
                folder,
                column=source.column,
                key=asked.param.name,
                params=asked.fixed,
                limit=asked.limit,
                **options,
            )

    report = run_loop(work())
    restored = f", {counted(report.restored, 'file')} from an earlier start" if report.restored else ""
    note(
        f"{counted(report.keys, 'key')}: {report.keys - report.failed:,} answered, {report.failed:,} failed "
        f"-> {counted(report.shards, 'file')} in {folder}{restored}"
    )
    return SOME_FAILED if report.failed else OK


def _keys(asked: Question, source: Source) -> Any:
    """A Parquet file is read by the workers; keys of other files pass the scheduler."""
    if source.format == "parquet" and source.path is not None:
        # An absolute path, since workers have another working folder.
        return source.path.resolve()
    return (asked.read(key) for key in read(source))


@asynccontextmanager
async def _cluster(where: str) -> AsyncIterator[Any]:
    """Give the address of a scheduler, or a cluster of this machine for `local:4`."""
    kind, _, number = where.partition(":")
    if kind != "local":
        yield where
        return
    if not number.isdigit() or int(number) < 1:
        raise ArgumentError("--dask local:N starts N workers on this machine: local:4")
    dask = need("distributed", "dask", "--dask")
    settings = {
        "n_workers": int(number),
        "threads_per_worker": 1,
        "dashboard_address": None,
        # Dask logs lost workers with tracebacks although the job recovers from them.
        "silence_logs": logging.CRITICAL,
    }
    async with (
        dask.LocalCluster(asynchronous=True, **settings) as cluster,
        dask.Client(cluster, asynchronous=True) as client,
    ):
        yield client


__all__ = ["carry_out"]
