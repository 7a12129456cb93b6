"""Fuzz for a while: `python -m tests.reliability.fuzz --seconds 60`. A failure prints the smallest input."""

from __future__ import annotations

import argparse
import itertools
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Final

from attrs import define
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.reliability.fuzz_targets import TARGETS, Target

Clock = Callable[[], float]
_TURNS: Final = 4
"""Turns of each target in a run: one turn would meet few of the seeds, and many turns few deep inputs."""
_LONGEST_TURN: Final = 10.0


@define
class Share:
    """What one target has had of a run. inputs: checked, those of a failing batch aside."""

    inputs: int = 0
    seconds: float = 0.0
    failed: bool = False


def attack(
    target: Target,
    number: int,
    examples: int,
    *,
    seconds: float = float("inf"),
    clock: Clock = time.monotonic,
) -> int:
    """One batch of generated inputs; raises for the smallest input that breaks the rule.

    Returns:
        How many inputs were checked: all of them, or those that the seconds were enough for.
    """
    end = clock() + seconds
    checked = 0
    broken = False

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
        nonlocal checked, broken
        # A failure is made smaller however long it takes; an input that failed must fail again.
        if not broken and clock() >= end:
            return
        checked += 1
        try:
            target.check(value)
        except BaseException:
            broken = True
            raise

    batch()
    return checked


def fuzz(
    targets: Mapping[str, Target],
    seconds: float,
    *,
    first_seed: int,
    examples: int = 200,
    clock: Clock = time.monotonic,
) -> dict[str, Share]:
    """Fuzz until the time is up, the target that had least of it next; a target that failed is done."""
    end = clock() + seconds
    turn = min(seconds / len(targets) / _TURNS, _LONGEST_TURN)
    shares = {name: Share() for name in targets}
    for number in itertools.count(first_seed):
        left = {name: share for name, share in shares.items() if not share.failed}
        began = clock()
        if not left or began >= end:
            return shares
        name = min(left, key=lambda one: left[one].seconds)
        share = shares[name]
        try:
            share.inputs += attack(
                targets[name], number, examples, seconds=min(turn, end - began), clock=clock
            )
        except Exception:
            share.failed = True
            print(f"--- {name}, seed {number}")  # noqa: T201
            traceback.print_exc()
        share.seconds += clock() - began
    raise AssertionError("a count has no end")


def main() -> int:
    """Fuzz all targets, print what each had of the time, and return 1 if one failed."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=60.0)
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--examples", type=int, default=200, help="inputs in one batch")
    chosen = words.parse_args()
    shares = fuzz(TARGETS, chosen.seconds, first_seed=chosen.seed, examples=chosen.examples)
    for name, share in shares.items():
        failed = "  failed" if share.failed else ""
        print(f"{name:16} {share.inputs:9,} inputs {share.seconds:7.1f} s{failed}")  # noqa: T201
    failures = sum(share.failed for share in shares.values())
    total = sum(share.inputs for share in shares.values())
    print(f"{total:,} inputs, seed {chosen.seed}; {failures} of {len(shares)} targets failed")  # noqa: T201
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
