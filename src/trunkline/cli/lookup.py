"""`trunkline lookup`: one operation, many keys, one row for each."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli._console import USAGE, complain, run_loop
from trunkline.errors import CheckpointError, TrunklineError


def lookup(
    source: Annotated[str, typer.Option("--input", help="file of keys, or - for standard input")],
    out: Annotated[str, typer.Option(help="file to write, or - for standard output")],
    operation: Annotated[
        str | None, typer.Argument(help="api.resource.method, as `trunkline operations` lists it")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="search by this field, many keys in one request: service.service_number"),
    ] = None,
    coalesce: Annotated[
        bool, typer.Option("--coalesce", help="ask for many keys in one request, where the API can")
    ] = False,
    all_matches: Annotated[
        bool, typer.Option("--all-matches", help="with --by: one row for each match, not one for each key")
    ] = False,
    column: Annotated[str | None, typer.Option(help="input column with the keys")] = None,
    key: Annotated[str | None, typer.Option(help="parameter that the keys fill")] = None,
    param: Annotated[list[str] | None, typer.Option(help="name=value for every key; repeatable")] = None,
    input_format_: Annotated[
        str | None, typer.Option("--input-format", help="csv, jsonl, parquet or text")
    ] = None,
    format_: Annotated[str | None, typer.Option("--format", help="parquet, csv or jsonl")] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="requests at once; 64, or 16 where each has many keys")
    ] = None,
    rate: Annotated[str | None, typer.Option(help="at most so many requests: 20/s, 1200/min")] = None,
    shared_rate: Annotated[
        str | None,
        typer.Option(
            help="share --rate with other processes through redis://host:6379/0; "
            "env reads TRUNKLINE_SHARED_RATE_URL"
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted run")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="with --resume: ask failed keys once more")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="drop an interrupted run and begin anew")
    ] = False,
    checkpoint: Annotated[
        Path | None, typer.Option(help="where the run is kept; OUT.checkpoint by default")
    ] = None,
    errors_out: Annotated[Path | None, typer.Option(help="also write the failed keys to this file")] = None,
    max_errors: Annotated[int | None, typer.Option(min=1, help="stop after so many failed keys")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="rows kept per key of a paged operation")] = None,
    mask_sensitive: Annotated[
        bool, typer.Option("--mask-sensitive", help="write *** for key material and personal data")
    ] = False,
    base_url: Annotated[str | None, typer.Option(help="address of the vendor or a sandbox")] = None,
    environment: Annotated[str | None, typer.Option(help="environment of the vendor")] = None,
    drift: Annotated[
        Path | None, typer.Option(help="write here what answers hold beyond or against the spec (JSON)")
    ] = None,
) -> int:
    """Look many keys up and write one row for each key: its answer or its error.

    With --by the keys are asked in a few searches. A key with several matches is then an error, unless
    --all-matches writes a row for each of them; a key without a match is one row in any case.

    Credentials come from TRUNKLINE_IDI_* and TRUNKLINE_ABZORB_*. Exit code: 0 all keys answered, 1 some
    failed, 2 wrong usage or input, 130 interrupted (--resume goes on).
    """
    # imported here so that `trunkline --help` need not wait for the clients
    import asyncio

    from trunkline.cli import _apis, _job, _pacing
    from trunkline.cli._reading import input_format
    from trunkline.cli._run import finish, perform
    from trunkline.cli._writing import Layout, output_format
    from trunkline.config import Limits

    path, target = (None if name == "-" else Path(name) for name in (source, out))
    coalesced = _job.coalesced_by(operation, by, key, param or [], coalesce=coalesce, all_matches=all_matches)
    job = _job.job_of(operation, coalesced, key, param or [], path, target, checkpoint, resume=resume)
    job.kind = input_format(path, input_format_)
    job.out_kind = output_format(target, format_)
    job.errors_out, job.max_errors, job.limit = errors_out, max_errors, limit
    if errors_out is not None:
        job.errors_kind = output_format(errors_out, format_ if target is None else None)
    concurrency = concurrency or (16 if coalesced else 64)
    job.column, job.concurrency, job.retry_failed = column, concurrency, retry_failed
    job.all_matches, job.drift = all_matches, drift
    job.layout = Layout(coalesced.shown if coalesced else job.operation, mask=mask_sensitive)
    job.identity = _job.identity_of(job, base_url, environment, limit)
    settings: dict[str, Any] = {"base_url": base_url, "environment": environment}
    if drift is not None:
        settings["drift"] = True
    pace = _pacing.rate_of(rate, shared_rate, job.api)
    limits = Limits(concurrency=concurrency, rate=pace)
    job.client = lambda hooks: _apis.client(job.api, limits=limits, hooks=hooks, **settings)
    try:
        interrupted = run_loop(_pacing.paced(pace, perform(job, lambda: _job.prepare(job, restart=restart))))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return finish(job, interrupted=True)
    except TrunklineError as error:
        complain(error)
        if not job.started:
            return USAGE
        with contextlib.suppress(CheckpointError):
            return finish(job, failure=error)
        return USAGE
    return finish(job, interrupted=interrupted)


__all__ = ["lookup"]
