"""The entries of CHANGELOG.md that an update writes, in blocks of their own, apart from people's lines.

Below a section's heading an API has one block. Its last line keeps a mark of every sentence that was written:

    <!-- written by make update for idi; add your own lines outside -->
    - **Breaking:** …
    <!-- end of idi: 1f0c9a3b 77aa02cd -->

A sentence that a person rephrased, moved or deleted is in the marks but not in the block, and is not written
again. One that is no longer true is removed, unless a person has edited it.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import define

from codegen.changelog.entry import SECTIONS, plain

_WIDTH: Final = 110
_NEW: Final = "# Changelog\n\n## [Unreleased]\n"
_FENCE: Final = re.compile(r"\s{0,3}(?:```|~~~)")
_BULLET: Final = re.compile(r"[-*+] ")


def with_entry(text: str, api: str, lines: Mapping[str, list[str]]) -> str:
    """The changelog with these sentences in the blocks of an API; unchanged if it has them all.

    Args:
        text: the file; empty for a new one.
        lines: sentences by section, "Added", "Changed" …
    Returns: the new text with the line ends of the old one.
    """
    log = _Log((text or _NEW).replace("\r\n", "\n").rstrip("\n").split("\n"), api)
    for section in SECTIONS:
        log.write(section, list(dict.fromkeys(lines.get(section, ()))))
    fresh = "\n".join(log.lines) + "\n"
    if fresh.strip() == text.replace("\r\n", "\n").strip() or (not text and fresh == _NEW):
        return text
    # A file keeps its line ends, or every line would show as changed.
    return fresh.replace("\n", "\r\n") if "\r\n" in text else fresh


def entry_text(lines: Mapping[str, list[str]]) -> str:
    """The entry by itself."""
    blocks = [f"### {name}\n" + "\n".join(_bullets(lines[name])) for name in SECTIONS if name in lines]
    return "\n\n".join(blocks)


def mark(sentence: str) -> str:
    """Eight hex digits that identify a sentence, however it is wrapped."""
    return hashlib.sha256(plain(sentence).encode()).hexdigest()[:8]


def _bullets(sentences: list[str]) -> list[str]:
    """Sentences as wrapped lines of a list."""
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
    """The lines of a changelog, with access to its parts."""

    lines: list[str]
    api: str

    def write(self, section: str, sentences: list[str]) -> None:
        """Update the block of a section to the sentences that are true now."""
        found = self._block(section)
        if found is None:
            # A person may have written the sentence before the first update did.
            outside = self._outside(section)
            fresh = [text for text in sentences if mark(text) not in outside]
            if fresh:
                self._place(section, [self._head, *_bullets(fresh), self._tail(sorted(map(mark, sentences)))])
            return
        start, end = found
        written = set(re.findall(r"[0-9a-f]{8}", self.lines[end].partition(":")[2]))
        marks = {mark(text) for text in sentences}
        entries = _entries(self.lines[start + 1 : end])
        # A line that differs from every written one is a person's and is kept. A written one is removed
        # when its sentence is no longer true.
        kept = [lines for lines in entries if (m := mark(_entry_text(lines))) not in written or m in marks]
        held = {mark(_entry_text(lines)) for lines in entries}
        fresh = [text for text in sentences if mark(text) not in written and mark(text) not in held]
        inside = [*(line for lines in kept for line in lines), *_bullets(fresh)]
        block = [self._head, *inside, self._tail(sorted(marks))] if inside or marks else []
        self.lines[start : end + 1] = block
        if not block:
            self._drop_empty(section)

    @property
    def _head(self) -> str:
        return f"<!-- written by make update for {self.api}; add your own lines outside -->"

    def _tail(self, marks: Iterable[str]) -> str:
        return f"<!-- end of {self.api}: {' '.join(marks)} -->"

    def headings(self) -> list[tuple[int, int, str]]:
        """Line number, depth and text of each heading outside of code."""
        found: list[tuple[int, int, str]] = []
        fenced = False
        for number, line in enumerate(self.lines):
            # A "#" in a code block is a comment of that code.
            if _FENCE.match(line):
                fenced = not fenced
            elif not fenced and (match := re.match(r"(#{1,6})\s+(.*)", line)):
                found.append((number, len(match[1]), match[2].strip()))
        return found

    def _unreleased(self) -> tuple[int, int]:
        """First line after the heading, and the line that ends the part; added where it is missing."""
        headings = self.headings()
        start = next(
            (n for n, d, text in headings if d == 2 and text.strip("[] ").lower() == "unreleased"), None
        )
        if start is None:
            at = next((n for n, depth, _ in headings if depth == 2), len(self.lines))
            self.lines[at:at] = ["## [Unreleased]", ""] if at < len(self.lines) else ["", "## [Unreleased]"]
            return self._unreleased()
        end = next((n for n, depth, _ in headings if n > start and depth <= 2), len(self.lines))
        # Link definitions at the end of a file belong to no section.
        references = (n for n in range(start + 1, end) if re.match(r"\[[^\]]+\]:\s", self.lines[n]))
        return start + 1, min(next(references, end), end)

    def _section(self, section: str) -> tuple[int, int] | None:
        """The lines of a section below Unreleased, its heading first."""
        start, end = self._unreleased()
        parts = [(n, text) for n, depth, text in self.headings() if start <= n < end and depth == 3]
        own = next((n for n, text in parts if text.lower() == section.lower()), None)
        return None if own is None else (own, next((n for n, _ in parts if n > own), end))

    def _block(self, section: str) -> tuple[int, int] | None:
        """First and last line of the block of the API in a section."""
        found = self._section(section)
        if found is None:
            return None
        rows = range(*found)
        start = next((n for n in rows if self.lines[n] == self._head), None)
        tail = f"<!-- end of {self.api}:"
        end = next(
            (n for n in rows if start is not None and n > start and self.lines[n].startswith(tail)), None
        )
        return None if start is None or end is None else (start, end)

    def _outside(self, section: str) -> set[str]:
        """Marks of the lines that a section has already."""
        found = self._section(section)
        return {mark(_entry_text(lines)) for lines in _entries(self.lines[slice(*found)])} if found else set()

    def _place(self, section: str, block: list[str]) -> None:
        """Put a new block at the end of its section, which is added in the order of Keep a Changelog."""
        found = self._section(section)
        if found is not None:
            last = max(n for n in range(*found) if n == found[0] or self.lines[n].strip())
            self.lines[last + 1 : last + 1] = ["", *block]
            return
        start, end = self._unreleased()
        later = [name.lower() for name in SECTIONS[SECTIONS.index(section) + 1 :]]
        parts = [(n, text) for n, depth, text in self.headings() if start <= n < end and depth == 3]
        at = next((n for n, text in parts if text.lower() in later), None)
        if at is not None:
            self.lines[at:at] = [f"### {section}", "", *block, ""]
            return
        last = max(n for n in range(start - 1, end) if n == start - 1 or self.lines[n].strip())
        closing = [""] if last + 1 < len(self.lines) and self.lines[last + 1] else []
        self.lines[last + 1 : last + 1] = ["", f"### {section}", "", *block, *closing]

    def _drop_empty(self, section: str) -> None:
        """Remove a heading without any text below it."""
        found = self._section(section)
        if found is not None and not any(line.strip() for line in self.lines[found[0] + 1 : found[1]]):
            del self.lines[found[0] : found[1]]


def _entries(lines: list[str]) -> list[list[str]]:
    """The bullets among some lines, each with its continuation lines."""
    found: list[list[str]] = []
    for line in lines:
        if _BULLET.match(line):
            found.append([line])
        elif line[:1].isspace() and line.strip() and found:
            found[-1].append(line)
    return found


def _entry_text(lines: list[str]) -> str:
    return " ".join(line.strip() for line in [lines[0][2:], *lines[1:]])
