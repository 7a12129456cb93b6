"""What a document holds, counted without the generator."""

from __future__ import annotations

import re
from typing import Any

from tests.codegen.smoke.raw import At, Book

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_ONE = (
    *("items", "additionalItems", "unevaluatedItems", "contains", "additionalProperties"),
    *("unevaluatedProperties", "not", "if", "then", "else"),
)
_FORM = ("body", "formData")


def counts(book: Book) -> dict[str, int]:
    """By the words of the report: operations, parameters, bodies, responses, schemas, properties."""
    found = dict.fromkeys(("operations", "parameters", "bodies", "responses"), 0)
    for _, path, operation, item in book.operations():
        found["operations"] += 1
        lists = [list(holder.get("parameters").each()) for holder in (operation, item)]
        own, shared = ([_identity(p) for p in entries] for entries in lists)
        every = [*own, *(p for p in shared if p not in own)]
        sent = [p for p in every if p[1] not in _FORM]
        told, _, query = path.partition("#")[0].partition("?")
        undeclared = set(_PLACEHOLDER.findall(told)) - {n for n, w in every if w == "path"}
        fixed = {pair.partition("=")[0] for pair in query.split("&") if pair} - {n for n, _ in every}
        found["parameters"] += len(sent) + len(undeclared) + len(fixed)
        body = isinstance(operation.value.get("requestBody"), dict) or any(p[1] in _FORM for p in every)
        found["bodies"] += body
        found["responses"] += sum(not s.startswith("x-") for s, _ in operation.get("responses").items())
    named = book.root.get("definitions") if book.is_swagger else book.root.get("components", "schemas")
    found["schemas"] = sum(1 for _ in named.items())
    found["properties"] = len(_properties(_roots(book, named)))
    return found


def _identity(entry: At) -> tuple[Any, Any]:
    at = entry.follow()
    name, where = at.value.get("name"), at.value.get("in")
    return (str(name).lower() if where == "header" else name), where


def _roots(book: Book, named: At) -> list[At]:
    roots = [at for _, at in named.items()]
    for _, _, operation, item in book.operations():
        for holder in (item, operation):
            for entry in holder.get("parameters").each():
                at = entry.follow()
                roots += [at.get("schema"), *(c.get("schema") for _, c in at.get("content").items())]
        for content in _contents(operation.get("requestBody").follow()):
            roots.append(content)
        for status, entry in operation.get("responses").items():
            if not status.startswith("x-"):
                response = entry.follow()
                roots += [response.get("schema"), *_contents(response)]
    return roots


def _contents(holder: At) -> list[At]:
    return [content.get("schema") for _, content in holder.get("content").items()]


def _properties(todo: list[At]) -> set[Any]:
    """The place of every property of every schema that can be reached, references followed."""
    seen: set[Any] = set()
    found: set[Any] = set()
    while todo:
        at = todo.pop()
        target = at.follow()
        for node in (at, target):
            if node.key in seen or not isinstance(node.value, dict):
                continue
            seen.add(node.key)
            for word in _MAPS:
                for _, child in _entries(node, word):
                    if word == "properties":
                        found.add(child.key)
                    todo.append(child)
            for word in _LISTS:
                todo += list(_raw(node, word).each())
            todo += [_raw(node, word) for word in _ONE]
            for told in node.get("discriminator", "mapping").values():
                mapped = node.book.find(node.path, str(told.value)) if "#" in str(told.value) else None
                todo += [mapped] if mapped else []
    return found


def _raw(node: At, word: str) -> At:
    return At(node.book, node.path, (*node.tokens, word), node.value.get(word))


def _entries(node: At, word: str) -> Any:
    return _raw(node, word).items()
