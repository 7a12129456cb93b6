"""Keys out of a file: CSV, JSON Lines, Parquet, or a text file with one key a line.

Keys are read as text and stay as they are written, so that leading zeros survive.
"""

from __future__ import annotations

import asyncio
import codecs
import csv
import hashlib
import io
import itertools
import json
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from trunkline.cli._console import need
from trunkline.errors import ArgumentError, InputError

FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "text",
    "": "text",
}
_DELIMITERS: Final = ",;\t|"
_BOMS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HELD: Final = 1000


class Key(str):
    """A key's text, and the line of the input it stands on."""

    line: int

    def __new__(cls, text: str, line: int) -> Key:
        """Make a key."""
        key = super().__new__(cls, text)
        key.line = line
        return key


def input_format(path: Path | None, named: str | None) -> str:
    """Return csv, jsonl, parquet or text, by name or by the file's ending."""
    if named is not None:
        if named not in {"csv", "jsonl", "parquet", "text"}:
            raise ArgumentError(f"--input-format {named!r} is not one of csv, jsonl, parquet, text")
        return named
    if path is None:
        return "text"
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise ArgumentError(
            f"the ending of {path.name} does not say what it holds: "
            "give --input-format csv, jsonl, parquet or text"
        ) from None


def digest(path: Path) -> str:
    """Return what tells this input from another: the SHA-256 of its bytes."""
    with _readable(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path | None, kind: str, column: str | None, names: tuple[str, ...]) -> Iterator[Key]:
    """Yield the keys of a file (None: standard input), one at a time.

    Args:
        column: the column that holds them; None takes the one named like the parameter (`names`), or the
            only one.
    Raises:
        InputError: the file cannot be read, has no such column, or holds no key at all.
    """
    if kind == "parquet":
        if path is None:
            raise InputError("Parquet cannot be read from standard input: give a file")
        rows = _parquet(path, column, names)
    else:
        rows = _lines(path, kind, column, names)
    filled = count = 0
    for key in rows:
        count += 1
        filled += key != ""
        yield key
    where = str(path) if path else "standard input"
    if not count:
        raise InputError(f"{where} holds no keys")
    if not filled:
        raise InputError(f"the key column of {where} is empty")


@contextmanager
def _readable(path: Path | None) -> Iterator[None]:
    name = str(path) if path else "standard input"
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None


def _lines(path: Path | None, kind: str, column: str | None, names: tuple[str, ...]) -> Iterator[Key]:
    with _readable(path):
        # a descriptor of our own: a thread blocked in `sys.stdin` would abort the interpreter's exit
        binary = os.fdopen(os.dup(0), "rb") if path is None else path.open("rb")
        try:
            head = binary.peek(4)[:4]
            encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8-sig")
            text = io.TextIOWrapper(binary, encoding=encoding, newline="" if kind == "csv" else None)
            try:
                yield from _READERS[kind](text, path, column, names)
            finally:
                text.detach()
        finally:
            binary.close()


def _text(text: IO[str], path: Path | None, column: str | None, names: tuple[str, ...]) -> Iterator[Key]:
    for number, line in enumerate(text, 1):
        if key := line.strip():
            yield Key(key, number)


def _csv(text: IO[str], path: Path | None, column: str | None, names: tuple[str, ...]) -> Iterator[Key]:
    first = next((line for line in text if line.strip()), None)
    if first is None:
        return
    # the header decides: the sign that separates its names separates the rest
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows)]
        place = header.index(_choose(header, column, names, path))
        for row in rows:
            if not row:
                continue
            yield Key(row[place].strip() if place < len(row) else "", rows.line_num)
    except csv.Error as error:
        raise InputError(f"{path or 'standard input'}, line {rows.line_num}: {error}") from None


def _jsonl(text: IO[str], path: Path | None, column: str | None, names: tuple[str, ...]) -> Iterator[Key]:
    name: str | None = column
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        where = f"{path or 'standard input'}, line {number}"
        try:
            row = json.loads(line, parse_float=str, parse_int=str)
        except ValueError:
            raise InputError(f"{where} is not JSON") from None
        if isinstance(row, dict):
            if name is None:
                name = _choose(list(row), column, names, path)
            if name not in row:
                raise InputError(f"{where} has no {name!r}; it has: {', '.join(row) or 'nothing'}")
            row = row[name]
        if isinstance(row, bool | list | dict):
            raise InputError(f"{where} holds {type(row).__name__}, not text or a number")
        yield Key("" if row is None else row.strip(), number)


def _parquet(path: Path, column: str | None, names: tuple[str, ...]) -> Iterator[Key]:
    parquet = need("pyarrow.parquet", "parquet", "reading Parquet")
    arrow = need("pyarrow", "parquet", "reading Parquet")
    with _readable(path), path.open("rb") as source:
        try:
            file = parquet.ParquetFile(source)
            name = _choose(file.schema_arrow.names, column, names, path)
            number = 0
            for batch in file.iter_batches(batch_size=8192, columns=[name]):
                for value in batch.column(0).to_pylist():
                    number += 1
                    yield Key("" if value is None else str(value).strip(), number)
        except arrow.ArrowException as error:
            raise InputError(f"{path} cannot be read as Parquet: {error}") from None


_READERS: Final[dict[str, Callable[[IO[str], Path | None, str | None, tuple[str, ...]], Iterator[Key]]]] = {
    "text": _text,
    "csv": _csv,
    "jsonl": _jsonl,
}


def _choose(header: list[str], column: str | None, names: tuple[str, ...], path: Path | None) -> str:
    """Return the header's own spelling of the key column."""
    if column is not None:
        if column in header:
            return _lone(column, header, path)
    else:
        for name in header:
            if _plain(name) in {_plain(one) for one in names}:
                return _lone(name, header, path)
        if len(header) == 1:
            return header[0]
    wanted = repr(column or names[0])
    raise InputError(
        f"{path or 'standard input'} has no column {wanted}; it has: {', '.join(header)}. "
        "Choose one with --column"
    )


def _lone(name: str, header: list[str], path: Path | None) -> str:
    if header.count(name) > 1:
        raise InputError(f"{path or 'standard input'} has {header.count(name)} columns {name!r}: rename one")
    return name


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").replace("-", "").lower()


async def in_thread(keys: Iterator[Key]) -> AsyncIterator[Key]:
    """Yield keys from a source that may block (a pipe), read by a thread that ends with the process."""
    loop = asyncio.get_running_loop()
    arrived, room = asyncio.Event(), threading.Semaphore(_HELD)
    held: deque[Key] = deque()
    ended: list[BaseException | None] = []

    def tell() -> None:
        try:
            loop.call_soon_threadsafe(arrived.set)
        except RuntimeError:
            return  # the loop is closed: nobody listens any more

    def pump() -> None:
        error: BaseException | None = None
        try:
            for key in keys:
                room.acquire()
                held.append(key)
                tell()
        except BaseException as caught:
            error = caught
        ended.append(error)
        tell()

    threading.Thread(target=pump, name="trunkline-input", daemon=True).start()
    while True:
        arrived.clear()
        while held:
            yield held.popleft()
            room.release()
        if ended and not held:
            if ended[0] is not None:
                raise ended[0]
            return
        if not held:
            await arrived.wait()


__all__ = ["Key", "digest", "in_thread", "input_format", "read"]
