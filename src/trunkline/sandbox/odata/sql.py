"""OData search options as SQL expressions with bound parameters.

The text is read by odata-query, of which only the syntax tree is used: its own SQL writer puts literals into
the statement. Only the fields that the vendor names for an operation are accepted.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa
from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from trunkline.sandbox.odata.chain import or_chain
from trunkline.sandbox.store.store import Entity, Kind

_LITERAL = re.compile(r"('(?:[^']|'')*')")
_LONE_IN = re.compile(r"(?i)\bin\s*\(\s*([^\s(),]+)\s*\)")
_HOLE = "\0"
_INT_LIMIT: Final = 2**63
_INT_DIGITS: Final = 20
_MAX_TERMS: Final = 900
"""SQLite refuses expressions nested deeper than 1000; chains of `or eq` become IN and do not count."""

_COMPARE: Final[dict[type[Any], str]] = {
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
}
_MIRROR: Final[dict[type[Any], type[Any]]] = {
    ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip


class SearchError(Exception):
    """A search option that the vendor would refuse; `option` is its wire name."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


def instant(text: str) -> str:
    """A date or date-time literal as UTC text of fixed width: "2018-03-27T23:11:25.000Z".

    Raises:
        SearchError: the text is no date.
    """
    trimmed = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        moment = datetime.datetime.fromisoformat(trimmed)
        if moment.tzinfo is not None:
            moment = moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise SearchError("$filter", f"{text} is not a date.") from error
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def parse(text: str) -> Any:
    """The syntax tree of a `$filter`.

    A leading space and `in (1)` are common in the field but not understood by the grammar; both are mended
    here, outside of string literals only.
    """
    if _HOLE in text:
        raise SearchError("$filter", "The filter is not a valid OData expression.")
    quick = or_chain(text)
    if quick is not None:
        return quick
    parts = _LITERAL.split(text.strip())
    literals = parts[1::2]
    bare = _HOLE.join(parts[0::2])
    bare = _LONE_IN.sub(r"in (\1,)", bare)
    pieces = bare.split(_HOLE)
    mended = pieces[0] + "".join(f"{a}{b}" for a, b in zip(literals, pieces[1:], strict=True))
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(mended))
    except (ODataException, RecursionError) as error:
        raise SearchError("$filter", "The filter is not a valid OData expression.") from error
    if tree is None:
        raise SearchError("$filter", "The filter is empty.")
    return tree


def where(text: str, entity: Entity, filterable: Collection[str]) -> sa.ColumnElement[bool]:
    """The SQL condition of a `$filter`.

    Raises:
        SearchError: bad syntax, a field that is not filterable, or a value of the wrong type.
    """
    return _Translator(entity, filterable).condition(parse(text))


def order(text: str, entity: Entity, sortable: Collection[str]) -> list[sa.ColumnElement[Any]]:
    """The sort expressions of an `$orderby`."""
    found: list[sa.ColumnElement[Any]] = []
    for term in text.split(","):
        words = term.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise SearchError("$orderby", f"'{term.strip()}' is not a sort expression.")
        if words[0] not in sortable or words[0] not in entity.table.c:
            raise SearchError("$orderby", f"{words[0]} is not sortable.")
        column = entity.table.c[words[0]]
        found.append(column.desc() if words[1:] and words[1].lower() == "desc" else column.asc())
    return found


