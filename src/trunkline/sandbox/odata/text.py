"""From the text of a `$filter` to a syntax tree.

The grammar is odata-query's, of which only the tree is used. What it cannot read although OData or its
users write it is rewritten in the text beforehand, outside of string literals only.
"""

from __future__ import annotations

import re
from typing import Any

from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from trunkline.sandbox.odata.chain import or_chain


class SearchError(Exception):
    """A search option that the vendor would refuse; `option` is its wire name."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


_LITERAL = re.compile(r"('(?:[^']|'')*')")
# `in (1)` is a value in parentheses to the grammar; only a comma makes it a list.
_LONE_IN = re.compile(r"(?i)\bin\s*\(\s*([^\s(),]+)\s*\)")
# Microsoft's own parser takes `not(…)`, so clients send it.
_CLOSE_NOT = re.compile(r"(?i)\bnot\(")
# The grammar's years begin at 1000, and 0001-01-01 is the least date of .NET; a text is read as a date too.
_EARLY = re.compile(
    r"\b0[0-9]{3}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,12})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?\b"
)
_HOLE = "\0"


def parse(text: str) -> Any:
    """The syntax tree of a `$filter`.

    Raises:
        SearchError: the text is empty or is not OData.
    """
    # NUL marks the places of the string literals while the rest is rewritten; no OData
    # text may contain it.
    if _HOLE in text:
        raise SearchError("$filter", "The filter is not a valid OData expression.")
    if not text.strip():
        raise SearchError("$filter", "The filter is empty.")
    quick = or_chain(text)
    if quick is not None:
        return quick
    try:
        return ODataParser().parse(ODataLexer().tokenize(_mended(text.strip())))
    except (ODataException, RecursionError) as error:
        raise SearchError("$filter", "The filter is not a valid OData expression.") from error


def _mended(text: str) -> str:
    # A capturing group makes `split` keep the literals at the odd places.
    parts = _LITERAL.split(text)
    literals = parts[1::2]
    bare = _HOLE.join(parts[0::2])
    bare = _CLOSE_NOT.sub("not (", _LONE_IN.sub(r"in (\1,)", bare))
    bare = _EARLY.sub(r"'\g<0>'", bare)
    pieces = bare.split(_HOLE)
    return pieces[0] + "".join(f"{a}{b}" for a, b in zip(literals, pieces[1:], strict=True))


__all__ = ["SearchError", "parse"]
