"""An OpenAPI document of the vendor (the download of a Redoc page) into the neutral form."""

from __future__ import annotations

import json
from typing import Any, Final, cast

from codegen.read.source.json_text import read_json
from codegen.read.source.node import Node, Source, unescape
from codegen.read.source.positions import DocumentSyntaxError, Spot
from codegen.read.source.yaml_text import read_yaml
from codegen.vendor.document import (
    Location,
    NameList,
    Route,
    Shape,
    Unplaced,
    VendorBody,
    VendorDocument,
    VendorError,
    VendorField,
    VendorOperation,
)
from codegen.vendor.lead import Lead, describe
from codegen.vendor.lines import to_units
from codegen.vendor.markdown_notes import place, plain_lines, read_notes
from codegen.vendor.marks import read_page_limits, take_since
from codegen.vendor.samples import shape_of

TELLS: Final = frozenset(
    ("title", "version", "operations", "sections", "parameters", "body", "lists", "since", "removals")
) | {"servers", "types", "required", "enums"}
_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


def is_openapi(value: Any) -> bool:
    """Whether a value is an OpenAPI or Swagger document."""
    return isinstance(value, dict) and ("openapi" in value or "swagger" in value) and "info" in value


def read_openapi(value: Any, text: str, file: str) -> VendorDocument:
    """Read a document. Lines are those of the file where it is one, pointers always hold."""
    try:
        parsed, spots, _ = read_json(text) if text.lstrip("\ufeff \n\r\t")[:1] == "{" else read_yaml(text)
    except DocumentSyntaxError as error:
        raise VendorError(file, error.line, str(error)) from None
    return read_openapi_source(_source(file, parsed, spots), file)


def read_openapi_value(value: dict[str, Any], file: str, line: int) -> VendorDocument:
    """Read a document that stands inside another file, on one line of it."""
    spot: Spot = line
    return read_openapi_source(_source(file, value, spot), file)


def _source(file: str, value: Any, spots: Spot) -> Source:
    from pathlib import Path

    return Source(file, Path(file), b"", value, spots)


def read_openapi_source(source: Source, file: str) -> VendorDocument:
    """The facts of a parsed document."""
    root = source.root
    info = root.get("info")
    document = VendorDocument(
        file=file,
        kind="openapi",
        tells=TELLS,
        title=info.text("title"),
        version=info.text("version"),
        version_at=place(info.get("version")),
    )
    for index, server in enumerate(root.get("servers").each()):
        url = server.text("url").rstrip("/")
        document.servers[server.text("description") or str(index)] = (url, place(server))
    if not document.servers:
        document.tells -= {"servers"}
    if (
        root.has("security")
        or root.get("components").has("securitySchemes")
        or root.has("securityDefinitions")
    ):
        document.tells |= {"authorizations"}
    read_notes(document, info.get("description"))
    for tag in root.get("tags").each():
        read_notes(document, tag.get("description"), tag.text("name"))
    for path, item in root.get("paths").items():
        for method, node in item.items():
            if method in _METHODS:
                _add(document, _Operation(document, root, path, method, item, node).read())
    if not document.operations:
        raise VendorError(file, 1, "the OpenAPI document has no operation")
    return document


def _add(document: VendorDocument, operation: VendorOperation) -> None:
    if document.operations.setdefault(operation.title, operation) is not operation:
        document.repeated.append(operation)
    if operation.section and operation.section not in document.sections:
        document.sections.append(operation.section)


