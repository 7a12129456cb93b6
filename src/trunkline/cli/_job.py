"""From the words of `trunkline lookup` to a job: what is asked, how, and what must agree to resume it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from trunkline.bulk import checkpoint as checkpoints
from trunkline.cli import _apis
from trunkline.cli._coalesce import Coalesced, by_field, through_bulk
from trunkline.cli._console import counted, note
from trunkline.cli._reading import digest, read
from trunkline.cli._run import Job
from trunkline.errors import ArgumentError, CheckpointError
from trunkline.operation import Operation, Param


def coalesced_by(
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


def job_of(
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
    if out is not None:
        _writable_place(out)
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


def _writable_place(out: Path) -> None:
    if out.is_dir():
        raise ArgumentError(f"--out {out} is a folder: name a file")
    if not out.parent.is_dir():
        raise ArgumentError(f"there is no folder {out.parent} for {out.name}")
    if not out.exists() and not os.access(out.parent, os.W_OK):
        raise ArgumentError(f"the folder {out.parent} cannot be written to")


def check_files(job: Job) -> None:
    """Refuse two names for one file before either is written, and count the keys of a file to its end.

    Raises:
        ArgumentError: a file would be written over. InputError: a line of the input is wrong.
    """
    seen: dict[Path, str] = {}
    named = {
        "--input": job.source,
        "--out": job.out,
        "--errors-out": job.errors_out,
        "--checkpoint": job.checkpoint,
        "--drift": job.drift,
    }
    for option, path in named.items():
        if path is None or (path.exists() and not path.is_file()):
            continue
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise ArgumentError(f"{other} and {option} are the same file {path}: it would be written over")
    if job.source is not None and job.source.is_file():
        # a wrong line at the end is better known before the first request than after a million
        names = (job.param.name, job.param.wire)
        job.total = sum(1 for _ in read(job.source, job.kind, job.column, names))


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


def identity_of(job: Job, base_url: str | None, environment: str | None, limit: int | None) -> str:
    """Return what a checkpoint must agree on to be resumed: the question, the keys and the vendor."""
    parts = {
        "operation": job.name,
        "key": job.param.name,
        "params": {name: str(value) for name, value in sorted(job.fixed.items())},
        "input": _input_of(job.source),
        "column": job.column,
        "vendor": [base_url, environment],
        "limit": limit,
    }
    if job.coalesced is not None:
        parts |= {"many": True, "all_matches": job.all_matches}
    return json.dumps(parts, sort_keys=True)


def _input_of(source: Path | None) -> str:
    if source is None:
        return "standard input"
    # a pipe (`<(…)`) can be read once only, and the keys want it
    return digest(source) if source.is_file() or source.is_dir() else "a pipe"


def prepare(job: Job, *, restart: bool) -> None:
    """Decide what becomes of a checkpoint that is there already.

    Raises:
        CheckpointError: an unfinished run would be lost, or there is none to resume.
    """
    check_files(job)
    if job.checkpoint is None:
        return
    if job.resume:
        if not job.checkpoint.exists() and job.out is not None and job.out.exists():
            raise CheckpointError(
                f"there is nothing to resume: {job.out} is there and has no checkpoint beside it. "
                "Leave --resume out to run again"
            )
        return
    if job.checkpoint.exists():
        _spare(job.checkpoint, restart=restart)
        checkpoints.delete(job.checkpoint)
        if restart:
            note(f"dropped {job.checkpoint}")


def _spare(checkpoint: Path, *, restart: bool) -> None:
    """Raise CheckpointError for a run that goes on elsewhere, and for an unfinished one unless restarted."""
    try:
        with checkpoints.Checkpoint(checkpoint, identity=None, resume=True) as earlier:
            done, _ = earlier.counts()
            finished = earlier.finished
    except CheckpointError as error:
        if restart and "in use" not in str(error):
            return  # damaged: it is dropped anyway
        raise
    if done and not finished and not restart:
        raise CheckpointError(
            f"{checkpoint} holds an unfinished run with {counted(done, 'key')}: "
            "go on with --resume, or drop it with --restart"
        )


__all__ = ["coalesced_by", "identity_of", "job_of", "prepare"]
