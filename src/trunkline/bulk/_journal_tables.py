"""The tables of a journal: one file has them for all of its rows, and so has each part of it."""

from __future__ import annotations

from typing import Final

VERSION: Final = "1"
SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE rows (
    position INTEGER PRIMARY KEY, line INTEGER, target TEXT, arguments BLOB NOT NULL, seen BLOB,
    state TEXT NOT NULL, before BLOB, sends INTEGER NOT NULL DEFAULT 0, sent_at REAL,
    response BLOB, error_type TEXT, error TEXT, status INTEGER, proof TEXT
);
CREATE INDEX rows_state ON rows (state);
CREATE UNIQUE INDEX rows_target ON rows (target) WHERE target IS NOT NULL;
"""
COLUMNS: Final = (
    "position, line, target, arguments, seen, state, before, sends, sent_at, response, error_type, error, "
    "status, proof"
)
OUTCOME: Final = "state, before, sends, sent_at, response, error_type, error, status, proof"
"""The columns that a run writes."""

__all__ = ["COLUMNS", "OUTCOME", "SCHEMA", "VERSION"]
