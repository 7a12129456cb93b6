"""`python -m bench MEASURE [...]`: prints tables and targets, keeps JSON and drawings below build/bench."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bench import throughput

MEASURES = {"lookups": throughput.lookups, "rows": throughput.rows}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("measure", nargs="+", choices=[*MEASURES, "all"])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of one turn of one peer")
    parser.add_argument("--most", type=int, default=10_000_000)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--concurrency", type=int, action="append", default=[])
    args = parser.parse_args()
    settings = throughput.Settings(rounds=args.rounds, seconds=args.seconds, most=args.most, only=tuple(args.only), concurrencies=tuple(args.concurrency) or (1,16,64))
    for name in args.measure:
        print("\n".join(MEASURES[name](settings)), flush=True)


if __name__ == "__main__":
    main()
