"""Types of JSON Schema: scalars by type and format, and unions without doubles with null at the outside."""

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
"""Formats that the Python type already says, or that only restrict a text."""

TYPES: Final = frozenset({"string", "integer", "number", "boolean", "null", "array", "object"})
_NUMERIC: Final = ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum")
_TEXTUAL: Final = ("pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType")


def scalar(kind: str, schema: Node) -> Scalar:
    """The scalar of one JSON type ("string", "integer", "number", "boolean", "null", "file").

    A format of the vendor's own is kept as `wire_format`. `x-trunkline: {format: …}` wins over `format`.
    """
    own = schema.get("x-trunkline").text("format")
    form = own or schema.text("format")
    if kind == "string":
        return _string(form, schema, bool(own))
    if kind == "number":
        known = _NUMBER_FORMATS.get(form.lower(), "number")
        return Scalar(known, None if known != "number" or form.lower() in _PLAIN else form or None)
    if kind == "integer":
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
        return Scalar("file")  # how OpenAPI 3.1 says `format: binary`
    if low == "decimal" and own:
        return Scalar("decimal", "string")
    if low in _STRING_FORMATS:
        kind = _STRING_FORMATS[low]
        return Scalar(kind, "decimal" if low == "decimal" else "base64url" if low == "base64url" else None)
    if own and low.startswith("date"):
        return Scalar("date-time" if low.startswith("date-time") else "date", form)
    return Scalar("string", None if not form or low in _PLAIN else form)


def _is_file(media_type: str) -> bool:
    """Whether content of this type is bytes, and not a text that a string holds as it is."""
    main, _, sub = media_type.partition(";")[0].strip().lower().partition("/")
    return bool(sub) and main != "text" and not sub.endswith(("json", "xml", "yaml", "jwt", "javascript"))


def declared_types(schema: Node) -> list[str]:
    """The `type` keyword as a list; empty when there is none. An unknown type is kept for the caller."""
    value = schema.get("type").value
    if isinstance(value, str):
        return [value]
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
    if any(k in value for k in _NUMERIC):
        return "number"
    if any(k in value for k in _TEXTUAL):
        return "string"
    form = schema.text("format").lower()
    if form in ("int32", "int64"):
        return "integer"
    if form in ("float", "double"):
        return "number"
    return "string" if form in _STRING_FORMATS or form in _PLAIN else None


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
