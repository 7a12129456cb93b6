"""A response for people or pipes: a tree, a table, rows; sensitive fields hidden unless asked for."""

from __future__ import annotations

import datetime
import enum
import json
import re
from typing import Any, Final

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from trunkline._codec.annotations import ModelField, is_enum, model_fields, resolve_in_module
from trunkline._codec.codec import to_wire
from trunkline._masking.values import masked
from trunkline._masking.visible import visible
from trunkline.cli._apis import parameters
from trunkline.cli._console import counted, out
from trunkline.cli._delimited import print_rows
from trunkline.model import UNSET, Model
from trunkline.operation import Operation, Param

MASK: Final = "***"
_COLUMN_WIDTH: Final = 18
_SHELL_TYPES: Final = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "Decimal": "number",
    "decimal.Decimal": "number",
    "bool": "true or false",
    "datetime.date": "date",
    "datetime.datetime": "date and time",
}
_PYTHON_TYPE: Final = re.compile(
    r"(?<![\w.])(?:" + "|".join(sorted(map(re.escape, _SHELL_TYPES), key=len, reverse=True)) + r")(?![\w.])"
)
_SNAKE: Final = re.compile("(?<!^)(?=[A-Z])")


def plain(value: Any, show: bool) -> Any:
    """Return JSON by wire names, sensitive fields masked unless shown."""
    # Hidden unless asked for: a terminal is read over a shoulder, recorded and pasted into tickets.
    return to_wire(value if show else masked(value))


def _fields(value: Model) -> tuple[ModelField, ...]:
    cls: Any = type(value)
    return model_fields(cls)


def _hide(one: ModelField, show: bool, value: Any) -> Any:
    return value if show else masked(value, name=one.wire, marked=one.sensitive)


def show_response(response: Any, show: bool, *, limit: int, kind: str = "table", raw: bool = False) -> None:
    """Print a response; kind: "table" for people, "csv" or "tsv" for programs; raw: of the cells of CSV."""
    if not show and not _is_of_models(response):
        response = masked(response)
    if kind != "table":
        _print_plainly(kind, response, show, raw)
    elif response is None:
        out.print("[green]done[/] (the response has no body)")
    elif isinstance(response, list) and response and all(isinstance(row, Model) for row in response):
        out.print(_table(response, show))
        more = " (--limit for more)" if len(response) >= limit else ""
        out.print(f"{counted(len(response), 'row')}{more}")
    elif response == []:
        out.print("no rows")
    elif isinstance(response, Model | dict | list):
        tree = Tree(f"[bold]{type(response).__name__}")
        _grow(tree, response, show)
        out.print(tree)
    else:
        out.print(_text(response), markup=False)


def _is_of_models(response: Any) -> bool:
    """Whether fields are hidden one by one further down; everything else is free JSON or a text."""
    rows = response if isinstance(response, list) else [response]
    return all(isinstance(row, Model) for row in rows)


def _print_plainly(kind: str, response: Any, show: bool, raw: bool) -> None:
    """Print every field: a line a row, or a line a field where there is one row."""
    rows = response if isinstance(response, list) else [response]
    if rows and all(isinstance(row, Model) for row in rows):
        fields = _fields(rows[0])
        cells = [[_shown(row, one, show) for one in fields] for row in rows]
        names = [one.name for one in fields]
        if isinstance(response, list) or kind == "csv":
            print_rows(kind, names, cells, raw=raw)
        else:
            print_rows(kind, ("field", "value"), zip(names, cells[0], strict=True))
    elif response is not None:
        print_rows(kind, ("value",), [[_text(row)] for row in rows], raw=raw)


def _shown(row: Any, one: ModelField, show: bool) -> str:
    return _text(_hide(one, show, getattr(row, one.name, None)))


