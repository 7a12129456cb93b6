"""Findings in users' words: a clause that follows the names of the operations."""

from __future__ import annotations

from typing import Final

from codegen.changes.change import Change
from codegen.changes.words import facet, old_and_new, value_text
from codegen.facts.fact import CONSTRAINTS, Value

_LISTS: Final = {"filterable": "filtered by", "sortable": "ordered by", "patchable": "patched"}


def clause(change: Change, words: str) -> str:
    """The change in words. words: the Python name of the thing."""
    kind, aspect = change.subject.kind, change.aspect
    if kind in _LISTS:
        return _listed(change, words)
    if aspect == "exists":
        return _whole(change, words)
    old, new = old_and_new(change)
    if aspect == "deprecated":
        what = "it" if kind == "operation" else words
        return f"the vendor {'calls' if change.kind == 'added' else 'no longer calls'} {what} deprecated"
    if aspect == "required":
        what = "the body" if kind == "request" else words
        return f"{what} is {new} now"
    if aspect == "nullable":
        what = words if change.subject.path else "the response" if kind == "response-field" else "the body"
        return f"{what} {'may be null' if change.kind == 'added' else 'is never null'} now"
    if aspect == "enum":
        return _enum(change, words)
    if aspect in ("name", "operation-id", "model"):
        what = "it" if kind == "operation" else "the class of " + words if aspect == "model" else words
        return f"{what} is called `{new}` from now on, before `{old}`"
    if change.note == "moved":
        return f"{words} is sent in the {change.subject.where} now"
    if aspect == "route":
        old, new = (text.replace(" ", " /", 1) for text in (old, new))
    if aspect in ("type", "format", "default", "status", "route", *CONSTRAINTS):
        what = _thing(change, words)
        return f"{what} is {_code(new) or 'not said'} now, before {_code(old) or 'not said'}"
    what = (
        f"{facet(change)} {words}"
        if change.subject.path and kind not in ("server", "scheme")
        else facet(change)
    )
    named = f" {change.subject.name}" if kind in ("server", "scheme") else ""
    return f"{what}{named}: {_code(old) or 'nothing'} → {_code(new) or 'nothing'}"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _thing(change: Change, words: str) -> str:
    """The thing whose aspect changed, in words."""
    kind, aspect = change.subject.kind, change.aspect
    whole = {"request-field": "the body", "response-field": "the response"}
    what = words if change.subject.path else whole.get(kind, "it")
    if aspect == "type":
        return what
    if aspect in ("route", "status"):
        return f"the {aspect}"
    return f"the {aspect.replace('-', ' ')} of {what}"


def _whole(change: Change, words: str) -> str:
    """The clause for a thing that was added or removed."""
    kind, came = change.subject.kind, change.kind == "added"
    if kind == "operation":
        return "it is new" if came else "it is gone"
    if kind in ("request", "response") or not change.subject.path:
        names = {"request": "a body", "response-field": "a response", "request-field": "a body"}
        what = names.get(kind, f"the status {change.subject.where}")
        return f"{what} is new" if came else f"{what.replace('a ', 'the ', 1)} is gone"
    noun = {"parameter": "argument", "server": "base URL", "scheme": "way to sign in"}.get(kind, "field")
    what = f"the {noun} {words}"
    required = " and required" if came and "required" in change.note.split(", ") else ""
    return f"{what} is {'new' if came else 'gone'}{required}"


def _enum(change: Change, words: str) -> str:
    was, now = (_values(v) for v in (change.old, change.new))
    gone, come = [v for v in was if v not in now], [v for v in now if v not in was]
    if not was or not now:
        return f"{words} is {'one of ' + value_text(change.new) if now else 'any value'} now"
    parts = [f"no longer takes {', '.join(map(_code, gone))}"] if gone else []
    parts += [f"also takes {', '.join(map(_code, come))}"] if come else []
    return f"{words} {' and '.join(parts)}"


def _values(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _listed(change: Change, words: str) -> str:
    done = _LISTS[change.subject.kind]
    if change.aspect == "verbs":
        return f"{words} can be patched by {value_text(change.new)} now, before {value_text(change.old)}"
    return f"{words} can {'now' if change.kind == 'added' else 'no longer'} be {done}"
