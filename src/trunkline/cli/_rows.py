"""Rows of a file as the arguments of an operation: columns to parameters, body fields and patch steps."""

from __future__ import annotations

import csv
import importlib
import itertools
import json
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from trunkline._codec.annotations import is_model, model_fields, resolve_in_module, without
from trunkline.bulk._rows import Row
from trunkline.cli import _apis
from trunkline.cli._cells import Written, is_empty, read_cell
from trunkline.cli._console import need
from trunkline.cli._encoding import encoding_of
from trunkline.cli._json_lines import parsed
from trunkline.errors import ArgumentError, InputError
from trunkline.model import Unset
from trunkline.operation import Operation

_DELIMITERS: Final = ",;\t|"
Empty = typing.Literal["leave", "null", "remove"]


@frozen(kw_only=True)
class Target:
    """What a column fills. place: "argument", "body" or "patch". name: Python name of an argument, wire name
    of a field. read: from text to the value's type."""

    place: str
    name: str
    read: Callable[[str], Any]
    verb: str = ""


class Targets:
    """Everything that the columns of a file can fill for one operation."""

    def __init__(self, operation: Operation[Any]) -> None:
        self._operation = operation
        self.body_name = "patch" if operation.patchable else "body"
        self._found: dict[str, Target] = {}
        for param in _apis.parameters(operation):
            self._add(
                Target(place="argument", name=param.name, read=_apis.reader(operation, param)),
                param.name,
                param.wire,
            )
        for wire, verbs in operation.patchable.items():
            verb = "replace" if "replace" in verbs else "add" if "add" in verbs else "remove"
            read = _patch_reader(operation, wire, verb)
            self._add(Target(place="patch", name=wire, read=read, verb=verb), wire)
        if operation.body is not None and not operation.patchable:
            tp = without(resolve_in_module(operation.body.type, operation.namespace), type(None), Unset)
            for one in model_fields(tp) if is_model(tp) else ():
                read = _apis.reader_of(one.type, one.name)
                self._add(Target(place="body", name=one.wire, read=read), one.wire, one.name)

    def _add(self, target: Target, *names: str) -> None:
        for name in names:
            self._found.setdefault(_plain(name), target)

    def find(self, name: str) -> Target | None:
        """Return what this name fills, whatever its case, blanks and underscores; "body.name" is the same."""
        return self._found.get(_plain(name.removeprefix("body.").removeprefix("patch.")))

    def known(self) -> str:
        """Return all names for an error."""
        return ", ".join(dict.fromkeys(one.name for one in self._found.values()))


def _patch_reader(operation: Operation[Any], wire: str, verb: str) -> Callable[[str], Any]:
    """The reader of a patch value by the type that the generated patch class documents for it."""
    package = operation.function.partition(":")[0].rpartition(".")[0]
    module = importlib.import_module(f"{package}.patches")
    for cls in vars(module).values():
        if not isinstance(cls, type) or getattr(cls, "_allowed", None) != dict(operation.patchable):
            continue
        for name, method in vars(cls).items():
            if name.startswith(f"{verb}_") and _plain(name.removeprefix(f"{verb}_")) == _plain(wire):
                hints = typing.get_type_hints(method, vars(module))
                return _apis.reader_of(hints.get("value", str), wire)
    return lambda text: text


def arguments_of(
    operation: Operation[Any],
    rows: Iterator[tuple[int, Mapping[str, Any]]],
    *,
    mapping: Mapping[str, str],
    fixed: Mapping[str, str],
    empty: Empty,
    dropped: Collection[str] = (),
    raw: bool = False,
) -> Iterator[Row]:
    """Yield the arguments of each row; what is wrong with a row is in `Row.wrong`.

    Args:
        mapping: target by column, for columns that are not named like what they fill. fixed: text by target.
            dropped: columns that fill nothing.
        empty: what an empty cell means: the field is left out, is set to null, or is removed.
        raw: take text cells as they are, also those that a spreadsheet seems to have spoilt.
    Raises:
        ArgumentError: a target does not exist, or no column fills anything.
    """
    targets = Targets(operation)
    chosen = {column: _target(targets, name, operation) for column, name in mapping.items()}
    constants = [(_target(targets, name, operation), text) for name, text in fixed.items()]
    first = True
    for line, cells in rows:
        row = {name: value for name, value in cells.items() if name not in dropped}
        # The columns are checked with the first row, before the rest of the file is read.
        if first:
            first = False
            _check_columns(targets, row, chosen, operation)
        yield _row(targets, line, row, chosen, constants, empty, raw=raw)


def _target(targets: Targets, name: str, operation: Operation[Any]) -> Target:
    found = targets.find(name)
    if found is None:
        raise ArgumentError(f"{operation.api}.{operation.id} has no {name!r}; it has: {targets.known()}")
    return found


