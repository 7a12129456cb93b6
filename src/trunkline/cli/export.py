"""`trunkline export`: a whole collection into one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline.cli._console import INTERRUPTED, OK, SOME_FAILED, counted, note, run_loop
from trunkline.cli._options import BaseUrl, Environment, Profile, Routes
from trunkline.errors import ArgumentError

if TYPE_CHECKING:
    from trunkline import bulk
    from trunkline.operation import Operation

# The largest page that IDI gives; fewer requests for the same rows.
_TOP = 500


def export(
    operation: Annotated[str, typer.Argument(help="a search or list: api.resource.method")],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            help="file to write: .parquet, .csv or .jsonl, or - for standard output",
            metavar="FILE",
        ),
    ],
    filter_: Annotated[
        list[str] | None,
        typer.Option("--filter", help='OData filter: "customerID eq 12"; with --dask one for each file'),
    ] = None,
    filters: Annotated[
        Path | None,
        typer.Option(help="with --dask: a text file with one filter a line, each for a file of its own"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="rows from this time on, 2026-01-31, where a field can be filtered by it"),
    ] = None,
    since_field: Annotated[
        str | None, typer.Option(help="the field of --since, if there are several")
    ] = None,
    param: Annotated[list[str] | None, typer.Option(help="name=value for the operation; repeatable")] = None,
    format_: Annotated[str | None, typer.Option("--format", help="parquet, csv or jsonl")] = None,
    mask_sensitive: Annotated[
        bool, typer.Option("--mask-sensitive", help="write *** for key material and personal data")
    ] = False,
    raw_csv: Annotated[
        bool, typer.Option("--raw-csv", help="write CSV cells that begin with = + - @ as they are")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted export")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="drop an interrupted export")] = False,
    rate: Annotated[str | None, typer.Option(help="at most so many requests: 20/s, 1200/min")] = None,
    outage: Annotated[str, typer.Option(help="how long a vendor may be away: 90s, 6h, 0")] = "1h",
    deadline: Annotated[
        str | None, typer.Option(help="end the run after this time; it can be gone on with later: 6h")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="export on a Dask cluster, tcp://scheduler:8786 or local:4; --out is a folder or fsspec URL"
        ),
    ] = None,
    base_url: BaseUrl = None,
    environment: Environment = None,
    profile: Profile = None,
    route: Routes = None,
) -> int:
    """Write every row of a collection to a file, each once.

    Columns and their types come from the model: the same for every export of an operation. The column `extra`
    holds what the spec does not know. An interrupted export goes on after its last page with --resume.

    With --dask each --filter is a file of the folder, written by one worker: filters that divide the
    collection spread it over the workers. The same command again fetches the files that are missing.

    Examples:

    trunkline export idi.device.search --out devices.parquet

    trunkline export idi.service.search -o services.csv --filter "customerID eq 12" --resume

    trunkline export idi.device.search --out devices --dask local:4 --filters ranges.txt

    Exit code: 0 complete, 1 the collection or lists inside its rows are not whole, 2 wrong usage or settings,
    130 interrupted.
    """
    # imported here so that `trunkline --help` need not wait for the clients
    import asyncio

    from trunkline import bulk
    from trunkline.bulk.checkpoint import delete
    from trunkline.cli import _apis, _change_run

    api, found = _apis.find(operation)
    if found.paging is None:
        raise ArgumentError(f"{operation} is not a collection: use `trunkline call`")
    if resume and restart:
        raise ArgumentError("--resume goes on with an export and --restart drops it: give one of them")
    if dask is not None:
        if restart:
            raise ArgumentError("--dask: --restart does not reach the workers; name another folder")
        parts = [
            _arguments(found, one, since, since_field, param or [])
            for one in ([*(filter_ or []), *_lines(filters)] or (None,))
        ]
        options = {
            "format": format_ or "parquet",
            "mask": mask_sensitive,
            "raw_csv": raw_csv,
            "outage": outage,
            "deadline": deadline,
        }
        given = {"base_url": base_url, "environment": environment}
        return _on_cluster(dask, operation, parts, out, given, profile, route, rate, options)
    if filters is not None or len(filter_ or ()) > 1:
        raise ArgumentError("several filters go with --dask: join them with `and`, or give one")
    target, format_ = _target(out, format_)
    given = _arguments(found, filter_[0] if filter_ else None, since, since_field, param or [])
    state = target.with_name(target.name + ".export")
    if restart and state.exists():
        delete(state)

    client = _change_run.connector(
        api,
        {"base_url": base_url, "environment": environment},
        profile=profile,
        routes=route or [],
        rate=rate,
        concurrency=None,
    )

    async def work() -> bulk.ExportReport | None:
        async with _change_run.running(f"export {operation}", client) as (opened, progress, stop):
            pager = _apis.bind(opened, found)(**given)
            task = asyncio.ensure_future(
                bulk.export(
                    pager,
                    target,
                    format=format_,
                    mask=mask_sensitive,
                    raw_csv=raw_csv,
                    resume=resume,
                    outage=outage,
                    deadline=deadline,
                    progress=progress,
                    identity=opened.identity,
                )
            )
            stopped = asyncio.ensure_future(stop.wait())
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not task.done():
                # Cancelled and not stopped: the pages so far are kept in the state file, and `--resume`
                # continues after them.
                task.cancel()
                await asyncio.wait({task})
            return None if task.cancelled() else task.result()

    report: bulk.ExportReport | None = None
    try:
        report = run_loop(work())
    finally:
        if report is None and state.exists():
            note(f"kept what was fetched in {state}: go on with --resume, or drop it with --restart")
    return INTERRUPTED if report is None else _tell(report)


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        found = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeError:
        raise ArgumentError(f"--filters {path} is not a text file") from None
    if not found:
        raise ArgumentError(f"--filters {path} holds no filter")
    return found


def _on_cluster(
    where: str, operation: str, parts: list[dict[str, Any]], folder: str, given: dict[str, Any],
    profile: str | None, route: list[str] | None, rate: str | None, options: dict[str, Any],
) -> int:  # fmt: skip
    """Export by the workers of a cluster, one file for each of the searches."""
    from trunkline.cli import _apis, _dask
    from trunkline.cli._options import pairs

    _dask.check_folder(folder)
    if options["format"] not in ("parquet", "csv", "jsonl"):
        raise ArgumentError(f"--format {options['format']!r} is not one of parquet, csv, jsonl")
    api = operation.partition(".")[0]
    settings = _apis.settings(api, given, profile=profile, routes=pairs(route or [], "--route"))
    with _dask.going_on(folder):
        report, stopped = _dask.run(
            where,
            f"export {operation}",
            "export",
            operation,
            parts,
            folder,
            rate=rate or settings.value("rate"),
            settings=_dask.for_workers(settings, given, profile, route),
            **options,
        )
    restored = f", {counted(report.restored, 'file')} from an earlier start" if report.restored else ""
    note(
        f"{counted(report.rows, 'row')} of {counted(report.pages, 'page')} "
        f"-> {counted(report.parts, 'file')} in {folder}{restored}"
    )
    _tell_of_odd_values(report.misfits, report.deep)
    if report.cut:
        note(f"{counted(report.cut, 'list')} inside rows hold their first part only")
    if not report.complete:
        return _dask.interrupted(folder) if stopped else SOME_FAILED
    return SOME_FAILED if report.cut else OK


def _target(out: str, named: str | None) -> tuple[Path, str | None]:
    """Return the file to write, and its format; - is standard output.

    Raises:
        ArgumentError: it cannot be written to.
    """
    from trunkline.cli._files import named_file
    from trunkline.cli._plan import check_place

    path = named_file("--out", out)
    check_place(path, None)
    if path is not None:
        return path, named
    if named == "parquet":
        raise ArgumentError("Parquet cannot be written to standard output: give a file")
    return Path("/dev/stdout"), named or "jsonl"


def _tell_of_odd_values(misfits: int, deep: int) -> None:
    if misfits:
        note(f"{counted(misfits, 'value')} that no column could hold stand in the column extra")
    if deep:
        note(f"{counted(deep, 'field')} nested too deeply to be read stand in the file as JSON text")


def _tell(report: bulk.ExportReport) -> int:
    restored = f", {report.restored:,} from the earlier run" if report.restored else ""
    note(f"{counted(report.rows, 'row')} of {counted(report.pages, 'page')}{restored} -> {report.path}")
    _tell_of_odd_values(report.misfits, report.deep)
    for name, number in report.cut.items():
        note(f"{name}: {counted(number, 'list')} inside rows hold their first part only")
    if report.followed:
        note(f"{counted(report.followed, 'list')} inside rows came in parts and are whole in the file")
    if report.count is not None and report.count > report.rows:
        note(f"the vendor states {report.count:,} rows, which it calls approximate")
    # A file whose lists are cut is complete by its rows only, and a script must notice that.
    return SOME_FAILED if report.cut else OK


def _arguments(
    operation: Operation[Any],
    filter_: str | None,
    since: str | None,
    since_field: str | None,
    words: list[str],
) -> dict[str, Any]:
    """Return the arguments of the method; pages as large as the vendor gives."""
    from trunkline import odata
    from trunkline.cli import _apis

    given = _apis.assignments(operation, words)
    terms = [odata.raw(text) for text in (filter_, _since(operation, since, since_field)) if text]
    if terms:
        if "filter" in given:
            raise ArgumentError("--filter and --param filter=… are the same: give one of them")
        _apis.parameter(operation, "filter")
        given["filter"] = terms[0] if len(terms) == 1 else terms[0] & terms[1]
    names = {one.name for one in _apis.parameters(operation)}
    if "top" in names:
        given.setdefault("top", _TOP)
    missing = [one.name for one in _apis.parameters(operation) if one.required and one.name not in given]
    if missing:
        raise ArgumentError(
            f"{operation.id} also needs {' and '.join(f'--param {one}=…' for one in missing)}"
        )
    return given


def _since(operation: Operation[Any], since: str | None, name: str | None) -> str | None:
    """Return the filter of `--since`.

    Raises:
        ArgumentError: no field of a time can be filtered, or several can.
    """
    import datetime

    from trunkline._codec.annotations import is_model, model_fields, resolve_in_module

    if since is None:
        return None
    try:
        datetime.datetime.fromisoformat(since)
    except ValueError:
        raise ArgumentError(
            f"--since {since!r} is not a time such as 2026-01-31 or 2026-01-31T08:00:00Z"
        ) from None
    row = resolve_in_module(operation.paging.row_type if operation.paging else "Any", operation.namespace)
    times = [
        one.wire
        for one in (model_fields(row) if is_model(row) else ())
        if one.type in (datetime.datetime, datetime.date) and one.wire in operation.filterable
    ]
    if name is not None:
        times = [wire for wire in times if name.replace("_", "").lower() == wire.lower()]
    if len(times) != 1:
        several = (
            f"--since-field chooses one of {', '.join(times)}"
            if times
            else "no field of a time can be filtered"
        )
        raise ArgumentError(f"{operation.id}: {several}")
    return f"{times[0]} ge {since}"


__all__ = ["export"]
