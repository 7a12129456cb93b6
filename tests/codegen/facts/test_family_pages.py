"""Pages of other APIs of the family: their keys, expanded samples, choices of bodies; saved elements."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.facts.fact import API, FactSet, Subject
from codegen.facts.reading import read_facts
from tests.codegen.facts.family import TEXT, html


@pytest.fixture(params=["text", "elements"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> FactSet:
    """The page in both forms; all tests hold for each."""
    path = tmp_path / "page"
    path.write_text(TEXT if request.param == "text" else html(), encoding="utf-8")
    return read_facts(path, "page")


def field(operation: str, *path: str) -> Subject:
    return Subject("request-field", operation, "", path)


def test_every_line_is_placed(page: FactSet) -> None:
    """Title, version, section and operations, and nothing left over."""
    assert [(entry.text, entry.reason) for entry in page.unread] == []
    assert (page.value(API, "title"), page.value(API, "version")) == ("Balance", "1.4")
    assert {s.operation: page.value(s, "section") for s in page.subjects("operation")} == {
        "Search Accounts": "Accounts",
        "Create an Adjustment": "Accounts",
    }


def test_lists_and_marks(page: FactSet) -> None:
    """Names with their revisions; an empty list."""
    search = Subject("operation", "Search Accounts")
    assert page.value(search, "revision") == "1.02"
    filterable = page.subjects("filterable", "Search Accounts")
    assert {s.name: page.value(s, "revision") for s in filterable} == {"accountID": None, "name": "1.03"}
    assert list(page.subjects("sortable")) == []
    assert page.value(search, "security") == ("SWT",)


def test_sample_keeps_the_keys_of_its_api(page: FactSet) -> None:
    """`@count` and `@nextLink`, and rows as deep as they are shown."""
    shown = {
        s.dotted: page.value(s, "seen-type")
        for s in page.subjects("response-field", "Search Accounts")
        if s.path and s.path[-1] != "[]"
    }
    assert shown == {
        "@count": "integer",
        "@nextLink": "string",
        "value": "array",
        "value[].accountID": "integer",
        "value[].limits": "array",
        "value[].limits[].amount": "number",
    }


def test_body_with_a_choice(page: FactSet) -> None:
    """The fields of the variant that is shown, with types, formats, marks and Enum."""
    key = "Create an Adjustment"
    assert [page.value(field(key, "kind"), a) for a in ("type", "required", "enum")] == [
        "string",
        True,
        ("Credit", "Debit"),
    ]
    assert [page.value(field(key, "amount"), a) for a in ("type", "format", "revision")] == [
        "number",
        "decimal",
        "1.04",
    ]
    assert page.value(field(key, "party"), "type") == "object"
    assert page.value(field(key, "party", "name"), "seen-type") == "string"
    assert {(s.where, s.name) for s in page.subjects("parameter", key)} == {
        ("path", "accountID"),
        ("header", "Content-Type"),
    }


def test_route_of_the_notes(page: FactSet) -> None:
    """The route that the notes spell out."""
    (statement,) = page.evidence.statements
    assert (statement.title, statement.route) == (
        "Create an Adjustment",
        "POST api/account/{accountID}/adjustment",
    )
