"""One comparison for all documents: two sets of facts into changes, with the places of both."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, evolve, field

from codegen.changes.align import Aligned, align
from codegen.changes.aspects import ASPECTS, compare_aspect
from codegen.changes.baseline import Baseline
from codegen.changes.change import Change, ChangeKind, Comparison
from codegen.changes.descriptions import compare_descriptions
from codegen.changes.match import match_operations
from codegen.changes.order import ordered, without_echoes
from codegen.changes.servers import compare_servers
from codegen.changes.shown import compare_shown
from codegen.changes.words import describe
from codegen.facts.fact import API, FIELDS, Fact, FactSet, Subject, Unread
from codegen.facts.postman.collection import STANDARD

_NAMED = (*FIELDS, "filterable", "sortable", "patchable")


def compare(old: FactSet, new: FactSet, known: Baseline | None = None) -> Comparison:
    """Every difference, in the order of the new document; the document as a whole first.

    known: what a document says beyond the old set as it was last looked at; sentences in it are decided.
    """
    from codegen.changes.mentions import compare_mentions, compare_names
    from codegen.changes.notes import compare_notes

    known = known or Baseline()
    pairs = match_operations(old, new)
    sides = Sides(old, new, pairs, align(old, new, pairs))
    changes = [*compare_servers(old, new), *sides.aligned.renames]
    changes += [c for c in sides.changes() if not _is_omitted(c, known)]
    changes = compare_notes(sides, known, changes)
    if new.kind == "postman-metadata" and old.kind != new.kind:
        changes = compare_mentions(sides, known, changes)
    elif new.kind == "postman-metadata":
        changes += compare_names(old, new)
    # What neither side reads, such as a file that is not at hand, is no difference.
    known_gaps = {(entry.text, entry.reason) for entry in old.unread}
    changes += [_unread(new, entry) for entry in new.unread if (entry.text, entry.reason) not in known_gaps]
    changes += compare_descriptions(sides, known.descriptions or {}, changes)
    changes += compare_shown(sides, known.shown or {}, changes)
    return Comparison(changes=tuple(ordered(without_echoes(changes, sides), new)), pairs=pairs)


def _is_omitted(change: Change, known: Baseline) -> bool:
    """A field that the sample of its operation is known to leave out."""
    return change.kind == "removed" and change.subject.dotted in known.sample_omits.get(change.title, ())


def _unread(new: FactSet, entry: Unread) -> Change:
    fact = Fact(Subject("sentence", path=(entry.text,)), "text", entry.text, entry.place)
    return Change(
        kind="unread",
        subject=fact.subject,
        aspect="text",
        after=fact,
        title=owner_of(new, entry.place.line),
        note=entry.reason,
        new_place=entry.place,
    )


def _is_left_out(parameter: Subject) -> bool:
    """A list in a query is one text in a collection, and headers that a client sets itself are left out."""
    standard = parameter.where == "header" and parameter.name.lower() in STANDARD
    return standard or len(parameter.path) > 1


def owner_of(facts: FactSet, line: int | None) -> str:
    """Title of the operation that a line of a page belongs to, "" for none."""
    if line is None or not facts.kind.startswith("redoc"):
        return ""
    first = min((p.line for p in facts.evidence.releases.values() if p.line), default=None)
    if first is not None and line >= first:
        return ""
    best, title = 0, ""
    for subject in facts.subjects("operation"):
        fact = facts.get(subject, "exists")
        at = fact.place.line if fact is not None else None
        if at is not None and best <= at <= line:
            best, title = at, facts.text(subject, "title")
    return title


@define
class Sides:
    """Both documents, laid side by side."""

    old: FactSet
    new: FactSet
    pairs: dict[str, str]
    aligned: Aligned
    gone: set[Subject] = field(factory=set)
    """Subjects of the old document that the new one no longer has, after `changes`."""

    @property
    def ours(self) -> bool:
        """Whether the old side is a spec of ours and the new one a document, which owes no guess a thing.

        Between two specs a guess that went is a change as any other: callers have it in their hands.
        """
        return self.old.kind.startswith("spec") and not self.new.kind.startswith("spec")

    @property
    def exact(self) -> bool:
        """Whether both are documents of one kind, so that every detail can be told by both."""
        return self.old.kind == self.new.kind

    def changes(self) -> Iterator[Change]:
        """What was added, removed or changed, or is documented now."""
        yield from self._removed()
        yield from self._added()
        for subject, facts in self.aligned.facts.items():
            if subject in self.old and subject not in self.gone:
                yield from self._documented(subject)
                own = self.old.of(subject)
                for aspect in ASPECTS:
                    stated = aspect in own or aspect in facts or aspect == "type"
                    change = compare_aspect(self, subject, aspect) if stated else None
                    if change is not None:
                        yield self.placed(change, facts)

    # -- whole subjects ----------------------------------------------------------------------------

    def _removed(self) -> Iterator[Change]:
        gone = self.gone
        for subject in self.old.subjects():
            if subject.kind in ("server", "model", "release", "api"):
                continue
            if subject in self.aligned.facts and not self._is_only_sampled(subject):
                continue
            parent = subject.parent
            if parent is not None and (parent in gone or self._is_missing(parent)):
                gone.add(subject)
                continue
            if self._tells_of(subject) and not (self.ours and self.old.is_assumed(subject)):
                gone.add(subject)
                before = self.old.get(subject, "exists")
                yield self.change("removed", subject, before=before)

    def _is_only_sampled(self, subject: Subject) -> bool:
        """A field of a body that a table no longer has, though the sample still shows it."""
        if subject.kind != "request-field" or not subject.path or self.old.get(subject, "type") is None:
            return False
        if subject.path[-1][0] in "[{<" or "type" in self.aligned.facts[subject]:
            return False
        origin = self.aligned.origin[subject]
        siblings = self.new.subjects("request-field", origin.operation)
        root = evolve(origin, path=())
        if self.new.text(root, "type") == "object" and root not in self.new.partial and len(origin.path) == 1:
            return True  # a table without any row
        return any(
            self.new.get(other, "type") is not None and other.path and other.path[:-1] == origin.path[:-1]
            for other in siblings
            if other.path[-1:] and other.path[-1][0] not in "[{<"
        )

    def _is_missing(self, parent: Subject) -> bool:
        """Whether what holds a subject is itself not there: then that is the finding, if any is."""
        if parent in self.aligned.facts or parent == API:
            return False
        return parent.kind in ("operation", *FIELDS) or self.new.can_tell(parent, "exists")

    def _tells_of(self, subject: Subject) -> bool:
        """Whether the new document would show this if it had it."""
        if not self.new.can_tell(subject, "exists"):
            return False
        if self.new.kind == "postman-collection" and subject.kind == "parameter" and _is_left_out(subject):
            return False
        for above in subject.ancestors():
            if above.kind == "response" and above not in self.aligned.facts and not self._shows(above):
                return False
            origin = self.aligned.origin.get(above, above)
            if origin in self.new.partial:
                return False
        return True

    def _shows(self, response: Subject) -> bool:
        """Whether the new document would show a response: a collection has those that somebody saved."""
        return self.new.kind != "postman-collection" or self.new.can_tell(response, "exists")

    def _added(self) -> Iterator[Change]:
        for subject, facts in self.aligned.facts.items():
            if subject in self.old or subject.kind in ("server", "model", "release", "api"):
                continue
            parent = subject.parent
            absent = parent is not None and parent not in self.old and parent != API
            if absent and (parent in self.aligned.facts or subject.operation.startswith("+")):
                continue
            if not self.old.can_tell(subject, "exists"):
                continue
            if parent in self.old.partial and self.old.kind.startswith("redoc"):
                continue
            note = describe(self.new, self.aligned.origin[subject])
            change = self.change("added", subject, after=facts.get("exists"), note=note)
            yield self.placed(change, facts)

    def _documented(self, subject: Subject) -> Iterator[Change]:
        """A guess of ours that the new document states."""
        before, after = self.old.get(subject, "exists"), self.aligned.facts[subject].get("exists")
        if before is None or after is None or subject.kind not in FIELDS or not subject.path:
            return
        if before.provenance not in ("inferred", "observed") or subject.path[-1][0] in "[{<":
            return
        if after.provenance in ("inferred", "observed") or self._is_collapsed(subject):
            return
        if self._is_only_sampled(subject):
            return
        yield self.change("documented", subject, before=before, after=after)

    def _is_collapsed(self, subject: Subject) -> bool:
        """A sample that shows no more than `{ }` where the old side has another type."""
        origin = self.aligned.origin[subject]
        if origin not in self.new.partial:
            return False
        return self.old.text(subject, "type") not in ("object", "array", "")

    # -- what all changes have ---------------------------------------------------------------------

    def title(self, subject: Subject) -> str:
        """Title of the operation of a subject, as the old document has it."""
        key = subject.operation
        facts, key = (self.new, key[1:]) if key.startswith("+") else (self.old, key)
        return facts.text(Subject("operation", key), "title") if key else ""

    def change(
        self,
        kind: ChangeKind,
        subject: Subject,
        *,
        before: Fact | None = None,
        after: Fact | None = None,
        note: str = "",
    ) -> Change:
        """A change with both places; where a side has no such thing, the place where it would stand."""
        found = Change(
            kind=kind,
            subject=subject,
            aspect="exists" if before is None and after is None else (after or before).aspect,  # type: ignore[union-attr]
            before=before,
            after=after,
            title=self.title(subject),
            note=note,
        )
        return self.placed(found, self.aligned.facts.get(subject, {}))

    def placed(self, change: Change, facts: object) -> Change:
        """The change with the places that it lacks, and without the mark of a new operation's key."""
        old_place = change.old_place or (change.before.place if change.before else None)
        new_place = change.new_place or (change.after.place if change.after else None)
        for above in (change.subject, *change.subject.ancestors()):
            old_fact = self.old.get(above, "exists")
            if old_place is None and old_fact is not None:
                old_place = old_fact.place
            new_fact = self.aligned.facts.get(above, {}).get("exists")
            if new_place is None and new_fact is not None:
                new_place = new_fact.place
        subject = change.subject
        if subject.operation.startswith("+"):
            subject = evolve(subject, operation=subject.operation[1:])
        return evolve(change, subject=subject, old_place=old_place, new_place=new_place)
