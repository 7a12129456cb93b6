"""One kind of thing that the store keeps: a table of typed columns and the whole JSON object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from attrs import Factory, field, frozen

Kind = Literal["int", "text", "bool", "number", "instant", "date"]
Row = dict[str, Any]
BODY = "body"

# By code points, as SQLite compares; PostgreSQL would otherwise sort as the language of its database does.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SQL_TYPES: Mapping[Kind, sa.types.TypeEngine[Any]] = {
    "int": sa.BigInteger(),
    "text": _TEXT,
    "bool": sa.Boolean(),
    "number": sa.Float(),
    # Instants are kept as UTC text of one fixed width, so that text order is time order on every database.
    "instant": _TEXT,
    "date": _TEXT,
}
_encode = msgspec.json.Encoder().encode


def _key_type(kind: Kind) -> sa.types.TypeEngine[Any]:
    # Only a key of this very type is SQLite's own row number, which saves an index next to the table.
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite") if kind == "int" else _SQL_TYPES[kind]


@frozen(kw_only=True, eq=False)
class Entity:
    """One kind of thing.

    key: the column that identifies a row. columns: what can be searched and sorted by, with its kind; a name
        that begins with an underscore is not part of the JSON object, such as the parent of a child row.
    indexed: columns with an index. names: every wire name, for `$select`. needed: what operations rely on,
        see `needed`.
    """

    name: str
    key: str
    columns: Mapping[str, Kind]
    indexed: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    needed: Mapping[str, Any] = field(factory=dict, repr=False)
    private: tuple[str, ...] = field(
        init=False,
        default=Factory(lambda self: tuple(name for name in self.columns if name[0] == "_"), takes_self=True),
    )
    table: sa.Table = field(
        init=False, repr=False, default=Factory(lambda self: self._make_table(), takes_self=True)
    )

    def _make_table(self) -> sa.Table:
        columns = [
            sa.Column(name, _key_type(kind), primary_key=True, autoincrement=False)
            if name == self.key
            else sa.Column(name, _SQL_TYPES[kind])
            for name, kind in self.columns.items()
        ]
        table = sa.Table(self.name, sa.MetaData(), *columns, sa.Column(BODY, sa.LargeBinary, nullable=False))
        for name in self.indexed:
            sa.Index(f"ix_{self.name}_{name}", table.c[name])
        return table

    def encode(self, row: Row) -> bytes:
        """The JSON object of a row."""
        if not self.private:
            return _encode(row)
        # Taking them out and putting them back is cheaper than a copy of a wide row.
        kept = [(name, row.pop(name)) for name in self.private if name in row]
        body = _encode(row)
        row.update(kept)
        return body


def reader(columns: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    """A function from a row to the values of the columns; one call fetches them where it has them all."""
    if len(columns) == 1:
        return lambda row: (row.get(columns[0]),)
    fetch = itemgetter(*columns)

    def read(row: Row) -> tuple[Any, ...]:
        try:
            values: tuple[Any, ...] = fetch(row)
        except KeyError:
            return tuple(map(row.get, columns))
        return values

    return read


__all__ = ["BODY", "Entity", "Kind", "Row", "reader"]
