"""An endpoint: its parameters, its body, its responses, and how it is called."""

from __future__ import annotations

from typing import Any, Literal

from attrs import define, field, frozen

from codegen.ir.places import Place
from codegen.ir.schemas import FieldIR, Provenance
from codegen.ir.types import Type

BodyKind = Literal["json", "form", "multipart", "text", "binary", "any", "none"]
"""How content is written and read; "any": by the Content-Type of the response, which is not documented."""
Requirement = tuple[str | tuple[str, ...], ...]
"""Alternatives of security: each is one scheme, or several that are required together."""


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
