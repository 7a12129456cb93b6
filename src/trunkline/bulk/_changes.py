"""A change as an operation takes it: its arguments as JSON for the journal, and back, and the call itself."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import msgspec

from trunkline._callables import check_function
from trunkline._codec.annotations import members, resolve_in_module, without
from trunkline._codec.codec import from_wire, to_wire
from trunkline._wire.bodies import holds_files
from trunkline.client import BaseClient
from trunkline.config import RequestOptions
from trunkline.errors import ArgumentError, ResponseShapeError
from trunkline.jsonpatch import Patch
from trunkline.model import UNSET, Unset
from trunkline.operation import Operation, Param

Arguments = Mapping[str, Any]

# The order is sorted because the journal's digest and its unique target compare bytes. Decimals are
# written as JSON numbers, so an amount keeps its digits.
_json: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
_ONCE: Final = RequestOptions(idempotent=False)
"""Sent once: the client must not repeat a request that may have run, not even a PUT. A repeat would be right
for the values and wrong for the count, and it would hide from the journal that the first one may have run."""


def dump(value: Any) -> bytes:
    """Write JSON with sorted keys, so that equal changes are equal bytes.

    Raises:
        ArgumentError: the value cannot be written as JSON.
    """
    try:
        return _json.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value, sort_keys=True, default=str).encode()
    except (TypeError, msgspec.MsgspecError):
        raise ArgumentError("an argument cannot be written as JSON") from None


class Change(Protocol):
    """How the rows of one run are stored and sent. name: for errors and the journal."""

    name: str
    changes_state: bool

    def encode(self, arguments: Arguments) -> bytes:
        """Return the arguments as JSON. Raises: ArgumentError for one that the operation does not take."""
        ...

    def target(self, stored: bytes) -> str | None:
        """Return a text that is equal for changes of the same object; None where that is not known."""
        ...

    async def send(self, stored: bytes, seen: Mapping[str, Any] | None = None) -> Any:
        """Carry the change out, once. seen: values that a JSON Patch tests first."""
        ...


class FunctionChange:
    """Changes through any coroutine function of keyword arguments; they must be plain JSON values."""

    changes_state = True

    def __init__(self, function: Callable[..., Awaitable[Any]]) -> None:
        self._function = function
        self.name = getattr(function, "__qualname__", type(function).__name__)

    def encode(self, arguments: Arguments) -> bytes:
        return dump(to_wire(dict(arguments)))

    def target(self, stored: bytes) -> str | None:
        return None

    async def send(self, stored: bytes, seen: Mapping[str, Any] | None = None) -> Any:
        return await self._function(**msgspec.json.decode(stored))


class OperationChange:
    """Changes through a method of a generated client, `client.device.update`."""

    def __init__(self, method: Callable[..., Awaitable[Any]], client: BaseClient, op: Operation[Any]) -> None:
        # "any" is a body that the document does not describe: all but bytes goes out as JSON.
        if op.body is not None and op.body.kind not in ("json", "any", "form", "text"):
            raise ArgumentError(f"{op.api}.{op.id}: a {op.body.kind} body cannot be kept in a journal")
        self._method, self.client, self.op = method, client, op
        self.name = f"{op.api}.{op.id}"
        self.changes_state = op.idempotency != "safe"
        self.deletes = op.method == "DELETE"
        self.params: dict[str, Param] = {
            one.name: one for one in (*op.path_params, *op.query_params, *op.header_params, *op.cookie_params)
        }
        self.body_name = "patch" if op.patchable else "body"

    def encode(self, arguments: Arguments) -> bytes:
        given = {name: value for name, value in arguments.items() if value is not UNSET}
        wire: dict[str, Any] = {}
        for name, value in given.items():
            if name == self.body_name and self.op.body is not None:
                if holds_files(value):
                    raise ArgumentError(f"{self.name}: bytes and files cannot be kept in a journal")
                wire[name] = self.client._codec.to_wire(self._typed_body(value), self.op)
            elif name in self.params:
                wire[name] = to_wire(value)
            else:
                known = ", ".join([*self.params, *([self.body_name] if self.op.body else [])])
                raise ArgumentError(f"{self.name} has no argument {name!r}; it has: {known}")
        # Missing arguments are found here and not by the method's own signature: the caller gets them
        # for every row at once, before anything is sent.
        required = [one.name for one in self.params.values() if one.required]
        if self.op.body is not None and self.op.body.required:
            required.append(self.body_name)
        missing = [name for name in required if wire.get(name) is None]
        if missing:
            raise ArgumentError(f"{self.name} also needs {' and '.join(missing)}")
        # What is checked is what is stored and later sent: the check reads the bytes back
        # as a resumed run does.
        stored = dump(wire)
        self._check(stored)
        return stored

    def _typed_body(self, value: Any) -> Any:
        """A body given as a plain mapping or list is read as the operation's type, so that it is checked."""
        if self.op.patchable and isinstance(value, list):
            return patch_of(value)
        if isinstance(value, Mapping | list):
            return self._read_body(dump(to_wire(value)))
        return value

    def _read_body(self, data: bytes) -> Any:
        assert self.op.body is not None  # noqa: S101 -- the callers looked
        tp = without(resolve_in_module(self.op.body.type, self.op.namespace), type(None), Unset)
        if tp is Any or Any in members(tp):
            return msgspec.json.decode(data)
        return _read(tp, data, self.body_name, self.op.body.type)

    def _check(self, stored: bytes) -> None:
        """Build the request without sending it: a wrong type is known before the first row is sent."""
        arguments = self.decode(stored)
        plan = self.client._plans.get(self.op) or self.client._prepared.plan(self.op)
        path, query, headers, cookies = (
            [arguments.get(one.name) for one in group]
            for group in (
                self.op.path_params,
                self.op.query_params,
                self.op.header_params,
                self.op.cookie_params,
            )
        )
        plan.request(path, query, headers, cookies, arguments.get(self.body_name, UNSET))

    def decode(self, stored: bytes) -> dict[str, Any]:
        """Return the arguments as the method takes them."""
        # `Raw` leaves each argument undecoded until its type is known. Decoding to plain values first
        # would turn a decimal into a float.
        raw: dict[str, msgspec.Raw] = msgspec.json.decode(stored, type=dict[str, msgspec.Raw])
        out: dict[str, Any] = {}
        for name, part in raw.items():
            data = bytes(part)
            if name == self.body_name and self.op.body is not None:
                out[name] = (
                    patch_of(msgspec.json.decode(data)) if self.op.patchable else self._read_body(data)
                )
            else:
                tp = without(resolve_in_module(self.params[name].type, self.op.namespace), type(None), Unset)
                out[name] = _read(tp, data, name, self.params[name].type)
        return out

    def target(self, stored: bytes) -> str | None:
        # The path names the object that a request changes (RFC 9110 section 7.1). Without one, two
        # creations with equal bodies may both be wanted.
        if not self.op.path_params:
            return None
        raw = msgspec.json.decode(stored)
        return dump([raw.get(one.name) for one in self.op.path_params]).decode()

    async def send(self, stored: bytes, seen: Mapping[str, Any] | None = None) -> Any:
        arguments = self.decode(stored)
        # The tests are added when the row is sent and are not stored: a resumed run reads the object
        # again and tests what it sees then.
        if seen and self.op.patchable:
            arguments[self.body_name] = tested(arguments[self.body_name], seen)
        return await self._method(**arguments, options=_ONCE)

    def wanted(self, stored: bytes) -> dict[str, Any] | list[Any] | None:
        """Return the values that the change asks for, by wire name; None if the body names none."""
        return wanted_of(self.op, stored)


