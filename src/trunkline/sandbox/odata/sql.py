"""OData search options as SQL expressions with bound parameters.

Not the SQL writer of odata-query, which puts literals into the statement. Only the fields that the vendor
names for an operation are accepted. The same filter and order mean the same on every database.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa
from odata_query import ast

from trunkline.sandbox.odata.text import SearchError, parse
from trunkline.sandbox.odata.values import value
from trunkline.sandbox.store.store import Entity, Kind

_MAX_TERMS: Final = 900
"""SQLite refuses expressions nested deeper than 1000; a chain of `or eq` becomes one IN and counts once."""
_DEEPEST: Final = 20
"""SQLite's parser has a stack of 100 entries, of which a level of parentheses takes up to four."""

_COMPARE: Final[dict[type[Any], str]] = {
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
}
_MIRROR: Final[dict[type[Any], type[Any]]] = {
    ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip


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
        # Only listed names reach the statement; nothing of the text is pasted into SQL.
        if words[0] not in sortable or words[0] not in entity.table.c:
            raise SearchError("$orderby", f"{words[0]} is not sortable.")
        column = entity.table.c[words[0]]
        # Null comes before everything else (OData protocol, section 11.2.6.2); PostgreSQL has it last.
        falls = words[1:] and words[1].lower() == "desc"
        found.append(column.desc().nulls_last() if falls else column.asc().nulls_first())
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


_Conditions: Final = ast.Call | ast.BoolOp | ast.UnaryOp | ast.Compare


class _Translator:
    """Turns one syntax tree into one expression over the columns of one entity."""

    def __init__(self, entity: Entity, filterable: Collection[str]) -> None:
        self._entity = entity
        self._filterable = filterable
        self._terms = 0
        self._depth = 0

    def condition(self, node: Any) -> sa.ColumnElement[bool]:
        """The expression of a node that is true or false.

        Raises:
            SearchError: the node is not a condition, or the filter exceeds a limit.
        """
        self._depth += 1
        if self._depth > _DEEPEST:
            raise SearchError("$filter", f"The filter is nested too deeply: {_DEEPEST} levels at most.")
        try:
            return self._read(node)
        finally:
            self._depth -= 1

    def _read(self, node: Any) -> sa.ColumnElement[bool]:
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
            case ast.Boolean():
                return sa.true() if _is_true(node) else sa.false()
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
                    # Terms of one field become one IN: SQLite limits the depth of an expression, and an
                    # index serves IN directly.
                    grouped.setdefault(name, []).append(right)
                case _:
                    rest.append(term)
        parts = [self._one_of(ast.Identifier(name), values) for name, values in grouped.items()]
        return sa.or_(*parts, *map(self.condition, rest))

    def _one_of(self, node: Any, values: Sequence[Any]) -> sa.ColumnElement[bool]:
        column, kind = self._column(node)
        literals = [each for each in values if not isinstance(each, ast.Null)]
        self._count()
        read = (value(each, kind, node.name) for each in literals)
        # A fraction equals no whole number; a database would round it to one.
        found = column.in_([each for each in read if kind != "int" or isinstance(each, int)])
        return found if len(literals) == len(values) else found | column.is_(None)

    def _compare(self, node: Any) -> sa.ColumnElement[bool]:
        self._count()
        comparator, left, right = node.comparator, node.left, node.right
        # `5 lt id` is allowed and means `id gt 5`.
        if not isinstance(left, ast.Identifier | _Conditions) and type(comparator) in _MIRROR:
            comparator, left, right = _MIRROR[type(comparator)](), right, left
        if isinstance(left, _Conditions):
            return self._truth(left, comparator, right)
        column, kind = self._column(left)
        name = str(left.name)
        if isinstance(comparator, ast.In):
            if not isinstance(right, ast.List) or not right.val:
                raise SearchError("$filter", "in needs a list of values.")
            return self._one_of(left, right.val)
        if isinstance(right, ast.Null):
            return self._null(column, comparator)
        literal = value(right, kind, name)
        if type(comparator) in _COMPARE and kind == "bool":
            raise SearchError("$filter", f"The operator does not fit {name}.")
        if kind == "int" and isinstance(literal, float):
            return _beside(column, comparator, literal)
        if isinstance(comparator, ast.Eq):
            return column == sa.literal(literal)
        if isinstance(comparator, ast.NotEq):
            # SQL's `<>` is unknown for a null, and OData's `ne` is true.
            return column.is_distinct_from(sa.literal(literal))
        if type(comparator) not in _COMPARE:
            raise SearchError("$filter", f"The operator does not fit {name}.")
        compared: sa.ColumnElement[bool] = getattr(column, _COMPARE[type(comparator)])(sa.literal(literal))
        return compared

    def _truth(self, condition: Any, comparator: Any, word: Any) -> sa.ColumnElement[bool]:
        """A condition that is compared with true or false: `startswith(name,'A') eq false`."""
        # What a null makes unknown is false in OData, on either side of `not`.
        found = sa.func.coalesce(self.condition(condition), sa.false())
        if not isinstance(word, ast.Boolean) or not isinstance(comparator, ast.Eq | ast.NotEq):
            raise SearchError("$filter", "A condition compares with true and false by eq and ne only.")
        return found if _is_true(word) is isinstance(comparator, ast.Eq) else sa.not_(found)

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


def _is_true(node: Any) -> bool:
    return str(node.val).lower() == "true"


def _beside(column: sa.ColumnElement[Any], comparator: Any, fraction: float) -> sa.ColumnElement[bool]:
    """A whole number compared with one that is not: with its neighbours, which every database can hold."""
    if isinstance(comparator, ast.Eq | ast.NotEq):
        return sa.false() if isinstance(comparator, ast.Eq) else sa.true()
    below = sa.literal(math.floor(fraction))
    return column > below if isinstance(comparator, ast.Gt | ast.GtE) else column <= below


def _flatten(node: Any, op: type[Any]) -> list[Any]:
    terms: list[Any] = []
    # A stack of its own: a filter with a thousand `or` is a thousand levels deep.
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, ast.BoolOp) and isinstance(top.op, op):
            stack += (top.right, top.left)
        else:
            terms.append(top)
    return terms


__all__ = ["order", "selected", "where"]
