"""Outcomes into files: typed, complete, exact."""

from __future__ import annotations

import csv
import datetime
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve

from tests.cli import sample_models
from trunkline.bulk.checkpoint import encode_value
from trunkline.bulk.outcome import Outcome
from trunkline.cli._files import replacing
from trunkline.cli._layout import Layout
from trunkline.cli._reading import Source
from trunkline.cli._writing import output_format, write
from trunkline.errors import ArgumentError, InputError, NotFoundError
from trunkline.operation import Operation, Param

OPERATION: Operation[Any] = Operation(
    api="idi",
    id="x.get",
    title="",
    method="GET",
    path="/x",
    namespace=sample_models.__name__,
    response="Sample",
)
FULL = {
    "number": "07700900123",
    "charge": Decimal("12.340"),
    "since": "2024-07-16T09:18:05.605937-04:00",
    "day": "2020-05-27",
    "enabled": True,
    "kind": "brand new",
    "status": 5,
    "inner": {"note": "a, b"},
    "unheard": [1],
}


def outcomes(*values: Any) -> list[Outcome[str, Any]]:
    return [
        Outcome(key=f"0{place}", value=encode_value(value), latency=0.0123456, index=place)
        for place, value in enumerate(values)
    ]


def first_row(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))


def parquet(path: Path, *values: Any, **options: Any) -> Any:
    made = outcomes(*values)
    assert write(path, "parquet", Layout(OPERATION, **options), lambda: made) == len(values)
    return pq.read_table(path)


def test_parquet_is_typed(tmp_path: Path) -> None:
    table = parquet(tmp_path / "o.parquet", FULL, None)
    types = dict(zip(table.schema.names, table.schema.types, strict=True))
    assert types["charge"] == pa.decimal128(38, 12)
    assert types["since"] == pa.timestamp("us", tz="UTC")
    assert (types["day"], types["enabled"], types["value_status"]) == (pa.date32(), pa.bool_(), pa.int64())
    row = table.to_pylist()[0]
    assert row["key"] == "00"
    assert row["number"] == "07700900123"
    assert row["charge"] == Decimal("12.34")
    assert row["since"] == datetime.datetime(2024, 7, 16, 13, 18, 5, 605937, tzinfo=datetime.UTC)
    assert row["day"] == datetime.date(2020, 5, 27)
    assert row["kind"] == "brand new"
    assert json.loads(row["inner"]) == {"note": "a, b"}
    assert json.loads(row["extra"]) == {"unheard": [1]}
    assert (row["error"], row["status"], row["value_status"]) == (None, None, 5)
    assert (row["attempts"], row["latency_ms"]) == (1, 12.346)


def test_parquet_column_becomes_text_rather_than_lose_a_digit(tmp_path: Path) -> None:
    odd = FULL | {
        "charge": Decimal("0.12345678901234567890"),
        "since": "2024-07-16T09:18:05",
        "status": 2**70,
    }
    table = parquet(tmp_path / "o.parquet", *[FULL] * 6000, odd)
    last = table.to_pylist()[-1]
    assert last["charge"] == "0.12345678901234567890"
    assert last["since"] == "2024-07-16T09:18:05"
    assert last["value_status"] == str(2**70)
    assert table.column("charge")[0].as_py() == "12.340"


