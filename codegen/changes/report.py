"""Changes as text for a terminal, as markdown for a pull request, as JSON for a program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from codegen.changes.change import Change
from codegen.changes.words import facet, line_of, name_of, old_and_new
from codegen.ir import Place

__all__ = ["as_json", "as_markdown", "as_text", "line_of", "summary"]

ORDER: Final = ("added", "removed", "changed", "documented", "sentence", "unread")
_MARKS: Final = {
    "added": "+",
    "removed": "-",
    "changed": "~",
    "documented": "✓",
    "sentence": "!",
    "unread": "?",
}
_COLOURS: Final = {
    "added": "32",
    "removed": "31",
    "changed": "33",
    "documented": "36",
    "sentence": "35",
    "unread": "35",
}
_WORDS: Final = {
    "added": "added",
    "removed": "removed",
    "changed": "changed",
    "documented": "now documented",
    "sentence": "to decide",
    "unread": "not understood",
}
SCHEMA_VERSION: Final = 2


def place_text(place: Place | None) -> str:
    """A place in one document: the line, else the spot in words."""
    if place is None:
        return "-"
    return f"line {place.line}" if place.line else place.pointer or "-"


def as_text(changes: Sequence[Change], spec: str, document: str, *, colour: bool = False) -> str:
    """Grouped by operation, one change a line, with both places; the quiet class at the end."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    lines = [f"{paint('drift', '1')}  {spec}", f"   {paint('vs', '2')}  {document}"]
    if not changes:
        return "\n".join([*lines, "", paint("No difference.", "32"), ""])
    loud = [change for change in changes if not change.quiet]
    quiet = [change for change in changes if change.quiet]
    width = min(max(len(line_of(change, title=False)) for change in changes), 84)
    for heading, group in [*_groups(loud), *([("Descriptions and examples", quiet)] if quiet else [])]:
        lines += ["", paint(heading or "The document as a whole", "1")]
        for change in group:
            mark = paint(_MARKS[change.kind], _COLOURS[change.kind])
            word = paint(f"{_WORDS[change.kind]:<14}", _COLOURS[change.kind])
            places = f"spec {place_text(change.old_place)} · document {place_text(change.new_place)}"
            text = _short(line_of(change, title=change.quiet))
            lines.append(f"  {mark} {word} {text:<{width}}  {paint(places, '2')}")
    return "\n".join([*lines, "", paint(summary(changes), "1"), ""])


def _short(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def summary(changes: Sequence[Change]) -> str:
    """`5 differences: 2 added, 3 changed`."""
    counts = Counter(change.kind for change in changes)
    parts = [f"{counts[kind]} {_WORDS[kind]}" for kind in ORDER if counts[kind]]
    return f"{len(changes)} difference{'s' if len(changes) != 1 else ''}: {', '.join(parts)}"


def _groups(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.title, []).append(change)
    return [(title, sorted(group, key=lambda c: ORDER.index(c.kind))) for title, group in groups.items()]


def as_markdown(changes: Sequence[Change], spec: str, document: str) -> str:
    """A section for a pull request, one table for each operation."""
    lines = ["## Drift", "", f"`{spec}` against `{document}`", ""]
    if not changes:
        return "\n".join([*lines, "No difference.", ""])
    lines += [f"**{summary(changes)}**", ""]
    for title, group in _groups(changes):
        lines += [
            f"### {_escaped(title) or 'The document as a whole'}",
            "",
            "| | What | Spec | Document |",
            "| --- | --- | --- | --- |",
        ]
        for change in group:
            cells = (
                _WORDS[change.kind],
                _escaped(line_of(change, title=False)),
                place_text(change.old_place),
                place_text(change.new_place),
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Text that stays text in a table cell."""
    for character in "\\|`*_<>[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def as_json(changes: Sequence[Change], spec: str, document: str) -> str:
    """A stable form: `schema` is raised when a key changes its meaning."""
    counts = Counter(change.kind for change in changes)
    data: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "spec": spec,
        "document": document,
        "empty": not changes,
        "counts": {kind: counts[kind] for kind in ORDER},
        "findings": [_finding(change) for change in changes],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _finding(change: Change) -> dict[str, Any]:
    old, new = old_and_new(change)
    return {
        "id": change.id,
        "kind": change.kind,
        "facet": facet(change),
        "operation": change.title or None,
        "name": name_of(change) or None,
        "subject": {
            "kind": change.subject.kind,
            "operation": change.subject.operation or None,
            "where": change.subject.where or None,
            "path": list(change.subject.path),
        },
        "aspect": change.aspect,
        "old": old or None,
        "new": new or None,
        "provenance": change.provenance,
        "quiet": change.quiet,
        "note": change.note or None,
        "spec": _place(change.old_place),
        "document": _place(change.new_place),
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"line": place.line, "pointer": place.pointer or None}
