"""Arguments for a generated method, out of the document where it says something, else out of the type."""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

import attrs

from tests.codegen.smoke.deals import Deal
from trunkline import odata
from trunkline._codec.annotations import is_model, members, model_fields, origin
from trunkline._codec.codec import Codec
from trunkline.jsonpatch import Patch
from trunkline.model import Unset
from trunkline.operation import Operation, Param

_CODEC = Codec()
_ODATA = ("$filter", "$orderby")


def typed(op: Operation[Any], expression: str, value: Any) -> Any:
    """A JSON value as the Python value that the type expression asks for."""
    reading = attrs.evolve(op, response=expression, responses=(), paging=None)
    return _CODEC.decode(reading, json.dumps(value).encode())


def arguments(op: Operation[Any], deal: Deal, body: Any) -> dict[str, Any]:
    """Keyword arguments of one call: every parameter that the document gives a value for."""
    told = {(t.location, t.name): t.value for t in deal.parameters}
    given: dict[str, Any] = {}
    for location in ("path", "query", "header", "cookie"):
        for param in getattr(op, f"{location}_params"):
            if param.wire in _ODATA:
                if param.required:
                    raw = odata.raw("a eq 1")
                    given[param.name] = raw
                continue
            value = told.get((location, param.wire))
            if value is not None:
                value = typed(op, param.type, value)
            elif param.required or not told:
                value = made(_CODEC.type_of(op, param.type), param=param)
            if value is not None:
                given[param.name] = _for_path(value) if location == "path" else value
    if op.body is not None:
        given |= _body(op, body)
    return given


def _for_path(value: Any) -> Any:
    """Examples of a path parameter may be empty, which the client refuses."""
    if isinstance(value, str):
        return value or "empty"
    return value or "empty" if isinstance(value, list) else value


def _body(op: Operation[Any], value: Any) -> dict[str, Any]:
    assert op.body is not None
    if op.patchable:
        raise NotImplementedError("patches of the shipped APIs have their own tests")
    if op.body.kind == "text":
        return {"body": value if isinstance(value, str) else "some text"}
    if op.body.kind == "binary":
        return {"body": b"\x00\x01\x02"}
    if "json-patch" in op.body.media_type and op.body.type == "Any":
        return {"body": [{"op": "replace", "path": "/name", "value": "x"}]}
    if value is None:
        return {"body": made(_CODEC.type_of(op, op.body.type))}
    return {"body": typed(op, op.body.type, value)}


def made(tp: Any, depth: int = 0, param: Param | None = None) -> Any:
    """Some value of a Python type."""
    options = [m for m in members(tp) if m not in (type(None), Unset)]
    first = options[0] if options else type(None)
    plain: dict[Any, Any] = {
        str: "text", int: 1, float: 1.5, bool: True, bytes: b"\x00\x01", Decimal: Decimal("1.50"),
        datetime.date: datetime.date(2026, 1, 31), datetime.time: datetime.time(10, 20),
        datetime.datetime: datetime.datetime(2026, 1, 31, 10, 20, tzinfo=datetime.UTC), Any: "anything",
    }  # fmt: skip
    if first in plain:
        return plain[first]
    if isinstance(first, type) and issubclass(first, enum.Enum):
        return next(iter(first))
    if origin(first) is list:
        return [made(get_args(first)[0], depth + 1)] if depth < 5 else []
    if origin(first) is dict:
        return {"aKey": made(get_args(first)[1], depth + 1)} if depth < 5 else {}
    if is_model(first):
        wanted = [f for f in model_fields(first) if depth < 4 or f.default is attrs.NOTHING]
        return first(**{f.alias: made(f.type, depth + 1) for f in wanted})
    if isinstance(first, type) and issubclass(first, Patch | Mapping):
        return [{"op": "replace", "path": "/a", "value": 1}]
    return "anything"
