"""Pages of other APIs of the family: their keys, expanded samples, choices of bodies; saved elements."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.vendor import VendorDocument, read_vendor_document
from tests.codegen.drift.family import TEXT, html


@pytest.fixture(params=["text", "elements"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> VendorDocument:
    """The page in both forms; all tests hold for each."""
    path = tmp_path / "page"
    path.write_text(TEXT if request.param == "text" else html(), encoding="utf-8")
    return read_vendor_document(path, "page")


def test_every_line_is_placed(page: VendorDocument) -> None:
    """Title, version, section and operations, and nothing left over."""
    assert [(entry.text, entry.reason) for entry in page.unplaced] == []
    assert (page.title, page.version) == ("Balance", "1.4")
    assert {title: op.section for title, op in page.operations.items()} == {
        "Search Accounts": "Accounts",
        "Create an Adjustment": "Accounts",
    }


def test_lists_and_marks(page: VendorDocument) -> None:
    """Names with their revisions; an empty list."""
    search = page.operations["Search Accounts"]
    assert search.since == "1.02"
    assert {n: e.since for n, e in search.lists["filterable"].names.items()} == {
        "accountID": None,
        "name": "1.03",
    }
    assert search.lists["sortable"].names == {}
    assert search.authorizations == ("SWT",)


def test_sample_keeps_the_keys_of_its_api(page: VendorDocument) -> None:
    """`@count` and `@nextLink`, and rows as deep as they are shown."""
    sample = page.operations["Search Accounts"].response_sample
    assert sample is not None
    assert list(sample.members) == ["@count", "@nextLink", "value"]
    row = sample.members["value"].row
    assert row is not None
    limit = row.members["limits"].row
    assert limit is not None
    assert limit.members["amount"].kind == "number"


def test_body_with_a_choice(page: VendorDocument) -> None:
    """The fields of the variant that is shown, with types, formats, marks and Enum."""
    create = page.operations["Create an Adjustment"]
    assert create.body is not None
    fields = create.body.fields
    assert {name: (f.type, f.format, f.required) for name, f in fields.items()} == {
        "kind": ("string", None, True),
        "amount": ("number", "decimal", True),
        "party": ("object", None, False),
    }
    assert fields["kind"].enum == ("Credit", "Debit")
    assert fields["amount"].since == "1.04"
    assert set(create.parameters) == {("path", "accountID"), ("header", "Content-Type")}


def test_route_of_the_notes(page: VendorDocument) -> None:
    """The route that the notes spell out."""
    (statement,) = page.statements
    assert statement.route is not None
    assert statement.route.text == "POST api/account/{accountID}/adjustment"
