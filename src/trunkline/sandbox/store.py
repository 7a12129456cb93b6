"""The sandbox's rows, in a real SQL database.

Each kind of thing is one table: typed columns for what is searched and sorted by, and the whole JSON object
ready to be sent. A single read is therefore one lookup by primary key and no work on the row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable

from trunkline.errors import ConfigError

Kind = Literal["int", "text", "bool", "number", "instant", "date"]
Row = dict[str, Any]
BODY = "body"

_SQL_TYPES: Mapping[Kind, type[sa.types.TypeEngine[Any]]] = {
    "int": sa.BigInteger,
    "text": sa.Text,
    "bool": sa.Boolean,
    "number": sa.Float,
    # Instants are kept as UTC text of one fixed width, so that text order is time order on every database.
    "instant": sa.Text,
    "date": sa.Text,
}
_CHUNK = 5000
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@frozen(kw_only=True, eq=False)
class Entity:
    """One kind of thing.

    key: the column that identifies a row. columns: what can be searched and sorted by, with its kind; a name
        that begins with an underscore is not part of the JSON object, such as the parent of a child row.
    indexed: columns with an index. names: every wire name, for `$select`.
    """

    name: str
    key: str
    columns: Mapping[str, Kind]
    indexed: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    private: tuple[str, ...] = field(init=False)
    table: sa.Table = field(init=False, repr=False)

    @private.default
    def _find_private(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if name.startswith("_"))

    @table.default
    def _make_table(self) -> sa.Table:
        columns = [
            sa.Column(name, _SQL_TYPES[kind](), primary_key=name == self.key, autoincrement=False)
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


_SEQUENCE = sa.Table(
    "sequence",
    sa.MetaData(),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)


class Store:
    """Reads and writes rows of entities; one connection, used by one thread at a time.

    Args:
        url: an SQLAlchemy URL.
        entities: every kind of thing that will be kept.
    Raises:
        ConfigError: the URL is unusable or its driver is not installed.
    """

    def __init__(self, url: str, entities: Iterable[Entity]) -> None:
        self.entities = tuple(entities)
        try:
            options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
            if url.startswith("sqlite"):
                options |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
            self._engine = sa.create_engine(url, **options)
            self._connection = self._engine.connect()
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise ConfigError(f"the store cannot be opened: {type(error).__name__}") from error
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        self._depth = 0
        if self._is_sqlite:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=NORMAL",
                "temp_store=MEMORY",
                "cache_size=-65536",
            ):
                self._connection.exec_driver_sql(f"PRAGMA {pragma}")
            self._connection.exec_driver_sql("PRAGMA busy_timeout=5000")
        self._by_key = {
            entity.name: sa.select(entity.table.c[BODY]).where(
                entity.table.c[entity.key] == sa.bindparam("key")
            )
            for entity in self.entities
        }

    def create(self) -> bool:
        """Make the tables; answer whether the store was empty before."""
        fresh = not sa.inspect(self._connection).has_table("sequence")
        _SEQUENCE.metadata.create_all(self._connection)
        for entity in self.entities:
            self._connection.execute(CreateTable(entity.table, if_not_exists=True))
        return fresh

    def index(self) -> None:
        """Make the indexes; after the first rows, because that is faster than keeping them up to date."""
        for entity in self.entities:
            for index in entity.table.indexes:
                index.create(self._connection, checkfirst=True)

    def clear(self) -> None:
        """Delete every row; the tables stay."""
        with self.transaction():
            for table in (_SEQUENCE, *(entity.table for entity in self.entities)):
                self._connection.execute(sa.delete(table))

    def image(self) -> bytes | None:
        """The whole database as bytes, if it is an SQLite one in memory; else None."""
        raw = self._connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection) or self._engine.url.database not in (None, "", ":memory:"):
            return None
        return raw.serialize()

    def restore(self, image: bytes) -> None:
        """Put an image back: everything since is gone, in about a millisecond."""
        raw = self._connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.deserialize(image)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner transaction is part of the outer one."""
        if self._depth:
            yield
            return
        # Two processes on one SQLite file: take the write lock before reading what the write rests on.
        self._connection.exec_driver_sql("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._connection.exec_driver_sql("ROLLBACK")
            raise
        else:
            self._connection.exec_driver_sql("COMMIT")
        finally:
            self._depth = 0

    def body(self, entity: Entity, key: Any) -> bytes | None:
        """The JSON object of one row, as sent."""
        value = self._connection.execute(self._by_key[entity.name], {"key": key}).scalar()
        return value if value is None or isinstance(value, bytes) else bytes(value)

    def row(self, entity: Entity, key: Any) -> Row | None:
        """One row as a dictionary of its own."""
        body = self.body(entity, key)
        return None if body is None else _decode(body)

    def bodies(
        self,
        entity: Entity,
        *where: sa.ColumnElement[bool],
        order: Sequence[Any] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[bytes]:
        """The JSON objects of many rows, by default in the order of their keys."""
        table = entity.table
        query = sa.select(table.c[BODY]).where(*where).order_by(*order, table.c[entity.key])
        if limit is not None:
            query = query.limit(limit)
        if offset:
            query = query.offset(offset)
        return [bytes(value) for value in self._connection.execute(query).scalars()]

    def rows(self, entity: Entity, *where: sa.ColumnElement[bool], **options: Any) -> list[Row]:
        """Many rows as dictionaries; options as for `bodies`."""
        return [_decode(body) for body in self.bodies(entity, *where, **options)]

    def first(self, entity: Entity, *where: sa.ColumnElement[bool], **options: Any) -> Row | None:
        """The first of the rows, if there is one."""
        found = self.rows(entity, *where, limit=1, **options)
        return found[0] if found else None

    def count(self, entity: Entity, *where: sa.ColumnElement[bool]) -> int:
        """How many rows there are."""
        query = sa.select(sa.func.count()).select_from(entity.table).where(*where)
        return int(self._connection.execute(query).scalar_one())

    def scalar(self, query: sa.Select[Any], **values: Any) -> Any:
        """The single value of a prepared query, None if there is none."""
        return self._connection.execute(query, values).scalar()

    def private(self, entity: Entity, key: Any) -> Row:
        """The private columns of one row."""
        table = entity.table
        query = sa.select(*(table.c[name] for name in entity.private)).where(table.c[entity.key] == key)
        found = self._connection.execute(query).mappings().first()
        return dict(found) if found else {}

    def next_id(self, entity: Entity) -> int:
        """A key that no row has and no other process gets; call it within a transaction."""
        named = _SEQUENCE.c.name == entity.name
        self._connection.execute(sa.update(_SEQUENCE).where(named).values(value=_SEQUENCE.c.value + 1))
        value = self._connection.execute(sa.select(_SEQUENCE.c.value).where(named)).scalar()
        if value is not None:
            return int(value)
        highest = self._connection.execute(sa.select(sa.func.max(entity.table.c[entity.key]))).scalar()
        self.start_ids(entity, int(highest or 0) + 1)
        return int(highest or 0) + 1

    def start_ids(self, entity: Entity, last: int) -> None:
        """Say which key was given out last."""
        self._connection.execute(sa.insert(_SEQUENCE).values(name=entity.name, value=last))

    def add(self, entity: Entity, row: Row) -> None:
        """Write a new row."""
        values = {name: row.get(name) for name in entity.columns}
        self._connection.execute(sa.insert(entity.table), values | {BODY: entity.encode(row)})

    def put(self, entity: Entity, row: Row) -> None:
        """Write a changed row; private columns that it does not hold stay."""
        values = {name: row.get(name) for name in entity.columns if name in row or name not in entity.private}
        self._connection.execute(
            sa.update(entity.table)
            .where(entity.table.c[entity.key] == row[entity.key])
            .values(values | {BODY: entity.encode(row)})
        )

    def remove(self, entity: Entity, *where: sa.ColumnElement[bool]) -> int:
        """Delete rows; answer how many."""
        return self._connection.execute(sa.delete(entity.table).where(*where)).rowcount

    def add_many(self, entity: Entity, rows: Iterable[Row]) -> None:
        """Write many new rows as fast as the driver can."""
        columns, encode = tuple(entity.columns), entity.encode
        names = (*columns, BODY)
        tuples = ((*map(row.get, columns), encode(row)) for row in rows)
        statement = sa.insert(entity.table)
        sql = str(statement.compile(dialect=self._engine.dialect))
        while chunk := list(islice(tuples, _CHUNK)):
            if self._is_sqlite:
                # The same statement with the same bound parameters, without a dictionary per row.
                self._connection.exec_driver_sql(sql, chunk)
            else:
                self._connection.execute(
                    statement, [dict(zip(names, values, strict=True)) for values in chunk]
                )


__all__ = ["Entity", "Kind", "Row", "Store"]
