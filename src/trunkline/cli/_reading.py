"""Keys out of a file: CSV, JSON Lines, Parquet, or a text file with one key a line.

Keys are read as text and stay as they are written, so that leading zeros survive.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

from trunkline.bulk._key_set import is_whole
from trunkline.cli._columns import Source, choose, kept_of, refuse_key_as_header
from trunkline.cli._console import need
from trunkline.cli._encoding import encoding_by
from trunkline.cli._json_lines import as_written, parsed
from trunkline.cli._spelling import no_key
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
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
_JSON_NAMES: Final = {bool: "true or false", list: "a list", dict: "an object"}


class Key(str):
    """A key's text, and the line of the input that holds it.

    problem: what is wrong with the line, "" if nothing; the text then names the line. kept: the values of the
    columns that go along to the output. lost: the key was spoilt by the program that wrote the file.
    """

    line: int
    problem: str
    kept: tuple[str, ...]
    lost: bool = False

    def __new__(cls, text: str, line: int, problem: str = "", kept: tuple[str, ...] = ()) -> Key:
        """Make a key."""
        key = super().__new__(cls, text)
        key.line, key.problem, key.kept = line, problem, kept
        return key


def _unusable(line: int, problem: str) -> Key:
    """Return the key of a line that holds none; the run continues with the next one."""
    return Key(f"line {line}", line, problem)


def _lost(line: int, problem: str) -> Key:
    """Return the key of a line whose key was spoilt by the program that wrote the file."""
    key = _unusable(line, problem)
    key.lost = True
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
    """Return what distinguishes this input from others: the SHA-256 of its bytes."""
    with _readable(str(path)), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(source: Source) -> Iterator[Key]:
    """Yield the keys one at a time; a line without one yields a key with its problem.

    Raises:
        InputError: the file cannot be read, has no such column, or holds no key at all.
    """
    rows = _spelled(source, _parquet(source) if source.format == "parquet" else _lines(source))
    filled = count = 0
    problem = ""
    held: list[Key] = []  # nothing is asked before one line is good
    for key in rows:
        count += 1
        filled += key != "" and not key.problem
        problem = problem or (f", {key}: {key.problem}" if key.problem else "")
        if filled:
            # Lines without a key are held back until one has a key: a wrong column would otherwise fail
            # every line of a large file, one by one.
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


def _spelled(source: Source, keys: Iterator[Key]) -> Iterator[Key]:
    """Yield the keys as they are meant; one whose digits were lost is a line without a key."""
    for key in keys:
        if key.problem or not key:
            yield key
            continue
        if nothing := no_key(key):
            yield _unusable(key.line, nothing)
            continue
        text, problem = source.spelling.read(key)
        if problem:
            yield _lost(key.line, problem)
        else:
            yield key if text == key else Key(text, key.line, kept=key.kept)


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
            # Read twice for the digest: a file that another program is still writing would give a run
            # over half of its keys.
            before = _digest_of(binary) if source.is_file else None
            # `peek` does not move the position, so it works on a pipe too.
            encoding = encoding_by(binary.peek(4)[:4], source.shown)
            text = io.TextIOWrapper(binary, encoding=encoding, newline="" if source.format == "csv" else None)
            try:
                yield from _READERS[source.format](text, source)
            finally:
                # The wrapper would close the binary file, whose digest is compared next.
                text.detach()
            _refuse_changed(binary, before, source)
        finally:
            binary.close()


def _digest_of(binary: IO[bytes]) -> bytes:
    """The digest of an open file, which is then at its beginning again."""
    binary.seek(0)
    found = hashlib.file_digest(binary, "sha256").digest()  # type: ignore[arg-type]
    binary.seek(0)
    return found


def _refuse_changed(binary: IO[bytes], before: bytes | None, source: Source) -> None:
    """Raise InputError if the file was written to while it was read: keys may be missing, or read twice.

    The digest is that of the open file: one that was replaced as a whole was still read to its end.
    """
    if before is not None and _digest_of(binary) != before:
        raise InputError(
            f"{source.shown} changed while its keys were read, so some may be missing; what was "
            "answered is kept. "
            "Run again with the file at rest, and --restart"
        )


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
    # `csv.Sniffer` guesses from the data and takes letters for delimiters in files with one column.
    delimiter = max(_DELIMITERS, key=bare.count)
    # `strict=True` reports broken quoting. The default takes such a line as it is, and a key would be
    # cut or joined with the next.
    rows = csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows)]
    except csv.Error as error:
        raise InputError(f"{source.shown}, line {rows.line_num}: {error}") from None
    rows = refuse_key_as_header(header, rows, source)
    place = header.index(choose(header, source))
    kept = [header.index(name) for name in kept_of(header, source)]
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
        if any(cell.strip() for cell in row[len(header) :]):
            # a number with thousands separators for one: its first part would name another key
            yield _unusable(rows.line_num, "has more cells than the header has columns")
        elif row:
            cells = [row[at].strip() if at < len(row) else "" for at in (place, *kept)]
            yield Key(cells[0], rows.line_num, kept=tuple(cells[1:]))


def _jsonl(text: IO[str], source: Source) -> Iterator[Key]:
    name: str | None = source.column
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            # Numbers stay text: an identifier of 20 digits keeps them all, and 1.50 stays 1.50.
            row = parsed(line, fraction=as_written, whole=str)
        except ValueError as error:
            yield _unusable(number, str(error))
            continue
        kept: tuple[str, ...] = ()
        if isinstance(row, dict):
            if name is None:
                name = choose(list(row), source)
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
            before = _digest_of(binary)
            file = parquet.ParquetFile(binary)
            header = file.schema_arrow.names
            columns = [choose(header, source), *kept_of(header, source)]
            refuse_type(file.schema_arrow.field(columns[0]), source)
            bound = _bound(arrow, file.schema_arrow.field(columns[0]).type)
            number = 0
            for batch in file.iter_batches(batch_size=8192, columns=list(dict.fromkeys(columns))):
                for values in zip(*(batch.column(name).to_pylist() for name in columns), strict=True):
                    number += 1
                    if bound is not None and values[0] is not None and abs(values[0]) >= bound:
                        yield _lost(number, "is a floating-point number too large to have all its digits")
                        continue
                    cells = ["" if value is None else _written(value) for value in values]
                    yield Key(cells[0], number, kept=tuple(cells[1:]))
            _refuse_changed(binary, before, source)
        except arrow.ArrowException as error:
            raise InputError(f"{source.shown} cannot be read as Parquet: {error}") from None


def refuse_type(column: Any, source: Source) -> None:
    """Refuse a Parquet column whose values are not identifiers, or may have lost digits.

    Raises:
        InputError: binary, boolean, list and object columns; floating-point numbers where text is asked for.
    """
    types, kind = need("pyarrow", "parquet", "reading Parquet").types, column.type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_floating(kind) and source.spelling.whole:
        return  # whole numbers with gaps, as data frames keep them; a fraction is refused line by line
    fine = (
        types.is_integer(kind)
        or types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_decimal(kind)
        or types.is_date(kind)
        or types.is_timestamp(kind)
        or types.is_null(kind)
    )
    if not fine:
        raise InputError(
            f"{source.shown}: the column {column.name!r} holds {kind}, not text or whole numbers; digits "
            "may be lost there. Write it as text"
        )


def _bound(arrow: Any, kind: Any) -> int | None:
    """The number from which on a floating-point column has not all whole numbers; None for other columns."""
    kind = kind.value_type if arrow.types.is_dictionary(kind) else kind
    # digits of the significand by the width of the type (IEEE 754, table 3.5)
    return 2 ** {16: 11, 32: 24, 64: 53}[kind.bit_width] if arrow.types.is_floating(kind) else None


def _written(value: Any) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float | Decimal) and is_whole(value):
        return str(int(value))
    return str(value).strip()


_READERS: Final[dict[str, Callable[[IO[str], Source], Iterator[Key]]]] = {
    "text": _text,
    "csv": _csv,
    "jsonl": _jsonl,
}


__all__ = ["Key", "Source", "digest", "input_format", "read", "refuse_type"]