def _check_columns(
    targets: Targets, row: Mapping[str, Any], chosen: Mapping[str, Target], operation: Operation[Any]
) -> None:
    missing = [column for column in chosen if column not in row]
    if missing:
        raise ArgumentError(f"the input has no column {missing[0]!r}; it has: {', '.join(row)}")
    # A column that fills nothing is an error: it may be the misspelt name of the field
    # that was to be changed.
    unknown = [
        column
        for column in row
        if column not in chosen and column not in ("body", "patch") and not targets.find(column)
    ]
    if unknown:
        raise ArgumentError(
            f"the column {unknown[0]!r} fills nothing of {operation.api}.{operation.id}; map it with "
            f"--map '{unknown[0]}=NAME', or drop it with --map '{unknown[0]}='. Names: {targets.known()}"
        )
    _refuse_twice(targets, row, chosen)


def _refuse_twice(targets: Targets, row: Mapping[str, Any], chosen: Mapping[str, Target]) -> None:
    """Refuse two columns that fill the same, such as `device_id` and `deviceID`: one would be lost."""
    filled: dict[tuple[str, str], str] = {}
    for column in row:
        target = chosen.get(column) or targets.find(column)
        if target is None:
            continue
        other = filled.setdefault((target.place, target.name), column)
        if other != column:
            raise ArgumentError(
                f"the columns {other!r} and {column!r} both fill {target.name}: drop one with "
                f"--map '{column}='"
            )


def _row(
    targets: Targets,
    line: int,
    row: Mapping[str, Any],
    chosen: Mapping[str, Target],
    constants: Sequence[tuple[Target, str]],
    empty: Empty,
    *,
    raw: bool,
) -> Row:
    out: dict[str, Any] = {}
    wrong: list[str] = []
    cells = [(target, text) for target, text in constants]
    for column, value in row.items():
        if column in ("body", "patch") and column not in chosen:
            try:
                out[targets.body_name] = _structure(column, value)
            except ArgumentError as error:
                wrong.append(str(error))
            continue
        target = chosen.get(column) or targets.find(column)
        if target is not None:
            cells.append((target, value))
    for target, value in cells:
        try:
            _put(out, targets.body_name, target, value, empty, raw=raw)
        except (ArgumentError, ValueError) as error:
            wrong.append(str(error))
    return Row(out, line, "; ".join(wrong))


def _put(out: dict[str, Any], body: str, target: Target, value: Any, empty: Empty, *, raw: bool) -> None:
    nothing = is_empty(value)
    if nothing and (empty == "leave" or target.place == "argument"):
        return
    if target.place == "patch":
        steps = out.setdefault(body, [])
        # RFC 6901 section 3: "~" first, or the "~" of "~1" would be escaped again.
        path = "/" + target.name.replace("~", "~0").replace("/", "~1")
        if nothing and (empty == "remove" or target.verb == "remove"):
            steps.append({"op": "remove", "path": path})
            return
    found = None if nothing else read_cell(target.read, target.name, value, raw=raw)
    if target.place == "patch":
        out[body].append({"op": target.verb, "path": path, "value": found})
    elif target.place == "body":
        out.setdefault(body, {})[target.name] = found
    else:
        out[target.name] = found


def _structure(name: str, value: Any) -> Any:
    """A body or a patch that is given as a whole: JSON text, or what a JSON file held."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ArgumentError(f"{name} is not JSON") from None


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").replace("-", "").lower()


def read_rows(path: Path, kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield line number and columns of each row of a CSV, JSON Lines or Parquet file.

    Raises:
        InputError: the file cannot be read, or a line is wrong.
    """
    try:
        yield from _READERS[kind](path)
    except UnicodeError:
        raise InputError(f"{path} is not UTF-8 text: save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding=encoding_of(path), newline="") as text:
        # Blank lines before the header are lines of the file too, in the numbers that people are given.
        blank, first = 0, text.readline()
        while first and not first.strip():
            blank, first = blank + 1, text.readline()
        if not first:
            return
        delimiter = max(_DELIMITERS, key=first.count)
        rows = csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=True)
        try:
            header = [name.strip() for name in next(rows)]
            if len(set(header)) < len(header):
                raise InputError(f"{path}: two columns have the same name")
            for row in rows:
                if len(row) > len(header):
                    raise InputError(f"{path}, line {blank + rows.line_num}: more cells than columns")
                if row:
                    yield blank + rows.line_num, dict(itertools.zip_longest(header, row, fillvalue=""))
        except csv.Error as error:
            raise InputError(f"{path}, line {blank + rows.line_num}: {error}") from None


def _jsonl(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding=encoding_of(path)) as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                row = parsed(line, fraction=Written, constant=float)  # data frames write NaN for nothing
            except ValueError as error:
                raise InputError(f"{path}, line {number} {error}") from None
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number} is not an object with a value for each column")
            yield number, row


def _parquet(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    parquet = need("pyarrow.parquet", "parquet", "reading Parquet")
    arrow = need("pyarrow", "parquet", "reading Parquet")
    number = 0
    try:
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=2048):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except arrow.ArrowException as error:
        raise InputError(f"{path} cannot be read as Parquet: {error}") from None


_READERS: Final[dict[str, Callable[[Path], Iterator[tuple[int, Mapping[str, Any]]]]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}

__all__ = ["Empty", "Targets", "arguments_of", "read_rows"]
