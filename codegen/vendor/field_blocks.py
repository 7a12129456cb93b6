"""The tables of a page: parameters by location, and the fields of a body."""

from __future__ import annotations

import re
from typing import Final

from attrs import define, field

from codegen.vendor.document import At, Location, Unplaced, VendorField
from codegen.vendor.lines import Line
from codegen.vendor.marks import NAME, TypeText, read_page_limits, read_type, take_since

_ATTRIBUTE: Final = re.compile(
    r"(?P<word>Items Enum|Enum|Items Value|Value|Default|Examples?|Additional properties|Pattern)"
    r": ?(?P<rest>.*)\Z"
)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_WORD: Final = re.compile(r"[a-z][a-z0-9_-]*\Z")
_INLINE: Final = re.compile(r"(?P<name>[$@A-Za-z_][\w$@.\-]*)(?P<required> required)? (?P<type>[^.]+)\Z")


@define
class _Entry:
    """A name line with what follows it. size: lines taken."""

    name: str
    required: bool
    type: TypeText
    size: int
    known: bool = True


@define
class FieldBlock:
    """Reads the lines of one table. Fields come in the order of the page."""

    unplaced: list[Unplaced]
    location: Location | None = None
    fields: list[VendorField] = field(factory=list)

    def read(self, lines: list[Line]) -> list[VendorField]:
        """All fields of the lines, which hold nothing but this table."""
        index = 0
        while index < len(lines):
            entry = _entry_at(lines, index, first=not self.fields)
            if entry is not None:
                self._begin(entry, lines[index])
                index += entry.size
                continue
            index += self._below(lines, index)
        return self.fields

    def _begin(self, entry: _Entry, line: Line) -> None:
        if not entry.known:
            reason = f"{entry.type.kind!r} is no type that the reader knows"
            self.unplaced.append(Unplaced(At(line.number), f"{entry.name}: {entry.type.kind}", reason))
        if any(known.name == entry.name for known in self.fields):
            self.unplaced.append(Unplaced(At(line.number), entry.name, "this name stands twice in its table"))
        kind = entry.type
        self.fields.append(
            VendorField(
                name=entry.name,
                type=kind.kind,
                at=At(line.number),
                format=kind.format,
                items=kind.items,
                nullable=kind.nullable,
                required=entry.required,
                location=self.location,
            )
        )

    def _below(self, lines: list[Line], index: int) -> int:
        """What stands below an entry: an attribute, a revision mark, prose. How many lines it takes."""
        line = lines[index]
        match = _ATTRIBUTE.match(line.text)
        if match and self.fields and not line.bullet:
            return self._attribute(match["word"], match["rest"], lines, index)
        if line.text == "required":
            self.unplaced.append(
                Unplaced(At(line.number), line.text, "no name stands before this mark of a field")
            )
            return 1
        self._since(line)
        if self.fields and self.fields[-1].name == "$top":
            size, limit = read_page_limits(line.text)
            self.fields[-1].page_size = self.fields[-1].page_size or size
            self.fields[-1].page_limit = self.fields[-1].page_limit or limit
        if _looks_like_entry(lines, index):
            reason = "this looks like a field, but no type follows its name"
            self.unplaced.append(Unplaced(At(line.number), line.text, reason))
        return 1

    def _since(self, line: Line) -> None:
        _, since, bad = take_since(line.text)
        if bad:
            self.unplaced.append(Unplaced(At(line.number), bad, "this revision mark has no number"))
        if since and self.fields and self.fields[-1].since is None:
            self.fields[-1].since = since
        elif since:
            self.unplaced.append(
                Unplaced(At(line.number), line.text, "a revision mark that belongs to no field")
            )

    def _attribute(self, word: str, rest: str, lines: list[Line], index: int) -> int:
        size = 1
        if word.endswith(("Enum", "Value")):
            while index + size < len(lines) and lines[index + size].text.startswith('"'):
                rest += f" {lines[index + size].text}"
                size += 1
            values = tuple(quoted or bare.strip(",") for quoted, bare in _QUOTED.findall(rest))
            if not values:
                self.unplaced.append(
                    Unplaced(At(lines[index].number), lines[index].text, "an Enum without values")
                )
            else:
                self.fields[-1].enum = values
        return size


def _entry_at(lines: list[Line], index: int, *, first: bool) -> _Entry | None:
    """The entry that begins at a line: name, "required" where it is, type. None when none does."""
    line = lines[index]
    if line.bullet:
        return None
    if not NAME.match(line.text):
        return _inline(line, lines, index, first=first)
    rest = lines[index + 1 : index + 3]
    required = bool(rest) and rest[0].text == "required"
    if (
        not required
        and rest
        and rest[0].text.startswith("required ")
        and (kind := read_type(rest[0].text[9:]))
    ):
        return _Entry(line.text, True, kind, 2)
    at = 1 if required else 0
    if len(rest) <= at:
        return None
    kind = read_type(rest[at].text)
    if kind is not None:
        return _Entry(line.text, required, kind, at + 2)
    if _WORD.match(rest[at].text) and not rest[at].opens and (required or _ends(lines, index + 2)):
        return _Entry(line.text, required, TypeText(rest[at].text), at + 2, known=False)
    return None


def _inline(line: Line, lines: list[Line], index: int, *, first: bool) -> _Entry | None:
    """An entry whose cells stand on one line, as a copy of a table has them."""
    match = _INLINE.match(line.text)
    if match is None or not (line.tabbed or first or match["required"]):
        return None
    kind = read_type(match["type"])
    return _Entry(match["name"], bool(match["required"]), kind, 1) if kind else None


def _ends(lines: list[Line], index: int) -> bool:
    """Whether a paragraph ends before a line."""
    return index >= len(lines) or lines[index].opens or bool(_ATTRIBUTE.match(lines[index].text))


def _looks_like_entry(lines: list[Line], index: int) -> bool:
    """A paragraph that starts with a lone camelCase name and has more lines below it."""
    line = lines[index]
    if not line.opens or line.bullet or not NAME.match(line.text):
        return False
    camel = re.search(r"[a-z][A-Z]|^\$|_", line.text) is not None
    follows = index + 1 < len(lines) and not lines[index + 1].opens
    return camel and (follows or " " not in line.text)
