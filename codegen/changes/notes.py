"""Release notes against the old document: what they add to the tables, and sentences for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codegen.changes.baseline import remembered
from codegen.changes.change import Change
from codegen.changes.claims import Claim, Operations, claims_of, holds
from codegen.changes.note_renames import compare_renames
from codegen.changes.note_routes import compare_routes
from codegen.changes.releases import compare_entries
from codegen.changes.revisions import compare_revisions
from codegen.facts.evidence import Statement, squeeze
from codegen.facts.fact import Fact, Subject
from codegen.ir import Place

if TYPE_CHECKING:
    from codegen.changes.baseline import Baseline
    from codegen.changes.compare import Sides

ALREADY: Final = "the spec says so already"
"""Note of a sentence that asks for nothing: an import may remember it as decided."""


def compare_notes(sides: Sides, known: Baseline, changes: list[Change]) -> list[Change]:
    """All changes, those that rest on sentences added. changes: what the tables gave."""
    operations = Operations(sides.old, sides.new, sides.pairs)
    if sides.old.evidence.releases and not known.exists:
        # The old side is such a document itself: its sentences are known.
        known = remembered(sides.old)
    changes = compare_renames(sides, operations, known, changes)
    changes = _without_kept(sides, operations, changes)
    changes += compare_routes(sides, operations, known, changes)
    changes += _claimed(sides, operations, known, changes)
    changes += compare_revisions(sides, operations)
    if sides.new.kind != "postman-metadata":
        changes += compare_entries(sides, known, changes)
        changes += _sentences(sides, operations, known, changes)
    return changes


def _without_kept(sides: Sides, operations: Operations, changes: list[Change]) -> list[Change]:
    """Nothing is taken back that the notes of the same document still state.

    A page without a badge does not end a deprecation, and samples do not end a field that the old side has
    from the notes alone; other operations may share its definition.
    """
    stated_by_notes: set[tuple[Subject, str]] = set()
    noted: set[Place] = set()
    for statement in sides.new.evidence.statements:
        key = operations.of(statement)
        for claim in claims_of(statement, key, sides.old) if key is not None else ():
            fact = sides.old.get(claim.subject, claim.aspect)
            if claim.value is not None:
                stated_by_notes.add((claim.subject, claim.aspect))
            if claim.value is not None and fact is not None and fact.provenance == "release-notes":
                noted.add(fact.place)
    return [
        c
        for c in changes
        if c.kind != "removed"
        or (
            not (c.aspect == "deprecated" and (c.subject, c.aspect) in stated_by_notes)
            and not (c.aspect == "exists" and c.before is not None and c.before.place in noted)
        )
    ]


def _claimed(sides: Sides, operations: Operations, known: Baseline, changes: list[Change]) -> list[Change]:
    """What sentences claim and the old document does not say, where the tables did not give it already."""
    given = {(c.subject, c.aspect) for c in changes}
    found: dict[tuple[Subject, str], Change] = {}
    for statement in sides.new.evidence.statements:
        key = operations.of(statement)
        if key is None:
            continue
        fresh = known.is_new(statement, sides.old)
        for claim in claims_of(statement, key, sides.old):
            at = (claim.subject, claim.aspect)
            lasting = claim.aspect in ("exists", "deprecated") and claim.value is not None and not sides.exact
            if at in given or at in found or holds(sides.old, claim) or not (fresh or lasting):
                continue
            if claim.aspect == "exists" and claim.subject.kind == "operation":
                continue
            if _taken_back(sides, known, claim) or _contradicted(sides, claim):
                continue
            if not statement.part and _is_listed_as_input(sides, claim):
                continue
            found[at] = _change(sides, statement, claim)
    return list(found.values())


def _taken_back(sides: Sides, known: Baseline, claim: Claim) -> bool:
    """Whether the page no longer lists what an old note added, as an import has remembered."""
    words = {"response-field": "response field", "request-field": "body field"}
    kind = words.get(claim.subject.kind, claim.subject.kind)
    kind = f"{claim.subject.where} parameter" if kind == "parameter" else kind
    return f"{kind} {claim.subject.name} @ {sides.title(claim.subject)}" in known.gone


def _is_listed_as_input(sides: Sides, claim: Claim) -> bool:
    """Whether "added NAME to OPERATION" speaks of a parameter or body field, which the page lists.

    Without a part, a name that the spec does not have is taken for one of the response. It is none where the
    tables have the name among what callers send, and the response does not show it.
    """
    subject = claim.subject
    if claim.aspect != "exists" or subject.kind != "response-field" or subject in sides.aligned.facts:
        return False
    return any(
        other.kind in ("parameter", "request-field") and other.path[-1:] == subject.path[-1:]
        for other in sides.aligned.facts
        if other.operation == subject.operation
    )


def _contradicted(sides: Sides, claim: Claim) -> bool:
    """Whether the tables of the same page say that it is not so: they tell how it is now."""
    facts = sides.aligned.facts.get(claim.subject)
    if claim.value is None and claim.aspect == "exists":
        return facts is not None
    if claim.aspect in ("required", "type", "verbs", "enum") and facts is not None:
        stated = facts.get(claim.aspect)
        return facts.get("type") is not None or stated is not None
    return False


def _change(sides: Sides, statement: Statement, claim: Claim) -> Change:
    before = sides.old.get(claim.subject, claim.aspect)
    after = None
    if claim.value is not None:
        after = Fact(claim.subject, claim.aspect, claim.value, statement.place, "release-notes")
    kind = "changed" if before and after else "added" if after else "removed"
    note = f"release {statement.version} says so"
    change = Change(
        kind=kind,  # type: ignore[arg-type]
        subject=claim.subject,
        aspect=claim.aspect,
        before=before,
        after=after,
        note=note,
        title=sides.title(claim.subject),
        new_place=statement.place,
    )
    return sides.placed(change, {})


# -- sentences for a person --------------------------------------------------------------------------------


def _sentences(sides: Sides, operations: Operations, known: Baseline, changes: list[Change]) -> list[Change]:
    """Sentences that nobody has decided on and that no change rests on; and those that have vanished."""
    found: list[Change] = []
    for version in sides.new.evidence.releases:
        statements = sides.new.evidence.of_release(version)
        now = {s.mark for s in statements}
        routes = {str(c.old) for c in changes if c.aspect in ("route", "exists") and c.old}
        before = known.releases.get(version, [])
        gone = [m for m in before if m not in now and not any(m.endswith(route) for route in routes)]
        gone = [m for m in gone if not _explained(m, changes)]
        new = [
            s for s in statements if known.is_new(s, sides.old) and not _rests(s, operations, sides, changes)
        ]
        new = [s for s in new if not _moved(s, known, changes)]
        for statement in new:
            was = gone.pop(0) if gone and statement.verb != "unknown" else ""
            found.append(_sentence(sides, statement, operations, was))
        place = sides.new.evidence.releases[version]
        for mark in gone:
            fact = Fact(Subject("sentence", path=(version, mark)), "text", mark, place)
            found.append(
                Change(
                    kind="removed",
                    subject=fact.subject,
                    aspect="text",
                    before=fact,
                    note=f"release {version} no longer says it",
                    new_place=place,
                )
            )
    return found


def _moved(statement: Statement, known: Baseline, changes: list[Change]) -> bool:
    """Whether a sentence says what it said before, of an operation whose route is another one now."""
    return any(
        statement.mark.replace(str(c.new), str(c.old)) in known.releases.get(statement.version, ())
        for c in changes
        if c.aspect == "route" and c.kind == "changed" and str(c.new) in statement.mark
    )


def _explained(mark: str, changes: list[Change]) -> bool:
    """A vanished sentence whose names show up in changes: what it said is reported there."""
    words = set(mark.replace(",", " ").split())
    return any(
        c.aspect in ("revision", "name", "exists") and (c.subject.name in words or str(c.old) in words)
        for c in changes
        if c.kind != "unread"
    )


def _sentence(sides: Sides, statement: Statement, operations: Operations, was: str) -> Change:
    subject = Subject("sentence", path=(statement.version, statement.mark))
    key = operations.of(statement)
    note = "no rule reads it" if statement.verb == "unknown" else "decide what it means for the spec"
    if statement.verb != "unknown" and key is not None:
        claims = list(claims_of(statement, key, sides.old))
        # `Added support for XML to TITLE ROUTE` is not what adds the operation of that route.
        own = squeeze(sides.title(Subject("operation", key)))
        spoken = statement.part != "operation" or squeeze(statement.title) in ("", own)
        if claims and spoken and all(holds(sides.old, claim) for claim in claims):
            note = ALREADY
    elif statement.verb != "unknown":
        note = "it names no operation of the spec"
    before = Fact(subject, "text", was, statement.place) if was else None
    return Change(
        kind="sentence",
        subject=subject,
        aspect="text",
        before=before,
        after=Fact(subject, "text", statement.text, statement.place, "release-notes"),
        note=f"release {statement.version}: {note}",
        title=sides.title(Subject("operation", key)) if key is not None else "",
        new_place=statement.place,
    )


def _tells_of_change(change: Change) -> bool:
    """Whether a change is more than a guess that is confirmed, or the mark of a revision."""
    return change.kind != "documented" and change.aspect != "revision"


def _rests(statement: Statement, operations: Operations, sides: Sides, changes: list[Change]) -> bool:
    """Whether a change says what the sentence says."""
    key = operations.of(statement)
    title = sides.title(Subject("operation", key)) if key is not None else statement.title
    for change in changes:
        if change.kind == "unread" or (statement.verb != "added" and not _tells_of_change(change)):
            continue
        if change.after is not None and change.after.provenance == "release-notes":
            same = change.new_place == statement.place
            if same and (not statement.names or set(change.subject.path) & set(statement.names)):
                return True
        if squeeze(change.title) != squeeze(title) and squeeze(str(change.new)) != squeeze(
            statement.title or " "
        ):
            continue
        if statement.names:
            if change.subject.name in statement.names or str(change.new) in statement.names:
                return True
        elif (
            change.aspect in ("exists", "route", "title", "deprecated") and change.subject.kind == "operation"
        ):
            return True
    return False
