"""Routes that only the release notes print, against the routes of the old document."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from attrs import evolve

from codegen.changes.change import Change
from codegen.changes.claims import Operations
from codegen.changes.match import route_shape, same_route
from codegen.facts.evidence import Statement, squeeze
from codegen.facts.fact import Fact, Subject

if TYPE_CHECKING:
    from codegen.changes.baseline import Baseline
    from codegen.changes.compare import Sides


def compare_routes(
    sides: Sides, operations: Operations, known: Baseline, changes: list[Change]
) -> list[Change]:
    """Routes that changed, are gone, are new, or are documented now, as the notes tell them.

    An operation that prints its own route tells how it is; notes tell how it once was.
    """
    if not sides.new.evidence.releases or sides.new.kind == "postman-metadata" or sides.exact:
        return []
    return _Routes(sides, operations, known, changes).compare()


class _Routes:
    def __init__(self, sides: Sides, operations: Operations, known: Baseline, changes: list[Change]) -> None:
        self._sides = sides
        self._operations = operations
        self._known = known
        self._gone = set(known.gone)
        self._titles = {
            squeeze(sides.new.text(subject, "title")) for subject in sides.new.subjects("operation")
        }
        self._shown = {s.operation for s in sides.old.subjects("operation") if self._shows(s)}
        self._removed = {c.title for c in changes if c.kind == "removed" and c.subject.kind == "operation"}
        self._printed = set(self._shown)

    def _shows(self, subject: Subject) -> bool:
        return "route" in self._sides.aligned.facts.get(subject, {})

    def compare(self) -> list[Change]:
        found: list[Change] = []
        unmatched: list[tuple[Statement, str | None]] = []
        seen: set[str] = set()
        for statement in self._sides.new.evidence.statements:
            if not statement.route or statement.verb == "removed":
                continue
            owner = self._operations.by_route(statement.route)
            if owner is not None:
                if owner not in self._printed:
                    found += self._documented(owner, statement)
                self._printed.add(owner)
            elif statement.route not in seen:
                seen.add(statement.route)
                of = self._operations.of(statement) or self._formerly(statement)
                if of is None or of not in self._shown:
                    unmatched.append((statement, of))
        missing = [s.operation for s in self._sides.old.subjects("operation") if self._is_missing(s)]
        found += self._pair_unmatched(unmatched, missing)
        moved = {change.title for change in found if change.aspect == "route"}
        return found + [
            self._no_longer(key)
            for key in missing
            if self._title(key) not in moved | self._removed and self._is_there(key)
        ]

    def _formerly(self, statement: Statement) -> str | None:
        """The operation of a sentence that said the same of another route when it was last looked at."""
        now = {s.mark for s in self._sides.new.evidence.of_release(statement.version)}
        for mark in self._known.releases.get(statement.version, ()):
            fact, _, where = mark.rpartition(" @ ")
            owner = self._operations.by_route(where)
            if mark in now or owner is None or fact != statement.mark.rpartition(" @ ")[0]:
                continue
            one, other = (route.split(" ")[-1] for route in (where, statement.route))
            if difflib.SequenceMatcher(None, one, other).ratio() >= 0.6:
                return owner
        return None

    def _title(self, key: str) -> str:
        return self._sides.old.text(Subject("operation", key), "title")

    def _is_missing(self, subject: Subject) -> bool:
        fact = self._sides.old.get(subject, "route")
        return fact is not None and fact.provenance == "documented" and subject.operation not in self._printed

    def _is_there(self, key: str) -> bool:
        """An operation that is gone as a whole has its own finding, unless only its route was ever known."""
        return key in self._sides.pairs or self._sides.old.is_assumed(Subject("operation", key))

    def _after(self, key: str, statement: Statement) -> Fact:
        return Fact(Subject("operation", key), "route", statement.route, statement.place, "release-notes")

    def _documented(self, key: str, statement: Statement) -> list[Change]:
        before = self._sides.old.get(Subject("operation", key), "route")
        if before is None or before.provenance == "documented":
            return []
        return [
            self._sides.change("documented", before.subject, before=before, after=self._after(key, statement))
        ]

    def _changed(self, key: str, statement: Statement) -> Change:
        before = self._sides.old.get(Subject("operation", key), "route")
        return self._sides.change(
            "changed", Subject("operation", key), before=before, after=self._after(key, statement)
        )

    def _pair_unmatched(
        self, unmatched: list[tuple[Statement, str | None]], missing: list[str]
    ) -> list[Change]:
        """Routes that the old document does not have: of an operation that it has, or of a new one."""
        found = []
        for statement, of in unmatched:
            if statement.route in self._gone:
                # An old note about an operation that an import has removed since.
                continue
            owner = of if of is not None else self._nearest(statement.route, missing)
            if owner is not None:
                before = self._sides.old.text(Subject("operation", owner), "route")
                if not same_route(before, statement.route):
                    found.append(self._changed(owner, statement))
            elif squeeze(statement.title) not in self._titles and not self._known_route(statement.route):
                found.append(self._added(statement))
        return found

    def _known_route(self, route: str) -> bool:
        """Whether an operation of the new document prints this route itself."""
        shapes = {
            route_shape(self._sides.new.text(s, "route")) for s in self._sides.new.subjects("operation")
        }
        return route_shape(route) in shapes

    def _added(self, statement: Statement) -> Change:
        subject = Subject("operation", statement.title or statement.route)
        after = Fact(subject, "exists", True, statement.place, "release-notes")
        note = f"release {statement.version} names it: {statement.route}"
        change = self._sides.change("added", subject, after=after, note=note)
        return evolve(change, title=subject.operation)

    def _no_longer(self, key: str) -> Change:
        before = self._sides.old.get(Subject("operation", key), "route")
        return self._sides.change(
            "removed", Subject("operation", key), before=before, note="the document no longer prints it"
        )

    def _nearest(self, route: str, missing: list[str]) -> str | None:
        """The missing route that this one most likely was; path variables may have other names."""

        def likeness(key: str) -> float:
            known = self._sides.old.text(Subject("operation", key), "route")
            (verb, path), (method, own) = (r.split(" ", 1) for r in map(route_shape, (route, known)))
            ratio = difflib.SequenceMatcher(None, own.lower(), path.lower()).ratio()
            # Of two routes with one path, that with the same method is meant.
            return ratio - 0.15 * (verb != method)

        ranked = sorted(missing, key=likeness, reverse=True)
        return ranked[0] if ranked and likeness(ranked[0]) >= 0.6 else None
