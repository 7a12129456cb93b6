"""Types of JSON Schema: scalars by type and format, and unions without duplicates and with null outermost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from codegen.ir import Nullable, Scalar, ScalarKind, Type, UnionOf
from codegen.read.source.node import Node

ANY: Final = Scalar("any")
STRING: Final = Scalar("string")
NULL: Final = Scalar("null")
INTEGER: Final = Scalar("integer")
NUMBER: Final = Scalar("number")

_STRING_FORMATS: Final[dict[str, ScalarKind]] = {
    "date": "date",
    "date-time": "date-time",
    "datetime": "date-time",
    "time": "time",
    "duration": "duration",
    "byte": "bytes",
    "base64": "bytes",
    "base64url": "bytes",
    "binary": "file",
    "decimal": "string",
}
_NUMBER_FORMATS: Final[dict[str, ScalarKind]] = {
    "decimal": "decimal",
    "decimal128": "decimal",
    "money": "decimal",
    "currency": "decimal",
    "int32": "integer",
    "int64": "integer",
}
_PLAIN: Final = frozenset(
    [
        "int32",
        "int64",
        "int16",
        "int8",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float",
        "double",
        "float32",
        "float64",
        "integer",
        "long",
        "string",
        "text",
        "number",
        "boolean",
        "uuid",
        "guid",
        "uri",
        "url",
        "uri-reference",
        "iri",
        "email",
        "idn-email",
        "hostname",
        "ipv4",
        "ipv6",
        "password",
        "html",
        "markdown",
        "regex",
        "json-pointer",
        "uri-template",
        "single-line",
    ]
)
"""Formats that the Python type implies, or that only restrict a text; they need no `wire_format`."""

TYPES: Final = frozenset({"string", "integer", "number", "boolean", "null", "array", "object"})
_NUMERIC: Final = ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum")
_TEXTUAL: Final = ("pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType")


def scalar(kind: str, schema: Node) -> Scalar:
    """The scalar of one JSON type ("string", "integer", "number", "boolean", "null", "file").

    A vendor's own format is kept as `wire_format`. `x-trunkline: {format: …}` takes precedence over `format`.
    """
    own = schema.get("x-trunkline").text("format")
    form = own or schema.text("format")
    if kind == "string":
        return _string(form, schema, bool(own))
    if kind == "number":
        # `format` is an open list (OpenAPI, Data Types), and documents spell it in any case. `int64` on
        # a number is from tools that know one numeric type.
        known = _NUMBER_FORMATS.get(form.lower(), "number")
        return Scalar(known, None if known != "number" or form.lower() in _PLAIN else form or None)
    if kind == "integer":
        # The format contradicts the type. Decimal reads a fraction as well as an integer.
        if form.lower() in ("decimal", "money", "currency"):
            return Scalar("decimal")
        return Scalar("integer", None if form.lower() in _PLAIN else form or None)
    if kind == "boolean":
        return Scalar("boolean")
    if kind == "null":
        return NULL
    return Scalar("file") if kind == "file" else ANY


def _string(form: str, schema: Node, own: bool) -> Scalar:
    low = form.lower()
    if not form and schema.text("contentEncoding").lower() in ("base64", "base64url"):
        return Scalar("bytes")
    if not form and not schema.has("contentEncoding") and _is_file(schema.text("contentMediaType")):
        return Scalar("file")  # OpenAPI 3.1 writes `format: binary` this way
    # A text that `format: decimal` marks stays a text, since the vendor's own format says how it looks.
    # Only the spec's author can ask for Decimal.
    if low == "decimal" and own:
        return Scalar("decimal", "string")
    if low in _STRING_FORMATS:
        kind = _STRING_FORMATS[low]
        return Scalar(kind, "decimal" if low == "decimal" else "base64url" if low == "base64url" else None)
    # "date-mdy" and the like are trunkline's words for a vendor's spelling; from a vendor they would be
    # unknown formats.
    if own and low.startswith("date"):
        return Scalar("date-time" if low.startswith("date-time") else "date", form)
    return Scalar("string", None if not form or low in _PLAIN else form)


def _is_file(media_type: str) -> bool:
    """Whether content of this type is bytes, and not a text that a string holds as it is."""
    # Without a media type there is no telling, and a string stays a text.
    main, _, sub = media_type.partition(";")[0].strip().lower().partition("/")
    return bool(sub) and main != "text" and not sub.endswith(("json", "xml", "yaml", "jwt", "javascript"))


def declared_types(schema: Node) -> list[str]:
    """The `type` keyword as a list; empty when there is none. An unknown type is kept for the caller."""
    value = schema.get("type").value
    if isinstance(value, str):
        return [value]
    # A list of types is JSON Schema, and OpenAPI from 3.1 on (2020-12 Validation, section 6.1.1).
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def guessed_type(schema: Node) -> str | None:
    """The JSON type that the other keywords of a schema without `type` imply."""
    value: dict[str, Any] = schema.value
    if any(k in value for k in ("properties", "additionalProperties", "patternProperties")):
        return "object"
    if isinstance(value.get("required"), list):  # a boolean is that of a parameter
        return "object"
    if "items" in value or "prefixItems" in value:
        return "array"
    # These keywords restrict numbers only, and would have no effect on a value of another type. The
    # same holds for those of texts.
    if any(k in value for k in _NUMERIC):
        return "number"
    if any(k in value for k in _TEXTUAL):
        return "string"
    form = schema.text("format").lower()
    if form in ("int32", "int64"):
        return "integer"
    if form in ("float", "double"):
        return "number"
    # An unknown format is no hint of a type.
    return "string" if form in _STRING_FORMATS or form in _PLAIN else None


def nullable(inner: Type) -> Type:
    """The type or null; anything admits null already."""
    # One null is enough, and equal types must compare as equal.
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
        # `oneOf: [X, {type: null}]` is how OpenAPI 3.1 writes `nullable: true`.
        if inner == NULL:
            null = True
            continue
        parts = inner.options if isinstance(inner, UnionOf) else (inner,)
        # A union in a union keeps its discriminator only where both have the same one: a value has one
        # tag to look at.
        if isinstance(inner, UnionOf) and inner.discriminator and tag in (None, inner.discriminator):
            tag = inner.discriminator
            tags += [entry for entry in inner.mapping if entry not in tags]
        flat += [part for part in parts if part not in flat]
    if not flat:
        return NULL if null else ANY
    # Next to "anything", other options restrict nothing.
    if ANY in flat:
        return ANY
    # A number admits integers already.
    if Scalar("integer") in flat and Scalar("number") in flat:
        flat.remove(Scalar("integer"))
    result = flat[0] if len(flat) == 1 else UnionOf(tuple(flat), tag, tuple(dict.fromkeys(tags)))
    return nullable(result) if null else result
