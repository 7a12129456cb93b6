"""What stands before the tables of an operation: section, title, description and the two lists of names."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from attrs import define, field

from codegen.vendor.document import At, NameList, Unplaced
from codegen.vendor.lines import Unit
from codegen.vendor.marks import AVAILABLE, PATCHABLE, is_heading, take_since
from codegen.vendor.name_lists import read_available, read_patchable

_SMALL: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "by",
        "in",
        "on",
        "to",
        "and",
        "or",
        "with",
        "from",
        "at",
        "as",
        "per",
        "via",
    ]
)


@define
class Lead:
    """The lead of one operation. section: None where it goes on with the one before."""

    title: str
    number: int
    section: str | None = None
    since: str | None = None
    since_number: int = 0
    lists: dict[str, NameList] = field(factory=dict)


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
    unplaced: list[Unplaced],
) -> Lead | None:
    """The lead of an operation; None without a title. opening: the introduction may stand before it.

    titles: those that are known; sections: all of them, or none where the page does not mark them.
    """
    known = next((i for i, u in enumerate(units) if u.text in titles and not u.bullet), None)
    stop = next((i for i, u in enumerate(units) if i > (known or 0) and is_heading(u.text)), len(units))
    place = known if known is not None else _title_index(units[:stop], opening=opening)
    if place is None:
        return None
    headings = (u for u in reversed(units[:place]) if (u.text in sections if sections else is_title(u)))
    section = next((u.text for u in headings), None)
    if not opening and section is None:
        unplaced += [
            Unplaced(At(u.number), u.text, "this stands between operations and is no title")
            for u in units[:place]
        ]
    unit = units[place]
    lead = Lead(unit.text, unit.number, section)
    describe(units[place + 1 :], lead, unplaced)
    return lead


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


def describe(units: list[Unit], lead: Lead, unplaced: list[Unplaced]) -> None:
    """Description, notes and lists. Each list ends at the next heading."""
    parts: dict[str, list[Unit]] = {"": []}
    current = ""
    for unit in units:
        if unit.text.rstrip(":") in (AVAILABLE, PATCHABLE):
            current = unit.text.rstrip(":")
            if current in parts:
                unplaced.append(
                    Unplaced(At(unit.number), unit.text, "this list stands twice in one operation")
                )
            parts.setdefault(current, [])
        elif is_heading(unit.text) and not unit.bullet:
            current = ""
        else:
            parts[current].append(unit)
    for unit in parts[""]:
        _, since, bad = take_since(unit.text)
        if bad:
            unplaced.append(Unplaced(At(unit.number), bad, "this revision mark has no number"))
        if since and lead.since is None:
            lead.since, lead.since_number = since, unit.number
        elif since:
            unplaced.append(Unplaced(At(unit.number), unit.text, "a second revision mark on one operation"))
        _stray_list(unit, unplaced)
    if AVAILABLE in parts:
        lead.lists.update(read_available(parts[AVAILABLE], unplaced))
    if PATCHABLE in parts:
        lead.lists["patchable"] = read_patchable(parts[PATCHABLE], unplaced)


def _stray_list(unit: Unit, unplaced: list[Unplaced]) -> None:
    if re.match(r"(filterable|sortable|patchable)\b", unit.text, re.IGNORECASE) and ":" in unit.text:
        unplaced.append(Unplaced(At(unit.number), unit.text, "a list of names outside Available Fields"))
