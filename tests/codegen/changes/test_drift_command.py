"""The command: exit status, the three formats, the other kinds of documents."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.changes.running import find_drift
from codegen.facts.fact import Subject
from codegen.facts.reading import read_facts
from tests.codegen.changes.drifting import swap
from tests.codegen.changes.page import FROZEN, IDI, SHIPPED, page_text

PAGE = page_text()


def saved(text: str, path: Path) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_exit_status_tells_empty_different_and_unreadable(tmp_path: Path) -> None:
    """0, 1 and 2."""
    version = PAGE.partition("(")[2].partition(")")[0]
    assert main(["drift", str(IDI), saved(PAGE, tmp_path / "same.txt")]) == 0
    assert main(["drift", str(IDI), saved(swap(PAGE, f"({version})", "(99.1)"), tmp_path / "new.txt")]) == 1
    assert main(["drift", str(IDI), saved("nothing", tmp_path / "bad.txt")]) == 2
    assert main(["drift", str(IDI), str(tmp_path / "missing.txt")]) == 2


def test_json_report_has_both_places_and_a_stable_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stable form, readable by a program; the id does not change with the line."""
    reports = []
    for lead in ("", "\n\n"):
        page = saved(lead + swap(PAGE, "bind\nboolean", "bind\nstring"), tmp_path / "page.txt")
        assert main(["drift", str(IDI), page, "--format", "json"]) == 1
        reports.append(json.loads(capsys.readouterr().out))
    (finding,), (moved,) = (report["findings"] for report in reports)
    assert (reports[0]["schema"], reports[0]["counts"]["changed"]) == (2, 1)
    assert (finding["facet"], finding["old"], finding["new"]) == ("type of body field", "boolean", "string")
    assert finding["spec"]["line"]
    assert finding["document"]["line"] == moved["document"]["line"] - 2
    assert finding["id"] == moved["id"]