def show_operation(name: str, operation: Operation[Any]) -> None:
    """Print what an operation is, what it takes and what it returns."""
    origin = operation.provenance
    out.print(f"[bold]{escape(name)}[/]  {escape(operation.title)}")
    facts = f"route {origin.route}, {operation.idempotency}"
    out.print(f"{operation.method} {escape(operation.path)}  [dim]({facts})[/]")
    if operation.deprecated:
        out.print("[yellow]deprecated[/]")
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("parameter", "type", "", "on the wire"):
        table.add_column(heading)
    for one in parameters(operation):
        need = "required" if one.required else ""
        table.add_row(one.name, escape(_values_of(one, operation)), need, escape(one.wire))
    if table.row_count:
        out.print(table)
    if operation.body is not None:
        need = "required" if operation.body.required else "optional"
        out.print(f"--body: {escape(operation.body.type)}, {need}")
    if operation.patchable:
        verbs = (f"{field} ({', '.join(names)})" for field, names in operation.patchable.items())
        out.print(f"a JSON Patch of: {escape(', '.join(verbs))}")
    for word, fields in (("filter by", operation.filterable), ("sort by", operation.sortable)):
        if fields:
            out.print(f"{word}: {escape(', '.join(fields))}")
    out.print(f"returns: {escape(_returned(operation))}")
    required = [f"{one.name}=…" for one in parameters(operation) if one.required]
    out.print(f"\n[dim]{escape(' '.join(('trunkline call', name, *required)))}[/]")


def _values_of(param: Param, operation: Operation[Any]) -> str:
    """What a parameter takes, in words of a shell: "whole number" for Python's int, the names of an enum."""
    tp = resolve_in_module(param.type, operation.namespace)
    if is_enum(tp):
        return " or ".join(str(one.value) for one in tp)
    text = _PYTHON_TYPE.sub(lambda found: _SHELL_TYPES[found[0]], param.type).replace(" | None", "")
    return re.sub(r"list\[(.*)\]", r"\1, several with commas between", text)


def _returned(operation: Operation[Any]) -> str:
    return f"rows of {operation.paging.row_type}" if operation.paging else operation.response or "nothing"


def _table(rows: list[Any], show: bool) -> Table:
    """Show rows as a table of those fields that any row has."""
    fields = [one for one in _fields(rows[0]) if any(_has(row, one.name) for row in rows)]
    # a column of stars shows nothing: its room goes to the others, if there are any
    plain_fields = [one for one in fields if show or not one.sensitive] or fields
    # A table wider than the terminal wraps every row and cannot be read; the caption
    # names what is missing.
    fitting = max(3, out.width // _COLUMN_WIDTH)
    left, hidden = len(plain_fields) - fitting, len(fields) - len(plain_fields)
    notes = [f"{counted(left, 'more field')}: --json shows all"] * (left > 0)
    notes += [f"{counted(hidden, 'hidden field')}: --show-sensitive shows all"] * (hidden > 0)
    own = f"{_SNAKE.sub('_', type(rows[0]).__name__).lower()}_id"
    # The row's own identifier comes first; the rest keeps the model's order, since the sort is stable.
    fields = sorted(plain_fields, key=lambda one: one.name != own)[:fitting]
    table = Table(header_style="bold", caption=" · ".join(notes) or None, caption_justify="left")
    for one in fields:
        table.add_column(one.name, overflow="fold")
    for row in rows:
        table.add_row(*(_shown(row, one, show) for one in fields))
    return table


def _has(row: Any, name: str) -> bool:
    return getattr(row, name, None) not in (None, UNSET)


def _grow(tree: Tree, value: Any, show: bool) -> None:
    if isinstance(value, Model):
        own = ((one, getattr(value, one.name)) for one in _fields(value))
        # a model inside is masked field by field when its own branch grows
        pairs = [
            (one.name, item if isinstance(item, Model) and not one.sensitive else _hide(one, show, item))
            for one, item in own
        ]
        pairs += list((value.extra if show else masked(value.extra)).items())
    elif isinstance(value, dict):
        pairs = list(value.items())
    else:
        pairs = [(f"[{number}]", item) for number, item in enumerate(value)]
    for name, item in pairs:
        if item is UNSET or item is None:
            continue
        # Text of the vendor may hold rich's markup or terminal escapes; neither may take effect.
        label = visible(str(name)).replace("[", r"\[")
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
        return visible(str(value.value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dict | list):
        return json.dumps(to_wire(value), default=str)  # escapes control characters by itself
    return visible(str(value), lines=True)


__all__ = ["MASK", "plain", "show_operation", "show_response"]
