"""The facts that the tests hold the spec to, brought up to a new page.

They were taken from the page, operation by operation. An update writes anew what drift has found to differ,
and nothing else. An operation that drift did not report, and that reads otherwise than its facts all the
same, shows that the page is read wrongly; it is left to the person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from codegen.vendor import read_vendor_document
from codegen.vendor.document import NOWHERE, NameList, VendorDocument, VendorField, VendorOperation

Facts = dict[str, list[str]]
_NONE: Final = NameList(at=NOWHERE)
_WIDTH: Final = 116
_PLAIN: Final = re.compile(r"[A-Za-z]\w*\Z")
_BARE: Final = ("filterable", "sortable")
"""Lists of plain names, which stand without quotes."""


def facts_of(operation: VendorOperation) -> Facts:
    """What an operation of a page lists, in the notation of the file."""
    facts: Facts = {}
    for where in ("path", "query"):
        facts[where] = [_noted(found) for (at, _), found in operation.parameters.items() if at == where]
    if operation.body is not None:
        key = "rows" if operation.body.is_array else "body"
        facts[key] = [_noted(found) for found in operation.body.fields.values()]
    for which in ("filterable", "sortable"):
        facts[which] = list(operation.lists.get(which, _NONE).names)
    patchable = operation.lists.get("patchable", _NONE).names.values()
    facts["patchable"] = [f"{entry.name}:{'+'.join(entry.verbs)}" for entry in patchable]
    facts["answer"] = list(operation.response_sample.members) if operation.response_sample else []
    facts["marks"] = _marks(operation)
    facts["flags"] = ["content type"] if ("header", "Content-Type") in operation.parameters else []
    facts["flags"] += [] if operation.authorizations else ["no authorizations"]
    return {key: values for key, values in facts.items() if values}


def updated(text: str, document: VendorDocument, reported: Collection[str]) -> tuple[str, list[str]]:
    """The text of the file after a page, and the operations that differ though drift did not report them."""
    before: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text) or {}
    blocks = _blocks(text)
    strange: list[str] = []
    lines = [blocks.pop("", "")]
    for title, operation in document.operations.items():
        facts = facts_of(operation)
        if examples := before.get(title, {}).get("examples"):
            facts["examples"] = examples
        if title in before and {k: sorted(v) for k, v in before[title].items()} == {
            k: sorted(v) for k, v in facts.items()
        }:
            lines.append(blocks[title])
        elif title in reported or title not in before:
            lines.append(_block(title, facts))
        else:
            strange.append(title)
            lines.append(blocks[title])
    return "".join(lines), strange


def write(path: Path, page: Path, reported: Collection[str]) -> list[str]:
    """Bring the file up to a page; what is left to the person. Without a file, or without a page, nothing."""
    if not path.is_file():
        return []
    before = path.read_text(encoding="utf-8")
    document = read_vendor_document(page, page.name, [*_blocks(before)])
    if "header" not in document.tells:
        return []
    text, strange = updated(before, document, reported)
    if text != before:
        path.write_text(text, encoding="utf-8")
    return strange


def _noted(found: VendorField) -> str:
    """`name:type`, `!` for required, `?` and the values for an Enum."""
    kind = "date" if found.format == "date" else found.type
    return f"{found.name}:{kind}{'!' if found.required else ''}{_values(found.enum)}"


def _values(enum: tuple[str, ...] | None) -> str:
    return f"?{'|'.join(sorted(enum))}" if enum else ""


def _marks(operation: VendorOperation) -> list[str]:
    marks = [f"operation:{operation.since}"] if operation.since else []
    for which, listed in operation.lists.items():
        marks += [f"{which}.{entry.name}:{entry.since}" for entry in listed.names.values() if entry.since]
    fields = [*operation.parameters.values(), *(operation.body.fields.values() if operation.body else ())]
    return marks + [f"{found.name}:{found.since}" for found in fields if found.since]


# -- text ------------------------------------------------------------------------------------------


def _blocks(text: str) -> dict[str, str]:
    """The lines of each operation as they stand; "" holds what is before the first."""
    blocks: dict[str, list[str]] = {"": []}
    current = ""
    for line in text.splitlines(keepends=True):
        head = re.match(r"(?P<title>[^\s#].*?):(?: \{\})?\s*\Z", line)
        if head:
            current = head["title"].strip("'")
        blocks.setdefault(current, []).append(line)
    return {title: "".join(lines) for title, lines in blocks.items()}


def _block(title: str, facts: Facts) -> str:
    name = title if re.fullmatch(r"[A-Za-z][\w ()/,.-]*", title) else "'" + title.replace("'", "''") + "'"
    if not facts:
        return f"{name}: {{}}\n"
    return f"{name}:\n" + "".join(_line(key, values) for key, values in facts.items())


def _line(key: str, values: list[str]) -> str:
    """A list in brackets, over several lines where it is long."""
    bare = key in _BARE
    items = [
        value if bare and _PLAIN.match(value) else "'" + value.replace("'", "''") + "'" for value in values
    ]
    short = f"  {key}: [{', '.join(items)}]\n"
    if len(short) <= _WIDTH + 1:
        return short
    lines, current = [f"  {key}: [\n"], "   "
    for index, item in enumerate(items):
        word = f" {item}{',' if index < len(items) - 1 else ''}"
        if len(current) + len(word) > _WIDTH:
            lines.append(f"{current}\n")
            current = "   "
        current += word
    return "".join([*lines, f"{current}\n", "  ]\n"])
