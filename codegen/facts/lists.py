"""What stands before the tables of an operation: its description, and the three lists of names under it."""

from __future__ import annotations

import re
from typing import Final

from codegen.facts.fact import Subject, SubjectKind
from codegen.facts.lines import Unit
from codegen.facts.markdown import plain_lines, units_of
from codegen.facts.marks import AVAILABLE, NAME, PATCHABLE, VERBS, is_heading, take_since
from codegen.facts.prose import is_deprecation
from codegen.facts.writer import Writer
from codegen.ir import Place
from codegen.read.source.node import Node

_AVAILABLE: Final = re.compile(
    r"\**(?P<list>filterable|sortable)\**(?: fields)? ?:\** ?(?P<names>.*)\Z", re.IGNORECASE
)
_NONE: Final = re.compile(r"(?:no fields are|none|n/a)\b.*", re.IGNORECASE)
_PATCHABLE: Final = re.compile(r"(?P<name>[\w$@.\-/`*]+) ?: ?(?P<verbs>.+)\Z")
_SPLIT: Final = re.compile(r",(?![^\[]*\])")
_STRAY: Final = re.compile(r"(filterable|sortable|patchable)\b", re.IGNORECASE)


def tell_lead(writer: Writer, description: Node) -> None:
    """State what the markdown description of an operation says."""
    if isinstance(description.value, str):
        describe(writer, units_of(plain_lines(description.value, description.place.line)), description.place)


def describe(writer: Writer, units: list[Unit], place: Place) -> None:
    """State description, revision, deprecation and lists. Each list ends at the next heading.

    place: of the whole text; each unit has its own line of the same file.
    """
    parts: dict[str, list[Unit]] = {"": []}
    current = ""
    for unit in units:
        if unit.text.rstrip(":") in (AVAILABLE, PATCHABLE):
            current = unit.text.rstrip(":")
            if current in parts:
                writer.unread(_at(place, unit), unit.text, "this list stands twice in one operation")
            parts.setdefault(current, [])
        elif is_heading(unit.text) and not unit.bullet:
            current = ""
        else:
            parts[current].append(unit)
    itself = writer.itself
    for unit in parts[""]:
        _mark(writer, unit, _at(place, unit))
        writer.say(itself, "deprecated", is_deprecation(unit.text), _at(place, unit))
        if _STRAY.match(unit.text) and ":" in unit.text:
            writer.unread(_at(place, unit), unit.text, "a list of names outside Available Fields")
    writer.say(itself, "description", " ".join(unit.text for unit in parts[""]), place)
    _available(writer, parts.get(AVAILABLE, []), place)
    if PATCHABLE in parts:
        _patchable(writer, parts[PATCHABLE], place)


def _at(place: Place, unit: Unit) -> Place:
    return Place(place.file, place.pointer, unit.number)


def _mark(writer: Writer, unit: Unit, place: Place) -> None:
    _, since, bad = take_since(unit.text)
    if bad:
        writer.unread(place, bad, "this revision mark has no number")
    known = writer.facts.get(writer.itself, "revision")
    if since and known is None:
        writer.say(writer.itself, "revision", since, place)
    elif since:
        writer.unread(place, unit.text, "a second revision mark on one operation")


def _available(writer: Writer, units: list[Unit], place: Place) -> None:
    """The filterable and sortable lists. Prose before the first list belongs to the heading."""
    current: SubjectKind | None = None
    seen: set[str] = set()
    for unit in units:
        match = _AVAILABLE.match(unit.text)
        if match:
            current = "filterable" if match["list"].lower() == "filterable" else "sortable"
            if current in seen:
                writer.unread(_at(place, unit), unit.text, "this list stands twice in one operation")
            seen.add(current)
            _names(writer, current, match["names"], _at(place, unit))
        elif unit.bullet:
            reason = "under Available Fields only Filterable and Sortable are known"
            writer.unread(_at(place, unit), unit.text, reason)
        elif current is not None:
            _names(writer, current, unit.text, _at(place, unit))


def _names(writer: Writer, kind: SubjectKind, text: str, place: Place) -> None:
    """Comma separated names, each with an optional mark; a full stop or a comma may end the list."""
    text = text.strip().rstrip(".,").strip()
    if _NONE.fullmatch(text) or not text:
        return
    for part in _SPLIT.split(text):
        name, since, bad = take_since(part)
        name = name.strip("`*. ")
        subject = Subject(kind, writer.operation, path=(name,))
        if not name:
            continue
        if bad or not NAME.match(name):
            writer.unread(place, part.strip(), "this is no field name in a list of names")
        elif subject in writer.facts:
            writer.unread(place, name, "this name stands twice in its list")
        else:
            writer.say(writer.there(subject, place), "revision", since, place)


def _patchable(writer: Writer, units: list[Unit], place: Place) -> None:
    """Patchable fields with their verbs. Bullets below a field are remarks on it."""
    depth = min((unit.indent for unit in units if unit.bullet), default=0)
    found = 0
    for unit in units:
        at = _at(place, unit)
        match = _PATCHABLE.match(unit.text)
        if match is None or (unit.bullet and unit.indent > depth and not _verbs(match["verbs"])[0]):
            stray = found and not unit.bullet and not unit.text.endswith((".", ":", "!"))
            item = unit.bullet and unit.indent <= depth and not _is_remark(unit.text)
            if stray or item or _looks_listed(unit.text):
                writer.unread(at, unit.text, "under Patchable Fields this is no `field : verbs`")
            continue
        rest, since, bad = take_since(match["verbs"])
        deprecated = is_deprecation(rest)
        verbs, unknown = _verbs(rest)
        if bad or unknown or not verbs:
            problem = bad or ", ".join(unknown) or rest
            writer.unread(at, unit.text, f"{problem!r} is no verb of a JSON Patch")
        subject = Subject("patchable", writer.operation, path=(match["name"].strip("`*/"),))
        if subject in writer.facts:
            writer.unread(at, unit.text, "this field stands twice in its list")
        elif verbs:
            found += 1
            writer.there(subject, at)
            writer.say(subject, "verbs", verbs, at)
            writer.say(subject, "revision", since, at)
            writer.say(subject, "deprecated", deprecated, at)


def _verbs(text: str) -> tuple[tuple[str, ...], list[str]]:
    words = [word.strip("`*. ").lower() for word in re.split(r",| and |/|\|", text)]
    words = [word for word in words if word]
    return tuple(w for w in words if w in VERBS), [w for w in words if w not in VERBS]


def _is_remark(text: str) -> bool:
    return len(text.split()) >= 4 and text.endswith(".")


def _looks_listed(text: str) -> bool:
    """A short text around a colon or a verb: a damaged entry, not a sentence."""
    return not text.endswith((".", ":")) and any(re.search(rf"\b{verb}\b", text) for verb in VERBS[:3])


def tell_words(writer: Writer, words: Node) -> None:
    """State revision and lists as a spec of ours has them, in `x-trunkline`."""
    writer.say(writer.itself, "revision", words.text("since"), words.get("since").place)
    for kind in ("filterable", "sortable", "patchable"):
        node = words.get(kind)
        marks = words.get("revisions").get(kind)
        entries = node.items() if node.is_object else ((str(n.value), n) for n in node.each())
        for name, entry in entries:
            subject = writer.there(Subject(kind, writer.operation, path=(name,)), entry.place)
            writer.say(subject, "verbs", tuple(str(verb.value) for verb in entry.each()), entry.place)
            writer.say(subject, "revision", marks.text(name), marks.get(name).place)
