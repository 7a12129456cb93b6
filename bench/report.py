"""Results as a printed table, as JSON and as a drawing."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from attrs import frozen


@frozen
class Bar:
    """One bar of a drawing. note: what stands behind it."""

    label: str
    value: float
    note: str = ""
    ours: bool = False


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns; every column but the first holds numbers."""
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * width if column == 0 else "-" * (width - 1) + ":") for column, width in enumerate(widths)]
    return "\n".join([line(lines[0]), line(rule), *[line(each) for each in lines[1:]]])


def spread_text(value: dict[str, float], digits: int = 2) -> str:
    """Median and quartiles as text."""
    return f"{value['median']:.{digits}f} ({value['low']:.{digits}f}-{value['high']:.{digits}f})"


def write(folder: Path, name: str, result: dict[str, Any]) -> Path:
    """Keep a result; the time of the run goes in."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    path.write_text(json.dumps({"measured": now, **result}, indent=2) + "\n")
    return path


def verdict(name: str, value: float, bound: float, *, at_most: bool = False) -> str:
    """One line: whether a target was reached."""
    met = value <= bound if at_most else value >= bound
    return (
        f"{'met   ' if met else 'MISSED'} {name}: {value:.2f} (target {'<=' if at_most else '>='} {bound:g})"
    )


def bars(path: Path, title: str, groups: Sequence[tuple[str, Sequence[Bar]]], unit: str) -> None:
    """Horizontal bars in groups, one scale for each group."""
    label, width, row, gap = 250, 420, 22, 34
    y = 44
    parts = [f'<text x="16" y="26" class="title">{escape(title)}</text>']
    for heading, members in groups:
        y += 18
        parts.append(f'<text x="16" y="{y}" class="head">{escape(heading)}</text>')
        y += 8
        most = max((bar.value for bar in members), default=1.0) or 1.0
        for bar in members:
            length = max(1.0, width * bar.value / most)
            kind = "ours" if bar.ours else "bar"
            parts += [
                f'<text x="{label - 8}" y="{y + 15}" class="name">{escape(bar.label)}</text>',
                f'<rect x="{label}" y="{y + 3}" width="{length:.1f}" height="{row - 6}" class="{kind}"/>',
                f'<text x="{label + length + 6:.1f}" y="{y + 15}" class="value">{escape(bar.note)}</text>',
            ]
            y += row
        y += gap - row
    parts.append(f'<text x="16" y="{y + 12}" class="unit">{escape(unit)}</text>')
    style = (
        "text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}"
        ".head{font-weight:600}.name{text-anchor:end}.value,.unit{fill:#57606a}.bar{fill:#afb8c1}.ours{fill:#0969da}"
        "rect.back{fill:#fff}"
    )
    size = f'width="{label + width + 210}" height="{y + 28}"'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>'
        f'<rect class="back" width="100%" height="100%"/>{"".join(parts)}</svg>\n'
    )
