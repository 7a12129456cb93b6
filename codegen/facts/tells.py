"""Which aspects each kind of document can state: what is not listed here is unknown, never absent."""

from __future__ import annotations

from typing import Final

from codegen.facts.fact import CONSTRAINTS, Aspect, SubjectKind

_Tells = dict[SubjectKind, frozenset[Aspect]]


def _aspects(*names: Aspect) -> frozenset[Aspect]:
    return frozenset(names)


_TYPED: Final[tuple[Aspect, ...]] = (
    "exists",
    "type",
    "format",
    "nullable",
    "required",
    "enum",
    "constant",
    "default",
    "deprecated",
    "revision",
    "alternatives",
    *CONSTRAINTS,
)
_LISTED: Final[frozenset[Aspect]] = frozenset({"exists", "revision", "verbs"})
_OPERATION: Final[frozenset[Aspect]] = frozenset(
    {"exists", "title", "route", "section", "revision", "deprecated", "security"}
)
_PAGE: Final[_Tells] = {
    "api": frozenset({"title", "version", "description"}),
    "operation": _OPERATION | _aspects("description"),
    "parameter": frozenset({*_TYPED, "page-size", "page-limit", "description"}),
    "request": frozenset({"exists", "media-types"}),
    "request-field": frozenset({*_TYPED, "seen-type", "description"}),
    "response": frozenset({"exists", "media-types", "status"}),
    "response-field": frozenset({*_TYPED, "seen-type", "description"}),
    "filterable": _LISTED,
    "sortable": _LISTED,
    "patchable": _LISTED,
    "release": frozenset({"exists"}),
}
_SCHEMA: Final[frozenset[Aspect]] = frozenset(
    {*_TYPED, "read-only", "write-only", "model", "example", "description", "seen-type"}
)
_OPENAPI: Final[_Tells] = {
    **_PAGE,
    "api": frozenset({"title", "version", "description"}),
    "server": frozenset({"exists", "url"}),
    "scheme": frozenset({"exists", "type", "encoding"}),
    "operation": _OPERATION | _aspects("description", "operation-id", "servers"),
    "parameter": _SCHEMA | _aspects("page-size", "page-limit", "encoding"),
    "request": frozenset({"exists", "media-types", "required", "description"}),
    "request-field": _SCHEMA,
    "response": frozenset({"exists", "media-types", "status", "description"}),
    "response-field": _SCHEMA,
}
_OURS: Final[frozenset[Aspect]] = frozenset({"idempotency", "paging", "bulk"})
_OUR_TEXTS: Final[frozenset[Aspect]] = frozenset({"description", "seen-type", "model", "operation-id"})
_SENSITIVE: Final[frozenset[Aspect]] = frozenset({"sensitive"})
_SPEC: Final[_Tells] = {kind: (aspects | _SENSITIVE) - _OUR_TEXTS for kind, aspects in _OPENAPI.items()}
_COLLECTION: Final[_Tells] = {
    "api": frozenset({"title"}),
    "server": frozenset({"exists"}),
    "scheme": frozenset({"exists", "type"}),
    "operation": frozenset({"exists", "title", "route", "section", "security", "description"}),
    "parameter": frozenset({"exists", "description"}),
    "request": frozenset({"exists", "media-types"}),
    "request-field": frozenset({"exists", "seen-type"}),
    "response": frozenset({"status"}),
    "response-field": frozenset({"exists", "seen-type"}),
}


def redoc() -> _Tells:
    """A Redoc page as copied text or as laid out elements."""
    return dict(_PAGE)


def openapi() -> _Tells:
    """An OpenAPI document of a vendor."""
    return dict(_OPENAPI)


def own_openapi() -> _Tells:
    """A spec of ours: descriptions and names in it are ours, so that another text is no change of it."""
    return {**_SPEC, "operation": _SPEC["operation"] | _OURS}


def collection() -> _Tells:
    """A Postman collection of a vendor: names and values, no types, nothing required.

    Responses are the examples that somebody saved: one that is not there is no status that is gone.
    """
    return dict(_COLLECTION)


def own_collection() -> _Tells:
    """A collection of ours with its overlay, which adds types."""
    typed: frozenset[Aspect] = frozenset({*_TYPED, "seen-type"})
    return {
        **_COLLECTION,
        "api": frozenset({"title", "version"}),
        "server": frozenset({"exists", "url"}),
        "operation": (_COLLECTION["operation"] | _OURS | _aspects("revision", "deprecated"))
        - _aspects("description"),
        "parameter": typed,
        "request": frozenset({"exists", "media-types", "required"}),
        "request-field": typed,
        "response": frozenset({"exists", "status"}),
        "response-field": typed,
        "status": frozenset({"exists", "title"}),
        "error-field": frozenset({"exists"}),
        "former-name": frozenset({"exists"}),
    }


def metadata() -> _Tells:
    """The introduction of a published collection, without its requests."""
    return {
        "api": frozenset({"version"}),
        "server": frozenset({"exists", "url"}),
        "scheme": frozenset({"exists", "type"}),
        "status": frozenset({"exists", "title"}),
        "error-field": frozenset({"exists"}),
        "release": frozenset({"exists"}),
    }


def observed() -> _Tells:
    """What clients met in responses: names and JSON types, and never that something is gone."""
    return {"response-field": frozenset({"seen-type", "enum"})}
