"""`--dask`: the workers of a cluster ask and write; this process hands out work and shows how far it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from trunkline.cli._change_run import stopping
from trunkline.cli._columns import choose
from trunkline.cli._console import INTERRUPTED, OK, SOME_FAILED, counted, err, note, run_loop
from trunkline.cli._display import Display
from trunkline.cli._question import Question
from trunkline.cli._reading import Source, read, refuse_type
from trunkline.errors import ArgumentError, DeadlineError, TransportError
from trunkline.extras import need
from trunkline.settings import Resolved


def run(
    where: str, name: str, function: str, *arguments: Any, quiet: bool = False, **options: Any
) -> tuple[Any, bool]:
    """Run a job on a cluster; return its report, and whether a signal ended it early.

    name: of the job, for the progress. function: of `trunkline.distributed`; it is called with the cluster,
    the arguments and options, and with what shows its progress and stops it.

    Raises:
        ArgumentError: `where` is neither an address nor local:N.
    """
    check(where)
    package = need("trunkline.distributed", "dask", "--dask")
    _silence_dask()

    async def work() -> tuple[Any, bool]:
        stop = asyncio.Event()
        # Signals are handled before workers are started, so that an early Ctrl-C leaves no half-open job.
        with stopping(stop), Display(err, quiet=quiet) as display:
            async with _cluster(where) as cluster:
                progress = display.report(name, lambda: "")
                job = getattr(package, function)(cluster, *arguments, progress=progress, stop=stop, **options)
                return await job, stop.is_set()

    return run_loop(work())


def for_workers(
    settings: Resolved, given: Mapping[str, Any], profile: str | None, route: Sequence[str] | None
) -> dict[str, Any]:
    """The settings that a job sends to its workers: what the command line chose, and no secret."""
    return {"profile": profile, **given, "routes": settings.value("routes") if route else None}


def _silence_dask() -> None:
    """Keep Dask's own log off the terminal: it logs lost workers and schedulers with tracebacks.

    The job recovers from them, or ends with one error that says so. It is for good, since Dask still logs
    when the process ends.
    """
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            for handler in logging.getLogger(name).handlers:
                handler.setLevel(logging.CRITICAL + 1)


def check(where: str) -> None:
    """Refuse what is not a cluster, before anything is read or started.

    Raises:
        ArgumentError: it is neither an address nor local:N. ConfigError: Dask is not installed.
    """
    # Checked before the package is imported, whose own error would name the module and not the option.
    need("distributed", "dask", "--dask")
    kind, _, rest = where.partition(":")
    if kind == "local" and not (rest.isdigit() and int(rest)):
        raise ArgumentError("--dask local:N starts N workers on this machine: local:4")
    if kind != "local" and "://" not in where:
        raise ArgumentError(
            f"--dask {where!r} is neither the address of a scheduler, tcp://scheduler:8786, nor local:4"
        )


def lookup(
    where: str,
    asked: Question,
    source: Source,
    keys: str | None,
    folder: str,
    *,
    quiet: bool = False,
    **options: Any,
) -> int:
    """Run a lookup on a cluster and return the exit code.

    keys: URL of a Parquet file that the workers reach, None for those of `source`. options: concurrency,
    rate, outage, deadline and settings of `distributed.write`.

    Raises:
        ArgumentError: the options do not go with a cluster.
    """
    check_folder(folder)
    if asked.coalesced is not None:
        raise ArgumentError("--dask asks for one key at a time: leave --by and --coalesce out")
    check(where)
    where_from, column = _keys(asked, source, keys)

    name = f"{asked.api}.{asked.operation.id}"
    options |= {"key": asked.param.name, "params": asked.fixed, "limit": asked.limit}
    with going_on(folder):
        report, stopped = run(
            where, name, "write", name, where_from, folder, quiet=quiet, column=column, **options
        )
    done = report.keys + report.restored_keys
    failed = report.failed + report.restored_failed
    restored = f", {counted(report.restored, 'file')} from an earlier start" if report.restored else ""
    if not quiet or failed:
        note(
            f"{counted(done, 'key')}: {done - failed:,} answered, {failed:,} failed "
            f"-> {counted(report.shards, 'file')} in {folder}{restored}"
        )
    if not report.complete:
        return interrupted(folder) if stopped else SOME_FAILED
    return SOME_FAILED if failed else OK


def interrupted(folder: str) -> int:
    """Tell how an interrupted job goes on, and return the exit code."""
    note(f"what is written stays; the same command on {folder} goes on")
    return INTERRUPTED


class going_on:  # noqa: N801 -- read as a word of a `with` statement
    """Tells that the same command goes on, where a job ends early although nothing is wrong with it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from trunkline.bulk import OutageError

        if isinstance(error, OutageError | DeadlineError | TransportError):
            interrupted(self._folder)


def check_folder(folder: str) -> None:
    """Refuse an --out that names one file.

    Raises:
        ArgumentError: it does.
    """
    if folder == "-" or Path(folder).suffix:
        raise ArgumentError("--dask writes many files: --out names a folder, without an ending")


def _keys(asked: Question, source: Source, keys: str | None) -> tuple[Any, str | None]:
    """Return where keys come from, and their column: workers read Parquet; other keys pass the scheduler."""
    if source.format != "parquet" or (source.path is None and keys is None):
        return (asked.read(key) for key in read(source)), source.column
    # An absolute path, since workers have another working folder.
    place = keys or str(source.path.resolve() if source.path else "")
    parquet: Any = need("pyarrow.parquet", "parquet", "reading Parquet")
    fsspec: Any = need("fsspec", "dask", "--dask")
    with fsspec.open(place, "rb") as file:
        schema = parquet.read_schema(file)
    column = choose(schema.names, source)
    refuse_type(schema.field(column), source)
    return place, column


@asynccontextmanager
async def _cluster(where: str) -> AsyncIterator[Any]:
    """Give the address of a scheduler, or a cluster of this machine for `local:4`."""
    kind, _, number = where.partition(":")
    if kind != "local":
        yield where
        return
    dask = need("distributed", "dask", "--dask")
    settings = {
        "n_workers": int(number),
        "threads_per_worker": 1,
        "dashboard_address": "127.0.0.1:0",
        "silence_logs": logging.CRITICAL,
        # A Ctrl-C reaches every process of the terminal; here it is this one that stops the workers.
        "preload": "trunkline.cli._dask_worker",
    }
    async with (
        dask.LocalCluster(asynchronous=True, **settings) as cluster,
        dask.Client(cluster, asynchronous=True) as client,
    ):
        yield client


__all__ = ["check", "check_folder", "for_workers", "going_on", "interrupted", "lookup", "run"]
