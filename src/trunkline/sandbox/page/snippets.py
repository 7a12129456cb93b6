"""A filled form as a Python program and as a curl command, to copy."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any, Final

from trunkline.operation import Operation, Param

_LIST = re.compile(r"list\[(\w+)\]\Z")
_MODEL = re.compile(r"(?:list\[)?models\.(\w+)\]?\Z")
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KINDS: Final = {"int", "float", "bool"}
_WIDTH: Final = 70


def python(api: str, op: Operation[Any], values: Mapping[str, str], body: Any) -> str:
    """A program that makes the call with the environment's settings.

    Args:
        values: texts of the parameters by wire name. body: decoded JSON, None for none.
    """
    imports = ["import asyncio", "", f"from trunkline import {api}"]
    arguments: list[str] = []
    if body is not None:
        arguments.append(_body(op, body, imports))
    params = [param for param in (*op.path_params, *op.query_params) if param.wire in values]
    arguments += [f"{param.name}={_argument(param, values[param.wire], imports)}" for param in params]
    call = _call(op, arguments)
    lines = (
        [f"        async for row in {call}:", "            print(row)"]
        if op.paging is not None
        else [f"        response = await {call}", "        print(response)"]
    )
    return "\n".join(
        [
            imports[0],
            *(["import datetime"] if any("datetime." in each for each in arguments) else []),
            *imports[1:3],
            *sorted(set(imports[3:])),
            "",
            "",
            "async def main() -> None:",
            f"    async with {api}.Client.from_env() as client:",
            *lines,
            "",
            "",
            "asyncio.run(main())",
            "",
        ]
    )


def _call(op: Operation[Any], arguments: list[str]) -> str:
    line = f"client.{op.id}({', '.join(arguments)})"
    if len(line) < _WIDTH:
        return line
    inside = "".join(f"            {each},\n" for each in arguments)
    return f"client.{op.id}(\n{inside}        )"


def _argument(param: Param, text: str, imports: list[str]) -> str:
    if param.name == "filter":
        imports.append("from trunkline.odata import Filter")
        return f"Filter({text!r})"
    if param.name == "order_by":
        imports.append("from trunkline.odata import OrderBy")
        terms = (term.split() for term in text.split(",") if term.strip())
        down = ", descending=True"
        found = [f"OrderBy({words[0]!r}{down if words[-1] == 'desc' else ''})" for words in terms]
        return found[0] if len(found) == 1 else f"[{', '.join(found)}]"
    if param.name == "select":
        return repr([name.strip() for name in text.split(",")])
    inner = _LIST.match(param.type)
    if inner:
        return f"[{', '.join(_scalar(inner[1], part.strip()) for part in text.split(','))}]"
    return _scalar(param.type.partition(" |")[0], text)


def _scalar(kind: str, text: str) -> str:
    if kind in {"datetime.date", "datetime.datetime"}:
        return f"{kind}.fromisoformat({text!r})"
    if kind == "bool":
        return repr(text.lower() == "true")
    # Anything that is not a plain number is written with `repr`, so a value cannot become
    # code in the program.
    return text if kind in _KINDS and re.fullmatch(r"-?\d+(\.\d+)?", text) else repr(text)


def _body(op: Operation[Any], body: Any, imports: list[str]) -> str:
    """The body's argument: a patch by its builder, a model from its JSON form."""
    annotation = str(_signature(op).get("patch", _signature(op).get("body", "")))
    package = f"trunkline.{op.namespace.split('.')[1]}"
    if op.patchable and isinstance(body, list):
        name = annotation.rpartition(".")[2]
        imports.append(f"from {package}.patches import {name}")
        return f"patch={name}(){''.join(_step(step) for step in body if isinstance(step, dict))}"
    found = _MODEL.match(annotation)
    if found is None:
        return f"body={body!r}"
    imports.append(f"from {package}.models import {found[1]}")
    if isinstance(body, list):
        return f"[{', '.join(f'{found[1]}.from_dict({each!r})' for each in body)}]"
    return f"{found[1]}.from_dict({body!r})"


def _step(step: Mapping[str, Any]) -> str:
    verb, wire = str(step.get("op")), str(step.get("path", "")).strip("/")
    name = _SNAKE.sub("_", wire).lower()
    return f".{verb}_{name}({'' if verb == 'remove' else repr(step.get('value'))})"


def _signature(op: Operation[Any]) -> Mapping[str, Any]:
    module, _, path = op.function.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return {name: each.annotation for name, each in inspect.signature(found).parameters.items()}


def curl(api: str, op: Operation[Any], url: str, body: Any) -> str:
    """A command for a shell; credentials come from its variables, so that none is copied along.

    Args:
        url: absolute.
    """
    parts = ["curl", "-sS"]
    if op.method != "GET":
        parts += ["-X", op.method]
    # The URL comes from a form in the browser. Unquoted, a value with `;` or `$(…)` would run when
    # the command is pasted.
    text = shlex.join([*parts, url])
    if op.auth != ():
        text += (
            ' \\\n  -H "Authorization: WRAP access_token=\\"$TOKEN\\""'
            if api == "idi"
            else f' \\\n  -u "$TRUNKLINE_{api.upper()}_USER:$TRUNKLINE_{api.upper()}_PASSWORD"'
        )
    if body is not None or op.content_type:
        text += " \\\n  -H 'Content-Type: application/json'"
    if body is not None:
        text += f" \\\n  -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"
    return text + "\n"


__all__ = ["curl", "python"]
