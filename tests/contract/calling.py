"""Calls that follow the specs: what a spec requires now is filled in, what it no longer has is left out.

The sandbox is written by hand after the spec. `served.json` has a digest of each operation as it serves it;
one that the vendor has changed since is called against a mock of the spec, until the sandbox follows.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any

import attrs

from tests.codegen.smoke.arguments import made
from tests.contract.served import is_served, moved
from trunkline._codec.annotations import model_fields
from trunkline._codec.codec import Codec
from trunkline.client import Pager
from trunkline.jsonpatch import Patch
from trunkline.operation import Operation
from trunkline.testing import mock_api

_CODEC = Codec()
_used: list[Operation[Any]] = []
"""Operations called since the last check began."""


def filled(model: type[Any], **known: Any) -> Any:
    """A body with these fields, as far as there are such, and something in every other required one."""
    fields = {field.alias: field for field in model_fields(model)}
    values = {name: value for name, value in known.items() if name in fields}
    for name, field in fields.items():
        if name not in values and field.default is attrs.NOTHING:
            values[name] = made(field.type)
    return model(**values)


def patch(builder: type[Patch], **steps: Any) -> Any:
    """A patch of the steps that the builder has, `remove_pin=None`; of its first one where none is left."""
    found: Any = builder()
    known = {name: value for name, value in steps.items() if hasattr(found, name)}
    if not known:
        name = next(name for name in vars(builder) if re.match(r"(?:replace|add|remove)_", name))
        known = {name: None if name.startswith("remove_") else 1}
    for name, value in known.items():
        found = getattr(found, name)(*([] if name.startswith("remove_") else [value]))
    return found


def called(client: Any, operation_id: str, *bodies: Any, **known: Any) -> Awaitable[Any]:
    """Call an operation with these arguments, as far as it takes them, and something for each further one."""
    op: Operation[Any] = client.operations[operation_id]
    _used.append(op)
    method = client
    for part in operation_id.split("."):
        method = getattr(method, part)
    takes = inspect.signature(method).parameters
    values = {name: value for name, value in known.items() if name in takes}
    for param in (*op.path_params, *op.query_params, *op.header_params):
        if param.required and param.name not in values:
            values[param.name] = made(_CODEC.type_of(op, param.type), param=param)
    if op.body is not None and not op.patchable and not bodies and "body" in takes and "body" not in values:
        values["body"] = made(_CODEC.type_of(op, op.body.type))
    if "patch" in takes and "patch" not in values:
        values["patch"] = [{"op": "replace", "path": f"/{next(iter(op.patchable))}", "value": 1}]
    result: Awaitable[Any] = method(*bodies, **values)
    return result


async def check(client: Any, operation_id: str, call: Callable[[], Awaitable[Any]], kind: Any) -> None:
    """Call an operation and hold its response to the spec.

    call: makes the call against the sandbox, with those that it needs before. kind: the client's class, for a
    mock where the vendor has changed the operation, or one that comes before it.
    """
    op = client.operations[operation_id]
    assert is_served(op), f"write `served.json` anew: {op.name} is not in it"
    _used.clear()
    if not moved(op):
        try:
            request = call()
            reply = await request
            if isinstance(request, Pager) or isinstance(reply, list):
                rows = reply if isinstance(reply, list) else reply.rows
                assert rows, "no rows"
                reply = rows[0]
            assert_typed(reply, op)
            return
        except Exception:
            if not any(map(moved, _used)):
                raise
    with mock_api(kind):
        await called(client, operation_id)


def assert_typed(reply: Any, op: Operation[Any]) -> None:
    """The response is what the spec names, with something in it and nothing beyond it."""
    expected = str(op.paging.row_type if op.paging is not None else op.response)
    if expected in ("Any", "None"):
        assert reply is None
        return
    assert re.search(rf"\b{type(reply).__name__}\b", expected), (type(reply), expected)
    assert not reply.extra, f"the sandbox sends fields that the spec lacks: {sorted(reply.extra)}"
    assert any(value is not None for value in attrs.astuple(reply, recurse=False))
