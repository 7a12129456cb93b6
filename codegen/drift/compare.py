"""A spec and a vendor document into findings: what was added, removed, changed or is documented now."""

from __future__ import annotations

import difflib

from codegen.drift.baseline import Baseline
from codegen.drift.compare_answers import Answers
from codegen.drift.compare_fields import compare_body, compare_parameters
from codegen.drift.compare_lists import LISTS, compare_lists
from codegen.drift.compare_releases import compare_releases
from codegen.drift.compare_routes import compare_routes
from codegen.drift.compare_servers import compare_servers
from codegen.drift.evidence import Evidence, route_in_notes, squeeze
from codegen.drift.finding import Finding, Kind, change_kind
from codegen.drift.spec_facts import SpecFacts, SpecOperation
from codegen.vendor.document import VendorDocument, VendorOperation


def compare(spec: SpecFacts, document: VendorDocument, baseline: Baseline) -> list[Finding]:
    """Every difference, in the order of the document; the document as a whole first."""
    pairs, findings = match_operations(spec, document)
    evidence = Evidence(spec, document, pairs, baseline)
    findings += _document(spec, document)
    findings += compare_servers(spec, document)
    findings += compare_routes(spec, document, pairs, evidence)
    findings += _sections(pairs)
    answers = Answers(document, baseline, evidence)
    for ours, theirs in pairs:
        findings += _operation(ours, theirs, document, evidence)
        findings += answers.compare(ours, theirs)
    findings += answers.revisions()
    if "header" in document.tells and "releases" not in document.tells:
        # Many revisions stand in the release notes alone, and this page has none.
        findings = [f for f in findings if f.facet != "revision mark" or f.new]
    findings += compare_releases(document, baseline, evidence, findings)
    findings += _unplaced(document)
    return _ordered(_without_echoes(findings))


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """Differences that another one explains.

    A route that changed in the notes takes the revision and the only mention of its operation along, a mark
    in a list of names the mark of the field of the answer; an entry that cannot be read is not missing.
    """
    moved = {f.operation for f in findings if f.facet == "route" and f.kind in ("changed", "removed")}
    listed = {
        f.name.split(" ")[-1]
        for f in findings
        if f.facet in LISTS or (f.facet == "revision mark" and f.name.split(" ")[0] in LISTS)
    }
    damaged = {(f.operation, f.new) for f in findings if f.kind == "unplaced"}
    return [
        f
        for f in findings
        if not (f.kind == "removed" and f.name and (f.operation, f.name) in damaged)
        and not (f.name.startswith("answer field ") and f.name.split(" ")[-1] in listed)
        and not (
            f.operation in moved
            and f.kind == "removed"
            and (f.facet == "operation" or (f.facet == "revision mark" and not f.name))
        )
    ]


def match_operations(
    spec: SpecFacts, document: VendorDocument
) -> tuple[list[tuple[SpecOperation, VendorOperation]], list[Finding]]:
    """Operations of both sides by title or by route; what is left over was added, removed or renamed."""
    ours = {_key(title): operation for title, operation in spec.operations.items()}
    theirs = {_key(title): operation for title, operation in document.operations.items()}
    pairs = [(ours[key], operation) for key, operation in theirs.items() if key in ours]
    new = [operation for key, operation in theirs.items() if key not in ours]
    gone = [operation for key, operation in ours.items() if key not in theirs]
    findings: list[Finding] = []
    for operation in list(new):
        old = _renamed(operation, gone)
        if old is not None:
            new.remove(operation)
            gone.remove(old)
            pairs.append((old, operation))
            findings.append(
                Finding(
                    kind="changed",
                    facet="title",
                    operation=old.title,
                    old=old.title,
                    new=operation.title,
                    spec=old.at,
                    vendor=operation.at,
                )
            )
    for operation in new:
        route = route_in_notes(document, operation.title)
        said = [f"section {operation.section}" if operation.section else "", route.text if route else ""]
        note = ", ".join(filter(None, said))
        findings.append(
            Finding(
                kind="added",
                facet="operation",
                operation=operation.title,
                new=operation.title,
                note=note,
                spec=spec.paths_at,
                vendor=operation.at,
            )
        )
    named_in_notes = {statement.route.text for statement in document.statements if statement.route}
    told = "releases" in document.tells or "header" not in document.tells
    for missing in gone:
        if not told and missing.provenance.get("request") == "inferred":
            continue
        if "removals" in document.tells and missing.route.text not in named_in_notes | _own_only(
            missing, document
        ):
            findings.append(
                Finding(
                    kind="removed",
                    facet="operation",
                    operation=missing.title,
                    old=missing.title,
                    spec=missing.at,
                )
            )
        elif missing.provenance.get("request") == "documented":
            findings.append(
                Finding(
                    kind="removed",
                    facet="operation",
                    operation=missing.title,
                    old=missing.title,
                    note="only the release notes still name its route",
                    spec=missing.at,
                )
            )
    findings += [
        Finding(
            kind="unplaced",
            facet="text",
            operation=twice.title,
            new=twice.title,
            vendor=twice.at,
            note="this title stands twice in the document",
        )
        for twice in document.repeated
    ]
    pairs.sort(key=lambda pair: pair[1].at.line or 0)
    return pairs, findings


def _own_only(operation: SpecOperation, document: VendorDocument) -> set[str]:
    """A route that the spec inferred in full cannot be missed in the document."""
    return {operation.route.text} if set(operation.provenance.values()) == {"inferred"} else set()


