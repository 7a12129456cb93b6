"""`trunkline lookup`: one operation, many keys, one row for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline.cli._completion import field_names, operation_names
from trunkline.cli._options import BaseUrl, Environment, Profile, Routes, pairs, whole
from trunkline.errors import ArgumentError

if TYPE_CHECKING:
    from trunkline.settings import Resolved


def lookup(
    source: Annotated[
        str, typer.Option("--input", help="file of keys, or - for standard input", metavar="FILE")
    ],
    out: Annotated[
        str, typer.Option("--out", "-o", help="file to write, or - for standard output", metavar="FILE")
    ],
    operation: Annotated[
        str | None,
        typer.Argument(
            help="api.resource.method, as `trunkline operations` lists it", autocompletion=operation_names
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="search by this field, many keys in one request: service.service_number",
            autocompletion=field_names,
        ),
    ] = None,
    coalesce: Annotated[
        bool, typer.Option("--coalesce", help="ask for many keys in one request, where the API can")
    ] = False,
    all_matches: Annotated[
        bool, typer.Option("--all-matches", help="with --by: one row for each match, not one for each key")
    ] = False,
    column: Annotated[str | None, typer.Option(help="input column with the keys")] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="input columns to carry to the output, with a comma between or repeated"),
    ] = None,
    key: Annotated[str | None, typer.Option(help="parameter that the keys fill")] = None,
    param: Annotated[list[str] | None, typer.Option(help="name=value for every key; repeatable")] = None,
    normalize: Annotated[
        str | None,
        typer.Option(
            help="put telephone numbers right by the rules of a region, GB; off sends them as they are"
        ),
    ] = None,
    input_format_: Annotated[
        str | None, typer.Option("--input-format", help="csv, jsonl, parquet or text")
    ] = None,
    format_: Annotated[str | None, typer.Option("--format", help="parquet, csv or jsonl")] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            parser=whole("--concurrency", 1),
            metavar="N",
            help="requests at once; 64, or 16 where each has many keys",
        ),
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
    max_errors: Annotated[
        int | None,
        typer.Option(parser=whole("--max-errors", 1), metavar="N", help="stop after so many failed keys"),
    ] = None,
    wrong_route_after: Annotated[
        int,
        typer.Option(
            parser=whole("--wrong-route-after", 0),
            metavar="N",
            help="stop when the first keys all meet a wrong route; 0 never does",
        ),
    ] = 25,
    limit: Annotated[
        int | None,
        typer.Option(parser=whole("--limit", 1), metavar="N", help="rows kept per key of a paged operation"),
    ] = None,
    mask_sensitive: Annotated[
        bool, typer.Option("--mask-sensitive", help="write *** for key material and personal data")
    ] = False,
    raw_csv: Annotated[
        bool, typer.Option("--raw-csv", help="write CSV cells that begin with = + - @ as they are")
    ] = False,
    outage: Annotated[
        str, typer.Option(help="how long a vendor may be away before the run ends: 90s, 6h, 0")
    ] = "1h",
    deadline: Annotated[
        str | None, typer.Option(help="end the run after this time with what is left for --resume: 6h")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="ask on a Dask cluster, tcp://scheduler:8786 or local:4; --out is a folder or fsspec URL"
        ),
    ] = None,
    drift: Annotated[
        Path | None, typer.Option(help="write here what responses hold beyond or against the spec (JSON)")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="write here what happened, as a page for the browser (HTML)")
    ] = None,
    summary: Annotated[str, typer.Option(help="text, or json on standard output")] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="say nothing but what went wrong")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="also log each retry and wait")] = False,
    profile: Profile = None,
    route: Routes = None,
    base_url: BaseUrl = None,
    environment: Environment = None,
) -> int:
    """Look many keys up and write one row for each key: its value or its error.

    With --by the keys are asked in a few searches. A key with several matches is then an error, unless
    --all-matches writes a row for each of them; a key without a match is one row in any case.

    Examples:

    trunkline lookup idi.device.get --input ids.csv --out devices.parquet --rate 20/s

    trunkline lookup --by service.service_number --input numbers.csv -o services.csv --keep customer

    trunkline lookup abzorb.connections.get_by_cli --input numbers.txt -o sims.jsonl --resume

    trunkline lookup idi.device.get --input ids.csv -o devices.csv --errors-out failed.csv --report run.html

    Credentials come from TRUNKLINE_IDI_* and TRUNKLINE_ABZORB_*, or from trunkline.toml. Exit code: 0 every
    key has a value, 1 some failed, 2 wrong usage or input, 130 interrupted (--resume goes on).
    """
    _refuse_contradictions(resume, retry_failed and dask is None, restart, quiet, verbose, summary)
    if dask is not None:
        if retry_failed:
            raise ArgumentError(
                f"--dask: a cluster asks whole files again, not single keys. Delete the files of {out} whose "
                "column error_type holds something; the same command without --retry-failed asks their keys"
            )
        _refuse_with_dask(
            {
                "--restart": restart, "--checkpoint": checkpoint,
                "--keep": keep, "--errors-out": errors_out, "--max-errors": max_errors,
                "--mask-sensitive": mask_sensitive, "--raw-csv": raw_csv, "--format": format_,
                "--drift": drift, "--report": report, "--summary": summary != "text", "--verbose": verbose,
                "--shared-rate": shared_rate,
            }
        )  # fmt: skip
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline.cli import _apis, _pacing
    from trunkline.cli._files import check_written, named_file
    from trunkline.cli._layout import Layout
    from trunkline.cli._plan import Plan, Target, check_place, checkpoint_of
    from trunkline.cli._question import question_of
    from trunkline.cli._run import carry_out
    from trunkline.cli._spelling import spelling_of
    from trunkline.cli._writing import output_format

    # A URL of fsspec is read and written by the workers, and is no path of this machine.
    url = source if dask is not None and "://" in source else None
    if url and not url.endswith((".parquet", ".pq")) and input_format_ != "parquet":
        raise ArgumentError(
            f"--input {url}: workers read Parquet from a URL; give any other file by its path"
        )
    path, target = None if url else named_file("--input", source), named_file("--out", out)
    if errors_out is not None:
        check_written("--errors-out", errors_out)
    asked = question_of(
        operation,
        by=by,
        key=key,
        words=param,
        coalesce=coalesce,
        all_matches=all_matches,
        limit=limit,
    )
    kept = None if dask is not None else checkpoint_of(checkpoint, target, resume=resume)
    check_place(None if dask is not None else target, path)
    given = {"base_url": base_url, "environment": environment}
    settings = _apis.settings(asked.api, given, profile=profile, routes=pairs(route or [], "--route"))
    spelling = spelling_of(asked.api, asked.param, _type_of(asked.read), normalize)
    kind_ = "parquet" if url else input_format_
    keys = _source_of(path, kind_, column, keep or [], (asked.param.name, asked.param.wire), spelling)
    pace = _pacing.rate_of(settings.value("rate") if rate is None else rate, shared_rate, asked.api)
    # 16 where each request has many keys: such requests are heavy for the vendor, and 16 of them
    # carry thousands of keys.
    at_once = concurrency or settings.value("concurrency") or (16 if asked.coalesced else 64)
    if dask is not None:
        from trunkline.cli import _dask

        return _dask.lookup(
            dask,
            asked,
            keys,
            url,
            out,
            quiet=quiet,
            concurrency=at_once,
            rate=rate or settings.value("rate"),
            outage=outage,
            deadline=deadline,
            settings=_dask.for_workers(settings, given, profile, route),
        )
    more: dict[str, Any] = {"drift": True} if drift is not None else {}
    kind = output_format(target, format_)
    if raw_csv and kind != "csv":
        raise ArgumentError("--raw-csv goes with CSV: leave it out, or give --format csv")
    plan = Plan(
        question=asked,
        source=keys,
        target=Target(
            path=target,
            format=kind,
            layout=Layout(asked.shown, mask=mask_sensitive, source=keys, key=asked.param, raw=raw_csv),
            errors=errors_out,
            errors_format=output_format(errors_out, format_ if target is None else None),
        ),
        connect=lambda hooks: _connect(settings, hooks, at_once, pace, more, verbose=verbose),
        checkpoint=kept,
        resume=resume,
        retry_failed=retry_failed,
        restart=restart,
        concurrency=at_once,
        rate=pace,
        max_errors=max_errors,
        wrong_route_after=wrong_route_after or None,
        drift=drift,
        report=report,
        settings=_settings_of(settings, at_once, concurrency, pace, rate) if report is not None else (),
        summary=summary,
        quiet=quiet,
        outage=outage,
        deadline=deadline,
    )
    return carry_out(plan)


def _refuse_contradictions(
    resume: bool, retry_failed: bool, restart: bool, quiet: bool, verbose: bool, summary: str
) -> None:
    if resume and restart:
        raise ArgumentError("--resume goes on with a run and --restart drops it: give one of them")
    if retry_failed and not resume:
        raise ArgumentError("--retry-failed goes with --resume")
    if quiet and verbose:
        raise ArgumentError("--quiet and --verbose contradict each other: give one of them")
    if summary not in {"text", "json"}:
        raise ArgumentError(f"--summary {summary!r} is not one of text, json")


def _refuse_with_dask(given: Mapping[str, Any]) -> None:
    """Refuse what a cluster would ignore: its workers have a file for each part, and one form of it."""
    useless = [option for option, value in given.items() if value]
    if useless:
        raise ArgumentError(f"--dask: {', '.join(useless)} does not reach the workers; leave it out")


def _settings_of(
    found: Resolved, at_once: int, concurrency: int | None, pace: Any, rate: str | None
) -> list[tuple[str, str, str]]:
    """What the report shows: a value that the command chose beats the one of the settings."""
    from trunkline.cli._run_report import settings_of

    own = {}
    if concurrency is not None or found.value("concurrency") is None:
        own["concurrency"] = (at_once, "--concurrency" if concurrency is not None else "default")
    if rate is not None:
        own["rate"] = (pace, "--rate")
    elif pace is not None and not isinstance(pace, str):
        own["rate"] = (pace, "--shared-rate")
    return settings_of(found, own)


def _type_of(read: Callable[[str], Any]) -> type | None:
    """The type of the keys: what a number becomes."""
    try:
        return type(read("7"))
    except ArgumentError:
        return None


def _source_of(
    path: Path | None,
    named: str | None,
    column: str | None,
    keep: list[str],
    names: tuple[str, str],
    spelling: Any,
) -> Any:
    from trunkline.cli._reading import Source, input_format

    kind = input_format(path, named)
    kept = tuple(dict.fromkeys(name.strip() for word in keep for name in word.split(",") if name.strip()))
    if kind == "text" and (column or kept):
        option = "--column" if column else "--keep"
        raise ArgumentError(f"{option}: a text file has no columns; give --input-format csv if it has")
    found = Source(path=path, format=kind, column=column, names=names, keep=kept, spelling=spelling)
    # The kept columns are read from the input again when the output is written, since holding them for
    # millions of keys would fill the memory.
    if kept and path is not None and path.exists() and not path.is_file():
        raise ArgumentError("--keep reads the input again at the end: give a file, not a pipe")
    if kept and path is None:
        raise ArgumentError("--keep reads the input again at the end: give a file, not standard input")
    return found


def _connect(
    settings: Resolved, hooks: Any, concurrency: int, rate: Any, more: dict[str, Any], *, verbose: bool
) -> Any:
    from trunkline.cli import _apis
    from trunkline.config import Limits

    if verbose:
        hooks = [*hooks, _apis.logging_to_standard_error()]
    return _apis.open_client(settings, limits=Limits(concurrency=concurrency, rate=rate), hooks=hooks, **more)


__all__ = ["lookup"]
