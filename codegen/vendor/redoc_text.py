"""The text of a Redoc page, as people copy or print it, into the neutral form.

Grammar: a title with a version; an introduction; then, operation by operation, a lead (section, title,
description, lists of names), the tables, `Responses` and the samples; anywhere after that, the release notes.
Each line belongs to one of these parts or ends up in `VendorDocument.unplaced`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from codegen.vendor.document import At, Unplaced, VendorDocument, VendorError
from codegen.vendor.lead import Lead, is_title, read_lead
from codegen.vendor.lines import Line, to_lines, to_units, wrap_width
from codegen.vendor.marks import VERSION
from codegen.vendor.operation_parts import Parts, is_marker, unfill
from codegen.vendor.release_notes import HEADING, read_release
from codegen.vendor.samples import SampleError

TELLS: Final = frozenset(
    (
        "title",
        "version",
        "operations",
        "sections",
        "parameters",
        "body",
        "lists",
        "samples",
        "since",
        "types",
        "required",
        "enums",
        "releases",
        "header",
        "authorizations",
        "routes-in-notes",
        "removals",
    )
)
_HEADER: Final = re.compile(rf"(?P<title>.+?) \(\s*{VERSION}\s*\)\Z")
_DOWNLOAD: Final = re.compile(r"Download(?: OpenAPI specification)?(?:: ?(?:Download)?)?\Z")
_NOTES: Final = "Release Notes"


def read_redoc_text(text: str, file: str, titles: Collection[str] = ()) -> VendorDocument:
    """Read a page. titles: names of operations that are known, to tell a title from a heading in doubt."""
    return read_redoc_lines(unfill(to_lines(text)), file, titles)


def read_redoc_lines(
    lines: list[Line], file: str, titles: Collection[str] = (), sections: Collection[str] = ()
) -> VendorDocument:
    """Read a page whose lines are known already. sections: all their names, where the page marks them."""
    document = VendorDocument(file=file, kind="redoc-text", tells=TELLS)
    _Page(document, lines, frozenset(titles), frozenset(sections)).read()
    document.end_at = At(lines[-1].number if lines else None)
    if not document.releases:
        document.tells -= {"releases", "routes-in-notes"}
    if not document.operations and not document.releases:
        line = lines[0].number if lines else None
        raise VendorError(
            file, line, "no operation and no release note was found; is this the text of a Redoc page?"
        )
    return document


class _Page:
    """Walks over the lines once, from part to part."""

    def __init__(
        self, document: VendorDocument, lines: list[Line], titles: frozenset[str], sections: frozenset[str]
    ) -> None:
        self._document = document
        self._lines = lines
        self._titles = titles
        self._sections = sections
        self._width = wrap_width(lines)
        self._index = 0
        self._section = ""

    def read(self) -> None:
        self._header()
        opening = True
        while self._index < len(self._lines):
            line = self._lines[self._index]
            if line.text == _NOTES or HEADING.match(line.text):
                self._notes()
            elif self._operation(opening=opening):
                opening = False

    def _header(self) -> None:
        """Title and version: the first line, below remains of the page's menu at most."""
        for index, line in enumerate(self._lines[:20]):
            match = _HEADER.match(line.text)
            if match and not line.bullet:
                self._document.title, self._document.version = match["title"], match[2]
                self._document.version_at = At(line.number)
                for before in self._lines[:index]:
                    self._unplaced(before, "this stands before the title of the page")
                self._index = index + 1
                break
        else:
            line = self._lines[0] if self._lines else Line(1, "")
            raise VendorError(
                self._document.file,
                line.number,
                "no title with a version, such as `Name (1.0)`, opens the page",
            )
        while self._index < len(self._lines) and _DOWNLOAD.match(self._lines[self._index].text):
            self._index += 1

    def _unplaced(self, line: Line, reason: str) -> None:
        self._document.unplaced.append(Unplaced(At(line.number), line.text, reason))

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
        units = to_units(lead_lines, self._width)
        lead = read_lead(
            units,
            opening=opening,
            titles=self._titles,
            sections=self._sections,
            unplaced=self._document.unplaced,
        )
        if lead is None:
            self._unplaced(self._lines[self._index], "this part of an operation has no title before it")
            self._index += 1
            return False
        self._parts(lead)
        return True

    def _parts(self, lead: Lead) -> None:
        if lead.section is not None:
            self._section = lead.section
            if lead.section not in self._document.sections:
                self._document.sections.append(lead.section)
        parts = Parts(lead, self._section, self._lines, self._index, self._document.unplaced)
        try:
            self._index = parts.read()
        except SampleError as error:
            self._document.unplaced.append(Unplaced(At(error.line), "", str(error)))
            self._index = self._resume(parts.index)
            parts.operation.broken_sample = True
        known = self._document.operations.setdefault(lead.title, parts.operation)
        if known is not parts.operation:
            self._document.repeated.append(parts.operation)

    def _resume(self, index: int) -> int:
        """Where to go on after a broken sample: behind the line that closes it."""
        while index < len(self._lines):
            line = self._lines[index]
            if (line.indent == 0 and line.text in ("}", "]")) or line.text == _NOTES:
                return index + (line.text != _NOTES)
            index += 1
        return index

    def _leftover(self, lines: list[Line], *, opening: bool) -> None:
        """Lines behind the last operation: text of no part, or the introduction of a page without any."""
        if opening:
            return
        for unit in to_units(lines, self._width):
            self._document.unplaced.append(
                Unplaced(At(unit.number), unit.text, "no part of the page ends in this text")
            )

    # -- release notes -----------------------------------------------------------------------------

    def _notes(self) -> None:
        self._index += self._lines[self._index].text == _NOTES
        while self._index < len(self._lines):
            line = self._lines[self._index]
            if not HEADING.match(line.text):
                if self._operation_follows():
                    return
                self._unplaced(line, "this stands outside the entries of the release notes")
                self._index += 1
                continue
            start = self._index
            self._index += 1
            while self._index < len(self._lines) and not HEADING.match(self._lines[self._index].text):
                if self._operation_follows():
                    break
                self._index += 1
            release = read_release(self._lines[start : self._index], self._width)
            if any(release.version == known.version for known in self._document.releases):
                self._unplaced(line, "this release stands twice in the notes")
            self._document.releases.append(release)

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
