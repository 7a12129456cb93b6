"""Whether values of one type do where another is expected, as Python callers see both."""

from __future__ import annotations

from typing import Final, Literal

from codegen.diff.collected import Named, Sides
from codegen.ir import ListOf, Literals, MapOf, Nullable, Ref, Scalar, Type, UnionOf
from codegen.ir.walk import is_nullable
from codegen.render.scope import Imports, Scope
from codegen.render.type_text import type_text, wire_format

Direction = Literal["request", "response"]
Relation = Literal["same", "compatible", "changed"]

_SPELLED: Final = {"duration": "string", "file": "bytes"}
_RAW: Final = frozenset({"string", "integer", "number", "boolean", "null", "any"})
"""Scalars that are the same in Python as in decoded JSON."""
_LITERAL: Final = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def shown(kind: Type | None) -> str:
    """The type as generated code spells it."""
    return type_text(kind, Scope(Imports()))


def relation(old: Type, new: Type, direction: Direction, sides: Sides) -> Relation:
    """How a type changed for callers; null on the top level and the fields of models are not looked at."""
    old, new = without_null(old), without_null(new)
    forward = _accepts(new, old, sides.new, sides.old, direction)
    backward = _accepts(old, new, sides.old, sides.new, direction)
    if forward and backward:
        return "same"
    helpful = forward if direction == "request" else backward
    return "compatible" if helpful else "changed"


def without_null(kind: Type) -> Type:
    """The type but for null."""
    match kind:
        case Nullable(inner):
            return without_null(inner)
        case UnionOf(options):
            rest = tuple(without_null(item) for item in options if item != Scalar("null"))
            return rest[0] if len(rest) == 1 else UnionOf(rest, kind.discriminator, kind.mapping)
        case Literals(values) if None in values:
            return Literals(tuple(value for value in values if value is not None))
    return kind


def nullable(kind: Type) -> bool:
    """Whether null is a value of the type."""
    return is_nullable(kind)


def spelling(kind: Type) -> str | None:
    """The vendor's spelling of the scalars inside; see `codegen.ir.Scalar.wire_format`."""
    return wire_format(kind)


def renamed(kind: Type, names: dict[str, str]) -> Type:
    """The type with references spelled by other names."""
    match kind:
        case Ref(name):
            return Ref(names.get(name, name))
        case ListOf(item):
            return ListOf(renamed(item, names))
        case MapOf(value):
            return MapOf(renamed(value, names))
        case Nullable(inner):
            return Nullable(renamed(inner, names))
        case UnionOf(options):
            return UnionOf(tuple(renamed(item, names) for item in options), kind.discriminator, kind.mapping)
    return kind


def aligned(old: Type, new: Type) -> list[tuple[Ref, Ref]]:
    """The references that stand at the same place in both types; those of unions by name."""
    match without_null(old), without_null(new):
        case Ref() as left, Ref() as right:
            return [(left, right)]
        case (ListOf(left), ListOf(right)) | (MapOf(left), MapOf(right)):
            return aligned(left, right)
        case left, right:
            others = _refs(right)
            pairs = [(ref, ref) for ref in _refs(left) if ref in others]
            return list(dict.fromkeys(pairs))


def _refs(kind: Type) -> list[Ref]:
    match kind:
        case Ref():
            return [kind]
        case ListOf(inner) | MapOf(inner) | Nullable(inner):
            return _refs(inner)
        case UnionOf(options):
            return [ref for item in options for ref in _refs(item)]
    return []


def _options(kind: Type) -> list[Type]:
    match kind:
        case Nullable(inner):
            return [*_options(inner), Scalar("null")]
        case UnionOf(options):
            return [found for item in options for found in _options(item)]
        case Literals(values):
            return [Scalar(_LITERAL.get(type(value), "any")) for value in values]  # type: ignore[arg-type]
        case Scalar():
            return [Scalar(_SPELLED.get(kind.kind, kind.kind))]  # type: ignore[arg-type]
    return [kind]


def _accepts(wide: Type, narrow: Type, wide_names: Named, names: Named, direction: Direction) -> bool:
    """Whether every value of the narrow type may stand where the wide one is expected."""
    return all(
        any(_one(option, value, wide_names, names, direction) for option in _options(wide))
        for value in _options(narrow)
    )


def _one(wide: Type, narrow: Type, wide_names: Named, names: Named, direction: Direction) -> bool:
    if wide == Scalar("any"):
        return direction == "request" or _is_raw(narrow, names)
    match wide, narrow:
        case Scalar(), Scalar():
            return wide == narrow or (wide.kind, narrow.kind) == ("number", "integer")
        case Scalar(), Ref(name):
            return name in names.enums and _takes_enum(wide, names.enums[name].base)
        case Ref(left), Ref(right):
            return left == right and (left in wide_names.enums) == (right in names.enums)
        case (ListOf(left), ListOf(right)) | (MapOf(left), MapOf(right)):
            return _accepts(left, right, wide_names, names, direction)
    return False


def _takes_enum(wide: Scalar, base: str) -> bool:
    return wide.kind in ({"str": ("string",), "int": ("integer", "number")}[base])


def _is_raw(kind: Type, names: Named) -> bool:
    """Whether Python sees decoded JSON as it is: code written for `Any` goes on working."""
    match kind:
        case Scalar():
            return kind.kind in _RAW
        case Ref(name):
            return name in names.enums
        case ListOf(inner) | MapOf(inner):
            return all(_is_raw(option, names) for option in _options(inner))
    return False
