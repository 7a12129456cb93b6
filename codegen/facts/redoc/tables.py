"""The tables of a page: parameters by location, and the fields of a body or a response."""

from __future__ import annotations

import json
import re
from typing import Final

from attrs import define, evolve, field

from codegen.facts.fact import Subject, Value
from codegen.facts.lines import Line
from codegen.facts.marks import NAME, TypeText, read_type
from codegen.facts.prose import tell_text
from codegen.facts.redoc.markers import ARRAY, ONE_OF
from codegen.facts.shapes import Shape
from codegen.facts.writer import Writer, json_text
from codegen.ir import Place

_ATTRIBUTE: Final = re.compile(
    r"(?P<word>Items Enum|Enum|Items Value|Value|Default|Examples?|Additional properties|Pattern)"
    r": ?(?P<rest>.*)\Z"
)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_WORD: Final = re.compile(r"[a-z][a-z0-9_-]*\Z")
_INLINE: Final = re.compile(r"(?P<name>[$@A-Za-z_][\w$@.\-]*)(?P<required> required)? (?P<type>[^.]+)\Z")
_FREE: Final = re.compile(r"property name\*|additional propert(?:y|ies)\Z", re.IGNORECASE)
_MORE: Final = re.compile(r"(?:…|\.\.\.)? ?(?:Show )?\d+ more\Z|(?:…|\.\.\.)\Z")


@define
class Entry:
    """One row. depth: of tables around it, where the layout is known; text: its description in one line."""

    name: str
    place: Place
    required: bool
    type: TypeText
    depth: int | None = None
    values: dict[str, tuple[str, ...]] = field(factory=dict)
    text: list[str] = field(factory=list)
    cut: bool = False
    choices: tuple[str, ...] = ()


@define
class Table:
    """Reads the lines of one table, which hold nothing else. entries: in the order of the page."""

    writer: Writer
    where: Place
    entries: list[Entry] = field(factory=list)
    is_array: bool = False
    is_choice: bool = False
    """Whether the rows are those of one of several alternatives, the first one."""
    whole: TypeText | None = None
    """The type of a body or response that has no fields."""

    def _at(self, line: Line) -> Place:
        return evolve(self.where, line=line.number)

    def read(self, lines: list[Line]) -> list[Entry]:
        """All rows; what stands before the first one says that the whole is a list, or one of several."""
        index = 0
        while index < len(lines):
            line = lines[index]
            if line.tab:
                index += 1
                continue
            if not self.entries and ARRAY.match(line.text):
                self.is_array = True
                index += 1
                continue
            if not self.entries and self.whole is None and len(lines) == 1:
                self.whole = read_type(line.text)
            size = self._row(lines, index) or self._choice(lines, index)
            index += size or self._below(lines, index)
        return self.entries

    def _choice(self, lines: list[Line], index: int) -> int:
        """`One of` and the tabs below it, or `Array` before the rows of a nested list."""
        line = lines[index]
        self.is_choice = self.is_choice or (not self.entries and bool(ONE_OF.match(line.text)))
        if ARRAY.match(line.text) and line.text.startswith("Array") and self.entries:
            return 1 if not line.opens or line.text == "Array" else 0
        if not ONE_OF.match(line.text):
            return 0
        size = 1
        while index + size < len(lines) and _row_size(lines, index + size, first=not self.entries) is None:
            size += 1
        return size

    def _row(self, lines: list[Line], index: int) -> int:
        """Read a row that begins at a line: name, "required" where it is, type. The lines that it takes."""
        found = _row_size(lines, index, first=not self.entries)
        if found is None:
            return 0
        name, required, kind, size, known = found
        line = lines[index]
        place = self._at(line)
        if not known:
            reason = f"{kind.kind!r} is no type that the reader knows"
            self.writer.unread(place, f"{name}: {kind.kind}", reason)
            kind = TypeText("")
        self.entries.append(Entry(name, place, required, kind, line.depth))
        return size

    def _below(self, lines: list[Line], index: int) -> int:
        """What stands below an entry: an attribute, a badge, prose. How many lines it takes."""
        line = lines[index]
        entry = self.entries[-1] if self.entries else None
        match = _ATTRIBUTE.match(line.text)
        if match and entry is not None and not line.bullet:
            return self._attribute(entry, match["word"], match["rest"], lines, index)
        if line.text == "required":
            self.writer.unread(self._at(line), line.text, "no name stands before this mark of a field")
        elif entry is None:
            if "[Rev" in line.text:
                self.writer.unread(self._at(line), line.text, "a revision mark that belongs to no field")
        elif line.text in ("Deprecated", "Nullable", "Read only", "Write only", "recursive", "Recursive"):
            extra = read_type(f"any {line.text}")
            entry.type = evolve(entry.type, facts={**entry.type.facts, **(extra.facts if extra else {})})
        else:
            if _looks_like_row(lines, index):
                reason = "this looks like a field, but no type follows its name"
                self.writer.unread(self._at(line), line.text, reason)
            entry.text.append(line.text)
        return 1

    def _attribute(self, entry: Entry, word: str, rest: str, lines: list[Line], index: int) -> int:
        size = 1
        if not word.endswith(("Enum", "Value")):
            entry.values.setdefault(word, (rest,))
            return size
        while index + size < len(lines):
            following = lines[index + size].text
            if _MORE.match(following):
                entry.cut = True
            elif not following.startswith('"'):
                break
            else:
                rest += f" {following}"
            size += 1
        values = tuple(quoted or bare.strip(",") for quoted, bare in _QUOTED.findall(rest))
        if not values:
            self.writer.unread(self._at(lines[index]), lines[index].text, "an Enum without values")
        entry.values.setdefault(word, values)
        return size


