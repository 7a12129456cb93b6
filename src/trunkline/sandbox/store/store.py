"""The sandbox's rows, in a real SQL database.

Each kind of thing is one table: typed columns for what is searched and sorted by, and the whole JSON object
ready to be sent. A single read is therefore one lookup by primary key and no work on the row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable

from trunkline.errors import ConfigError
from trunkline.sandbox.store.entity import BODY, Entity, Kind, Row, reader
from trunkline.sandbox.store.needed import fill
from trunkline.sandbox.store.snapshots import Snapshot, snapshot_of

_CHUNK = 5000
_ONE_WRITER = sa.select(sa.func.pg_advisory_xact_lock(0x7472756E6B))
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


_SEQUENCE = sa.Table(
    "sequence",
    sa.MetaData(),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)


def reason(error: Exception) -> str:
    """Return why a database cannot be used, without its URL, which may hold a password."""
    if isinstance(error, ModuleNotFoundError):
        hint = ". Install it with: pip install 'psycopg[binary]'" if error.name == "psycopg" else ""
        return f"{error.name} is not installed{hint}"
    if isinstance(error, sa_exc.DBAPIError):
        return str(error.orig).partition("\n")[0].strip()
    if isinstance(error, sa_exc.ArgumentError | ValueError):
        return "it is no SQLAlchemy URL, such as sqlite:///sandbox.db"
    return type(error).__name__


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
            self._is_sqlite = self._engine.dialect.name == "sqlite"
            self._is_postgresql = self._engine.dialect.name == "postgresql"
            self._tune()
        except (sa_exc.SQLAlchemyError, ImportError, ValueError) as error:
            raise ConfigError(f"the store cannot be opened: {reason(error)}") from error
        self._depth = 0
        self._prepared: dict[sa.Select[Any], tuple[str, Sequence[str], Mapping[str, Any]]] = {}
        self._by_key = {
            entity.name: sa.select(entity.table.c[BODY]).where(
                entity.table.c[entity.key] == sa.bindparam("key")
            )
            for entity in self.entities
        }

    def _tune(self) -> None:
        if not self._is_sqlite:
            return
        for pragma in (
            # Before the first table is made: rows are large, and larger pages hold more of them.
            "page_size=16384",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "busy_timeout=60000",
        ):
            self._connection.exec_driver_sql(f"PRAGMA {pragma}")

    def _run(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        """Carry a statement out; a connection that was dropped between two requests is opened again."""
        try:
            return self._connection.execute(statement, values)
        except sa_exc.DBAPIError as error:
            if not error.connection_invalidated or self._depth:
                raise
            self._reopen()
            return self._connection.execute(statement, values)

    def _reopen(self) -> None:
        self._connection.close()
        self._connection = self._engine.connect()

    def prepare(self, fill: Callable[[], None]) -> bool:
        """Make tables and indexes and, in an empty store, the first rows; return whether it was empty.

        One process does it while others that start on the same store wait.
        """
        with self.transaction():
            fresh = self.create()
            if fresh:
                fill()
                self.start_all_ids()
            else:
                # Tables of another program, or of another version: better reported now than by every request.
                for table in (_SEQUENCE, *(entity.table for entity in self.entities)):
                    self._run(sa.select(table).limit(0))
            self.index()
        return fresh

    def create(self) -> bool:
        """Make the tables; return whether the store was empty before."""
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

    def check(self) -> None:
        """Ask the database for something small.

        Raises:
            SQLAlchemyError: it does not respond, or the tables are gone.
        """
        self._run(sa.select(_SEQUENCE.c.value).limit(1)).first()

    def clear(self) -> None:
        """Delete every row; the tables stay."""
        with self.transaction():
            for table in (_SEQUENCE, *(entity.table for entity in self.entities)):
                self._run(sa.delete(table))

    def snapshot(self) -> Snapshot:
        """A copy of every row, to be restored or dropped; it ends with this store object."""
        return snapshot_of(self._connection, (_SEQUENCE, *(entity.table for entity in self.entities)))

    def restore(self, snapshot: Snapshot) -> None:
        """Put a copy back: every change since is gone.

        Raises:
            LookupError: the copy was lost with a dropped database connection; nothing is changed.
        """
        if self._is_sqlite:
            snapshot.restore(self._connection)
            return
        with self.transaction():
            snapshot.restore(self._connection)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner transaction is part of the outer one.

        Of several processes one writes at a time, and takes its turn before it reads what the write rests
        on: otherwise two changes of one row would both begin from the old one, and the first would be lost.
        """
        if self._depth:
            yield
            return
        begin = sa.text("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        self._run(begin)
        self._depth = 1
        try:
            if self._is_postgresql:
                self._run(_ONE_WRITER)
            yield
            # Within the try: a commit that fails leaves the transaction open, and every later one would fail.
            self._connection.exec_driver_sql("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._depth = 0

    def _roll_back(self) -> None:
        if self._connection.invalidated:
            # The database has rolled back by itself when the connection was lost.
            self._reopen()
        else:
            self._connection.exec_driver_sql("ROLLBACK")

    def body(self, entity: Entity, key: Any) -> bytes | None:
        """The JSON object of one row, as sent."""
        value = self.scalar(self._by_key[entity.name], key=key)
        return value if value is None or isinstance(value, bytes) else bytes(value)

    def row(self, entity: Entity, key: Any) -> Row | None:
        """One row as a dictionary of its own, with what operations rely on filled in."""
        body = self.body(entity, key)
        return None if body is None else fill(_decode(body), entity.needed)

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
        return [bytes(value) for value in self._run(query).scalars()]

    def rows(self, entity: Entity, *where: sa.ColumnElement[bool], **options: Any) -> list[Row]:
        """Many rows as dictionaries, filled in as by `row`; options as for `bodies`."""
        return [fill(_decode(body), entity.needed) for body in self.bodies(entity, *where, **options)]

    def first(self, entity: Entity, *where: sa.ColumnElement[bool], **options: Any) -> Row | None:
        """The first of the rows, if there is one."""
        found = self.rows(entity, *where, limit=1, **options)
        return found[0] if found else None

    def keys(self, entity: Entity, *, limit: int) -> list[Any]:
        """The first keys, in order."""
        key = entity.table.c[entity.key]
        return list(self._run(sa.select(key).order_by(key).limit(limit)).scalars())

    def count(self, entity: Entity, *where: sa.ColumnElement[bool]) -> int:
        """How many rows there are."""
        query = sa.select(sa.func.count()).select_from(entity.table).where(*where)
        return int(self._run(query).scalar_one())

    def scalar(self, query: sa.Select[Any], **values: Any) -> Any:
        """The single value of a prepared query, None if there is none.

        On SQLite its text goes straight to the driver: on a single read SQLAlchemy costs more than SQLite.
        """
        raw = self._connection.connection.driver_connection if self._is_sqlite else None
        if not isinstance(raw, sqlite3.Connection):
            return self._run(query, values).scalar()
        known = self._prepared.get(query)
        if known is None:
            compiled = query.compile(dialect=self._engine.dialect)
            known = self._prepared[query] = (str(compiled), compiled.positiontup or [], compiled.params)
        text, names, defaults = known
        found = raw.execute(text, [values.get(name, defaults[name]) for name in names]).fetchone()
        return None if found is None else found[0]

    def private(self, entity: Entity, key: Any) -> Row:
        """The private columns of one row."""
        table = entity.table
        query = sa.select(*(table.c[name] for name in entity.private)).where(table.c[entity.key] == key)
        found = self._run(query).mappings().first()
        return dict(found) if found else {}

    def next_id(self, entity: Entity) -> int:
        """A key that no row has and no other process gets; call it within a transaction."""
        named = _SEQUENCE.c.name == entity.name
        self._run(sa.update(_SEQUENCE).where(named).values(value=_SEQUENCE.c.value + 1))
        value = self._run(sa.select(_SEQUENCE.c.value).where(named)).scalar()
        if value is not None:
            return int(value)
        highest = self._run(sa.select(sa.func.max(entity.table.c[entity.key]))).scalar()
        self.start_ids(entity, int(highest or 0) + 1)
        return int(highest or 0) + 1

    def start_all_ids(self) -> None:
        """Note the highest key of every kind of thing, so that no two processes ever count for themselves."""
        for entity in self.entities:
            if entity.columns[entity.key] == "int":
                highest = self._run(sa.select(sa.func.max(entity.table.c[entity.key]))).scalar()
                self.start_ids(entity, int(highest or 0))

    def reserve(self, entity: Entity, key: int) -> None:
        """Never give this key out: somebody chose it."""
        value = _SEQUENCE.c.value
        self._run(sa.update(_SEQUENCE).where(_SEQUENCE.c.name == entity.name, value < key).values(value=key))

    def start_ids(self, entity: Entity, last: int) -> None:
        """Record which key was given out last."""
        self._run(sa.insert(_SEQUENCE).values(name=entity.name, value=last))

    def add(self, entity: Entity, row: Row) -> None:
        """Write a new row.

        Raises:
            OverflowError: a searched text holds a NUL, which PostgreSQL cannot keep and so no store does.
        """
        values = _storable({name: row.get(name) for name in entity.columns})
        self._run(sa.insert(entity.table), values | {BODY: entity.encode(row)})

    def put(self, entity: Entity, row: Row) -> None:
        """Write a changed row; private columns that it does not hold stay. Raises as `add` does."""
        kept = (name for name in entity.columns if name in row or name not in entity.private)
        values = _storable({name: row.get(name) for name in kept})
        self._run(
            sa.update(entity.table)
            .where(entity.table.c[entity.key] == row[entity.key])
            .values(values | {BODY: entity.encode(row)})
        )

    def remove(self, entity: Entity, *where: sa.ColumnElement[bool]) -> int:
        """Delete rows; return how many."""
        return self._run(sa.delete(entity.table).where(*where)).rowcount

    def add_many(self, entity: Entity, rows: Iterable[Row]) -> None:
        """Write many new rows as fast as the driver can."""
        columns, encode = tuple(entity.columns), entity.encode if entity.private else _encode
        names = (*columns, BODY)
        read = reader(columns)
        tuples = ((*read(row), encode(row)) for row in rows)
        statement = sa.insert(entity.table)
        sql = str(statement.compile(dialect=self._engine.dialect))
        while chunk := list(islice(tuples, _CHUNK)):
            if self._is_sqlite:
                # The same statement with the same bound parameters, without a dictionary per row.
                self._connection.exec_driver_sql(sql, chunk)
            else:
                self._run(statement, [dict(zip(names, values, strict=True)) for values in chunk])


def _storable(values: Row) -> Row:
    if any(isinstance(value, str) and "\0" in value for value in values.values()):
        raise OverflowError("a text holds a NUL character")
    return values


__all__ = ["Entity", "Kind", "Row", "Store", "reason"]
