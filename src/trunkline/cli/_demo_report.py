"""The demo's report: its parts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from trunkline.cli import _report
from trunkline.cli._part import Part
from trunkline.cli._run_report import WORDS

HEADINGS: Final = (
    "asked",
    "time",
    "per second",
    "p50",
    "p95",
    "requests",
    "retries",
    "backing off",
    "failed",
    "lost",
    "extra",
)
_WORDS: Final = {
    **WORDS,
    "asked": "Keys that were looked up, or rows of the collection that was walked.",
    "failed": "Keys that have an error in place of a value.",
    "lost": "Keys or rows that are not in the file that was written.",
    "extra": "Rows of the file that nobody asked for, or that are in it twice.",
    "p50, p95": f"{WORDS['p50, p95']} Of the collection it is the time between two pages.",
}


def cells(part: Part) -> list[str]:
    """Return one column of the summary table, by `HEADINGS`."""
    pressure = part.pressure
    return [
        f"{part.asked:,} {part.unit}",
        f"{part.seconds:.1f} s",
        f"{part.rate:,.0f}",
        _report.shown_milliseconds(part.percentile(0.5)),
        _report.shown_milliseconds(part.percentile(0.95)),
        f"{pressure.attempts:,}",
        f"{pressure.retries:,}",
        f"{pressure.held:.1f} s",
        f"{part.failed:,}",
        f"{part.lost:,}",
        f"{part.extra:,}",
    ]


def page(about: str, parts: Sequence[Part], settings: Sequence[tuple[str, str, str]] = ()) -> str:
    """Return the whole report. settings: name, value and source of each."""
    complete = all(part.complete for part in parts)
    verdict = (
        "Nothing lost: every key and row is in its file exactly once."
        if complete
        else "Not complete: see failed, lost and extra below."
    )
    columns = [cells(part) for part in parts]
    rows = [(heading, *(column[place] for column in columns)) for place, heading in enumerate(HEADINGS)]
    runs = [
        _report.Run(name=part.name, timeline=part.timeline, begin=part.begin, end=part.begin + part.seconds)
        for part in parts
        if part.unit == "keys"
    ]
    return _report.page(
        "trunkline demo",
        [f"Against {about}."],
        verdict,
        good=complete,
        sections=[
            _report.table("", ("", *(part.name for part in parts)), rows, numbers=True),
            _report.plots(runs),
            _report.words(_WORDS),
            _report.table("Settings of the clients", ("setting", "value", "from"), settings),
        ],
    )


__all__ = ["HEADINGS", "cells", "page"]
