"""A document, read: operations, models and enums with every decision made, nothing rendered.

All Python names are final here: unique, legal, snake_case. Text of the document (descriptions, titles, enum
values, wire names) is untrusted and is only quoted by the renderer.
"""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field, frozen

from codegen.ir.types import Type

Provenance = Literal["documented", "release-notes", "observed", "inferred"]
BodyKind = Literal["json", "form", "multipart", "text", "binary", "any", "none"]
"""How content is written and read; "any": by the Content-Type of the response, which is not documented."""
Severity = Literal["gap", "note"]
Requirement = tuple[str | tuple[str, ...], ...]
"""Alternatives of security: each is one scheme, or several that are required together."""


@frozen
class Place:
    """A position in a document. file: as the user named it; pointer: RFC 6901; line: from 1."""

    file: str
    pointer: str
    line: int | None = None


@frozen
class Gap:
    """Something of the document that is not in the package as written, and why.

    severity "gap" makes the exit status 3; "note" is reported but harmless (an ignored script, say).
    what: "operation", "parameter", "body", "response", "schema", "property", "auth", "script" …
    dropped: the thing is absent from the package (and not merely written differently), so that
        `Document.counts[what]` = what the package holds + the dropped ones.
    """

    place: Place
    what: str
    reason: str
    # A finding is a gap unless it is marked as harmless: a forgotten argument then costs an exit
    # status, and nothing is lost in silence.
    severity: Severity = "gap"
    dropped: bool = False


@frozen
class Problem:
    """A document error that makes generation impossible; all are collected before raising `SpecError`."""

    place: Place
    message: str


# -- named schemas ---------------------------------------------------------------------------------


@define(kw_only=True)
class FieldIR:
    """One property of a model. `name` is the Python name, `wire` the JSON name.

    format: how the value is written where the type does not determine it, for the field's metadata.
    """

    name: str
    wire: str
    type: Type
    format: str | None = None
    required: bool = False
    description: str = ""
    default: Any = None
    sensitive: bool = False
    read_only: bool = False
    write_only: bool = False
    provenance: Provenance = "documented"
    since: str | None = None
    place: Place


@define(kw_only=True)
class ModelIR:
    """An object schema, allOf already folded in. in_request: reachable from a request body or parameter.

    additional: type of keys beyond the fields; None means "open, kept in extra", False "forbidden".
    is_headers: whether the fields are headers of responses and not keys of an object.
    """

    name: str
    wire_name: str
    description: str = ""
    fields: list[FieldIR] = field(factory=list)
    additional: Type | Literal[False] | None = None
    in_request: bool = False
    in_response: bool = False
    is_headers: bool = False
    provenance: Provenance = "documented"
    place: Place


@define(kw_only=True)
class EnumIR:
    """A string or integer enum; members are (Python name, value), values unique."""

    name: str
    wire_name: str
    base: Literal["str", "int"]
    # Pairs in the document's order, which the generated class keeps.
    members: list[tuple[str, str | int]]
    description: str = ""
    place: Place


@define(kw_only=True)
class AliasIR:
    """A named schema rendered as a type alias: an array, a scalar, a map or a union."""

    name: str
    wire_name: str
    type: Type
    description: str = ""
    place: Place


# -- operations ------------------------------------------------------------------------------------


@define(kw_only=True)
class ParameterIR:
    """A path, query, header or cookie parameter."""

    name: str
    wire: str
    location: Literal["path", "query", "header", "cookie"]
    type: Type
    required: bool = False
    # `form` with `explode` is the default of a query parameter (OpenAPI, Parameter Object). Readers set
    # the values of other locations.
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    format: str | None = None
    """"json" for a value that is written as JSON text (OpenAPI's `content` instead of `schema`)."""
    # It is still a parameter in the document, but the caller has no choice, so the renderer writes the
    # value.
    fixed: Any = None
    """The one value that a required parameter can have."""
    default: Any = None
    description: str = ""
    sensitive: bool = False
    provenance: Provenance = "documented"
    since: str | None = None
    place: Place


@frozen
class EncodingIR:
    """See `trunkline.operation.Encoding`."""

    style: str = ""
    explode: bool = True
    allow_reserved: bool = False
    content_type: str = ""


@define(kw_only=True)
class BodyIR:
    """The chosen request body. media types not chosen are reported.

    encoding: by wire name of a form's field. files: wire names of the fields that are files, None where the
        fields of a form are not known.
    """

    media_type: str
    kind: BodyKind
    type: Type | None
    required: bool = False
    is_json_patch: bool = False
    # Only what differs from the plain way is listed (OpenAPI, Encoding Object); most forms have an
    # empty map.
    encoding: dict[str, EncodingIR] = field(factory=dict)
    # None and () differ: with None any field may be a file, with () none is.
    files: tuple[str, ...] | None = None
    others: list[BodyIR] = field(factory=list)
    """Further media types; the value that a caller gives selects one."""
    description: str = ""
    place: Place

    @property
    def choices(self) -> list[BodyIR]:
        """All media types, the first one included."""
        return [self, *self.others]


@frozen(kw_only=True)
class ContentIR:
    """One media type of a response. asked: whether the client asks for it; a server may send others, too."""

    media_type: str
    kind: BodyKind
    type: Type | None
    asked: bool = True