class _Operation:
    def __init__(
        self, document: VendorDocument, root: Node, path: str, method: str, item: Node, node: Node
    ) -> None:
        self._document = document
        self._root = root
        self._item = item
        self._node = node
        self._route = Route(method.upper(), path.lstrip("/"), place(node))

    def read(self) -> VendorOperation:
        node = self._node
        tags = [str(tag.value) for tag in node.get("tags").each()]
        found = VendorOperation(
            title=node.text("summary") or node.text("operationId") or self._route.text,
            at=place(node),
            section=tags[0] if tags else "",
            route=self._route,
            statuses=tuple(code for code, _ in node.get("responses").items()),
            deprecated=node.flag("deprecated"),
        )
        security = node.get("security") if node.has("security") else self._root.get("security")
        found.authorizations = tuple(
            dict.fromkeys(name for entry in security.each() for name, _ in entry.items())
        )
        self._description(found)
        self._parameters(found)
        self._body(found)
        self._answer(found)
        return found

    def _description(self, found: VendorOperation) -> None:
        line = place(self._node.get("description")).line
        lead = Lead(found.title, line or 0)
        describe(
            to_units(plain_lines(self._node.text("description"), line), 1000), lead, self._document.unplaced
        )
        found.since, found.since_at, found.lists = (
            lead.since,
            place(self._node.get("description")),
            lead.lists,
        )
        words = self._node.get("x-trunkline")
        if words.has("since") and found.since is None:
            found.since = words.text("since")
        for which in ("filterable", "sortable", "patchable"):
            if words.has(which) and which not in found.lists:
                found.lists[which] = _listed(words.get(which), words.get("revisions").get(which))

    def _parameters(self, found: VendorOperation) -> None:
        for owner in (self._item, self._node):
            for entry in owner.get("parameters").each():
                node = self._resolve(entry)
                where = node.text("in")
                if where == "body":
                    self._swagger_body(found, node)
                if where not in ("path", "query", "header", "cookie"):
                    continue
                schema = node.get("schema") if node.has("schema") else node
                field = self._field(node.text("name"), schema, node)
                field.required = node.flag("required")
                field.location = cast(Location, where)
                if field.name == "$top":
                    field.page_size, field.page_limit = read_page_limits(node.text("description"))
                found.parameters[where, field.name] = field

    def _body(self, found: VendorOperation) -> None:
        body = self._resolve(self._node.get("requestBody"))
        for media, entry in body.get("content").items():
            found.body = self._schema_body(media, entry.get("schema"), body)
            found.request_sample = _sample(entry)
            return

    def _swagger_body(self, found: VendorOperation, node: Node) -> None:
        found.body = self._schema_body("application/json", node.get("schema"), node)

    def _schema_body(self, media: str, schema: Node, at: Node) -> VendorBody:
        schema = self._resolve(schema)
        is_array = schema.text("type") == "array"
        rows = self._resolve(schema.get("items")) if is_array else schema
        return VendorBody(media_type=media, at=place(at), is_array=is_array, fields=self._properties(rows, 0))

    def _answer(self, found: VendorOperation) -> None:
        for code, entry in self._node.get("responses").items():
            if not code.startswith("2"):
                continue
            answer = self._resolve(entry)
            content = [media for _, media in answer.get("content").items()]
            found.answers_nothing = not content and not answer.has("schema")
            schema = content[0].get("schema") if content else answer.get("schema")
            if schema.present:
                found.response_sample = self._shape(schema)
            elif content:
                found.response_sample = _sample(content[0])
            return

    def _shape(self, schema: Node, above: tuple[str, ...] = ()) -> Shape:
        """A schema as the shape of a sample of it; a property of any type tells no type.

        above: the schemas around it; one that holds itself is shown once, without what is inside.
        """
        schema = self._resolve(schema)
        kind = _kind(schema)[0] or "null"
        shape = Shape(kind=kind, at=place(schema))
        if schema.pointer in above or len(above) > 12:
            return shape
        inner = (*above, schema.pointer)
        if kind == "array" and schema.has("items"):
            shape.items = [self._shape(schema.get("items"), inner)]
        for part in schema.get("allOf").each():
            shape.members |= self._shape(part, inner).members
        required = {str(node.value) for node in schema.get("required").each()}
        for name, node in schema.get("properties").items():
            member = self._shape(node, inner)
            member.at, member.declared = place(node), self._field(name, node, node)
            member.declared.required = name in required
            shape.members[name] = member
        return shape

    def _properties(self, schema: Node, depth: int) -> dict[str, VendorField]:
        found: dict[str, VendorField] = {}
        if depth > 5:
            return found
        for part in schema.get("allOf").each():
            found |= self._properties(self._resolve(part), depth + 1)
        required = {str(node.value) for node in schema.get("required").each()}
        for name, node in schema.get("properties").items():
            found[name] = self._field(name, node, node)
            found[name].required = name in required
        return found

    def _field(self, name: str, schema: Node, owner: Node) -> VendorField:
        at, schema = place(owner), self._resolve(schema)
        kind, nullable = _kind(schema)
        items = self._resolve(schema.get("items"))
        _, since, _ = take_since(owner.text("description"))
        enum = schema.get("enum")
        words = owner.get("x-trunkline")
        return VendorField(
            name=name,
            type=kind,
            at=at,
            format=schema.text("format") or None,
            items=_kind(items)[0] or None if kind == "array" else None,
            nullable=nullable,
            enum=tuple(_spelled(node) for node in enum.each() if node.value is not None)
            if enum.present
            else None,
            since=since or words.text("since") or None,
        )

    def _resolve(self, node: Node) -> Node:
        for _ in range(50):
            reference = node.get("$ref").value
            if not isinstance(reference, str):
                return node
            target = self._root if reference.startswith("#/") else self._root.get(reference)
            for part in reference.removeprefix("#/").split("/") if reference.startswith("#/") else ():
                target = target.get(unescape(part))
            if not target.present:
                self._strange(node, reference, "this reference leads nowhere in the document")
                return target
            node = target
        self._strange(node, node.text("$ref"), "this reference leads back to itself")
        return node

    def _strange(self, node: Node, text: str, reason: str) -> None:
        entry = Unplaced(place(node), text, reason)
        if entry not in self._document.unplaced:
            self._document.unplaced.append(entry)


def _listed(node: Node, revisions: Node) -> NameList:
    """A list in the words of this project, so that a spec of ours can be the document."""
    from codegen.vendor.document import ListedName

    found = NameList(at=place(node))
    entries = node.items() if node.is_object else ((str(n.value), n) for n in node.each())
    for name, entry in entries:
        verbs = tuple(str(verb.value) for verb in entry.each()) if entry.is_array else ()
        found.names[name] = ListedName(name, place(entry), revisions.text(name) or None, verbs)
    return found


def _kind(schema: Node) -> tuple[str, bool]:
    kind = schema.get("type").value
    nullable = schema.flag("nullable")
    if isinstance(kind, list):
        named = [str(entry) for entry in kind if entry != "null"]
        return (named[0] if len(named) == 1 else ""), nullable or "null" in kind
    if isinstance(kind, str):
        return kind, nullable
    return ("object" if schema.has("properties") or schema.has("allOf") else ""), nullable


def _spelled(node: Node) -> str:
    return node.value if isinstance(node.value, str) else node.spelled()


def _sample(media: Node) -> Shape | None:
    """The first example of a media type."""
    example = media.get("example")
    if not example.present:
        named = [node.get("value") for _, node in media.get("examples").items()]
        example = named[0] if named else example
    if not example.present:
        return None
    value = example.value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            return None
    return shape_of(value, place(example))
