"""What the release notes add to the tables: which statements speak of an operation, a field or a name."""

from __future__ import annotations

import difflib
import re

from codegen.drift.baseline import Baseline, digest
from codegen.drift.finding import Finding, change_kind
from codegen.drift.spec_facts import SpecFacts, SpecOperation
from codegen.vendor.document import At, Route, Statement, VendorDocument, VendorOperation


def squeeze(title: str) -> str:
    """A title without what spellings differ in: `ServiceE911Information`, `Service E911 Information`."""
    return re.sub(r"[^0-9a-z]+", "", title.lower())


def statement_mark(statement: Statement) -> str:
    """What the baseline keeps of a sentence: its facts, or a digest where they are not understood."""
    if statement.verb == "unknown":
        return digest(statement.text)
    if statement.verb == "none":
        return ""
    title = f"{statement.title} " if statement.title and statement.route else ""
    return statement.canonical.replace("@ ", f"@ {title}", 1)


def route_in_notes(document: VendorDocument, title: str) -> Route | None:
    """The route that the notes give for an operation of the page."""
    return next(
        (
            s.route
            for s in document.statements
            if s.verb == "added" and s.facet == "operation" and squeeze(s.title) == squeeze(title)
        ),
        None,
    )


def _vanished(document: VendorDocument, baseline: Baseline) -> dict[str, list[str]]:
    """Facts of each release that its entry no longer states."""
    return {
        release.version: [
            mark
            for mark in baseline.releases.get(release.version, ())
            if mark not in {statement_mark(s) for s in release.statements}
        ]
        for release in document.releases
    }


def _alike(old: str, new: str) -> bool:
    return difflib.SequenceMatcher(None, old.split(" ")[-1], new.split(" ")[-1]).ratio() >= 0.6


class Evidence:
    """Statements of the release notes by the operation that they speak of."""

    def __init__(
        self,
        spec: SpecFacts,
        document: VendorDocument,
        pairs: list[tuple[SpecOperation, VendorOperation]],
        baseline: Baseline,
    ) -> None:
        self.spec = spec
        self.baseline = baseline
        self.titles = {squeeze(title) for title in document.operations}
        self._vanished = _vanished(document, baseline)
        self.tells = document.tells
        self._by_route = {op.route.text: op for op in spec.operations.values()}
        self._by_title = {squeeze(op.title): op for op in spec.operations.values()}
        self._by_title |= {squeeze(theirs.title): ours for ours, theirs in pairs}
        self._of: dict[int, list[Statement]] = {}
        for statement in document.statements:
            operation = self.operation_of(statement)
            if operation is not None:
                self._of.setdefault(id(operation), []).append(statement)

    def operation_of(self, statement: Statement) -> SpecOperation | None:
        """The operation of a statement: by its route, else by its title."""
        if statement.route is not None and statement.route.text in self._by_route:
            return self._by_route[statement.route.text]
        if statement.title and squeeze(statement.title) in self._by_title:
            return self._by_title[squeeze(statement.title)]
        return self._formerly(statement) if statement.route is not None else None

    def _formerly(self, statement: Statement) -> SpecOperation | None:
        """The operation of a sentence that said the same of another route when it was last looked at."""
        mark, route = statement_mark(statement), statement.route
        if route is None:
            return None
        for old in self._vanished.get(statement.version, ()):
            fact, _, before = old.rpartition(" @ ")
            operation = self._by_route.get(before)
            if operation is not None and fact == mark.rpartition(" @ ")[0] and _alike(before, route.text):
                return operation
        return None

    def statements(self, operation: SpecOperation) -> list[Statement]:
        """All statements on an operation."""
        return self._of.get(id(operation), [])

    def versions(self, operation: SpecOperation, facets: tuple[str, ...], name: str) -> dict[str, At]:
        """The releases that say that a name of an operation was added or changed, with their places."""
        return {
            s.version: s.at
            for s in self.statements(operation)
            if name in s.names and s.facet in facets and s.verb in ("added", "updated")
        }

    def operation_mark(self, ours: SpecOperation, theirs: VendorOperation) -> list[Finding]:
        """The revision of an operation: its mark, else the release that added it."""
        added = {
            s.version: s.at for s in self.statements(ours) if s.verb == "added" and s.facet == "operation"
        }
        finding = mark_finding(
            ours.title, "", ours.since, ours.since_at, theirs.since, theirs.since_at or theirs.at, added
        )
        return [finding] if finding else []


def mark_finding(
    title: str,
    name: str,
    spec_since: str | None,
    spec_at: At,
    mark: str | None,
    mark_at: At,
    statements: dict[str, At],
) -> Finding | None:
    """Compare a revision of the spec with the mark of the document, or else with the release notes."""
    if mark is not None:
        said, where = mark, mark_at
    elif spec_since in statements or (spec_since is None and not statements):
        return None
    elif statements:
        said, where = next(iter(statements.items()))
    else:
        said, where = "", mark_at
    if said == (spec_since or ""):
        return None
    return Finding(
        kind=change_kind(spec_since, said),
        facet="revision mark",
        operation=title,
        name=name,
        old=spec_since or "",
        new=said,
        spec=spec_at,
        vendor=where,
    )
