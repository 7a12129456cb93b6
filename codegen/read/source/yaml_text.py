"""YAML text into values (scalars as in YAML 1.2, no dates), with the line of every place."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from codegen.read.source.positions import DocumentSyntaxError, Duplicates, Spot

_LIMIT: Final = 5_000_000
"""Values that a document may hold once its YAML aliases are spelled out: a guard against "billion laughs"."""
_MAX_DEPTH: Final = 200
_BRACKET: Final = re.compile(r"[\[\]{}]")
_DEEP_BLOCK: Final = re.compile(r"^ {200}|(?:[-?:][ \t]+){50}", re.MULTILINE)
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


class _Composer(CParser):
    """libyaml's parser; plain scalars keep the tag "plain", so that YAML 1.1 guesses nothing."""

    def __init__(self, text: str) -> None:
        super().__init__(text)

    def resolve(self, kind: type[Any], value: Any, implicit: Any) -> str:
        return "plain" if kind is yaml.ScalarNode and implicit[0] else "quoted"

    def descend_resolver(self, *_: Any) -> None:
        """Nothing to follow: no path-dependent tags."""

    def ascend_resolver(self) -> None:
        """Nothing to follow: no path-dependent tags."""


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
        if _may_be_deep(text):
            _check_depth(text)
        node = _Composer(text).get_single_node()
        builder = _Builder()
        value, spot, _ = (None, 1, 1) if node is None else builder.build(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        twice = (error.context or "").startswith("found duplicate anchor")
        said = error.problem or error.context or ""
        if said.startswith("but "):
            said = f"{error.context}, {said}"
        said = "this anchor stands twice; rename one" if twice else said
        raise DocumentSyntaxError(f"not valid YAML: {said}", line) from None
    except yaml.YAMLError as error:
        raise DocumentSyntaxError(f"not valid YAML: {' '.join(str(error).split())}", None) from None
    except RecursionError:
        raise DocumentSyntaxError("nested too deeply to be read", 1) from None
    return value, spot, builder.duplicates


def _may_be_deep(text: str) -> bool:
    """Whether nesting could pass the limit; cheap, and too cautious rather than too trusting."""
    if _DEEP_BLOCK.search(text):
        return True
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        if depth > _MAX_DEPTH:
            return True
    return False


def _check_depth(text: str) -> None:
    """Walk the events, which do not recurse: libyaml's composer overflows the C stack on deep nesting."""
    parser, depth = _Composer(text), 0
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else None
                raise DocumentSyntaxError("nested too deeply to be read", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Builder:
    """Composed YAML nodes into values. An alias shares the value of its anchor."""

    def __init__(self) -> None:
        self.duplicates: Duplicates = []
        self._done: dict[int, tuple[Any, Spot, int]] = {}
        self._open: set[int] = set()

    def build(self, node: Any, path: tuple[str, ...]) -> tuple[Any, Spot, int]:
        """Value, spot and size (with aliases spelled out) of a node."""
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        done = self._done.get(id(node))
        if done is not None:
            return done
        line = node.start_mark.line + 1
        if id(node) in self._open:
            raise DocumentSyntaxError(
                "a YAML alias stands inside its own anchor; use $ref instead", line, path
            )
        self._open.add(id(node))
        build = self._sequence if isinstance(node, yaml.SequenceNode) else self._mapping
        result = build(node, line, path)
        if result[2] > _LIMIT:
            raise DocumentSyntaxError(f"YAML aliases expand to more than {_LIMIT:,} values", line, path)
        self._open.discard(id(node))
        self._done[id(node)] = result
        return result

    def _sequence(self, node: Any, line: int, path: tuple[str, ...]) -> tuple[Any, Spot, int]:
        values, spots, size = [], [], 1
        for index, item in enumerate(node.value):
            value, spot, count = self.build(item, (*path, str(index)))
            values.append(value)
            spots.append(spot)
            size += count
        return values, (line, spots), size

    def _mapping(self, node: Any, line: int, path: tuple[str, ...]) -> tuple[Any, Spot, int]:
        values: dict[str, Any] = {}
        spots: dict[str, Spot] = {}
        merged: list[tuple[Any, Spot]] = []
        size = 1
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise DocumentSyntaxError("a key must be a text, not a list or a mapping", key_line, path)
            key = key_node.value
            value, spot, count = self.build(value_node, (*path, key))
            size += count
            if key == "<<" and key_node.tag == "plain":
                merged += _merge_parts(value, spot)
                continue
            if key in values:
                self.duplicates.append(((*path, key), key_line))
            values[key] = value
            spots[key] = (key_line, spot[1]) if isinstance(spot, tuple) else key_line
        for value, spot in merged:
            for key in value:
                if key not in values:
                    values[key], spots[key] = value[key], spot[1][key]
        return values, (line, spots), size


def _merge_parts(value: Any, spot: Spot) -> list[tuple[Any, Spot]]:
    """The mappings that a YAML merge key names."""
    if isinstance(value, dict):
        return [(value, spot)]
    if isinstance(value, list):
        return [(v, s) for v, s in zip(value, spot[1], strict=True) if isinstance(v, dict)]
    return []


def _scalar(node: Any) -> tuple[Any, Spot, int]:
    text, line = node.value, node.start_mark.line + 1
    if node.tag != "plain" and not (node.tag.startswith("tag:yaml.org,2002:") and node.tag[18:] in _TYPED):
        return text, line, 1
    value = _plain(text)
    return (value, line, 1) if isinstance(value, str) else (value, (line, text), 1)


_TYPED: Final = frozenset({"int", "float", "bool", "null"})


def _plain(text: str) -> Any:
    """A plain scalar by the YAML 1.2 core schema; digits after a leading zero stay a text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START or len(text) > 400:
        return text
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return int(text, 0) if _BASED.match(text) else text
