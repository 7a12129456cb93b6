"""JSON text to data and back, with the digits of every number."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

from trunkline.errors import ArgumentError
from trunkline.lazy import pattern

# What msgspec and the steps raise for JSON that differs from the spec; RecursionError for too deep nesting.
MISFIT_ERRORS: Final = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
# Without the hook 0.10 becomes the float 0.1, and amounts lose the digits that were sent.
_encoder = msgspec.json.Encoder(decimal_format="number")
_exact = msgspec.json.Decoder(float_hook=Decimal)
_SURROGATE: Final = pattern(rb"\\u[dD][89abcdefABCDEF]")


def loads_exact(data: bytes | msgspec.Raw) -> Any:
    """JSON with every number exact: int or Decimal.

    Half a surrogate pair, which is left where a vendor cuts a text within an emoji, stays in the text.
    """
    try:
        return _exact.decode(data)
    except msgspec.DecodeError:
        # msgspec refuses what RFC 8259 section 8.2 allows, and one such text would cost its whole page.
        if _SURROGATE.search(bytes(data)) is None:
            raise
    return json.loads(bytes(data), parse_float=Decimal, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def decoder(target: Any) -> Callable[[Any], Any]:
    """A msgspec decoder whose untyped numbers keep their digits."""
    return msgspec.json.Decoder(target, float_hook=Decimal).decode


def dumps(value: Any) -> bytes:
    """JSON of what the writers made, Decimals with their digits."""
    try:
        return _encoder.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError, OverflowError) as error:
        reason = type(error).__name__
    # Raised here, so that no error which holds a value is its context.
    raise ArgumentError(f"the value cannot be written as JSON: {reason}")


__all__ = ["MISFIT_ERRORS", "decoder", "dumps", "loads_exact"]
