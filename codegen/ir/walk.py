"""Walking types: the one place that knows how the members of the `Type` union hold each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from codegen.ir.types import ListOf, Literals, MapOf, Nullable, Ref, Scalar, Type, UnionOf


def bare(type_: Type) -> Type:
    """The type without null."""
    return type_.inner if isinstance(type_, Nullable) else type_


def parts(type_: Type) -> tuple[Type, ...]:
    """The types that a type is made of, one level down."""
    match type_:
        case ListOf(inner) | MapOf(inner) | Nullable(inner):
            return (inner,)
        case UnionOf(options):
            return options
    return ()


def walk(type_: Type) -> Iterator[Type]:
    """The type and everything that it is made of, outside first."""
    yield type_
    for part in parts(type_):
        yield from walk(part)


def exceeds(type_: Type, parts_most: int, depth_most: int) -> bool:
    """Whether a type has more parts, or more of them one in another; counting stops there."""
    # No recursion: a type that is refused here may be nested more deeply than Python's stack allows. A
    # part that is used twice counts twice, because the renderer writes it out at each use.
    todo, count = [(type_, 1)], 0
    while todo:
        part, depth = todo.pop()
        count += 1
        if count > parts_most or depth > depth_most:
            return True
        todo += [(inner, depth + 1) for inner in parts(part)]
    return False


def names_in(type_: Type) -> Iterator[str]:
    """The class names that a type refers to."""
    return (part.name for part in walk(type_) if isinstance(part, Ref))


def alternatives(type_: Type) -> Iterator[Type]:
    """What one value of the type may be: unions and null taken apart, lists and maps left whole."""
    match type_:
        case Nullable(inner):
            yield from alternatives(inner)
            yield Scalar("null")
        case UnionOf(options):
            for option in options:
                yield from alternatives(option)
        # A list of a union is one alternative: its items differ, not the value itself.
        case _:
            yield type_


def is_nullable(type_: Type) -> bool:
    """Whether null is a value of the type."""
    return any(
        option == Scalar("null") or (isinstance(option, Literals) and None in option.values)
        for option in alternatives(type_)
    )


def rebuilt(type_: Type, change: Callable[[Type], Type]) -> Type:
    """The type with `change` applied to each of its parts, innermost first; equal options are merged."""
    match type_:
        case ListOf(inner):
            type_ = ListOf(rebuilt(inner, change))
        case MapOf(inner):
            type_ = MapOf(rebuilt(inner, change))
        case Nullable(inner):
            type_ = Nullable(rebuilt(inner, change))
        case UnionOf(options, discriminator, mapping):
            # Two options may become equal by the change, such as a file and a text that both end up as
            # text.
            inner_options = dict.fromkeys(rebuilt(option, change) for option in options)
            type_ = UnionOf(tuple(inner_options), discriminator, mapping)
    return change(type_)