def _row_size(lines: list[Line], index: int, *, first: bool) -> tuple[str, bool, TypeText, int, bool] | None:
    """Name, required, type, lines taken and whether the type is known; None where no row begins."""
    line = lines[index]
    if line.bullet:
        return None
    if _FREE.match(line.text):
        rest = [other for other in lines[index + 1 : index + 3] if not _FREE.match(other.text)]
        kind = read_type(rest[0].text) if rest else None
        skipped = 1 + sum(bool(_FREE.match(other.text)) for other in lines[index + 1 : index + 2])
        return ("{}", False, kind, skipped + 1, True) if kind else None
    if line.text in ("Array", "One of", "Any of"):
        return None
    if not NAME.match(line.text):
        return _inline(line, first=first)
    rest = lines[index + 1 : index + 3]
    required = bool(rest) and rest[0].text == "required"
    if (
        not required
        and rest
        and rest[0].text.startswith("required ")
        and (kind := read_type(rest[0].text[9:]))
    ):
        return line.text, True, kind, 2, True
    at = 1 if required else 0
    if len(rest) <= at:
        return None
    kind = read_type(rest[at].text)
    if kind is not None:
        return line.text, required, kind, at + 2, True
    ends = _ends(lines, index + at + 2)
    if _WORD.match(rest[at].text) and not rest[at].opens and (required or ends):
        return line.text, required, TypeText(rest[at].text), at + 2, False
    return None


def _inline(line: Line, *, first: bool) -> tuple[str, bool, TypeText, int, bool] | None:
    """A row whose cells stand on one line, as a copy of a table has them."""
    match = _INLINE.match(line.text)
    if match is None or not (line.tabbed or first or match["required"]):
        return None
    kind = read_type(match["type"])
    return (match["name"], bool(match["required"]), kind, 1, True) if kind else None


def _ends(lines: list[Line], index: int) -> bool:
    """Whether a paragraph ends before a line."""
    return index >= len(lines) or lines[index].opens or bool(_ATTRIBUTE.match(lines[index].text))


def _looks_like_row(lines: list[Line], index: int) -> bool:
    """A paragraph that starts with a lone camelCase name and has more lines below it."""
    line = lines[index]
    if not line.opens or line.bullet or not NAME.match(line.text):
        return False
    camel = re.search(r"[a-z][A-Z]|^\$|_", line.text) is not None
    follows = index + 1 < len(lines) and not lines[index + 1].opens
    return camel and (follows or " " not in line.text)


