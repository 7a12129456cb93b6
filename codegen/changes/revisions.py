"""Since when a thing is there: marks of the tables, or else what the release notes say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import evolve

from codegen.changes.change import Change
from codegen.changes.claims import Operations
from codegen.facts.evidence import Statement
from codegen.facts.fact import Fact, Provenance, Subject
from codegen.ir import Place

if TYPE_CHECKING:
    from codegen.changes.compare import Sides

_PARTS = {
    "request-field": ("request",),
    "filterable": ("filterable",),
    "sortable": ("sortable",),
    "patchable": ("patchable",),
    "response-field": ("response", ""),
}


def compare_revisions(sides: Sides, operations: Operations) -> list[Change]:
    """Revisions that differ, of everything that both documents have."""
    if not sides.new.can_tell(Subject("operation"), "revision"):
        return []
    noted = {} if sides.exact else _by_operation(sides, operations)
    found: list[Change] = []
    responses: dict[Place, list[Subject]] = {}
    for subject in sides.aligned.facts:
        exists = sides.old.get(subject, "exists")
        if subject.kind == "response-field" and exists is not None and not sides.exact:
            continue
        if subject in sides.old and subject not in sides.gone and sides.old.can_tell(subject, "revision"):
            versions = _versions(noted.get(subject.operation, []), subject)
            found += _compared(sides, [subject], versions)
    if not sides.exact and sides.new.evidence.releases:
        for subject in sides.old.subjects("response-field"):
            exists = sides.old.get(subject, "exists")
            of_response = subject.operation in sides.pairs and subject.where == "success" and subject.path
            if exists is not None and of_response and subject.path[-1][0] not in "[{<":
                responses.setdefault(exists.place, []).append(subject)
        for subjects in responses.values():
            found += _shared(sides, subjects, noted)
    if not sides.new.evidence.releases:
        # Many revisions stand in the release notes alone, and this document has none.
        found = [change for change in found if change.after is not None or sides.exact]
    return found


def _by_operation(sides: Sides, operations: Operations) -> dict[str, list[Statement]]:
    noted: dict[str, list[Statement]] = {}
    for statement in sides.new.evidence.statements:
        key = operations.of(statement)
        if key is not None and statement.verb in ("added", "updated"):
            noted.setdefault(key, []).append(statement)
    return noted


def _versions(statements: list[Statement], subject: Subject) -> dict[str, Place]:
    """The releases that say that something was added or changed, with their places."""
    if subject.kind == "operation":
        return {s.version: s.place for s in statements if s.part == "operation" and s.verb == "added"}
    parts = (subject.where,) if subject.kind == "parameter" else _PARTS.get(subject.kind, ())
    return {
        s.version: s.place
        for s in statements
        # Words that a field is required now, say, do not tell that a response has it since then.
        if subject.name in s.names and s.part in parts and (s.part or s.verb == "added")
    }


def _compared(sides: Sides, subjects: list[Subject], versions: dict[str, Place]) -> Iterator[Change]:
    """The mark of the new document, or else what its notes say, against the old revision."""
    subject = subjects[0]
    before = sides.old.get(subject, "revision")
    mark = sides.aligned.facts.get(subject, {}).get("revision")
    old = str(before.value) if before is not None else ""
    if mark is None and (old in versions or (not old and not versions)):
        return
    after = mark
    if mark is None and versions:
        version, place = next(iter(versions.items()))
        given: Provenance = "release-notes"
        after = Fact(subject, "revision", version, place, given)
    if (str(after.value) if after is not None else "") == old:
        return
    kind = "changed" if before and after else "added" if after else "removed"
    yield sides.change(kind, subject, before=before, after=after)  # type: ignore[arg-type]


def _shared(sides: Sides, subjects: list[Subject], noted: dict[str, list[Statement]]) -> Iterator[Change]:
    """A field of a schema that several operations respond with: any of them may tell its revision."""
    versions: dict[str, Place] = {}
    marks: set[str] = set()
    for subject in subjects:
        versions |= _versions(noted.get(subject.operation, []), subject)
        for kind in ("filterable", "sortable"):
            listed = Subject(kind, subject.operation, path=(subject.name,))
            mark = sides.aligned.facts.get(listed, {}).get("revision")
            if mark is not None:
                marks.add(str(mark.value))
        own = sides.aligned.facts.get(subject, {}).get("revision")
        if own is not None:
            versions = {str(own.value): own.place}
    before = sides.old.get(subjects[0], "revision")
    if before is not None and str(before.value) in marks:
        return
    for change in _compared(sides, subjects, versions):
        yield evolve(change, note=f"in {len(subjects)} operations" if len(subjects) > 1 else "")
