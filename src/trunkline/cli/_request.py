"""The body of `trunkline call`, and the question before something is changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

from trunkline._codec.annotations import NoneType, is_model, resolve_in_module, without
from trunkline._codec.codec import from_wire
from trunkline.cli import _apis
from trunkline.cli._files import write_json
from trunkline.errors import ArgumentError, TransportError
from trunkline.jsonpatch import Patch
from trunkline.model import Unset
from trunkline.operation import Operation


def confirm(operation: str) -> bool:
    """Ask before something is changed; return whether to continue.

    Raises:
        ArgumentError: there is no terminal to ask at.
    """
    # A script that waits for a reply would hang, and one that takes silence for "yes" could
    # change data unasked.
    if not sys.stdin.isatty():
        raise ArgumentError(f"{operation} changes something at the vendor: say --yes")
    return bool(typer.confirm(f"{operation} changes something at the vendor. Go on?"))


def arguments_of(name: str, operation: Operation[Any], words: list[str], body: str | None) -> dict[str, Any]:
    """Return the arguments of the operation's method.

    Raises:
        ArgumentError: one is wrong or missing.
    """
    given = _apis.assignments(operation, words)
    if body is not None:
        given |= body_of(operation, body)
    missing = [one.name for one in _apis.parameters(operation) if one.required and one.name not in given]
    if missing:
        raise ArgumentError(f"{name} also needs {' '.join(f'{one}=…' for one in missing)}")
    if operation.body is not None and operation.body.required and body is None:
        shape = (
            'a JSON Patch: [{"op": "replace", "path": "/field", "value": …}]'
            if operation.patchable
            else f"type {operation.body.type}"
        )
        raise ArgumentError(f"{name} also needs --body ({shape})")
    return given


async def ask(
    opened: Any, operation: Operation[Any], given: dict[str, Any], limit: int, drift: Path | None
) -> Any:
    """Carry the operation out; at most `limit` rows of a collection."""
    async with opened as client:
        method = _apis.bind(client, operation)
        try:
            if operation.paging is not None:
                return await method(**given).all(limit=limit)
            return await method(**given)
        except TransportError as error:
            place = f"{client.base_url.host}:{client.base_url.port}"
            if str(client.base_url.host) in str(error):
                raise
            # The class is kept; only the text gains the address.
            raise type(error)(f"{error} (from {place})", operation=error.operation) from None
        finally:
            if drift is not None:
                write_json(drift, client.drift.report())


def body_of(operation: Operation[Any], text: str) -> dict[str, Any]:
    """Return the body argument of the method: `patch` for a JSON Patch, else `body`."""
    if operation.body is None:
        raise ArgumentError(f"{operation.api}.{operation.id} takes no body")
    try:
        if text == "@-":
            # `@FILE` and `@-` keep a body with a secret out of the list of processes and
            # the shell's history.
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
        # RFC 6901 section 4: "~1" first, or "~01" would become a slash
        field = str(step["path"]).removeprefix("/").replace("~1", "/").replace("~0", "~")
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


__all__ = ["arguments_of", "ask", "body_of", "confirm"]
