"""YAML and JSON text into plain values and, beside them, the line of every place.

A `Spot` mirrors the value: an int (line of a scalar), a pair (line, text) for a scalar that YAML turned into
something else than a string, or a pair (line, children) for a container.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.cyaml import CParser

Spot = Any
"""int | tuple[int, str] | tuple[int, dict[str, Spot]] | tuple[int, list[Spot]]"""

_LIMIT: Final = 5_000_000
"""Values that a document may hold once its YAML aliases are spelled out: a guard against "billion laughs"."""

_MAX_DEPTH: Final = 200
_BRACKET: Final = re.compile(r"[\[\]{}]")
_DEEP_BLOCK: Final = re.compile(r"^ {200}|(?:[-?:][ \t]+){50}", re.MULTILINE)

_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\n', re.DOTALL)
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


class DocumentSyntaxError(Exception):
    """Text that is no YAML or JSON, or says a thing twice. line counts from 1."""

    def __init__(self, message: str, line: int | None, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.line = line
        self.path = path


Duplicates = list[tuple[tuple[str, ...], int]]
"""Path and line of every object key that stands a second time in its object."""


def line_of(spot: Spot, path: tuple[str, ...]) -> int | None:
    """The line of the value at a path, or of the nearest container of it that exists."""
    for token in path:
        child = _child(spot, token)
        if child is None:
            break
        spot = child
    return spot if isinstance(spot, int) else spot[0]  # type: ignore[no-any-return]


def raw_of(spot: Spot, path: tuple[str, ...]) -> str | None:
    """The text of a plain YAML scalar that was read as a number, a boolean or null."""
    for token in path:
        spot = _child(spot, token)
        if spot is None:
            return None
    return spot[1] if isinstance(spot, tuple) and isinstance(spot[1], str) else None


def _child(spot: Spot, token: str) -> Spot | None:
    children = spot[1] if isinstance(spot, tuple) else None
    if isinstance(children, dict):
        return children.get(token)
    if isinstance(children, list) and token.isdecimal() and int(token) < len(children):
        return children[int(token)]
    return None


# -- JSON ------------------------------------------------------------------------------------------


def read_json(text: str) -> tuple[Any, Spot, Duplicates]:
    """Parse JSON text into value, spots and duplicate keys."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentSyntaxError(
            f"not valid JSON: {error.msg} (column {error.colno})", error.lineno
        ) from None
    except RecursionError:
        raise DocumentSyntaxError("nested too deeply to be read", 1) from None
    except ValueError as error:
        raise DocumentSyntaxError(f"not valid JSON: {error}", 1) from None
    duplicates: Duplicates = []
    tokens = _json_tokens(text)
    token, line = next(tokens)
    return value, _json_spot(token, line, tokens, (), duplicates), duplicates


def _json_tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _JSON_TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif token not in ",:":
            yield token, line


def _json_spot(
    token: str, line: int, tokens: Iterator[tuple[str, int]], path: tuple[str, ...], twice: Duplicates
) -> Spot:
    if token == "[":
        items: list[Spot] = []
        while (entry := next(tokens))[0] != "]":
            items.append(_json_spot(*entry, tokens, (*path, str(len(items))), twice))
        return line, items
    if token != "{":
        return line
    children: dict[str, Spot] = {}
    while (entry := next(tokens))[0] != "}":
        key = json.loads(entry[0]) if "\\" in entry[0] else entry[0][1:-1]
        here = (*path, key)
        if key in children:
            twice.append((here, entry[1]))
        spot = _json_spot(*next(tokens), tokens, here, twice)
        children[key] = entry[1] if isinstance(spot, int) else (entry[1], spot[1])
    return line, children


# -- YAML ------------------------------------------------------------------------------------------


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
        if _may_be_deep(text):
            _check_depth(text)
        node = _Composer(text).get_single_node()
        builder = _Builder()
        value, spot, _ = (None, 1, 1) if node is None else builder.build(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise DocumentSyntaxError(f"not valid YAML: {error.problem or error.context}", line) from None
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
                raise DocumentSyntaxError("nested too deeply to be read", event.start_mark.line + 1)
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
