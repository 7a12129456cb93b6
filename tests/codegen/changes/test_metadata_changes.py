"""Drift of documenter metadata: names, renames, addresses, codes and version rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.changes.baseline import release_marks
from codegen.changes.change import Change
from codegen.changes.running import find_drift
from codegen.changes.words import facet, name_of
from codegen.facts.reading import read_facts
from tests.codegen.changes.metadata import copied, metadata, written

ROW = "| 6.4 | 01/02/2025 | Someone | \\- Added a new endpoint called `GetSimHistory` |"

ENDING = "| 6.4 | 01/02/2025 | Someone | \\- `MonitorOrder` is deprecated |"


def drift_after(change: Callable[[str], str], folder: Path) -> list[Change]:
    """What a change of the text brings, once the page before it has been imported."""
    spec = copied(folder)
    value = metadata(spec)
    marks = release_marks(read_facts(written(value, folder)))
    lines = [f"  '{version}': {json.dumps(said)}" for version, said in marks.items()]
    spec.with_name("collection.vendor.yaml").write_text("\n".join(["releases:", *lines]), encoding="utf-8")
    assert find_drift(spec, written(value, folder)).changes == ()
    text = value["collection"]["info"]["description"]
    changed = change(text)
    assert changed != text
    value["collection"]["info"]["description"] = changed
    return list(find_drift(spec, written(value, folder)).changes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda t: t.replace("\n", "\r\n"), []),
        (lambda t: t.replace("\\- ", "• "), []),
        (lambda t: t.replace(":8075", ":9075"), [("changed", "base URL", "production")]),
        (
            lambda t: t.replace("| **429**", "| **422** | Unprocessable | Bad. |\n| **429**"),
            [("added", "status code", "422")],
        ),
        (lambda t: t.replace("GetUsageInformationForCli", "GetUsageForCli"), [("changed", "title", "")]),
        (
            lambda t: t.replace("to `GetOrdersForCustomer`", "to `ListCustomerOrders`"),
            [("changed", "title", "")],
        ),
        (lambda t: f"{t}\n{ROW}", [("added", "operation", ""), ("added", "release", "6.4")]),
        (
            lambda t: f"{t}\n{ENDING}",
            [("added", "release", "6.4"), ("added", "deprecation", "")],
        ),
        (
            lambda t: t.replace("response_message", "message"),
            [("changed", "key of an error body", "response_message")],
        ),
        (lambda t: t.replace("`Basic`", "`Bearer`"), [("changed", "authentication", "basic")]),
        (lambda t: t.replace("?cli=XX", "?number=XX"), [("changed", "route", "")]),
        (lambda t: t.replace("| 2.4 |", "| 2.45 |"), [("changed", "release", "2.4")]),
        (lambda t: f"{t}\n\n| A | B |\n| --- | --- |\n| 1 | 2 |", [("unread", "text", "")]),
    ],
)
def test_one_change_of_the_metadata(
    change: Callable[[str], str], expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    """Each change is found, and nothing else is reported."""
    found = [(c.kind, facet(c), name_of(c)) for c in drift_after(change, tmp_path)]
    assert sorted(found) == sorted(expected)


def test_rows_behind_a_blank_line_are_rows_still(tmp_path: Path) -> None:
    """A slip in the markdown hides no release."""
    assert drift_after(lambda t: t.replace("\n| 2.4 |", "\n\n| 2.4 |"), tmp_path) == []


def test_a_row_without_a_table_is_reported(tmp_path: Path) -> None:
    """It is no prose to be passed over."""
    found = drift_after(lambda t: f"{t}\n\nThat is all.\n\n| 6.4 | 01/02/2026 | A | New things. |", tmp_path)
    assert [(c.kind, c.note) for c in found] == [("unread", "this row stands outside a table")]
