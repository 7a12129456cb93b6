"""The description of one endpoint, as generated code states it and the runtime uses it.

An `Operation` is data only: no I/O, no import of models. Types are given as text and are resolved in the
package's models module at first use, so that importing a client stays cheap.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

from attrs import field, frozen

from trunkline import _deferred
from trunkline.model import Provenance, WireForm

T_co = TypeVar("T_co", covariant=True)

Idempotency = Literal["safe", "idempotent", "unsafe"]
Kind = Literal["json", "form", "multipart", "text", "binary", "any", "none"]
Style = Literal[
    "simple", "form", "label", "matrix", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"
]
Location = Literal["path", "query", "header", "cookie"]


@frozen(kw_only=True)
class Param:
    """One parameter: its wire name, its Python name and how its value is written.

    type: a Python type expression, `int`, `str`, `bool`, `datetime.date`, `list[str]` …, resolved like
        `Operation.response`. style and explode are OpenAPI's words; tabDelimited is Swagger's `tsv`.
    format: "json" for a value that is written as JSON text. fixed: the one possible value of a required
        parameter, sent where the caller gives none.
    """

    wire: str
    name: str
    type: str = "str"
    required: bool = False
    style: Literal[
        "simple", "form", "label", "matrix", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"
    ] = "form"
    explode: bool = True
    default: Any = None
    format: str | None = None
    allow_reserved: bool = False
    fixed: Any = None
    sensitive: bool = False
    provenance: Provenance = "documented"
    since: str | None = None


@_deferred.frozen
class File(WireForm):
    """A file for a form, or a whole body: its content, and what is sent about it.

    name: file name, by whose ending many servers decide (RFC 7578, section 4.2); the field's name if empty.
    type: media type; that of the document, or application/octet-stream, if empty.
    """

    name: str = ""
    data: bytes = field(default=b"", repr=False)
    type: str = ""

    def to_wire(self) -> str:
        """The content in base64, as JSON holds bytes."""
        return base64.b64encode(self.data).decode()


@_deferred.frozen(kw_only=True)
class Encoding:
    """How one field of a form is written, where it is not the plain way (OpenAPI 3.1, section 4.8.15).

    style, explode, allow_reserved: as of a query parameter, for application/x-www-form-urlencoded.
    content_type: of the field's part, for multipart/form-data.
    """

    style: str = ""
    explode: bool = True
    allow_reserved: bool = False
    content_type: str = ""


@frozen(kw_only=True)
class Body:
    """The request body: one media type and the Python type it is written from.

    encoding: by wire name of the form's field. files: wire names of the fields that are files; None where the
        document does not describe the fields, so that all bytes are files.
    others: further media types; the first whose type is that of the given value is sent.
    """

    media_type: str = "application/json"
    kind: Kind = "json"
    type: str = "Any"
    required: bool = True
    encoding: Mapping[str, Encoding] = field(factory=dict)
    files: tuple[str, ...] | None = None
    others: tuple[Body, ...] = ()


@frozen(kw_only=True)
class ResponseSpec:
    """One documented response in one media type.

    status: "200", "2XX" or "default". kind "any" is read by its Content-Type. type None: no content.
    asked: whether the client accepts it by name; others are handed over as they are, should they come.
    """

    status: str = "200"
    media_type: str = "application/json"
    kind: Kind = "json"
    type: str | None = None
    asked: bool = True


@frozen(kw_only=True)
class Paging:
    """How a collection continues.

    rows: wire key of the row list. next_link: wire keys that may hold the opaque link to the next page, in
    order of preference. count: keys that may hold the total. skip_token, skip, top: query parameter names,
    None where the operation has none.
    """

    kind: Literal["odata", "next_link", "offset", "cursor", "page"] = "odata"
    rows: str = "value"
    row_type: str = "Any"
    next_link: tuple[str, ...] = ("@odata.nextLink", "@nextLink")
    count: tuple[str, ...] = ("@odata.count", "@count")
    skip_token: str | None = None
    skip: str | None = None
    top: str | None = None


@_deferred.frozen
class Server:
    """The base URL that one operation has of its own.

    instead_of: the base URLs of the document. A client that was given another one (a sandbox, a proxy) sends
        this operation there as well.
    """

    url: str
    instead_of: tuple[str, ...] = ()


@frozen(kw_only=True)
class Origin:
    """Provenance of the three parts of an operation."""

    route: Provenance = "documented"
    request: Provenance = "documented"
    response: Provenance = "documented"


@_deferred.frozen(kw_only=True)
class Bulk:
    """A method that takes many keys at once. single: the operation it coalesces ("orders.monitor");
    parameter: wire name of the list parameter; key: wire name of the row field that holds the row's key."""

    single: str
    parameter: str
    key: str


# Identity and not equality: operations are keys of the client's tables, and hashing thirty fields for
# each call would be slow.
@frozen(kw_only=True, eq=False)
class Operation(Generic[T_co]):
    """Everything the runtime needs to know of one endpoint; `T_co` is what a call returns.

    api: "idi"; id: "device.get" (resource.method, also the key of `Client(routes=…)`).
    path: the template as on the wire, "/api/device/{deviceID}", below the client's base URL.
    namespace: module in which `response` and parameter types are resolved.
    response: type expression of the successful JSON response, None for no content; for a paged operation the
        rows have `paging.row_type`. responses: every documented response, success and error.
    auth: alternatives, each the name of a security scheme or a tuple of those that are wanted together; an
        empty tuple among them makes the others optional. Empty means none, None the client's default.
    server: the base URL of this operation alone.
    content_type: the header of a request without a body, where the vendor asks for it; "" sends none.
    former: ids that it had before, which work for a release, with a DeprecationWarning.
    source: spec file and JSON pointer.
    """

    api: str
    id: str
    title: str
    method: str
    path: str
    namespace: str
    path_params: tuple[Param, ...] = ()
    query_params: tuple[Param, ...] = ()
    header_params: tuple[Param, ...] = ()
    cookie_params: tuple[Param, ...] = ()
    content_type: str = ""
    body: Body | None = None
    response: str | None = None
    responses: tuple[ResponseSpec, ...] = ()
    paging: Paging | None = None
    bulk: Bulk | None = None
    idempotency: Idempotency = "unsafe"
    filterable: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    patchable: Mapping[str, tuple[str, ...]] = field(factory=dict)
    auth: tuple[str | tuple[str, ...], ...] | None = None
    server: Server | None = None
    since: str | None = None
    deprecated: bool = False
    former: tuple[str, ...] = ()
    provenance: Origin = Origin()
    source: str = ""
    function: str = ""
    """`module:Class.method` of the generated coroutine."""

    @property
    def name(self) -> str:
        """`api.id`, "idi.device.get", as errors and events state it."""
        return f"{self.api}.{self.id}"

    def __repr__(self) -> str:
        return f"<Operation {self.name} {self.method} {self.path}>"


def operation_named(operations: Mapping[str, Operation[Any]], id: str) -> Operation[Any] | None:
    """The operation of an id, or of one that it had before, which is warned of; None where there is none."""
    found = operations.get(id)
    if found is None:
        found = next((op for op in operations.values() if id in op.former), None)
        if found is not None:
            warn_of_former_name(id, found.id, stacklevel=3)
    return found


def warn_of_former_name(former: str, now: str, stacklevel: int = 2) -> None:
    """Warn that an operation has another name now; the old one goes with a later release."""
    text = f"{former} is called {now} now; the old name goes with a later release"
    warnings.warn(text, DeprecationWarning, stacklevel=stacklevel + 1)
