"""`trunkline call`: one operation, once, its answer printed."""

from __future__ import annotations

import datetime
import enum
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.tree import Tree

from trunkline._annotations import ModelField, NoneType, is_model, model_fields, resolve_in_module, without
from trunkline._codec import from_wire, to_wire
from trunkline.cli import _apis
from trunkline.cli._console import OK, out, run_loop
from trunkline.cli._writing import write_json
from trunkline.errors import ArgumentError
from trunkline.jsonpatch import Patch
from trunkline.model import UNSET, Model, Unset
from trunkline.operation import Operation

_MASK: Final = "***"
_COLUMN_WIDTH: Final = 18


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
    """Carry one operation out and print the answer."""
    api, found = _apis.find(operation)
    given = _apis.assignments(found, arguments or [])
    if body is not None:
        given |= _body(found, body)
    missing = [one.name for one in _apis.parameters(found) if one.required and one.name not in given]
    if missing:
        raise ArgumentError(f"{operation} also needs {' '.join(f'{one}=…' for one in missing)}")
    if found.body is not None and found.body.required and body is None:
        raise ArgumentError(f"{operation} also needs --body (type {found.body.type})")
    if found.idempotency != "safe" and not yes:
        _confirm(operation)

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
        answer = _MASK  # a token is as good as the password
    if json_:
        out.print_json(json.dumps(_plain(answer, show_sensitive), default=str), indent=2)
    else:
        _show(answer, show_sensitive)
    return OK


def _confirm(operation: str) -> None:
    if not sys.stdin.isatty():
        raise ArgumentError(f"{operation} changes something at the vendor: say --yes")
    typer.confirm(f"{operation} changes something at the vendor. Go on?", abort=True)


def _body(operation: Operation[Any], text: str) -> dict[str, Any]:
    """Return the body argument of the method: `patch` for a JSON Patch, else `body`."""
    if operation.body is None:
        raise ArgumentError(f"{operation.api}.{operation.id} takes no body")
    try:
        if text == "@-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        data = json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"--body cannot be read: {error}") from None
    except ValueError as error:
        raise ArgumentError(f"--body is not JSON: {error}") from None
    if operation.patchable:
        patch = _patch(data)
        patch.check(operation)
        return {"patch": patch}
    tp = without(resolve_in_module(operation.body.type, operation.namespace), NoneType, Unset)
    return {"body": from_wire(tp, data) if is_model(tp) and isinstance(data, dict) else data}


def _patch(data: Any) -> Patch:
    """Build the patch of `[{"op", "path", "value"}]`; the client checks fields and verbs before it sends."""
    if not isinstance(data, list):
        raise ArgumentError('a patch is a JSON list: [{"op": "replace", "path": "/field", "value": …}]')
    patch = Patch()
    for step in data:
        if not isinstance(step, dict) or not {"op", "path"} <= step.keys():
            raise ArgumentError('each step of a patch is {"op": …, "path": …, "value": …}')
        field = str(step["path"]).removeprefix("/")
        match step["op"], "value" in step:
            case "remove", _:
                patch = patch.remove(field)
            case "add", True:
                patch = patch.add(field, step["value"])
            case "replace", True:
                patch = patch.replace(field, step["value"])
            case verb, _:
                raise ArgumentError(f"a patch can add or replace a value, or remove, but not {verb!r}")
    return patch


def _plain(value: Any, show: bool) -> Any:
    """Return JSON by wire names, sensitive fields masked unless shown."""
    if isinstance(value, Model):
        plain = {
            one.wire: _hide(one.sensitive, show, getattr(value, one.name))
            for one in _fields(value)
            if getattr(value, one.name) is not UNSET
        }
        return {name: _plain(item, show) for name, item in plain.items()} | dict(value.extra)
    if isinstance(value, list | tuple):
        return [_plain(item, show) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item, show) for name, item in value.items()}
    return to_wire(value)


def _fields(value: Model) -> tuple[ModelField, ...]:
    cls: Any = type(value)
    return model_fields(cls)


def _hide(sensitive: bool, show: bool, value: Any) -> Any:
    return _MASK if sensitive and not show and value is not None else value


def _show(answer: Any, show: bool) -> None:
    if answer is None:
        out.print("[green]done[/] (the vendor sends no answer body)")
    elif isinstance(answer, list) and answer and all(isinstance(row, Model) for row in answer):
        out.print(_table(answer, show))
        out.print(f"{len(answer):,} rows (--limit for more)")
    elif isinstance(answer, Model | dict | list):
        tree = Tree(f"[bold]{type(answer).__name__}")
        _grow(tree, answer, show)
        out.print(tree)
    else:
        out.print(_text(answer), markup=False)


def _table(rows: list[Any], show: bool) -> Table:
    """Show rows as a table of those fields that any row has."""
    fields = [one for one in _fields(rows[0]) if any(_has(row, one.name) for row in rows)]
    fitting = max(3, out.width // _COLUMN_WIDTH)
    caption = f"{len(fields) - fitting} more fields: --json shows all" if len(fields) > fitting else None
    fields = fields[:fitting]
    table = Table(header_style="bold", caption=caption, caption_justify="left")
    for one in fields:
        table.add_column(one.name, overflow="fold")
    for row in rows:
        cells = (_hide(one.sensitive, show, getattr(row, one.name, None)) for one in fields)
        table.add_row(*(_text(_plain(cell, show) if isinstance(cell, Model) else cell) for cell in cells))
    return table


def _has(row: Any, name: str) -> bool:
    return getattr(row, name, None) not in (None, UNSET)


def _grow(tree: Tree, value: Any, show: bool) -> None:
    if isinstance(value, Model):
        pairs = [(one.name, _hide(one.sensitive, show, getattr(value, one.name))) for one in _fields(value)]
        pairs += list(value.extra.items())
    elif isinstance(value, dict):
        pairs = list(value.items())
    else:
        pairs = [(f"[{number}]", item) for number, item in enumerate(value)]
    for name, item in pairs:
        if item is UNSET or item is None:
            continue
        label = str(name).replace("[", r"\[")
        if isinstance(item, Model | dict | list) and item:
            _grow(tree.add(f"[cyan]{label}"), item, show)
        else:
            tree.add(f"[cyan]{label}[/]: " + _text(item).replace("[", r"\["))


def _text(value: Any) -> str:
    if value is None or value is UNSET:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dict | list):
        return json.dumps(to_wire(value), default=str)
    return str(value)


__all__ = ["call"]
