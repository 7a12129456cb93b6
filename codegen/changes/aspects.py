"""One aspect of a thing that both documents have: the change, if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from codegen.changes.change import Change
from codegen.changes.descriptions import is_in_words
from codegen.changes.values import PRINTED, fits, is_declared, same_type, same_value
from codegen.facts.fact import CONSTRAINTS, FIELDS, Aspect, Fact, FactSet, Subject

if TYPE_CHECKING:
    from codegen.changes.compare import Sides

ASPECTS: Final[tuple[Aspect, ...]] = (
    "title",
    "version",
    "route",
    "operation-id",
    "section",
    "deprecated",
    "security",
    "servers",
    "type",
    "model",
    "format",
    "nullable",
    "required",
    "read-only",
    "write-only",
    "sensitive",
    "enum",
    "constant",
    "default",
    "example",
    "alternatives",
    *CONSTRAINTS,
    "verbs",
    "page-size",
    "page-limit",
    "media-types",
    "encoding",
    "idempotency",
    "paging",
    "bulk",
    "status",
    "revision",
    "description",
)
_DECLARED: Final = frozenset(
    {"format", "nullable", "required", "read-only", "write-only", "enum", "constant", "default", *CONSTRAINTS}
) | {"alternatives"}
_BOTH: Final = frozenset(
    {"page-size", "page-limit", "example", "model", "operation-id", "status", "title", "version", "encoding"}
) | {"idempotency", "paging", "bulk", "section", "route", "media-types", "description", "sensitive"}
"""Aspects that say something only where both documents state them."""
_ALONE: Final = frozenset(
    {"idempotency", "paging", "bulk", "encoding", "page-size", "page-limit", "description", "example"}
    | {"sensitive"}
)
_UNSEEN: Final = frozenset({"default", "nullable", "description", "deprecated", "read-only", "write-only"})
"""Aspects of the items of an array that a page does not print."""


def compare_aspect(sides: Sides, subject: Subject, aspect: Aspect) -> Change | None:
    """The change of one aspect, None where both say the same or one cannot tell."""
    if aspect in ("type", "revision"):
        return _type(sides, subject) if aspect == "type" else None
    before, after = sides.old.get(subject, aspect), sides.aligned.facts[subject].get(aspect)
    if before is None and after is None:
        return None
    if before is not None and after is not None:
        # A page shows the chosen media type, and the others only where it has them as a menu.
        menu = isinstance(after.value, tuple) and len(after.value) > 1
        exact = sides.exact or (aspect == "media-types" and (menu or sides.new.kind == "openapi"))
        same = same_value(aspect, before.value, after.value, exact=exact)
        if same or (aspect == "status" and _is_placeholder(sides, subject, before, after)):
            return _confirmed(sides, subject, before, after)
        return (
            None
            if _is_ours(sides, subject, aspect)
            else sides.change("changed", subject, before=before, after=after)
        )
    if aspect in _BOTH and not _counts_alone(sides, subject, aspect, after):
        return None
    return _one_side(sides, subject, aspect, before, after)


def _is_placeholder(sides: Sides, subject: Subject, before: Fact, after: Fact) -> bool:
    """Whether 200 and 204 say the same: success brings nothing where only a failure is ever shown.

    A spec has 200 there as long as nobody has seen the status; a document shows the one that it means.
    """
    failing = evolve(subject, where="errors")
    both = {before.value, after.value} == {"200", "204"}
    return sides.ours and subject.where == "success" and failing in sides.old and both


def _counts_alone(sides: Sides, subject: Subject, aspect: Aspect, after: Fact | None) -> bool:
    """Between documents of one kind, an aspect that only one of them states is a change too.

    How a value is written is stated only where it is not the default, so that a statement is always a choice.
    An example of the vendor is welcome where ours has none; the type of a body is no example to write down.
    """
    if sides.exact and aspect in _ALONE:
        return True
    typed = subject.where == "header" and subject.name.lower() == "content-type"
    return after is not None and (aspect == "encoding" or (aspect == "example" and not typed))


def _is_ours(sides: Sides, subject: Subject, aspect: Aspect) -> bool:
    """Words of ours that a vendor's document is not held to."""
    if aspect == "title" and subject.kind == "api":
        return sides.old.kind == "spec-postman" and sides.new.kind.startswith("postman")
    if aspect == "title" and sides.old.kind == "spec-postman":
        return _is_qualified(sides, subject)
    return (
        sides.ours
        and aspect in ("operation-id", "model", "description", "section")
        and (aspect != "section" or not sides.old.can_tell(subject, aspect))
    )


def _is_qualified(sides: Sides, subject: Subject) -> bool:
    """Whether a request has a longer name with us, since the vendor gives its own to several requests."""
    name = str(sides.aligned.facts[subject]["title"].value)
    named = [s for s in sides.new.subjects("operation") if sides.new.text(s, "title") == name]
    return len(named) > 1 and sides.old.text(subject, "title").startswith(name)


def _confirmed(sides: Sides, subject: Subject, before: Fact, after: Fact) -> Change | None:
    """Both say the same; the old side only guessed it."""
    if before.aspect not in ("route", "security") or before.provenance in ("documented", "release-notes"):
        return None
    if after.provenance in ("inferred", "observed"):
        return None
    return sides.change("documented", subject, before=before, after=after)


