"""CHANGELOG.md as text with headings: entries go below Unreleased, everything else stays as it is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Final

from attrs import define

from codegen.changelog.entry import SECTIONS, plain

_WIDTH: Final = 110
_NEW: Final = "# Changelog\n\n## [Unreleased]\n"
_FENCE: Final = re.compile(r"\s{0,3}(```|~~~)")
_BULLET: Final = re.compile(r"[-*+] ")


def with_entry(text: str, lines: Mapping[str, list[str]]) -> str:
    """The changelog with these lines below Unreleased, each once; unchanged when all are there.

    Args:
        text: the file; empty for a new one.
        lines: sentences by section, "Added", "Changed" …
    Returns: the new text with the line ends of the old one.
    """
    missing = _missing(text, lines)
    if not missing:
        return text
    ending = "\r\n" if "\r\n" in text else "\n"
    log = _Log((text or _NEW).replace("\r\n", "\n").rstrip("\n").split("\n"))
    for section in SECTIONS:
        if section in missing:
            log.add(section, missing[section])
    return ending.join(log.lines) + ending


def entry_text(lines: Mapping[str, list[str]]) -> str:
    """The entry by itself."""
    blocks = [f"### {name}\n" + "\n".join(_bullets(lines[name])) for name in SECTIONS if name in lines]
    return "\n\n".join(blocks)


def _missing(text: str, lines: Mapping[str, list[str]]) -> dict[str, list[str]]:
    known = _Log(text.replace("\r\n", "\n").split("\n")).sentences()
    fresh = {
        name: [line for line in dict.fromkeys(found) if plain(line) not in known]
        for name, found in lines.items()
    }
    return {name: found for name, found in fresh.items() if found}


def _bullets(sentences: list[str]) -> list[str]:
    return [
        line
        for text in sentences
        for line in textwrap.wrap(
            text,
            _WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


@define
class _Log:
    """The lines of a changelog, and where its parts are."""

    lines: list[str]

    def headings(self) -> list[tuple[int, int, str]]:
        """Line number, depth and text of each heading outside of code."""
        found: list[tuple[int, int, str]] = []
        fenced = False
        for number, line in enumerate(self.lines):
            if _FENCE.match(line):
                fenced = not fenced
            elif not fenced and (match := re.match(r"(#{1,6})\s+(.*)", line)):
                found.append((number, len(match[1]), match[2].strip()))
        return found

    def unreleased(self) -> tuple[int, int] | None:
        """First line behind the heading, and the line that ends the part."""
        headings = self.headings()
        start = next((n for n, depth, text in headings if depth == 2 and _is_unreleased(text)), None)
        if start is None:
            return None
        end = next((n for n, depth, _ in headings if n > start and depth <= 2), len(self.lines))
        references = (n for n in range(start + 1, end) if re.match(r"\[[^\]]+\]:\s", self.lines[n]))
        return start + 1, min(next(references, end), end)

    def sentences(self) -> set[str]:
        """Every bullet below Unreleased, unwrapped."""
        found: list[str] = []
        bounds = self.unreleased()
        for line in self.lines[slice(*bounds)] if bounds else ():
            if _BULLET.match(line):
                found.append(line[2:])
            elif line[:1].isspace() and line.strip() and found:
                found[-1] += f" {line}"
        return {plain(text) for text in found}

    def add(self, section: str, sentences: list[str]) -> None:
        """Put bullets at the end of a section, which is made when it is missing."""
        start, end = self.unreleased() or self._new_part()
        parts = [(n, text) for n, depth, text in self.headings() if start <= n < end and depth == 3]
        own = next((n for n, text in parts if text.lower() == section.lower()), None)
        if own is None:
            self._new_section(section, sentences, parts, end)
            return
        limit = next((n for n, _ in parts if n > own), end)
        last = self._last_text(own, limit)
        gap = [""] if last == own and self.lines[own + 1 : own + 2] == [""] else []
        self.lines[last + 1 + len(gap) : last + 1 + len(gap)] = _bullets(sentences)

    def _new_section(
        self, section: str, sentences: list[str], parts: list[tuple[int, str]], end: int
    ) -> None:
        """A section before the first one that Keep a Changelog lists behind it."""
        later = [name.lower() for name in SECTIONS[SECTIONS.index(section) + 1 :]]
        at = next((n for n, text in parts if text.lower() in later), None)
        block = [f"### {section}", *_bullets(sentences)]
        if at is not None:
            self.lines[at:at] = [*block, ""]
            return
        last = self._last_text(0, end)
        closing = [""] if last + 1 < len(self.lines) and self.lines[last + 1] else []
        self.lines[last + 1 : last + 1] = ["", *block, *closing]

    def _new_part(self) -> tuple[int, int]:
        """An Unreleased part before the newest release, or at the end."""
        at = next((n for n, depth, _ in self.headings() if depth == 2), len(self.lines))
        block = ["## [Unreleased]", ""] if at < len(self.lines) else ["", "## [Unreleased]"]
        self.lines[at:at] = block
        bounds = self.unreleased()
        if bounds is None:
            raise RuntimeError("the heading just written is not found")
        return bounds

    def _last_text(self, start: int, end: int) -> int:
        return max(n for n in range(start, end) if n == start or self.lines[n].strip())


def _is_unreleased(text: str) -> bool:
    return text.strip("[] ").lower() == "unreleased"
