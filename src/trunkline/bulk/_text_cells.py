"""Values of rows as text: cells of CSV and lines of JSON, with every digit."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

import msgspec

from trunkline._codec.codec import to_wire

_json: Final = msgspec.json.Encoder(decimal_format="number")
_FORMULA: Final = re.compile(r"\s*[=+\-@\t\r]")


def as_json(value: Any) -> str:
    """Return plain values as one line of JSON."""
    try:
        return _json.encode(value).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        return _piecewise(value)


def _piecewise(value: Any) -> str:
    """The same JSON, whose texts are written by the standard library: it escapes what is not UTF-8."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_piecewise(str(key))}:{_piecewise(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_piecewise, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else _json.encode(value).decode()


def as_cell(value: Any) -> str:
    """Return one value as text: numbers by their digits, dates in ISO form, nested values as JSON."""
    if value is None:
        return ""
    wire = value if value.__class__ is str else to_wire(value)
    if isinstance(wire, str):
        return wire if wire.isascii() else wire.encode(errors="backslashreplace").decode()
    return str(wire) if isinstance(wire, Decimal) else as_json(wire)


def quotable(cell: str) -> str:
    """Return a cell with line feeds alone: csv does not quote a carriage return, which ends a row."""
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet may run the cell, whose text may come from a customer (CSV injection)."""
    return _FORMULA.match(cell) is not None


__all__ = ["as_cell", "as_json", "is_formula", "quotable"]
