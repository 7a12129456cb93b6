"""Every fault by every kind of operation by every way to call it: run, compared, and written down.

python -m tests.reliability.fault_matrix       runs all cells, prints them, writes docs/reliability.md
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bulk.test_outage import AWAY, COLLECTION_ROWS, AwayCollection, AwayVendor, export_from, look_up
from tests.bulk.test_outage import KEYS as OUTAGE_KEYS
from tests.reliability.cell import Cell, run
from tests.reliability.faults import FAULTS, Kind, Mode

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
MODES: tuple[Mode, ...] = ("single", "paged", "bulk")
KINDS: tuple[Kind, ...] = ("safe", "idempotent", "unsafe")


def cells() -> Iterator[Cell]:
    """All cells that make sense."""
    for fault, mode, kind in itertools.product(FAULTS, MODES, KINDS):
        if fault.why_not(mode, kind) is None:
            yield Cell(fault=fault, mode=mode, kind=kind)


def rows() -> list[list[str]]:
    """The table: one row a fault, its name and nine cells."""
    table = []
    for fault in FAULTS:
        texts = []
        for mode, kind in itertools.product(MODES, KINDS):
            reason = fault.why_not(mode, kind)
            note = "¹" if mode == "paged" and kind != "safe" else "²"
            texts.append(f"n/a{note}" if reason else str(fault.expect(mode, kind)))
        table.append([f"{fault.name}" + (f" ({fault.story})" if fault.story else ""), *texts])
    return table


HEADS = ["fault", *[f"{mode}, {kind}" for mode, kind in itertools.product(MODES, KINDS)]]
OUTAGE_MINUTES = (5, 360)
AWAY_WORDS = {
    "silent": "no response at all",
    "refused": "connection refused",
    "dns": "DNS failure",
    "seconds": "503, Retry-After in seconds",
    "too long": "503, Retry-After two hours beyond its return",
    "date": "503, Retry-After as a date",
    "soon": "429, Retry-After garbage",
    "negative": "503, Retry-After negative",
    "503": "503, no Retry-After",
    "429": "429, no Retry-After",
    "500 named": "500, Retry-After in seconds",
    "403 named": "403, Retry-After in seconds",
    "522": "522 of Cloudflare",
}
BEGIN, END = "<!-- fault matrix: begin (written by `make fault-matrix`) -->", "<!-- fault matrix: end -->"


def markdown() -> str:
    """The table as it stands in the document."""
    lines = ["| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS)]
    lines += ["| " + " | ".join(row) + " |" for row in rows()]
    reasons = {
        fault.why_not(mode, kind): ("¹" if mode == "paged" and kind != "safe" else "²")
        for fault, mode, kind in itertools.product(FAULTS, MODES, KINDS)
    }
    notes = [
        f"{mark} n/a: {reason}." for reason, mark in sorted(reasons.items(), key=lambda r: r[1]) if reason
    ]
    return "\n".join([*lines, "", *notes, "", *outage_lines()])


def outage_lines() -> list[str]:
    """The rows for a vendor that is away for minutes or hours under a bulk run that waits."""
    heads = [f"lookup, {minutes} minutes" for minutes in OUTAGE_MINUTES]
    heads += ["lookup at two vendors, one away", "export"]
    lines = ["| vendor away | " + " | ".join(heads) + " |", "|" + "---|" * (len(heads) + 1)]
    keys = "0 keys failed, each served once, on within a minute"
    promises = [keys, keys, "the same; the other's keys go on", "each row once, on within a minute"]
    lines += [f"| {AWAY_WORDS.get(away, away)} | " + " | ".join(promises) + " |" for away in AWAY]
    return lines


def outages() -> Iterator[str]:
    """Run bulk runs through every outage on a virtual clock; yield what was not as it must be."""
    for away, minutes in itertools.product(AWAY, OUTAGE_MINUTES):
        vendor = AwayVendor(away=away, begin=1.0, end=1.0 + 60 * minutes)
        found, seconds, _ = look_up(vendor, outage="7h")
        if [one for one in found if not one.ok] or sorted(vendor.served) != list(range(OUTAGE_KEYS)):
            yield f"away ({away}) for {minutes} minutes: keys failed, or were not served once"
        if seconds > vendor.end + 65:
            late = seconds - vendor.end
            yield f"away ({away}) for {minutes} minutes: on only {late:.0f} s after its return"
    for away in AWAY:
        well = AwayVendor(away="503", begin=-1.0, end=-1.0)
        gone = AwayVendor(away=away, begin=1.0, end=1801.0, address="https://other.test")
        found, seconds, _ = look_up(well, gone, turns=True)
        if [one for one in found if not one.ok] or len(well.served) + len(gone.served) != OUTAGE_KEYS:
            yield f"one of two vendors away ({away}): keys failed, or were not served once"
        if seconds > gone.end + 65:
            yield f"one of two vendors away ({away}): on only {seconds - gone.end:.0f} s after its return"
        yield from _export(AwayCollection(away=away, begin=0.3, end=1800.3))


def _export(vendor: AwayCollection) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        rows = export_from(vendor, path).rows
        ids = {json.loads(line)["device_id"] for line in path.read_text("utf-8").splitlines()}
    if rows != len(ids) or rows != COLLECTION_ROWS:
        yield f"export, away ({vendor.away}): {rows} rows, {len(ids)} of them different"
    if vendor.served[-1] > vendor.end + 65:
        yield f"export, away ({vendor.away}): on only {vendor.served[-1] - vendor.end:.0f} s after its return"


def written(document: str) -> str:
    """The document with the table between its markers."""
    head, _, rest = document.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{markdown()}\n{END}{tail}"


def main() -> int:
    """Run all cells, print the table with what failed, and write the document if all is well."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*HEADS, show_lines=False, expand=True)
    failed: list[str] = []
    verdicts: dict[tuple[str, str, str], bool] = {}
    count = 0
    for cell in cells():
        wrong = asyncio.run(run(cell))
        verdicts[cell.fault.name, cell.mode, cell.kind] = not wrong
        failed += [f"{cell.name}: {text}" for text in wrong]
        count += 1
    failed += outages()
    count += len(AWAY) * (len(OUTAGE_MINUTES) + 2)
    for fault, texts in zip(FAULTS, rows(), strict=True):
        marks = [verdicts.get((fault.name, mode, kind)) for mode, kind in itertools.product(MODES, KINDS)]
        coloured = [
            f"[dim]{text}[/]" if mark is None else f"[{'green' if mark else 'bold red'}]{text}[/]"
            for text, mark in zip(texts[1:], marks, strict=True)
        ]
        table.add_row(fault.name, *coloured)
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    for text in failed:
        console.print(f"[red]{text}[/]", markup=True, highlight=False)
    console.print(f"{count} cells, {count - len({t.split(':')[0] for t in failed})} as they must be")
    if failed:
        return 1
    DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
