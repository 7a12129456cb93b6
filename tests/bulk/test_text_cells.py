"""Values as cells and as lines of JSON: every digit, and nothing that a file could not hold."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.sample_models import Inner, Kind
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
    assert as_json({"note": "\ud83d"}) == '{"note": "\\ud83d"}'
