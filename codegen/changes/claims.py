"""What a sentence of the release notes claims of the old document's subjects, as facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import define, field, frozen

from codegen.facts.evidence import Statement, squeeze
from codegen.facts.fact import Aspect, FactSet, Subject, SubjectKind, Value
from codegen.facts.marks import VERBS

_PARTS: Final[dict[str, tuple[SubjectKind, str]]] = {
    "query": ("parameter", "query"),
    "path": ("parameter", "path"),
    "header": ("parameter", "header"),
    "request": ("request-field", ""),
    "response": ("response-field", "success"),
    "filterable": ("filterable", ""),
    "sortable": ("sortable", ""),
    "patchable": ("patchable", ""),
}
_ARRAY: Final = re.compile(r"\b(?:an )?(?:array|list) (?:of )?(string|integer|number|boolean|object)s?\b")
_TYPE: Final = re.compile(r"\b(?:an? |of type |type )(string|integer|number|boolean|object|array)\b")
_NEEDED: Final = re.compile(r"\b(?:required|mandatory|optional)\b")
_NOT_VERB: Final = re.compile(r"\bnon-?\s?(add|remov|replac)e?able\b", re.IGNORECASE)


@frozen
class Claim:
    """A sentence says this of a subject. value None: that it is not so, or is gone."""

    subject: Subject
    aspect: Aspect
    value: Value | None


@define
class Operations:
    """Finds the operation that a sentence speaks of: by its route, else by its title in either document."""

    old: FactSet
    new: FactSet
    pairs: dict[str, str]
    _by_route: dict[str, str] = field(factory=dict)
    _by_title: dict[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for subject in self.old.subjects("operation"):
            self._by_route[self.old.text(subject, "route")] = subject.operation
            self._by_title[squeeze(self.old.text(subject, "title"))] = subject.operation
        for ours, theirs in self.pairs.items():
            self._by_title[squeeze(self.new.text(Subject("operation", theirs), "title"))] = ours

    def by_route(self, route: str) -> str | None:
        """The key of the operation with exactly this route."""
        return self._by_route.get(route) if route else None

    def of(self, statement: Statement) -> str | None:
        """The key of the operation of a statement."""
        found = self.by_route(statement.route)
        return found if found is not None else self._by_title.get(squeeze(statement.title) or " ")


def claims_of(statement: Statement, operation: str, old: FactSet) -> Iterator[Claim]:
    """What a statement says of an operation of the old document; nothing where it is not understood."""
    itself = Subject("operation", operation)
    if not statement.names:
        if statement.part == "operation" and statement.verb in ("deprecated", "removed", "added"):
            aspect: Aspect = "deprecated" if statement.verb == "deprecated" else "exists"
            yield Claim(itself, aspect, None if statement.verb == "removed" else True)
        return
    for name in statement.names:
        yield from _of_name(statement, operation, name, old)


def _of_name(statement: Statement, operation: str, name: str, old: FactSet) -> Iterator[Claim]:
    """The claims about one name. A new name without a part may be of any part that has it."""
    known = list(subjects_named(old, operation, name, statement.part))
    detail = statement.detail if statement.detail.startswith("value ") else statement.detail.lower()
    if statement.verb == "added":
        for subject in known or [new_subject(old, operation, name, statement.part)]:
            yield Claim(subject, "exists", True)
        return
    # A name that the spec does not have cannot be removed or deprecated: only known subjects from here on.
    if statement.verb in ("removed", "deprecated"):
        gone = statement.verb == "removed"
        for subject in known:
            yield Claim(subject, "exists" if gone else "deprecated", None if gone else True)
        return
    if _NEEDED.search(detail):
        # A required mark is of what is sent, wherever else the name stands.
        known = [s for s in known if s.kind in ("parameter", "request-field")] or known
    listed = statement.part in ("filterable", "sortable", "patchable") and not _NOT_VERB.search(detail)
    if statement.verb == "updated" and listed:
        gone = re.search(r"\b(?:no longer|not)\b", detail) is not None
        yield Claim(new_subject(old, operation, name, statement.part), "exists", None if gone else True)
        return
    for subject in known:
        yield from _of_detail(subject, detail, old)


def _of_detail(subject: Subject, detail: str, old: FactSet) -> Iterator[Claim]:
    """`non-removeable`, `required`, `optional`, `an array of strings`, `deprecated`, `nullable`."""
    if (verb := _NOT_VERB.search(detail)) is not None:
        if subject.kind == "patchable":
            word = next(v for v in VERBS if v.startswith(verb[1].lower()[:3]))
            now = old.value(subject, "verbs")
            verbs = now if isinstance(now, tuple) else ()
            yield Claim(subject, "verbs", tuple(v for v in verbs if v != word))
        return
    if subject.kind in ("filterable", "sortable", "patchable"):
        return
    if (values := detail.removeprefix("value ")) != detail:
        known, fresh = old.value(subject, "enum"), re.split(r",? and |, ", values)
        if isinstance(known, tuple):
            yield Claim(subject, "enum", tuple(dict.fromkeys((*known, *fresh))))
        return
    if re.search(r"\b(?:no longer|not) required\b|\boptional\b", detail):
        yield Claim(subject, "required", None)
    elif re.search(r"\brequired\b|\bmandatory\b", detail):
        yield Claim(subject, "required", True)
    elif (array := _ARRAY.search(detail)) is not None:
        yield Claim(subject, "type", "array")
        yield Claim(subject.at("[]"), "type", array[1])
    elif (kind := _TYPE.search(detail)) is not None:
        yield Claim(subject, "type", kind[1])
    elif re.search(r"\bdeprecated\b", detail):
        yield Claim(subject, "deprecated", True)
    elif re.search(r"\bnullable\b|\ballow nulls?\b", detail):
        yield Claim(subject, "nullable", True)


def subjects_named(facts: FactSet, operation: str, name: str, part: str) -> Iterator[Subject]:
    """Subjects of an operation with a name; rows of a response count as the response itself."""
    for subject in facts.subjects(operation=operation):
        if subject.kind in ("operation", "request", "response") or not subject.path:
            continue
        if subject.path[-1] != name or subject.where in ("errors", "default"):
            continue
        kind, where = _PARTS.get(part, (subject.kind, subject.where))
        same = subject.kind == kind and (subject.kind != "parameter" or subject.where == where)
        if same and (part or subject.kind not in ("filterable", "sortable")):
            yield subject


def new_subject(facts: FactSet, operation: str, name: str, part: str) -> Subject:
    """The subject that a new name would be; without a part it is a field of the response, or of its rows."""
    kind, where = _PARTS.get(part, ("response-field", "success"))
    if kind != "response-field":
        return Subject(kind, operation, where, (name,))
    # A page shows rows collapsed; a name that a note adds to a search is one of a row.
    for lead in (("value", "[]"), ("[]",)):
        if Subject(kind, operation, where, lead) in facts:
            return Subject(kind, operation, where, (*lead, name))
    return Subject(kind, operation, where, (name,))


def holds(facts: FactSet, claim: Claim) -> bool:
    """Whether a set of facts says the same as a claim."""
    if claim.aspect == "exists":
        return (claim.subject in facts) == (claim.value is not None)
    value = facts.value(claim.subject, claim.aspect)
    if claim.aspect == "verbs":
        return set(value if isinstance(value, tuple) else ()) == set(
            claim.value if isinstance(claim.value, tuple) else ()
        )
    return value == claim.value
