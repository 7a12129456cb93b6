"""The page of a report: one HTML file with its plots inside, readable in light, dark and on paper."""

from __future__ import annotations

import datetime
import html
import platform
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from trunkline.cli._plots import Curve, plot
from trunkline.cli._timeline import Timeline

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --dim: #5b6675; --line: #e1e5eb;
  --c0: #1f6feb; --c1: #d9480f; --good: #1a7f37; --bad: #c92a2a; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --ink: #e6e9ee; --dim: #98a2b3;
  --line: #2b323c; --c0: #6cb0ff; --c1: #ff9f5a; --good: #57c26d; --bad: #ff7b7b; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  max-width: 920px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 2rem 0 .3rem }
p { margin: .3rem 0; color: var(--dim) } .verdict { font-weight: 600; font-size: 1.05rem }
.good { color: var(--good) } .bad { color: var(--bad) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
th { overflow-wrap: normal } td:first-child { overflow-wrap: break-word }
th:first-child, td:first-child { padding-left: 0 }
.numbers th:not(:first-child), .numbers td:not(:first-child) { text-align: right; white-space: nowrap }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: .3rem 0 }
dt { font-weight: 600 } dd { margin: 0; color: var(--dim) }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--dim); font-size: 12px }
svg.narrow { display: none }
.grid { stroke: var(--line) } .s0 { stroke: var(--c0) } .s1 { stroke: var(--c1) }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round } .dashed { stroke-dasharray: 5 4 }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: .3rem 0 .4rem; color: var(--dim) }
.legend svg { width: 26px; height: 10px; display: inline-block; margin-right: .4rem }
@media (max-width: 560px) { th, td { padding: .3rem .3rem; font-size: .86rem }
  .numbers th:not(:first-child), .numbers td:not(:first-child) { white-space: normal }
  dl { grid-template-columns: 1fr } dt { margin-top: .4rem }
  svg.wide { display: none } svg.narrow { display: block } }
@media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --dim: #444444; --line: #bbbbbb;
  --c0: #1f6feb; --c1: #d9480f; --good: #1a7f37; --bad: #c92a2a; } body { margin: 0; max-width: none }
  svg.wide { display: block } svg.narrow { display: none }
  section, tr { break-inside: avoid } h2 { break-after: avoid } }
"""


@frozen(kw_only=True)
class Run:
    """One line of the plots: outcomes over time, between two moments in seconds."""

    name: str
    timeline: Timeline
    begin: float
    end: float


def page(title: str, about: Sequence[str], verdict: str, *, good: bool, sections: Sequence[str]) -> str:
    """Return a whole report. about: lines below the title. verdict: how it ended, in a sentence."""
    # Everything is escaped, since file names, keys and messages of the vendor come from outside.
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in (*about, versions()))
    kind = "good" if good else "bad"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{html.escape(title)}</h1>{lines}<p class="verdict {kind}">{html.escape(verdict)}</p>
{"".join(sections)}
</body></html>
"""


def versions() -> str:
    """When and with what a report was made: without it two reports cannot be compared."""
    import aiohttp

    from trunkline import __version__

    now = datetime.datetime.now().astimezone()
    return (
        f"{now:%Y-%m-%d %H:%M %Z}, trunkline {__version__}, Python {platform.python_version()}, "
        f"aiohttp {aiohttp.__version__}, {platform.system()} on {platform.machine()}."
    )


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = False) -> str:
    """Return a section with a table; empty without rows. numbers: all columns but the first are numbers."""
    if not rows:
        return ""
    top = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    heading = f"<h2>{html.escape(title)}</h2>" if title else ""
    head = f"<thead><tr>{top}</tr></thead>" if any(heads) else ""
    kind = ' class="numbers"' if numbers else ""
    return f"<section>{heading}<table{kind}>{head}<tbody>{body}</tbody></table></section>"


def words(explained: Mapping[str, str]) -> str:
    """Return a section that explains the words of the tables."""
    entries = "".join(
        f"<dt>{html.escape(word)}</dt><dd>{html.escape(text)}</dd>" for word, text in explained.items()
    )
    return f"<section><h2>What the words mean</h2><dl>{entries}</dl></section>"


def plots(runs: Sequence[Run]) -> str:
    """Return the sections on throughput and latency, on one scale of time for all runs."""
    runs = [run for run in runs if run.timeline]
    if not runs:
        return ""
    begin = min(run.begin for run in runs)
    rates, latencies = [], []
    for place, run in enumerate(runs):
        bins = list(run.timeline.bins(run.begin, run.end))
        rates.append(Curve(run.name, f"s{place % 2}", [(one.middle - begin, one.rate) for one in bins]))
        for share, name, style in ((0.5, "p50", ""), (0.95, "p95", " dashed")):
            points = [(one.middle - begin, milliseconds(one.percentile(share))) for one in bins]
            latencies.append(Curve(f"{run.name}, {name}", f"s{place % 2}{style}", points))
    rate = plot("Throughput", "keys a second", rates)
    return rate + plot("Latency", "milliseconds, logarithmic", latencies, log=True)


def milliseconds(seconds: float | None) -> float | None:
    """Return a time in milliseconds."""
    return None if seconds is None else seconds * 1000


def shown_milliseconds(seconds: float | None) -> str:
    """Return a time as a table shows it, "-" where there is none."""
    return "-" if seconds is None else f"{seconds * 1000:,.0f} ms"


__all__ = ["Run", "milliseconds", "page", "plots", "shown_milliseconds", "table", "versions", "words"]
