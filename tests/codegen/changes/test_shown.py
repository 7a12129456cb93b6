"""Statuses where only a failure is shown, and values in samples, against what was shown before."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve

from codegen.changes.baseline import Baseline, load_baseline
from codegen.changes.compare import compare
from codegen.changes.running import find_drift
from codegen.changes.shown import learnt_marks
from codegen.edit.run import import_document
from codegen.facts.reading import facts_of
from codegen.facts.redoc.page import read_redoc_text
from codegen.read.source.node import Source
from tests.codegen.changes import forms
from tests.codegen.changes.drifting import Told, spec_of, swap, told
from tests.codegen.changes.page import IDI, browser_text

PATCH, SEARCH, CREATE = "\nUpdate a Device\n", "\nSearch Devices\n", "\nCreate a SIM\n"
STATUS = ("changed", "status of the response", "Update a Device", "")
VALUE = ("changed", "example of body field", "Create a SIM", "imsi")


@cache
def looked_at() -> Baseline:
    """What is remembered once the page was looked at."""
    facts, known, titles = spec_of()
    page = read_redoc_text(browser_text(), "page.txt", titles)
    return evolve(known, shown=learnt_marks({}, facts, page, compare(facts, page, known).pairs))


def found(text: str) -> list[Told]:
    """What a page says otherwise once the one before it was looked at."""
    facts, _, titles = spec_of()
    return told(
        list(compare(facts, read_redoc_text(text, "page.txt", titles), looked_at()).changes), routes=False
    )


def unprocessable(page: str, *, tab: bool) -> str:
    """The page with 422 for 400; tab: also above the sample."""
    page = swap(page, "400 Bad Request", "422 Unprocessable Entity", PATCH)
    return swap(page, "Response samples\n400", "Response samples\n422", PATCH) if tab else page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (browser_text(), []),
        (unprocessable(browser_text(), tab=True), [STATUS]),
        (unprocessable(browser_text(), tab=False), [STATUS]),
        (swap(browser_text(), "204 No Content", "200 OK", PATCH), [STATUS]),
        (swap(browser_text(), '"imsi": "text"', '"imsi": "another"', CREATE), [VALUE]),
        (swap(browser_text(), '"imsi": "text"', '"imsi": 7', CREATE),
         [("changed", "type of body field", *VALUE[2:])]),
        (swap(browser_text(), '"@odata.count": 7', '"@odata.count": 8', SEARCH),
         [("changed", "example of response field", "Search Devices", "@odata.count")]),
    ],
)  # fmt: skip
def test_another_status_or_value_is_one_change(text: str, expected: list[Told]) -> None:
    """400 that became 422, 204 that became 200: no table of a spec has either."""
    assert found(text) == expected


def test_an_openapi_file_shows_what_its_page_shows() -> None:
    """The failure of a PATCH has another status there too, and nothing else differs."""
    facts, known, _ = spec_of()
    old, new = (forms.openapi(facts, known) for _ in "ab")
    for value, status in ((old, "400"), (new, "422")):
        patch = value["paths"]["/api/device/{deviceID}"]["patch"]
        patch["responses"] = {"204": {"description": "Done."}, status: patch["responses"]["200"]}
    before, after = (facts_of(Source("file.json", Path("file.json"), b"", value, 1)) for value in (old, new))
    pairs = compare(facts, before, known).pairs
    seen = evolve(known, shown=learnt_marks({}, facts, before, pairs))
    was, now = (told(list(compare(facts, document, seen).changes)) for document in (before, after))
    assert [one for one in now if one not in was] == [STATUS]


def test_an_import_remembers_what_is_shown(tmp_path: Path) -> None:
    """Then nothing differs, the spec keeps its text, and the next other value is found."""
    spec, page = tmp_path / "openapi.yaml", tmp_path / "page.txt"
    shutil.copy(IDI, spec)
    (tmp_path / "openapi.vendor.yaml").write_text("descriptions: {}\n")
    page.write_text(browser_text())
    import_document(page, spec).write()
    text = spec.read_text()
    page.write_text(
        unprocessable(swap(browser_text(), '"imsi": "text"', '"imsi": "another"', CREATE), tab=True)
    )
    assert {c.aspect for c in find_drift(spec, page).changes} == {"status", "sample"}
    imported = import_document(page, spec)
    imported.write()
    assert (imported.to_decide, find_drift(spec, page).changes, spec.read_text()) == ([], (), text)
    assert (load_baseline(spec).shown or {})["Update a Device"]["errors"] == "422"
