"""The demo's report: one HTML file with its plots inside, readable in light and dark, without a network."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import frozen

from trunkline.cli._part import Part, percentile

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
_WIDTH, _HEIGHT = 860, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 16, 44
_BINS: Final = 60
_STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --dim: #667085; --line: #e1e5eb;
  --c0: #1f6feb; --c1: #d9480f; --good: #1a7f37; --bad: #c92a2a; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e6e9ee; --dim: #98a2b3;
  --line: #2b323c; --c0: #6cb0ff; --c1: #ff9f5a; --good: #57c26d; --bad: #ff7b7b; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  max-width: 920px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin: 2rem 0 .3rem }
p { margin: .3rem 0; color: var(--dim) } .verdict { font-weight: 600; font-size: 1.05rem }
.good { color: var(--good) } .bad { color: var(--bad) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--dim); font-size: 12px }
.grid { stroke: var(--line) } .s0 { stroke: var(--c0) } .s1 { stroke: var(--c1) }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round } .dashed { stroke-dasharray: 5 4 }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: .3rem 0 .4rem; color: var(--dim) }
.legend svg { width: 26px; height: 10px; display: inline-block; margin-right: .4rem }
@media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --dim: #444444; --line: #bbbbbb;
  --c0: #1f6feb; --c1: #d9480f; --good: #1a7f37; --bad: #c92a2a; } body { margin: 0; max-width: none }
  section { break-inside: avoid } }
@media (max-width: 480px) { table, tbody, tr, td, thead, th { font-size: .82rem }
  th, td { padding: .3rem .3rem; white-space: normal; overflow-wrap: anywhere } }
"""


@frozen
class Curve:
    """One line of a plot: its name, style classes and points (x, y); None as y is a gap."""

    name: str
    style: str
    points: Sequence[tuple[float, float | None]]


def cells(part: Part) -> list[str]:
    """Return one column of the summary table, by `HEADINGS`."""
    pressure = part.pressure
    middle, high = part.percentile(0.5), part.percentile(0.95)
    return [
        f"{part.asked:,} {part.unit}",
        f"{part.seconds:.1f} s",
        f"{part.rate:,.0f}",
        "-" if middle is None else f"{middle * 1000:,.0f} ms",
        "-" if high is None else f"{high * 1000:,.0f} ms",
        f"{pressure.attempts:,}",
        f"{pressure.retries:,}",
        f"{pressure.held:.1f} s",
        f"{part.failed:,}",
        f"{part.lost:,}",
        f"{part.extra:,}",
    ]


