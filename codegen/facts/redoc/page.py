"""The text of a Redoc page, as people copy or print it, into facts.

Grammar: a title with a version; an introduction; then, operation by operation, a lead (section, title,
description, lists of names), the tables, `Responses` and the samples; anywhere after that, the release notes.
Each line belongs to one of these parts or ends up in `FactSet.unread`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from attrs import evolve

from codegen.facts import tells
from codegen.facts.errors import DocumentError
from codegen.facts.fact import API, Aspect, DocumentKind, FactSet
from codegen.facts.lines import Line, to_lines, to_units, wrap_width
from codegen.facts.lists import describe
from codegen.facts.marks import VERSION
from codegen.facts.notes import HEADING, read_release
from codegen.facts.redoc.lead import Lead, is_title, read_lead
from codegen.facts.redoc.markers import CHROME, is_marker, unfill
from codegen.facts.redoc.parts import Parts
from codegen.facts.writer import Writer
from codegen.ir import Place

_HEADER: Final = re.compile(rf"(?P<title>.+?) \(\s*{VERSION}\s*\)\Z")
_DOWNLOAD: Final = re.compile(r"Download(?: OpenAPI (?:specification|description))?(?:: ?(?:Download)?)?\Z")
_NOTES: Final = "Release Notes"
_CONTACT: Final = re.compile(r"(?:(?:E-mail|URL|License):? |Terms of Service)")
_REQUIRED: Final[frozenset[Aspect]] = frozenset({"required"})


def read_redoc_text(text: str, file: str, titles: Collection[str] = ()) -> FactSet:
    """Read a page. titles: names of operations that are known, to tell a title from a heading in doubt."""
    return read_redoc_lines(unfill(to_lines(text)), file, "redoc-text", titles)


def read_redoc_lines(
    lines: list[Line],
    file: str,
    kind: DocumentKind,
    titles: Collection[str] = (),
    sections: Collection[str] = (),
    prose: Collection[str] = (),
) -> FactSet:
    """Read a page whose lines are known already.

    sections: all their names, where the page marks them; prose: the parts of the introduction that it marks.
    """
    facts = FactSet(file=file, kind=kind, tells=tells.redoc())
    _Page(Writer(facts), lines, frozenset(titles), frozenset(sections), tuple(prose)).read()
    facts.end = Place(file, "", lines[-1].number if lines else None)
    if not facts.evidence.releases:
        facts.tells.pop("release")
    if not any(facts.subjects("operation")) and not facts.evidence.releases:
        line = lines[0].number if lines else None
        reason = "no operation and no release note was found; is this the text of a Redoc page?"
        raise DocumentError(file, line, reason)
    if not any(facts.value(subject, "status") for subject in facts.subjects("response")):
        facts.tells["response"] -= {"exists", "status"}
    if any(facts.value(subject, "required") for subject in facts.subjects("request")):
        facts.tells["request"] |= _REQUIRED
    return facts


class _Page:
    """Walks over the lines once, from part to part."""

    def __init__(
        self,
        writer: Writer,
        lines: list[Line],
        titles: frozenset[str],
        sections: frozenset[str],
        prose: tuple[str, ...],
    ) -> None:
        self._writer = writer
        self._lines = lines
        self._titles = titles
        self._sections = sections
        self._prose = prose
        self._width = wrap_width(lines)
        self._index = 0
        self._section = ""
        self._where = Place(writer.facts.file, "")

    def read(self) -> None:
        self._header()
        opening = True
        while self._index < len(self._lines):
            line = self._lines[self._index]
            if line.text == _NOTES or HEADING.match(line.text):
                self._notes()
            elif self._operation(opening=opening):
                opening = False

    def _at(self, line: Line) -> Place:
        return evolve(self._where, line=line.number)

    def _header(self) -> None:
        """Title and version: the first line, below remains of the page's menu at most."""
        for index, line in enumerate(self._lines[:20]):
            match = _HEADER.match(line.text)
            if match and not line.bullet:
                self._writer.there(API, self._at(line))
                self._writer.say(API, "title", match["title"], self._at(line))
                self._writer.say(API, "version", match[2], self._at(line))
                for before in self._lines[:index]:
                    self._unread(before, "this stands before the title of the page")
                self._index = index + 1
                break
        else:
            line = self._lines[0] if self._lines else Line(1, "")
            reason = "no title with a version, such as `Name (1.0)`, opens the page"
            raise DocumentError(self._where.file, line.number, reason)
        while self._index < len(self._lines) and _DOWNLOAD.match(self._lines[self._index].text):
            self._index += 1
        self._end()

    def _end(self) -> None:
        """Leave out what belongs to another page behind this one, and the page's own last words."""
        for index in range(self._index, len(self._lines) - 1):
            if _HEADER.match(self._lines[index].text) and _DOWNLOAD.match(self._lines[index + 1].text):
                self._unread(self._lines[index], "another API begins here; give each its own file")
                del self._lines[index:]
                break
        while len(self._lines) > self._index and CHROME.match(self._lines[-1].text):
            del self._lines[-1]

    def _unread(self, line: Line, reason: str) -> None:
        self._writer.unread(self._at(line), line.text, reason)

    # -- operations --------------------------------------------------------------------------------

    def _operation(self, *, opening: bool) -> bool:
        """One operation from its lead to its samples; False when no operation follows."""
        start = self._index
        while self._index < len(self._lines) and not is_marker(self._lines[self._index].text):
            if self._lines[self._index].text == _NOTES and self._index > start:
                break
            self._index += 1
        lead_lines = self._lines[start : self._index]
        at_end = self._index >= len(self._lines) or self._lines[self._index].text == _NOTES
        if at_end:
            self._leftover(lead_lines, opening=opening)
            return False
        lead = read_lead(
            to_units(lead_lines, self._width),
            opening=opening,
            titles=self._titles,
            sections=self._sections,
            writer=self._writer,
            where=self._where,
        )
        if lead is None:
            self._unread(self._lines[self._index], "this part of an operation has no title before it")
            self._index += 1
            return False
        if opening:
            self._introduction([unit.text for unit in lead.before], lead_lines[0])
        self._parts(lead)
        return True

    def _introduction(self, texts: list[str], first: Line) -> None:
        """What stands before the first section; the license and the contact are not of the description."""
        told = [text for text in [*texts, *self._prose] if not _CONTACT.match(text)]
        self._writer.say(API, "description", " ".join(told), self._at(first))

    def _parts(self, lead: Lead) -> None:
        if lead.section is not None:
            self._section = lead.section
        place = evolve(self._where, line=lead.number)
        writer = self._writer.about(lead.title, "", place)
        writer.say(writer.itself, "section", self._section, place)
        writer.say(writer.itself, "deprecated", lead.deprecated, place)
        describe(writer, lead.units, place)
        self._index = Parts(writer, self._where, self._index, self._lines).read()

    def _leftover(self, lines: list[Line], *, opening: bool) -> None:
        """Lines behind the last operation: text of no part, or the introduction of a page without any."""
        if opening:
            return
        for unit in to_units(lines, self._width):
            place = evolve(self._where, line=unit.number)
            self._writer.unread(place, unit.text, "no part of the page ends in this text")

    # -- release notes -----------------------------------------------------------------------------

    def _notes(self) -> None:
        evidence = self._writer.facts.evidence
        self._index += self._lines[self._index].text == _NOTES
        while self._index < len(self._lines):
            line = self._lines[self._index]
            if not HEADING.match(line.text):
                if self._operation_follows():
                    return
                self._unread(line, "this stands outside the entries of the release notes")
                self._index += 1
                continue
            start = self._index
            self._index += 1
            while self._index < len(self._lines) and not HEADING.match(self._lines[self._index].text):
                if self._operation_follows():
                    break
                self._index += 1
            version, statements = read_release(self._lines[start : self._index], self._width, self._where)
            if version in evidence.releases:
                self._unread(line, "this release stands twice in the notes")
            evidence.releases.setdefault(version, self._at(line))
            evidence.statements += statements

    def _operation_follows(self) -> bool:
        """Whether the notes end here, since titles and tables come below."""
        line = self._lines[self._index]
        if line.bullet or not line.opens:
            return False
        rest = self._lines[self._index :]
        marker = next((i for i, other in enumerate(rest) if is_marker(other.text)), None)
        if marker is None or any(HEADING.match(other.text) for other in rest[:marker]):
            return False
        return is_title(to_units([line], self._width)[0])
