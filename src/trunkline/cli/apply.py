"""`trunkline apply`: carry a plan out, each row once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline.cli._console import INTERRUPTED, OK, SOME_FAILED, counted, note, run_loop
from trunkline.cli._options import BaseUrl, Environment, Profile, Routes, whole
from trunkline.errors import ArgumentError, CheckpointError

if TYPE_CHECKING:
    from trunkline import bulk


def apply(
    path: Annotated[Path, typer.Argument(metavar="PLAN", help="a file that `trunkline plan` wrote")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before something is changed")] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="find out about rows that may have run; send nothing")
    ] = False,
    retry_quarantined: Annotated[
        bool,
        typer.Option("--retry-quarantined", help="send quarantined rows again, although they may have run"),
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="have a JSON Patch refused where a value changed meanwhile")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="write every row with its state and proof: .csv or .jsonl")
    ] = None,
    concurrency: Annotated[
        int, typer.Option(parser=whole("--concurrency", 1), metavar="N", help="rows in flight")
    ] = 16,
    rate: Annotated[str | None, typer.Option(help="at most so many requests: 20/s, 1200/min")] = None,
    outage: Annotated[
        str, typer.Option(help="how long to wait for a vendor that is away: 90s, 6h, 0")
    ] = "1h",
    deadline: Annotated[
        str | None, typer.Option(help="end the run after this time; it can be gone on with later: 6h")
    ] = None,
    settle_delay: Annotated[
        float, typer.Option(min=0, help="seconds between sending a row and reading it back")
    ] = 5.0,
    dask: Annotated[
        str | None,
        typer.Option(
            help="send from a Dask cluster, tcp://scheduler:8786 or local:4, whose workers reach the plan"
        ),
    ] = None,
    base_url: BaseUrl = None,
    environment: Environment = None,
    profile: Profile = None,
    route: Routes = None,
) -> int:
    """Send the rows of a plan, each once, and settle what lost responses leave open.

    The plan file keeps what was sent and what became of it: the same command goes on after an interruption or
    a crash and sends nothing twice. A row that may have run and cannot be read back is quarantined.

    With --dask the rows go into files next to the plan, and the plan takes their outcomes back: it may be
    begun with a cluster and ended without one, and the other way round.

    Examples:

    trunkline apply changes.plan

    trunkline apply changes.plan --yes --rate 5/s --report changes.csv

    trunkline apply changes.plan --yes --dask tcp://scheduler:8786

    Exit code: 0 every row is carried out or left as planned, 1 rows were refused, quarantined or are open, 2
    wrong usage or settings, 130 interrupted.
    """
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline.bulk import OutageError
    from trunkline.bulk.apply import report_of
    from trunkline.cli import _apis, _change_run, _dask
    from trunkline.cli._change_run import opened
    from trunkline.cli._files import check_written
    from trunkline.errors import DeadlineError, TransportError

    if report is not None and report.resolve() == path.resolve():
        raise ArgumentError(f"--report {report} is the plan itself: it would be written over")
    if report is not None:
        check_written("--report", report)
    if dask is not None:
        _dask.check(dask)
    with opened(path) as journal:
        name, keys = journal.meta("operation"), journal.meta("natural_key")
        # The mark is the last thing that `plan` writes; without it rows may be missing or not compared.
        if journal.meta("planned") is None or name is None:
            raise CheckpointError(f"{path} is not a complete plan: run `trunkline plan` again")
        counts, result, interrupted = journal.counts(), report_of(journal), False
    api, found = _apis.find(name)
    if retry_quarantined and counts["quarantined"]:
        _confirm(
            f"{counted(counts['quarantined'], 'quarantined row')} may have run and will be sent again",
            yes=yes,
        )
    elif not settle and counts["planned"] + counts["failed"]:
        _confirm(f"{name}: {counted(counts['planned'] + counts['failed'], 'change')} will be sent", yes=yes)

    options = {
        "concurrency": concurrency,
        "test": test,
        "settle_only": settle,
        "retry_quarantined": retry_quarantined,
        "settle_delay": settle_delay,
        "outage": outage,
        "deadline": deadline,
    }
    given = {"base_url": base_url, "environment": environment}
    try:
        if dask is not None and result.finished and not (retry_quarantined and result.quarantined):
            pass  # no cluster is started for nothing
        elif dask is not None:
            result, interrupted = _on_cluster(dask, api, name, path, given, profile, route, rate, options)
        else:
            client = _change_run.connector(
                api, given, profile=profile, routes=route or [], rate=rate, concurrency=concurrency
            )
            result, interrupted = _here(name, found, client, path, keys, options)
    except (OutageError, DeadlineError, TransportError):
        with opened(path) as journal:
            _tell(path, report_of(journal))
        raise
    finally:
        if report is not None:
            _write_report(path, report)
    _tell(path, result)
    if interrupted:
        return INTERRUPTED
    # Rows that are left count as success: the plan or the report names why they were not sent.
    return OK if result.done + result.left == result.total else SOME_FAILED


def _here(
    name: str, found: Any, client: Any, path: Path, keys: str | None, options: dict[str, Any]
) -> tuple[bulk.ApplyReport, bool]:
    """Carry the plan out by this process."""
    from trunkline import bulk
    from trunkline.cli import _apis, _change_run

    async def work() -> tuple[bulk.ApplyReport, bool]:
        async with _change_run.running(f"apply {name}", client) as (opened, progress, stop):
            natural_key = tuple(keys.split(",")) if keys else ()
            result = await bulk.apply(
                _apis.bind(opened, found),
                journal=path,
                natural_key=natural_key,
                progress=progress,
                stop=stop,
                **options,
            )
            return result, stop.is_set()

    return run_loop(work())


def _on_cluster(
    where: str, api: str, name: str, path: Path, given: dict[str, Any], profile: str | None,
    route: list[str] | None, rate: str | None, options: dict[str, Any],
) -> tuple[bulk.ApplyReport, bool]:  # fmt: skip
    """Carry the plan out by the workers of a cluster."""
    from trunkline.cli import _apis, _dask
    from trunkline.cli._options import pairs

    settings = _apis.settings(api, given, profile=profile, routes=pairs(route or [], "--route"))
    return _dask.run(
        where,
        f"apply {name}",
        "apply_plan",
        path,
        rate=rate or settings.value("rate"),
        settings=_dask.for_workers(settings, given, profile, route),
        **options,
    )


def _confirm(text: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise ArgumentError(f"{text}: say --yes")
    typer.confirm(f"{text}. Go on?", abort=True)


def _tell(path: Path, result: bulk.ApplyReport) -> None:
    parts = [f"{result.done:,} done"]
    for number, words in (
        (result.refused, "refused"),
        (result.left, "left"),
        (result.quarantined, "quarantined"),
        (result.unsettled, "not settled yet"),
        (result.pending, "not sent yet"),
    ):
        parts += [f"{number:,} {words}"] * bool(number)
    note(f"{counted(result.total, 'row')}: {', '.join(parts)}")
    if not result.finished:
        note(f"go on with: trunkline apply {path}")
    if result.quarantined:
        note(
            f"quarantined rows may have run: look them up, then trunkline apply {path} --retry-quarantined "
            "sends them again"
        )


def _write_report(path: Path, target: Path) -> None:
    """Write every row with its state and proof, but not its arguments, which may be key material."""
    import csv
    import json

    from trunkline.cli._change_run import opened
    from trunkline.cli._delimited import as_text
    from trunkline.cli._files import replacing

    names = ("row", "line", "state", "proof", "sends", "error_type", "error", "status")
    with opened(path) as journal, replacing(target) as place, place.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        as_json = target.suffix.lower() in (".jsonl", ".ndjson")
        if not as_json:
            writer.writerow(names)
        for row in journal.rows():
            values = (
                row.position + 1,
                row.line,
                row.state,
                row.proof,
                row.sends,
                row.error_type,
                row.message,
                row.status,
            )
            if as_json:
                file.write(json.dumps(dict(zip(names, values, strict=True))) + "\n")
            else:
                cells = ("" if value is None else value for value in values)
                writer.writerow(as_text(cell) if isinstance(cell, str) else cell for cell in cells)


__all__ = ["apply"]
