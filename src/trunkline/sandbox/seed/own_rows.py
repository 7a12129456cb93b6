"""Rows of the user's own: a JSON or YAML file, or a folder of CSV files, by entity and wire names.

    {"device": [{"deviceID": 1000, "serialNumber": "A1"}], "ab_connection": [...]}     one JSON or YAML file
    device.csv, ab_connection.csv, ...                                                  or one CSV file each

A row whose key exists already replaces that row. Every row is compared with the model of its response, so a
misspelt name or a value of another type is an error that names the place. What belongs to a parent names it
in a field with an underscore, such as `_serviceID`, as the template shows.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from trunkline._codec.annotations import model_fields
from trunkline._codec.drift import DriftRecorder
from trunkline.errors import ConfigError
from trunkline.operation import Operation
from trunkline.sandbox.faults.scenario import read_yaml
from trunkline.sandbox.odata.text import SearchError
from trunkline.sandbox.odata.values import instant
from trunkline.sandbox.store import entities as e
from trunkline.sandbox.store.store import Entity, Row, Store

_MODELS: Final[Mapping[Entity, str]] = {
    e.DEVICE: "idi.Device", e.SIM: "idi.Sim", e.SERVICE: "idi.Service", e.SUMMARY: "idi.ServiceSummary",
    e.ADVANCE_PAY: "idi.AdvancePayService", e.SPECIAL_NUMBER: "idi.PhoneBookSpecialNumber",
    e.COVERAGE_TYPE: "idi.CoverageType", e.COVERAGE_INDICATOR: "idi.CoverageIndicator",
    e.COVERAGE_AREA: "idi.CoverageArea", e.WARRANTY: "idi.RetailWarranty", e.PHONE_BOOK: "idi.PhoneBook",
    e.PHONE_BOOK_ENTRY: "idi.PhoneBookEntry", e.PRICE_POINT: "idi.FavoritePricePoint",
    e.EXEMPTION: "idi.ExtendedTaxExemption", e.STARTING_CODE: "idi.StartingCode",
    e.EQUIPMENT: "idi.EquipmentAssociation", e.PLAN_HISTORY: "idi.PlanHistory",
    e.AB_CUSTOMER: "abzorb.Customer", e.AB_CONNECTION: "abzorb.Connection", e.AB_TARIFF: "abzorb.Tariff",
    e.AB_BUNDLE: "abzorb.Bundle", e.AB_ORDER: "abzorb.Order", e.AB_TASK: "abzorb.Task",
    e.AB_COMMENT: "abzorb.TaskComment", e.AB_NUMBER: "abzorb.AvailableNumber",
}  # fmt: skip
"""The kinds of rows that a file may hold. IDI's customers are left out: no operation returns them."""

_PLAIN: Final = (e.CUSTOMER, e.SERVICE_ADDRESS, e.FEATURE, e.CONTRACT, e.PACKAGE)
"""Rows that no operation returns as they are, so without a model: compared with what operations need."""

_KNOWN: Final = {entity.name: entity for entity in (*_MODELS, *_PLAIN)}
_CHECK: Final = Operation[Any](
    api="sandbox", id="data.row", title="", method="GET", path="/", namespace="trunkline.model"
)
_TRUE: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def load(path: Path | str) -> dict[Entity, list[Row]]:
    """The rows of a file or folder, checked.

    Raises:
        ConfigError: names the file, the row and the field that is wrong.
    """
    path = Path(path)
    found: dict[Entity, list[Row]] = {}
    for where, name, rows in _read(path):
        if name not in _KNOWN:
            raise ConfigError(f"{where}: no kind of row is called {name!r}; known are {', '.join(_KNOWN)}")
        entity = _KNOWN[name]
        found[entity] = [_checked(f"{where}, row {i}", entity, row) for i, row in enumerate(rows, 1)]
    return found


def write(store: Store, rows: Mapping[Entity, list[Row]]) -> None:
    """Put rows into a store; one with a known key replaces what was there."""
    for entity, given in rows.items():
        for row in given:
            if row.get(entity.key) is None:
                row[entity.key] = store.next_id(entity)
            # Removed and added again, since a user's row replaces all fields of a made-up one.
            store.remove(entity, entity.table.c[entity.key] == row[entity.key])
            store.add(entity, row)


def template(store: Store) -> dict[str, list[Row]]:
    """A row or two of each kind that a file may hold: a start for the user's own file."""
    found: dict[str, list[Row]] = {}
    for name, entity in _KNOWN.items():
        rows = store.rows(entity, limit=2)
        if entity.private:
            keys = store.keys(entity, limit=2)
            rows = [row | store.private(entity, key) for row, key in zip(rows, keys, strict=True)]
        found[name] = rows
    return found


