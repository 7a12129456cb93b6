"""Markdown in an OpenAPI document as the lines of a page, and the release notes that stand in it."""

from __future__ import annotations

import re
from typing import Final

from codegen.read.source.node import Node
from codegen.vendor.document import At, VendorDocument
from codegen.vendor.lines import Line, to_lines
from codegen.vendor.marks import version_key
from codegen.vendor.release_notes import HEADING, read_release

_MARKDOWN: Final = re.compile(r"^#+\s*|\*\*|__|`", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def place(node: Node) -> At:
    """Line and pointer of a node."""
    return At(node.place.line, node.pointer)


def plain_lines(markdown: str, line: int | None) -> list[Line]:
    """Markdown as the lines of a page; every line carries the place of the whole text."""
    flat = _LINK.sub(r"\1", _MARKDOWN.sub("", re.sub(r"<br\s*/?>|</?p>|</?li>|</?ul>", "\n", markdown)))
    return [
        Line(
            line or other.number,
            other.text,
            other.indent,
            other.bullet,
            other.opens,
            other.tabbed,
            other.width,
        )
        for other in to_lines(flat)
    ]


def read_notes(document: VendorDocument, node: Node, heading: str = "") -> None:
    """Release notes in an introduction, or as the description of a tag of that name."""
    if not isinstance(node.value, str) or "Release Notes" not in node.value + heading:
        return
    lines = plain_lines(node.value, None)
    starts = [index for index, line in enumerate(lines) if HEADING.match(line.text)]
    where = place(node)
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        release = read_release([_moved(line, where) for line in lines[start:end]], 1000)
        document.releases.append(release)
    if starts:
        document.tells |= {"releases", "routes-in-notes"}
        document.releases.sort(key=lambda release: version_key(release.version), reverse=True)


def _moved(line: Line, where: At) -> Line:
    return Line(
        where.line or line.number, line.text, line.indent, line.bullet, line.opens, line.tabbed, line.width
    )
