"""Entries of the release notes: new ones, and ones that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codegen.changes.change import Change
from codegen.facts.fact import API, Fact, Subject
from codegen.facts.marks import version_key
from codegen.ir import Place

if TYPE_CHECKING:
    from codegen.changes.baseline import Baseline
    from codegen.changes.compare import Sides


def compare_entries(sides: Sides, known: Baseline, changes: list[Change]) -> list[Change]:
    """Releases that are new since the document was last looked at, and releases that vanished."""
    shown = sides.new.evidence.releases
    if not shown:
        gone = list(known.releases) if sides.new.kind.startswith("redoc") else []
        return [_gone(f"{len(gone)} releases", sides.new.end)] if gone else []
    stated = {str(c.new) for c in changes if c.aspect == "version"}
    if known.exists:
        come = [version for version in shown if version not in known.releases and version not in stated]
        left = [version for version in known.releases if version not in shown]
    else:
        newest = version_key(sides.old.text(API, "version") or "0")
        ours = sides.old.evidence.releases
        come = [v for v in shown if v not in ours and version_key(v) > newest and v not in stated]
        left = [version for version in ours if version not in shown]
    if len(come) == len(left) == 1:
        before = Fact(Subject("release", path=(left[0],)), "exists", left[0], shown[come[0]])
        after = Fact(Subject("release", path=(come[0],)), "exists", come[0], shown[come[0]])
        return [
            Change(
                kind="changed",
                subject=before.subject,
                aspect="name",
                before=before,
                after=after,
                new_place=after.place,
            )
        ]
    top = sides.new.get(API, "version")
    found = [_gone(version, top.place if top is not None else sides.new.end) for version in left]
    for version in come:
        subject = Subject("release", path=(version,))
        after = Fact(subject, "exists", True, shown[version])
        found.append(
            Change(kind="added", subject=subject, aspect="exists", after=after, new_place=shown[version])
        )
    return found


def _gone(version: str, place: Place | None) -> Change:
    subject = Subject("release", path=(version,))
    before = Fact(subject, "exists", True, place or Place("", ""))
    return Change(kind="removed", subject=subject, aspect="exists", before=before, new_place=place)
