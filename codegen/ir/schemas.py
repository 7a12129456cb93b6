"""Named schemas as classes and aliases, their fields included."""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field

from codegen.ir.places import Place
from codegen.ir.types import Type

Provenance = Literal["documented", "release-notes", "observed", "inferred"]


@define(kw_only=True)
class FieldIR:
    """One property of a model. `name` is the Python name, `wire` the JSON name.

    format: how the value is written where the type does not determine it, for the field's metadata.
    """

    name: str
    wire: str
    type: Type
    format: str | None = None
    required: bool = False
    description: str = ""
    default: Any = None
    sensitive: bool = False
    read_only: bool = False
    write_only: bool = False
    provenance: Provenance = "documented"
    since: str | None = None
    place: Place


@define(kw_only=True)
class ModelIR:
    """An object schema, allOf already folded in. in_request: reachable from a request body or parameter.

    additional: type of keys beyond the fields; None means "open, kept in extra", False "forbidden".
    is_headers: whether the fields are headers of responses and not keys of an object.
    """

    name: str
    wire_name: str
    description: str = ""
    fields: list[FieldIR] = field(factory=list)
    additional: Type | Literal[False] | None = None
    in_request: bool = False
    in_response: bool = False
    is_headers: bool = False
    provenance: Provenance = "documented"
    place: Place


@define(kw_only=True)
class EnumIR:
    """A string or integer enum; members are (Python name, value), values unique."""

    name: str
    wire_name: str
    base: Literal["str", "int"]
    # Pairs in the document's order, which the generated class keeps.
    members: list[tuple[str, str | int]]
    description: str = ""
    place: Place


@define(kw_only=True)
class AliasIR:
    """A named schema rendered as a type alias: an array, a scalar, a map or a union."""

    name: str
    wire_name: str
    type: Type
    description: str = ""
    place: Place
