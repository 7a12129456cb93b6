"""The command: exit status, the three formats, the other kinds of documents."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.drift.running import find_drift
from codegen.vendor import read_vendor_document
from tests.codegen.drift.page import IDI
from tests.codegen.drift.test_page_drift import PAGE, VERSION, swap


def saved(text: str, path: Path) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_exit_status_tells_empty_different_and_unreadable(tmp_path: Path) -> None:
    """0, 1 and 2."""
    assert main(["drift", str(IDI), saved(PAGE, tmp_path / "same.txt")]) == 0
    assert main(["drift", str(IDI), saved(swap(f"({VERSION})", "(99.1)"), tmp_path / "new.txt")]) == 1
    assert main(["drift", str(IDI), saved("nothing", tmp_path / "bad.txt")]) == 2
    assert main(["drift", str(IDI), str(tmp_path / "missing.txt")]) == 2


def test_json_report_has_both_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The stable form, readable by a program."""
    page = saved(swap("bind\nboolean", "bind\nstring"), tmp_path / "page.txt")
    assert main(["drift", str(IDI), page, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (finding,) = report["findings"]
    assert (report["schema"], report["counts"]["changed"]) == (1, 1)
    assert finding["old"] == "boolean"
    assert finding["spec"]["line"]
    assert finding["document"]["line"]


def test_markdown_escapes_what_the_vendor_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text of the page cannot break the table."""
    page = saved(swap("Release Notes\n", "A | stray `line`.\n\nRelease Notes\n"), tmp_path / "page.txt")
    main(["drift", str(IDI), page, "--format", "markdown"])
    assert "A \\| stray \\`line\\`." in capsys.readouterr().out


def test_spec_as_download_says_what_is_inferred(tmp_path: Path) -> None:
    """An OpenAPI document has every route, so it documents the inferred ones; nothing else differs."""
    findings = find_drift(
        IDI, Path(saved(IDI.read_text(encoding="utf-8"), tmp_path / "download.yaml"))
    ).findings
    assert {finding.kind for finding in findings} == {"documented"}
    assert sum(finding.facet == "route" for finding in findings) == 28


def test_saved_page_with_embedded_document(tmp_path: Path) -> None:
    """The state inside the HTML is read before its layout."""
    spec = {
        "openapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/api/a": {"get": {"summary": "Get A", "responses": {"200": {"description": "x"}}}}},
    }
    state = json.dumps({"menu": {}, "spec": {"data": spec}})
    page = f"<!DOCTYPE html><html><body><script>const __redoc_state = {state};</script></body></html>"
    document = read_vendor_document(Path(saved(page, tmp_path / "a.html")), "a.html")
    assert document.kind == "redoc-html"
    assert document.operations["Get A"].route is not None


def test_saved_layout_reads_like_its_text(tmp_path: Path) -> None:
    """The page as a browser draws it gives the facts of the page as text."""
    rows = []
    for line in PAGE.split("\n"):
        text = html.escape(re.sub(r"^\s*• ", "", line))
        rows.append(f"<ul><li>{text}</li></ul>" if "•" in line else f"<p>{text}</p>" if line else "")
    page = f"<html><head><title>x</title></head><body><nav>Menu</nav>{''.join(rows)}</body></html>"
    assert find_drift(IDI, Path(saved(page, tmp_path / "page.html"))).findings == []
