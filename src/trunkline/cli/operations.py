"""`trunkline operations`: what can be called, where each name comes from, and which function does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from trunkline.cli._console import OK, counted, out, show_json
from trunkline.cli._options import Profile

if TYPE_CHECKING:
    from trunkline.operation import Operation, Param


_BESIDE_TEXTS: Final = 50
"""Columns that method, provenance, idempotency and the lines between take in the table."""

Operations = Mapping[str, "Operation[Any]"]
Corrected = Mapping[str, str]


def operations(
    api: Annotated[str | None, typer.Option(help="one API; all by default")] = None,
    search: Annotated[
        str | None, typer.Option(help="only those whose name, title, path or parameters hold these words")
    ] = None,
    output: Annotated[
        str | None, typer.Option(help="table, json or csv; in a pipe, tabs between by default")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="a JSON list with everything that is known")] = False,
    profile: Profile = None,
) -> int:
    """List the operations of all APIs; `trunkline call OPERATION --help` shows one.

    Examples:

    trunkline operations --search "phone book"

    trunkline operations --api idi --output csv
    """
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline import apis
    from trunkline.cli import _delimited

    kind = _delimited.output_of(output, json_=json_, terminal=out.is_terminal)
    found = _matching(apis.operations(api), search)
    corrected = _corrected(api, profile)
    if kind == "json":
        show_json([describe(name, one, corrected.get(name)) for name, one in found.items()])
    elif kind != "table":
        header = ("operation", "method", "path", "route", "repeatable", "title")
        rows = [
            (name, *_route(name, one, corrected), one.idempotency, one.title) for name, one in found.items()
        ]
        _delimited.print_rows(kind, header, rows)
    else:
        _show(found, corrected)
    return OK


def _matching(known: Operations, search: str | None) -> Operations:
    from trunkline.cli import _apis

    words = (search or "").lower().split()

    def text(name: str, one: Operation[Any]) -> str:
        parameters = " ".join(param.name for param in _apis.parameters(one))
        return f"{name} {one.title} {one.path} {parameters}".lower()

    return {name: one for name, one in known.items() if all(word in text(name, one) for word in words)}


def _corrected(api: str | None, profile: str | None) -> Corrected:
    """Return the routes that the settings correct, by "idi.device.get"."""
    from trunkline import apis
    from trunkline.operation import operation_named
    from trunkline.settings import resolve

    chosen = apis.names() if api is None else (api,)
    found = {}
    for name in chosen:
        known = apis.get(name).operations
        for id_, route in (resolve(name, {}, profile=profile).value("routes") or {}).items():
            operation = operation_named(known, id_)
            found[f"{name}.{operation.id if operation else id_}"] = route
    return found


def _route(name: str, one: Operation[Any], corrected: Corrected) -> tuple[str, str, str]:
    """Return method, path and where they come from."""
    if name in corrected:
        method, _, path = corrected[name].partition(" ")
        return method, path, "corrected"
    return one.method, one.path, one.provenance.route


def _show(found: Operations, corrected: Corrected) -> None:
    if not found:
        out.print("no operation matches")
        return
    texts = [(name, one.title, one.path) for name, one in found.items()]
    widest = sum(max(map(len, column)) for column in zip(*texts, strict=True))
    if out.is_terminal and out.width < widest + _BESIDE_TEXTS:
        for name, one in found.items():
            method, path, origin = _route(name, one, corrected)
            out.print(f"[bold]{name}[/]  {escape(one.title)}")
            out.print(f"  {method} {escape(path)}  ({_coloured(origin)}, {one.idempotency})")
    else:
        out.print(_table(found, corrected))
    if any(one.provenance.route == "inferred" and name not in corrected for name, one in found.items()):
        out.print("An inferred route is our reading of the vendor's pattern: --route corrects it.")


def _coloured(origin: str) -> str:
    colour = {"inferred": "yellow", "corrected": "cyan"}.get(origin, "green")
    return f"[{colour}]{origin}[/]"


def _table(found: Operations, corrected: Corrected) -> Table:
    table = Table(title=counted(len(found), "operation"), title_justify="left", header_style="bold")
    for heading in ("operation", "title", "", "path", "route", "repeatable"):
        table.add_column(heading, no_wrap=True)
    for name, one in found.items():
        method, path, origin = _route(name, one, corrected)
        table.add_row(name, escape(one.title), method, escape(path), _coloured(origin), one.idempotency)
    return table


def describe(name: str, operation: Operation[Any], corrected: str | None = None) -> dict[str, Any]:
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
        "corrected_route": corrected,
        "idempotency": operation.idempotency,
        "since": operation.since,
        "paging": operation.paging.kind if operation.paging else None,
        "deprecated": operation.deprecated,
        "former": [f"{api}.{id_}" for id_ in operation.former],
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
