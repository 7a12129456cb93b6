"""`trunkline operations`: what can be called, where each name comes from, and which function does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from trunkline.cli._console import OK, out, show_json

if TYPE_CHECKING:
    from trunkline.operation import Operation, Param


_BESIDE_NAMES: Final = 50
"""Columns that method, provenance, idempotency and the lines between take in the table."""


def operations(
    api: Annotated[str | None, typer.Option(help="abzorb or idi; both by default")] = None,
    json_: Annotated[bool, typer.Option("--json", help="a JSON list with everything that is known")] = False,
) -> int:
    """List the operations of both APIs."""
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline import apis

    found = apis.operations(api)
    if json_:
        show_json([describe(name, one) for name, one in found.items()])
        return OK
    widest = max(len(name) + len(one.path) for name, one in found.items())
    if out.is_terminal and out.width < widest + _BESIDE_NAMES:
        for name, one in found.items():
            out.print(
                f"[bold]{name}[/]  {_origin(one)}, {one.idempotency}\n  {one.method} {escape(one.path)}"
            )
    else:
        out.print(_table(found))
    out.print("An inferred route is our reading of the vendor's pattern: Client(routes=…) corrects it.")
    return OK


def _origin(operation: Operation[Any]) -> str:
    word = operation.provenance.route
    return f"[{'yellow' if word == 'inferred' else 'green'}]{word}[/]"


def _table(found: Mapping[str, Operation[Any]]) -> Table:
    table = Table(title=f"{len(found)} operations", title_justify="left", header_style="bold")
    for heading in ("operation", "", "path", "route", "repeatable"):
        table.add_column(heading, no_wrap=True)
    for name, one in found.items():
        table.add_row(name, one.method, escape(one.path), _origin(one), one.idempotency)
    return table


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
