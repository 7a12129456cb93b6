"""Release notes: new and vanished entries, and sentences whose facts no other finding covers."""

from __future__ import annotations

from codegen.drift.baseline import Baseline, digest, gone_mark
from codegen.drift.evidence import Evidence, squeeze, statement_mark
from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecOperation
from codegen.vendor.document import Release, Statement, VendorDocument
from codegen.vendor.marks import version_key

_PARAMETER_FACETS = {"query": "query", "path": "path", "header": "header"}


def compare_releases(
    document: VendorDocument, baseline: Baseline, evidence: Evidence, findings: list[Finding]
) -> list[Finding]:
    """What the notes say beyond the tables. findings: those so far; they cover the sentences they rest on."""
    if "releases" not in document.tells:
        return _no_notes(document, baseline) if "header" in document.tells else []
    found: list[Finding] = []
    for statement in document.statements:
        found += _stated(statement, evidence) + _deprecated(statement, evidence)
        found += _unknown(statement, baseline)
    covered = [*findings, *found]
    if baseline.exists:
        found += _entries(document, baseline, covered)
        for release in document.releases:
            if release.version in baseline.releases:
                found += _sentences(release, baseline.releases[release.version], covered)
    else:
        found += _newer(document, evidence.spec.version, covered)
    return found


def _no_notes(document: VendorDocument, baseline: Baseline) -> list[Finding]:
    """A page that had release notes and has none."""
    if not baseline.releases:
        return []
    return [
        Finding(
            kind="removed",
            facet="release notes",
            old=f"{len(baseline.releases)} releases",
            vendor=document.end_at,
        )
    ]


def _unknown(statement: Statement, baseline: Baseline) -> list[Finding]:
    """A sentence that no rule reads, unless a person has looked at it before."""
    if statement.verb != "unknown" or digest(statement.text) in baseline.releases.get(statement.version, ()):
        return []
    return [
        Finding(
            kind="unplaced",
            facet="text",
            new=statement.text,
            vendor=statement.at,
            note=f"no rule reads this sentence of release {statement.version}",
        )
    ]


def _newer(document: VendorDocument, version: str, covered: list[Finding]) -> list[Finding]:
    """Without a baseline: entries of versions that the spec has not reached."""
    return [
        Finding(kind="added", facet="release", name=release.version, vendor=release.at)
        for release in document.releases
        if version_key(release.version) > version_key(version) and not _named(release.version, covered)
    ]


def _named(version: str, covered: list[Finding]) -> bool:
    return any(finding.facet == "version" and finding.new == version for finding in covered)


def _entries(document: VendorDocument, baseline: Baseline, covered: list[Finding]) -> list[Finding]:
    shown = {release.version for release in document.releases}
    added = [
        Finding(kind="added", facet="release", name=release.version, vendor=release.at)
        for release in document.releases
        if release.version not in baseline.releases and not _named(release.version, covered)
    ]
    gone = [
        Finding(kind="removed", facet="release", name=version, vendor=document.version_at)
        for version in baseline.releases
        if version not in shown
    ]
    if len(added) == len(gone) == 1:
        return [
            Finding(
                kind="changed", facet="release", old=gone[0].name, new=added[0].name, vendor=added[0].vendor
            )
        ]
    return added + gone


def _sentences(release: Release, known: list[str], covered: list[Finding]) -> list[Finding]:
    """Facts that the entry states now and did not before, and the other way round."""
    now = {mark: s for s in release.statements if (mark := statement_mark(s))}
    routes = {f.old for f in covered if f.facet in ("route", "operation") and f.old}
    new = [s for mark, s in now.items() if mark not in known and not _covered(s, covered)]
    gone = [mark for mark in known if mark not in now and not any(mark.endswith(route) for route in routes)]
    understood = [s for s in new if s.verb != "unknown"]
    findings = [
        Finding(
            kind="changed" if index < len(gone) else "added",
            facet="release note",
            name=release.version,
            old=gone[index] if index < len(gone) else "",
            new=statement_mark(s),
            vendor=s.at,
        )
        for index, s in enumerate(understood)
    ]
    return findings + [
        Finding(kind="removed", facet="release note", name=release.version, old=mark, vendor=release.at)
        for mark in gone[len(new) :]
        if not _named_in(mark, release.version, covered)
    ]


def _named_in(mark: str, version: str, covered: list[Finding]) -> bool:
    """A vanished sentence whose facts show up as vanished revision marks."""
    words = set(mark.replace(",", " ").split())
    return any(
        f.facet == "revision mark" and f.old == version and f.name.split(" ")[-1] in words for f in covered
    )


def _covered(statement: Statement, covered: list[Finding]) -> bool:
    """Whether another finding rests on this sentence: same line, or the same name."""
    route = statement.route.text if statement.route else None
    for finding in covered:
        if route is not None and finding.facet in ("route", "operation") and finding.new == route:
            return True
        if (
            finding.facet == "operation"
            and statement.title
            and squeeze(finding.operation) == squeeze(statement.title)
        ):
            return True
        if finding.vendor is not None and finding.vendor.line == statement.at.line:
            return True
        if (
            finding.operation == statement.title
            and finding.name
            and finding.name.split(" ")[-1] in statement.names
        ):
            return True
    return False


def _stated(statement: Statement, evidence: Evidence) -> list[Finding]:
    """Names that a sentence adds to an operation and the spec does not have there."""
    ours = evidence.operation_of(statement)
    if ours is None or statement.verb not in ("added", "updated"):
        return []
    return [
        Finding(
            kind="added",
            facet=_words(statement.facet),
            operation=ours.title,
            name=name,
            note=f"release {statement.version} says so",
            spec=ours.at,
            vendor=statement.at,
        )
        for name in statement.names
        if not _has(ours, statement.facet, name) and not _taken_back(ours, statement.facet, name, evidence)
    ]


def _taken_back(ours: SpecOperation, facet: str, name: str, evidence: Evidence) -> bool:
    """Whether the page no longer lists what an old note added, as an import has remembered."""
    parts = [facet] if facet else ["", "query", "body", "patchable"]
    return any(gone_mark(_words(part), name, ours.title) in evidence.baseline.gone for part in parts)


def _deprecated(statement: Statement, evidence: Evidence) -> list[Finding]:
    """An operation that a sentence deprecates."""
    ours = evidence.operation_of(statement)
    if ours is None or ours.deprecated or (statement.verb, statement.facet) != ("deprecated", "operation"):
        return []
    return [
        Finding(
            kind="added",
            facet="deprecation",
            operation=ours.title,
            note=f"release {statement.version} says so",
            spec=ours.at,
            vendor=statement.at,
        )
    ]


def _words(facet: str) -> str:
    return {"response": "answer field", "": "answer field", "body": "body field"}.get(
        facet, f"{facet} parameter" if facet in _PARAMETER_FACETS else facet
    )


def _has(ours: SpecOperation, facet: str, name: str) -> bool:
    if facet in _PARAMETER_FACETS:
        return (facet, name) in ours.parameters
    if facet in ("filterable", "sortable", "patchable"):
        return name in ours.lists.get(facet, {})
    if facet == "body":
        return ours.body is not None and name in ours.body.fields
    answers = [ours.answer, ours.rows]
    held = any(answer is not None and name in answer.members for answer in answers)
    # A sentence without a facet may speak of any part of the operation.
    anywhere = facet == "" and any(_has(ours, part, name) for part in ("query", "body", "patchable"))
    return held or anywhere
