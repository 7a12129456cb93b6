"""The JSON of a sample as a page shows it: bullets before the members, parts collapsed, lines wrapped."""

from __future__ import annotations

import json
import re
from typing import Final

from attrs import evolve

from codegen.facts.lines import Line
from codegen.facts.shapes import Shape, shape_of
from codegen.ir import Place

_TOKEN: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|\.\.\.|[-+](?=\s)|\S+?(?=[\s,{}\[\]]|\Z)',
    re.DOTALL,
)
_SKIPPED: Final = frozenset({"...", "+", "-"})
_DEEPEST: Final = 100


class SampleError(Exception):
    """Text that is no sample. line: where it stops to be one."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_sample(lines: list[Line], start: int, where: Place) -> tuple[Shape, int]:
    """Parse the sample that begins at a line; its shape and the index of the first line after it.

    where: the file and pointer of all the lines.
    """
    parser = _Parser(lines, start, where)
    shape = parser.value()
    return shape, parser.end()


class _Parser:
    """Reads lines only as far as the brackets are open, so that what follows stays untouched."""

    def __init__(self, lines: list[Line], start: int, where: Place) -> None:
        self._lines = lines
        self._index = start
        self._symbols: list[tuple[str, int]] = []
        self._depth = 0
        self._line = lines[start].number
        self._where = where
        self._load()

    def _at(self, line: int) -> Place:
        return evolve(self._where, line=line)

    def _load(self) -> None:
        """Queue the symbols of the next line; a string that wraps takes the lines that it needs."""
        text = self._lines[self._index].text
        self._line = number = self._lines[self._index].number
        self._index += 1
        while len(re.findall(r'(?<!\\)"', text)) % 2 and self._index < len(self._lines):
            following = self._lines[self._index]
            if following.bullet and following.text.startswith('"'):
                raise SampleError(number, "the quotes of this sample line do not close")
            text += f" {following.text}"
            self._index += 1
        self._symbols += [(t, number) for t in _TOKEN.findall(text) if t not in _SKIPPED]

    def _next(self) -> str:
        while not self._symbols:
            if self._index >= len(self._lines):
                raise SampleError(self._line, "the sample ends in the middle")
            self._load()
        symbol, self._line = self._symbols.pop(0)
        return symbol

    def _peek(self) -> str:
        symbol = self._next()
        self._symbols.insert(0, (symbol, self._line))
        return symbol

    def end(self) -> int:
        """Index of the first line after the sample; text behind it on its last line is an error."""
        if self._symbols:
            raise SampleError(self._line, f"unexpected {self._symbols[0][0]!r} after the sample")
        return self._index

    def value(self) -> Shape:
        """One JSON value."""
        symbol = self._next()
        place = self._at(self._line)
        if symbol in ("{", "["):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise SampleError(self._line, "this sample is nested too deep")
            found = self._object(place) if symbol == "{" else self._array(place)
            self._depth -= 1
            return found
        try:
            return shape_of(json.loads(symbol, strict=False), place)
        except json.JSONDecodeError:
            raise SampleError(self._line, f"{symbol!r} is no JSON value") from None

    def _object(self, place: Place) -> Shape:
        shape = Shape(kind="object", place=place)
        while (symbol := self._next()) != "}":
            if symbol == ",":
                continue
            line = self._line
            if not symbol.startswith('"') or self._next() != ":":
                raise SampleError(line, f"{symbol!r} stands where a key of the sample should")
            member = self.value()
            member.place = self._at(line)
            key = json.loads(symbol, strict=False)
            if key in shape.members:
                raise SampleError(line, f"the key {key!r} stands twice in the sample")
            shape.members[key] = member
            self._separator("}", line)
        return shape

    def _array(self, place: Place) -> Shape:
        shape = Shape(kind="array", place=place)
        while self._peek() != "]":
            if self._peek() == ",":
                self._next()
                continue
            shape.items.append(self.value())
            self._separator("]", self._line)
        self._next()
        return shape

    def _separator(self, closing: str, line: int) -> None:
        if (symbol := self._peek()) not in (",", closing):
            raise SampleError(line, f"a comma is missing before {symbol!r}")