def wanted_of(op: Operation[Any], stored: bytes) -> dict[str, Any] | list[Any] | None:
    """Return the values that a stored change of this operation asks for, by wire name."""
    body = msgspec.json.decode(stored).get("patch" if op.patchable else "body")
    if op.patchable and isinstance(body, list):
        # A removed field maps to None, as `compare` expects. A `test` asks for no change.
        return {field_of(step["path"]): step.get("value") for step in body if step.get("op") != "test"}
    return body if isinstance(body, dict | list) else None


def _read(tp: Any, data: bytes, name: str, expected: str) -> Any:
    try:
        return from_wire(tp, data)
    except ResponseShapeError as error:
        places = ", ".join(path.removeprefix("$.") for path in error.paths if path != "$")
        raise ArgumentError(f"{name} must be {expected}{f'; see {places}' if places else ''}") from None


def patch_of(steps: list[dict[str, Any]]) -> Patch:
    """Return the patch of JSON Patch steps (RFC 6902); the operation checks fields and verbs.

    Raises:
        ArgumentError: a step is not `{"op", "path", "value"}` with a verb that this library knows.
    """
    patch = Patch()
    for step in steps:
        if not isinstance(step, Mapping) or not {"op", "path"} <= step.keys():
            raise ArgumentError('each step of a patch is {"op": …, "path": …, "value": …}')
        # Building the patch through its own methods escapes the names again, so one place
        # knows the escaping rules.
        verb, name = step["op"], field_of(str(step["path"]))
        if verb == "remove":
            patch = patch.remove(name)
        elif verb in ("add", "replace", "test") and "value" in step:
            patch = getattr(patch, verb)(name, step["value"])
        else:
            raise ArgumentError(
                f"a step of a patch adds, replaces or tests a value, or removes; not {verb!r}"
            )
    return patch


def tested(patch: Patch, seen: Mapping[str, Any]) -> Patch:
    """Return the patch with a `test` of each seen value in front: it is refused if one has changed."""
    tests = Patch()
    for name, value in seen.items():
        tests = tests.test(name, value)
    # RFC 6902 section 3: operations apply in order, so tests in front see the values
    # from before the patch.
    return patch_of([*tests.operations, *patch.operations])


def field_of(path: str) -> str:
    """RFC 6901, section 4: `~1` is `/` and `~0` is `~`, decoded in this order."""
    return path.removeprefix("/").replace("~1", "/").replace("~0", "~")


def change_of(call: Callable[..., Awaitable[Any]]) -> Change:
    """Return how rows go through this function: as an operation if it is a generated client's method."""
    check_function(call, "what sends a change", "client.device.update")
    found = operation_of(call)
    return FunctionChange(call) if found is None else OperationChange(call, *found)


def operation_of(call: Callable[..., Any]) -> tuple[BaseClient, Operation[Any]] | None:
    """Return client and operation of a bound method of a generated resource, None for any other function."""
    owner = getattr(call, "__self__", None)
    client = getattr(owner, "_client", None)
    if not isinstance(client, BaseClient):
        return None
    # Operations name their stub as "module:Class.method"; a method is found by that name.
    ending = f":{type(owner).__name__}.{getattr(call, '__name__', '')}"
    module = type(owner).__module__.rpartition(".")[0]
    for op in client.operations.values():
        # A client of the other API may have a resource class of the same name, so the
        # package must match too.
        if op.function.endswith(ending) and op.function.startswith(module):
            return client, op
    return None


__all__ = [
    "Arguments",
    "Change",
    "FunctionChange",
    "OperationChange",
    "change_of",
    "dump",
    "operation_of",
    "patch_of",
    "wanted_of",
]
