"""Types of the intermediate form as Python type expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from codegen.ir import ListOf, Literals, MapOf, Nullable, Ref, Scalar, Type, UnionOf
from codegen.ir.walk import alternatives, bare, is_nullable, walk
from codegen.render.quoting import literal, string
from codegen.render.scope import Scope

_BUILTIN = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "bytes": "bytes",
    "file": "bytes",
    # Python has no parser for ISO 8601 durations, and a timedelta has no months.
    "duration": "str",
}
_DATES = {"date": "date", "date-time": "datetime", "time": "time"}


def type_text(kind: Type | None, scope: Scope) -> str:
    """The expression for this type in this scope; no type at all is `None`."""
    return " | ".join(_options(kind, scope))


def union_text(
    kinds: Iterable[Type | None],
    scope: Scope,
    *,
    more: Callable[[], list[str]] = list,
    sequences: bool = False,
) -> str:
    """The expression for any of these types.

    more: further options as text, for the end; called only where the types are not open, because spelling a
        name imports it.
    sequences: lists are spelled `Sequence`, which arguments should be.
    """
    listed = list(kinds)
    if any(map(is_open, listed)):
        nothing = ["None"] if any(kind is None or is_nullable(kind) for kind in listed) else []
        return " | ".join([scope.name("Any"), *nothing])
    options = [option for kind in listed for option in _options(kind, scope, sequences=sequences)]
    return " | ".join(_distinct([*options, *more()]))


def _options(kind: Type | None, scope: Scope, *, sequences: bool = False) -> list[str]:
    match kind:
        case None:
            return ["None"]
        case Scalar("upload"):
            return [scope.name("bytes"), scope.name("File")]
        case Scalar():
            return [_scalar(kind, scope)]
        case Ref(name):
            return [scope.model(name)]
        case ListOf(item):
            return [f"{scope.name('Sequence' if sequences else 'list')}[{type_text(item, scope)}]"]
        case MapOf(value):
            return [f"{scope.name('dict')}[{scope.name('str')}, {type_text(value, scope)}]"]
        case Nullable(inner):
            return _distinct([*_options(inner, scope, sequences=sequences), "None"])
        case Literals(values):
            return _distinct([_literal_type(value, scope) for value in values]) or [scope.name("Any")]
        case UnionOf(options) if options and not is_open(kind):
            listed = _distinct([text for option in options for text in _options(option, scope)])
            return _discriminated(kind, listed, scope)
        case UnionOf():
            return [scope.name("Any"), *(["None"] if is_nullable(kind) else [])]


def _discriminated(kind: UnionOf, listed: list[str], scope: Scope) -> list[str]:
    """The options of a union as one annotated option where it has a discriminator; `None` is outside."""
    if kind.discriminator is None or not scope.discriminators:
        return listed
    union = " | ".join(text for text in listed if text != "None")
    mark = f"{scope.name('Discriminator')}({string(kind.discriminator)}, {literal(dict(kind.mapping))})"
    return [f"{scope.name('Annotated')}[{union}, {mark}]", *(["None"] if "None" in listed else [])]


def _scalar(kind: Scalar, scope: Scope) -> str:
    if kind.kind == "null":
        return "None"
    if kind.kind == "any":
        return scope.name("Any")
    if kind.kind == "decimal":
        return scope.name("Decimal")
    if kind.kind in _DATES:
        return f"{scope.name('datetime')}.{_DATES[kind.kind]}"
    return scope.name(_BUILTIN[kind.kind])


def _literal_type(value: Any, scope: Scope) -> str:
    if value is None:
        return "None"
    # bool before int, which it is a subclass of.
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return scope.name(kind.__name__)
    return scope.name("Any")


def _distinct(options: list[str]) -> list[str]:
    """Each option once, `None` last."""
    once = list(dict.fromkeys(options))
    return [option for option in once if option != "None"] + [option for option in once if option == "None"]


def is_open(kind: Type | None) -> bool:
    """Whether any JSON value is of this type, so that further options of a union add nothing."""
    if kind is None:
        return False
    options = [option for option in alternatives(kind) if option != Scalar("null")]
    return any(option in (Scalar("any"), Literals(())) for option in options) or bare(kind) == UnionOf(())


def wire_format(kind: Type | None) -> str | None:
    """The vendor's spelling of the scalars inside, where the Python type does not determine it."""
    scalars = (part for part in (walk(kind) if kind else ()) if isinstance(part, Scalar))
    return next((part.wire_format for part in scalars if part.wire_format is not None), None)
