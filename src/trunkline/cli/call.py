"""`trunkline call`: one operation, once, its answer printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli._console import OK, run_loop, show_json
from trunkline.errors import ArgumentError


def call(
    operation: Annotated[str, typer.Argument(help="api.resource.method, as `trunkline operations` lists it")],
    arguments: Annotated[list[str] | None, typer.Argument(help="name=value …")] = None,
    body: Annotated[str | None, typer.Option(help="request body: JSON, @FILE, or @- for input")] = None,
    limit: Annotated[int, typer.Option(min=1, help="rows of a paged operation")] = 20,
    json_: Annotated[bool, typer.Option("--json", help="print JSON by wire names")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before something is changed")] = False,
    show_sensitive: Annotated[
        bool, typer.Option("--show-sensitive", help="show key material and personal data")
    ] = False,
    base_url: Annotated[str | None, typer.Option(help="address of the vendor or a sandbox")] = None,
    environment: Annotated[str | None, typer.Option(help="environment of the vendor")] = None,
    drift: Annotated[
        Path | None, typer.Option(help="write here what the answer holds beyond or against the spec (JSON)")
    ] = None,
) -> int:
    """Carry one operation out and print the answer.

    Credentials come from TRUNKLINE_IDI_* and TRUNKLINE_ABZORB_*. Exit code: 0 carried out, 1 refused or not
    answered, 2 wrong usage or settings, 130 interrupted.
    """
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline.cli import _apis, _request, _showing
    from trunkline.cli._writing import write_json

    api, found = _apis.find(operation)
    given = _apis.assignments(found, arguments or [])
    if body is not None:
        given |= _request.body_of(found, body)
    missing = [one.name for one in _apis.parameters(found) if one.required and one.name not in given]
    if missing:
        raise ArgumentError(f"{operation} also needs {' '.join(f'{one}=…' for one in missing)}")
    if found.body is not None and found.body.required and body is None:
        shape = (
            'a JSON Patch: [{"op": "replace", "path": "/field", "value": …}]'
            if found.patchable
            else f"type {found.body.type}"
        )
        raise ArgumentError(f"{operation} also needs --body ({shape})")
    if found.idempotency != "safe" and not yes:
        _request.confirm(operation)

    async def ask() -> Any:
        settings: dict[str, Any] = {"base_url": base_url, "environment": environment}
        if drift is not None:
            settings["drift"] = True
        async with _apis.client(api, **settings) as client:
            method = _apis.bind(client, found)
            try:
                if found.paging is not None:
                    return await method(**given).all(limit=limit)
                return await method(**given)
            finally:
                if drift is not None:
                    write_json(drift, client.drift.report())

    answer = run_loop(ask())
    if found.id.startswith("security_token.") and not show_sensitive:
        answer = _showing.MASK  # a token is as good as the password
    if json_:
        show_json(_showing.plain(answer, show_sensitive))
    else:
        _showing.show_answer(answer, show_sensitive, limit=limit)
    return OK


__all__ = ["call"]
