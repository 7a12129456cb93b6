"""Swagger 2.0 as a `Dialect`: in the terms of OpenAPI 3, with the positions of the original document."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.ir import AuthIR, ServerTemplate
from codegen.read.openapi.auth import read_scheme
from codegen.read.openapi.dialect import (
    RawBody,
    RawContent,
    RawHeader,
    RawOperation,
    RawParameter,
    RawResponse,
)
from codegen.read.openapi.servers import parameterized_host
from codegen.read.operation.media import kind_of
from codegen.read.source.findings import Findings
from codegen.read.source.node import ABSENT, Node
from codegen.read.source.references import Resolver

_JSON = "application/json"
# `collectionFormat` as OpenAPI 3's `style` and `explode`. None: the default style of the location,
# which joins by commas. tsv has no style in OpenAPI 3; trunkline has one.
_COLLECTIONS = {
    "csv": (None, False),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "tsv": ("tabDelimited", False),
    "multi": ("form", True),
}
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class Swagger2:
    """See `codegen.read.openapi.dialect.Dialect`."""

    def __init__(self, root: Node, resolver: Resolver, findings: Findings) -> None:
        self._root = root
        self._resolver = resolver
        self._findings = findings

    def components(self) -> Node:
        """The container of named schemas."""
        return self._resolver.under(self._root, "definitions")

    def _listed(self, operation: RawOperation) -> Iterator[tuple[Node, Node]]:
        """Every parameter entry with its definition; one of the operation replaces one of the path."""
        for holder in (operation.path_item, operation.node):
            listed = self._resolver.under(holder, "parameters")
            if listed.present and not listed.is_array and listed.value is not None:
                self._findings.problem(listed, "`parameters` must be a list")
            for entry in listed.each():
                node = self._resolver.follow(entry, "parameter")
                if node is not None:
                    yield entry, node

    def parameters(self, operation: RawOperation) -> Iterator[RawParameter]:
        """All parameters of an operation except bodies and forms, those of its path first."""
        for entry, node in self._listed(operation):
            if node.text("in") not in ("body", "formData"):
                found = self._parameter(entry, node)
                if found is not None:
                    yield found

    def _parameter(self, entry: Node, node: Node) -> RawParameter | None:
        name, location = node.text("name"), node.text("in")
        if not name or location not in ("path", "query", "header", "formData"):
            message = "a parameter needs a `name` and an `in` of path, query, header, formData or body"
            self._findings.problem(node, message)
            return None
        default = "simple" if location in ("path", "header") else "form"
        # csv is the default (Swagger 2.0, Parameter Object).
        form = node.text("collectionFormat") or "csv"
        if form not in _COLLECTIONS:
            reason = f"collectionFormat {form!r} cannot be written; the values are joined by commas"
            self._findings.gap(node, "parameter style", reason)
        style, explode = _COLLECTIONS.get(form, (None, False))
        return RawParameter(
            entry=entry,
            node=node,
            name=name,
            location=location,
            required=location == "path" or node.flag("required"),
            # In 2.0 the type is a sibling of `name`; a `schema` belongs to body parameters, but some
            # documents write it as in OpenAPI 3.
            schema=node.get("schema") if node.has("schema") else node,
            style=style or default,
            explode=explode,
            allow_reserved=node.flag("x-ms-skip-url-encoding"),
        )

    def body(self, operation: RawOperation) -> RawBody | None:
        """The body parameter, or the formData parameters as one form."""
        listed = list(self._listed(operation))
        bodies = [(entry, node) for entry, node in listed if node.text("in") == "body"]
        forms = [(entry, node) for entry, node in listed if node.text("in") == "formData"]
        if bodies:
            # The operation's own parameters come last and take precedence over those of the path.
            for entry, _ in (*bodies[:-1], *forms):
                reason = "a request has one body; another body parameter is sent, this one is not"
                self._findings.gap(entry, "request body", reason)
            return self._body_of(operation, bodies[-1][1])
        form = [found for entry, node in forms if (found := self._parameter(entry, node)) is not None]
        if not form:
            return None
        first = form[0].entry
        holder = Node(first.source, first.path[:-1], ABSENT)
        content = RawContent(
            media_type=self._form_type(operation, form), schema=holder, node=holder, form=tuple(form)
        )
        return RawBody(node=holder, contents=(content,), required=any(p.required for p in form))

    def _body_of(self, operation: RawOperation, node: Node) -> RawBody:
        return RawBody(
            node=node,
            contents=tuple(
                RawContent(media_type=m, schema=node.get("schema"), node=node)
                for m in self._media_types(operation, "consumes")
            ),
            required=node.flag("required"),
            description=node.text("description"),
        )

    def _form_type(self, operation: RawOperation, form: list[RawParameter]) -> str:
        # The format allows a url-encoded form for files as well, but such a form has no place for a
        # file's name and type.
        if any(p.node.text("type") == "file" for p in form):
            return _FORMS[0]
        declared = [m for m in self._media_types(operation, "consumes") if m in _FORMS]
        return declared[0] if declared else _FORMS[1]

    def responses(self, operation: RawOperation) -> Iterator[RawResponse]:
        """All documented responses."""
        responses = self._resolver.under(operation.node, "responses")
        if responses.present and not responses.is_object and responses.value is not None:
            self._findings.problem(responses, "`responses` must map status codes to responses")
        for status, entry in responses.items():
            node = None if status.startswith("x-") else self._resolver.follow(entry, "response")
            if node is None:
                continue
            if not node.is_object and node.value is not None:
                self._findings.problem(node, "a response must be an object with a `description`")
                continue
            if node.has("content"):
                reason = (
                    "`content` is of OpenAPI 3; in Swagger 2.0 a response has a `schema`, which is not here"
                )
                self._findings.gap(node.get("content"), "media type", reason)
            contents = [
                RawContent(media_type=m, schema=node.get("schema"), node=node)
                for m in self._response_media_types(operation, node, status)
                if node.has("schema")
            ]
            yield RawResponse(
                node=node, status=status, contents=tuple(contents), description=node.text("description")
            )

    def headers(self, response: RawResponse) -> Iterator[RawHeader]:
        """All documented headers of a response."""
        for name, entry in self._resolver.under(response.node, "headers").items():
            node = self._resolver.follow(entry, "header")
            if node is not None and node.is_object:
                joined = node.text("collectionFormat", "csv") == "csv"
                schema = node.get("schema") if node.has("schema") else node
                yield RawHeader(name=name, node=node, schema=schema, joined=joined)

    def _response_media_types(self, operation: RawOperation, node: Node, status: str) -> list[str]:
        """The media types of a response. `produces` of a download means the file, and not its errors."""
        produced = self._media_types(operation, "produces")
        is_file = node.get("schema").text("type") in ("file", "string")
        if status.startswith("2") or is_file or {kind_of(m) for m in produced} != {"binary"}:
            return produced
        self._findings.note(
            node, "media type", f"the {status} response is read as JSON, not as {produced[0]}"
        )
        return [_JSON]

    def _media_types(self, operation: RawOperation, key: str) -> list[str]:
        for holder in (operation.node, self._root):
            found = [n.value for n in holder.get(key).each() if isinstance(n.value, str)]
            # An operation's empty list clears the document's list; what remains is JSON, as nothing else is
            # declared.
            if found or (holder.has(key) and holder is operation.node):
                return found or [_JSON]
        return [_JSON]

    def servers(self, node: Node) -> list[ServerTemplate]:
        """The base URL of `schemes`, `host` and `basePath`; only the document has one."""
        host, base = node.text("host"), node.text("basePath").rstrip("/")
        listed = node.get("x-ms-parameterized-host").get("parameters").each()
        declared = [n for entry in listed if (n := self._resolver.follow(entry, "server")) is not None]
        template = parameterized_host(node, declared, base)
        if template is not None:
            return [template]
        schemes = [n.value for n in node.get("schemes").each() if isinstance(n.value, str)]
        # Without `schemes`, the scheme is that of the document's own address, which a file does not
        # know.
        scheme = "https" if "https" in schemes or not schemes else schemes[0]
        # A base path without a host is still needed to call the operations; the caller gives the host.
        url = f"{scheme}://{host}{base}" if host else base
        return [ServerTemplate("default", url)] if url else []

    def security_schemes(self) -> Iterator[AuthIR]:
        """All ways to authenticate."""
        for name, entry in self._resolver.under(self._root, "securityDefinitions").items():
            node = self._resolver.follow(entry, "auth")
            if node is not None:
                yield read_scheme(name, node, self._findings)
