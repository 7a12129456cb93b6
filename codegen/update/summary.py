"""The one summary at the end of an update, for the terminal and as a file."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from codegen.update.step import Step

_WIDTH: Final = 76
_ENDS: Final = {
    0: "Done. Look through `git diff`, then commit specs/, src/, tests/ and CHANGELOG.md together.",
    1: "Not finished: do what stands behind the arrows, then run the command again:",
    2: "Stopped: do what stands behind the arrow, then run the command again:",
}


def as_text(steps: Sequence[Step], status: int, again: str) -> str:
    """One row a step, with what to do next below it."""
    lines = [f"{'step':<10} {'result':<14} outcome", f"{'-' * 9:<10} {'-' * 13:<14} {'-' * 40}"]
    for step in steps:
        rows = textwrap.wrap(step.outcome, _WIDTH) or [""]
        rows += textwrap.wrap(step.then, _WIDTH, initial_indent="-> ", subsequent_indent="   ")
        lines.append(f"{step.name:<10} {step.result:<14} {rows[0]}  ({step.seconds:.1f} s)")
        lines += [f"{'':<25} {row}" for row in rows[1:]]
    return "\n".join([*lines, "", ending(steps, status, again)])


def as_markdown(steps: Sequence[Step], status: int, document: str, spec: str, again: str) -> str:
    """The same as a table for a review."""
    lines = [
        f"# Update of `{spec}` from `{document}`",
        "",
        "| step | result | outcome | next |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {step.name} | {step.result} | {_cell(step.outcome)} | {_cell(step.then)} |" for step in steps
    ]
    return "\n".join([*lines, "", ending(steps, status, again), ""])


def ending(steps: Sequence[Step], status: int, again: str) -> str:
    """The closing sentence, and the command to run next."""
    if len(steps) == 1 and steps[0].result == "nothing to do":
        return "Nothing to do: the vendor's document says what the spec says."
    return _ENDS[status] if status == 0 else f"{_ENDS[status]}\n  {again}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
