"""OData text: writing literals, and finding the field names in a filter that someone else wrote.

Source: OData Version 4.01 ABNF (primitive literals, string quoting by doubling); no I/O, no types of ours.
"""

from __future__ import annotations

import datetime
import enum
import math
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from trunkline.errors import FilterError
from trunkline.lazy import pattern

_TOKEN: Final = pattern(
    r"(?P<space>\s+)"
    r"|(?P<literal>(?:[A-Za-z]+)?'(?:[^']|'')*')"
    r"|(?P<number>[+-]?\d[\w.:+-]*)"
    r"|(?P<name>[A-Za-z_@$][\w.@]*(?:/[A-Za-z_@$][\w.@]*)*)"
    r"|(?P<mark>[(),:/*=;-])"
)
_SURROGATE: Final = pattern(r"[\ud800-\udfff]")
_OPERATORS: Final = ("eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in", "has")
_ARITHMETIC: Final = ("add", "sub", "mul", "div", "divby", "mod")
_WORDS: Final = frozenset((*_OPERATORS, *_ARITHMETIC, "true", "false", "null", "INF", "NaN", "asc", "desc"))


def literal(value: Any) -> str:
    """A value as OData writes it.

    Raises: FilterError for what has no literal: NaN, a moment without an offset, other types.
    """
    if value is None:
        return "null"
    if isinstance(value, enum.Enum):
        return literal(value.value)
    # Before `int`, of which bool is a subclass.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        refuse_surrogates(value)
        # Doubling the quote is OData's only escape. Without it a value such as O'Brien ends the
        # literal, and a hostile one continues the filter.
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal | float):
        return _number(value)
    if isinstance(value, datetime.datetime):
        return _moment(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise FilterError(f"a filter cannot compare with {type(value).__name__}")


def refuse_surrogates(text: str) -> None:
    """Refuse text that cannot be written as UTF-8. Raises: FilterError."""
    if not text.isascii() and _SURROGATE.search(text):
        raise FilterError("a filter cannot hold half a surrogate pair")


def _number(value: Decimal | float) -> str:
    if not math.isfinite(value):
        raise FilterError("a filter cannot compare with NaN or an infinity")
    # `str` of a small Decimal is 1E-7, which some parsers refuse.
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def _moment(value: datetime.datetime) -> str:
    if value.utcoffset() is None:
        raise FilterError("a moment in a filter needs an offset: give it a tzinfo, such as datetime.UTC")
    text = value.isoformat()
    # "+" in a query is read as a space by many servers; "Z" states the same offset.
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def names_in(text: str) -> tuple[str, ...]:
    """The field names that a filter or order text uses, each once, in order.

    Function names, operators, literals and the variables of `any`/`all` are not names of fields.
    Raises: FilterError with the position where the text is not OData.
    """
    names: dict[str, None] = {}
    variables: set[str] = set()
    for kind, token, end in _tokens(text):
        if kind != "name" or token in _WORDS:
            continue
        following = text[end:].lstrip()[:1]
        path, _, last = token.rpartition("/")
        if following == ":":
            variables.add(token)
        elif following != "(":
            names[token] = None
        elif path and last in ("any", "all", "$count"):
            names[path] = None
    return tuple(name for name in names if name.split("/")[0] not in variables)


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens, at, open_brackets = [], 0, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FilterError(f"the filter text cannot be read from character {at + 1} on")
        open_brackets += {"(": 1, ")": -1}.get(match.group(), 0)
        if open_brackets < 0:
            raise FilterError(f"the filter text closes a bracket that is not open, at character {at + 1}")
        tokens.append((match.lastgroup or "", match.group(), match.end()))
        at = match.end()
    if open_brackets:
        raise FilterError("the filter text leaves a bracket open")
    return tokens


def encoded_length(text: str) -> int:
    """How many characters a query value takes in a URL, percent-encoded."""
    return len(quote(text, safe="'(),:/@$*;!"))
