"""The operations of a document: the methods of its paths, and query parameters in the text of a path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from codegen.read.openapi.dialect import RawOperation
from codegen.read.operation.parameters import TOKEN
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_NO_METHODS: Final = frozenset({"servers", "parameters", "summary", "description"})
# RFC 6570, sections 3.2.8 and 3.2.9; some documents write the query parameters of a path so.
_EXPANSION: Final = re.compile(r"\{[?&]([^{}]*)\}")
_PLACED: Final = re.compile(r"\{[^{}]*+\}|[?#]")
"""A placeholder, whose own signs mean nothing (`{id?}` is optional), or what ends a path."""


def operations_of(root: Node, resolver: Resolver, findings: Findings) -> Iterator[RawOperation]:
    """Every operation. Microsoft keeps paths that differ by their query alone in `x-ms-paths`."""
    paths, more = resolver.under(root, "paths"), resolver.under(root, "x-ms-paths")
    # OpenAPI 3.1 requires only one of `paths`, `components` and `webhooks`; a document of shared
    # schemas has no paths.
    others = ("webhooks", "components", "definitions")
    if not (paths.is_object or more.is_object or any(map(root.has, others))):
        findings.problem(paths if paths.present else root, "`paths` must map paths to their operations")
    for container in (paths, more):
        for path, entry in container.items():
            if not path.startswith("x-"):
                yield from _of_path(path, entry, resolver, findings)


def _of_path(path: str, entry: Node, resolver: Resolver, findings: Findings) -> Iterator[RawOperation]:
    text, query = split_path(path)
    seen: set[str] = set()
    for item in _items(entry, resolver):
        if item.value is None:
            continue
        if not item.is_object:
            findings.problem(item, "a path must hold an object of operations")
            continue
        for method, listed in _methods(item, findings):
            node = resolver.follow(listed, "operation")  # bundles of many files refer to operations, too
            if node is None:
                continue
            if not node.is_object:
                findings.problem(node, f"the operation {method} {path} must be an object")
            # The format leaves open which of the two wins (Path Item Object, `$ref`).
            elif method in seen:
                reason = f"{method} {path} stands beside the path's $ref too, which counts"
                findings.gap(node, "operation", reason)
            else:
                seen.add(method)
                yield RawOperation(
                    node=node,
                    path_item=item,
                    path=text,
                    http_method=method,
                    operation_id=node.text("operationId"),
                    query=query,
                )


def _items(entry: Node, resolver: Resolver) -> Iterator[Node]:
    """The path's own object and the one it refers to: operations may be siblings of a `$ref`."""
    if isinstance(entry.get("$ref").value, str) and len(entry.value) > 1:
        yield entry
    target = resolver.follow(entry, "operation")
    if target is not None:
        yield target


def _methods(item: Node, findings: Findings) -> Iterator[tuple[str, Node]]:
    for key, node in item.items():
        if node.value is None:
            continue
        # The keys are lower-case in the format; `GET:` cannot mean anything else.
        if key.lower() in METHODS:
            yield key.upper(), node
        elif key == "additionalOperations":  # OpenAPI 3.2
            yield from _additional(node, findings)
        # Methods such as PURGE have no key in OpenAPI before 3.2. Anything else that is not an object
        # is not an operation.
        elif node.is_object and key not in _NO_METHODS and not key.startswith("x-"):
            reason = f"{key!r} is no method of OpenAPI; write it into `additionalOperations`"
            findings.gap(node, "operation", reason)


def _additional(listed: Node, findings: Findings) -> Iterator[tuple[str, Node]]:
    for method, node in listed.items():
        if TOKEN.fullmatch(method):
            yield method.upper(), node
        else:
            findings.gap(node, "operation", f"{method!r} is not an HTTP method; the operation is left out")


def split_path(path: str) -> tuple[str, tuple[tuple[str, str | None], ...]]:
    """The path as a client asks for it, and the query parameters that it names; None for a free value."""
    # A fragment is never sent (RFC 3986, section 3.5). Documents use it to give two operations of one
    # path and method different keys.
    path, _ = _parted(path, "#")
    free = [name.strip().rstrip("*") for group in _EXPANSION.findall(path) for name in group.split(",")]
    path, query = _parted(_EXPANSION.sub("", path), "?")
    # `?action=start` in a path is not OpenAPI, but AWS-like documents tell their operations apart by
    # it.
    fixed = [pair.partition("=") for pair in query.split("&")]
    pairs: list[tuple[str, str | None]] = [(unquote(name), unquote(value)) for name, _, value in fixed]
    pairs += [(name, None) for name in free]
    text = path if path.startswith("/") else f"/{path}"
    return text, tuple((name, value) for name, value in pairs if name)


def _parted(path: str, sign: str) -> tuple[str, str]:
    """The parts before and after the first such sign outside of placeholders."""
    for match in _PLACED.finditer(path):
        if match.group() == sign:
            return path[: match.start()], path[match.end() :]
    return path, ""
