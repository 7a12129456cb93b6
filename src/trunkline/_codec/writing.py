"""Requests: what a caller gives becomes JSON, checked against the types of its operation."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from trunkline._codec.annotations import model_fields, resolve_in_module
from trunkline._codec.exact_json import dumps
from trunkline._codec.patch_check import check_patch, parsed_patch
from trunkline.model import NO_EXTRA, UNSET, Model, WireForm
from trunkline.operation import Operation

if TYPE_CHECKING:
    from trunkline._codec.outgoing import Outgoing

_FLAT: Final = frozenset({str, bool})
_UNFIT: Final[Any] = object()


class RequestWriter:
    """Writes the bodies and arguments of one client's requests."""

    def __init__(self) -> None:
        self._types: dict[tuple[str, str], Any] = {}

    @functools.cached_property
    def _outgoing(self) -> Outgoing:
        from trunkline._codec.outgoing import Outgoing  # cattrs takes 13 ms to import

        return Outgoing(checked=True)

    def type_of(self, op: Operation[Any], expression: str) -> Any:
        """The type that one of the operation's type texts names."""
        key = (op.namespace, expression)
        if key not in self._types:
            self._types[key] = resolve_in_module(expression, op.namespace)
        return self._types[key]

    def encode(self, value: Any, op: Operation[Any] | None = None) -> bytes:
        """A request body as JSON, checked against the operation's body type where that is given.

        Raises: ArgumentError naming the field that does not fit; nothing was sent.
        """
        return dumps(self.to_wire(value, op))

    def encode_as(self, value: Any, op: Operation[Any], expression: str, name: str) -> bytes:
        """An argument as JSON, checked against its own type; `name` is what the error calls it.

        Raises: ArgumentError naming the field that does not fit; nothing was sent.
        """
        # A mapping may be given for a model, as in a body.
        tp = Any if isinstance(value, Mapping) else self.type_of(op, expression)
        return dumps(self._outgoing.write(value, tp, name))

    def to_wire(self, value: Any, op: Operation[Any] | None = None) -> Any:
        """What `encode` writes, before it is text; also a form's fields. A Decimal is still a Decimal.

        A patch that is given as plain JSON is held to the operation's fields and verbs like a built one.
        """
        if op is not None and isinstance(value, WireForm):
            value.check(op)
        elif op is not None and op.patchable:
            wired = self._outgoing.write(parsed_patch(op, value), name="body")
            check_patch(op, wired)
            return wired
        if not isinstance(value, Model):
            return self._outgoing.write(value, name="body" if op else "")
        tp = Any if op is None or op.body is None else self.type_of(op, op.body.type)
        if tp in (Any, type(value)) and (found := _flat(value)) is not _UNFIT:
            return found
        return self._outgoing.write(value, tp, "body" if op else "")


def _flat(model: Model) -> Any:
    """A model of texts and booleans as a dictionary; `_UNFIT` for one that holds anything else.

    Such is the body of a login, which every process sends: without this it would import cattrs.
    """
    if model._extra is not NO_EXTRA:
        return _UNFIT
    cls: Any = type(model)
    out = {}
    for field in model_fields(cls):
        value = getattr(model, field.name)
        if value.__class__ is field.json_type and value.__class__ in _FLAT:
            out[field.wire] = value
        elif value is not UNSET:
            return _UNFIT
    return out


__all__ = ["RequestWriter"]
