"""`trunkline operations`: what can be called, where each name comes from, and which function does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from trunkline.cli._console import OK, out, show_json

if TYPE_CHECKING:
    from trunkline.operation import Operation, Param


def operations(
    api: Annotated[str | None, typer.Option(help="abzorb or idi; both by default")] = None,
    json_: Annotated[bool, typer.Option("--json", help="a JSON list with everything that is known")] = False,
) -> int:
    """List the operations of both APIs."""
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline.cli import _apis

    found = _apis.operations(api)
    if json_:
        show_json([describe(name, one) for name, one in found.items()])
        return OK
    table = Table(title=f"{len(found)} operations", title_justify="left", header_style="bold")
    for heading in ("operation", "", "path", "route", "repeatable"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "" or not out.is_terminal)
    for name, one in found.items():
        style = {"documented": "green", "release-notes": "green"}.get(one.provenance.route, "yellow")
        table.add_row(name, one.method, one.path, f"[{style}]{one.provenance.route}[/]", one.idempotency)
    out.print(table)
    out.print("An inferred route is our reading of the vendor's pattern: Client(routes=…) corrects it.")
    return OK


def describe(name: str, operation: Operation[Any]) -> dict[str, Any]:
    """Return one operation as JSON-able values; `name` starts with the API."""
    from attrs import asdict

    from trunkline.cli import _apis

    api, _, operation_id = name.partition(".")
    return {
        "api": api,
        "operation_id": operation_id,
        "title": operation.title,
        "method": operation.method,
        "path": operation.path,
        "function": operation.function,
        "provenance": asdict(operation.provenance),
        "idempotency": operation.idempotency,
        "since": operation.since,
        "paging": operation.paging.kind if operation.paging else None,
        "deprecated": operation.deprecated,
        "source": operation.source,
        "parameters": [_param(one) for one in _apis.parameters(operation)],
        "body": operation.body.type if operation.body else None,
        "response": operation.response,
        "filterable": list(operation.filterable),
        "sortable": list(operation.sortable),
        "patchable": {field: list(verbs) for field, verbs in operation.patchable.items()},
        "bulk_of": operation.bulk.single if operation.bulk else None,
    }


def _param(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "wire": param.wire,
        "type": param.type,
        "required": param.required,
        "provenance": param.provenance,
    }


__all__ = ["describe", "operations"]
