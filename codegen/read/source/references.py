"""References: `$ref` inside a file, into other files, by anchor or `$id`.

Nothing is read from the network, and no file from outside the document's folder: a document from somebody
else must not be able to copy files of the person who generates from it into the package.
"""

from __future__ import annotations

import difflib
import os.path
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin

from codegen.read.source.findings import Findings
from codegen.read.source.load import load
from codegen.read.source.node import ABSENT, Node, Source, unescape

_NAME: Final = re.compile(r"[\w-]+")
# A scheme has two letters and more: one letter is a drive of Windows, where backslashes begin a share.
_REMOTE: Final = re.compile(r"[a-z][a-z0-9+.-]+:|//|\\\\", re.IGNORECASE)
_SUGGESTED, _LOOKED_THROUGH, _LONGEST = 10, 1_000, 200
"""Broken references for which a similar name is looked for, among how many, how long: comparing is slow."""


class Resolver:
    """Follows references from one entry document.

    root: a further folder that files may be read from, next to that of the document. Symbolic links are
        followed before a file's folder is checked. large: take files of any size.
    """

    def __init__(
        self, entry: Source, findings: Findings, root: Path | None = None, *, large: bool = False
    ) -> None:
        self.entry = entry
        self.findings = findings
        self._roots = [folder.resolve() for folder in (entry.path.parent, root) if folder is not None]
        self._ends: dict[tuple[tuple[str, tuple[str, ...]], str], Node | None] = {}
        self._suggestions = 0
        self._large = large
        self.sources: dict[Path, Source | None] = {entry.path: entry}
        self.followed: set[tuple[str, tuple[str, ...]]] = set()
        """Every place that a reference led to."""
        self._anchors: dict[str, dict[str, Node]] = {}
        self._ids: dict[str, dict[str, Node]] = {}

    def follow(self, node: Node, what: str) -> Node | None:
        """The value that a node stands for, after any number of references.

        None when there is none; the finding (a problem, or a gap for a network address) is then recorded
        at the reference. what: the kind of thing, as in `Gap.what`.
        """
        # A loop and a set of the places passed: chains of references may be long, and may be circular.
        passed: set[tuple[str, tuple[str, ...]]] = set()
        while isinstance(reference := node.get("$ref").value, str):
            # A chain is walked once, however many references lead into it.
            if (node.key, what) in self._ends:
                found = self._ends[node.key, what]
                break
            passed.add(node.key)
            target = self._target(node, reference, what)
            if target is not None and target.key in passed:
                # Not a recursive schema, which has an object in between: nothing but references, so there
                # is no value at all.
                message = f"$ref {reference!r} leads back to itself; point it at a definition"
                self.findings.problem(node, message)
                target = None
            if target is None:
                found = None
                break
            self.followed.add(target.key)
            node = target
        else:
            found = node
        # The kind belongs to the key: the finding of a broken reference names it, and a definition may
        # be used as two kinds.
        self._ends.update(((key, what), found) for key in passed)
        return found

    def under(self, node: Node, *keys: str) -> Node:
        """The value under keys; each map or list on the way may itself be a `$ref`."""
        for key in keys:
            node = node.get(key)
            if isinstance(node.get("$ref").value, str):
                node = self.follow(node, key) or Node(node.source, node.path, ABSENT)
        return node

    def _target(self, node: Node, reference: str, what: str) -> Node | None:
        # A reference is a URI (RFC 3986, section 3): percent-encoded in both parts, with a JSON pointer
        # or an anchor as its fragment (RFC 6901, section 6).
        file, _, fragment = reference.partition("#")
        fragment = unquote(fragment)
        # Names that the file itself gives (`$id`, a definition) come before files and the network: an
        # `$id` is usually an https address that nobody has to fetch.
        own = self._by_id(node, file) if file or not fragment else None
        own = own or (self._by_name(node, reference) if what in ("schema", "property") else None)
        # After the lookup of `$id`, since such an address looks remote and is not.
        if own is None and _REMOTE.match(reference):
            reason = f"$ref {reference!r} is a network address, never fetched; save it beside the document"
            self.findings.gap(node, what, reason, dropped=what in ("parameter", "body", "response"))
            return None
        source = own.source if own else self._open(node, unquote(file)) if file else node.source
        if source is None:
            return None
        found = self._within(own or source.root, fragment)
        # Inside a schema with an `$id`, "#/…" starts at that schema (JSON Schema 2020-12, section
        # 8.2.1). Most documents mean the file's root, which is why that is tried first.
        if found is None and not file and (around := self._by_id(node, "")) is not None:
            found = self._within(around, fragment)
        if found is None:
            self.findings.problem(
                node, f"$ref {reference!r} points at nothing{self._suggest(source, fragment)}"
            )
        return found

    def _within(self, start: Node, fragment: str) -> Node | None:
        """What a fragment means in a file or in a schema with an `$id`: a pointer, or an anchor."""
        if fragment and not fragment.startswith("/"):
            # Without the slash it is an anchor; documents forget the slash, too.
            # The text is what documents meant; a pointer without its first slash can mean nothing else.
            return self._anchor(start.source, fragment) or _walk(start, fragment.split("/"))
        return _walk(start, [unescape(token) for token in fragment.split("/")[1:]])

    def _by_id(self, node: Node, file: str) -> Node | None:
        """The schema of this file whose `$id` a reference names; without a file, the one around the node."""
        source = node.source
        if source.name not in self._ids:
            self._ids[source.name] = dict(_identified(source.root, "")) if source.has_ids else {}
        known = self._ids[source.name]
        if not known:
            return None
        base = ""
        # Each `$id` on the way down is relative to the one above it.
        for depth in range(len(node.path) + 1):
            around = _walk(source.root, node.path[:depth])
            base = urljoin(base, (around.text("$id") if around else "").partition("#")[0])
        return known.get(urljoin(base, file))

    def _by_name(self, node: Node, name: str) -> Node | None:
        """The definition that a bare name means, as in Swagger 1.2 and in many documents since."""
        # A file of that name would be what the reference says by the letter; only without one is the
        # name a definition.
        if not _NAME.fullmatch(name) or (node.source.path.parent / name).exists():
            return None
        root = node.source.root
        for holder in (root.get("definitions"), root.get("components").get("schemas")):
            if holder.has(name):
                self.findings.note(node, "schema", f"$ref {name!r} is read as '#{holder.get(name).pointer}'")
                return holder.get(name)
        return None

    def _open(self, node: Node, file: str) -> Source | None:
        try:
            # Resolved before it is compared: `..` and symbolic links must not lead out of the allowed
            # folders.
            path = (node.source.path.parent / file).resolve()
        except (OSError, ValueError):
            self.findings.problem(node, f"$ref to the file {file!r}: not a usable file name")
            return None
        if not any(map(path.is_relative_to, self._roots)):
            reason = f"$ref to the file {file!r}: it is outside the document's folder, so it is not read"
            self.findings.problem(node, f"{reason}; name a folder that holds it with --ref-root")
            return None
        # Also files that could not be read (None) are remembered, so their problem is reported once.
        if path not in self.sources:
            name = os.path.normpath(os.path.join(os.path.dirname(node.source.name), file))
            self.sources[path] = load(
                path, name, self.findings, at=node.place, regular=True, large=self._large
            )
        return self.sources[path]

    def _anchor(self, source: Source, name: str) -> Node | None:
        if source.name not in self._anchors:
            anchors: dict[str, Node] = {}
            # A walk of the whole file: anchors may be in any schema, also in ones that nothing else refers
            # to.
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
        parent = _walk(source.root, tokens[:-1])
        known = [str(key) for key in parent.value] if parent is not None and parent.is_object else []
        self._suggestions += 1
        sought = (
            "" if self._suggestions > _SUGGESTED or len(known) > _LOOKED_THROUGH else (tokens or [""])[-1]
        )
        short = [name for name in known if len(name) <= _LONGEST] if len(sought) <= _LONGEST else []
        close = difflib.get_close_matches(sought, short, n=1)
        return f"; did you mean {close[0]!r}?" if close else "; add the definition or correct the reference"


def _walk(start: Node, tokens: Sequence[str]) -> Node | None:
    value = start.value
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return Node(start.source, (*start.path, *tokens), value)


def _identified(root: Node, base: str) -> Iterator[tuple[str, Node]]:
    """Every schema with an `$id`, by that in full (JSON Schema 2020-12, section 8.2.1)."""
    todo = [(root, base)]
    while todo:
        node, base = todo.pop()
        own = node.get("$id").value
        if isinstance(own, str):
            base = urljoin(base, own.partition("#")[0])
            yield base, node
        todo += [(child, base) for child in (*node.values(), *node.each())]


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
