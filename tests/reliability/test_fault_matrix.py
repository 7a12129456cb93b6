"""Each cell of the fault matrix, and the document that lists them."""

from __future__ import annotations

import pytest
from yarl import URL

from tests.reliability import fault_matrix
from tests.reliability.cell import Cell, run
from tests.reliability.fault_matrix import DOCUMENT, cells, written
from trunkline._calls import admission, attempts, links, walk
from trunkline._wire import failures


@pytest.mark.parametrize("cell", list(cells()), ids=lambda cell: cell.name)
async def test_cell(cell: Cell):
    assert await run(cell) == []


def test_document_holds_the_matrix_as_it_is():
    """`make fault-matrix` writes it."""
    text = DOCUMENT.read_text("utf-8")
    assert fault_matrix.BEGIN in text
    assert written(text) == text


def cell_of(name: str) -> Cell:
    return next(cell for cell in cells() if cell.name == name)


async def test_matrix_notices_an_unsafe_operation_sent_twice(monkeypatch):
    decide = attempts.decide
    monkeypatch.setattr(
        attempts, "decide", lambda *args, **more: decide(*args, **more | {"repeatable": True})
    )
    found = await run(cell_of("reset after the request-single-unsafe"))
    assert any("carried out twice" in text for text in found)


async def test_matrix_notices_a_may_have_run_that_is_not_true(monkeypatch):
    monkeypatch.setattr(attempts, "may_have_run", lambda status: False)
    monkeypatch.setattr(failures, "may_have_run", lambda status: False)
    found = await run(cell_of("503 once-single-unsafe"))
    assert any("is not true" in text for text in found)


async def test_matrix_notices_a_wait_that_is_too_short(monkeypatch):
    for module in (attempts, admission):
        monkeypatch.setattr(module, "asked_wait", lambda headers, now: None)
    found = await run(cell_of("429, Retry-After in seconds-single-safe"))
    assert any("waited" in text for text in found)


async def test_matrix_notices_lost_rows_and_a_foreign_server(monkeypatch):
    monkeypatch.setattr(links, "link_url", lambda link, base, scope, scoped: URL(link, encoded=True))
    found = await run(cell_of("nextLink to another port-paged-safe"))
    assert any("another server was talked to" in text for text in found)
    monkeypatch.setattr(walk.Walk, "_next", lambda self, page, data: None)
    found = await run(cell_of("empty page with a link-paged-safe"))
    assert any("rows lost" in text for text in found)
