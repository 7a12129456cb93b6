"""What each vendor would publish, with twenty differences: followed by an update, said in the changelog."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen.changelog.document import entry_text
from codegen.changelog.entry import entry
from codegen.changes.running import find_drift
from codegen.diff.command import compare
from codegen.edit.run import import_document
from codegen.read import read_document
from codegen.render import render_package
from tests.codegen.update.exports import SPECS, abzorb_export, as_documenter, idi_download
from tests.codegen.update.planted import Planted, plant_abzorb, plant_idi


def followed(folder: Path, api: str, spec: str, document: dict[str, Any]) -> tuple[Path, Path]:
    """Copy a spec, import a document into it, and generate the client from what comes out."""
    shutil.copytree(SPECS / api, folder / api)
    page, path = folder / "document.json", folder / api / spec
    page.write_text(json.dumps(document, indent=1), encoding="utf-8")
    imported = import_document(page, path)
    imported.write()
    assert imported.to_decide == []
    overlay = path.with_name("overlay.yaml")
    read = read_document(path, overlay=overlay if overlay.is_file() else None)
    assert [gap for gap in read.gaps if gap.severity == "gap"] == []
    assert render_package(read, api=api).files
    return page, path


CASES = [
    pytest.param("idi", "openapi.yaml", idi_download, plant_idi, id="idi download"),
    pytest.param("abzorb", "collection.json", abzorb_export, plant_abzorb, id="abzorb export"),
]


@pytest.mark.parametrize(("api", "spec", "make", "plant"), CASES)
def test_twenty_planted_differences_are_followed(
    api: str,
    spec: str,
    make: Callable[[], dict[str, Any]],
    plant: Callable[[dict[str, Any]], Planted],
    tmp_path: Path,
) -> None:
    """Imported, generated, drift empty, a second import silent, and each one in the changelog."""
    document = make()
    planted = plant(document)
    assert len(planted) == 20
    page, path = followed(tmp_path, api, spec, document)
    assert [change for change in find_drift(path, page).changes if not change.quiet] == []
    assert import_document(page, path).changes == {}
    text = entry_text(entry(compare(str(SPECS / api / spec), str(path), api=api, surface=False)))
    lost = [what for what, word in planted.items() if word not in text]
    assert lost == []


def test_collection_as_a_documentation_site_serves_it_is_read_as_completely(tmp_path: Path) -> None:
    """Text URLs, HTML descriptions, codes as text, inherited auth: the same files come out."""
    export = abzorb_export()
    plant_abzorb(export)
    _, exported = followed(tmp_path / "a", "abzorb", "collection.json", export)
    _, served = followed(tmp_path / "b", "abzorb", "collection.json", as_documenter(export))
    for name in ("collection.json", "overlay.yaml"):
        assert served.with_name(name).read_bytes() == exported.with_name(name).read_bytes()
    assert "c29tZW9uZTpzZWNyZXQ" not in exported.read_text(encoding="utf-8")
