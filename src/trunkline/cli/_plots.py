"""Line plots as SVG inside a page: no script, nothing loaded, colours from the page's style."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen


@frozen
class Shape:
    """Size of a drawing and of its margins, in units of which one is a pixel where there is room."""

    name: str
    width: int
    height: int
    left: int = 64
    right: int = 16
    top: int = 16
    bottom: int = 44

    @property
    def base(self) -> int:
        """Where the horizontal axis lies."""
        return self.height - self.bottom


SHAPES: Final = (Shape("wide", 860, 260), Shape("narrow", 360, 260, right=8))
"""Each plot is drawn twice and the style shows one: scaled to a telephone, the wide one's text is a smear."""


@frozen
class Curve:
    """One line of a plot: its name, style classes and points (x, y); None as y is a gap."""

    name: str
    style: str
    points: Sequence[tuple[float, float | None]]


def plot(title: str, unit: str, curves: Sequence[Curve], *, log: bool = False) -> str:
    """Return a section with a legend and the drawing; empty without a value to draw."""
    values = [y for curve in curves for _, y in curve.points if y is not None]
    if not values:
        return ""
    end = max(x for curve in curves for x, _ in curve.points)
    ticks = _log_ticks(min(values), max(values)) if log else _ticks(max(values))
    label = html.escape(f"{title} over time, {unit}")
    legend = "".join(
        f'<span><svg viewBox="0 0 26 10" aria-hidden="true"><path class="curve {one.style}" d="M0 5H26"/>'
        f"</svg>{html.escape(one.name)}</span>"
        for one in curves
    )
    drawings = "".join(
        f'<svg class="{shape.name}" viewBox="0 0 {shape.width} {shape.height}" role="img" '
        f'aria-label="{label}">{_drawing(shape, unit, curves, ticks, end, log=log)}</svg>'
        for shape in SHAPES
    )
    return f'<section><h2>{html.escape(title)}</h2><div class="legend">{legend}</div>{drawings}</section>'


def _drawing(
    shape: Shape, unit: str, curves: Sequence[Curve], ticks: Sequence[float], end: float, *, log: bool
) -> str:
    scale = _scale(shape, ticks[0], ticks[-1], log=log)
    lines = [
        f'<path class="curve {one.style}" d="{_path(shape, one.points, scale, end)}"/>' for one in curves
    ]
    return "".join([_axes(shape, unit, ticks, scale, end), *lines])


def _scale(shape: Shape, low: float, high: float, *, log: bool) -> Callable[[float], float]:
    """Return the function from a value to its height in the drawing."""
    room = shape.base - shape.top

    def place(value: float) -> float:
        if log:
            share = (math.log10(max(value, low)) - math.log10(low)) / (math.log10(high) - math.log10(low))
        else:
            share = (value - low) / (high - low)
        return shape.top + room * (1 - share)

    return place


def _x(shape: Shape, seconds: float, end: float) -> float:
    return shape.left + (shape.width - shape.left - shape.right) * seconds / (end or 1)


def _axes(
    shape: Shape, unit: str, ticks: Sequence[float], scale: Callable[[float], float], end: float
) -> str:
    right = shape.width - shape.right
    parts = []
    for tick in ticks:
        y = scale(tick)
        parts.append(f'<line class="grid" x1="{shape.left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{shape.left - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,.6g}</text>')
    for second in _ticks(end, 4 if shape.width < 500 else 6):
        if second <= end:
            x = _x(shape, second, end)
            parts.append(f'<text x="{x:.1f}" y="{shape.base + 18}" text-anchor="middle">{second:g}</text>')
    middle = (shape.left + right) / 2
    parts.append(
        f'<text x="{middle}" y="{shape.height - 6}" text-anchor="middle">'
        "seconds since the lookups began</text>"
    )
    half = shape.top + (shape.base - shape.top) / 2
    parts.append(
        f'<text transform="rotate(-90 14 {half})" x="14" y="{half}" text-anchor="middle">'
        f"{html.escape(unit)}</text>"
    )
    return "".join(parts)


def _path(
    shape: Shape, points: Sequence[tuple[float, float | None]], scale: Callable[[float], float], end: float
) -> str:
    # A gap in the values breaks the line. A line through it would show a rate where nothing ran.
    steps, drawing = [], False
    for x, y in points:
        if y is None:
            drawing = False
            continue
        # a point without neighbours would not be seen, hence the short stroke at each beginning
        step = f"{'L' if drawing else 'M'}{_x(shape, x, end):.1f} {scale(y):.1f}"
        steps.append(step if drawing else f"{step}h2")
        drawing = True
    return "".join(steps)


def _ticks(high: float, count: int = 6) -> list[float]:
    """Return round values, `count` or a few more, from 0 to at least `high`."""
    rough = (high or 1) / count
    power = 10.0 ** math.floor(math.log10(rough))
    # Round steps that people read easily; a computed step such as 3.7 makes an axis
    # that nobody can read.
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


__all__ = ["SHAPES", "Curve", "Shape", "plot"]
