"""Which operations the sandbox serves as the spec has them: a digest of each, in `served.json`.

The sandbox is written by hand after the specs. A vendor's change that an update brings into a spec reaches it
later: until then its digest is another one, and the contract tests call that operation against a mock of the
spec. Once the sandbox follows, write the digests anew: `python -m tests.contract.served`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import attrs

from trunkline import apis
from trunkline._codec.annotations import is_enum, is_model, members, model_fields
from trunkline._codec.codec import Codec
from trunkline.operation import Operation

FILE: Final = Path(__file__).with_name("served.json")
_CODEC: Final = Codec()


def is_served(op: Operation[Any]) -> bool:
    """Whether the sandbox serves an operation of this name, in whatever form."""
    return op.name in served()


def moved(op: Operation[Any]) -> bool:
    """Whether a vendor's change has reached the spec and not yet the sandbox; so has a new operation."""
    return served().get(op.name) != digest(op)


@cache
def served() -> dict[str, str]:
    """The digests by the name of the operation, `device.get` behind the name of its API."""
    found: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def digest(op: Operation[Any]) -> str:
    """Twelve hex digits of everything that crosses the wire, whatever things are called in Python."""
    return hashlib.sha256("\n".join(_words(op)).encode()).hexdigest()[:12]


def _words(op: Operation[Any]) -> Iterator[str]:
    yield f"{op.method} {op.path} {op.content_type} {op.filterable} {op.sortable} {dict(op.patchable)}"
    for param in (*op.path_params, *op.query_params, *op.header_params):
        yield f"{param.wire} {param.type} {param.required} {param.style} {param.explode}"
    types = [op.body.type] if op.body is not None else []
    types += [op.paging.row_type] if op.paging is not None else [op.response] if op.response else []
    seen: set[Any] = set()
    for expression in types:
        yield from _type(_CODEC.type_of(op, expression), seen)


def _type(tp: Any, seen: set[Any]) -> Iterator[str]:
    for one in members(tp):
        if is_enum(one):
            yield str([member.value for member in one])
        elif is_model(one) and one not in seen:
            seen.add(one)
            for field in model_fields(one):
                yield f"{field.wire} {field.nullable} {field.default is attrs.NOTHING}"
                yield from _type(field.type, seen)
        elif get_args(one):
            yield str(getattr(one, "__origin__", one))
            for inner in get_args(one):
                yield from _type(inner, seen)
        elif not is_model(one):
            yield getattr(one, "__name__", str(one))


if __name__ == "__main__":
    digests = {name: digest(op) for name, op in sorted(apis.operations().items())}
    FILE.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