def selected(text: str, entity: Entity) -> tuple[str, ...]:
    """The names of a `$select`."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise SearchError("$select", "No field is named.")
    for name in names:
        if name not in entity.names:
            raise SearchError("$select", f"{name} is not a field of this resource.")
    return names


class _Translator:
    """Turns one syntax tree into one expression over the columns of one entity."""

    def __init__(self, entity: Entity, filterable: Collection[str]) -> None:
        self._entity = entity
        self._filterable = filterable
        self._terms = 0

    def condition(self, node: Any) -> sa.ColumnElement[bool]:
        match node:
            case ast.BoolOp(op=op):
                return self._chain(node, type(op))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                # OData knows no third truth value: what compares with null is false, and its negation true.
                return sa.not_(sa.func.coalesce(self.condition(operand), sa.false()))
            case ast.Compare():
                return self._compare(node)
            case ast.Call():
                return self._call(node)
            case ast.Identifier():
                column, kind = self._column(node)
                if kind != "bool":
                    raise SearchError("$filter", f"{node.name} is not a condition.")
                return column.is_(sa.true())
        raise SearchError("$filter", "The expression is not supported.")

    def _chain(self, node: Any, op: type[Any]) -> sa.ColumnElement[bool]:
        terms = _flatten(node, op)
        if op is ast.And:
            return sa.and_(*map(self.condition, terms))
        grouped: dict[str, list[Any]] = {}
        rest: list[Any] = []
        for term in terms:
            match term:
                case ast.Compare(comparator=ast.Eq(), left=ast.Identifier(name=name), right=right) if (
                    not isinstance(right, ast.Null | ast.Identifier)
                ):
                    grouped.setdefault(name, []).append(right)
                case _:
                    rest.append(term)
        parts = [self._one_of(ast.Identifier(name), values) for name, values in grouped.items()]
        return sa.or_(*parts, *map(self.condition, rest))

    def _one_of(self, node: Any, values: Sequence[Any]) -> sa.ColumnElement[bool]:
        column, kind = self._column(node)
        return column.in_([_value(value, kind, node.name) for value in values])

    def _compare(self, node: Any) -> sa.ColumnElement[bool]:
        self._count()
        comparator, left, right = node.comparator, node.left, node.right
        if isinstance(left, ast.Call) and isinstance(right, ast.Boolean):
            found = self._call(left)
            wanted = (right.val.lower() == "true") is isinstance(comparator, ast.Eq)
            return found if wanted else sa.not_(sa.func.coalesce(found, sa.false()))
        if not isinstance(left, ast.Identifier) and type(comparator) in _MIRROR:
            comparator, left, right = _MIRROR[type(comparator)](), right, left
        column, kind = self._column(left)
        name = str(getattr(left, "name", ""))
        if isinstance(comparator, ast.In):
            if not isinstance(right, ast.List) or not right.val:
                raise SearchError("$filter", "in needs a list of values.")
            return self._one_of(left, right.val)
        if isinstance(right, ast.Null):
            return self._null(column, comparator)
        value = _value(right, kind, name)
        if isinstance(comparator, ast.Eq):
            return column == sa.literal(value)
        if isinstance(comparator, ast.NotEq):
            return column.is_distinct_from(sa.literal(value))
        if type(comparator) not in _COMPARE or kind == "bool":
            raise SearchError("$filter", f"The operator does not fit {name}.")
        compared: sa.ColumnElement[bool] = getattr(column, _COMPARE[type(comparator)])(sa.literal(value))
        return compared

    @staticmethod
    def _null(column: sa.ColumnElement[Any], comparator: Any) -> sa.ColumnElement[bool]:
        if isinstance(comparator, ast.Eq):
            return column.is_(None)
        if isinstance(comparator, ast.NotEq):
            return column.is_not(None)
        raise SearchError("$filter", "null compares with eq and ne only.")

    def _call(self, node: Any) -> sa.ColumnElement[bool]:
        self._count()
        name = node.func.name
        if name not in ("startswith", "endswith", "contains") or len(node.args) != 2:
            raise SearchError("$filter", f"The function {name} is not supported.")
        column, kind = self._column(node.args[0])
        needle = node.args[1]
        if kind != "text" or not isinstance(needle, ast.String):
            raise SearchError("$filter", f"{name} compares a text field with a text.")
        text, length = needle.val, len(needle.val)
        if not text:
            return column.is_not(None)
        # Not LIKE: it ignores case on SQLite, and its wildcards would have to be escaped.
        if name == "startswith":
            return sa.func.substr(column, 1, length) == sa.literal(text)
        if name == "endswith":
            longer = sa.func.length(column) >= length
            return longer & (
                sa.func.substr(column, sa.func.length(column) - length + 1, length) == sa.literal(text)
            )
        return sa.func.replace(column, sa.literal(text), "") != column

    def _column(self, node: Any) -> tuple[sa.ColumnElement[Any], Kind]:
        if not isinstance(node, ast.Identifier) or node.namespace:
            raise SearchError("$filter", "One side of a comparison must be a field, the other a value.")
        if node.name not in self._filterable or node.name not in self._entity.table.c:
            raise SearchError("$filter", f"{node.name} is not filterable.")
        return self._entity.table.c[node.name], self._entity.columns[node.name]

    def _count(self) -> None:
        self._terms += 1
        if self._terms > _MAX_TERMS:
            raise SearchError("$filter", f"The filter has more than {_MAX_TERMS} terms.")


def _flatten(node: Any, op: type[Any]) -> list[Any]:
    terms: list[Any] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, ast.BoolOp) and isinstance(top.op, op):
            stack += (top.right, top.left)
        else:
            terms.append(top)
    return terms


def _value(node: Any, kind: Kind, name: str) -> Any:
    match kind, node:
        case "text" | "instant" | "date", ast.String(val=text) if kind == "text":
            return text
        case "text", ast.GUID(val=text):
            return text
        # Longer ones fit no column, and Python refuses to read an integer of more than 4,300 digits.
        case "int", ast.Integer(val=digits) if len(digits) <= _INT_DIGITS and abs(int(digits)) < _INT_LIMIT:
            return int(digits)
        case "number", ast.Integer(val=digits) | ast.Float(val=digits) if math.isfinite(float(digits)):
            return float(digits)
        case "bool", ast.Boolean(val=word):
            return word.lower() == "true"
        case "instant", ast.DateTime(val=text) | ast.Date(val=text) | ast.String(val=text):
            return instant(text)
        case "date", ast.Date(val=text) | ast.DateTime(val=text) | ast.String(val=text):
            return instant(text)[:10]
    raise SearchError("$filter", f"The value does not fit the type of {name}.")


__all__ = ["SearchError", "instant", "order", "parse", "selected", "where"]
