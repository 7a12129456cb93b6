"""Counting what an OpenAPI document holds, apart from reading it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codegen.ir import Document
from codegen.read.openapi.dialect import Dialect, RawOperation
from codegen.read.operation.accounting import check
from codegen.read.operation.parameters import identity
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_SINGLE = (
    *("items", "additionalItems", "unevaluatedItems", "contains", "additionalProperties"),
    *("unevaluatedProperties", "not", "if", "then", "else"),
)


def account_openapi(
    document: Document,
    dialect: Dialect,
    raw: Iterable[RawOperation],
    resolver: Resolver,
    findings: Findings,
) -> None:
    """Fill `Document.counts`; a property that no class has becomes a note, any other difference a gap."""
    operations = list(raw)
    places = (node.place for node in dialect.components().values())
    document.definitions = frozenset((place.file, place.pointer) for place in places)
    document.counts = {
        "operations": len(operations),
        "parameters": sum(_parameter_count(o, resolver) for o in operations) + _placeholders(document),
        "bodies": sum(1 for o in operations if _has_body(o, resolver)),
        "responses": sum(
            1
            for o in operations
            for s, _ in resolver.under(o.node, "responses").items()
            if not s.startswith("x-")
        ),
        "schemas": len(document.definitions),
    }
    document.counts["properties"] = _account_properties(document, dialect, operations, resolver, findings)
    check(document, findings)


def _parameter_count(operation: RawOperation, resolver: Resolver) -> int:
    """All that the operation lists, and those of the path that it does not replace."""
    # Counted from the document and not from what was read: a count of the result by itself could never
    # differ.
    own = [_identity(n, resolver) for n in resolver.under(operation.node, "parameters").each()]
    shared = [_identity(n, resolver) for n in resolver.under(operation.path_item, "parameters").each()]
    listed = [*own, *(i for i in shared if i not in own)]
    return sum(1 for _, location in listed if location not in ("body", "formData"))


def _identity(entry: Node, resolver: Resolver) -> tuple[str, str]:
    node = resolver.follow(entry, "parameter")
    if node is None:
        # A reference that leads nowhere is one parameter all the same; its finding accounts for it.
        return str(entry.get("$ref").value), "elsewhere"
    return identity(node.text("name"), node.text("in"))


def _placeholders(document: Document) -> int:
    """Path parameters that only the path itself names."""
    return sum(1 for o in document.operations for p in o.parameters if p.place == o.place)


def _has_body(operation: RawOperation, resolver: Resolver) -> bool:
    # OpenAPI 3; the parameters below are Swagger 2.0's.
    if operation.node.get("requestBody").is_object:
        return True
    holders = (operation.node, operation.path_item)
    listed = [entry for holder in holders for entry in resolver.under(holder, "parameters").each()]
    return any(_identity(n, resolver)[1] in ("body", "formData") for n in listed)


# -- properties ------------------------------------------------------------------------------------


def _account_properties(
    document: Document,
    dialect: Dialect,
    operations: list[RawOperation],
    resolver: Resolver,
    findings: Findings,
) -> int:
    fields = {(f.place.file, f.place.pointer) for m in document.models for f in m.fields}
    count = 0
    for node in _properties(_roots(dialect, operations), resolver):
        count += 1
        # By position, since a name may occur in many schemas.
        if (node.source.name, node.pointer) not in fields:
            reason = (
                "merged with a declaration of the same name, or only restricts a value; no field of its own"
            )
            findings.note(node, "property", reason, dropped=True)
    return count


def _roots(dialect: Dialect, operations: list[RawOperation]) -> Iterator[Node]:
    yield from dialect.components().values()
    for operation in operations:
        body = dialect.body(operation)
        for content in body.contents if body else ():
            yield content.schema
        for response in dialect.responses(operation):
            for content in response.contents:
                yield content.schema
            for header in dialect.headers(response):
                yield header.schema
        for parameter in dialect.parameters(operation):
            yield parameter.schema


def _properties(roots: Iterable[Node], resolver: Resolver) -> Iterator[Node]:
    """Every property of every schema that a root holds or refers to, each place once."""
    # Schemas refer to each other in circles; each position is visited once.
    seen: set[tuple[str, tuple[str, ...]]] = set()
    todo = list(roots)
    while todo:
        node = todo.pop()
        if not node.is_object or node.key in seen:
            continue
        seen.add(node.key)
        if isinstance(node.get("$ref").value, str):
            target = resolver.follow(node, "schema")
            todo += [] if target is None else [target]
        todo += _mapped(node, resolver)
        # Most schemas have few of these words; asking for all of them on each would take longer than reading.
        for keyword in _MAPS:
            if keyword not in node.value:
                continue
            for child in resolver.under(node, keyword).values():
                if keyword == "properties":
                    yield child
                todo.append(child)
        for keyword in _LISTS:
            if keyword in node.value:
                todo.extend(node.get(keyword).each())
        todo += [node.get(keyword) for keyword in _SINGLE if isinstance(node.value.get(keyword), dict)]


def _mapped(node: Node, resolver: Resolver) -> Iterator[Node]:
    """The subtypes that a discriminator refers to; those it merely names are schemas of the document."""
    for target in node.get("discriminator").get("mapping").values():
        if isinstance(target.value, str) and "#" in target.value:
            found = resolver.follow(Node(node.source, target.path, {"$ref": target.value}), "schema")
            if found is not None:
                yield found
