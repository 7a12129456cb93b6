"""After a run: write the output, keep or drop the checkpoint, report what happened, and choose the exit
code."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from attrs import evolve, field, frozen

from trunkline.bulk.checkpoint import Checkpoint, delete
from trunkline.bulk.outcome import Outcome
from trunkline.bulk.progress import Progress
from trunkline.cli import _run_report, _writing
from trunkline.cli._console import (
    INTERRUPTED,
    OK,
    SOME_FAILED,
    USAGE,
    complain,
    counted,
    note,
    note_json,
    show_json,
)
from trunkline.cli._plan import Plan
from trunkline.errors import ArgumentError, CheckpointError, ConfigError, InputError, TrunklineError

_KINDS: Final = 5


@frozen(kw_only=True)
class Ended:
    """How a run ended. gave_up: --max-errors ended it; failure: an error that no key could escape."""

    checkpoint: Path
    identity: str | None = None
    last: Progress = field(factory=Progress)
    measured: _run_report.Measured = field(factory=_run_report.Measured)
    several: int = 0
    gave_up: bool = False
    interrupted: bool = False
    failure: TrunklineError | None = None


def finish(plan: Plan, ended: Ended) -> int:
    """Write the output if the run is complete, report what happened, and return the exit code."""
    path = ended.checkpoint
    if not path.exists():
        if ended.failure is None:
            complain(CheckpointError(f"{path} is gone: something deleted it during the run"))
        return USAGE
    # `decode=bytes`: values are written from their stored JSON, and decoding them here would
    # build every model twice.
    with Checkpoint(path, identity=ended.identity, resume=True, decode=bytes) as checkpoint:
        done, failed = checkpoint.counts()
        # The checkpoint decides and not this process: a run that was stopped has no output, which could
        # be taken for a complete one.
        complete = checkpoint.finished
        if complete:
            _write(plan, checkpoint)
        # The reasons are read from the file only when they are shown; a large run
        # has a row for each key.
        told = complete or plan.report is not None
        kinds, texts = _reasons(checkpoint) if told and failed else (Counter(), {})
    if plan.report is not None:
        _report(plan, ended, _run_report.Result(done, failed, complete, kinds, texts))
    if not complete:
        return _unfinished(plan, ended, done)
    _summary(plan, ended, done, failed, kinds, texts)
    # With failed keys the checkpoint stays, since `--retry-failed` asks them again from there.
    if not failed:
        delete(path)
    elif plan.checkpoint is not None and not plan.quiet:
        note(f"ask the failed keys again with: {_command('--resume', '--retry-failed')}")
    return SOME_FAILED if failed else OK


def _report(plan: Plan, ended: Ended, result: _run_report.Result) -> None:
    """Write the report; where that fails, the run and its output are kept."""
    assert plan.report is not None  # noqa: S101 -- for the type checker
    source, target = plan.source.shown, plan.target.path
    files = (f"Keys from {source}, rows to {target if target is not None else 'standard output'}.",)
    try:
        _run_report.write(
            plan.report, plan.question.name, files, ended.last, result, ended.measured, plan.settings
        )
    except InputError as error:
        complain(error)
        return
    if not plan.quiet:
        note(f"report: {plan.report}")


def _unfinished(plan: Plan, ended: Ended, done: int) -> int:
    failure = ended.failure
    useless = isinstance(failure, InputError | ConfigError) or (failure is None and not ended.interrupted)
    if done == 0 or (useless and not ended.last.succeeded):
        delete(ended.checkpoint)
        note("nothing was kept")
    elif plan.checkpoint is not None:
        note(f"kept {counted(done, 'key')} in {plan.checkpoint}; go on with: {_command('--resume')}")
    else:
        note(f"dropped {counted(done, 'answered key')}: give --checkpoint to keep them")
    if failure is None:
        return SOME_FAILED if ended.gave_up else INTERRUPTED
    return USAGE if isinstance(failure, InputError | ConfigError | ArgumentError) else SOME_FAILED


def _write(plan: Plan, checkpoint: Checkpoint) -> None:
    target = plan.target

    def all_outcomes() -> Iterable[Outcome[Any, Any]]:
        return _by_match(checkpoint.outcomes()) if plan.question.all_matches else checkpoint.outcomes()

    def bad() -> Iterator[Outcome[Any, Any]]:
        return (outcome for outcome in checkpoint.outcomes() if outcome.error is not None)

    try:
        _writing.write(target.path, target.format, target.layout, all_outcomes)
        if target.errors is not None:
            _writing.write(target.errors, target.errors_format, target.layout, bad)
    except InputError as error:
        raise InputError(f"{error}{_again(plan)}") from None
    except BrokenPipeError:
        # A script that reads the exit code sees 1; a person at `| head` sees why rows are missing.
        note(f"standard output was closed before every row was written{_again(plan)}")
        raise


def _again(plan: Plan) -> str:
    if plan.checkpoint is None:
        return ""
    return f"; all responses are kept, write them with: {_command('--resume')}"


def _by_match(outcomes: Iterable[Outcome[Any, Any]]) -> Iterator[Outcome[Any, Any]]:
    """Yield each outcome as often as its key has rows, once where it has none or failed."""
    for outcome in outcomes:
        value = b"[]" if outcome.error is not None else outcome.value or b"[]"
        # A success may have come with another body than a list; it is a row of its own.
        rows = msgspec.json.decode(value, type=list[msgspec.Raw]) if value[:1] == b"[" else []
        if not rows:
            yield outcome
        for row in rows or ():
            yield evolve(outcome, value=bytes(row))


def _reasons(checkpoint: Checkpoint) -> tuple[Counter[tuple[str, int]], dict[tuple[str, int], str]]:
    """Return how often each kind of error struck, and the first text of each."""
    kinds: Counter[tuple[str, int]] = Counter()
    texts: dict[tuple[str, int], str] = {}
    for outcome in checkpoint.outcomes():
        if outcome.error is not None:
            kind = (type(outcome.error).__name__, getattr(outcome.error, "status", 0) or 0)
            kinds[kind] += 1
            texts.setdefault(kind, str(outcome.error))
    return kinds, texts


def _summary(
    plan: Plan,
    ended: Ended,
    done: int,
    failed: int,
    kinds: Counter[tuple[str, int]],
    texts: dict[tuple[str, int], str],
) -> None:
    last, out = ended.last, plan.target.path
    if plan.summary == "json":
        by_name: Counter[str] = Counter()
        for (name, _), number in kinds.items():
            by_name[name] += number
        # Standard output holds the rows where no file is named, and then the summary must
        # not be mixed into them.
        (show_json if out is not None else note_json)(
            {
                "operation": plan.question.name,
                "keys": done,
                "answered": done - failed,
                "failed": failed,
                "duplicates": last.duplicates,
                "restored": last.restored,
                "seconds": round(last.elapsed, 3),
                "errors": dict(by_name),
                "out": None if out is None else str(out),
            }
        )
        return
    if plan.quiet and not failed:
        return
    parts = [f"{done - failed:,} answered", f"{failed:,} failed"]
    if last.duplicates:
        parts.append(f"{counted(last.duplicates, 'duplicate')} not asked again")
    if last.restored:
        parts.append(f"{last.restored:,} from the earlier run")
    where = f" -> {out}" if out else ""
    note(f"{counted(done, 'key')}: {', '.join(parts)}{where}")
    for kind, number in kinds.most_common(_KINDS):
        note(f"  {kind[0]} {counted(number, 'time')}, the first: {texts[kind]}")
    if len(kinds) > _KINDS:
        note(f"  … and {counted(len(kinds) - _KINDS, 'more kind')}")
    if ended.several:
        note(f"{counted(ended.several, 'key')} with more than one row: --all-matches writes a row for each")
    if plan.drift is not None:
        note(f"what responses held beyond or against the spec: {plan.drift}")


def _command(*options: str) -> str:
    # The command as the user typed it; `shlex.join` quotes it for the shell.
    words = [word for word in sys.argv[1:] if word not in {"--resume", "--retry-failed", "--restart"}]
    return shlex.join(["trunkline", *words, *options])


__all__ = ["Ended", "finish"]
