"""Statuses, media types, addresses and ways of writing: each change of them is found as what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen.changes.compare import compare
from codegen.facts.reading import facts_of
from codegen.read.source.node import Source
from tests.codegen.changes import forms
from tests.codegen.changes.drifting import Told, drift, spec_of, swap, told
from tests.codegen.changes.page import browser_text

SEARCH = "\nSearch Devices\n"
HEALTH = "\nHealth Check\n"
STATUS = ("changed", "status of the response")


@pytest.mark.parametrize(
    ("old", "new", "after", "expected"),
    [
        ("200 OK", "201 Created", SEARCH, (*STATUS, "Search Devices", "")),
        ("200 OK", "204 No Content", HEALTH, (*STATUS, "Health Check", "")),
        ("200 OK", "200 OK\n202 Accepted", SEARCH, ("added", "response (202)", "Search Devices", "")),
        ("200 OK", "200 OK\n404 Gone", SEARCH, ("added", "response (404)", "Search Devices", "")),
        (
            "Content type\napplication/json",
            "Content type\napplication/xml",
            SEARCH,
            ("changed", "media type of response", "Search Devices", ""),
        ),
    ],
)
def test_one_change_of_the_responses_of_a_list(
    old: str, new: str, after: str, expected: Told, tmp_path: Path
) -> None:
    """The tab of the sample keeps its status: both are parts of one page, and only one of them was edited."""
    page = browser_text()
    assert told(drift(swap(page, old, new, after), tmp_path), routes=False) == [expected]


def test_a_lower_status_does_not_take_the_place_of_the_success(tmp_path: Path) -> None:
    """200 is the success still, though 100 and 201 come before or after it in the list."""
    page = swap(browser_text(), "200 OK", "201 Created\n200 OK", SEARCH)
    assert told(drift(page, tmp_path), routes=False) == [("added", "response (201)", "Search Devices", "")]


def test_one_body_marked_as_required_says_nothing_of_the_others(tmp_path: Path) -> None:
    """A page that leaves the mark out of most bodies does not call them optional."""
    page = browser_text()
    head = "REQUEST BODY SCHEMA: application/json"
    assert told(drift(swap(page, head, f"{head} required"), tmp_path), routes=False) == []
    (kind, what, *_), *others = told(
        drift(page.replace(head, f"{head} required").replace(f"{head} required", head, 1), tmp_path),
        routes=False,
    )
    assert (kind, what, others) == ("removed", "required mark of request body", [])


def _own_address(document: dict[str, Any]) -> None:
    document["paths"]["/api/device"]["get"]["servers"] = [{"url": "https://eu.example/x"}]


def _joined(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/api/device"]["get"]["parameters"]
    next(p for p in parameters if p["name"] == "$top").update(style="spaceDelimited", explode=False)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_own_address, ("added", "base URL", "Search Devices", "")),
        (_joined, ("added", "encoding of query parameter", "Search Devices", "$top")),
    ],
)
def test_one_change_of_where_and_how_requests_are_sent(
    change: Callable[[dict[str, Any]], None], expected: Told, tmp_path: Path
) -> None:
    """An address of one operation, and a way of writing a parameter that is not the default."""
    facts, known, _ = spec_of()
    document = forms.openapi(facts, known)
    before = told(_changes(document, tmp_path))
    change(document)
    assert [c for c in told(_changes(document, tmp_path)) if c not in before] == [expected]


def _changes(document: dict[str, Any], folder: Path) -> list[Any]:
    facts, known, _ = spec_of()
    new = facts_of(Source("document.json", folder / "document.json", b"", document, 1))
    return list(compare(facts, new, known).changes)
