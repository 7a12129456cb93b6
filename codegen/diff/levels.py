"""The changes between two specs judged for callers: the rule for each one and the operations it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from attrs import define, evolve, field

from codegen.changes.change import Change
from codegen.changes.compare import compare
from codegen.diff.finding import Finding
from codegen.diff.judge import judge
from codegen.diff.names import PythonNames
from codegen.diff.rules import RULES
from codegen.diff.wording import clause
from codegen.facts.fact import PROVENANCES, Aspect, Fact, FactSet, Subject
from codegen.ir import Document, Place
from codegen.read.schema.names import snake_case

_SHARED: Final = ("request-field", "response-field", "parameter")


def compare_specs(old: FactSet, new: FactSet, documents: tuple[Document, Document]) -> list[Finding]:
    """The changes for callers between two specs, in the order of the new one.

    documents: both as the generator reads them, for the names that they have in Python.
    """
    changes = list(compare(old, new).changes)
    judged = _Judged(old, new, PythonNames(*documents))
    for change in _paired(changes):
        judged.add(change)
    # A shared schema yields the same finding for each of its operations; the first one is kept.
    for finding in _provenance(old, new, judged.names):
        judged.found.setdefault((finding.rule.id, finding.text, finding.old, finding.new), finding)
    return list(judged.found.values())


@define
class _Judged:
    """Findings; a change in a shared schema is one finding with all operations that use the schema."""

    old: FactSet
    new: FactSet
    names: PythonNames
    found: dict[tuple[object, ...], Finding] = field(factory=dict)

    def add(self, change: Change) -> None:
        """Add a change as a finding of its rule, if it has one."""
        rule = judge(change, self.old, self.new)
        if rule is None:
            return
        operation = self.names.operation(change, self.old, self.new)
        subject, words = self.names.subject(change, operation, self.old, self.new)
        text = clause(change, words)
        if change.subject.kind == "operation" and change.aspect == "exists":
            side = self.new if change.kind == "added" else self.old
            method, _, path = side.text(change.subject, "route").partition(" ")
            text = f"the operation is {'new' if change.kind == 'added' else 'gone'} ({method} /{path})"
        before, after = _place(change.before), _place(change.after)
        whole = change.aspect == "exists"
        # A field of a shared schema is one line of the document, however many operations have it, so it
        # is one finding. Other changes belong to their operation alone.
        shared = change.subject.kind in _SHARED or change.aspect == "deprecated"
        key = (rule, text, before, after) if shared else (rule, text, change.subject)
        known = self.found.get(key)
        if known is None:
            self.found[key] = Finding(
                rule=RULES[rule],
                operations=(operation,) if operation else (),
                subject=subject,
                text=text,
                now=self.names.now(change, operation),
                old=before or (None if whole and change.kind == "added" else change.old_place),
                new=after or change.new_place,
                id=change.id,
            )
        elif operation and operation not in known.operations:
            self.found[key] = evolve(known, operations=(*known.operations, operation))


def _place(fact: Fact | None) -> Place | None:
    return None if fact is None else fact.place


def _paired(changes: list[Change]) -> Iterator[Change]:
    """The changes, with a removal and an addition of the same thing elsewhere as one move."""
    gone = {_moving(c): c for c in changes if c.kind == "removed" and c.aspect == "exists"}
    come = {_moving(c): c for c in changes if c.kind == "added" and c.aspect == "exists"}
    both = {key for key in gone.keys() & come.keys() if key is not None}
    for change in changes:
        key = _moving(change) if change.aspect == "exists" else None
        if key not in both:
            yield change
        # The pair becomes one change at the position of its addition; its removal is dropped.
        elif change.kind == "added":
            was, now = gone[key], come[key]
            aspect: Aspect | Literal["name"] = "encoding" if change.subject.kind == "parameter" else "name"
            yield evolve(
                now, kind="changed", aspect=aspect, before=was.before, subject=was.subject, note="moved"
            )


def _moving(change: Change) -> tuple[object, ...] | None:
    """A key that is equal for a parameter in another place of the request, or a field in another spelling."""
    subject = change.subject
    if subject.kind == "parameter":
        return subject.operation, subject.kind, snake_case(subject.name)
    if subject.kind in _SHARED and subject.path and subject.path[-1][0] not in "[{<":
        return subject.operation, subject.kind, subject.where, subject.path[:-1], snake_case(subject.name)
    return None


def _provenance(old: FactSet, new: FactSet, names: PythonNames) -> Iterator[Finding]:
    """Findings where the vendor documents more or less of a thing than before."""
    for subject in old.subjects():
        if subject not in new or subject.kind not in ("operation", *_SHARED, "response"):
            continue
        # Not part of `compare`: the fact has the same value, only its standing changed.
        for aspect in ("exists", "route") if subject.kind == "operation" else ("exists",):
            before, after = old.get(subject, aspect), new.get(subject, aspect)
            if before is None or after is None or before.provenance == after.provenance:
                continue
            if subject.kind in _SHARED and _follows(old, new, subject, before, after):
                continue
            raised = PROVENANCES.index(after.provenance) < PROVENANCES.index(before.provenance)
            change = Change(kind="changed", subject=subject, aspect=aspect, before=before, after=after)
            operation = names.operation(change, old, new)
            _, words = names.subject(change, operation, old, new)
            what = "the route" if aspect == "route" else _subject_text(subject, words)
            yield Finding(
                rule=RULES["provenance-raised" if raised else "provenance-lowered"],
                operations=(operation,) if operation else (),
                subject=operation or words,
                text=f"{what} is {after.provenance} now, before {before.provenance}",
                old=before.place,
                new=after.place,
                id=change.id,
            )


def _follows(old: FactSet, new: FactSet, subject: Subject, before: Fact, after: Fact) -> bool:
    """Whether a field only shares the change of provenance of its body or response as a whole."""
    holder = Subject("operation", subject.operation)
    if subject.kind == "response-field":
        holder = Subject("response", subject.operation, subject.where)
    was, now = old.get(holder, "exists"), new.get(holder, "exists")
    pair = (before.provenance, after.provenance)
    return was is not None and now is not None and (was.provenance, now.provenance) == pair


def _subject_text(subject: Subject, words: str) -> str:
    return {"operation": "the request", "response": "the response"}.get(subject.kind, words)
