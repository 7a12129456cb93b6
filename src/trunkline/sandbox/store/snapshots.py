"""Copies of a whole store, taken and put back in milliseconds."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable
from typing import Protocol

import sqlalchemy as sa

_numbers = itertools.count(1)


class Snapshot(Protocol):
    """A copy of every row."""

    def restore(self, connection: sa.Connection) -> None:
        """Put the rows back.

        Raises:
            LookupError: the copy is not there any more.
        """

    def drop(self) -> None:
        """Give its memory back."""


def snapshot_of(connection: sa.Connection, tables: Iterable[sa.Table]) -> Snapshot:
    """A copy of the tables: bytes or pages in memory for SQLite, temporary tables for other databases."""
    raw = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection):
        in_memory = connection.engine.url.database in (None, "", ":memory:")
        return _Image(raw) if in_memory else _Pages(raw)
    return _Tables(connection, tables)


class _Image:
    """The bytes of a database in memory: copying them is far quicker than copying its pages."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._bytes = raw.serialize()

    def restore(self, connection: sa.Connection) -> None:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.deserialize(self._bytes)

    def drop(self) -> None:
        self._bytes = b""


class _Pages:
    def __init__(self, raw: sqlite3.Connection) -> None:
        # The copy may be restored from another thread than the one that took it, as by a
        # test's own server thread.
        self._copy = sqlite3.connect(":memory:", check_same_thread=False)
        # A file is copied page by page: other processes may have it open, so its
        # bytes cannot be replaced.
        raw.backup(self._copy)

    def restore(self, connection: sa.Connection) -> None:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            self._copy.backup(raw)

    def drop(self) -> None:
        self._copy.close()


class _Tables:
    """Temporary tables: they end with the connection, so a process that dies leaves none behind."""

    def __init__(self, connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
        number = next(_numbers)
        self._connection = connection
        self._copies = {table.name: f"snapshot_{number}_{table.name}" for table in tables}
        for name, copy in self._copies.items():
            connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {copy} AS SELECT * FROM {name}")  # noqa: S608

    def restore(self, connection: sa.Connection) -> None:
        if connection is not self._connection:
            raise LookupError("the snapshot was lost when the database dropped the connection; take another")
        for name, copy in self._copies.items():
            connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
            connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM {copy}")  # noqa: S608

    def drop(self) -> None:
        if not self._connection.closed:
            for copy in self._copies.values():
                self._connection.exec_driver_sql(f"DROP TABLE IF EXISTS {copy}")


__all__ = ["Snapshot", "snapshot_of"]
