"""`trunkline lookup`: one operation, many keys, one row for each."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.bulk import checkpoint as checkpoints
from trunkline.cli import _apis
from trunkline.cli._coalesce import Coalesced, by_field, through_bulk
from trunkline.cli._console import USAGE, complain, note, run_loop
from trunkline.cli._reading import digest, input_format
from trunkline.cli._run import Job, finish, perform
from trunkline.cli._writing import Layout, output_format
from trunkline.config import Limits
from trunkline.errors import ArgumentError, CheckpointError, TrunklineError
from trunkline.operation import Operation, Param


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
    path, target = (None if name == "-" else Path(name) for name in (source, out))
    coalesced = _coalesced(operation, by, key, param or [], coalesce=coalesce, all_matches=all_matches)
    job = _job(operation, coalesced, key, param or [], path, target, checkpoint, resume=resume)
    job.kind = input_format(path, input_format_)
    job.out_kind = output_format(target, format_)
    job.errors_out, job.max_errors, job.limit = errors_out, max_errors, limit
    if errors_out is not None:
        job.errors_kind = output_format(errors_out, format_ if target is None else None)
    concurrency = concurrency or (16 if coalesced else 64)
    job.column, job.concurrency, job.retry_failed = column, concurrency, retry_failed
    job.all_matches, job.drift = all_matches, drift
    job.layout = Layout(coalesced.shown if coalesced else job.operation, mask=mask_sensitive)
    job.identity = _identity(job, base_url, environment, limit)
    settings: dict[str, Any] = {"base_url": base_url, "environment": environment}
    if drift is not None:
        settings["drift"] = True
    limits = Limits(concurrency=concurrency, rate=rate)
    job.client = lambda hooks: _apis.client(job.api, limits=limits, hooks=hooks, **settings)
    try:
        interrupted = run_loop(perform(job, lambda: _prepare(job, restart=restart)))
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


def _coalesced(
    name: str | None, by: str | None, key: str | None, words: list[str], *, coalesce: bool, all_matches: bool
) -> Coalesced | None:
    if all_matches and by is None:
        raise ArgumentError("--all-matches goes with --by")
    if by is not None:
        if key is not None:
            raise ArgumentError("--key and --by both say what the keys are: give one of them")
        return by_field(name, by, words, all_matches=all_matches)
    if name is None:
        raise ArgumentError("say what to look up: api.resource.method, or --by resource.field")
    return through_bulk(name, words) if coalesce else None


def _job(
    name: str | None,
    coalesced: Coalesced | None,
    key: str | None,
    words: list[str],
    source: Path | None,
    out: Path | None,
    checkpoint: Path | None,
    *,
    resume: bool,
) -> Job:
    if coalesced is None:
        name, api, operation, param, fixed = _one_by_one(name or "", key, words)
        read = _apis.reader(operation, param)
    else:
        api, operation, param, read = coalesced.api, coalesced.operation, coalesced.key, coalesced.read
        name, fixed = f"{api}.{operation.id} by {param.name}", dict(coalesced.fixed)
        _complete(name, operation, fixed, operation.bulk.parameter if operation.bulk else None)
    kept = checkpoint
    if kept is None and out is not None and (out.is_file() or not out.exists()):
        kept = out.with_name(out.name + ".checkpoint")
    if resume and kept is None:
        raise ArgumentError("--resume needs the checkpoint of the earlier run: give --checkpoint FILE")
    if source is not None and not source.exists():
        raise ArgumentError(f"there is no file {source}")
    return Job(
        name=name,
        api=api,
        operation=operation,
        param=param,
        read=read,
        coalesced=coalesced,
        fixed=fixed,
        source=source,
        out=out,
        checkpoint=kept,
        resume=resume,
    )


def _one_by_one(
    name: str, key: str | None, words: list[str]
) -> tuple[str, str, Operation[Any], Param, dict[str, Any]]:
    api, operation = _apis.find(name)
    if operation.idempotency == "unsafe":
        raise ArgumentError(
            f"{name} changes something each time it runs, so it cannot be run in bulk and resumed; "
            "use `trunkline call`"
        )
    param = _apis.parameter(operation, key) if key else _apis.key_parameter(operation)
    fixed = _apis.assignments(operation, words)
    if param.name in fixed:
        raise ArgumentError(f"{param.name} is filled by the keys; give it once")
    _complete(name, operation, fixed, param.wire)
    return name, api, operation, param, fixed


def _complete(name: str, operation: Operation[Any], fixed: dict[str, Any], filled: str | None) -> None:
    missing = [
        one.name
        for one in _apis.parameters(operation)
        if one.required and one.wire != filled and one.name not in fixed
    ]
    if missing:
        raise ArgumentError(f"{name} also needs {' and '.join(f'--param {one}=…' for one in missing)}")


def _identity(job: Job, base_url: str | None, environment: str | None, limit: int | None) -> str:
    """Return what a checkpoint must agree on to be resumed: the question, the keys and the vendor."""
    parts = {
        "operation": job.name,
        "key": job.param.name,
        "params": {name: str(value) for name, value in sorted(job.fixed.items())},
        "input": "standard input" if job.source is None else digest(job.source),
        "column": job.column,
        "vendor": [base_url, environment],
        "limit": limit,
    }
    if job.coalesced is not None:
        parts |= {"many": True, "all_matches": job.all_matches}
    return json.dumps(parts, sort_keys=True)


def _prepare(job: Job, *, restart: bool) -> None:
    """Decide what becomes of a checkpoint that is there already.

    Raises:
        CheckpointError: an unfinished run would be lost, or there is none to resume.
    """
    if job.checkpoint is None:
        return
    if job.resume:
        if not job.checkpoint.exists() and job.out is not None and job.out.exists():
            raise CheckpointError(
                f"there is nothing to resume: {job.out} is there and has no checkpoint beside it. "
                "Leave --resume out to run again"
            )
        return
    if job.checkpoint.exists() and not restart:
        with checkpoints.Checkpoint(job.checkpoint, identity=None, resume=True) as earlier:
            done, _ = earlier.counts()
            finished = earlier.finished
        if done and not finished:
            raise CheckpointError(
                f"{job.checkpoint} holds an unfinished run with {done:,} keys: "
                "go on with --resume, or drop it with --restart"
            )
    if job.checkpoint.exists():
        checkpoints.delete(job.checkpoint)
        if restart:
            note(f"dropped {job.checkpoint}")


__all__ = ["lookup"]
