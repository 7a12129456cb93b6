"""Rows of the version table of a published collection's introduction, and their sentences."""

from __future__ import annotations

import re
from typing import Final

from codegen.drift.baseline import Baseline, digest
from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecFacts
from codegen.vendor.document import Release, VendorDocument
from codegen.vendor.marks import version_key

_ENDING: Final = re.compile(r"\b(deprecated|removed|deleted|withdrawn|retired|discontinued)\b", re.IGNORECASE)


def compare_rows(
    spec: SpecFacts, document: VendorDocument, baseline: Baseline, findings: list[Finding]
) -> list[Finding]:
    """Rows of the version table, and sentences in them that no other finding rests on."""
    shown = {release.version: release for release in document.releases}
    stated = any(f.facet == "version" for f in findings)
    known = (
        baseline.releases
        if baseline.exists
        else {op.since: [] for op in spec.operations.values() if op.since}
    )
    newest = max(map(version_key, [spec.version or "0"]))
    found = [
        Finding(kind="added", facet="release", name=version, new=_said(release), vendor=release.at)
        for version, release in shown.items()
        if version not in known
        and (baseline.exists or version_key(version) > newest)
        and not (stated and version == document.version)
    ]
    damaged = {entry.text.split(" ")[0] for entry in document.unplaced}
    gone = [version for version in known if version not in shown and version not in damaged]
    if len(found) == len(gone) == 1:
        only = found[0]
        found = [Finding(kind="changed", facet="release", old=gone[0], new=only.name, vendor=only.vendor)]
    else:
        found += [
            Finding(kind="removed", facet="release", name=version, vendor=document.version_at)
            for version in gone
        ]
    found += _endings(spec, shown, baseline)
    resting = {f.vendor for f in findings if f.vendor}
    for version, release in shown.items():
        now = {digest(statement.text): statement.text for statement in release.statements}
        before = baseline.releases.get(version, [] if baseline.exists else list(now))
        new = [text for mark, text in now.items() if mark not in before]
        lost = len([mark for mark in before if mark not in now])
        if (
            version not in known
            or release.at in resting
            or version in gone
            or any(version == f.new and f.facet == "release" for f in found)
        ):
            continue
        found += [
            Finding(
                kind="changed" if index < lost else "added",
                facet="release note",
                name=version,
                new=text,
                vendor=release.at,
            )
            for index, text in enumerate(new)
        ]
        if lost > len(new) and not _explains(findings):
            found.append(
                Finding(
                    kind="removed",
                    facet="release note",
                    name=version,
                    note=f"{lost - len(new)} sentences are gone",
                    vendor=release.at,
                )
            )
    return found


def _endings(spec: SpecFacts, shown: dict[str, Release], baseline: Baseline) -> list[Finding]:
    """Methods that a sentence, not seen before, deprecates or takes away."""
    return [
        Finding(
            kind="added" if ending[1].lower() == "deprecated" else "removed",
            facet="deprecation" if ending[1].lower() == "deprecated" else "method",
            operation=title,
            note=f"version {version} says so",
            spec=operation.at,
            vendor=release.at,
        )
        for version, release in shown.items()
        for statement in release.statements
        if (ending := _ENDING.search(statement.text)) is not None
        and baseline.exists
        and digest(statement.text) not in baseline.releases.get(version, ())
        for title, operation in spec.operations.items()
        if re.search(rf"(?<!\w){re.escape(title)}(?!\w)", statement.text)
    ]


def _said(release: Release) -> str:
    """The sentences of a new row."""
    return "; ".join(statement.text for statement in release.statements)


def _explains(findings: list[Finding]) -> bool:
    """Whether names vanished, which explains that their sentences did."""
    return any(f.kind == "removed" and f.facet in ("method", "parameter") for f in findings)
