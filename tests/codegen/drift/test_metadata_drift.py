"""Drift of documenter metadata: names, renames, addresses, codes and version rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.drift.finding import Finding
from codegen.drift.running import find_drift
from codegen.vendor_import.run import import_document
from tests.codegen.drift.metadata import copied, metadata, written

ROW = "| 6.4 | 01/02/2025 | Someone | \\- Added a new endpoint called `GetSimHistory` |"

ENDING = "| 6.4 | 01/02/2025 | Someone | \\- `MonitorOrder` is deprecated |"


def drift_after(change: Callable[[str], str], folder: Path) -> list[Finding]:
    """What a change of the text brings, once the page before it has been imported."""
    spec = copied(folder)
    value = metadata(spec)
    import_document(written(value, folder), spec).write()
    assert find_drift(spec, written(value, folder)).findings == []
    text = value["collection"]["info"]["description"]
    changed = change(text)
    assert changed != text
    value["collection"]["info"]["description"] = changed
    return find_drift(spec, written(value, folder)).findings


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
        (lambda t: t.replace("GetUsageInformationForCli", "GetUsageForCli"), [("changed", "method", "")]),
        (
            lambda t: t.replace("to `GetOrdersForCustomer`", "to `ListCustomerOrders`"),
            [("changed", "method", "")],
        ),
        (lambda t: f"{t}\n{ROW}", [("added", "method", "GetSimHistory"), ("added", "release", "6.4")]),
        (
            lambda t: f"{t}\n{ENDING}",
            [("added", "release", "6.4"), ("added", "deprecation", "")],
        ),
        (lambda t: t.replace("response_message", "message"), [("changed", "key of an error body", "")]),
        (lambda t: t.replace("`Basic`", "`Bearer`"), [("changed", "authentication", "")]),
        (lambda t: t.replace("?cli=XX", "?number=XX"), [("changed", "route", "")]),
        (lambda t: t.replace("| 2.4 |", "| 2.45 |"), [("changed", "release", "")]),
        (lambda t: f"{t}\n\n| A | B |\n| --- | --- |\n| 1 | 2 |", [("unplaced", "text", "")]),
    ],
)
def test_one_change_of_the_metadata(
    change: Callable[[str], str], expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    """Each change is found, and nothing else is reported."""
    assert [(f.kind, f.facet, f.name) for f in drift_after(change, tmp_path)] == expected


def test_import_of_a_new_method_and_a_port_leaves_no_difference(tmp_path: Path) -> None:
    """The collection gets the request, the overlay its entry, and the person a line."""
    drift_after(lambda text: f"{text}\n{ROW}".replace(":8075", ":9075"), tmp_path)
    spec = tmp_path / "collection.json"
    imported = import_document(tmp_path / "metadata.json", spec)
    imported.write()
    assert imported.left == []
    assert any("GetSimHistory" in line for line in imported.written.open)
    assert "GetSimHistory:\n    resource: " in (tmp_path / "overlay.yaml").read_text(encoding="utf-8")
    assert find_drift(spec, tmp_path / "metadata.json").findings == []


def test_rows_behind_a_blank_line_are_rows_still(tmp_path: Path) -> None:
    """A slip in the markdown hides no release."""
    assert drift_after(lambda t: t.replace("\n| 2.4 |", "\n\n| 2.4 |"), tmp_path) == []


def test_a_row_without_a_table_is_reported(tmp_path: Path) -> None:
    """It is no prose to be passed over."""
    found = drift_after(lambda t: f"{t}\n\nThat is all.\n\n| 6.4 | 01/02/2026 | A | New things. |", tmp_path)
    assert [(f.kind, f.note) for f in found] == [("unplaced", "this row stands outside a table")]
