"""Handlers for an API that the sandbox does not know yet: each operation responds with an example.

The entry of an API in `trunkline.apis` names the module of its `HANDLERS`; `codegen new` names this one, so
that the sandbox serves a new API at once. Nothing is stored and nothing is refused: write handlers of the
API's own where that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from trunkline.testing._examples import example_response, wire_bytes

if TYPE_CHECKING:
    from trunkline.sandbox.routing import Call, Handler


def respond(call: Call) -> bytes | None:
    """The body of the example, None where the operation has none."""
    return wire_bytes(example_response(call.operation), call.operation) or None


class _Everything(Mapping[str, "Handler"]):
    """The same handler for every operation id, whatever operations the API will have."""

    def __getitem__(self, operation_id: str) -> Handler:
        return respond

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0


HANDLERS: Mapping[str, Handler] = _Everything()
