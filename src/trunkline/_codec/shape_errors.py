"""The errors of a body that is not JSON, or another shape than the spec says, with paths and no values."""

from __future__ import annotations

from typing import Any

import msgspec

from trunkline._codec.exact_json import loads_exact
from trunkline.errors import ResponseShapeError


def parse(data: bytes, name: str) -> Any:
    """The body as exact JSON; `name` is the operation's. Raises: ResponseShapeError."""
    try:
        return loads_exact(data)
    except RecursionError:
        problem = "is nested too deeply to be read"
    except (msgspec.MsgspecError, ValueError, ArithmeticError):
        kind = "empty" if not data.strip() else "HTML or XML" if data.lstrip()[:1] == b"<" else "not JSON"
        problem = f"is {kind} where JSON was expected; check base URL and proxy"
    # Raised here, so that no error which holds a value is its context.
    raise ResponseShapeError(
        f"{name}: the response {problem}", operation=name, paths=("$",), body=data.decode("utf-8", "replace")
    )


def shape_error(name: str, source: str, expected: str, paths: list[str], body: Any) -> ResponseShapeError:
    """The error of a body that cannot be read as its type; `source` is the operation's place in the spec."""
    shown = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    message = (
        f"{name}: the response cannot be read without losing something: {expected} expected at {shown}. "
        f"Compare it (error.body) with {source or 'the spec'}, correct that and generate the client again"
    )
    return ResponseShapeError(message, operation=name, paths=tuple(paths), body=body)


__all__ = ["parse", "shape_error"]
