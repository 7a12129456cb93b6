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
import re
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from attrs import frozen

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
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
_JSON_NAMES: Final = {bool: "true or false", list: "a list", dict: "an object"}


class Key(str):
    """A key's text, and the line of the input it stands on.

    problem: what is wrong with the line, "" if nothing; the text then names the line. kept: the values of the
    columns that go along to the output.
    """

    line: int
    problem: str
    kept: tuple[str, ...]

    def __new__(cls, text: str, line: int, problem: str = "", kept: tuple[str, ...] = ()) -> Key:
        """Make a key."""
        key = super().__new__(cls, text)
        key.line, key.problem, key.kept = line, problem, kept
        return key


def _unusable(line: int, problem: str) -> Key:
    """Return the key of a line that holds none; the run goes on with the next one."""
    return Key(f"line {line}", line, problem)


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
    with _readable(str(path)), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@frozen(kw_only=True)
class Source:
    """Where keys come from.

    path: a file; None for standard input. format: csv, jsonl, parquet or text. column: the one that holds the
    keys; None takes the one named like the parameter (`names`), one named "key" as in our own output, or the
    only one. keep: columns whose values go along.
    """

    path: Path | None
    format: str
    column: str | None = None
    names: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Its name for people."""
        return str(self.path) if self.path else "standard input"

    @property
    def is_file(self) -> bool:
        """Whether it can be read again."""
        return self.path is not None and self.path.is_file()


def read(source: Source) -> Iterator[Key]:
    """Yield the keys one at a time; a line without one yields a key with its problem.

    Raises:
        InputError: the file cannot be read, has no such column, or holds no key at all.
    """
    rows = _parquet(source) if source.format == "parquet" else _lines(source)
    filled = count = 0
    problem = ""
    held: list[Key] = []  # nothing is asked before one line is good
    for key in rows:
        count += 1
        filled += key != "" and not key.problem
        problem = problem or (f", {key}: {key.problem}" if key.problem else "")
        if filled:
            yield from held
            held.clear()
            yield key
        else:
            held.append(key)
    if not count:
        raise InputError(f"{source.shown} holds no keys")
    if not filled:
        raise InputError(
            f"{source.shown}{problem}" if problem else f"the key column of {source.shown} is empty"
        )


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None


def _lines(source: Source) -> Iterator[Key]:
    with _readable(source.shown):
        # a descriptor of our own: a thread blocked in `sys.stdin` would abort the interpreter's exit
        binary = os.fdopen(os.dup(0), "rb") if source.path is None else source.path.open("rb")
        try:
            head = binary.peek(4)[:4]
            encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8-sig")
            text = io.TextIOWrapper(binary, encoding=encoding, newline="" if source.format == "csv" else None)
            try:
                yield from _READERS[source.format](text, source)
            finally:
                text.detach()
        finally:
            binary.close()


def _text(text: IO[str], source: Source) -> Iterator[Key]:
    for number, line in enumerate(text, 1):
        if key := line.strip():
            yield Key(key, number)


def _csv(text: IO[str], source: Source) -> Iterator[Key]:
    first = next((line for line in text if line.strip()), None)
    if first is None:
        return
    # the header decides: the sign that separates its names, outside of quotes, separates the rest
    bare = _QUOTED.sub("", first)
    delimiter = max(_DELIMITERS, key=bare.count)
    rows = csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows)]
    except csv.Error as error:
        raise InputError(f"{source.shown}, line {rows.line_num}: {error}") from None
    place = header.index(_choose(header, source))
    kept = [header.index(name) for name in _kept(header, source)]
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            if "end of data" in str(error):  # an open quote took in all the rest: those keys would be lost
                raise InputError(f"{source.shown}, line {rows.line_num}: {error}") from None
            yield _unusable(rows.line_num, str(error))
            continue
        if row is None:
            return
        if row:
            cells = [row[at].strip() if at < len(row) else "" for at in (place, *kept)]
            yield Key(cells[0], rows.line_num, kept=tuple(cells[1:]))


def _no_number(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are no JSON (RFC 8259 section 6)


def _jsonl(text: IO[str], source: Source) -> Iterator[Key]:
    name: str | None = source.column
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=str, parse_int=str, parse_constant=_no_number)
        except (ValueError, RecursionError):
            yield _unusable(number, "is not JSON")
            continue
        kept: tuple[str, ...] = ()
        if isinstance(row, dict):
            if name is None:
                name = _choose(list(row), source)
            if name not in row:
                yield _unusable(number, f"has no {name!r}; it has: {', '.join(row) or 'nothing'}")
                continue
            kept = tuple(_cell(row.get(one)) for one in source.keep)
            row = row[name]
        if isinstance(row, bool | list | dict):
            yield _unusable(number, f"holds {_JSON_NAMES[type(row)]}, not text or a number")
        else:
            yield Key("" if row is None else row.strip(), number, kept=kept)


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _parquet(source: Source) -> Iterator[Key]:
    if source.path is None:
        raise InputError("Parquet cannot be read from standard input: give a file")
    parquet = need("pyarrow.parquet", "parquet", "reading Parquet")
    arrow = need("pyarrow", "parquet", "reading Parquet")
    with _readable(source.shown), source.path.open("rb") as binary:
        try:
            file = parquet.ParquetFile(binary)
            header = file.schema_arrow.names
            columns = [_choose(header, source), *_kept(header, source)]
            number = 0
            for batch in file.iter_batches(batch_size=8192, columns=list(dict.fromkeys(columns))):
                for values in zip(*(batch.column(name).to_pylist() for name in columns), strict=True):
                    number += 1
                    cells = ["" if value is None else str(value).strip() for value in values]
                    yield Key(cells[0], number, kept=tuple(cells[1:]))
        except arrow.ArrowException as error:
            raise InputError(f"{source.shown} cannot be read as Parquet: {error}") from None


_READERS: Final[dict[str, Callable[[IO[str], Source], Iterator[Key]]]] = {
    "text": _text,
    "csv": _csv,
    "jsonl": _jsonl,
}


def _choose(header: list[str], source: Source) -> str:
    """Return the header's own spelling of the key column."""
    if source.column is not None:
        if source.column in header:
            return _lone(source.column, header, source)
    else:
        for names in (source.names, ("key",)):
            for name in header:
                if _plain(name) in {_plain(one) for one in names}:
                    return _lone(name, header, source)
        if len(header) == 1:
            return header[0]
    wanted = repr(source.column or source.names[0])
    raise InputError(
        f"{source.shown} has no column {wanted}; it has: {', '.join(header)}. Choose one with --column"
    )


def _kept(header: list[str], source: Source) -> list[str]:
    for name in source.keep:
        if name not in header:
            raise InputError(f"--keep: {source.shown} has no column {name!r}; it has: {', '.join(header)}")
    return [_lone(name, header, source) for name in source.keep]


def _lone(name: str, header: list[str], source: Source) -> str:
    if header.count(name) > 1:
        raise InputError(f"{source.shown} has {header.count(name)} columns {name!r}: rename one")
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


__all__ = ["Key", "Source", "digest", "in_thread", "input_format", "read"]
