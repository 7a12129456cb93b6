"""Single lookups and rows of pages a second, all peers against the static server."""

from __future__ import annotations

import contextlib
import importlib.util
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from bench import costs as variants
from bench import drift as pairs
from bench import foreign, report
from bench.payloads import PAGE_ROWS, PAGES
from bench.peers import BARE, BEFORE, BLOCKING, FLOOR, GENERATOR, PEERS, ROWS, TURBO, UVLOOP
from bench.rounds import Series, Worker, machine, run, workers
from bench.server import awake, cores, serving

OURS = "trunkline"


@frozen(kw_only=True)
class Settings:
    """How long and where to. only: peers to run, empty for all. most: pieces of work in a turn at most;
    awake: see `bench.server.awake`; before: another checkout of the project, to compare with."""

    rounds: int = 9
    seconds: float = 0.5
    most: int = 10_000_000
    only: tuple[str, ...] = ()
    concurrencies: tuple[int, ...] = (1, 16, 64)
    results: Path = Path("build/bench")
    nginx: bool = True
    awake: bool = False
    before: Path | None = None


@frozen
class Stage:
    """What a measure runs on: the peers' processes, and who is missing and why."""

    crew: list[Worker]
    server: str
    missing: dict[str, str]
    origin: str


def wanted(settings: Settings, names: Sequence[str]) -> list[str]:
    """The peers of a run; the library of another checkout stands after our own."""
    if settings.before:
        names = [each for name in names for each in ([name, name + BEFORE] if name == OURS else [name])]
    return [name for name in names if not settings.only or name in settings.only]


def _regular() -> list[str]:
    """The peers of every run; the others are judged by themselves (`bench.turbo`, `bench.ceiling`)."""
    return [name for name in PEERS if name not in (TURBO, BLOCKING, ROWS)]


@contextlib.contextmanager
def stage(settings: Settings, names: Sequence[str]) -> Iterator[Stage]:
    """Generate the clients, start the server and the peers, each on its core."""
    server_core, client_core = cores()
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        clients = root / "clients"
        clients.mkdir()
        chosen, missing = list(names), {}
        if any(name in GENERATOR for name in chosen):
            missing = foreign.make(clients)
        if importlib.util.find_spec("uvloop") is None:
            missing |= {name: "uvloop is not installed" for name in chosen if name.endswith(UVLOOP)}
        chosen = [name for name in chosen if name not in missing and GENERATOR.get(name) not in missing]
        with (
            serving(root / "server", server_core, prefer_nginx=settings.nginx) as (origin, server),
            workers(chosen, origin, client_core, [clients], settings.before) as crew,
            awake(settings.awake, server_core, client_core),
        ):
            yield Stage(crew, server, missing, origin)


def lookups(settings: Settings) -> list[str]:
    """Single lookups at each concurrency."""
    names = wanted(settings, [*_regular(), OURS + UVLOOP, BARE + UVLOOP])
    with stage(settings, names) as on:
        series = {
            concurrency: run(
                on.crew,
                {"do": "lookups", "concurrency": concurrency},
                units=1,
                rounds=settings.rounds,
                seconds=settings.seconds,
                most=settings.most,
            )
            for concurrency in settings.concurrencies
        }
    headings = {f"concurrency {key}": value for key, value in series.items()}
    lines = _publish(settings, "lookups", "Single lookups a second", headings, on)
    for concurrency, one in series.items():
        at = f"lookups at {concurrency}"
        lines += _verdicts(one, at, {BARE: 0.95, "openapi-python-client": 12.0, "openapi-generator": 3.0})
    return lines


def drift(settings: Settings) -> list[str]:
    """Lookups and rows with drift on over the same with drift off."""
    server_core, client_core = cores()
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder,
        serving(Path(folder), server_core, prefer_nginx=settings.nginx) as (origin, server),
    ):
        found = pairs.run(origin, client_core, 20 * settings.rounds, min(settings.most, 400))
    report.write(settings.results, "drift", machine() | {"server": server, "results": found})
    cells = [[what, report.spread_text(value, 3)] for what, value in found.items()]
    table = report.table(["drift on", "throughput of drift off, by CPU time"], cells)
    return [
        "## What noticing drift costs",
        f"server {server}; load {machine()['load'][0]}",
        "",
        table,
        "",
        *[report.verdict(f"{what}, drift on / off", value["median"], 0.97) for what, value in found.items()],
    ]


