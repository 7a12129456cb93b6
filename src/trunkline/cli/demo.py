"""`trunkline demo`: thousands of lookups against both vendors' sandbox, and a report of how it went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from trunkline.cli._console import OK, SOME_FAILED, need, note, out, run_loop
from trunkline.cli._options import whole
from trunkline.errors import ArgumentError

if TYPE_CHECKING:
    from trunkline.cli._part import Part

FAULTS: Final = "429:3%,503:1%,latency:20ms"


def demo(
    folder: Annotated[Path, typer.Option("--out", help="folder for the files and the report")] = Path(
        "demo-out"
    ),
    rows: Annotated[
        int,
        typer.Option(
            parser=whole("--rows", 20), metavar="N", help="rows of the sandbox and of the collection"
        ),
    ] = 20_000,
    devices: Annotated[
        int, typer.Option(parser=whole("--devices", 1), metavar="N", help="IDI devices to look up")
    ] = 5_000,
    numbers: Annotated[
        int, typer.Option(parser=whole("--numbers", 1), metavar="N", help="Abzorb numbers to look up")
    ] = 2_000,
    faults: Annotated[str, typer.Option(help="what the sandbox does wrong")] = FAULTS,
    seed: Annotated[
        int,
        typer.Option(parser=whole("--seed", 0), metavar="N", help="the same seed gives the same data"),
    ] = 7,
) -> int:
    """Look up thousands of devices and numbers in a sandbox with faults, and report on it.

    Examples:

    trunkline demo

    trunkline demo --out /tmp/demo --devices 50000 --rows 50000 --faults "429:10%;retry-after=1,latency:50ms"

    Exit code: 0 nothing was lost, 1 something failed or is missing, 2 wrong usage.
    """
    # imported here so that `trunkline --help` need not wait for the clients
    from trunkline.cli import _demo_report, _files, _stage

    rules = need("trunkline.sandbox.faults.plan", "sandbox", "the demo")
    need("pyarrow.parquet", "parquet", "the demo")
    rules.FaultPlan.parse(faults)  # before a folder is made and data for it
    if folder.is_file():
        raise ArgumentError(f"--out {folder} is a file: name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    about = f"a sandbox of {rows:,} rows, seed {seed}, faults {faults or 'none'}"
    note(f"filling {about}; this takes some seconds")
    stage = _stage.Stage(folder, rows, min(devices, rows), min(numbers, rows))
    parts = run_loop(_stage.perform(stage, seed, faults))
    with _files.replacing(folder / "report.html") as target:
        target.write_text(_demo_report.page(about, parts, _stage.settings()), encoding="utf-8")
    out.print(_summary(parts))
    complete = all(part.complete for part in parts)
    total = sum(part.asked for part in parts)
    if complete:
        out.print(f"[bold green]nothing lost:[/] {total:,} keys and rows, each in its file exactly once")
    else:
        out.print("[bold red]not complete:[/] see the columns failed, lost and extra")
    out.print(f"files and report: {folder / 'report.html'}", markup=False)
    return OK if complete else SOME_FAILED


def _summary(parts: Sequence[Part]) -> Table:
    from trunkline.cli import _demo_report

    table = Table(header_style="bold")
    table.add_column("")
    for part in parts:
        table.add_column(part.name, justify="right", style="" if part.complete else "red")
    columns = [_demo_report.cells(part) for part in parts]
    for place, heading in enumerate(_demo_report.HEADINGS):
        table.add_row(heading, *(cells[place] for cells in columns))
    return table


__all__ = ["demo"]
