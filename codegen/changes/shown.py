"""Statuses and sample values that a document shows otherwise than when it was last looked at.

A spec has neither: errors of every status come as `default`, and the values of a sample are the vendor's own.
What is compared is a short mark of each, kept in the `*.vendor.yaml` beside the spec: an import writes it,
and what has no mark is learnt by the next import and never reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from attrs import evolve

from codegen.changes.align import Aligned, align
from codegen.changes.change import Change
from codegen.changes.descriptions import name_in_operation
from codegen.facts.fact import Fact, FactSet, Subject

if TYPE_CHECKING:
    from codegen.changes.compare import Sides

Marks = dict[str, dict[str, str]]
"""By the key of an operation and the name of a thing in it: of `success` and `errors` the status, of
`body date` or `response value[].name` a digest of the value."""
_READ: Final = ("openapi", "redoc-text", "redoc-html")
"""Documents whose samples are written for everybody; a collection has those that somebody saved."""
_FEW: Final = 10
_MOST: Final = 0.5
"""The share of values from which on the samples are other ones as a whole: no line would say more."""


def compare_shown(sides: Sides, known: Marks, changes: list[Change]) -> list[Change]:
    """What is shown otherwise now; changes: what is found already, which takes the values along."""
    explained = {c.subject for c in changes if c.aspect in ("exists", "type", "nullable", "status", "name")}
    found: list[Change] = []
    compared = 0
    for subject, name, after in _shown(sides.aligned, sides.new):
        before = _before(sides, subject, after)
        mark = mark_of(before) if before else known.get(subject.operation, {}).get(name)
        if mark is None or subject in explained or subject not in sides.old:
            continue
        compared += 1
        if mark_of(after) == mark:
            continue
        if before is None and after.aspect == "status":
            stated = sides.old.get(subject, "exists")
            before = evolve(stated, aspect="status", value=mark) if stated is not None else None
        found.append(sides.change("changed", subject, before=before, after=after))
    samples = [change for change in found if change.aspect == "sample"]
    if len(samples) > max(_FEW, compared * _MOST):
        return [change for change in found if change.aspect != "sample"]
    return found


def _before(sides: Sides, subject: Subject, after: Fact) -> Fact | None:
    """What an old document shows itself; a spec does not count, whatever it has."""
    return None if sides.old.kind.startswith("spec") else sides.old.get(subject, after.aspect)


def _shown(aligned: Aligned, new: FactSet) -> Iterator[tuple[Subject, str, Fact]]:
    """The statuses where only a failure is shown, and the values of all samples, with their names."""
    if new.kind not in _READ:
        return
    for subject, facts in aligned.facts.items():
        if subject.kind == "response" and subject.where in ("success", "errors"):
            status = facts.get("status")
            failing = Subject("response", subject.operation, "errors") in aligned.facts
            if status is not None and failing:
                yield subject, subject.where, status
        elif (value := facts.get("sample")) is not None and subject.kind in (
            "request-field",
            "response-field",
        ):
            name = name_in_operation(subject)
            if name:
                yield subject, name, value


def learnt_marks(known: Marks, old: FactSet, new: FactSet, pairs: dict[str, str]) -> Marks:
    """The marks once a document was looked at; what it does not show stays as it was.

    old: the facts of the spec as it is after the import, pairs: its operations to those of the document.
    """
    here = {s.operation for s in old.subjects("operation")}
    found = {key: dict(marks) for key, marks in known.items() if key in here}
    aligned = align(old, new, pairs)
    for subject, name, fact in _shown(aligned, new):
        if subject.operation in pairs and subject in old:
            found.setdefault(subject.operation, {})[name] = mark_of(fact)
    for key in found:
        failing = Subject("response", key, "errors")
        if key in pairs and failing not in aligned.facts and new.can_tell(failing, "status"):
            found[key] = {
                name: mark for name, mark in found[key].items() if name not in ("success", "errors")
            }
    return {key: marks for key, marks in found.items() if marks}


def mark_of(fact: Fact) -> str:
    """A status as it is; of a value a digest that a wrapped line does not change."""
    if fact.aspect == "status":
        return str(fact.value)
    return hashlib.sha256("".join(str(fact.value).split()).encode()).hexdigest()[:8]