def costs(settings: Settings) -> list[str]:
    """What single settings cost a lookup, and odd rows a page; all variants in one run, taking turns."""
    server_core, client_core = cores()
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder,
        serving(Path(folder), server_core, prefer_nginx=settings.nginx) as (origin, server),
    ):
        found = variants.run(origin, client_core, 10 * settings.rounds, min(settings.most, 400))
    report.write(settings.results, "costs", machine() | {"server": server, "results": found})
    lines = ["## What settings and odd rows cost", f"server {server}; load {machine()['load'][0]}"]
    for what, unit in (("lookups", "µs a lookup"), ("pages", "µs a page")):
        cells = [
            [name, report.spread_text(each["microseconds"], 1), report.spread_text(each["ratio"], 3)]
            for name, each in found[what].items()
        ]
        lines += ["", report.table([what, unit, f"to {next(iter(found[what]))}"], cells)]
    odd = found["pages"]["1 odd row in 100"]["ratio"]["median"]
    return [*lines, "", report.verdict("a page with 1 odd row in 100 / a good one", odd, 3.0, at_most=True)]


def rows(settings: Settings) -> list[str]:
    """Rows of 500-row pages, one walk after the other and four at a time."""
    names = wanted(settings, [OURS, ROWS, *_regular()[1:]])
    names = [name for name in names if name not in ("trunkline, one hook", FLOOR)]
    with stage(settings, names) as on:
        series = {
            heading: run(
                on.crew,
                {"do": "walks", "concurrency": walks},
                units=PAGES * PAGE_ROWS,
                rounds=settings.rounds,
                seconds=settings.seconds * 2,
                most=settings.most,
            )
            for heading, walks in (("one walk at a time", 1), ("four walks at a time", 4))
        }
    lines = _publish(settings, "rows", "Rows a second over 500-row pages", series, on)
    for heading, one in series.items():
        lines += _verdicts(one, f"rows, {heading}", {BARE: 1.0, "aiohttp + cattrs": 5.0})
    return lines


def _verdicts(series: Series, at: str, bounds: dict[str, float]) -> list[str]:
    if OURS not in series.takes:
        return []
    return [
        report.verdict(f"{at}, trunkline / {base}", series.ratio(OURS, base)["median"], bound)
        for base, bound in bounds.items()
        if base in series.takes
    ]


def _publish(settings: Settings, name: str, title: str, headings: dict[str, Series], on: Stage) -> list[str]:
    where = machine() | {"server": on.server}
    how = f"server {on.server}; {where['cores']} cores, load {where['load'][0]}"
    how += (", real-time priority" if where["realtime"] else "") + (", cores kept awake" * settings.awake)
    lines = [f"## {title}", how, ""]
    groups = []
    found: dict[str, Any] = {}
    for heading, series in headings.items():
        base = BARE if BARE in series.takes else next(iter(series.takes))
        cells, members = [], []
        for peer in series.takes:
            rate, ratio = series.rate(peer), series.ratio(peer, base)
            cpu, cpu_ratio = series.rate(peer, cpu=True), series.ratio(peer, base, cpu=True)
            found.setdefault(heading, {})[peer] = {
                "rate": rate,
                "ratio": ratio,
                "cpu_rate": cpu,
                "cpu_ratio": cpu_ratio,
                "peak_rss_mb": round(series.takes[peer][-1].rss / 1024, 1),
            }
            cells.append(
                [peer, f"{rate['median']:,.0f}", report.spread_text(ratio), f"{1e6 / cpu['median']:,.2f}",
                 report.spread_text(cpu_ratio)]
            )  # fmt: skip
            members.append(
                report.Bar(
                    peer,
                    rate["median"],
                    f"{rate['median']:,.0f} ({ratio['median']:.2f}x)",
                    peer.startswith(OURS),
                )
            )
        head = [heading, "per second", f"of {base}", "CPU µs each", "by CPU time"]
        lines += [report.table(head, cells), ""]
        groups.append((heading, members))
    lines += [f"not measured: {peer}: {why}" for peer, why in on.missing.items()]
    report.write(settings.results, name, {**where, "missing": on.missing, "results": found})
    report.bars(
        settings.results / f"{name}.svg",
        title,
        groups,
        "more is better; ratio to the bare loop of the same round",
    )
    return lines