def test_error_row_says_what_happened(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    bad = Outcome(key="07700900123", error=NotFoundError("no such number", status=404), attempts=3)
    write(path, "csv", Layout(OPERATION), lambda: [bad])
    row = first_row(path)
    assert row["key"] == "07700900123"
    assert (row["error"], row["error_type"], row["status"]) == ("no such number", "NotFoundError", "404")
    assert (row["attempts"], row["charge"]) == ("3", "")


def test_csv_cells_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    write(path, "csv", Layout(OPERATION), lambda: outcomes(FULL))
    row = first_row(path)
    assert (row["number"], row["charge"], row["enabled"]) == ("07700900123", "12.340", "true")
    assert json.loads(row["inner"]) == {"note": "a, b"}


def test_json_lines_keep_structure(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    write(path, "jsonl", Layout(OPERATION), lambda: outcomes(FULL))
    text = path.read_text()
    assert '"charge":12.340' in text
    row = json.loads(text)
    assert row["inner"] == {"note": "a, b"}
    assert row["extra"] == {"unheard": [1]}


def test_field_that_did_not_come_was_written_as_null(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    write(path, "jsonl", Layout(OPERATION), lambda: outcomes({"number": None, "day": "x"}, {"number": "1"}))
    first, second = map(json.loads, path.read_text().splitlines())
    own = {"key", "extra", "error", "error_type", "status", "attempts", "latency_ms"}
    assert (first["number"], first["day"], first["extra"]) == (None, None, {"day": "x"})
    assert first.keys() - own == {"number", "day"}
    assert second.keys() - own == {"number"}


def test_sensitive_fields_can_be_masked(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    write(path, "csv", Layout(OPERATION, mask=True), lambda: outcomes(FULL | {"pin": "8841"}))
    assert "8841" not in path.read_text()
    assert first_row(path)["pin"] == "***"
    write(path, "csv", Layout(OPERATION), lambda: outcomes(FULL | {"pin": "8841"}))
    assert first_row(path)["pin"] == "8841"


FORMULAS = ["=1+1", "=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", " =1", "\t=1", "\r=1", "-cmd|'/c x'!A0"]
PLAIN = ["07700900123", "+447700900123", "-12.50", "a=b", "x@y", "1-2", "'"]


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_cells_are_no_formulas(tmp_path: Path, text: str) -> None:
    """A spreadsheet shows what the vendor wrote and computes nothing of it, unless asked for it raw."""
    path = tmp_path / "o.csv"
    write(path, "csv", Layout(OPERATION), lambda: outcomes(FULL | {"number": text}))
    assert first_row(path)["number"] == f"'{text}".replace("\r", "\n")
    write(path, "csv", Layout(OPERATION, raw=True), lambda: outcomes(FULL | {"number": text}))
    assert first_row(path)["number"] == text.replace("\r", "\n")


@pytest.mark.parametrize("text", PLAIN)
def test_other_csv_cells_stay_as_they_are(tmp_path: Path, text: str) -> None:
    """A signed number too: it is a key as often as not."""
    path = tmp_path / "o.csv"
    write(path, "csv", Layout(OPERATION), lambda: outcomes(FULL | {"number": text}))
    assert first_row(path)["number"] == text


def test_negative_amounts_stay_numbers(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    write(path, "csv", Layout(OPERATION), lambda: outcomes(FULL | {"charge": Decimal("-1.5")}))
    assert first_row(path)["charge"] == "-1.5"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_masked_output_holds_no_planted_secret(tmp_path: Path, kind: str) -> None:
    """Undocumented fields, nested ones and texts that hold a number, in every text format."""
    planted = {"customerEmail": "someone@example.com", "deep": [{"Ki": "0011223344", "a": "+44.7700900123"}]}
    path = tmp_path / f"o.{kind}"
    write(path, kind, Layout(OPERATION, mask=True), lambda: outcomes(FULL | planted))
    text = path.read_text()
    assert "***" in text
    assert not [secret for secret in ("someone@", "0011223344", "7700900123") if secret in text]


def test_masked_output_masks_the_key_by_its_look(tmp_path: Path) -> None:
    """A key that no parameter calls sensitive is a telephone number all the same."""
    path = tmp_path / "o.csv"
    found = [evolve(each, key="+44.7700900123") for each in outcomes(FULL)]
    write(path, "csv", Layout(OPERATION, mask=True), lambda: found)
    assert first_row(path)["key"] == "***23"


def test_response_without_a_model_is_one_json_column(tmp_path: Path) -> None:
    layout = Layout(evolve(OPERATION, response="list[Sample]"))
    path = tmp_path / "o.parquet"
    write(path, "parquet", layout, lambda: outcomes([{"number": "1"}], None))
    rows = pq.read_table(path).to_pylist()
    assert json.loads(rows[0]["value"]) == [{"number": "1"}]
    assert rows[1]["value"] is None


def test_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("old")

    def broken() -> Any:
        yield outcomes(FULL)[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"o\.csv cannot be written: No space left"):
        write(path, "csv", Layout(OPERATION), broken)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["o.csv"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_full_device_is_a_clear_error(kind: str) -> None:
    with pytest.raises(InputError, match="/dev/full cannot be written: No space left"):
        write(Path("/dev/full"), kind, Layout(OPERATION), lambda: outcomes(*[FULL] * 5000))


def test_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"), replacing(tmp_path / "no" / "o") as target:
        target.write_text("x")


def test_format_comes_from_the_ending_or_the_option() -> None:
    assert output_format(Path("a.parquet"), None) == "parquet"
    assert output_format(None, None) == "jsonl"
    with pytest.raises(ArgumentError, match="xlsx"):
        output_format(Path("a.xlsx"), None)
    with pytest.raises(ArgumentError, match="standard output"):
        output_format(None, "parquet")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_masked_output_shows_no_number_however_deep(tmp_path: Path, kind: str) -> None:
    """Nested models, unknown fields, lists and the key itself stayed open."""
    deep = {"inner": {"note": "call 07700900123"}, "msisdn": "447700900456", "pin": "8841"}
    path = tmp_path / f"o.{kind}"
    key = Param(wire="cli", name="cli")
    made = [Outcome(key="07700900123", value=encode_value(FULL | deep), index=0)]
    write(path, kind, Layout(OPERATION, mask=True, key=key), lambda: made)
    rows = evolve(OPERATION, response="list[Sample]")
    listed = [Outcome(key="07700900123", value=encode_value([FULL | deep]), index=0)]
    write(tmp_path / f"l.{kind}", kind, Layout(rows, mask=True, key=key), lambda: listed)
    for file in (path, tmp_path / f"l.{kind}"):
        text = str(pq.read_table(file).to_pylist()) if kind == "parquet" else file.read_text()
        assert not [found for found in ("07700900123", "447700900456", "8841") if found in text]
        assert "12.34" in text


def test_kept_columns_stand_behind_the_key(tmp_path: Path) -> None:
    given = tmp_path / "in.csv"
    given.write_text("number,who,status\n1,Ann,a\n1,Ann,a\n2,Bob,b\n")
    source = Source(path=given, format="csv", names=("number",), keep=("who", "status"))
    made = [Outcome(key=key, value=b"{}", index=place) for key, place in (("1", 0), ("2", 2))]
    write(tmp_path / "o.csv", "csv", Layout(OPERATION, source=source), lambda: made)
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["key"], row["who"], row["input_status"]) for row in rows] == [
        ("1", "Ann", "a"),
        ("2", "Bob", "b"),
    ]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("mask", [False, True])
def test_success_that_is_no_object_lost_the_whole_file(tmp_path: Path, kind: str, mask: bool) -> None:
    """Text, bytes or nothing may come where an object is documented: a row like the others."""
    path = tmp_path / f"o.{kind}"
    made = outcomes("OK 07700900123", b"\x00\xff", None, [1], FULL)
    assert write(path, kind, Layout(OPERATION, mask=mask), lambda: made) == 5
    if kind == "parquet":
        extras = [row["extra"] for row in pq.read_table(path).to_pylist()]
    elif kind == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            extras = [row["extra"] for row in csv.DictReader(file)]
    else:
        extras = [json.dumps(json.loads(line)["extra"]) for line in path.read_text().splitlines()]
    found = [json.loads(extra) if extra else None for extra in extras]
    assert found[0] == {"$": "OK ***23" if mask else "OK 07700900123"}
    assert found[1]["$"]
    assert found[2] is None
    assert found[3] == {"$": [1]}
    assert "unheard" in found[4]


def test_list_that_came_as_text_is_one_row_of_its_key(tmp_path: Path) -> None:
    several = evolve(OPERATION, response="list[Sample]")
    path = tmp_path / "o.jsonl"
    made = outcomes("OK 07700900123")
    for mask in (False, True):
        assert write(path, "jsonl", Layout(several, mask=mask), lambda: made) == 1
        assert json.loads(path.read_text())["value"] == ("OK ***23" if mask else "OK 07700900123")
