"""Putting types together: unions without doubles, null at the outside."""

from __future__ import annotations

from collections.abc import Sequence

from codegen.ir import Nullable, Scalar, Type, UnionOf
from codegen.read.scalars import ANY, NULL


def nullable(inner: Type) -> Type:
    """The type or null; anything admits null already."""
    if isinstance(inner, Nullable) or inner in (ANY, NULL):
        return inner
    return Nullable(inner)


def union(
    options: Sequence[Type], *, discriminator: str | None = None, mapping: Sequence[tuple[str, str]] = ()
) -> Type:
    """One of several types: nested unions flattened, equal options once, null as `Nullable`."""
    flat: list[Type] = []
    null = False
    tag, tags = discriminator, list(mapping)
    for option in options:
        inner = option
        if isinstance(inner, Nullable):
            null, inner = True, inner.inner
        if inner == NULL:
            null = True
            continue
        parts = inner.options if isinstance(inner, UnionOf) else (inner,)
        if isinstance(inner, UnionOf) and inner.discriminator and tag in (None, inner.discriminator):
            tag = inner.discriminator
            tags += [entry for entry in inner.mapping if entry not in tags]
        flat += [part for part in parts if part not in flat]
    if not flat:
        return NULL if null else ANY
    if ANY in flat:
        return ANY
    if Scalar("integer") in flat and Scalar("number") in flat:
        flat.remove(Scalar("integer"))
    result = flat[0] if len(flat) == 1 else UnionOf(tuple(flat), tag, tuple(dict.fromkeys(tags)))
    return nullable(result) if null else result
