"""The lists under Available Fields and Patchable Fields: names, verbs and their revision marks."""

from __future__ import annotations

import re
from typing import Final

from codegen.vendor.document import At, ListedName, NameList, Unplaced
from codegen.vendor.lines import Unit
from codegen.vendor.marks import NAME, VERBS, take_since

_AVAILABLE: Final = re.compile(
    r"\**(?P<list>filterable|sortable)\**(?: fields)? ?:\** ?(?P<names>.*)\Z", re.IGNORECASE
)
_NONE: Final = re.compile(r"(?:no fields are|none|n/a)\b.*", re.IGNORECASE)
_PATCHABLE: Final = re.compile(r"(?P<name>[\w$@.\-/`*]+) ?: ?(?P<verbs>.+)\Z")
_SPLIT: Final = re.compile(r",(?![^\[]*\])")


def read_available(units: list[Unit], unplaced: list[Unplaced]) -> dict[str, NameList]:
    """The filterable and sortable lists. Prose before the first list belongs to the heading."""
    lists: dict[str, NameList] = {}
    current: NameList | None = None
    for unit in units:
        match = _AVAILABLE.match(unit.text)
        if match:
            current = NameList(at=At(unit.number))
            if lists.setdefault(match["list"].lower(), current) is not current:
                unplaced.append(
                    Unplaced(At(unit.number), unit.text, "this list stands twice in one operation")
                )
            _names(match["names"], unit.number, current, unplaced)
        elif unit.bullet:
            reason = "under Available Fields only Filterable and Sortable are known"
            unplaced.append(Unplaced(At(unit.number), unit.text, reason))
        elif current is not None:
            _names(unit.text, unit.number, current, unplaced)
    return lists


def _names(text: str, line: int, into: NameList, unplaced: list[Unplaced]) -> None:
    """Comma separated names, each with an optional mark; a full stop or a comma may end the list."""
    text = text.strip().rstrip(".,").strip()
    if _NONE.fullmatch(text) or not text:
        return
    for part in _SPLIT.split(text):
        name, since, bad = take_since(part)
        name = name.strip("`*. ")
        if not name:
            continue
        if bad or not NAME.match(name):
            unplaced.append(Unplaced(At(line), part.strip(), "this is no field name in a list of names"))
        elif name in into.names:
            unplaced.append(Unplaced(At(line), name, "this name stands twice in its list"))
        else:
            into.names[name] = ListedName(name, At(line), since)


def read_patchable(units: list[Unit], unplaced: list[Unplaced]) -> NameList:
    """Patchable fields with their verbs. Bullets below a field are remarks on it."""
    found = NameList(at=At(units[0].number if units else None))
    depth = min((unit.indent for unit in units if unit.bullet), default=0)
    for unit in units:
        match = _PATCHABLE.match(unit.text)
        if match is None or (unit.bullet and unit.indent > depth and not _verbs(match["verbs"])[0]):
            stray = bool(found.names) and not unit.bullet and not unit.text.endswith((".", ":", "!"))
            item = unit.bullet and unit.indent <= depth and not _is_remark(unit.text)
            if stray or item or _looks_listed(unit.text):
                reason = "under Patchable Fields this is no `field : verbs`"
                unplaced.append(Unplaced(At(unit.number), unit.text, reason))
            continue
        rest, since, bad = take_since(match["verbs"])
        verbs, unknown = _verbs(rest)
        name = match["name"].strip("`*/")
        if bad or unknown or not verbs:
            problem = bad or ", ".join(unknown) or rest
            reason = f"{problem!r} is no verb of a JSON Patch"
            unplaced.append(Unplaced(At(unit.number), unit.text, reason))
        if name in found.names:
            unplaced.append(Unplaced(At(unit.number), unit.text, "this field stands twice in its list"))
        elif verbs:
            found.names[name] = ListedName(name, At(unit.number), since, verbs)
    return found


def _verbs(text: str) -> tuple[tuple[str, ...], list[str]]:
    words = [word.strip("`*. ").lower() for word in re.split(r",| and |/|\|", text)]
    words = [word for word in words if word]
    return tuple(w for w in words if w in VERBS), [w for w in words if w not in VERBS]


def _is_remark(text: str) -> bool:
    return len(text.split()) >= 4 and text.endswith(".")


def _looks_listed(text: str) -> bool:
    """A short text around a colon or a verb: a damaged entry, not a sentence."""
    return not text.endswith((".", ":")) and any(re.search(rf"\b{verb}\b", text) for verb in VERBS[:3])