def _one_side(
    sides: Sides, subject: Subject, aspect: Aspect, before: Fact | None, after: Fact | None
) -> Change | None:
    """An aspect that one side states alone."""
    new_subject = sides.aligned.origin[subject]
    if not sides.old.can_tell(subject, aspect):
        return None
    if after is not None:
        if aspect == "nullable" and sides.old.text(subject, "type") in ("", "any"):
            return None
        if aspect in _DECLARED and not _is_typed(sides, subject):
            return None
        return sides.change("added", subject, after=after)
    if before is None or not sides.new.can_tell(new_subject, aspect):
        return None
    if aspect == "alternatives" and new_subject in sides.new.partial:
        return None
    if aspect in _UNSEEN and subject.path[-1:] == ("[]",) and sides.new.kind.startswith("redoc"):
        return None
    if sides.ours and before.provenance in ("inferred", "observed"):
        return None
    if aspect in _DECLARED and subject.kind in FIELDS and not is_declared(sides.new, new_subject):
        return None
    if sides.ours and is_in_words(aspect, sides.aligned.facts[subject]):
        return None
    if sides.ours and _is_refined(sides, subject, aspect, before):
        return None
    return sides.change("removed", subject, before=before)


def _is_typed(sides: Sides, subject: Subject) -> bool:
    return subject.kind not in FIELDS or sides.old.get(subject, "type") is not None


def _is_refined(sides: Sides, subject: Subject, aspect: Aspect, before: Fact) -> bool:
    """What a spec of ours says beyond the vendor: null that a sample shows, formats of its own."""
    if aspect == "nullable":
        return True
    if aspect == "format":
        return subject.kind == "response-field" or before.value not in PRINTED
    if aspect == "required" and subject.kind == "request":
        return not _marks_bodies(sides.new)
    return aspect == "default" and subject.kind == "parameter" and before.value in ("false", "0")


def _marks_bodies(document: FactSet) -> bool:
    """Whether most bodies of a document are marked as required, so that one without the mark is optional.

    Many documents leave the mark out of every body, also of those that no call works without. A single mark
    that comes to such a document says nothing of the others.
    """
    marks = [document.value(s, "required") is True for s in document.subjects("request")]
    return 2 * sum(marks) > len(marks)


# -- types -------------------------------------------------------------------------------------------------


def _type(sides: Sides, subject: Subject) -> Change | None:
    """Declared types must be the same; what a sample shows must fit."""
    facts = sides.aligned.facts[subject]
    own, documented = sides.old.text(subject, "type"), sides.old.text(subject, "documented-type")
    declared, seen = facts.get("type"), facts.get("seen-type")
    before = sides.old.get(subject, "type")
    if before is None:
        return _seen_only(sides, subject, declared, seen)
    if declared is not None and _says_nothing(sides, subject, str(declared.value)):
        return None
    if declared is not None and not same_type(str(declared.value), own, documented):
        return sides.change("changed", subject, before=before, after=declared)
    null = seen is not None and "null" in str(seen.value).split(" | ")
    was = sides.old.get(subject, "seen-type")
    if seen is not None and was is not None and same_value("type", was.value, seen.value, exact=True):
        return None  # the old side has the same sample, whatever it says of its own table
    if seen is not None and not any(fits(str(seen.value), t) for t in (own, documented or own)):
        declared_type = str(declared.value) if declared is not None else ""
        if declared is None or not fits(str(seen.value), declared_type):
            note = "in the sample" if declared is not None else ""
            value = _without_null(str(seen.value))
            after = evolve(seen, aspect="type", value=value)
            return sides.change("changed", subject, before=before, after=after, note=note)
    if not null or seen is None or own == "any" or _admits_null(sides, subject):
        return None
    if facts.get("nullable") is not None or subject.kind != "response-field":
        return None
    after = Fact(seen.subject, "nullable", True, seen.place, seen.provenance)
    return sides.change("added", subject, after=after)


def _says_nothing(sides: Sides, subject: Subject, declared: str) -> bool:
    """Items that are objects of nothing known: what a collapsed list is taken for."""
    collapsed = sides.aligned.origin[subject] in sides.new.partial
    return (
        subject.kind == "response-field"
        and subject.path[-1:] == ("[]",)
        and declared == "object"
        and collapsed
    )


def _seen_only(sides: Sides, subject: Subject, declared: Fact | None, seen: Fact | None) -> Change | None:
    """The old side has no type: a value of another kind is a change, a declared type is new."""
    before = sides.old.get(subject, "seen-type")
    if declared is not None:
        if before is not None and fits(str(before.value), str(declared.value)):
            return None
        if sides.old.can_tell(subject, "type"):
            return sides.change("added", subject, after=declared)
        return None
    if before is None or seen is None:
        return None
    was, now = (set(_without_null(str(f.value)).split(" | ")) - {""} for f in (before, seen))
    if not was or not now or fits(" | ".join(now), " | ".join(was)) or fits(" | ".join(was), " | ".join(now)):
        return None
    return sides.change("changed", subject, before=before, after=seen)


def _without_null(kinds: str) -> str:
    return " | ".join(kind for kind in kinds.split(" | ") if kind != "null")


def _admits_null(sides: Sides, subject: Subject) -> bool:
    return bool(sides.old.value(subject, "nullable")) or "null" in sides.old.text(subject, "type").split(
        " | "
    )
