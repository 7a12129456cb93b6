"""JSON text to data with the digits of every number, for values without a declared type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

# What msgspec and the steps raise for JSON that differs from the spec; RecursionError for too deep nesting.
MISFIT_ERRORS: Final = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
# Without the hook 0.10 becomes the float 0.1, and amounts lose the digits that were sent.
_exact = msgspec.json.Decoder(float_hook=Decimal)


def loads_exact(data: bytes | msgspec.Raw) -> Any:
    """JSON with every number exact: int or Decimal."""
    return _exact.decode(data)


def decoder(target: Any) -> Callable[[Any], Any]:
    """A msgspec decoder whose untyped numbers keep their digits."""
    return msgspec.json.Decoder(target, float_hook=Decimal).decode


__all__ = ["MISFIT_ERRORS", "decoder", "loads_exact"]
