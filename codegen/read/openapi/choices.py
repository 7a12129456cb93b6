"""Which values a request body takes: of several media types, the value that a caller gives selects one."""

from __future__ import annotations

from codegen.ir import BodyIR, ListOf, MapOf, Ref, Scalar, Type, UnionOf
from codegen.ir.walk import bare

_ANYTHING = frozenset({"list", "object", "scalar", "text"})
"""What any JSON value may be; bytes are none."""


def told_by(body: BodyIR) -> frozenset[str]:
    """The sorts of values that a body takes. Two bodies without a common one are told apart by the value."""
    if body.kind in ("text", "binary"):
        return frozenset({"text" if body.kind == "text" else "bytes"})
    if body.is_json_patch:
        return frozenset({"list"})
    return _sorts(body.type)


def _sorts(type_: Type | None) -> frozenset[str]:
    held = None if type_ is None else bare(type_)
    match held:
        case Ref(name=name):
            return frozenset({name})
        case ListOf():
            return frozenset({"list"})
        case MapOf():
            return frozenset({"object"})
        case UnionOf(options=options):
            return frozenset().union(*map(_sorts, options))
        case Scalar(kind="any") | None:
            return _ANYTHING
        case Scalar(kind="string"):
            return frozenset({"text"})
    return frozenset({"scalar"})
