"""`trunkline plan`: what a file of changes would do, checked and compared before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli._console import INTERRUPTED, OK, counted, note, out, run_loop
from trunkline.cli._options import BaseUrl, Environment, Profile, Routes, pairs, whole
from trunkline.errors import ArgumentError

_SHOWN = 20


def plan(
    operation: Annotated[str, typer.Argument(help="api.resource.method, as `trunkline operations` lists it")],
    source: Annotated[Path, typer.Option("--input", help="file of rows: CSV, JSON Lines or Parquet")],
    target: Annotated[Path, typer.Option("--out", help="plan file to write, for `trunkline apply`")],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="COLUMN=NAME where a column is not named like what it fills", metavar="C=N"
        ),
    ] = None,
    fixed: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=value for every row; repeatable", metavar="N=V")
    ] = None,
    empty: Annotated[
        str, typer.Option(help="what an empty cell means: leave (the field out), null or remove")
    ] = "leave",
    natural_key: Annotated[
        list[str] | None,
        typer.Option(
            help="field that identifies what a creation makes, so that a lost response can be settled"
        ),
    ] = None,
    input_format_: Annotated[str | None, typer.Option("--input-format", help="csv, jsonl or parquet")] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="take cells as they are, also those that a spreadsheet has spoilt")
    ] = False,
    compare: Annotated[bool, typer.Option(help="read what each row would change")] = True,
    show: Annotated[int, typer.Option(parser=whole("--show", 0), metavar="N", help="rows to show")] = _SHOWN,
    show_sensitive: Annotated[bool, typer.Option("--show-sensitive", help="show values too")] = False,
    concurrency: Annotated[
        int, typer.Option(parser=whole("--concurrency", 1), metavar="N", help="rows read at once")
    ] = 16,
    rate: Annotated[str | None, typer.Option(help="at most so many requests: 20/s, 1200/min")] = None,
    outage: Annotated[
        str, typer.Option(help="how long to wait for a vendor that is away: 90s, 6h, 0")
    ] = "1h",
    base_url: BaseUrl = None,
    environment: Environment = None,
    profile: Profile = None,
    route: Routes = None,
) -> int:
    """Check a file of changes, compare each row with what the vendor holds, and write a plan.

    Columns fill parameters, body fields or patchable fields of the same name. All wrong rows are told at
    once. Nothing is sent that changes anything: `trunkline apply PLAN` does that, with exactly these rows.

    Examples:

    trunkline plan idi.device.update --input changes.csv --out changes.plan

    trunkline plan abzorb.orders.create --input orders.csv --out orders.plan --map number=customer_id

    Credentials come from TRUNKLINE_IDI_* and TRUNKLINE_ABZORB_*. Exit code: 0 the plan is written, 2 wrong
    usage, settings or input, 130 interrupted.
    """
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline import bulk
    from trunkline.cli import _apis, _change_run, _rows
    from trunkline.cli._reading import input_format

    api, found = _apis.find(operation)
    if found.idempotency == "safe":
        raise ArgumentError(f"{operation} changes nothing: use `trunkline lookup` or `trunkline call`")
    if empty not in ("leave", "null", "remove"):
        raise ArgumentError(f"--empty {empty!r} is not one of leave, null, remove")
    kind = input_format(source, input_format_)
    if kind == "text":
        raise ArgumentError("a plan needs columns: give CSV, JSON Lines or Parquet, or --input-format")
    # All rows are read before the client is made: a file that cannot be read is reported
    # without a login.
    rows = list(
        _rows.arguments_of(
            found,
            _rows.read_rows(source, kind),
            mapping=pairs([word for word in mapping or [] if not word.endswith("=")], "--map"),
            dropped={word.removesuffix("=") for word in mapping or [] if word.endswith("=")},
            fixed=pairs(fixed or [], "--set"),
            empty=empty,  # type: ignore[arg-type]
            raw=raw,
        )
    )

    client = _change_run.connector(
        api,
        {"base_url": base_url, "environment": environment},
        profile=profile,
        routes=route or [],
        rate=rate,
        concurrency=concurrency,
    )

    async def work() -> bulk.PlanReport | None:
        async with _change_run.running(f"plan {operation}", client) as (opened, progress, stop):
            return await bulk.plan(
                _apis.bind(opened, found),
                rows,
                path=target,
                natural_key=tuple(natural_key or ()),
                compare=compare,
                concurrency=concurrency,
                outage=outage,
                progress=progress,
                stop=stop,
            )

    try:
        report = run_loop(work())
    except BaseException:
        # A plan that is not complete must not be applied by mistake.
        _discard(target)
        raise
    if report is None:
        return INTERRUPTED
    _show(target, found, show, hide=not show_sensitive)
    parts = [f"{counted(report.changes, 'change')} to send"]
    for number, words in (
        (report.same, "hold these values already"),
        (report.left, "cannot be sent as planned"),
        (report.unread, "without a comparison"),
    ):
        parts += [f"{number:,} {words}"] * bool(number)
    note(f"{counted(report.total, 'row')}: {', '.join(parts)} -> {target}")
    note(f"carry it out with: trunkline apply {target}")
    return OK


def _discard(target: Path) -> None:
    """Remove a plan that is not complete; one that was there before is not ours and stays."""
    from trunkline import bulk
    from trunkline.bulk.checkpoint import delete
    from trunkline.errors import CheckpointError

    try:
        with bulk.Journal(target) as journal:
            if journal.meta("planned") is not None:
                return
    except CheckpointError:
        return
    delete(target)


def _show(target: Path, operation: Any, limit: int, *, hide: bool) -> None:
    """Print the first rows: what would be sent, and what it would change."""
    from trunkline import bulk
    from trunkline.bulk.plan import differences_of
    from trunkline.cli._change_run import shown

    with bulk.Journal(target) as journal:
        for number, row in enumerate(journal.rows()):
            if number == limit:
                break
            changes = "; ".join(shown(one, hide=hide) for one in differences_of(operation, row))
            where = f"line {row.line}" if row.line else f"row {row.position + 1}"
            told = row.proof if row.state == "left" else changes or row.proof or "is sent as it is"
            out.print(f"{where}: {told}", markup=False)


__all__ = ["plan"]
