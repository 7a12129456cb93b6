"""Small documents in the intermediate form, as a reader would hand them over."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from codegen.ir import (
    AuthIR,
    BodyIR,
    Document,
    EnumIR,
    FieldIR,
    ListOf,
    Literals,
    MapOf,
    ModelIR,
    Nullable,
    OperationIR,
    PagingIR,
    ParameterIR,
    Place,
    Ref,
    ResponseIR,
    Scalar,
    Type,
    UnionOf,
)

Generated = Callable[[Document], ModuleType]
"""What the fixture `generated` gives: render, import."""

SPEC = "specs/shop/openapi.yaml"


def place(pointer: str = "/paths/~1things") -> Place:
    """Somewhere in the spec."""
    return Place(SPEC, pointer, 7)


def field(name: str, kind: Type | None = None, **more: Any) -> FieldIR:
    """A field whose wire name is its own."""
    return FieldIR(**{"name": name, "wire": name, "type": kind or Scalar("string"), "place": place(), **more})


def model(name: str, *fields: FieldIR, **more: Any) -> ModelIR:
    """A model whose wire name is its own."""
    return ModelIR(**{"name": name, "wire_name": name, "fields": list(fields), "place": place(), **more})


def parameter(name: str, kind: Type | None = None, **more: Any) -> ParameterIR:
    """A query parameter whose wire name is its own."""
    base = {
        "name": name,
        "wire": name,
        "location": "query",
        "type": kind or Scalar("string"),
        "place": place(),
    }
    return ParameterIR(**{**base, **more})


def response(content: Type | None, status: str = "200", **more: Any) -> ResponseIR:
    """A JSON response."""
    base = {
        "status": status,
        "media_type": "application/json",
        "kind": "json" if content else "none",
        "type": content,
    }
    return ResponseIR(**{**base, "place": place(), **more})


def operation(resource: str, method: str, **more: Any) -> OperationIR:
    """A GET without parameters."""
    base: dict[str, Any] = {
        "resource": tuple(resource.split(".")),
        "method": method,
        "operation_id": f"{resource}_{method}",
        "title": f"{method} {resource}".capitalize(),
        "http_method": "GET",
        "path": f"/{resource}",
        "place": place(f"/paths/~1{resource}/get"),
    }
    return OperationIR(**{**base, **more})


def document(*operations: OperationIR, **more: Any) -> Document:
    """A document of these operations."""
    base: dict[str, Any] = {
        "file": SPEC,
        "kind": "openapi-3.1",
        "title": "Shop",
        "version": "1.2",
        "operations": list(operations),
        "counts": {"operations": len(operations)},
        "inputs": {SPEC: "0" * 64},
    }
    return Document(**{**base, **more})


def shop() -> Document:
    """One of everything: paging with filters, JSON Patch, nested resources, unions, forms, binary bodies."""
    thing = model(
        "Thing",
        field("thing_id", Scalar("integer"), wire="thingID"),
        field("status", Ref("Status"), description="Where it stands"),
        field("price", Scalar("decimal"), provenance="inferred"),
        field("seen", Nullable(Scalar("date-time")), since="2.06"),
        field("born", Scalar("date", "date-mdy"), required=True),
        field("secret_key", wire="secretKey", sensitive=True),
        field("tags", ListOf(Scalar("string"))),
        field("parts", MapOf(ListOf(Ref("Thing")))),
        field("odd", Literals(("a", 1, None))),
        description="A thing for sale.",
        in_response=True,
    )
    new_thing = model(
        "ThingCreate",
        field("name", required=True),
        field("note", Nullable(Scalar("string"))),
        field("count", Scalar("integer"), default=1),
        field("pet", UnionOf((Ref("Thing"), Ref("Empty")), "kind", (("t", "Thing"), ("e", "Empty")))),
        field("free", Scalar("any")),
        field("open", Nullable(UnionOf((Scalar("time"), Scalar("any"))))),
        in_request=True,
    )
    status = EnumIR(
        name="Status",
        wire_name="Status",
        base="str",
        members=[("IN_STOCK", "In stock"), ("GONE", "Gone")],
        place=place("/components/schemas/Status"),
    )
    level = EnumIR(name="Level", wire_name="Level", base="int", members=[("LOW", 1)], place=place())
    odata = [
        parameter("count", Scalar("boolean"), wire="$count"),
        parameter("filter", wire="$filter", description="What to find."),
        parameter("order_by", wire="$orderby"),
        parameter("select", ListOf(Scalar("string")), wire="$select", explode=False),
        parameter("top", Scalar("integer"), wire="$top", default=100),
    ]
    one = parameter("thing_id", Scalar("integer"), wire="thingID", location="path", required=True)
    return document(
        operation(
            "thing",
            "search",
            parameters=odata,
            paging=PagingIR(row_type=Ref("Thing"), top="$top"),
            responses=[response(ListOf(Ref("Thing")))],
            filterable=("thingID", "status", "born"),
            sortable=("thingID", "price"),
            filter_types={"thingID": Scalar("integer"), "status": Ref("Status"), "born": Scalar("date")},
            idempotency="safe",
            since="1.13",
            route_provenance="inferred",
            request_provenance="inferred",
        ),
        operation(
            "thing",
            "get",
            path="/thing/{thingID}",
            parameters=[
                one,
                parameter("level", Ref("Level")),
                parameter("x_trace", wire="X-Trace", location="header"),
            ],
            responses=[response(Ref("Thing")), response(None, "404", description="no such thing")],
            idempotency="safe",
            auth=("basic",),
        ),
        operation(
            "thing",
            "update",
            http_method="PATCH",
            parameters=[one],
            body=BodyIR(
                media_type="application/json", kind="json", type=None, is_json_patch=True, place=place()
            ),
            responses=[response(None, "204")],
            patchable={"status": ("replace",), "secretKey": ("add", "remove")},
            patch_types={"status": Ref("Status")},
        ),
        operation(
            "thing",
            "create",
            http_method="POST",
            body=BodyIR(
                media_type="application/json",
                kind="json",
                type=Ref("ThingCreate"),
                required=True,
                place=place(),
            ),
            responses=[response(Ref("Thing"), "201"), response(Ref("Empty"), "202")],
        ),
        operation(
            "thing.files",
            "upload",
            http_method="POST",
            parameters=[one],
            body=BodyIR(media_type="multipart/form-data", kind="multipart", type=None, place=place()),
            responses=[response(None, kind="binary", media_type="application/pdf")],
            deprecated=True,
        ),
        models=[thing, new_thing, model("Empty", in_response=True)],
        enums=[status, level],
        auth=[AuthIR(name="basic", kind="basic", place=place())],
        servers={"production": "https://api.example.com"},
    )
