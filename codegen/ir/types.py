"""The types of the intermediate form: what a value of the document may be."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

ScalarKind = Literal[
    "string",
    "integer",
    "number",
    "decimal",
    "boolean",
    "date",
    "date-time",
    "time",
    "duration",
    "bytes",
    # Bytes of a form or of a download; in JSON, which has no bytes, readers turn it into a text.
    "file",
    # A file of a form that is only sent, so that a name and a media type may go with it.
    "upload",
    "any",
    "null",
]


@frozen
class Scalar:
    """A JSON scalar. wire_format: a vendor's spelling, where the type does not determine it ("date-mdy")."""

    kind: ScalarKind
    wire_format: str | None = None


@frozen
class ListOf:
    """A JSON array."""

    item: Type


@frozen
class MapOf:
    """A JSON object with free keys."""

    value: Type


@frozen
class Ref:
    """A model or enum of the document, by its Python class name."""

    name: str


@frozen
class Literals:
    """A closed set of scalars that cannot be an enum class (mixed types, null): rendered as a base union."""

    values: tuple[Any, ...]


@frozen
class UnionOf:
    """One of several. discriminator: wire key that selects the option; mapping: its value -> class name."""

    # A tuple, since types are hashed: readers compare them, and equal options are merged.
    options: tuple[Type, ...]
    discriminator: str | None = None
    mapping: tuple[tuple[str, str], ...] = ()


@frozen
class Nullable:
    """The inner type or null."""

    inner: Type


Type = Scalar | ListOf | MapOf | Ref | Literals | UnionOf | Nullable
