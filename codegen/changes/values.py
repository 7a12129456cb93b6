"""Whether two statements of one aspect say the same, by the rules of that aspect."""

from __future__ import annotations

from typing import Final

from codegen.changes.match import route_shape, same_route
from codegen.facts.evidence import squeeze
from codegen.facts.fact import Aspect, FactSet, Subject, Value
from codegen.facts.marks import version_key

_NUMBERS: Final = {"integer": {"integer", "number"}, "number": {"number"}}
PRINTED: Final = frozenset(
    {"date", "date-time", "int32", "int64", "float", "double", "uuid", "uri", "email", "byte", "binary"}
)
"""Formats that a page prints behind the type; a spec of ours has others of its own, such as decimal."""


def fits(seen: str, declared: str) -> bool:
    """Whether values of some JSON types can stand where a type is declared."""
    allowed = set(declared.split(" | "))
    if "any" in allowed or not declared:
        return True
    return all(
        kind == "null" or _NUMBERS.get(kind, {kind}) & allowed for kind in seen.split(" | ") if kind != "any"
    )


def same_type(new: str, own: str, documented: str) -> bool:
    """Whether a declared type is the one of the old side, or the one it knows that the vendor prints."""
    if new in (own, documented):
        return True
    return "any" in (new, own) and bool(documented) and new == documented


def same_value(aspect: Aspect, old: Value, new: Value, *, exact: bool) -> bool:
    """Whether two values say the same. exact: both documents are of one kind, so every detail counts."""
    if aspect == "title":
        return squeeze(str(old)) == squeeze(str(new))
    if aspect == "route":
        return same_route(str(old), str(new)) and (
            not exact or route_shape(str(old)) == route_shape(str(new))
        )
    if aspect == "version":
        one, other = (version_key(str(value)) for value in (old, new))
        size = max(len(one), len(other))
        return (*one, *(0,) * (size - len(one))) == (*other, *(0,) * (size - len(other)))
    if aspect in ("enum", "verbs", "alternatives", "security", "servers"):
        return set(_tuple(old)) == set(_tuple(new))
    if aspect == "media-types":
        ours, theirs = set(map(_media, _tuple(old))), set(map(_media, _tuple(new)))
        chosen = _media(_tuple(old)[0]) in theirs or _media(_tuple(new)[0]) in ours
        return ours == theirs if exact else chosen
    if aspect == "description":
        return squeeze(str(old)) == squeeze(str(new))
    if aspect == "example":
        return squeeze(str(old)) == squeeze(str(new))
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return old == new
    return str(old) == str(new)


def _tuple(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _media(name: str) -> str:
    """A media type without its parameters."""
    return name.partition(";")[0].strip().lower()


def is_declared(facts: FactSet, subject: Subject) -> bool:
    """Whether a document declares a field, and does not only show it in a sample."""
    return facts.get(subject, "type") is not None
