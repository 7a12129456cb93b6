"""The settings of one lookup: frozen, and checked before anything is created or asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from trunkline.bulk import checkpoint as checkpoints
from trunkline.cli import closed
from trunkline.cli._console import counted, note
from trunkline.cli._files import check_written
from trunkline.cli._layout import Layout
from trunkline.cli._question import Question
from trunkline.cli._reading import Source, digest, read
from trunkline.errors import ArgumentError, CheckpointError, InputError
from trunkline.events import Hook

if TYPE_CHECKING:
    from trunkline.distributed.shared_rate import SharedRate


_STDOUT: Final = (Path("/dev/stdout"), Path("/dev/fd/1"), Path("/proc/self/fd/1"))


@frozen(kw_only=True)
class Target:
    """Where rows go. path: None for standard output. errors: a second file, for the failed keys alone."""

    path: Path | None
    format: str
    layout: Layout
    errors: Path | None = None
    errors_format: str = "jsonl"


@frozen(kw_only=True)
class Plan:
    """All options of one `trunkline lookup`.

    checkpoint: where the run is kept, None for nowhere after its end. connect: makes the client, with these
    hooks. rate: what paces the run. outage: how long to wait for a vendor that is away. deadline: how long
    the run may last, None for any time. report: where to write what happened as a page, with these settings
    in it: name, value, source.
    wrong_route_after: keys that must all meet a 404 on a guessed route before the run stops.
    """

    question: Question
    source: Source
    target: Target
    connect: Callable[[Sequence[Hook]], Any]
    checkpoint: Path | None = None
    resume: bool = False
    retry_failed: bool = False
    restart: bool = False
    concurrency: int = 64
    rate: str | SharedRate | None = None
    max_errors: int | None = None
    wrong_route_after: int | None = 25
    drift: Path | None = None
    report: Path | None = None
    settings: Sequence[tuple[str, str, str]] = ()
    summary: str = "text"
    quiet: bool = False
    outage: str = "1h"
    deadline: str | None = None

    def identity(self, vendor: str) -> str:
        """What a checkpoint must agree on to be resumed: the question, the keys, and the vendor as resolved.

        vendor: `BaseClient.identity`, so that it does not matter how address and user were given.
        """
        asked = self.question
        parts = {
            "operation": asked.name,
            "key": asked.param.name,
            "params": {name: str(value) for name, value in sorted(asked.fixed.items())},
            "input": _input_of(self.source),
            "column": self.source.column,
            # The same keys at another address or as another user have other values; mixing both in one
            # file would not show.
            "vendor": vendor,
            "limit": asked.limit,
        }
        if asked.coalesced is not None:
            parts |= {"many": True, "all_matches": asked.all_matches}
        return json.dumps(parts, sort_keys=True)


def _input_of(source: Source) -> str:
    if source.path is None:
        return "standard input"
    # a pipe (`<(…)`) can be read once only, and the keys want it
    return digest(source.path) if source.path.is_file() or source.path.is_dir() else "a pipe"


def checkpoint_of(given: Path | None, out: Path | None, *, resume: bool) -> Path | None:
    """Return where a run is kept: the file that was named, or one next to the output.

    Raises:
        ArgumentError: there is nothing to resume from.
    """
    kept = given
    if kept is None and out is not None and (out.is_file() or not out.exists()):
        # Next to the output, so that `--resume` finds it by the same command. A device such as
        # /dev/stdout has no place next to it.
        kept = out.with_name(out.name + ".checkpoint")
    if resume and kept is None:
        raise ArgumentError("--resume needs the checkpoint of the earlier run: give --checkpoint FILE")
    return kept


def check_place(out: Path | None, source: Path | None) -> None:
    """Refuse an input that is not there and a place that cannot be written to.

    Raises:
        ArgumentError: one of these.
    """
    if source is not None and not source.exists():
        raise ArgumentError(f"there is no file {source}")
    if "stdout" in closed and (out is None or out in _STDOUT):
        raise ArgumentError("standard output is closed: give --out FILE")
    if out is None:
        return
    if out.is_dir():
        raise ArgumentError(f"--out {out} is a folder: name a file")
    if not out.parent.is_dir():
        raise ArgumentError(f"there is no folder {out.parent} for {out.name}")
    # A run of hours must not fail at its last step.
    if not out.exists() and not os.access(out.parent, os.W_OK):
        raise ArgumentError(f"the folder {out.parent} cannot be written to")


def check_files(plan: Plan) -> int | None:
    """Refuse two names for one file before either is written; return the number of keys of a file.

    Raises:
        ArgumentError: a file would be written over. InputError: the input cannot be read.
    """
    seen: dict[Path, str] = {}
    named = {
        "--input": plan.source.path,
        "--out": plan.target.path,
        "--errors-out": plan.target.errors,
        "--checkpoint": plan.checkpoint,
        "--drift": plan.drift,
        "--report": plan.report,
    }
    for option, path in named.items():
        if path is not None and option not in {"--input", "--out"}:
            check_written(option, path)
        if path is None or (path.exists() and not path.is_file()):
            continue
        # Resolved, so that two spellings or a link to one file are found.
        other = seen.setdefault(path.resolve(), option)
        if other != option:
            raise ArgumentError(f"{other} and {option} are the same file {path}: it would be written over")
    # what is wrong at the end is better known before the first request than after a million
    return _count(plan.source) if plan.source.is_file else None


def _count(source: Source) -> int:
    """The number of keys of a file.

    Raises:
        InputError: the program that wrote the file spoilt keys: those that look whole may be others' keys.
    """
    count = lost = 0
    first = ""
    for key in read(source):
        count += 1
        if key.lost:
            lost += 1
            first = first or f"{key} {key.problem}"
    if lost:
        raise InputError(f"{source.shown}: {counted(lost, 'key')} cannot be used: {first}")
    return count


def prepare(plan: Plan) -> int | None:
    """Check the files, decide what becomes of a checkpoint that is there; return the number of keys if known.

    Raises:
        CheckpointError: an unfinished run would be lost, or there is none to resume.
    """
    total = check_files(plan)
    kept, out = plan.checkpoint, plan.target.path
    if kept is None:
        return total
    if plan.resume:
        if not kept.exists() and out is not None and out.exists():
            raise CheckpointError(
                f"there is nothing to resume: {out} is there and has no checkpoint next to it. "
                "Leave --resume out to run again"
            )
    elif kept.exists():
        _spare(kept, restart=plan.restart)
        checkpoints.delete(kept)
        if plan.restart:
            note(f"dropped {kept}")
    return total


def _spare(checkpoint: Path, *, restart: bool) -> None:
    """Raise CheckpointError for a run that is under way elsewhere, and for an unfinished one unless
    restarted."""
    try:
        # Opened without an identity: whose run it is does not matter for whether it is finished.
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


__all__ = ["Plan", "Target", "check_files", "check_place", "checkpoint_of", "prepare"]
