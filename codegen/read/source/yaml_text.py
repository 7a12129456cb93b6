"""YAML text into values (scalars as in YAML 1.2, no dates), with the line of every place."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from codegen.read.source.positions import DocumentSyntaxError, Duplicates, Spot

_REPEATED: Final = 50_000
"""Values that aliases may add to those of the text, against "billion laughs": each is read again, and may
become a class."""
_TEXT: Final = 100
_MAX_DEPTH: Final = 200
_BLANK: Final = re.compile(r"^[ ]*\t[ \t]*$", re.MULTILINE)
_NUMBER_START: Final = frozenset("+-.0123456789")
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_BASED: Final = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: Final[dict[str, Any]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def read_yaml(text: str) -> tuple[Any, Spot, Duplicates]:
    """Parse YAML text (scalars as in YAML 1.2, no dates) into value, spots and duplicate keys."""
    try:
        return _read(text)
    except DocumentSyntaxError:
        # libyaml refuses a tab in an otherwise blank line of a text, which YAML 1.2 allows.
        blank = _BLANK.sub("", text)
        if blank == text:
            raise
        return _read(blank)


def _read(text: str) -> tuple[Any, Spot, Duplicates]:
    try:
        builder = _Builder(text)
        value, spot = builder.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or ""
        raise DocumentSyntaxError(f"not valid YAML: {said}", mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise DocumentSyntaxError(f"not valid YAML: {' '.join(str(error).split())}", None) from None
    return value, spot, builder.duplicates


_Built = tuple[Any, Spot, int]
"""Value, spot, and how many values it has once its aliases are spelled out."""


class _Builder:
    """Values out of libyaml's events; the tree that its composer makes takes four times the memory.

    An alias shares the value of its anchor.
    """

    def __init__(self, text: str) -> None:
        self.duplicates: Duplicates = []
        self._parser = CParser(text)
        self._done: dict[str, _Built] = {}
        self._open: set[str] = set()
        self._own = 0
        """Values that the text itself holds, up to where it is read."""

    def document(self) -> tuple[Any, Spot]:
        """The one document of the text; null for a text without one."""
        self._parser.get_event()  # the stream starts
        if isinstance(self._parser.get_event(), yaml.StreamEndEvent):
            return None, 1
        value, spot, _ = self._value(self._parser.get_event(), (), 1)
        self._parser.get_event()  # the document ends
        last = self._parser.get_event()
        if not isinstance(last, yaml.StreamEndEvent):
            reason = "not valid YAML: expected a single document in the stream, but found another document"
            raise DocumentSyntaxError(reason, _line(last))
        return value, spot

    def _value(self, event: Any, path: tuple[str, ...], depth: int) -> _Built:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        anchor = event.anchor
        if anchor is not None:
            # YAML 1.2 allows it and lets the later one count, but it is nearly always a mistake of copying.
            if anchor in self._done or anchor in self._open:
                reason = "not valid YAML: this anchor stands twice; rename one"
                raise DocumentSyntaxError(reason, _line(event))
            self._open.add(anchor)
        if isinstance(event, yaml.ScalarEvent):
            built = _scalar(event)
            self._own += built[2]
        # This reader and those after it recurse; the limit keeps all of them within Python's stack.
        elif depth > _MAX_DEPTH:
            raise DocumentSyntaxError("nested too deeply to be read", _line(event))
        else:
            self._own += 1
            build = self._sequence if isinstance(event, yaml.SequenceStartEvent) else self._mapping
            built = build(_line(event), path, depth)
            if built[2] > self._own + _REPEATED:
                raise DocumentSyntaxError(
                    f"YAML aliases repeat more than {_REPEATED:,} values; use $ref instead",
                    _line(event),
                    path,
                )
        if anchor is not None:
            # An anchor counts as done only now, so that an alias inside it is refused: its value would
            # contain itself.
            self._open.discard(anchor)
            self._done[anchor] = built
        return built

    def _alias(self, event: Any, path: tuple[str, ...]) -> _Built:
        built = self._done.get(event.anchor)
        if built is not None:
            return built
        if event.anchor in self._open:
            reason = "a YAML alias stands inside its own anchor; use $ref instead"
            raise DocumentSyntaxError(reason, _line(event), path)
        raise DocumentSyntaxError("not valid YAML: found undefined alias", _line(event))

    def _sequence(self, line: int, path: tuple[str, ...], depth: int) -> _Built:
        values: list[Any] = []
        spots: list[Spot] = []
        size = 1
        while not isinstance(event := self._parser.get_event(), yaml.SequenceEndEvent):
            # The counts of the parts are added up, not the distinct objects: what comes later walks an
            # alias's value once for each use.
            value, spot, count = self._value(event, (*path, str(len(values))), depth + 1)
            values.append(value)
            spots.append(spot)
            size += count
        return values, (line, spots), size

    def _mapping(self, line: int, path: tuple[str, ...], depth: int) -> _Built:
        values: dict[str, Any] = {}
        spots: dict[str, Spot] = {}
        merged: list[tuple[Any, Spot]] = []
        size = 1
        while not isinstance(event := self._parser.get_event(), yaml.MappingEndEvent):
            key_line, key = _line(event), self._key(event, path, depth)
            value, spot, count = self._value(self._parser.get_event(), (*path, key), depth + 1)
            size += count
            # The merge key is of YAML 1.1, and documents use it. A quoted "<<" is an ordinary key.
            if key == "<<" and isinstance(event, yaml.ScalarEvent) and _is_plain(event):
                merged += _merge_parts(value, spot)
                continue
            if key in values:
                self.duplicates.append(((*path, key), key_line))
            values[key] = value
            spots[key] = (key_line, spot[1]) if isinstance(spot, tuple) else key_line
        # After all keys of the mapping itself: they win over merged ones, and of several merged
        # mappings the first one wins.
        for value, spot in merged:
            for name in value:
                if name not in values:
                    values[name], spots[name] = value[name], spot[1][name]
        return values, (line, spots), size

    def _key(self, event: Any, path: tuple[str, ...], depth: int) -> str:
        """A key as it is written: `404` is a text, and so is `no`."""
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None:
                # A key may have an anchor too; reading it as a value makes it known to later aliases.
                self._value(event, path, depth)
            return event.value
        value = self._alias(event, path)[0] if isinstance(event, yaml.AliasEvent) else None
        if isinstance(value, str):
            return value
        reason = "a key must be a text, not a list or a mapping"
        raise DocumentSyntaxError(reason, _line(event), path)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _is_plain(event: Any) -> bool:
    """Whether a scalar has neither quotes nor a tag, so that its text says what it is."""
    return event.tag in (None, "!") and bool(event.implicit[0])


def _merge_parts(value: Any, spot: Spot) -> list[tuple[Any, Spot]]:
    """The mappings that a YAML merge key names."""
    if isinstance(value, dict):
        return [(value, spot)]
    if isinstance(value, list):
        return [(v, s) for v, s in zip(value, spot[1], strict=True) if isinstance(v, dict)]
    return []


def _scalar(event: Any) -> _Built:
    text, line = event.value, _line(event)
    # A long text counts as several values: aliases may repeat it as well.
    weight = 1 + len(text) // _TEXT
    tag = event.tag or ""
    # `!!int "5"` is a number although it is quoted; tags of other vocabularies leave a text.
    typed = tag.startswith("tag:yaml.org,2002:") and tag[18:] in _TYPED
    if not _is_plain(event) and not typed:
        return text, line, weight
    value = _plain(text)
    # The text is kept for values that are no strings any more, see `raw_of`.
    return (value, line, weight) if isinstance(value, str) else (value, (line, text), weight)


_TYPED: Final = frozenset({"int", "float", "bool", "null"})


def _plain(text: str) -> Any:
    """A plain scalar by the YAML 1.2 core schema; digits after a leading zero stay a text."""
    if text in _WORDS:
        return _WORDS[text]
    # Most texts are told apart by one character, before any pattern is tried. The length bounds the
    # cost of `int`, which is quadratic.
    if text[0] not in _NUMBER_START or len(text) > 400:
        return text
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return int(text, 0) if _BASED.match(text) else text