@define(kw_only=True)
class ResponseIR:
    """One documented response; type None means no content.

    others: further media types, of other kinds than the first; the Content-Type of a response selects one.
    """

    status: str
    media_type: str
    kind: BodyKind
    type: Type | None
    others: list[ContentIR] = field(factory=list)
    headers: list[FieldIR] = field(factory=list)
    description: str = ""
    place: Place

    @property
    def contents(self) -> list[ContentIR]:
        """All media types, the first one included."""
        return [ContentIR(media_type=self.media_type, kind=self.kind, type=self.type), *self.others]


@define(kw_only=True)
class PagingIR:
    """See `trunkline.operation.Paging`; row_type is the item type."""

    kind: str = "odata"
    rows: str = "value"
    row_type: Type
    next_link: tuple[str, ...] = ("@odata.nextLink", "@nextLink")
    count: tuple[str, ...] = ("@odata.count", "@count")
    skip_token: str | None = None
    skip: str | None = None
    top: str | None = None


@define(kw_only=True)
class BulkIR:
    """See `trunkline.operation.Bulk`."""

    single: str
    parameter: str
    key: str


@define(kw_only=True)
class OperationIR:
    """One endpoint. resource: dotted Python names for nested folders, ("orders",) or ("box", "files").

    filter_types: wire name of every filterable or sortable field -> its type in the row schema.
    patch_types: wire name of every patchable field -> its type.
    """

    resource: tuple[str, ...]
    method: str
    operation_id: str
    title: str
    description: str = ""
    http_method: str
    path: str
    parameters: list[ParameterIR] = field(factory=list)
    body: BodyIR | None = None
    responses: list[ResponseIR] = field(factory=list)
    headers: str | None = None
    """The class of the headers that its responses are documented to have."""
    paging: PagingIR | None = None
    bulk: BulkIR | None = None
    # The default is the careful one: an operation of which nothing is known is never sent twice.
    idempotency: Literal["safe", "idempotent", "unsafe"] = "unsafe"
    content_type_header: bool = False
    filterable: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    filter_types: dict[str, Type] = field(factory=dict)
    patchable: dict[str, tuple[str, ...]] = field(factory=dict)
    patch_types: dict[str, Type] = field(factory=dict)
    revisions: dict[str, dict[str, str]] = field(factory=dict)
    """Vendor revision of single names: {"filterable": {"customerID": "2.20"}, "patchable": …}."""
    auth: Requirement | None = None
    server: str | None = None
    """A base URL of its own; see `Document.base_urls`."""
    since: str | None = None
    deprecated: bool = False
    former: tuple[str, ...] = ()
    """Former names of the method, which stay callable."""
    route_provenance: Provenance = "documented"
    request_provenance: Provenance = "documented"
    response_provenance: Provenance = "documented"
    place: Place


@define(kw_only=True)
class AuthIR:
    """A security scheme. kind: what class of `trunkline.auth` serves it; "custom" is reported.

    location/parameter: for apiKey; token_url/scopes: for OAuth2 client credentials.
    """

    name: str
    kind: Literal["basic", "bearer", "api_key", "oauth2_client_credentials", "custom"]
    location: Literal["header", "query", "cookie"] | None = None
    parameter: str | None = None
    token_url: str | None = None
    scopes: tuple[str, ...] = ()
    description: str = ""
    place: Place


@frozen
class ServerVariable:
    """A variable of a base URL. default: None where it must be given; values: all that are allowed, or ()."""

    name: str
    wire: str
    default: str | None
    values: tuple[str, ...] = ()
    description: str = ""


@frozen
class ServerTemplate:
    """A base URL as the document writes it, `{variables}` and all. name: as in `Document.servers`."""

    name: str
    url: str
    variables: tuple[ServerVariable, ...] = ()


@define(kw_only=True)
class Document:
    """A whole document, read. counts: what the document holds, by kind, for the report to add up to."""

    file: str
    kind: Literal["swagger-2.0", "openapi-3.0", "openapi-3.1", "postman-2.0", "postman-2.1"]
    title: str
    version: str
    description: str = ""
    servers: dict[str, str] = field(factory=dict)
    """Base URLs with the defaults of their variables filled in."""
    base_urls: tuple[str, ...] = ()
    """Those that operations without a server of their own go to."""
    failure_keys: tuple[str, ...] = ()
    """Keys of an object that reports a failure though its status is a success, if it holds nothing else."""
    templates: list[ServerTemplate] = field(factory=list)
    """The base URLs that have variables."""
    models: list[ModelIR] = field(factory=list)
    enums: list[EnumIR] = field(factory=list)
    aliases: list[AliasIR] = field(factory=list)
    operations: list[OperationIR] = field(factory=list)
    auth: list[AuthIR] = field(factory=list)
    gaps: list[Gap] = field(factory=list)
    counts: dict[str, int] = field(factory=dict)
    definitions: frozenset[tuple[str, str]] = frozenset()
    """File and pointer of every named schema."""
    inputs: dict[str, str] = field(factory=dict)
    """sha256 of every file read, by its name relative to the entry document."""
