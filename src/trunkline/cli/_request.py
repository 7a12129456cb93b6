"""The body of `trunkline call`, and the question before something is changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

from trunkline._codec.annotations import NoneType, is_model, resolve_in_module, without
from trunkline._codec.codec import from_wire
from trunkline.errors import ArgumentError
from trunkline.jsonpatch import Patch
from trunkline.model import Unset
from trunkline.operation import Operation


def confirm(operation: str) -> None:
    if not sys.stdin.isatty():
        raise ArgumentError(f"{operation} changes something at the vendor: say --yes")
    typer.confirm(f"{operation} changes something at the vendor. Go on?", abort=True)


def body_of(operation: Operation[Any], text: str) -> dict[str, Any]:
    """Return the body argument of the method: `patch` for a JSON Patch, else `body`."""
    if operation.body is None:
        raise ArgumentError(f"{operation.api}.{operation.id} takes no body")
    try:
        if text == "@-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text(encoding="utf-8")
        data = json.loads(text)
    except OSError as error:
        raise ArgumentError(f"--body: {text[1:]} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ArgumentError(f"--body: {text[1:]} is not UTF-8 text") from None
    except ValueError as error:
        raise ArgumentError(f"--body is not JSON: {error}") from None
    if operation.patchable:
        patch = _patch(data)
        patch.check(operation)
        return {"patch": patch}
    tp = without(resolve_in_module(operation.body.type, operation.namespace), NoneType, Unset)
    return {"body": from_wire(tp, data) if is_model(tp) and isinstance(data, dict) else data}


def _patch(data: Any) -> Patch:
    """Build the patch of `[{"op", "path", "value"}]`; the client checks fields and verbs before it sends."""
    if not isinstance(data, list):
        raise ArgumentError('a patch is a JSON list: [{"op": "replace", "path": "/field", "value": …}]')
    patch = Patch()
    for step in data:
        if not isinstance(step, dict) or not {"op", "path"} <= step.keys():
            raise ArgumentError('each step of a patch is {"op": …, "path": …, "value": …}')
        field = str(step["path"]).removeprefix("/")
        match step["op"], "value" in step:
            case "remove", _:
                patch = patch.remove(field)
            case "add", True:
                patch = patch.add(field, step["value"])
            case "replace", True:
                patch = patch.replace(field, step["value"])
            case "add" | "replace" as verb, False:
                raise ArgumentError(f"{verb} of {step['path']} needs a value")
            case verb, _:
                raise ArgumentError(f"a patch can add or replace a value, or remove, but not {verb!r}")
    return patch


__all__ = ["body_of", "confirm"]
