"""Values as cells and as lines of JSON: every digit, and nothing that a file could not hold."""

from __future__ import annotations

import csv
import datetime
import io
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.sample_models import Inner, Kind
from trunkline.bulk._table import csv_cell
from trunkline.bulk._text_cells import as_cell, as_json


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (10**20, "100000000000000000000"),
        (Decimal("12.340"), "12.340"),
        (Kind("brand new"), "brand new"),
        (datetime.date(2020, 5, 27), "2020-05-27"),
        (Inner(note="a, b"), '{"note":"a, b"}'),
        ([Decimal("0.10"), None], "[0.10,null]"),
        ("half a pair \ud83d", "half a pair \\ud83d"),
    ],
)
def test_cell(value: Any, cell: str) -> None:
    assert as_cell(value) == cell


def test_half_a_surrogate_pair_is_escaped_in_json() -> None:
    row = {"note": "\ud83d", "amount": Decimal("0.10"), "more": [1, None, {"\ude00": "é"}]}
    assert as_json(row) == '{"note":"\\ud83d","amount":0.10,"more":[1,null,{"\\ude00":"\\u00e9"}]}'


@pytest.mark.parametrize("raw", [False, True])
def test_carriage_return_in_a_text_tore_the_row_of_an_export(raw: bool) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([csv_cell("one\rtwo\r\nthree", raw=raw), "next"])
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [["one\ntwo\nthree", "next"]]


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\t@x", "-2+3", "+44 7700", "\n=cmd"])
def test_formula_behind_spaces_went_into_an_export_as_it_was(text: str) -> None:
    assert csv_cell(text, raw=False) == f"'{text}"
    assert csv_cell(text, raw=True) == text
