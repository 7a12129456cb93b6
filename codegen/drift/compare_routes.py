"""Routes that a page prints, on operations or in the release notes, against the paths of the spec."""

from __future__ import annotations

import difflib
import re

from codegen.drift.evidence import Evidence, squeeze
from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecFacts, SpecOperation
from codegen.vendor.document import Route, Statement, VendorDocument, VendorOperation

Pairs = list[tuple[SpecOperation, VendorOperation]]


def compare_routes(
    spec: SpecFacts, document: VendorDocument, pairs: Pairs, evidence: Evidence
) -> list[Finding]:
    """Routes that changed, are gone, are new, or are documented now."""
    theirs_of = {id(ours): theirs for ours, theirs in pairs}
    stated = [s for s in document.statements if s.route is not None and s.verb != "removed"]
    findings: list[Finding] = []
    strange: list[tuple[Statement, SpecOperation | None]] = []
    printed: set[int] = set()
    for ours, theirs in pairs:
        if theirs.route is not None:
            printed.add(id(ours))
            findings += _button(ours, theirs.route)
    # Notes tell how a route once was; the operation itself tells how it is.
    shown = set(printed)
    said: set[str] = set()
    for statement in stated:
        owner = _by_route(spec, statement.route)
        if owner is not None:
            if owner.provenance.get("route") == "inferred" and id(owner) not in printed:
                findings.append(_documented(owner, statement.route))  # type: ignore[arg-type]
            printed.add(id(owner))
        elif statement.route is not None and statement.route.text not in said:
            said.add(statement.route.text)
            of = evidence.operation_of(statement)
            if of is None or id(of) not in shown:
                strange.append((statement, of))
    missing = [
        operation
        for operation in spec.operations.values()
        if operation.provenance.get("route") == "documented"
        and id(operation) not in printed
        and _can_tell(document, theirs_of.get(id(operation)))
    ]
    findings += _strange(spec, strange, missing, evidence)
    gone = [f.operation for f in findings if f.facet == "route"]
    findings += [
        Finding(
            kind="removed",
            facet="route",
            operation=ours.title,
            old=ours.route.text,
            note="the document no longer prints it",
            spec=ours.at,
            vendor=theirs_of[id(ours)].at if id(ours) in theirs_of else None,
        )
        for ours in missing
        if ours.title not in gone and _still_there(ours, theirs_of)
    ]
    return list(dict.fromkeys(findings))


def _can_tell(document: VendorDocument, theirs: VendorOperation | None) -> bool:
    return "routes-in-notes" in document.tells or (theirs is not None and theirs.route is not None)


def _still_there(ours: SpecOperation, theirs_of: dict[int, VendorOperation]) -> bool:
    """An operation that is gone as a whole has its own finding, unless only its route was ever known."""
    return id(ours) in theirs_of or ours.provenance.get("request") == "inferred"


def _by_route(spec: SpecFacts, route: Route | None) -> SpecOperation | None:
    if route is None:
        return None
    return next((op for op in spec.operations.values() if op.route.text == route.text), None)


def _button(ours: SpecOperation, route: Route) -> list[Finding]:
    """The address that a page prints on the operation itself; a server's path may stand before it."""
    own = ours.route
    same = route.method == own.method and (
        route.path.strip("/") == own.path.strip("/")
        or route.path.endswith(f"/{own.path}")
        or own.path == f"api/{route.path}"
    )
    if same:
        return [_documented(ours, route)] if ours.provenance.get("route") == "inferred" else []
    return [_changed(ours, route)]


def _documented(ours: SpecOperation, route: Route) -> Finding:
    return Finding(
        kind="documented", facet="route", operation=ours.title, new=route.text, spec=ours.at, vendor=route.at
    )


def _changed(ours: SpecOperation, route: Route) -> Finding:
    return Finding(
        kind="changed",
        facet="route",
        operation=ours.title,
        old=ours.route.text,
        new=route.text,
        spec=ours.at,
        vendor=route.at,
    )


def _strange(
    spec: SpecFacts,
    strange: list[tuple[Statement, SpecOperation | None]],
    missing: list[SpecOperation],
    evidence: Evidence,
) -> list[Finding]:
    """Routes that the spec does not have: of an operation that it has, or of a new one."""
    findings = []
    for statement, owner in strange:
        route = statement.route
        assert route is not None  # noqa: S101  (only statements with a route come here)
        if route.text in evidence.baseline.gone:
            continue
        owner = owner or _nearest(route, missing)
        if owner is not None:
            findings.append(_changed(owner, route))
        elif squeeze(statement.title) not in evidence.titles:
            findings.append(
                Finding(
                    kind="added",
                    facet="operation",
                    operation=statement.title or route.text,
                    new=route.text,
                    note=f"release {statement.version} names it",
                    spec=spec.paths_at,
                    vendor=route.at,
                )
            )
    return findings


def _nearest(route: Route, missing: list[SpecOperation]) -> SpecOperation | None:
    """The missing route that this one most likely was; path variables may have other names."""

    def shape(path: str) -> str:
        return re.sub(r"\{[^}]*\}", "{}", path).lower()

    def likeness(other: Route) -> float:
        return difflib.SequenceMatcher(None, shape(other.path), shape(route.path)).ratio() - 0.15 * (
            other.method != route.method
        )

    ranked = sorted(missing, key=lambda op: -likeness(op.route))
    return ranked[0] if ranked and likeness(ranked[0].route) >= 0.6 else None