def page(about: str, parts: Sequence[Part]) -> str:
    """Return the whole report."""
    runs = [part for part in parts if part.unit == "keys" and part.samples]
    complete = all(part.complete for part in parts)
    verdict = (
        '<p class="verdict good">Nothing lost: every key and row is in its file exactly once.</p>'
        if complete
        else '<p class="verdict bad">Not complete: see failed, lost and extra below.</p>'
    )
    heads = "".join(f"<th>{html.escape(one)}</th>" for one in ("", *(part.name for part in parts)))
    columns = [cells(part) for part in parts]
    lines = [(heading, *(column[place] for column in columns)) for place, heading in enumerate(HEADINGS)]
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>trunkline demo</title><style>{_STYLE}</style></head><body>
<h1>trunkline demo</h1><p>Against {html.escape(about)}.</p><p>{html.escape(_made())}</p>{verdict}
<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>
<p>Latency is that of a whole lookup, retries and waits included; of the collection, the time between pages.
Backing off is the time in which the client as a whole held back for the vendor.</p>
{_plot("Throughput", "outcomes a second", _throughput(runs))}
{_plot("Latency", "milliseconds, logarithmic", _latency(runs), log=True)}
</body></html>
"""


def _made() -> str:
    """When and with what the run was made: without it two reports cannot be compared."""
    import datetime
    import platform

    import aiohttp

    from trunkline import __version__

    now = datetime.datetime.now().astimezone()
    return (
        f"{now:%Y-%m-%d %H:%M %Z}, trunkline {__version__}, Python {platform.python_version()}, "
        f"aiohttp {aiohttp.__version__}, {platform.system()} on {platform.machine()}."
    )


def _bins(runs: Sequence[Part]) -> tuple[float, float, float]:
    """Return begin, end and width of the time bins: at most 60, none shorter than a tenth of a second."""
    begin = min(part.begin for part in runs)
    end = max(part.begin + part.seconds for part in runs)
    width = max(0.1, (end - begin) / _BINS)
    return begin, end, width


def _binned(part: Part, runs: Sequence[Part]) -> Iterable[tuple[float, float, list[float]]]:
    """Yield for each bin of the part its middle (from the common begin), its width and its latencies."""
    begin, _, width = _bins(runs)
    first = int((part.begin - begin) / width)
    last = int((part.begin + part.seconds - begin) / width)
    found: dict[int, list[float]] = {number: [] for number in range(first, last + 1)}
    for moment, latency in part.samples:
        found.setdefault(int((moment - begin) / width), []).append(latency)
    stop = part.begin + part.seconds - begin
    for number, latencies in sorted(found.items()):
        covered = min(width, stop - number * width)
        if covered > width / 4 or len(found) == 1:  # a sliver at the end says nothing about a rate
            yield (number + 0.5) * width, max(covered, 1e-9), latencies


def _throughput(runs: Sequence[Part]) -> list[Curve]:
    return [
        Curve(part.name, f"s{place}", [(x, len(found) / wide) for x, wide, found in _binned(part, runs)])
        for place, part in enumerate(runs)
    ]


def _latency(runs: Sequence[Part]) -> list[Curve]:
    curves = []
    for place, part in enumerate(runs):
        bins = list(_binned(part, runs))
        for share, name, style in ((0.5, "p50", ""), (0.95, "p95", " dashed")):
            points = [(x, _milliseconds(percentile(found, share))) for x, _, found in bins]
            curves.append(Curve(f"{part.name}, {name}", f"s{place}{style}", points))
    return curves


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _plot(title: str, unit: str, curves: Sequence[Curve], *, log: bool = False) -> str:
    values = [y for curve in curves for _, y in curve.points if y is not None]
    if not values:
        return ""
    end = max(x for curve in curves for x, _ in curve.points)
    ticks = _log_ticks(min(values), max(values)) if log else _ticks(max(values))
    scale = _scale(ticks[0], ticks[-1], log=log)
    parts = [_axes(unit, ticks, scale, end)]
    parts += [f'<path class="curve {one.style}" d="{_path(one.points, scale, end)}"/>' for one in curves]
    legend = "".join(
        f'<span><svg viewBox="0 0 26 10" aria-hidden="true"><path class="curve {one.style}" d="M0 5H26"/>'
        f"</svg>{html.escape(one.name)}</span>"
        for one in curves
    )
    label = html.escape(f"{title} over time, {unit}")
    return (
        f'<section><h2>{html.escape(title)}</h2><div class="legend">{legend}</div>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
        "</section>"
    )


def _scale(low: float, high: float, *, log: bool) -> Callable[[float], float]:
    """Return the function from a value to its height in the picture."""
    room = _HEIGHT - _TOP - _BOTTOM

    def place(value: float) -> float:
        if log:
            share = (math.log10(max(value, low)) - math.log10(low)) / (math.log10(high) - math.log10(low))
        else:
            share = (value - low) / (high - low)
        return _TOP + room * (1 - share)

    return place


def _x(seconds: float, end: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * seconds / (end or 1)


def _axes(unit: str, ticks: Sequence[float], scale: Callable[[float], float], end: float) -> str:
    parts = []
    for tick in ticks:
        y = scale(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,.6g}</text>')
    base = _HEIGHT - _BOTTOM
    for second in _ticks(end):
        if second <= end:
            x = _x(second, end)
            parts.append(f'<text x="{x:.1f}" y="{base + 18}" text-anchor="middle">{second:g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">seconds since the lookups began</text>'
    )
    half = _TOP + (base - _TOP) / 2
    parts.append(
        f'<text transform="rotate(-90 14 {half})" x="14" y="{half}" text-anchor="middle">{unit}</text>'
    )
    return "".join(parts)


def _path(points: Sequence[tuple[float, float | None]], scale: Callable[[float], float], end: float) -> str:
    steps, drawing = [], False
    for x, y in points:
        if y is None:
            drawing = False
            continue
        # a point without neighbours would not be seen, hence the short stroke at each beginning
        steps.append(f"{'L' if drawing else 'M'}{_x(x, end):.1f} {scale(y):.1f}{'' if drawing else 'h2'}")
        drawing = True
    return "".join(steps)


def _ticks(high: float) -> list[float]:
    """Return round values, seven or so, from 0 to at least `high`."""
    rough = (high or 1) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return [step * number for number in range(math.ceil((high or 1) / step) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Return powers of ten (and two and five times those) that enclose the values."""
    first = math.floor(math.log10(max(low, 0.001)))
    last = max(first + 1, math.ceil(math.log10(max(high, 0.001))))
    ticks = [factor * 10.0**power for power in range(first, last) for factor in (1, 2, 5)]
    ticks.append(10.0**last)
    inside = [tick for tick in ticks if low / 2.5 <= tick <= high * 2.5]
    return inside if len(inside) >= 2 else ticks


__all__ = ["HEADINGS", "cells", "page"]
