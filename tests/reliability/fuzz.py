"""Fuzz for a while: `python -m tests.reliability.fuzz --seconds 60`. A failure prints the smallest input."""

from __future__ import annotations

import argparse
import itertools
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.reliability.fuzz_targets import TARGETS, Target


def attack(target: Target, number: int, examples: int) -> None:
    """One batch of generated inputs; raises for the smallest input that breaks the rule."""

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(target.strategy)
    def batch(value: object) -> None:
        target.check(value)

    batch()


def main() -> int:
    """Fuzz all targets in turn until the time is up."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=60.0)
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--examples", type=int, default=200, help="inputs in one batch")
    chosen = words.parse_args()
    end = time.monotonic() + chosen.seconds
    batches = dict.fromkeys(TARGETS, 0)
    failed: set[str] = set()
    for number in itertools.count(chosen.seed):
        for name, target in TARGETS.items():
            if time.monotonic() >= end or failed >= set(TARGETS):
                total = sum(batches.values()) * chosen.examples
                counts = ", ".join(f"{name} {count * chosen.examples:,}" for name, count in batches.items())
                print(f"{total:,} inputs: {counts}; {len(failed)} targets failed")  # noqa: T201
                return 1 if failed else 0
            if name in failed:
                continue
            try:
                attack(target, number, chosen.examples)
                batches[name] += 1
            except Exception:
                failed.add(name)
                print(f"--- {name}, seed {number}")  # noqa: T201
                traceback.print_exc()
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
