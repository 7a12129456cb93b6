"""The words of `x-trunkline` on an operation, which an overlay uses too."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from attrs import define, field

from codegen.ir import BulkIR, Provenance
from codegen.read.schema.facts import PROVENANCES
from codegen.read.schema.names import snake_case
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node

Idempotency = Literal["safe", "idempotent", "unsafe"]
_SAFE: Final = ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")
WORDS = frozenset(
    [
        "resource",
        "method",
        "filterable",
        "sortable",
        "patchable",
        "patch_model",
        "since",
        "provenance",
        "idempotency",
        "paging",
        "bulk",
        "revisions",
        "content_type_header",
        "formerly",
    ]
)


@define(kw_only=True)
class Words:
    """The `x-trunkline` words of an operation; None or empty where absent. paging: as written."""

    resource: tuple[str, ...] | None = None
    method: str | None = None
    filterable: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    patchable: dict[str, tuple[str, ...]] = field(factory=dict)
    patch_model: str | None = None
    since: str | None = None
    provenance: dict[str, Provenance] = field(factory=dict)
    idempotency: Idempotency | None = None
    paging: Node | None = None
    bulk: BulkIR | None = None
    revisions: dict[str, dict[str, str]] = field(factory=dict)
    content_type_header: bool = False
    formerly: tuple[Node, ...] = ()


def read_words(findings: Findings, *nodes: Node) -> Words:
    """The words of several places; a later one takes precedence."""
    words = Words()
    for node in nodes:
        if node.present and not node.is_object:
            findings.problem(node, "expected a mapping of trunkline words")
        for key, child in node.items():
            # Unknown words of a document are for other readers of `x-trunkline`; an overlay checks its
            # words itself.
            _READERS.get(key, _ignore)(words, child, findings)
    return words


def _ignore(words: Words, node: Node, findings: Findings) -> None:
    """A word of the spec's own, for its readers."""


def _resource(words: Words, node: Node, findings: Findings) -> None:
    if isinstance(node.value, str) and node.value:
        words.resource = tuple(snake_case(part) for part in node.value.split("."))
    else:
        findings.problem(node, "`resource` must be a name, or names joined by dots")


def _method(words: Words, node: Node, findings: Findings) -> None:
    if isinstance(node.value, str) and node.value:
        words.method = snake_case(node.value)
    else:
        findings.problem(node, "`method` must be a name")


def _texts(node: Node, findings: Findings) -> tuple[str, ...]:
    items = list(node.each())
    if not node.is_array or not all(isinstance(i.value, str) for i in items):
        findings.problem(node, f"`{node.last}` must be a list of names")
        return ()
    # A name that is listed twice would be two members of one generated class.
    return tuple(dict.fromkeys(i.value for i in items))


def _filterable(words: Words, node: Node, findings: Findings) -> None:
    words.filterable = _texts(node, findings)


def _sortable(words: Words, node: Node, findings: Findings) -> None:
    words.sortable = _texts(node, findings)


def _patchable(words: Words, node: Node, findings: Findings) -> None:
    if not node.is_object:
        findings.problem(node, "`patchable` must map field names to lists of add, remove, replace")
    for name, verbs in node.items():
        words.patchable[name] = _texts(verbs, findings)
        for verb in words.patchable[name]:
            if verb not in ("add", "remove", "replace", "test", "copy", "move"):
                findings.problem(verbs, f"{verb!r} is no JSON Patch verb; use add, remove or replace")


def _patch_model(words: Words, node: Node, findings: Findings) -> None:
    words.patch_model = node.spelled()


def _since(words: Words, node: Node, findings: Findings) -> None:
    words.since = node.spelled()


def _provenance(words: Words, node: Node, findings: Findings) -> None:
    parts: Any = (
        dict(node.items()) if node.is_object else dict.fromkeys(("route", "request", "response"), node)
    )
    for part, child in parts.items():
        if part not in ("name", "route", "request", "response"):
            findings.problem(child, f"unknown part {part!r} of `provenance`; use route, request, response")
        elif child.value not in PROVENANCES:
            findings.problem(child, f"`provenance` must be one of {', '.join(sorted(PROVENANCES))}")
        else:
            words.provenance[part] = child.value


def _idempotency(words: Words, node: Node, findings: Findings) -> None:
    if node.value in get_args(Idempotency):
        words.idempotency = node.value
    else:
        findings.problem(node, "`idempotency` must be safe, idempotent or unsafe")


def _paging(words: Words, node: Node, findings: Findings) -> None:
    words.paging = node


def _bulk(words: Words, node: Node, findings: Findings) -> None:
    parts = {key: node.text(key) for key in ("single", "parameter", "key")}
    if all(parts.values()):
        words.bulk = BulkIR(**parts)
    else:
        findings.problem(node, "`bulk` needs single (resource.method), parameter and key")


def _revisions(words: Words, node: Node, findings: Findings) -> None:
    words.revisions = {
        group: {name: mark.spelled() for name, mark in marks.items()} for group, marks in node.items()
    }


def _formerly(words: Words, node: Node, findings: Findings) -> None:
    if _texts(node, findings):
        words.formerly = tuple(node.each())


def _content_type_header(words: Words, node: Node, findings: Findings) -> None:
    words.content_type_header = node.value is True


_READERS = {
    "resource": _resource,
    "method": _method,
    "filterable": _filterable,
    "sortable": _sortable,
    "patchable": _patchable,
    "patch_model": _patch_model,
    "since": _since,
    "provenance": _provenance,
    "idempotency": _idempotency,
    "paging": _paging,
    "bulk": _bulk,
    "revisions": _revisions,
    "content_type_header": _content_type_header,
    "formerly": _formerly,
}


def failure_keys(*nodes: Node) -> tuple[str, ...]:
    """The word `failure_keys` of a document or an overlay: keys that report a failure in a success."""
    for node in nodes:
        listed = node.get("failure_keys")
        if listed.is_array:
            return tuple(item.spelled() for item in listed.each())
    return ()


def idempotency_of(http_method: str) -> Idempotency:
    """The idempotency of a method by RFC 9110, sections 9.2.1 and 9.2.2."""
    if http_method in _SAFE:
        return "safe"
    # A method that is not known may do anything, so it is not repeated.
    return "idempotent" if http_method in ("PUT", "DELETE") else "unsafe"