# -- into facts --------------------------------------------------------------------------------------------


def tell_table(writer: Writer, root: Subject, entries: list[Entry], sample: Shape | None) -> None:
    """State the rows of a table below a subject; the layout or the sample tells which ones are nested."""
    for entry, path in placed(entries, sample):
        tell_entry(writer, root.at(*path), entry)


def placed(entries: list[Entry], sample: Shape | None) -> list[tuple[Entry, tuple[str, ...]]]:
    """Each row with its path. Rows of an expanded object follow the row of that object."""
    found: list[tuple[Entry, tuple[str, ...]]] = []
    open_rows: list[tuple[int | None, tuple[str, ...], Shape | None]] = [(None, (), _row_of(sample))]
    for entry in entries:
        while len(open_rows) > 1 and not _belongs(entry, open_rows, found):
            open_rows.pop()
        path = (*open_rows[-1][1], entry.name)
        found.append((entry, path))
        shape = open_rows[-1][2]
        inner = shape.members.get(entry.name) if shape is not None else None
        if entry.type.kind in ("object", "array") or entry.type.names:
            below = (*path, "[]") if entry.type.kind == "array" else path
            open_rows.append((entry.depth, below, _row_of(inner)))
    return found


def _row_of(shape: Shape | None) -> Shape | None:
    """The object that a sample shows, or that the first item of its list is."""
    if shape is not None and shape.kind == "array":
        return next((item for item in shape.items if item.members), None)
    return shape


def _belongs(
    entry: Entry,
    open_rows: list[tuple[int | None, tuple[str, ...], Shape | None]],
    found: list[tuple[Entry, tuple[str, ...]]],
) -> bool:
    """Whether a row stands inside the innermost open one."""
    depth, path, inner = open_rows[-1]
    if depth is not None and entry.depth is not None:
        return entry.depth > depth
    if inner is None or entry.name not in inner.members:
        return False
    outer = open_rows[-2][2]
    taken = {p for _, p in found}
    also = outer is not None and entry.name in outer.members and (*open_rows[-2][1], entry.name) not in taken
    return (*path, entry.name) not in taken and not (also and found[-1][1] != path and _past(path, found))


def _past(path: tuple[str, ...], found: list[tuple[Entry, tuple[str, ...]]]) -> bool:
    """Whether rows of an object were already left behind."""
    return bool(found) and found[-1][1][: len(path)] != path


def tell_entry(writer: Writer, subject: Subject, entry: Entry) -> None:
    """State one row."""
    kind, place = entry.type, entry.place
    if subject in writer.facts and writer.facts.get(subject, "type") is not None:
        writer.unread(place, entry.name, "this name stands twice in its table")
        return
    writer.there(subject, place)
    writer.say(subject, "required", entry.required, place)
    writer.say(subject, "type", kind.kind, place)
    writer.say(subject, "alternatives", kind.names, place)
    for aspect, value in kind.facts.items():
        writer.say(subject, aspect, value, place)
    items = subject.at("[]")
    if kind.kind == "array" and kind.items:
        writer.say(writer.there(items, place), "type", kind.items, place)
        for aspect, value in kind.item_facts.items():
            writer.say(items, aspect, value, place)
    if kind.kind == "object" or (kind.items == "object"):
        writer.facts.partial.add(items if kind.items else subject)
    for word, values in entry.values.items():
        of = items if word.startswith("Items") else subject
        if word.endswith(("Enum", "Value")):
            writer.say(of, "enum", () if entry.cut else values, place)
        elif word == "Default":
            writer.say(subject, "default", _literal(values[0]), place)
        elif word == "Pattern":
            writer.say(subject, "pattern", values[0], place)
        elif word == "Example":
            writer.say(subject, "example", _literal(values[0].removeprefix(f"{entry.name}=")), place)
    tell_text(writer, subject, " ".join(entry.text), place)


def _literal(text: str) -> Value:
    """A printed value as JSON text; what is no JSON is a string without its quotes."""
    try:
        return json_text(json.loads(text))
    except json.JSONDecodeError:
        return json_text(text)
