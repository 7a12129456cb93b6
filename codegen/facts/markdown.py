"""Markdown in an OpenAPI document as the lines of a page, and the release notes that stand in it."""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve

from codegen.facts.fact import API
from codegen.facts.lines import Line, Unit, to_lines, to_units
from codegen.facts.marks import version_key
from codegen.facts.notes import HEADING, read_release
from codegen.facts.writer import Writer
from codegen.ir import Place
from codegen.read.source.node import Node

_MARKDOWN: Final = re.compile(r"^#+\s*|\*\*|__|`", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\[\]]*+)\]\([^)\[]*+\)")
_ELEMENT: Final = re.compile(r"<br\s*/?>|</?(?:p|li|ul|ol|div|h\d)(?: [^<>]*+)?>", re.IGNORECASE)


def plain_lines(markdown: str, line: int | None) -> list[Line]:
    """Markdown as the lines of a page; every line carries the line of the whole text."""
    flat = _LINK.sub(r"\1", _MARKDOWN.sub("", _ELEMENT.sub("\n", markdown)))
    return [evolve(other, number=line or other.number) for other in to_lines(flat)]


def units_of(lines: list[Line]) -> list[Unit]:
    """Paragraphs and bullets; markdown wraps where it likes, so only a blank line ends one."""
    return to_units(lines, 1000)


def tell_introduction(writer: Writer, node: Node) -> None:
    """State the description of the API up to its release notes, as the text that a page shows."""
    if not isinstance(node.value, str):
        return
    texts: list[str] = []
    for unit in units_of(plain_lines(node.value, node.place.line)):
        if HEADING.match(unit.text) or unit.text == "Release Notes":
            break
        texts.append(unit.text)
    writer.say(API, "description", " ".join(texts), node.place)


def read_notes(writer: Writer, node: Node, heading: str = "") -> None:
    """Release notes in an introduction, or as the description of a tag of that name."""
    if not isinstance(node.value, str) or "Release Notes" not in node.value + heading:
        return
    lines = plain_lines(node.value, None)
    starts = [index for index, line in enumerate(lines) if HEADING.match(line.text)]
    if not starts:
        return
    evidence = writer.facts.evidence
    place = node.place
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        moved = [evolve(line, number=place.line or line.number) for line in lines[start:end]]
        version, statements = read_release(moved, 1000, Place(place.file, place.pointer))
        evidence.releases.setdefault(version, place)
        evidence.statements += statements
    evidence.releases = dict(
        sorted(evidence.releases.items(), key=lambda item: version_key(item[0]), reverse=True)
    )
