"""Measure trunkline beside other ways to do the same: prints tables and targets, keeps JSON and drawings.

Ratios come from one run in which all peers take turns; see docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from bench import (
    ceiling,
    coalesced,
    export,
    first,
    generation,
    imports,
    memory,
    profile,
    throughput,
    turbo,
    workers,
)
from bench.server import REALTIME

MEASURES: dict[str, Callable[[argparse.Namespace], list[str]]] = {
    "lookups": lambda args: throughput.lookups(settings(args)),
    "ceiling": lambda args: ceiling.measure(settings(args)),
    "rows": lambda args: throughput.rows(settings(args)),
    "drift": lambda args: throughput.drift(settings(args)),
    "costs": lambda args: throughput.costs(settings(args)),
    "turbo": lambda args: turbo.measure(settings(args)),
    "profile": lambda args: profile.measure(settings(args)),
    "coalesced": lambda args: coalesced.measure(settings(args), args.keys),
    "export": lambda args: export.measure(args.results, args.rounds),
    "workers": lambda args: workers.measure(
        args.results, args.keys, tuple(args.workers or ()), nginx=not args.no_nginx
    ),
    "first": lambda args: first.measure(args.results, args.rounds),
    "memory": lambda args: memory.measure(args.results, args.many, args.few, args.served),
    "imports": lambda args: imports.measure(args.results, args.rounds),
    "codegen": lambda args: generation.measure(
        args.results, args.document, min(args.rounds, 5), args.resources
    ),
}


def settings(args: argparse.Namespace) -> throughput.Settings:
    """The settings of a throughput run."""
    return throughput.Settings(
        rounds=args.rounds,
        seconds=args.seconds,
        most=args.most,
        only=tuple(args.only),
        concurrencies=tuple(args.concurrency or (1, 16, 64)),
        results=args.results,
        nginx=not args.no_nginx,
        awake=args.awake,
        before=args.before,
    )


def main(argv: list[str] | None = None) -> None:
    """Run the measures that are named, in their order."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("measures", nargs="+", choices=[*MEASURES, "all"], metavar="MEASURE",
                        help=f"{', '.join(MEASURES)} or all")  # fmt: skip
    parser.add_argument("--results", type=Path, default=Path("build/bench"), help="folder for JSON and SVG")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of one turn of one peer")
    parser.add_argument("--most", type=int, default=10_000_000, help="lookups or walks in one turn at most")
    parser.add_argument("--only", action="append", default=[], help="a peer to run; repeatable")
    parser.add_argument(
        "--concurrency", type=int, action="append", help="repeatable; 1, 16 and 64 if not given"
    )
    parser.add_argument("--no-nginx", action="store_true", help="use the server that needs no installation")
    parser.add_argument("--many", type=int, default=1_000_000, help="keys of the large memory run")
    parser.add_argument("--few", type=int, default=10_000, help="keys of the small memory run")
    parser.add_argument("--served", type=int, default=100_000, help="keys of the memory run with a server")
    parser.add_argument("--keys", type=int, default=10_000, help="keys of the coalesced run and of workers")
    parser.add_argument("--workers", type=int, action="append",
                        help="of the cluster; repeatable; 1, 2, 4 … to the cores if not given")  # fmt: skip
    parser.add_argument("--document", type=Path, action="append", default=[], help="for codegen; repeatable")
    parser.add_argument("--resources", type=int, default=120, help="size of the document made for codegen")
    parser.add_argument("--before", type=Path,
                        help="another checkout of the project, as a peer of lookups and rows")  # fmt: skip
    parser.add_argument("--awake", action="store_true",
                        help="for virtual machines: keep the cores from falling asleep")  # fmt: skip
    parser.add_argument("--realtime", action="store_true",
                        help="for busy machines: real-time priority (needs the right to it)")  # fmt: skip
    args = parser.parse_args(argv)
    if args.realtime:
        os.environ[REALTIME] = "1"
    for name in MEASURES if "all" in args.measures else args.measures:
        print("\n".join(MEASURES[name](args)), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
