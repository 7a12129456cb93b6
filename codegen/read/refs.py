"""References: `$ref` inside a file, into other files, by anchor; nothing is fetched from the network."""

from __future__ import annotations

import difflib
import os.path
from pathlib import Path
from urllib.parse import unquote

from codegen.read.findings import Findings
from codegen.read.load import load
from codegen.read.node import Node, Source, unescape


class Resolver:
    """Follows references from one entry document."""

    def __init__(self, entry: Source, findings: Findings) -> None:
        self.entry = entry
        self.findings = findings
        self.sources: dict[Path, Source | None] = {entry.path: entry}
        self._anchors: dict[str, dict[str, Node]] = {}

    def follow(self, node: Node, what: str) -> Node | None:
        """The value that a node stands for, after any number of references.

        None when there is none; the finding (a problem, or a gap for a network address) is then recorded
        at the reference. what: the kind of thing, as in `Gap.what`.
        """
        seen = {node.key}
        while isinstance(reference := node.get("$ref").value, str):
            target = self._target(node, reference, what)
            if target is None:
                return None
            if target.key in seen:
                self.findings.problem(
                    node, f"$ref {reference!r} leads back to itself; point it at a definition"
                )
                return None
            seen.add(target.key)
            node = target
        return node

    def _target(self, node: Node, reference: str, what: str) -> Node | None:
        if reference.startswith(("http://", "https://", "urn:", "//")):
            reason = f"$ref {reference!r} is a network address, never fetched; save it beside the document"
            self.findings.gap(node, what, reason, dropped=what in ("parameter", "body", "response"))
            return None
        file, _, fragment = reference.partition("#")
        source = self._open(node, unquote(file)) if file else node.source
        if source is None:
            return None
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            found = self._anchor(source, fragment)
        else:
            found = self._walk(source, [unescape(token) for token in fragment.split("/")[1:]])
        if found is None:
            self.findings.problem(
                node, f"$ref {reference!r} points at nothing{self._suggest(source, fragment)}"
            )
        return found

    def _open(self, node: Node, file: str) -> Source | None:
        try:
            path = (node.source.path.parent / file).resolve()
        except (OSError, ValueError):
            self.findings.problem(node, f"$ref to the file {file!r}: not a usable file name")
            return None
        if path not in self.sources:
            name = os.path.normpath(os.path.join(os.path.dirname(node.source.name), file))
            self.sources[path] = load(path, name, self.findings, at=node.place, regular=True)
        return self.sources[path]

    @staticmethod
    def _walk(source: Source, tokens: list[str]) -> Node | None:
        value = source.value
        for token in tokens:
            if isinstance(value, dict) and token in value:
                value = value[token]
            elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
                value = value[int(token)]
            else:
                return None
        return Node(source, tuple(tokens), value)

    def _anchor(self, source: Source, name: str) -> Node | None:
        if source.name not in self._anchors:
            anchors: dict[str, Node] = {}
            todo = [source.root]
            while todo:
                node = todo.pop()
                for key, child in node.items():
                    if key in ("$anchor", "$dynamicAnchor") and isinstance(child.value, str):
                        anchors.setdefault(child.value, node)
                    todo.append(child)
                todo.extend(node.each())
            self._anchors[source.name] = anchors
        return self._anchors[source.name].get(name)

    def _suggest(self, source: Source, fragment: str) -> str:
        tokens = [unescape(token) for token in fragment.split("/")[1:]]
        parent = self._walk(source, tokens[:-1])
        known = list(parent.value) if parent is not None and parent.is_object else []
        close = difflib.get_close_matches(tokens[-1], [str(k) for k in known], n=1) if tokens else []
        return f"; did you mean {close[0]!r}?" if close else "; add the definition or correct the reference"


def component_name(node: Node) -> str | None:
    """The name of a definition by its pointer: the last token below a container of named schemas."""
    if not node.path:
        return node.source.path.stem.split(".")[0]
    if len(node.path) >= 2 and node.path[-2] in (
        "schemas",
        "definitions",
        "$defs",
        "responses",
        "parameters",
    ):
        return node.path[-1]
    return node.path[-1] if len(node.path) == 1 else None
