"""The description of one endpoint, as generated code states it and the runtime obeys it.

An `Operation` is data only: no I/O, no import of models. Types stand as text and are resolved in the
package's models module at first use, so that importing a client stays cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

from attrs import field, frozen

from trunkline.model import Provenance

T_co = TypeVar("T_co", covariant=True)

Idempotency = Literal["safe", "idempotent", "unsafe"]
Kind = Literal["json", "form", "multipart", "text", "binary", "none"]
Location = Literal["path", "query", "header", "cookie"]


@frozen(kw_only=True)
class Param:
    """One parameter: its wire name, its Python name and how its value is written.

    type: a Python type expression, `int`, `str`, `bool`, `datetime.date`, `list[str]` …, resolved like
        `Operation.response`. style and explode are OpenAPI's words; `deep_object` stands for deepObject.
    """

    wire: str
    name: str
    type: str = "str"
    required: bool = False
    style: Literal["simple", "form", "label", "matrix", "spaceDelimited", "pipeDelimited", "deepObject"] = (
        "form"
    )
    explode: bool = True
    default: Any = None
    format: str | None = None
    allow_reserved: bool = False
    sensitive: bool = False
    provenance: Provenance = "documented"
    since: str | None = None


@frozen(kw_only=True)
class Body:
    """The request body: one media type and the Python type it is written from."""

    media_type: str = "application/json"
    kind: Kind = "json"
    type: str = "Any"
    required: bool = True


@frozen(kw_only=True)
class ResponseSpec:
    """One documented response. status: "200", "2XX" or "default"; type None means no content."""

    status: str = "200"
    media_type: str = "application/json"
    kind: Kind = "json"
    type: str | None = None


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


@frozen(kw_only=True)
class Origin:
    """Provenance of the three parts of an operation."""

    route: Provenance = "documented"
    request: Provenance = "documented"
    response: Provenance = "documented"


@frozen(kw_only=True)
class Bulk:
    """A method that answers many keys at once. single: the operation it coalesces ("orders.monitor");
    parameter: wire name of the list parameter; key: wire name of the row field that says whose row it is."""

    single: str
    parameter: str
    key: str


@frozen(kw_only=True, eq=False)
class Operation(Generic[T_co]):
    """Everything the runtime needs to know of one endpoint; `T_co` is what a call returns.

    api: "idi"; id: "device.get" (resource.method, also the key of `Client(routes=…)`).
    path: the template as on the wire, "/api/device/{deviceID}", below the client's base URL.
    namespace: module in which `response` and parameter types are resolved.
    response: type expression of the successful JSON answer, None for no content; for a paged operation the
        rows have `paging.row_type`. responses: every documented response, success and error.
    auth: names of the security schemes that apply; empty means none, None means the client's default.
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
    body: Body | None = None
    response: str | None = None
    responses: tuple[ResponseSpec, ...] = ()
    paging: Paging | None = None
    bulk: Bulk | None = None
    idempotency: Idempotency = "unsafe"
    filterable: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    patchable: Mapping[str, tuple[str, ...]] = field(factory=dict)
    auth: tuple[str, ...] | None = None
    since: str | None = None
    deprecated: bool = False
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
