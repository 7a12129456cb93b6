"""Findings as text for a terminal, as markdown for a pull request, as JSON for a program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from codegen.drift.finding import ORDER, Finding
from codegen.vendor.document import At

_MARKS: Final = {"added": "+", "removed": "-", "changed": "~", "documented": "✓", "unplaced": "?"}
_COLOURS: Final = {"added": "32", "removed": "31", "changed": "33", "documented": "36", "unplaced": "35"}
_WORDS: Final = {
    "added": "added",
    "removed": "removed",
    "changed": "changed",
    "documented": "now documented",
    "unplaced": "not understood",
}
SCHEMA_VERSION: Final = 1


def place_text(at: At | None) -> str:
    """A place in one document: the line, else the spot in words."""
    if at is None:
        return "-"
    return f"line {at.line}" if at.line else at.pointer or "-"


def as_text(findings: list[Finding], spec: str, document: str, *, colour: bool = False) -> str:
    """Grouped by operation, one finding a line, with both places."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    lines = [f"{paint('drift', '1')}  {spec}", f"   {paint('vs', '2')}  {document}"]
    if not findings:
        return "\n".join([*lines, "", paint("No difference.", "32"), ""])
    width = min(max(len(finding.text) for finding in findings), 84)
    for title, group in _groups(findings):
        lines += ["", paint(title or "The document as a whole", "1")]
        for finding in group:
            mark = paint(_MARKS[finding.kind], _COLOURS[finding.kind])
            word = paint(f"{_WORDS[finding.kind]:<14}", _COLOURS[finding.kind])
            places = f"spec {place_text(finding.spec)} · document {place_text(finding.vendor)}"
            lines.append(f"  {mark} {word} {_short(finding.text):<{width}}  {paint(places, '2')}")
    return "\n".join([*lines, "", paint(summary(findings), "1"), ""])


def _short(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def summary(findings: list[Finding]) -> str:
    """`5 differences: 2 added, 3 changed`."""
    counts = Counter(finding.kind for finding in findings)
    parts = [f"{counts[kind]} {_WORDS[kind]}" for kind in ORDER if counts[kind]]
    return f"{len(findings)} difference{'s' if len(findings) != 1 else ''}: {', '.join(parts)}"


def _groups(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.operation, []).append(finding)
    return [(title, sorted(group, key=lambda f: ORDER.index(f.kind))) for title, group in groups.items()]


def as_markdown(findings: list[Finding], spec: str, document: str) -> str:
    """A section for a pull request, one table for each operation."""
    lines = ["## Drift", "", f"`{spec}` against `{document}`", ""]
    if not findings:
        return "\n".join([*lines, "No difference.", ""])
    lines += [f"**{summary(findings)}**", ""]
    for title, group in _groups(findings):
        lines += [
            f"### {_escaped(title) or 'The document as a whole'}",
            "",
            "| | What | Spec | Document |",
            "| --- | --- | --- | --- |",
        ]
        for finding in group:
            cells = (
                _WORDS[finding.kind],
                _escaped(finding.text),
                place_text(finding.spec),
                place_text(finding.vendor),
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Text that stays text in a table cell."""
    for character in "\\|`*_<>[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def as_json(findings: list[Finding], spec: str, document: str) -> str:
    """A stable form: `schema` is raised when a key changes its meaning."""
    counts = Counter(finding.kind for finding in findings)
    data: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "spec": spec,
        "document": document,
        "empty": not findings,
        "counts": {kind: counts[kind] for kind in ORDER},
        "findings": [
            {
                "kind": finding.kind,
                "facet": finding.facet,
                "operation": finding.operation or None,
                "name": finding.name or None,
                "old": finding.old or None,
                "new": finding.new or None,
                "note": finding.note or None,
                "spec": _place(finding.spec),
                "document": _place(finding.vendor),
            }
            for finding in findings
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _place(at: At | None) -> dict[str, Any] | None:
    return None if at is None else {"line": at.line, "pointer": at.pointer or None}
