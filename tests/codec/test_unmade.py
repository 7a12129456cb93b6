"""Rows that an export takes column by column are the rows that a program gets as models."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from attrs import define, evolve

from tests.runtime_doubles import SEARCH
from trunkline import Model
from trunkline._codec.codec import Codec
from trunkline._codec.unmade import UnmadeRows
from trunkline.bulk._arrow import ArrowColumns
from trunkline.bulk._children import Children
from trunkline.bulk._table import Table
from trunkline.operation import Paging


@define
class Line(Model):
    number: int | None = None
    note: str | None = None
    at: datetime.datetime | None = None
    is_open: bool | None = None
    tags: list[str] | None = None


@define
class Tree(Model):
    number: int | None = None
    child: Line | None = None


LINES, TREES = (
    evolve(SEARCH, namespace=__name__, paging=Paging(row_type=name), response="Any")
    for name in ("Line", "Tree")
)
GOOD = {"number": 1, "note": "a", "at": "2026-01-31T12:00:00.25+05:30", "is_open": True, "tags": ["x"]}


def body(*rows: Any) -> bytes:
    return json.dumps({"value": list(rows)}).encode()


PAGES = [
    [GOOD],
    [],
    [{}],
    [GOOD, {"number": None, "note": "half \ud800", "at": None}, {"at": "0001-01-01T00:00:00Z"}],
    [{"number": 2**70}, GOOD],
    [{"at": "2026-01-31T12:00:00"}, GOOD],
    [{"at": "9999-12-31T23:59:59.999999Z", "is_open": False}],
    [GOOD, {**GOOD, "unknown": {"deep": 1}}],
    [GOOD, {"number": "7"}, {"is_open": "perhaps"}],
    [GOOD, "no object"],
]


@pytest.mark.parametrize("rows", PAGES)
def test_columns_are_those_of_the_models(rows: list[Any]) -> None:
    data = body(*rows)
    writing, reading = Codec(), Codec()
    for _ in range(3):  # a first page of this kind, one after it was learnt, and one more
        models = reading.decode_page(LINES, data).rows
        unmade = writing.decode_page(LINES, data, made=False).rows
        assert len(unmade) == len(models)
        table, other = Table(Line), Table(Line)
        assert ArrowColumns(table).batch(unmade).equals(ArrowColumns(other).batch(models))
        assert table.misfits == other.misfits
        assert list(unmade) == models
        assert [row.extra for row in unmade] == [row.extra for row in models]


def test_plain_rows_wait_and_rows_with_more_in_them_do_not() -> None:
    codec = Codec()
    assert isinstance(codec.decode_page(LINES, body(GOOD), made=False).rows, UnmadeRows)
    assert isinstance(codec.decode_page(LINES, body(GOOD)).rows, list)
    nested = codec.decode_page(TREES, body({"number": 1, "child": GOOD}), made=False).rows
    assert isinstance(nested, list)
    codec.decode_page(LINES, body({"unknown": 1}), made=False)
    assert isinstance(codec.decode_page(LINES, body({"unknown": 1}), made=False).rows, list)


async def test_row_that_was_changed_is_written_as_changed() -> None:
    rows = Codec().decode_page(LINES, body(GOOD, GOOD), made=False).rows
    rows[1].note = "changed"
    assert ArrowColumns(Table(Line)).batch(rows)["note"].to_pylist() == ["a", "changed"]


async def test_no_model_was_made_for_an_export_to_parquet() -> None:
    rows = Codec().decode_page(LINES, body(GOOD, GOOD), made=False).rows
    children = Children(asked=None, fetch=None)  # type: ignore[arg-type]
    await children.complete(children.cut_in(rows))
    ArrowColumns(Table(Line)).batch(rows)
    assert not rows.is_made
