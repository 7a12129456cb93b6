"""OpenAPI 3.0, 3.1 and 3.2 as a `Dialect`: where each of its parts is found."""

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
from codegen.read.openapi.servers import templates_of
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

# The defaults of `style` (OpenAPI, Parameter Object).
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


class OpenApi3:
    """See `codegen.read.openapi.dialect.Dialect`."""

    def __init__(self, root: Node, resolver: Resolver, findings: Findings) -> None:
        self._root = root
        self._resolver = resolver
        self._findings = findings

    def components(self) -> Node:
        """The container of named schemas."""
        return self._resolver.under(self._root, "components", "schemas")

    def parameters(self, operation: RawOperation) -> Iterator[RawParameter]:
        """All parameters of an operation, those of its path first."""
        for holder in (operation.path_item, operation.node):
            listed = self._resolver.under(holder, "parameters")
            if listed.present and not listed.is_array and listed.value is not None:
                self._findings.problem(listed, "`parameters` must be a list")
            for entry in listed.each():
                found = self._parameter(entry)
                if found is not None:
                    yield found

    def _parameter(self, entry: Node) -> RawParameter | None:
        node = self._resolver.follow(entry, "parameter")
        if node is None:
            return None
        name, location = node.text("name"), node.text("in")
        if location == "querystring":  # OpenAPI 3.2
            reason = "a whole query string as one parameter is not sent; declare its parts"
            self._findings.gap(entry, "parameter", reason, dropped=True)
            return None
        if not name or location not in _STYLES:
            message = "a parameter needs a `name` and an `in` of path, query, header or cookie"
            self._findings.problem(node, message)
            return None
        style = node.text("style") or _STYLES[location]
        # `content` has exactly one entry and replaces `schema` (Parameter Object).
        content = next(iter(self._resolver.under(node, "content").items()), None)
        schema = content[1].get("schema") if content else node.get("schema")
        # Documents converted from Swagger 2.0 by hand leave parameters as they were.
        if not schema.present and node.has("type"):
            reason = "the type stands beside `name`, as in Swagger 2.0, and not in `schema`; it is read so"
            self._findings.note(node, "parameter", reason)
            schema = node
        return RawParameter(
            entry=entry,
            node=node,
            name=name,
            location=location,
            # The format demands `required: true` of path parameters; many documents omit it, and a URL
            # cannot omit a segment.
            required=location == "path" or node.flag("required"),
            schema=schema,
            style=style,
            # `explode` defaults to true for form only (Parameter Object); deepObject is not defined in any
            # other way than exploded.
            explode=node.flag("explode", style in ("form", "deepObject") and not content),
            # `allowReserved` leaves the reserved characters of RFC 3986, section 2.2, unencoded;
            # Microsoft's older extension asks for the same.
            allow_reserved=node.flag("allowReserved") or node.flag("x-ms-skip-url-encoding"),
            json=content is not None and "json" in content[0],
        )

    def body(self, operation: RawOperation) -> RawBody | None:
        """The request body, if there is one."""
        entry = operation.node.get("requestBody")
        if not entry.present or entry.value is None:
            return None
        node = self._resolver.follow(entry, "body")
        if node is None:
            return None
        if not node.is_object:
            self._findings.problem(node, "`requestBody` must be an object with `content`")
            return None
        return RawBody(
            node=node,
            contents=tuple(self._contents(self._resolver.under(node, "content"))),
            required=node.flag("required"),
            # From 3.1 on a Reference Object may have a description of its own, which replaces the target's.
            description=entry.text("description") or node.text("description"),
        )

    def responses(self, operation: RawOperation) -> Iterator[RawResponse]:
        """All documented responses."""
        responses = self._resolver.under(operation.node, "responses")
        if responses.present and not responses.is_object and responses.value is not None:
            self._findings.problem(responses, "`responses` must map status codes to responses")
        for status, entry in responses.items():
            # Extensions may be anywhere in a Responses Object.
            if status.startswith("x-"):
                continue
            node = self._resolver.follow(entry, "response")
            if node is None:
                continue
            if not node.is_object and node.value is not None:
                self._findings.problem(node, "a response must be an object with a `description`")
                continue
            # Ignored by the format. Reading it would need a media type that nobody declared.
            if node.has("schema"):
                reason = "`schema` is of Swagger 2.0; a response of OpenAPI 3 has `content`"
                self._findings.gap(node.get("schema"), "media type", reason)
            yield RawResponse(
                node=node,
                # A range is written 4XX; documents write 4xx too.
                status=status.upper() if status != "default" else status,
                contents=tuple(self._contents(self._resolver.under(node, "content"))),
                description=entry.text("description") or node.text("description"),
            )

    def headers(self, response: RawResponse) -> Iterator[RawHeader]:
        """All documented headers; `Content-Type` is ignored (OpenAPI 3.1, section 4.8.17)."""
        for name, entry in self._resolver.under(response.node, "headers").items():
            node = self._resolver.follow(entry, "header")
            if node is None or not node.is_object or name.lower() == "content-type":
                continue
            # A Header Object is a Parameter Object without name and location, so it may have `content` as
            # well.
            media, content = next(iter(self._resolver.under(node, "content").items()), ("", node))
            yield RawHeader(name=name, node=node, schema=content.get("schema"), json="json" in media)

    def _contents(self, content: Node) -> Iterator[RawContent]:
        for media_type, entry in content.items():
            node = self._resolver.follow(entry, "media type")
            if node is not None:
                schema = node.get("schema")
                # OpenAPI 3.2 describes one item of a stream.
                schema = schema if schema.present else node.get("itemSchema")
                yield RawContent(media_type=media_type, schema=schema, node=node)

    def servers(self, node: Node) -> list[ServerTemplate]:
        """The servers that a node lists."""
        return list(templates_of(node))

    def security_schemes(self) -> Iterator[AuthIR]:
        """All ways to authenticate."""
        for name, entry in self._resolver.under(self._root, "components", "securitySchemes").items():
            node = self._resolver.follow(entry, "auth")
            if node is not None:
                yield read_scheme(name, node, self._findings)
