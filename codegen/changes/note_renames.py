"""New names that the release notes tell: one change in place of one that went and one that came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from codegen.changes.change import Change
from codegen.changes.claims import Operations, subjects_named
from codegen.facts.evidence import Statement, squeeze
from codegen.facts.fact import Fact

if TYPE_CHECKING:
    from codegen.changes.baseline import Baseline
    from codegen.changes.compare import Sides


def compare_renames(
    sides: Sides, operations: Operations, known: Baseline, changes: list[Change]
) -> list[Change]:
    """The changes with pairs of removed and added names joined where a sentence says that they are one."""
    for statement in sides.new.evidence.statements:
        if statement.verb != "renamed" or len(statement.names) != 2:
            continue
        was, now = statement.names
        joined = _joined(statement, was, now, operations, sides, changes)
        if joined is not None:
            changes = joined
        elif known.is_new(statement, sides.old):
            changes = [*changes, *_from_sentence(statement, was, now, operations, sides, changes)]
    return changes


def _joined(
    statement: Statement, was: str, now: str, operations: Operations, sides: Sides, changes: list[Change]
) -> list[Change] | None:
    key = operations.of(statement)
    gone = [c for c in changes if _is(c, "removed", was) and key in (None, c.subject.operation)]
    come = [c for c in changes if _is(c, "added", now)]
    pairs = [
        (a, b)
        for a in gone
        for b in come
        if (a.subject.kind, a.title, a.subject.where) == (b.subject.kind, b.title, b.subject.where)
        and a.subject.path[:-1] == b.subject.path[:-1]
    ]
    if not pairs:
        # The tables do not show both names; the sentence alone may still be new.
        return None
    for a, b in pairs:
        renamed = _rename(a, b, was, now, f"release {statement.version} says so")
        changes = [renamed if c is a else c for c in changes if c is not b]
    return changes


def _is(change: Change, kind: str, name: str) -> bool:
    return change.kind == kind and change.aspect == "exists" and squeeze(change.subject.name) == squeeze(name)


def _rename(gone: Change, come: Change, was: str, now: str, note: str) -> Change:
    before, after = gone.before, come.after
    return Change(
        kind="changed",
        subject=gone.subject,
        aspect="name",
        before=evolve(before, value=was) if before is not None else None,
        after=evolve(after, value=now) if after is not None else None,
        title=gone.title,
        note=note,
        old_place=gone.old_place,
        new_place=come.new_place,
    )


def _from_sentence(
    statement: Statement, was: str, now: str, operations: Operations, sides: Sides, changes: list[Change]
) -> list[Change]:
    """A new name of something that the tables do not show."""
    key = operations.of(statement)
    if key is None:
        return []
    found = []
    for subject in subjects_named(sides.old, key, was, statement.part):
        before = sides.old.get(subject, "exists")
        fresh = evolve(subject, path=(*subject.path[:-1], now))
        if before is None or fresh in sides.old or subject in sides.aligned.facts:
            continue
        after = Fact(fresh, "exists", now, statement.place, "release-notes")
        found.append(
            Change(
                kind="changed",
                subject=subject,
                aspect="name",
                before=evolve(before, value=was),
                after=after,
                title=sides.title(subject),
                note=f"release {statement.version} says so",
                old_place=before.place,
                new_place=statement.place,
            )
        )
    return found
