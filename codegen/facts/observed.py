"""What clients met in responses (`drift.json`) into facts of the provenance `observed`.

The report holds names, types and counts, and no values: `{operation id: {"differences": [{kind, path, count,
example}]}}`, as `client.drift.report()` gives it, alone or under a key of a larger report.
"""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import evolve

from codegen.facts import tells
from codegen.facts.fact import FactSet, Subject
from codegen.facts.writer import Writer
from codegen.read.source.node import Node

_KINDS: Final = {
    "text": "string",
    "str": "string",
    "bool": "boolean",
    "int": "integer",
    "number": "number",
    "Decimal": "number",
    "float": "number",
    "list": "array",
    "object": "object",
    "dict": "object",
    "null": "null",
    "NoneType": "null",
}
_STEP: Final = re.compile(r"\[\]|\.\*|\.?([^.\[\]]+)")


def _report(value: Any) -> dict[str, Any] | None:
    """The part of a JSON value that is such a report."""
    if not isinstance(value, dict) or not value or "info" in value:
        return None
    if all(
        isinstance(entry, dict) and isinstance(entry.get("differences"), list) for entry in value.values()
    ):
        return value
    return next((found for entry in value.values() if (found := _report(entry)) is not None), None)


def is_observed(value: Any) -> bool:
    """Whether a JSON value is a drift report of a client."""
    return _report(value) is not None


def read_observed(root: Node) -> FactSet:
    """The facts of a drift report."""
    facts = FactSet(file=root.source.name, kind="observed", tells=tells.observed())
    report = _report(root.value)
    todo = [root]
    while todo:
        node = todo.pop()
        if node.value is report:
            for name, entry in node.items():
                _operation(Writer(facts, provenance="observed"), name, entry)
            break
        todo += node.values()
    return facts


def _operation(writer: Writer, name: str, entry: Node) -> None:
    facts = writer.facts
    writer = evolve(writer, operation=name)
    writer.there(writer.itself, entry.place)
    writer.say(writer.itself, "operation-id", name, entry.place)
    facts.partial.add(writer.itself)
    for difference in entry.get("differences").each():
        _difference(writer, difference)


def _difference(writer: Writer, node: Node) -> None:
    """One line of the report; a field that never came proves nothing, and is left to the person."""
    kind, path, example = node.text("kind"), node.text("path"), node.text("example")
    count = node.text("count")
    seen = _KINDS.get(example.split(" ")[0], "")
    steps = _steps(path)
    subject = Subject("response-field", writer.operation, "success", steps)
    name = f"{writer.operation} {subject.dotted or 'the response'}"
    if seen and (kind in ("unknown field", "other type") or (kind == "paging key" and steps)):
        writer.there(subject, node.place)
        writer.say(subject, "seen-type", seen, node.place)
    elif kind == "missing field":
        writer.unread(node.place, name, f"it never came, in {count} objects; nothing proves that it is gone")
    else:
        writer.unread(node.place, name, f"{kind}: {example} ({count} times); say in the spec what it is")


def _steps(path: str) -> tuple[str, ...]:
    """`$.value[].bind` as the steps of a subject."""
    return tuple(
        "[]" if match[0] == "[]" else "{}" if match[0] == ".*" else match[1]
        for match in _STEP.finditer(path.removeprefix("$"))
    )
