"""What the vendor's own descriptions say otherwise than when the document was last looked at.

Descriptions in a spec are ours, so that another text of the vendor is no difference to them. What is compared
is a digest of the vendor's text, kept in the `*.vendor.yaml` beside the spec: an import writes it, and a text
without a digest is learnt by the next import and never reported.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attrs import evolve

from codegen.changes.align import align
from codegen.changes.change import Change
from codegen.changes.values import same_value
from codegen.facts.evidence import squeeze
from codegen.facts.fact import Aspect, Fact, FactSet, Subject, Value
from codegen.facts.marks import take_since
from codegen.facts.prose import is_always_required, read_values

if TYPE_CHECKING:
    from codegen.changes.compare import Sides

Digests = dict[str, dict[str, str]]
"""By the key of an operation and the name of a thing in it, such as `query $count`; "" for one that the
document was seen to leave without a description."""
_WHOLE: Final = "(the API)"
"""The key of what speaks of the API as a whole."""
_KINDS: Final = {
    "api": "introduction",
    "operation": "operation",
    "parameter": "",
    "request": "body",
    "request-field": "body",
    "response": "response",
    "response-field": "response",
}
_FEW: Final = 10
_MOST: Final = 0.5
"""The share of texts from which on a document is another edition as a whole: no line of it would say more."""
_READ_FROM_TEXT: Final[tuple[Aspect, ...]] = (
    "deprecated",
    "revision",
    "page-size",
    "page-limit",
    "enum",
    "required",
)
"""Aspects that readers take from a description: their changes say already what its new words mean."""


def compare_descriptions(sides: Sides, known: Digests, changes: list[Change]) -> list[Change]:
    """Descriptions that are other ones now, of what both sides have; changes: what is found already."""
    explained = {c.subject for c in changes if c.aspect in _READ_FROM_TEXT}
    found: list[Change] = []
    compared = other = 0
    for subject, facts in sides.aligned.facts.items():
        before = known.get(subject.operation or _WHOLE, {}).get(name_in_operation(subject))
        if before is None or subject in sides.gone or subject in explained or subject not in sides.old:
            continue
        after = facts.get("description")
        if after is None and (not before or not _lacks(sides.new, sides.aligned.origin[subject])):
            continue
        compared += 1
        if after is not None and digest_of(str(after.value)) == before:
            continue
        other += 1
        if after is not None and (meant := _meant(sides, subject, facts, after)):
            found += meant
            continue
        change = Change(
            kind="removed" if after is None else "changed" if before else "added",
            subject=subject,
            aspect="description",
            after=after,
            title=sides.title(subject),
            note="" if after is not None else "the document describes it no more",
        )
        found.append(sides.placed(change, facts))
    return [] if other > max(_FEW, compared * _MOST) else found


def _meant(sides: Sides, subject: Subject, facts: dict[Aspect, Fact], text: Fact) -> list[Change]:
    """What new words say of values and of the required mark, where the tables of the document do not.

    Only words that are new: what a text said before, somebody has weighed when the spec was made.
    """
    if subject.kind not in ("parameter", "request-field") or not subject.path:
        return []
    stated: list[tuple[Aspect, Value]] = []
    if is_always_required(str(text.value)):
        stated.append(("required", True))
    if sides.old.text(subject, "type") != "boolean" and (values := read_values(str(text.value))):
        stated.append(("enum", values))
    found = []
    for aspect, value in stated:
        before = sides.old.get(subject, aspect)
        if aspect in facts or (before and same_value(aspect, before.value, value, exact=True)):
            continue
        after = evolve(text, aspect=aspect, value=value)
        note = "its description says so"
        found.append(
            sides.change("changed" if before else "added", subject, before=before, after=after, note=note)
        )
    return found


def is_in_words(aspect: Aspect, facts: dict[Aspect, Fact]) -> bool:
    """Whether a description speaks of the values, or of the required mark, where no table does."""
    text = str(facts["description"].value) if "description" in facts else ""
    return bool(aspect == "enum" and read_values(text)) or (aspect == "required" and is_always_required(text))


def learnt(known: Digests, old: FactSet, new: FactSet, pairs: dict[str, str]) -> Digests:
    """The digests once a document was looked at; what it cannot tell, or does not show, stays as it was.

    old: the facts of the spec as it is after the import, pairs: its operations to those of the document.
    """
    found = {
        s.operation: dict(known.get(s.operation, {}))
        for s in old.subjects("operation")
        if s.operation in known or s.operation in pairs
    }
    aligned = align(old, new, pairs)
    found[_WHOLE] = dict(known.get(_WHOLE, {}))
    for subject, facts in aligned.facts.items():
        name = name_in_operation(subject)
        if not name or (subject.operation and subject.operation not in pairs):
            continue
        names = found[subject.operation or _WHOLE]
        text = facts.get("description")
        if text is not None:
            names[name] = digest_of(str(text.value))
        elif _lacks(new, aligned.origin[subject]):
            if subject.kind in ("operation", "parameter") or "type" in facts:
                names[name] = ""
            else:
                names.pop(name, None)
    return {operation: names for operation, names in found.items() if names}


def name_in_operation(subject: Subject) -> str:
    """`operation`, `query $count`, `body date`, `response value[].name`; "" for what has no description."""
    if subject.kind not in _KINDS or bool(subject.operation) == (subject.kind == "api"):
        return ""
    # The whole of a body or a response is described where it is used, and not by its schema.
    if subject.kind in ("request-field", "response-field") and not subject.path:
        return ""
    where = "" if subject.where == "success" else subject.where
    return " ".join(filter(None, (_KINDS[subject.kind], where, subject.dotted)))


def digest_of(text: str) -> str:
    """A short mark of a text that reflow does not change, nor a revision mark: that is compared by itself."""
    return hashlib.sha256(squeeze(take_since(text)[0]).encode()).hexdigest()[:8]


def _lacks(document: FactSet, subject: Subject) -> bool:
    """Whether a document would show a description here and has none."""
    return document.can_tell(subject, "description") and subject not in document.partial
