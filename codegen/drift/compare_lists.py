"""Filterable, sortable and patchable names, their verbs and their revision marks."""

from __future__ import annotations

from typing import Final

from codegen.drift.evidence import Evidence, mark_finding
from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecOperation
from codegen.vendor.document import ListedName, VendorOperation

LISTS: Final = ("filterable", "sortable", "patchable")


def compare_lists(ours: SpecOperation, theirs: VendorOperation, evidence: Evidence) -> list[Finding]:
    """The three lists of an operation. An empty list and no list say the same."""
    findings: list[Finding] = []
    for which in LISTS:
        known = ours.lists.get(which, {})
        shown = theirs.lists.get(which)
        found = shown.names if shown else {}
        spec_at = ours.lists_at.get(which, ours.at)
        vendor_at = shown.at if shown else theirs.at
        for name, entry in found.items():
            if name not in known:
                new = "+".join(entry.verbs)
                note = f"Rev {entry.since}" if entry.since else ""
                findings.append(
                    Finding(
                        kind="added",
                        facet=which,
                        operation=ours.title,
                        name=name,
                        new=new,
                        note=note,
                        spec=spec_at,
                        vendor=entry.at,
                    )
                )
                continue
            findings += _same(ours, which, known[name], entry, evidence)
        findings += [
            Finding(
                kind="removed",
                facet=which,
                operation=ours.title,
                name=name,
                old="+".join(entry.verbs),
                spec=entry.at,
                vendor=vendor_at,
            )
            for name, entry in known.items()
            if name not in found
        ]
    return findings


def _same(
    ours: SpecOperation, which: str, known: ListedName, found: ListedName, evidence: Evidence
) -> list[Finding]:
    findings = []
    if set(known.verbs) != set(found.verbs):
        findings.append(
            Finding(
                kind="changed",
                facet=f"verbs of {which}",
                operation=ours.title,
                name=found.name,
                old=", ".join(known.verbs),
                new=", ".join(found.verbs),
                spec=known.at,
                vendor=found.at,
            )
        )
    statements = evidence.versions(ours, (which,), found.name)
    mark = mark_finding(
        ours.title, f"{which} {found.name}", known.since, known.at, found.since, found.at, statements
    )
    return [*findings, *([mark] if mark else [])]
