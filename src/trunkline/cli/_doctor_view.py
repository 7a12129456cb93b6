"""A diagnosis for people: each step with its sign, then each operation, then what to do."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from rich import box
from rich.markup import escape
from rich.table import Table

from trunkline import apis
from trunkline.cli._console import counted, out
from trunkline.doctor import Asked, Check, Diagnosis, Difference, toml_of

_SIGNS: Final = {
    "ok": "[green]✔[/]",
    "warning": "[yellow]![/]",
    "failed": "[bold red]✘[/]",
    "skipped": "[dim]·[/]",
}
_ROUTES: Final = {
    "right": "[green]right[/]",
    "wrong": "[bold red]wrong[/]",
    "refused": "[yellow]refused[/]",
    "unknown": "[yellow]unknown[/]",
    "not asked": "[dim]not asked[/]",
}
_SHOWN: Final = 40
"""Differences of one operation that are listed; --json and --drift have all."""


def show(found: Diagnosis, *, probe: bool) -> None:
    """Print one API's diagnosis."""
    out.print(f"\n[bold]{escape(apis.get(found.api).title)}[/]")
    out.print(_checks(found.checks))
    if found.asked:
        out.print(_operations(found.asked))
        _differences(found.asked)
        right = sum(one.route == "right" for one in found.asked)
        parts = [f"{right} of {counted(len(found.asked), 'route')} right"]
        parts += [
            f"{count} {name}"
            for name in ("wrong", "refused", "unknown", "not asked")
            if (count := sum(one.route == name for one in found.asked))
        ]
        out.print(f"{', '.join(parts)} · {counted(found.requests, 'request')} sent", markup=False)
    if found.suggested:
        out.print("\n[bold]trunkline.toml that puts it right[/]")
        for line in toml_of(found.api, "NAME", found.suggested).splitlines():
            out.print(f"  {line}".rstrip(), markup=False)
        out.print("[dim]--settings-out FILE writes it, with what is set already[/]")
    verdict = (
        "[bold green]all is well[/]" if found.sound else "[bold red]not all is well:[/] see the advice above"
    )
    hint = "" if probe or not found.sound else "  [dim](--probe asks every operation that reads)[/]"
    out.print(verdict + hint)


def _checks(checks: Iterable[Check]) -> Table:
    table = Table.grid(padding=(0, 2))
    for check in checks:
        table.add_row(_SIGNS[check.status], check.name, escape(check.text))
        if check.advice and check.status in ("failed", "warning"):
            table.add_row("", "", f"[bold]→ {escape(check.advice)}[/]")
    return table


def _operations(asked: Iterable[Asked]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("operation", no_wrap=True)
    table.add_column("route", no_wrap=True)
    table.add_column("seen", overflow="fold")
    table.add_column("differences", justify="right")
    for one in asked:
        seen = escape(one.text) + (f"\n[bold]→ {escape(one.advice)}[/]" if one.advice else "")
        count = str(len(one.differences)) if one.differences else ""
        table.add_row(one.operation, _ROUTES[one.route], seen, count)
    return table


def _differences(asked: Iterable[Asked]) -> None:
    for one in asked:
        if not one.differences:
            continue
        out.print(f"[bold]{escape(one.operation)}[/] differs from the spec:")
        for kind, group in groupby(one.differences[:_SHOWN], key=lambda entry: entry.kind):
            out.print(
                f"  [yellow]{escape(kind)}[/]: {escape(', '.join(map(_difference, group)))}", soft_wrap=False
            )
        if len(one.differences) > _SHOWN:
            out.print(f"  … and {len(one.differences) - _SHOWN} more: --json shows all", markup=False)


def _difference(entry: Difference) -> str:
    """Return "bind (bool; came as string)": a page's rows are all alike, so their place is left out."""
    name = entry.path.removeprefix("$.value[].").removeprefix("$.")
    came = " or ".join(entry.types)
    if entry.kind != "other type" or not came:
        return name
    return f"{name} ({entry.expected}; came as {came})" if entry.expected else f"{name} (came as {came})"


__all__ = ["show"]
