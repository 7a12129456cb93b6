"""`trunkline call`: one operation, once, its response printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from trunkline.cli._completion import operation_names
from trunkline.cli._console import OK, SOME_FAILED, note, out, run_loop, show_json
from trunkline.cli._options import BaseUrl, Environment, Profile, Routes, pairs, whole
from trunkline.errors import ArgumentError

_ROWS: Final = 20


def call(
    context: typer.Context,
    operation: Annotated[
        str | None,
        typer.Argument(
            help="api.resource.method, as `trunkline operations` lists it", autocompletion=operation_names
        ),
    ] = None,
    arguments: Annotated[list[str] | None, typer.Argument(help="name=value …")] = None,
    body: Annotated[str | None, typer.Option(help="request body: JSON, @FILE, or @- for input")] = None,
    limit: Annotated[
        int | None,
        typer.Option(parser=whole("--limit", 1), metavar="N", help="rows of a collection; 20 by default"),
    ] = None,
    output: Annotated[
        str | None, typer.Option(help="table, json or csv; in a pipe, tabs between by default")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON by wire names")] = False,
    raw_csv: Annotated[
        bool,
        typer.Option("--raw-csv", help="with --output csv: cells that begin with = + - @ as they are"),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask before something is changed")] = False,
    show_sensitive: Annotated[
        bool, typer.Option("--show-sensitive", help="show key material and personal data")
    ] = False,
    drift: Annotated[
        Path | None, typer.Option(help="write here what the response holds beyond or against the spec (JSON)")
    ] = None,
    profile: Profile = None,
    route: Routes = None,
    base_url: BaseUrl = None,
    environment: Environment = None,
    help_: Annotated[
        bool, typer.Option("--help", "-h", help="show this, or the parameters of the operation")
    ] = False,
) -> int:
    """Carry one operation out and print the response.

    Examples:

    trunkline call idi.device.get device_id=1000

    trunkline call idi.service.search "filter=customerID eq 12" --limit 5 --output csv

    trunkline call idi.device.update device_id=1000 --body @patch.json

    trunkline call idi.device.get --help

    Credentials come from TRUNKLINE_IDI_* and TRUNKLINE_ABZORB_*, or from trunkline.toml. Exit code: 0 carried
    out, 1 refused, or no response came, 2 wrong usage or settings, 130 interrupted.
    """
    if help_ and operation is None:
        out.print(context.get_help(), markup=False)
        return OK
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline.cli import _apis, _call_view, _delimited, _files, _request

    if operation is None:
        raise ArgumentError("say what to call: api.resource.method; `trunkline operations` lists all")
    api, found = _apis.find(operation)
    if help_:
        present = (
            operation if operation.endswith(found.id) else f"{api}.{found.id}"
        )  # it may be a former name
        _call_view.show_operation(present, found)
        return OK
    kind = _delimited.output_of(output, json_=json_, terminal=out.is_terminal)
    if raw_csv and kind != "csv":
        raise ArgumentError("--raw-csv goes with --output csv")
    if drift is not None:
        _files.check_written("--drift", drift)
    given = _request.arguments_of(operation, found, arguments or [], body)
    if limit is not None and found.paging is None:
        raise ArgumentError(f"--limit: {operation} is not a collection")
    settings = _apis.settings(
        api,
        {"base_url": base_url, "environment": environment},
        profile=profile,
        routes=pairs(route or [], "--route"),
    )
    if found.idempotency != "safe" and not yes and not _request.confirm(operation):
        note("nothing was sent")
        return SOME_FAILED
    more: dict[str, Any] = {"drift": True} if drift is not None else {}
    client = _apis.open_client(settings, **more)
    response = run_loop(_request.ask(client, found, given, limit or _ROWS, drift))
    if found.id.startswith("security_token.") and not show_sensitive:
        response = _call_view.MASK  # a token is as good as the password
    if kind == "json":
        show_json(_call_view.plain(response, show_sensitive))
    else:
        _call_view.show_response(response, show_sensitive, limit=limit or _ROWS, kind=kind, raw=raw_csv)
    return OK


__all__ = ["call"]