def test_markdown_escapes_what_the_vendor_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text of the page cannot break the table."""
    page = saved(swap(PAGE, "Release Notes\n", "A | stray `line`.\n\nRelease Notes\n"), tmp_path / "page.txt")
    main(["drift", str(IDI), page, "--format", "markdown"])
    assert "A \\| stray \\`line\\`." in capsys.readouterr().out


@pytest.mark.parametrize("spec", [IDI, SHIPPED, FROZEN / "collection.json"])
def test_a_spec_against_itself_is_empty(spec: Path) -> None:
    """Also where it says of itself that much of it is a guess."""
    assert find_drift(spec, spec).changes == ()


def test_saved_page_with_embedded_document(tmp_path: Path) -> None:
    """The state inside the HTML is read before its layout."""
    spec = {
        "openapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/api/a": {"get": {"summary": "Get A", "responses": {"200": {"description": "x"}}}}},
    }
    state = json.dumps({"menu": {}, "spec": {"data": spec}})
    page = f"<!DOCTYPE html><html><body><script>const __redoc_state = {state};</script></body></html>"
    document = read_facts(Path(saved(page, tmp_path / "a.html")), "a.html")
    assert document.value(Subject("operation", "Get A"), "route") == "GET api/a"


def test_saved_layout_reads_like_its_text(tmp_path: Path) -> None:
    """The page as a browser draws it gives the facts of the page as text."""
    rows = []
    for line in PAGE.split("\n"):
        text = html.escape(re.sub(r"^\s*• ", "", line))
        rows.append(f"<ul><li>{text}</li></ul>" if "•" in line else f"<p>{text}</p>" if line else "")
    page = f"<html><head><title>x</title></head><body><nav>Menu</nav>{''.join(rows)}</body></html>"
    assert find_drift(IDI, Path(saved(page, tmp_path / "saved.html"))).changes == ()


def test_the_introduction_of_a_collection_is_no_document_of_a_page(tmp_path: Path) -> None:
    """It speaks of another kind of spec; a collection of other requests is of another API."""
    metadata = {"collection": {"info": {"name": "A - v1", "description": "`GetThing` method"}}}
    path = saved(json.dumps(metadata), tmp_path / "metadata.json")
    assert main(["drift", str(IDI), path]) == 2
    other = tmp_path / "other.json"
    item = {"name": "Ping", "request": {"method": "GET", "url": "https://a.example/ping"}}
    saved(json.dumps({"info": {"name": "A"}, "item": [item]}), other)
    assert main(["drift", str(IDI), str(other)]) == 2


def test_the_page_of_another_api_is_refused(tmp_path: Path) -> None:
    """It would empty the spec and fill it anew."""
    other = "Balance (1.0)\n\nAccounts\n\nAll.\n\nGet an Account\n\nReads it.\n\nResponses\n"
    assert main(["drift", str(IDI), saved(other, tmp_path / "other.txt")]) == 2


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "openapi: " + "[" * 100_000])
def test_a_document_nested_without_end_is_refused(text: str, tmp_path: Path) -> None:
    """With a message and status 2, not with a traceback."""
    assert main(["drift", str(IDI), saved(text, tmp_path / "deep.json")]) == 2


def test_page_that_contradicts_what_was_observed_is_told(tmp_path: Path) -> None:
    """A correction is ours as a guess is; the vendor's own word on it is shown."""
    spec = shutil.copytree(IDI.parent, tmp_path / "spec") / IDI.name
    odd = {"kind": "other type", "path": "$.value[].enabled", "count": 3, "example": "text of 1: a"}
    report = {"auxiliary.search_phone_book_special_numbers": {"differences": [odd]}}
    drift = saved(json.dumps(report), tmp_path / "drift.json")
    assert main(["import", drift, "--into", str(spec)]) == 0
    rows = '"value": [\n      • {\n          • "enabled": true\n        }\n    ]'
    page = saved(swap(PAGE, '"value": [\n    ]', rows), tmp_path / "page.txt")
    changes = [(c.kind, c.subject.dotted, c.aspect) for c in find_drift(spec, Path(page)).changes]
    assert ("changed", "value[].enabled", "type") in changes
    assert ("changed", "value[].enabled", "type") not in [
        (c.kind, c.subject.dotted, c.aspect) for c in find_drift(IDI, Path(page)).changes
    ]


def test_report_of_an_operation_that_the_spec_lacks_made_one_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = shutil.copytree(IDI.parent, tmp_path / "spec") / IDI.name
    before = spec.read_bytes()
    new = {"kind": "unknown field", "path": "$.colour", "count": 3, "example": "text of 4: aaaa"}
    for names in (["orders.get"], ["device.get", "orders.get"]):
        report = {name: {"differences": [new]} for name in names}
        drift = saved(json.dumps(report), tmp_path / "drift.json")
        assert main(["import", drift, "--into", str(spec)]) == 2
        assert "lacks: orders.get" in capsys.readouterr().err
        assert spec.read_bytes() == before


def test_what_clients_observed_is_a_document_too(tmp_path: Path) -> None:
    """Names and types that responds had come in as observed, and nothing is taken back by them."""
    report = {
        "device.get": {
            "seen": 3,
            "compared": 3,
            "objects": 3,
            "differences": [
                {"kind": "unknown field", "path": "$.colour", "count": 3, "example": "text of 4: aaaa"},
                {"kind": "other type", "path": "$.deviceID", "count": 3, "example": "text of 2: 99"},
            ],
        }
    }
    shutil.copy(IDI, tmp_path / "openapi.yaml")
    path = Path(saved(json.dumps(report), tmp_path / "drift.json"))
    changes = find_drift(tmp_path / "openapi.yaml", path).changes
    assert [(c.kind, c.subject.dotted, c.aspect, c.provenance) for c in changes] == [
        ("added", "colour", "exists", "observed"),
        ("changed", "deviceID", "type", "observed"),
    ]
