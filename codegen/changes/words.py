"""Changes in words: what it is about, how it was and how it is. Nothing ever reads these words back."""

from __future__ import annotations

from typing import Final

from codegen.changes.change import Change
from codegen.facts.fact import Fact, FactSet, Subject, Value

_SUBJECTS: Final = {
    "api": "name of the API",
    "server": "base URL",
    "scheme": "authentication",
    "status": "status code",
    "error-field": "key of an error body",
    "operation": "operation",
    "request": "request body",
    "request-field": "body field",
    "response": "response",
    "response-field": "response field",
    "filterable": "filterable",
    "sortable": "sortable",
    "patchable": "patchable",
    "release": "release",
    "sentence": "release note",
    "model": "schema",
}
_ASPECTS: Final = {
    "nullable": "nullability",
    "required": "required mark",
    "enum": "Enum",
    "deprecated": "deprecation",
    "revision": "revision mark",
    "media-types": "media type",
    "security": "authorizations",
    "servers": "base URL",
    "page-size": "page size",
    "page-limit": "page limit",
    "alternatives": "choice",
    "seen-type": "type",
    "sample": "example",
    "text": "text",
}
_ALONE: Final = frozenset(
    {"route", "section", "security", "version", "title", "idempotency", "paging", "bulk"}
)
"""Aspects that name their subject."""
_SHOWN: Final = 120


def subject_words(subject: Subject) -> str:
    """What kind of thing a subject is."""
    if subject.kind == "parameter":
        return f"{subject.where} parameter"
    if subject.kind == "former-name":
        return {"": "former name", "parameter": "former name of a parameter"}.get(
            subject.where, subject.where
        )
    if subject.kind in ("response", "response-field") and subject.where not in ("success", ""):
        return f"{_SUBJECTS[subject.kind]} ({subject.where})"
    return _SUBJECTS[subject.kind]


def facet(change: Change) -> str:
    """What differs: `query parameter`, `type of body field`, `route`, `authorizations`."""
    aspect, subject = change.aspect, change.subject
    if change.kind in ("sentence", "unread") or aspect == "text":
        return "text" if change.kind == "unread" else "release note"
    if aspect in ("exists", "name", "url"):
        return subject_words(subject)
    if (aspect, subject.kind) == ("description", "api"):
        return "introduction"
    if aspect in _ALONE or subject.kind == "operation":
        if aspect == "title" and subject.kind == "status":
            return "status code"
        return (
            "name of the API" if (aspect, subject.kind) == ("title", "api") else _ASPECTS.get(aspect, aspect)
        )
    if aspect == "status":
        return "status of the response"
    return f"{_ASPECTS.get(aspect, aspect.replace('-', ' '))} of {subject_words(subject)}"


def name_of(change: Change) -> str:
    """The name of the thing within its operation, "" for the operation itself."""
    subject = change.subject
    if subject.kind in ("sentence", "operation", "api", "request", "response"):
        return ""
    return subject.dotted


def value_text(value: Value | None, aspect: str = "") -> str:
    """A value for people."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(value)
    if value is True:
        return {"required": "required", "nullable": "or null", "deprecated": "deprecated"}.get(aspect, "")
    return str(value)


def old_and_new(change: Change) -> tuple[str, str]:
    """How it was and how it is, in words; "" where the words of the change say it already."""
    old, new = value_text(change.old, change.aspect), value_text(change.new, change.aspect)
    if change.aspect in ("required", "nullable"):
        without = {"required": "optional", "nullable": "never null"}[change.aspect]
        return old or without, new or without
    if change.kind == "documented":
        return "", new
    return old, new


def line_of(change: Change, *, title: bool = True) -> str:
    """One line without the places."""
    name = name_of(change)
    old, new = old_and_new(change)
    text = f"{facet(change)} {name}".rstrip()
    if old and new:
        text += f": {_cut(old)} → {_cut(new)}"
    elif old or new:
        text += f": {_cut(new or old)}"
    text += f" ({change.note})" if change.note else ""
    return f"{change.title}: {text}" if title and change.title else text


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else f"{flat[: _SHOWN - 1]}…"


def describe(facts: FactSet, subject: Subject) -> str:
    """Type and marks of a thing that is new, in words."""
    stated = facts.of(subject)
    kind = value_text(_value(stated.get("type")) or _value(stated.get("seen-type")))
    items = facts.text(Subject(subject.kind, subject.operation, subject.where, (*subject.path, "[]")), "type")
    kind = f"array of {items}s" if kind == "array" and items else kind
    form = value_text(_value(stated.get("format")))
    parts = [f"{kind} <{form}>" if form and kind else kind]
    parts += ["required"] if "required" in stated else []
    parts += [f"Enum {value_text(stated['enum'].value)}"] if "enum" in stated else []
    parts += ["+".join(_texts(stated["verbs"]))] if "verbs" in stated else []
    parts += [str(stated["route"].value)] if "route" in stated else []
    parts += [f"section {stated['section'].value}"] if "section" in stated else []
    parts += [f"Rev {stated['revision'].value}"] if "revision" in stated else []
    return ", ".join(part for part in parts if part)


def _value(fact: Fact | None) -> Value | None:
    return None if fact is None else fact.value


def _texts(fact: Fact) -> tuple[str, ...]:
    return fact.value if isinstance(fact.value, tuple) else (str(fact.value),)
