"""Rows of a version table, and sentences in them that nobody has decided on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codegen.changes.change import Change
from codegen.changes.releases import compare_entries
from codegen.facts.evidence import Statement, digest
from codegen.facts.fact import Fact, Subject

if TYPE_CHECKING:
    from codegen.changes.baseline import Baseline
    from codegen.changes.compare import Sides
    from codegen.ir import Place

_ENDING: Final = re.compile(
    r"\b(deprecated|obsolete|removed|deleted|withdrawn|retired|discontinued)\b", re.IGNORECASE
)


def compare_rows(sides: Sides, known: Baseline, changes: list[Change]) -> list[Change]:
    """Rows that are new or gone; methods that a new sentence ends; and all other new sentences."""
    if not known.exists:
        return []
    found = compare_entries(sides, known, changes)
    found += _endings(sides, known)
    resting = {c.new_place for c in [*changes, *found] if c.kind != "unread" and c.subject.kind != "release"}
    new_rows = {c.subject.name for c in found if c.subject.kind == "release" and c.kind == "added"}
    renamed = {str(c.new): str(c.old) for c in found if c.subject.kind == "release" and c.aspect == "name"}
    for version in sides.new.evidence.releases:
        before = known.releases.get(renamed.get(version, version), [])
        now = {digest(s.text): s for s in sides.new.evidence.of_release(version)}
        fresh = [statement for mark, statement in now.items() if mark not in before]
        new = [s for s in fresh if not _rests(s, resting, [*changes, *found])]
        lost = [mark for mark in before if mark not in now]
        for index, statement in enumerate(new):
            found.append(sentence_of(statement, lost[index] if index < len(lost) else ""))
        explained = any(c.kind == "removed" and c.subject.kind in ("operation", "parameter") for c in changes)
        if (
            len(lost) > len(new)
            and version not in new_rows
            and not explained
            and not _moved(changes, version)
        ):
            found.append(_lost(sides, version, len(lost) - len(new)))
    return found


def _moved(changes: list[Change], version: str) -> bool:
    return any(
        c.new_place is not None and c.new_place.pointer.endswith(f"version {version}") for c in changes
    )


def _rests(statement: Statement, resting: set[Place | None], changes: list[Change]) -> bool:
    """Whether a change speaks of a name in this sentence, in the same row."""
    if statement.place not in resting:
        return False
    return any(
        c.new_place == statement.place and _names(c) and any(name in statement.text for name in _names(c))
        for c in changes
    )


def _names(change: Change) -> list[str]:
    words = [change.subject.name, change.title, str(change.new), str(change.old)]
    return [word for word in words if word and word not in ("True", "None")]


def sentence_of(statement: Statement, was: str) -> Change:
    """A sentence for a person to decide on. was: what stood in its place."""
    subject = Subject("sentence", path=(statement.version, digest(statement.text)))
    return Change(
        kind="sentence",
        subject=subject,
        aspect="text",
        before=Fact(subject, "text", was, statement.place) if was else None,
        after=Fact(subject, "text", statement.text, statement.place),
        note=f"version {statement.version}: decide what it means for the spec",
        new_place=statement.place,
    )


def _lost(sides: Sides, version: str, count: int) -> Change:
    place = sides.new.evidence.releases[version]
    subject = Subject("sentence", path=(version,))
    before = Fact(subject, "text", f"{count} sentences", place)
    note = f"version {version} no longer says them"
    return Change(kind="removed", subject=subject, aspect="text", before=before, note=note, new_place=place)


def _endings(sides: Sides, known: Baseline) -> list[Change]:
    """Methods that a sentence, not seen before, deprecates or takes away."""
    found = []
    for statement in sides.new.evidence.statements:
        ending = _ENDING.search(statement.text)
        if ending is None or digest(statement.text) in known.releases.get(statement.version, ()):
            continue
        word = ending[1].lower()
        for subject in sides.old.subjects("operation"):
            title = sides.old.text(subject, "title")
            if re.search(rf"(?<!\w){re.escape(title)}(?!\w)", statement.text):
                found.append(
                    _ending(sides, statement, subject, deprecated=word in ("deprecated", "obsolete"))
                )
    return found


def _ending(sides: Sides, statement: Statement, subject: Subject, *, deprecated: bool) -> Change:
    after = Fact(subject, "deprecated", True, statement.place, "release-notes") if deprecated else None
    return Change(
        kind="added" if deprecated else "removed",
        subject=subject,
        aspect="deprecated" if deprecated else "exists",
        before=None if deprecated else sides.old.get(subject, "exists"),
        after=after,
        title=sides.old.text(subject, "title"),
        note=f"version {statement.version} says so",
        new_place=statement.place,
    )
