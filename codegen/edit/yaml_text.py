"""YAML edited in place: a changed document keeps every line of its text that the change does not touch."""

from __future__ import annotations

import difflib
import io
import re
from collections import Counter
from typing import Any, Final

from ruamel.yaml import YAML

_WIDTH: Final = 108
_FLOW: Final = re.compile(r"(?P<indent> *)(?P<key>[^#'\"]+: )\[(?P<items>.*)\]\Z")


Style = tuple[int, int, int]
_STYLES: Final[tuple[Style, ...]] = ((2, 4, 2), (2, 2, 0), (4, 6, 4), (4, 4, 2), (4, 4, 0), (4, 2, 0))
"""Indents of mappings and lists, and of the dash: the project's own first, then others that people use."""


def _yaml(style: Style = _STYLES[0]) -> YAML:
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = 4096
    mapping, sequence, offset = style
    writer.indent(mapping=mapping, sequence=sequence, offset=offset)
    return writer


def _loaded(text: str) -> tuple[Any, Style, list[str]]:
    """The data of a file, its indents, and its lines as the writer gives them before any change.

    The indents: the first that give all lines of the file, else those that give most.
    """
    data = _yaml().load(text)
    lines = Counter(line for line, _ in _folded(text.split("\n")))
    best, lines_of_best, shared = _STYLES[0], [""], -1
    for style in _STYLES:
        dumped = _dumped(data, style)
        count = (Counter(dumped) & lines).total()
        if count > shared:
            best, lines_of_best, shared = style, dumped, count
        if count == lines.total() == len(dumped):
            break
    return data, best, lines_of_best


def _dumped(data: Any, style: Style) -> list[str]:
    stream = io.StringIO()
    _yaml(style).dump(data, stream)
    return stream.getvalue().split("\n")


class YamlText:
    """A YAML file, loaded for editing. `data` is changed; `text()` gives the new text."""

    def __init__(self, text: str) -> None:
        self._original = text
        self.data: Any
        self.data, self._style, self._before = _loaded(text)

    def text(self) -> str:
        """The text now. Without a change it is the original, byte for byte."""
        after = _dumped(self.data, self._style)
        if after == self._before:
            return self._original
        folded = _folded(self._original.split("\n"))
        if [line for line, _ in folded] != self._before:
            # The file has a style of its own somewhere: keep what can be kept line by line.
            folded = _aligned(self._original.split("\n"), self._before)
        lines: list[str] = []
        matcher = difflib.SequenceMatcher(None, self._before, after, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                lines += [line for _, originals in folded[i1:i2] for line in originals]
            elif tag == "delete":
                lines = _without(lines, [line for _, originals in folded[i1:i2] for line in originals])
            else:
                lines += [part for line in after[j1:j2] for part in _wrapped(line)]
        return "\n".join(lines)


def _without(lines: list[str], removed: list[str]) -> list[str]:
    """The lines above a removed block, with the right comments below them.

    A comment at the end of the block is the heading of what follows it and stays, in the place of the
    heading of the block; a comment that touches the block from above goes with it.
    """
    tail = _loose_end(removed)
    if any(line.strip() for line in tail):
        return [*lines[: len(lines) - len(_loose_end(lines))], *tail]
    own = 0
    while removed[0].strip() and own < len(lines) and lines[-1 - own].strip().startswith("#"):
        own += 1
    return lines[: len(lines) - own]


def _loose_end(lines: list[str]) -> list[str]:
    """The blank lines and comments at the end."""
    size = 0
    while size < len(lines) and (not (text := lines[-1 - size].strip()) or text.startswith("#")):
        size += 1
    return lines[len(lines) - size :]


def _folded(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Lines as the writer spells them (lists in brackets on one line), each with its original lines."""
    found: list[tuple[str, list[str]]] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        end = index + 1
        if line.endswith("["):
            while end < len(lines) and lines[end].strip() != "]":
                end += 1
            inner = " ".join(part.strip() for part in lines[index + 1 : end])
            end += 1
            line = f"{line}{inner}]"
        found.append((line, lines[index:end]))
        index = end
    return found


def _aligned(lines: list[str], before: list[str]) -> list[tuple[str, list[str]]]:
    folded = _folded(lines)
    matcher = difflib.SequenceMatcher(None, [line for line, _ in folded], before, autojunk=False)
    found: list[tuple[str, list[str]]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            found += folded[i1:i2]
        elif j2 > j1:
            originals = [line for _, part in folded[i1:i2] for line in part]
            found += [(before[j1], originals), *((line, []) for line in before[j1 + 1 : j2])]
    return found


def _wrapped(line: str) -> list[str]:
    """A long list in brackets over several lines, in the style of the specs."""
    match = _FLOW.match(line)
    if match is None or len(line) <= _WIDTH + 2:
        return [line]
    lines = [f"{match['indent']}{match['key']}["]
    current = ""
    items = match["items"].split(", ")
    for index, item in enumerate(items):
        word = item + ("," if index < len(items) - 1 else "")
        extended = f"{current} {word}" if current else word
        if current and len(match["indent"]) + 2 + len(extended) > _WIDTH + 2:
            lines.append(f"{match['indent']}  {current}")
            extended = word
        current = extended
    return [*lines, f"{match['indent']}  {current}", f"{match['indent']}]"]
