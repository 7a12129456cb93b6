"""The values that a response is played with, and what a result says of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from tests.codegen.smoke.deals import Given
from tests.codegen.smoke.raw import At
from tests.codegen.smoke.sample import Sampler
from tests.codegen.smoke.schemas import Schemas
from trunkline.model import Model

_TURNS = 4
"""Values for a response whose schema has unions: each makes another option of all of them the first."""


def values_of(given: Given, schemas: Schemas) -> Iterator[tuple[Any, bool]]:
    """The document's examples, then made values; and whether a value was made by its schema."""
    played: list[Any] = []
    for value in given.values[:3]:
        played.append(value)
        yield value, False  # real ones hold more keys than they document, and tags of other classes
    if given.schema is None or given.raw is not None:
        return
    for turn in range(_TURNS if has_union(given.schema) else 1):
        made = Sampler(schemas, "response", turn).value(given.schema)
        if made not in played and not schemas.errors(given.schema, made):
            played.append(made)
            yield made, True


def has_union(schema: At, seen: set[Any] | None = None) -> bool:
    """Whether a schema, or one that it refers to, has options or a discriminator."""
    seen = set() if seen is None else seen
    at = schema.follow()
    if at.key in seen or not isinstance(at.value, dict):
        return False
    seen.add(at.key)
    if {"oneOf", "anyOf", "discriminator"} & at.value.keys():
        return True
    inner = [at.get("items"), at.get("additionalProperties"), *at.get("allOf").each()]
    return any(has_union(each, seen) for each in (*inner, *at.get("properties").values()))


def property_names(schema: At, seen: set[Any] | None = None) -> set[str]:
    """The names of all properties that a value of the schema may have, at any depth."""
    seen = set() if seen is None else seen
    at = schema.follow()
    if at.key in seen or not isinstance(at.value, dict):
        return set()
    seen.add(at.key)
    parts = [at.get("items"), at.get("additionalProperties"), *at.get("properties").values()]
    for word in ("allOf", "oneOf", "anyOf"):
        parts += at.get(word).each()
    return {name for name, _ in at.get("properties").items()}.union(*(property_names(p, seen) for p in parts))


def stray(result: Any, named: set[str], place: str = "$") -> Iterator[str]:
    """Documented properties that are in `extra`: the value was read as another class or by another type."""
    if isinstance(result, Model):
        yield from (f"{place}.{key} of {type(result).__name__}" for key in result.extra if key in named)
        for each in attrs.fields(type(result)):
            if each.name != "_extra":
                yield from stray(getattr(result, each.name, None), named, f"{place}.{each.name}")
    elif isinstance(result, dict):
        for key, value in result.items():
            yield from stray(value, named, f"{place}.{key}")
    elif isinstance(result, list):
        for index, value in enumerate(result):
            yield from stray(value, named, f"{place}[{index}]")
