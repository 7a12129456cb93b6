"""Files of changes as people have them: nothing that a spreadsheet has spoilt is written to a vendor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from trunkline.cli import _apis
from trunkline.cli._reading import Source, input_format, read
from trunkline.cli._rows import arguments_of, read_rows
from trunkline.cli._spelling import Spelling
from trunkline.errors import ArgumentError, InputError


def rows_of(path: Path, operation: str = "idi.device.update", **options: Any) -> list[Any]:
    found = _apis.find(operation)[1]
    settings: dict[str, Any] = {"mapping": {}, "fixed": {}, "empty": "leave"} | options
    return list(arguments_of(found, read_rows(path, input_format(path, None)), **settings))


def written(folder: Path, value: Any, column: str = "referenceNumber", **options: Any) -> Any:
    """The one row of a JSON Lines file: the value that would be sent, or what is wrong."""
    path = folder / "rows.jsonl"
    path.write_text(json.dumps({"device_id": 1000, column: value}))
    (row,) = rows_of(path, **options)
    return row.wrong or (row["patch"][0]["value"] if "patch" in row else row["device_id"])


@pytest.mark.parametrize(
    ("cell", "sent"),
    [
        ('="07700900123"', "07700900123"),
        ("'0771", "0771"),
        (" 5 ", "5"),
        (5, "5"),
        ("1E5", "1E5"),
    ],
)
def test_cell_is_sent_as_it_was_meant(tmp_path: Path, cell: Any, sent: str) -> None:
    assert written(tmp_path, cell) == sent


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [
        ("4.47701E+11", "last digits are gone"),
        ("4,47701e+11", "last digits are gone"),
        (447701000000.0, "floating-point number"),
        (True, "true or false"),
    ],
)
def test_spoilt_cell_is_refused(tmp_path: Path, cell: Any, wrong: str) -> None:
    assert wrong in written(tmp_path, cell)


def test_raw_takes_text_as_it_is(tmp_path: Path) -> None:
    assert written(tmp_path, "4.47701E+11", raw=True) == "4.47701E+11"


def test_number_for_an_identifier_loses_nothing(tmp_path: Path) -> None:
    """Whole numbers with gaps are floating-point in data frames; a fraction or an exponent is refused."""
    path = tmp_path / "rows.parquet"
    table = {"device_id": [1000.0, 1001.5, None], "referenceNumber": ["a", "b", "c"]}
    parquet.write_table(pyarrow.table(table), path)
    good, bad, missing = rows_of(path)
    assert (good["device_id"], type(good["device_id"])) == (1000, int)
    assert "device_id must be" in bad.wrong
    assert "device_id" not in missing
    path = tmp_path / "rows.jsonl"
    path.write_text('{"device_id": 1.001e3, "referenceNumber": "a"}')
    assert "last digits are gone" in rows_of(path)[0].wrong


@pytest.mark.parametrize("value", [b"1000", [b"1000"]])
def test_bytes_are_no_text(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "rows.parquet"
    parquet.write_table(pyarrow.table({"device_id": [1], "referenceNumber": [value]}), path)
    if isinstance(value, bytes):
        assert "holds bytes" in rows_of(path)[0].wrong
    else:
        assert rows_of(path)[0]["patch"][0]["value"] == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[" * 3000, "not JSON"),
        ("5", "not an object"),
        ("{nope", "not JSON"),
    ],
)
def test_line_that_is_no_row_is_named(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=f"line 1 is {error}"):
        rows_of(path)


def test_file_that_is_no_parquet_is_an_error_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        rows_of(tmp_path / "rows.parquet")


def test_two_columns_for_one_target_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("device_id,deviceID,referenceNumber\n1000,1001,x\n")
    with pytest.raises(ArgumentError, match="'device_id' and 'deviceID' both fill device_id"):
        rows_of(path)


def test_sheet_saved_as_unicode_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_bytes("device_id\treferenceNumber\n1000\té\n".encode("utf-16"))
    assert rows_of(path)[0]["patch"][0]["value"] == "é"


def test_patch_that_is_not_json_is_told_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("device_id,patch\n1000,{nope\n")
    assert "patch is not JSON" in rows_of(path)[0].wrong


# ---- keys of lookups


def keys_of(folder: Path, content: str) -> list[Any]:
    path = folder / "keys.csv"
    path.write_text(content)
    spelling = Spelling(whole=False, text=True)
    return list(read(Source(path=path, format="csv", names=("device_id",), spelling=spelling)))


def test_number_with_thousands_separators_is_no_other_key(tmp_path: Path) -> None:
    """`1,000` has one cell more than the header: its first part would name another device."""
    keys = keys_of(tmp_path, "device_id\n1,000\n1001\n")
    assert "more cells" in keys[0].problem
    assert keys[1] == "1001"


def test_first_line_of_addresses_is_a_key(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="looks like a key"):
        keys_of(tmp_path, "ann@x.test\nbob@x.test\n")


def test_word_over_words_was_swallowed_as_the_header(tmp_path: Path) -> None:
    """It may be a header or a key: only the user can know, and says it by either option."""
    with pytest.raises(InputError, match="--column 'alpha' takes it for the header, --input-format text"):
        keys_of(tmp_path, "alpha\nbeta\n")
    assert keys_of(tmp_path, "owner\n17\n") == ["17"]


@pytest.mark.parametrize("blank", ["", "\n", "\n \n\n", "\r\n\r\n"])
def test_lines_are_numbered_from_the_start_of_the_file_blank_ones_included(
    tmp_path: Path, blank: str
) -> None:
    """A row's line is where an editor shows it, whatever stands before the header and between rows."""
    path = tmp_path / "rows.csv"
    path.write_bytes(f"{blank}device_id,referenceNumber\n1000,a\n\n1001,b\n1002,c,d\n".encode())
    before = blank.count("\n")
    found = read_rows(path, "csv")
    assert [next(found)[0], next(found)[0]] == [before + 2, before + 4]
    with pytest.raises(InputError, match=f"line {before + 5}: more cells"):
        next(found)
