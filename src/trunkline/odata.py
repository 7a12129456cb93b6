"""Typed OData filters and orders: `fields.Device.device_id == 5` and `fields.Device.status.desc()`.

Generated `fields` modules hold one `FieldSet` class per searchable operation. Comparing a field with a value
of another type, or joining filters of two operations, fails in the type checker; `check` refuses at run time,
before any request, names that the operation does not know. Combine with `&`, `|`, `~` and parentheses.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, Generic, NoReturn, TypeVar, get_args

from attrs import field

from trunkline._deferred import frozen
from trunkline._wire.odata_text import encoded_length, literal, names_in, refuse_surrogates
from trunkline.errors import FilterError
from trunkline.operation import Operation, Param

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)
V = TypeVar("V")

_OR, _AND, _WHOLE = 1, 2, 3


class FieldSet:
    """The names that one operation can filter and sort by; generated, never made into an object."""


@frozen
class Filter(Generic[F_co]):
    """An OData filter; `text` is what is sent, `names` the fields that it uses.

    Brackets are written only where precedence needs them. `bool()` of it is refused, so that `and`, `or`
    and chained comparisons cannot silently drop a part.
    """

    text: str
    names: tuple[str, ...] = field(default=(), eq=False)
    _level: int = field(default=_WHOLE, eq=False, repr=False)
    _negated: Filter[F_co] | None = field(default=None, eq=False, repr=False)

    def __and__(self: Filter[F], other: Filter[F]) -> Filter[F]:
        return self._joined("and", other, _AND)

    def __or__(self: Filter[F], other: Filter[F]) -> Filter[F]:
        return self._joined("or", other, _OR)

    def __invert__(self) -> Filter[F_co]:
        # Two negations cancel each other, and the filter stays readable.
        if self._negated is not None:
            return self._negated
        # `not` binds tighter than `eq` in OData, so only a function call goes without brackets.
        inner = self.text if self._level == _WHOLE and self.text.endswith(")") else f"({self.text})"
        return Filter(f"not {inner}", self.names, _WHOLE, self)

    def _joined(self: Filter[F], word: str, other: Filter[F], level: int) -> Filter[F]:
        if not isinstance(other, Filter):
            return NotImplemented
        names = tuple(dict.fromkeys((*self.names, *other.names)))
        return Filter(f"{self._inside(level)} {word} {other._inside(level)}", names, level)

    def _inside(self, level: int) -> str:
        return self.text if self._level >= level else f"({self.text})"

    def __bool__(self) -> NoReturn:
        # `a == 1 and b == 2` would otherwise evaluate to the second filter alone, and a search for both
        # conditions would return too many rows.
        raise FilterError(
            "a filter has no truth value: use & | ~ with parentheses, not `and`, `or`, `not`; "
            "`in` is written .in_([…])"
        )

    def __str__(self) -> str:
        return self.text

    def encoded_length(self) -> int:
        """How many characters the filter takes in a URL."""
        return encoded_length(self.text)


@frozen
class OrderBy(Generic[F_co]):
    """One name to sort by and its direction."""

    name: str
    descending: bool = False

    @property
    def text(self) -> str:
        """The OData text."""
        return f"{self.name} desc" if self.descending else self.name

    def __str__(self) -> str:
        return self.text


class FilterField(Generic[F, V]):
    """A name that can be filtered.

    wire: the vendor's name. type: what it is compared with, `object` for anything. fields: the `FieldSet`
    that it belongs to, None for a field made by hand.
    """

    __slots__ = ("_types", "fields", "wire")

    def __init__(self, wire: str, type: Any = object) -> None:
        self.wire: Final = wire
        self._types: Final = get_args(type) or (type,)
        self.fields: Any = None

    def __set_name__(self, owner: Any, name: str) -> None:
        self.fields = owner

    def __eq__(self, value: V | None) -> Filter[F]:  # type: ignore[override]
        if isinstance(value, FilterField):  # `field in fields`: no filter compares two fields
            return value is self  # type: ignore[return-value]
        return self._compare("eq", value)

    def __ne__(self, value: V | None) -> Filter[F]:  # type: ignore[override]
        if isinstance(value, FilterField):
            return value is not self  # type: ignore[return-value]
        return self._compare("ne", value)

    def __lt__(self, value: V) -> Filter[F]:
        return self._compare("lt", value)

    def __le__(self, value: V) -> Filter[F]:
        return self._compare("le", value)

    def __gt__(self, value: V) -> Filter[F]:
        return self._compare("gt", value)

    def __ge__(self, value: V) -> Filter[F]:
        return self._compare("ge", value)

    # `__eq__` builds a filter, so Python would make the class unhashable; fields are
    # compared by identity.
    __hash__ = object.__hash__

    def in_(self, values: Iterable[V]) -> Filter[F]:
        """One of several values, each asked once; written with `or`, since no vendor page documents `in`."""
        # Equal keys would make the query longer for nothing.
        texts = list(dict.fromkeys(f"{self.wire} eq {self._literal(value)}" for value in values))
        if not texts:
            raise FilterError(f"in_ needs at least one value for {self.wire}")
        return Filter(" or ".join(texts), (self.wire,), _WHOLE if len(texts) == 1 else _OR)

    def is_null(self) -> Filter[F]:
        """Whether there is no value."""
        return self._compare("eq", None)

    def startswith(self: FilterField[F, str], text: str) -> Filter[F]:
        """Text that begins so."""
        return self._call("startswith", text)

    def endswith(self: FilterField[F, str], text: str) -> Filter[F]:
        """Text that ends so."""
        return self._call("endswith", text)

    def contains(self: FilterField[F, str], text: str) -> Filter[F]:
        """Text that has this in it."""
        return self._call("contains", text)

    def _compare(self, operator: str, value: V | None) -> Filter[F]:
        if value is None and operator not in ("eq", "ne"):
            raise FilterError(f"{self.wire} can be equal to null or not, but not less or greater")
        return Filter(f"{self.wire} {operator} {self._literal(value)}", (self.wire,))

    def _call(self, function: str, text: str) -> Filter[F]:
        if not isinstance(text, str):
            raise FilterError(f"{function} on {self.wire} takes text, not {type(text).__name__}")
        return Filter(f"{function}({self.wire},{literal(text)})", (self.wire,))

    def _literal(self, value: V | None) -> str:
        if value is not None and not any(_fits(value, kind) for kind in self._types):
            wanted = " or ".join(getattr(kind, "__name__", str(kind)) for kind in self._types)
            raise FilterError(f"{self.wire} is compared with {wanted}, not {type(value).__name__}")
        return literal(value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.wire}>"


class SortField(Generic[F]):
    """A name that can be sorted by."""

    __slots__ = ("wire",)

    def __init__(self, wire: str) -> None:
        self.wire = wire

    def asc(self) -> OrderBy[F]:
        """Smallest first."""
        return OrderBy(self.wire)

    def desc(self) -> OrderBy[F]:
        """Largest first."""
        return OrderBy(self.wire, descending=True)


class FilterSortField(FilterField[F, V]):
    """A name that can be filtered and sorted by."""

    __slots__ = ()

    def asc(self) -> OrderBy[F]:
        """Smallest first."""
        return OrderBy(self.wire)

    def desc(self) -> OrderBy[F]:
        """Largest first."""
        return OrderBy(self.wire, descending=True)


def _fits(value: Any, kind: Any) -> bool:
    if kind is object or kind is Any:
        return True
    if isinstance(value, bool) or kind is bool:
        return kind is bool and isinstance(value, bool)
    if kind in (float, Decimal):
        return isinstance(value, int | float | Decimal)
    if kind is datetime.date:
        return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return isinstance(value, (kind, str if issubclass(kind, str) else int))
    return isinstance(kind, type) and isinstance(value, kind)


def raw(text: str) -> Filter[Any]:
    """A filter by its OData text; its names are checked like any other's before the request.

    Raises: FilterError with the position where the text is not OData.
    """
    text = text.strip()
    refuse_surrogates(text)
    names = names_in(text)
    if not text:
        raise FilterError("the filter text is empty: leave `filter` out instead")
    # Level 0: the operators inside are not known, so it is put in brackets wherever it is joined.
    return Filter(text, names, 0)


def order_text(order_by: OrderBy[Any] | Sequence[OrderBy[Any]]) -> str:
    """The text of one or several orders, the first weighing most."""
    several = [order_by] if isinstance(order_by, OrderBy) else list(order_by)
    if not several or not all(isinstance(one, OrderBy) for one in several):
        raise FilterError("order_by takes fields with .asc() or .desc(), one or a list of them")
    return ",".join(one.text for one in several)


def check(filter: Filter[Any], op: Operation[Any]) -> str:
    """The filter's text, if the operation can filter by all its names.

    Raises: FilterError with the names that it can filter by.
    """
    if not isinstance(filter, Filter):
        raise FilterError(f"{op.id}: filter takes a Filter, or odata.raw(text), not {type(filter).__name__}")
    _check_names(op, "filter", filter.names, op.filterable)
    return filter.text


def check_order(order_by: OrderBy[Any] | Sequence[OrderBy[Any]], op: Operation[Any]) -> str:
    """The order's text, if the operation can sort by all its names.

    Raises: FilterError with the names that it can sort by.
    """
    text = order_text(order_by)
    several = [order_by] if isinstance(order_by, OrderBy) else order_by
    _check_names(op, "sort", [one.name for one in several], op.sortable)
    return text


def render(op: Operation[Any], param: Param, value: Any) -> Any:
    """A typed filter or order as its OData text, checked against the operation; anything else as it is."""
    if param.wire == "$filter":
        return check(value, op)
    if param.wire == "$orderby":
        return check_order(value, op)
    if param.wire == "$select" and not isinstance(value, str):
        return ",".join(value)
    return value


def _check_names(op: Operation[Any], verb: str, used: Iterable[str], allowed: Sequence[str]) -> None:
    if not allowed:  # the spec lists none: the vendor decides
        return
    for name in used:
        if name not in allowed and name.split("/")[0] not in allowed:
            import difflib

            near = difflib.get_close_matches(name, allowed, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise FilterError(f"{op.id} cannot {verb} by {name}{hint}; it can by: {', '.join(allowed)}")


__all__ = [
    "FieldSet",
    "Filter",
    "FilterField",
    "FilterSortField",
    "OrderBy",
    "SortField",
    "check",
    "check_order",
    "encoded_length",
    "literal",
    "order_text",
    "raw",
    "render",
]
