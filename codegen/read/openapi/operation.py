"""One operation: its parameters, body, responses and trunkline's words into an `OperationIR`."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.ir import (
    ContentIR,
    OperationIR,
    ResponseIR,
    Scalar,
    ServerTemplate,
)
from codegen.read.openapi.auth import requirement
from codegen.read.openapi.bodies import BodyReader
from codegen.read.openapi.dialect import Dialect, RawContent, RawOperation, RawResponse
from codegen.read.openapi.headers import HeaderReader
from codegen.read.openapi.media import by_kind
from codegen.read.openapi.parameters import ParameterReader
from codegen.read.openapi.servers import filled
from codegen.read.operation.addresses import is_plain_http
from codegen.read.operation.media import kind_of
from codegen.read.operation.names import NameWish
from codegen.read.operation.words import Words, idempotency_of
from codegen.read.schema.names import pascal_case
from codegen.read.schema.reader import SchemaReader
from codegen.read.schema.types import ANY, STRING
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node

_UNDESCRIBED = ("200", "203", "206", "2XX")
"""Statuses whose responses have content in HTTP, even where the document describes none."""


_INSTEAD = "the client's base URL is used"


class OperationReader:
    """Reads operations of one document, one after another."""

    def __init__(
        self, dialect: Dialect, schemas: SchemaReader, findings: Findings, schemes: Iterable[str]
    ) -> None:
        self._dialect = dialect
        self._schemas = schemas
        self._findings = findings
        self._schemes = set(schemes)
        self._parameters = ParameterReader(schemas, findings)
        self._bodies = BodyReader(dialect, schemas, findings)
        self._headers = HeaderReader(dialect, schemas, findings)

    def read(self, raw: RawOperation, name: NameWish, words: Words) -> OperationIR:
        """One operation; its paging and the types of its filters come later, when all models have fields."""
        node = raw.node
        hint = pascal_case(raw.operation_id) if raw.operation_id else pascal_case(name.method)
        self._note_unread(node)
        # Inline schemas of two operations often have the same title; the operation's name then tells
        # their classes apart.
        self._schemas.names.context = hint
        # The nearest list replaces those above it (OpenAPI, Operation Object and Path Item Object).
        servers = self._dialect.servers(node) or self._dialect.servers(raw.path_item)
        return OperationIR(
            resource=name.resource,
            method=name.method,
            operation_id=raw.operation_id or f"{'.'.join(name.resource)}.{name.method}",
            title=node.text("summary") or raw.path_item.text("summary"),
            description=node.text("description") or raw.path_item.text("description"),
            http_method=raw.http_method,
            path=raw.path,
            parameters=self._parameters.read(raw, self._dialect.parameters(raw)),
            body=self._bodies.read(raw, hint, words),
            responses=self._responses(raw, hint),
            bulk=words.bulk,
            idempotency=words.idempotency or idempotency_of(raw.http_method),
            content_type_header=words.content_type_header,
            filterable=words.filterable,
            sortable=words.sortable,
            patchable=words.patchable,
            auth=requirement(node, self._schemes, self._findings),
            server=self._server(servers, node),
            since=words.since,
            deprecated=node.flag("deprecated"),
            route_provenance=words.provenance.get("route", "documented"),
            request_provenance=words.provenance.get("request", "documented"),
            response_provenance=words.provenance.get("response", "documented"),
            revisions=words.revisions,
            place=node.place,
        )

    def add_header_classes(self, operations: Iterable[OperationIR]) -> None:
        """Make the classes of the headers that the responses of these operations have."""
        self._schemas.names.context = ""
        self._headers.add_classes(operations)

    def _server(self, listed: list[ServerTemplate], node: Node) -> str | None:
        """The operation's own base URL, the first one that can be used."""
        filled_in = [url for template in listed if (url := filled(template)) is not None]
        if listed and not filled_in:
            reason = f"its own server {listed[0].url} has variables without a default"
            self._findings.gap(node, "server", f"{reason}; {_INSTEAD}")
        # The client would refuse to send credentials there, so the operation could never be called.
        usable = next((url for url in filled_in if not is_plain_http(url)), None)
        if filled_in and usable is None:
            reason = f"its own server {filled_in[0]} is plain http, which is refused"
            self._findings.gap(node, "server", f"{reason}; {_INSTEAD}")
        return usable

    def _note_unread(self, node: Node) -> None:
        for name, callback in node.get("callbacks").items():
            reason = f"the callback {name!r} is a request to the caller's own server; no client call makes it"
            self._findings.note(callback, "callback", reason)

    def _responses(self, raw: RawOperation, hint: str) -> list[ResponseIR]:
        listed = list(self._dialect.responses(raw))
        # The classes of the first success, or of the default, bear no status in their names.
        plain = next((each for each in listed if each.status.startswith("2") and each.contents), None)
        return [self._response(raw, each, hint, each is plain or each.status == "default") for each in listed]

    def _response(self, operation: RawOperation, raw: RawResponse, hint: str, plain: bool) -> ResponseIR:
        self._note_response(raw)
        status = "" if plain else raw.status
        contents = by_kind(raw.contents, f"{raw.status} response", self._findings, self._bodies.is_object)
        read = [self._content(content, f"{hint}{status}Response", asked) for content, asked in contents]
        # RFC 9110, sections 9.3.2 and 15.3.5.
        if read and (operation.http_method == "HEAD" or raw.status == "204"):
            reason = (
                f"HTTP has no content for {'HEAD' if raw.status != '204' else 'status 204'}; none is read"
            )
            self._findings.note(contents[0][0].node, "media type", reason)
            read = []  # its models are there all the same
        # "OK" without content is how many documents describe a body that nobody wrote down; dropping
        # what comes would lose it.
        if not read and raw.status in _UNDESCRIBED and operation.http_method != "HEAD":
            read = [ContentIR(media_type="", kind="any", type=ANY)]
        first = read[0] if read else ContentIR(media_type="", kind="none", type=None)
        return ResponseIR(
            status=raw.status,
            media_type=first.media_type,
            kind=first.kind,
            type=first.type,
            others=read[1:],
            headers=self._headers.read(raw),
            description=raw.description,
            place=raw.node.place,
        )

    def _content(self, content: RawContent, hint: str, asked: bool) -> ContentIR:
        """One media type of a response."""
        kind = kind_of(content.media_type)
        if not asked:
            # A media type that is not asked for is read without its schema: bytes and text cannot fail.
            if kind == "binary":
                return ContentIR(
                    media_type=content.media_type, kind="binary", type=Scalar("bytes"), asked=False
                )
            return ContentIR(media_type=content.media_type, kind="text", type=STRING, asked=False)
        # The runtime has no parser of forms; the text is what came.
        if kind in ("form", "multipart"):
            reason = f"a response of {content.media_type} is handed over as text"
            self._findings.gap(content.node, "media type", reason)
            kind = "text"
        type_ = self._bodies.typed(content, kind, hint)
        if type_ == Scalar("file"):
            kind, type_ = "binary", Scalar("bytes")
            if kind_of(content.media_type) == "json":  # said of all of Swagger's responses, files included
                return ContentIR(media_type="*/*", kind=kind, type=type_)
        elif kind == "json" and "*" in content.media_type:
            # A range such as `*/*` says nothing about what comes; the Content-Type of the response decides.
            kind = "any"
        return ContentIR(media_type=content.media_type, kind=kind, type=type_)

    def _note_response(self, raw: RawResponse) -> None:
        for name, link in raw.node.get("links").items():
            self._findings.note(
                link, "link", f"the link {name!r} is not followed; call its operation yourself"
            )
