"""Text of a page into lines: line ends, invisible characters, quotes and bullets as one spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from attrs import define, evolve, frozen

from codegen.facts.marks import is_heading

_BULLETS: Final = "•‣◦·∙▪▫■□●○\u2043*\u2013\u2014-➢→✓"
_BULLET: Final = re.compile(rf"(?:[{re.escape(_BULLETS)}]|o)(?=\s)\s+")
_REPLACED: Final = str.maketrans(
    {
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
        **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
        **{ligature: unicodedata.normalize("NFKC", ligature) for ligature in "ﬀﬁﬂﬃﬄﬅﬆ"},
        "…": "...",
    }
)
_LISTED: Final = re.compile(
    r"(?:[\w$@.]+ ?: ?(?:add|remove|replace)\b|(?:Filterable|Sortable) ?:)"
    r"|(?-i:(?:Added|Updated|Removed|Deleted|Deprecated|Renamed|Changed) [\w`$])",
    re.IGNORECASE,
)
_OPEN_MARK: Final = re.compile(r"\s*\[\s*Rev\.?\Z", re.IGNORECASE)
_SPACES: Final = re.compile(r"[^\S\n]+")


@frozen
class Line:
    """One line that is not blank. number: in the file, from 1; indent: columns before the bullet or the text.

    opens: a blank line stands before it; tabbed: it has a tab between words; width: of the line as written.
    depth: of tables in tables around it, where the layout of the page is known; tab: it is a button.
    """

    number: int
    text: str
    indent: int = 0
    bullet: bool = False
    opens: bool = False
    tabbed: bool = False
    width: int = 0
    depth: int | None = None
    tab: bool = False


@define
class Unit:
    """A paragraph or a bullet with its continuation lines joined."""

    number: int
    text: str
    indent: int = 0
    bullet: bool = False


def to_lines(text: str) -> list[Line]:
    """Every line that is not blank, cleaned. Blank lines survive as `opens` of the next line."""
    lines: list[Line] = []
    blank = True
    for number, raw in enumerate(re.split(r"\r\r\n|\r\n|\n|\r|\u2028|\u2029|\x0b|\x0c|\x85", text), 1):
        clean = raw if raw.isascii() else _plain(raw)
        stripped = clean.strip()
        if not stripped:
            blank = True
            continue
        indent = len(clean.expandtabs(4)) - len(clean.expandtabs(4).lstrip())
        mark = _BULLET.match(stripped)
        body = stripped[mark.end() :] if mark else stripped
        lines.append(
            Line(number, _SPACES.sub(" ", body), indent, bool(mark), blank, "\t" in body, len(clean.rstrip()))
        )
        blank = False
    return _closed_marks(lines)


def _plain(raw: str) -> str:
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in raw.translate(_REPLACED))


def _closed_marks(lines: list[Line]) -> list[Line]:
    """A revision mark that a wrap tore apart moves to the line of its number as a whole."""
    closed: list[Line] = []
    torn = False
    for line in lines:
        line = evolve(line, text=f"[Rev {line.text}") if torn else line
        mark = _OPEN_MARK.search(line.text)
        torn = mark is not None
        closed.append(evolve(line, text=line.text[: mark.start()]) if mark and mark.start() else line)
    return [line for line in closed if line.text]


def wrap_width(lines: list[Line]) -> int:
    """The column at which prose was wrapped: all but the longest lines keep to it (long words stand out)."""
    widths = sorted(
        line.width for line in lines if line.width >= 20 and not line.text.startswith(('"', "{", "["))
    )
    if not widths:
        return 0
    width = widths[int(len(widths) * 0.98)]
    # Lines of a copy are as long as their paragraphs: then nothing was wrapped at all.
    return width if widths[-1] <= 2 * width else widths[-1] + 1


def to_units(lines: list[Line], width: int) -> list[Unit]:
    """Join wrapped lines: a line goes on when its first word did not fit on the line before."""
    units: list[Unit] = []
    previous: Line | None = None
    for line in lines:
        if previous is not None and _goes_on(previous, line, width):
            units[-1].text += f" {line.text}"
        else:
            units.append(Unit(line.number, line.text, line.indent, line.bullet))
        previous = line
    return units


def _goes_on(previous: Line, line: Line, width: int) -> bool:
    if (
        line.bullet
        or line.opens
        or is_heading(line.text)
        or is_heading(previous.text)
        or _LISTED.match(line.text)
    ):
        return False
    if line.text[0].islower() or line.text[0] in ",;)[" or previous.text.endswith(","):
        return True
    full = previous.width + 1 + len(line.text.split(" ", 1)[0]) > width
    return full and (width < 120 or not previous.text.endswith((".", "]"))) and not _ended(previous, line)


def _ended(previous: Line, line: Line) -> bool:
    """A sentence ended well before the margin, and a title may follow."""
    return (
        previous.text.endswith((".", "]"))
        and len(line.text.split()) <= 6
        and not line.text.endswith((".", "]"))
    )