def _read(path: Path) -> Iterator[tuple[str, str, list[Any]]]:
    """The place for messages, the kind of row, the rows."""
    try:
        if path.is_dir():
            yield from _read_folder(path)
            return
        text = path.read_text(encoding="utf-8")
        whole = json.loads(text) if path.suffix.lower() == ".json" else _yaml(path, text)
    except OSError as error:
        raise ConfigError(f"the data {path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError, csv.Error) as error:
        raise ConfigError(f"the data {path} is malformed: {' '.join(str(error).split())}") from None
    if not isinstance(whole, dict):
        raise ConfigError(f"the data {path} must be a mapping from kinds of rows to lists of rows")
    for name, rows in whole.items():
        if not isinstance(rows, list):
            raise ConfigError(f"{path}: {name} must be a list of rows")
        yield f"{path}: {name}", str(name), rows


def _yaml(path: Path, text: str) -> Any:
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise ConfigError(f"the data {path} must be a folder of CSV files, or end in .json, .yaml or .yml")
    return read_yaml(text)


def _read_folder(path: Path) -> Iterator[tuple[str, str, list[Any]]]:
    files = sorted(path.glob("*.csv"))
    if not files:
        raise ConfigError(f"the data folder {path} holds no CSV file; name them after the kinds of rows")
    for file in files:
        # Excel writes a byte order mark in front of UTF-8; it would become part of the
        # first column's name.
        with file.open(encoding="utf-8-sig", newline="") as source:
            rows = list(csv.DictReader(source, restkey="(more columns than names)"))
        kinds = _types(_KNOWN[file.stem]) if file.stem in _KNOWN else {}
        yield (
            str(file),
            file.stem,
            [
                {
                    name: _cell(text, kinds.get(name, ""))
                    for name, text in row.items()
                    if text not in (None, "")
                }
                for row in rows
            ],
        )


def _types(entity: Entity) -> dict[str, str]:
    """What the cells of a CSV file hold, by wire name."""
    kinds = {name: {"int": "int", "number": "float", "bool": "bool"}.get(kind, "") for name, kind in
             entity.columns.items()}  # fmt: skip
    model = _model(entity)
    for field in model_fields(model) if model is not None else ():
        text = str(field.type)
        kinds[field.wire] = next((kind for kind in ("bool", "int", "Decimal", "float") if kind in text), "")
    return kinds


def _cell(text: str, kind: str) -> Any:
    if text[:1] in "[{":
        return json.loads(text)
    if kind == "bool":
        return _TRUE.get(text.lower(), text)
    try:
        return int(text) if kind == "int" else float(text) if kind in ("Decimal", "float") else text
    except ValueError:
        return text  # reported with its place by the check


def _model(entity: Entity) -> Any:
    if entity not in _MODELS:
        return None
    api, name = _MODELS[entity].split(".")
    return getattr(import_module(f"trunkline.{api}.models"), name)


def _checked(where: str, entity: Entity, row: Any) -> Row:
    if not isinstance(row, dict):
        raise ConfigError(f"{where} is no mapping from wire names to values")
    public = {name: value for name, value in row.items() if not str(name).startswith("_")}
    if unknown := [name for name in row if name not in public and name not in entity.private]:
        raise ConfigError(f"{where}: no field {unknown[0]!r}; fields of its own are {_names(entity)}")
    if not entity.key.startswith("_") and row.get(entity.key) is None and entity.columns[entity.key] != "int":
        raise ConfigError(f"{where}: {entity.key} is missing")
    columns = {name: _column(where, entity, name, value) for name, value in row.items()}
    model = _model(entity)
    if model is not None:
        _compare(where, model, public)
    else:
        _compare_plain(where, entity, public)
    return columns


def _compare_plain(where: str, entity: Entity, row: Row) -> None:
    for name, value in row.items():
        if name not in entity.needed and name not in entity.columns:
            raise ConfigError(
                f"{where}: {entity.name} has no field {name!r}; names are as the template has them"
            )
        # A column that nothing is needed of, and a term that a contract may lack, are whole numbers.
        default = entity.needed.get(name)
        default = 0 if default is None else default
        # JSON does not tell 10 from 10.0, and Python takes True for a number.
        kinds = (int, float) if isinstance(default, float) else type(default)
        if value is not None and (
            not isinstance(value, kinds) or isinstance(value, bool) > isinstance(default, bool)
        ):
            raise ConfigError(f"{where}: {name} is of another type than in the template")
        if isinstance(value, str) and value and name.endswith("Date") and not _is_date(value):
            raise ConfigError(f"{where}: {name} is no date")


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _names(entity: Entity) -> str:
    return ", ".join(entity.private) or "none"


def _compare(where: str, model: Any, row: Row) -> None:
    """The comparison that the drift report makes with a vendor's responses, made with the user's rows."""
    recorder = DriftRecorder()
    try:
        # The drift comparison is used because it names the field and the kind of difference; a second
        # check would disagree with it one day.
        recorder.observe(_CHECK, json.dumps(row).encode(), model)
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from None
    for found in recorder.report()["data.row"]["differences"]:
        name = found["path"].removeprefix("$.")
        if found["kind"] == "unknown field":
            raise ConfigError(f"{where}: {model.__name__} has no field {name!r}; names are as on the wire")
        if found["kind"] == "other type":
            raise ConfigError(f"{where}: {name} is of another type than {model.__name__} says")


def _column(where: str, entity: Entity, name: str, value: Any) -> Any:
    if entity.columns.get(name) != "instant" or value is None:
        return value
    try:
        return instant(str(value))
    except SearchError:
        raise ConfigError(f"{where}: {name} is no date") from None


__all__ = ["load", "template", "write"]