def _key(title: str) -> str:
    return squeeze(title)


def _renamed(operation: VendorOperation, gone: list[SpecOperation]) -> SpecOperation | None:
    """The missing operation that this one is under another title: same route, or alike in name and parts."""
    for old in gone:
        route = operation.route
        if route is not None and (route.method, route.path) == (old.route.method, old.route.path):
            return old
    alike = [old for old in gone if _alike(old, operation)]
    ranked = sorted(alike, key=lambda old: -difflib.SequenceMatcher(None, old.title, operation.title).ratio())
    return ranked[0] if ranked else None


def _alike(old: SpecOperation, new: VendorOperation) -> bool:
    parameters = {key for key in new.parameters if key[0] != "header"}
    fields = set(new.body.fields) if new.body else set()
    same = (
        {key for key in old.parameters if key[0] != "header"} == parameters
        and (set(old.body.fields) if old.body else set()) == fields
        and all(set(old.lists.get(w, {})) == set(names.names) for w, names in new.lists.items())
    )
    ratio = difflib.SequenceMatcher(None, old.title.lower(), new.title.lower()).ratio()
    return same and ratio >= 0.6 and (old.section == new.section or ratio >= 0.8)


def _document(spec: SpecFacts, document: VendorDocument) -> list[Finding]:
    """Title and version."""
    findings = []
    if "title" in document.tells and document.title != spec.title:
        findings.append(
            Finding(
                kind="changed",
                facet="name of the API",
                old=spec.title,
                new=document.title,
                spec=spec.title_at,
                vendor=document.version_at,
            )
        )
    if "version" in document.tells and document.version != spec.version:
        findings.append(
            Finding(
                kind="changed",
                facet="version",
                old=spec.version,
                new=document.version,
                spec=spec.version_at,
                vendor=document.version_at,
            )
        )
    return findings


def _sections(pairs: list[tuple[SpecOperation, VendorOperation]]) -> list[Finding]:
    """Operations that moved; once for all when a section has another name."""
    findings = []
    by_old: dict[str, set[str]] = {}
    for ours, theirs in pairs:
        by_old.setdefault(ours.section, set()).add(theirs.section)
    kept = {ours.section for ours, theirs in pairs if ours.section == theirs.section}
    said: set[str] = set()
    for ours, theirs in pairs:
        if not theirs.section or ours.section == theirs.section:
            continue
        whole = len(by_old[ours.section]) == 1 and theirs.section not in kept
        if whole and ours.section in said:
            continue
        said.add(ours.section)
        findings.append(
            Finding(
                kind="changed",
                facet="section",
                operation="" if whole else ours.title,
                old=ours.section,
                new=theirs.section,
                spec=ours.at,
                vendor=theirs.at,
            )
        )
    return findings


def _operation(
    ours: SpecOperation, theirs: VendorOperation, document: VendorDocument, evidence: Evidence
) -> list[Finding]:
    findings: list[Finding] = []
    if "since" in document.tells:
        findings += evidence.operation_mark(ours, theirs)
    if "authorizations" in document.tells and (ours.authorizations or ()) != (theirs.authorizations or ()):
        findings.append(_authorizations(ours, theirs, page="header" in document.tells))
    if theirs.deprecated is not None and ours.deprecated != theirs.deprecated:
        kind: Kind = "added" if theirs.deprecated else "removed"
        findings.append(
            Finding(kind=kind, facet="deprecation", operation=ours.title, spec=ours.at, vendor=theirs.at)
        )
    if "parameters" in document.tells:
        findings += compare_parameters(ours, theirs, document, evidence)
    if "body" in document.tells:
        findings += compare_body(ours, theirs, evidence)
    if "lists" in document.tells:
        findings += compare_lists(ours, theirs, evidence)
    return findings


def _authorizations(ours: SpecOperation, theirs: VendorOperation, *, page: bool) -> Finding:
    old, new = (", ".join(side.authorizations or ()) for side in (ours, theirs))
    inferred = not page and ours.authorizations is None and theirs.authorizations == ours.schemes
    kind = "documented" if inferred else change_kind(old, new)
    return Finding(
        kind=kind,
        facet="authorizations",
        operation=ours.title,
        old=old,
        new=new,
        spec=ours.at,
        vendor=theirs.at,
    )


def _unplaced(document: VendorDocument) -> list[Finding]:
    return [
        Finding(
            kind="unplaced",
            facet="text",
            operation=_owner(document, entry.at.line),
            new=entry.text,
            note=entry.reason,
            vendor=entry.at,
        )
        for entry in document.unplaced
    ]


def _owner(document: VendorDocument, line: int | None) -> str:
    """The operation that a line of the document belongs to."""
    if line is None:
        return ""
    release = min((r.at.line for r in document.releases if r.at.line), default=None)
    if release is not None and line >= release:
        return ""
    before = [op for op in document.operations.values() if op.at.line and op.at.line <= line]
    return max(before, key=lambda op: op.at.line or 0).title if before else ""


def _ordered(findings: list[Finding]) -> list[Finding]:
    unique = list(dict.fromkeys(findings))
    first: dict[str, int] = {}
    for finding in unique:
        place = finding.vendor or finding.spec
        line = (place.line if place else None) or 0
        first[finding.operation] = min(first.get(finding.operation, line), line)
    return sorted(unique, key=lambda f: (f.operation != "", first[f.operation], f.operation))
