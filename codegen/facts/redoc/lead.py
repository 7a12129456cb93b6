"""What stands before the tables of an operation: section and title, and where the description begins."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from attrs import frozen

from codegen.facts.lines import Unit
from codegen.facts.marks import is_heading
from codegen.facts.writer import Writer
from codegen.ir import Place

_SMALL: Final = frozenset(
    ("a", "an", "the", "of", "for", "by", "in", "on", "to", "and", "or", "with", "from", "at", "as", "per")
) | {"via"}
_BADGE: Final = re.compile(r"\s+Deprecated\Z")


@frozen
class Lead:
    """The lead of one operation. section: None where the one before goes on; units: behind the title.

    before: paragraphs before the section, which of the first operation are the introduction of the page.
    """

    title: str
    number: int
    section: str | None
    deprecated: bool
    units: list[Unit]
    before: list[Unit]


def is_title(unit: Unit) -> bool:
    """Whether a paragraph can be the title of a section or an operation."""
    text = unit.text
    if unit.bullet or is_heading(text) or len(text) > 100 or text.endswith((".", ":", "?", "!", ";", ",")):
        return False
    words = [word for word in re.split(r"[\s/]+", text.strip("()")) if word]
    return len(words) <= 12 and "[" not in text and all(_is_capital(w, i) for i, w in enumerate(words))


def _is_capital(word: str, index: int) -> bool:
    bare = word.strip("()'\",&-")
    mixed = bare[1:] != bare[1:].lower()
    return not bare or not bare[0].islower() or mixed or (index > 0 and bare in _SMALL)


def read_lead(
    units: list[Unit],
    *,
    opening: bool,
    titles: Collection[str],
    sections: Collection[str],
    writer: Writer,
    where: Place,
) -> Lead | None:
    """The lead of an operation; None without a title. opening: the introduction may stand before it.

    titles: those that are known; sections: all of them, or none where the page does not mark them.
    """
    known = next((i for i, u in enumerate(units) if _plain(u) in titles and not u.bullet), None)
    stop = next((i for i, u in enumerate(units) if i > (known or 0) and is_heading(u.text)), len(units))
    place = known if known is not None else _title_index(units[:stop], opening=opening)
    if place is None:
        return None
    headings = (i for i in reversed(range(place)) if _opens_section(units[i], sections))
    at = next(headings, None)
    section = units[at].text if at is not None else None
    if not opening and section is None:
        for u in units[:place]:
            writer.unread(
                Place(where.file, where.pointer, u.number),
                u.text,
                "this stands between operations and is no title",
            )
    unit = units[place]
    badge = bool(_BADGE.search(unit.text))
    return Lead(_plain(unit), unit.number, section, badge, units[place + 1 :], units[:at] if at else [])


def _opens_section(unit: Unit, sections: Collection[str]) -> bool:
    return unit.text in sections if sections else is_title(unit)


def _plain(unit: Unit) -> str:
    """A title without the badge behind it."""
    return _BADGE.sub("", unit.text)


def _title_index(units: list[Unit], *, opening: bool) -> int | None:
    """The operation's title among titles: the second of two, where the first one opens a section."""
    places = [index for index, unit in enumerate(units) if is_title(unit)]
    if not opening:
        if not units:
            return None
        # What follows the end of an operation is a title, whatever it looks like.
        places = sorted({0, *places})
        second = next((p for p in places[1:] if all(_is_sentence(u) for u in units[1:p])), None)
        if (
            second is None
            or any("[Rev" in u.text for u in units[:second])
            or _introduces_bullets(units, second)
        ):
            return 0
        return second
    return places[-1] if places else None


def _is_sentence(unit: Unit) -> bool:
    return not unit.bullet and not is_heading(unit.text)


def _introduces_bullets(units: list[Unit], index: int) -> bool:
    return index + 1 < len(units) and units[index + 1].bullet
