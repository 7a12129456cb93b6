"""Updates the list of a page's facts, which the tests compare a spec with, to a new document.

The list was made from the page, operation by operation. An update rewrites the operations that drift reports,
adds routes that a page shows and the spec has already, and touches nothing else. An operation that drift does
not report although its facts differ shows that the document is read wrongly; it is left to the person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from codegen.facts.fact import FactSet, Subject

Facts = dict[str, list[str]]
_WIDTH: Final = 116
_PLAIN: Final = re.compile(r"[A-Za-z]\w*\Z")
_BARE: Final = ("filterable", "sortable")
"""Lists of plain names, which are written without quotes."""
_LISTS: Final = ("filterable", "sortable", "patchable")
_ORDER: Final = (
    *("path", "query", "examples", "rows", "body"),
    *(*_LISTS, "answer", "marks", "flags", "route"),
)
"""The keys of an operation, as they stand in the file."""


def path_of(root: Path, name: str) -> Path:
    """The path of an API's list."""
    return root / "tests" / "specs" / f"{name}_page_facts.yaml"


def facts_of(document: FactSet, operation: str) -> Facts:
    """The facts of one operation of a document, in the notation of the file."""
    facts: Facts = {}
    parameters = [s for s in document.subjects("parameter", operation) if len(s.path) == 1]
    for where in ("path", "query"):
        facts[where] = [_noted(document, found) for found in parameters if found.where == where]
    facts["examples"] = [_example(document, s) for s in parameters if s.where in ("path", "query")]
    facts["examples"] = [text for text in facts["examples"] if text]
    body = [s for s in document.subjects("request-field", operation) if s.path]
    rows = any(s.path[0] == "[]" for s in body)
    depth = 2 if rows else 1
    facts["rows" if rows else "body"] = [_noted(document, s) for s in body if len(s.path) == depth]
    for which in _BARE:
        facts[which] = [s.name for s in document.subjects(which, operation)]
    facts["patchable"] = [
        f"{s.name}:{'+'.join(_values(document, s, 'verbs'))}"
        for s in document.subjects("patchable", operation)
    ]
    facts["answer"] = _response(document, operation)
    facts["marks"] = _marks(document, operation, parameters + [s for s in body if len(s.path) == depth])
    header = Subject("parameter", operation, "header", ("Content-Type",))
    facts["flags"] = ["content type"] if header in document else []
    if document.get(Subject("operation", operation), "security") is None:
        facts["flags"].append("no authorizations")
    route = document.text(Subject("operation", operation), "route")
    facts["route"] = [route] if route else []
    return {key: values for key, values in facts.items() if values}


def updated(text: str, document: FactSet, reported: Collection[str]) -> tuple[str, list[str]]:
    """The text of the file for a document, and what differs without being reported: `title (keys)`."""
    before: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text) or {}
    blocks = _blocks(text)
    unreported: list[str] = []
    lines = [blocks.pop("", "")]
    for subject in document.subjects("operation"):
        title = document.text(subject, "title")
        facts, known = facts_of(document, subject.operation), before.get(title)
        if known is None:
            lines.append(_block(title, facts))
            continue
        facts = _with_unshown(facts, known)
        differing = _differing(known, facts)
        if not differing:
            lines.append(blocks[title])
        elif title in reported or (differing == ["route"] and "route" not in known):
            lines.append(_block(title, facts))
        else:
            unreported.append(f"{title} ({', '.join(differing)})")
            lines.append(blocks[title])
    return "".join(lines), unreported


def _with_unshown(facts: Facts, known: Mapping[str, list[str]]) -> Facts:
    """The facts, with the known ones that some renderings of a page leave out.

    One has no routes, another no `Example:` for a parameter whose example is false. Neither is news, and
    drift does not report it either.
    """
    names = {noted.split(":")[0] for where in ("path", "query") for noted in facts.get(where, ())}
    shown = {example.split("=")[0] for example in facts.get("examples", ())}
    kept = [text for text in known.get("examples", ()) if text.split("=")[0] in names - shown]
    completed = dict(facts)
    if kept:
        completed["examples"] = [*facts.get("examples", ()), *kept]
    if "route" in known:
        completed.setdefault("route", known["route"])
    return {key: completed[key] for key in _ORDER if key in completed}


def _differing(known: Mapping[str, list[str]], facts: Facts) -> list[str]:
    """The keys whose lists differ; the order of a table carries no fact."""
    keys = dict.fromkeys((*known, *facts))
    return [key for key in keys if sorted(known.get(key, ())) != sorted(facts.get(key, ()))]


def write(path: Path, document: FactSet, reported: Collection[str]) -> list[str]:
    """Update the file to a document; return what is left to the person. Without a file, do nothing.

    Only a page gives reason to doubt its reading: its layout may have changed.
    """
    if not path.is_file() or not document.can_tell(Subject("filterable"), "exists"):
        return []
    before = path.read_text(encoding="utf-8")
    text, unreported = updated(before, document, reported)
    if text != before:
        path.write_text(text, encoding="utf-8")
    return unreported if document.kind.startswith("redoc") else []


def _noted(document: FactSet, subject: Subject) -> str:
    """`name:type`, `!` for required, `?` and the values for an Enum."""
    kind = "date" if document.text(subject, "format") == "date" else document.text(subject, "type")
    enum = _values(document, subject, "enum")
    required = "!" if document.value(subject, "required") else ""
    return f"{subject.name}:{kind}{required}{'?' + '|'.join(sorted(enum)) if enum else ''}"


def _values(document: FactSet, subject: Subject, aspect: str) -> tuple[str, ...]:
    value = document.value(subject, aspect)  # type: ignore[arg-type]
    return value if isinstance(value, tuple) else ()


def _example(document: FactSet, subject: Subject) -> str:
    text = document.text(subject, "example")
    if not text:
        return ""
    value = json.loads(text)
    return f"{subject.name}={value if isinstance(value, str) else text}"


def _response(document: FactSet, operation: str) -> list[str]:
    """The fields of the response in a sample or a schema; rows of a collection as `value[].name`."""
    fields = [
        s for s in document.subjects("response-field", operation) if s.path and s.path[-1] not in ("[]", "{}")
    ]
    found = [
        s.dotted.removeprefix("[].") for where in ("success", "errors") for s in fields if s.where == where
    ]
    return list(dict.fromkeys(found))


def _marks(document: FactSet, operation: str, fields: list[Subject]) -> list[str]:
    since = document.text(Subject("operation", operation), "revision")
    marks = [f"operation:{since}"] if since else []
    listed = [s for which in _LISTS for s in document.subjects(which, operation)]
    marks += [f"{s.kind}.{s.name}:{since}" for s in listed if (since := document.text(s, "revision"))]
    return marks + [f"{s.name}:{since}" for s in fields if (since := document.text(s, "revision"))]


# -- text ------------------------------------------------------------------------------------------


def _blocks(text: str) -> dict[str, str]:
    """The unchanged lines of each operation; "" holds the lines before the first."""
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
