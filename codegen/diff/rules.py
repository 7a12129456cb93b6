"""Every rule of the comparison: its level and the reason for it.

"Request" is what a caller passes, "response" is what a caller gets: widening helps the one and breaks the
other. `docs/maintaining.md` holds this table, written by `rule_table`; a test keeps the two the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from codegen.diff.finding import LEVELS, Level, Rule, Section

_Row = tuple[str, Level, Section, str]

_OPERATIONS: Final[tuple[_Row, ...]] = (
    ("operation-removed", "breaking", "Removed", "the method is gone"),
    (
        "operation-renamed",
        "breaking",
        "Changed",
        "the same route under another Python name; the old one is gone",
    ),
    ("operation-added", "info", "Added", "nobody calls it yet"),
    (
        "operation-route-changed",
        "warning",
        "Changed",
        "callers need no change, but `routes=` overrides and mocks do",
    ),
    ("operation-server-changed", "warning", "Changed", "its calls go to another address than before"),
    ("operation-title-changed", "info", "Changed", "the vendor's word for it; its Python name is ours"),
    ("operation-deprecated", "warning", "Deprecated", "it works, and the vendor says not for ever"),
    ("operation-undeprecated", "info", "Changed", "the vendor keeps it after all"),
    ("field-deprecated", "warning", "Deprecated", "it works, and the vendor says not for ever"),
    ("field-undeprecated", "info", "Changed", "the vendor keeps it after all"),
    (
        "idempotency-lowered",
        "warning",
        "Changed",
        "the client repeats it less after a failure; callers see more errors",
    ),
    ("idempotency-raised", "info", "Changed", "the client repeats it more after a failure"),
    (
        "bulk-removed",
        "warning",
        "Removed",
        "lookups are no longer made in batches: same results, more requests",
    ),
    ("bulk-added", "info", "Added", "lookups can be made in batches"),
    ("provenance-raised", "info", "Changed", "the vendor now says what was inferred"),
    ("provenance-lowered", "warning", "Changed", "the vendor no longer says it; it may stop being true"),
)
_PARAMETERS: Final[tuple[_Row, ...]] = (
    ("request-parameter-removed", "breaking", "Removed", "calls that pass the argument fail"),
    # All parameters but the body are keyword-only.
    ("request-parameter-renamed", "breaking", "Changed", "arguments are passed by name"),
    ("request-parameter-added-required", "breaking", "Added", "every call must pass it"),
    ("request-parameter-became-required", "breaking", "Changed", "calls that leave it out fail"),
    ("request-parameter-type-changed", "breaking", "Changed", "values passed today may not be accepted"),
    ("request-parameter-added", "info", "Added", "may be left out"),
    ("request-parameter-became-optional", "info", "Changed", "may now be left out"),
    ("request-parameter-type-widened", "info", "Changed", "all values passed today are still accepted"),
    (
        "request-parameter-moved",
        "info",
        "Changed",
        "same argument, sent in another place or under another name",
    ),
    (
        "request-parameter-encoding-changed",
        "info",
        "Changed",
        "same argument; the client writes it another way",
    ),
    ("request-parameter-default-changed", "warning", "Changed", "calls that leave it out get another result"),
    ("parameter-wire-name-changed", "info", "Changed", "same argument; the client maps it"),
    ("page-size-changed", "warning", "Changed", "a page that nobody gave a size has another one"),
    ("page-limit-lowered", "warning", "Changed", "larger pages are cut; pagers ask for more of them"),
    ("page-limit-raised", "info", "Changed", "pages may be larger"),
    ("constraint-tightened", "warning", "Changed", "some values sent today may be refused"),
    ("constraint-loosened", "info", "Changed", "all values sent today are still accepted"),
)
_BODIES: Final[tuple[_Row, ...]] = (
    ("request-body-removed", "breaking", "Removed", "calls that pass a body fail"),
    ("request-body-added-required", "breaking", "Added", "every call must pass one"),
    ("request-body-became-required", "breaking", "Changed", "calls without a body fail"),
    (
        "request-body-kind-changed",
        "breaking",
        "Changed",
        "JSON, form, file and JSON Patch are passed differently",
    ),
    ("request-body-type-changed", "breaking", "Changed", "bodies passed today may not be accepted"),
    ("request-body-added", "info", "Added", "may be left out"),
    # A required body is positional in the generated method and an optional one is keyword-only.
    ("request-body-became-optional", "breaking", "Changed", "it may be left out and is passed by name then"),
    ("request-body-type-widened", "info", "Changed", "all bodies passed today are still accepted"),
    ("request-body-media-type-changed", "info", "Changed", "same argument, sent under another media type"),
    (
        "request-body-field-removed",
        "breaking",
        "Removed",
        "building the model with it fails, required or not",
    ),
    ("request-body-field-added-required", "breaking", "Added", "building the model without it fails"),
    ("request-body-field-became-required", "breaking", "Changed", "building the model without it fails"),
    ("request-body-field-became-not-nullable", "breaking", "Changed", "sending None is refused"),
    ("request-body-field-type-changed", "breaking", "Changed", "values sent today may not be accepted"),
    ("request-body-field-added", "info", "Added", "may be left out"),
    ("request-body-field-became-optional", "info", "Changed", "may now be left out"),
    ("request-body-field-became-nullable", "info", "Changed", "None may now be sent"),
    ("request-body-field-type-widened", "info", "Changed", "all values sent today are still accepted"),
    ("request-body-field-default-changed", "warning", "Changed", "leaving it out means something else"),
)
_RESPONSES: Final[tuple[_Row, ...]] = (
    ("response-removed", "breaking", "Removed", "the call gives None instead of a value"),
    ("response-type-changed", "breaking", "Changed", "code written for the old type fails on the new one"),
    ("response-became-nullable", "breaking", "Changed", "the call may give None"),
    ("response-added", "info", "Added", "the call gives a value instead of None"),
    ("response-type-narrowed", "info", "Changed", "every new value is one that callers handle already"),
    ("response-became-not-nullable", "info", "Changed", "the call no longer gives None"),
    ("response-media-type-changed", "info", "Changed", "same value, received under another media type"),
    ("response-status-changed", "info", "Changed", "any 2xx is a success, and errors keep their classes"),
    ("response-field-removed", "breaking", "Removed", "reading it raises AttributeError"),
    ("response-field-became-optional", "breaking", "Changed", "it may be missing where callers rely on it"),
    ("response-field-became-nullable", "breaking", "Changed", "it may be None where callers rely on a value"),
    (
        "response-field-type-changed",
        "breaking",
        "Changed",
        "code written for the old type fails on the new one",
    ),
    # Models keep unknown keys, so a new field breaks nobody.
    ("response-field-added", "info", "Added", "before, it was kept in `extra`"),
    (
        "response-optional-field-became-nullable",
        "info",
        "Changed",
        "it was None when missing, so callers handle it",
    ),
    ("response-field-became-required", "info", "Changed", "it is always there"),
    ("response-field-became-not-nullable", "info", "Changed", "it is never null"),
    ("response-field-type-narrowed", "info", "Changed", "every new value is one that callers handle already"),
)
_MODELS: Final[tuple[_Row, ...]] = (
    ("model-renamed", "breaking", "Changed", "the class is imported by name"),
    ("field-wire-name-changed", "info", "Changed", "same Python name; the client maps it"),
    ("model-forked", "warning", "Changed", "the same values in another class; isinstance tells them apart"),
    (
        "field-format-changed",
        "info",
        "Changed",
        "same Python type; the client writes and reads it another way",
    ),
    ("field-sensitive-changed", "info", "Changed", "only repr, logs and errors show or hide it"),
    ("enum-value-removed", "breaking", "Removed", "the member is gone, and requests with it are refused"),
    (
        "enum-value-added",
        "info",
        "Added",
        "in responses too: enums are open, unknown values were readable before",
    ),
    (
        "literal-value-removed",
        "warning",
        "Removed",
        "plain values have no member to lose; a request may be refused",
    ),
    ("literal-value-added", "info", "Added", "plain values were never checked"),
)
_COLLECTIONS: Final[tuple[_Row, ...]] = (
    ("paging-changed", "breaking", "Changed", "a pager is iterated, a plain response is awaited"),
    ("paging-details-changed", "info", "Changed", "the pager walks the pages another way"),
    ("filterable-removed", "breaking", "Removed", "filters with it are refused before any request"),
    ("filterable-added", "info", "Added", "one more name to filter by"),
    ("sortable-removed", "breaking", "Removed", "orders with it are refused before any request"),
    ("sortable-added", "info", "Added", "one more name to order by"),
    ("patchable-removed", "breaking", "Removed", "the builder methods are gone"),
    ("patchable-added", "info", "Added", "one more field to patch"),
    ("patch-verb-removed", "breaking", "Removed", "the builder method is gone"),
    ("patch-verb-added", "info", "Added", "one more builder method"),
)
_CLIENT: Final[tuple[_Row, ...]] = (
    ("auth-became-required", "breaking", "Changed", "calls without credentials fail"),
    ("auth-became-none", "info", "Changed", "credentials are no longer asked for"),
    ("auth-changed", "warning", "Changed", "another scheme signs the call; the client needs its credentials"),
    ("auth-scheme-removed", "breaking", "Removed", "clients set up with it find no use for it"),
    ("auth-scheme-changed", "breaking", "Changed", "the Auth object given today is of the wrong class"),
    ("auth-scheme-added", "info", "Added", "one more way to sign in"),
    ("server-removed", "breaking", "Removed", "clients that choose it by name fail"),
    ("server-changed", "warning", "Changed", "the same name leads to another address"),
    ("server-added", "info", "Added", "one more address to choose"),
    ("api-version-changed", "info", "Changed", "what the vendor calls this state of the API"),
)
_SURFACE: Final[tuple[_Row, ...]] = (
    ("python-object-removed", "breaking", "Removed", "importing or using it fails"),
    ("python-object-kind-changed", "breaking", "Changed", "a class is no function and no attribute"),
    ("python-base-removed", "breaking", "Changed", "isinstance and inherited members fail"),
    ("python-parameter-removed", "breaking", "Removed", "calls that pass it fail"),
    ("python-parameter-added-required", "breaking", "Added", "calls without it fail"),
    ("python-parameter-became-required", "breaking", "Changed", "calls without it fail"),
    ("python-parameter-moved", "breaking", "Changed", "calls by position pass another value"),
    ("python-parameter-default-changed", "warning", "Changed", "calls without it mean something else"),
    ("python-return-changed", "breaking", "Changed", "callers get something else"),
)
_PARTS: Final[tuple[tuple[str, tuple[_Row, ...]], ...]] = (
    ("operations", _OPERATIONS),
    ("parameters", _PARAMETERS),
    ("bodies", _BODIES),
    ("responses", _RESPONSES),
    ("models and enums", _MODELS),
    ("collections and patches", _COLLECTIONS),
    ("client", _CLIENT),
    ("Python surface", _SURFACE),
)

RULES: Final[Mapping[str, Rule]] = {
    id_: Rule(id_, level, part, section, doc) for part, rows in _PARTS for id_, level, section, doc in rows
}
"""All rules by id, in the order of the table."""


def rule_table() -> str:
    """The rules as Markdown, worst first within each part."""
    lines: list[str] = []
    for part, _ in _PARTS:
        lines += ["", f"**{part[0].upper()}{part[1:]}**", "", "| rule | level | why |", "|---|---|---|"]
        rules = sorted((r for r in RULES.values() if r.part == part), key=lambda r: LEVELS.index(r.level))
        lines += [f"| `{rule.id}` | {rule.level} | {rule.doc} |" for rule in rules]
    return "\n".join(lines[1:])
