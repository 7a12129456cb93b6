"""The lines of a changelog entry: by Python names, with one line for the same change of many operations."""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve

from codegen.diff.finding import LEVELS, Comparison, Finding
from codegen.diff.report import sentence

SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""The headings of Keep a Changelog, in its order."""


def entry(comparison: Comparison) -> dict[str, list[str]]:
    """Sentences by section; breaking ones come first and are marked as such."""
    lines: dict[str, list[str]] = {}
    for item in _merged(comparison.findings):
        text = sentence(item, comparison.api, shown=len(item.operations))
        if item.rule.level == "breaking":
            text = f"**Breaking:** {text}"
        lines.setdefault(item.rule.section, []).append(text)
    return {name: lines[name] for name in SECTIONS if name in lines}


def _merged(findings: tuple[Finding, ...]) -> list[Finding]:
    """One finding for the same words about several operations."""
    merged: dict[tuple[str, str], Finding] = {}
    for item in findings:
        # With operations, the sentence names them. Without, the text alone may be equal for two subjects.
        key = (item.rule.id, item.text if item.operations else f"{item.subject}: {item.text}")
        known = merged.get(key)
        if known is None:
            merged[key] = item
        else:
            more = tuple(name for name in item.operations if name not in known.operations)
            merged[key] = evolve(known, operations=known.operations + more)
    return sorted(merged.values(), key=lambda item: LEVELS.index(item.rule.level))


def plain(text: str) -> str:
    """A line with single spaces, however it is wrapped."""
    return re.sub(r"\s+", " ", text).strip()
