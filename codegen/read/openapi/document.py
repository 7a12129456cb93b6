"""Swagger 2.0 and OpenAPI 3 documents into a `Document`."""

from __future__ import annotations

from typing import Literal

from codegen.ir import AuthIR, Document, OperationIR
from codegen.read.openapi.accounting import account_openapi
from codegen.read.openapi.auth import requirement
from codegen.read.openapi.dialect import Dialect, RawOperation
from codegen.read.openapi.openapi3 import OpenApi3
from codegen.read.openapi.operation import OperationReader
from codegen.read.openapi.paths import operations_of
from codegen.read.openapi.servers import filled
from codegen.read.openapi.swagger2 import Swagger2
from codegen.read.operation.former import keep_former_names
from codegen.read.operation.names import NameWish, settle
from codegen.read.operation.overlay import Overlay
from codegen.read.operation.paging import PagingReader
from codegen.read.operation.reach import FieldTypes, mark_reachable, settle_files
from codegen.read.operation.words import Words, failure_keys, read_words
from codegen.read.schema.names import ClassNames
from codegen.read.schema.reader import SchemaReader
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

OpenApiKind = Literal["swagger-2.0", "openapi-3.0", "openapi-3.1"]


def read_openapi(
    root: Node, kind: OpenApiKind, resolver: Resolver, overlay: Overlay, findings: Findings
) -> Document:
    """Read a whole document; problems are left in `findings`."""
    dialect: Dialect = (
        Swagger2(root, resolver, findings) if kind == "swagger-2.0" else OpenApi3(root, resolver, findings)
    )
    schemas = SchemaReader(resolver, findings, ClassNames())
    schemas.read_components(dialect.components())
    auth = list(dialect.security_schemes())
    raw = list(operations_of(root, resolver, findings))
    words = [read_words(findings, r.node.get("x-trunkline"), overlay.request(r.operation_id)) for r in raw]
    # Before anything is read by the names: a misspelt operationId would otherwise drop the words
    # without a trace.
    overlay.check_used(r.operation_id for r in raw)
    # All names before the first operation is read: two operations may wish for the same one, and the
    # classes of an operation are named after it.
    names = _names(raw, words, findings)
    reader = OperationReader(dialect, schemas, findings, (a.name for a in auth))
    operations = [reader.read(r, n, w) for r, n, w in zip(raw, names, words, strict=True)]
    reader.add_header_classes(operations)
    # From here on every model has its fields, which paging and the types of filters look at.
    schemas.finish()
    _page(raw, operations, words, schemas, findings)
    _note_webhooks(root, findings)
    _note_unused(root, resolver, findings)
    # Corrections come after the reading, so that names and types are settled whatever the overlay
    # corrects.
    for operation in operations:
        overlay.correct_parameters(operation)
    keep_former_names(operations, (r.operation_id for r in raw), words, overlay, findings)
    templates = dialect.servers(root)
    named = {t.name: url for t in templates if (url := filled(t)) is not None}
    servers = _servers(named, operations)
    document = Document(
        file=root.source.name,
        kind=kind,
        title=overlay.title or root.get("info").text("title"),
        version=overlay.version or root.get("info").text("version"),
        description=root.get("info").text("description"),
        servers=overlay.servers or servers,
        base_urls=tuple(named.values()),
        failure_keys=failure_keys(root.get("x-trunkline"), overlay.api),
        templates=[] if overlay.servers else [t for t in templates if t.variables],
        models=list(schemas.models.values()),
        enums=list(schemas.enums.found.values()),
        aliases=list(schemas.aliases.values()),
        operations=operations,
        auth=auth,
    )
    # After the operations: their own `security`, an empty list included, replaces the document's
    # (OpenAPI, Operation Object).
    _default_auth(root, document, auth, findings)
    # Last, as it compares what was read and reported with what the document holds.
    account_openapi(document, dialect, raw, resolver, findings)
    return document


def _names(raw: list[RawOperation], words: list[Words], findings: Findings) -> list[NameWish]:
    seen: set[str] = set()
    wishes = []
    for operation, word in zip(raw, words, strict=True):
        if operation.operation_id in seen:
            reason = f"the operationId {operation.operation_id!r} stands twice; its method is renamed"
            findings.note(operation.node.get("operationId"), "operation name", reason)
        elif operation.operation_id:
            seen.add(operation.operation_id)
        # An operation may have several tags, but its method belongs to one resource: the first tag
        # counts.
        tag = next((t.value for t in operation.node.get("tags").each() if isinstance(t.value, str)), "")
        wishes.append(
            NameWish(
                http_method=operation.http_method,
                path=operation.path,
                tag=tag,
                operation_id=operation.operation_id,
                resource=word.resource or (),
                method=word.method or "",
            )
        )
    settle(wishes)
    return wishes


def _page(
    raw: list[RawOperation],
    operations: list[OperationIR],
    words: list[Words],
    schemas: SchemaReader,
    findings: Findings,
) -> None:
    paging = PagingReader(schemas.models, findings)
    for entry, operation, word in zip(raw, operations, words, strict=True):
        operation.paging = paging.read(
            word.paging,
            entry.node.get("x-ms-pageable"),
            operation.http_method,
            operation.parameters,
            operation.responses,
        )
    types = FieldTypes(schemas.models, schemas.enums.found, operations, findings)
    for operation, word in zip(operations, words, strict=True):
        types.fill(operation, word.patch_model)
    mark_reachable(operations, schemas.models)
    # After `mark_reachable`: whether a binary field is a file depends on who sends and who receives its
    # model.
    settle_files(operations, schemas.models)


def _note_webhooks(root: Node, findings: Findings) -> None:
    for name, node in root.get("webhooks").items():
        reason = f"the webhook {name!r} is a request to the caller's own server; no client call makes it"
        findings.note(node, "webhook", reason)


def _note_unused(root: Node, resolver: Resolver, findings: Findings) -> None:
    """Shared parts that no operation has; schemas are classes all the same."""
    for holder in (root, root.get("components")):
        for kind in ("parameters", "responses", "requestBodies", "pathItems"):
            for name, node in holder.get(kind).items():
                # Schemas are left out: they are classes that callers may use, whether or not an operation
                # refers to them.
                if node.key not in resolver.followed:
                    findings.note(node, "component", f"no operation refers to {name!r}; it is in none")


def _servers(named: dict[str, str], operations: list[OperationIR]) -> dict[str, str]:
    """All base URLs; where every operation has the same one of its own, that is the default."""
    # Reversed, so that the first operation with a server determines its position.
    own = {o.server: o for o in reversed(operations) if o.server}
    everywhere = len(own) == 1 and all(o.server for o in operations)
    found = {"default": next(iter(own))} if everywhere else {}
    for url in (*named.values(), *own):
        # A URL has one name. The document's own name is better than a number, which changes as soon as
        # a server is added before it.
        if url not in found.values():
            key = next((k for k, v in named.items() if v == url and k not in found), None)
            found[key or f"server_{len(found) + 1}"] = url
    for operation in operations:
        # The caller's base URL must reach these operations as well; only a server of another host is
        # written into the operation.
        if everywhere or operation.server in named.values():
            operation.server = None
    return found


def _default_auth(root: Node, document: Document, auth: list[AuthIR], findings: Findings) -> None:
    """Where the document has several schemes, its own `security` says which one an operation takes."""
    default = requirement(root, {a.name for a in auth}, findings)
    # With a single scheme there is nothing to choose, and the client sends what it is given.
    if default is not None and len(auth) > 1:
        for operation in document.operations:
            if operation.auth is None:
                operation.auth = default
