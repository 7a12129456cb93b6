"""An import from files to files: compare, write into a copy, compare again, put the copy in place."""

from __future__ import annotations

import difflib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from attrs import define

from codegen.drift.baseline import baseline_path, load_baseline
from codegen.drift.baseline_writing import baseline_text
from codegen.drift.finding import Finding
from codegen.drift.running import Drift, find_drift
from codegen.vendor_import.openapi_edit import OpenApiEdits
from codegen.vendor_import.postman_edit import PostmanEdits
from codegen.vendor_import.written import Written
from codegen.vendor_import.yaml_text import YamlText


@define(kw_only=True)
class Imported:
    """The outcome. left: differences for a person; changes: old and new text of the files that change."""

    written: Written
    left: list[Finding]
    before: list[Finding]
    changes: dict[Path, tuple[str, str]]

    def patch(self) -> str:
        """The changes as a unified diff."""
        return "".join(
            line
            for path, (old, new) in self.changes.items()
            for line in difflib.unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=2
            )
        )

    def write(self) -> None:
        """Put the new texts in place, each file whole or not at all."""
        for path, (_, new) in self.changes.items():
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(new.encode("utf-8"))
            fresh.replace(path)


def import_document(document: Path, spec: Path) -> Imported:
    """Write what a document says into a copy of the spec.

    Raises: what `find_drift` raises; also when the edited spec cannot be read, which nothing on disk shows.
    """
    drift = find_drift(spec, document)
    written = Written()
    files = [path for path in (spec, spec.with_name("overlay.yaml"), baseline_path(spec)) if path.exists()]
    texts = {path: path.read_bytes().decode("utf-8") for path in files}
    new = dict(texts)
    if drift.findings:
        new |= _edited(drift, spec, texts, written)
    written.open += [
        f"{finding.text}: read it; it is remembered as seen"
        for finding in drift.findings
        if finding.facet == "release note"
        or (finding.kind == "unplaced" and finding.note.startswith("no rule reads"))
    ]
    omits = drift.baseline.sample_omits
    fresh = baseline_text(load_baseline(spec), drift.document, omits)
    if drift.document.releases:
        new[baseline_path(spec)] = fresh
    left = _left(new, spec, document) if drift.findings else []
    changes = {path: (texts.get(path, ""), text) for path, text in new.items() if texts.get(path) != text}
    return Imported(written=written, left=left, before=drift.findings, changes=changes)


def _edited(drift: Drift, spec: Path, texts: dict[Path, str], written: Written) -> dict[Path, str]:
    if drift.spec.kind == "openapi":
        if spec.suffix == ".json":
            data = json.loads(texts[spec])
            OpenApiEdits(data, drift, written).apply(drift.findings)
            return {spec: _json_text(data, texts[spec])}
        edited = YamlText(texts[spec])
        OpenApiEdits(edited.data, drift, written).apply(drift.findings)
        return {spec: edited.text()}
    overlay = spec.with_name("overlay.yaml")
    if overlay not in texts or drift.page is None or drift.document.kind != "postman-page":
        return {}
    collection = json.loads(texts[spec])
    words = YamlText(texts[overlay])
    PostmanEdits(collection, words, drift, written).apply(drift.findings)
    return {spec: _json_text(collection, texts[spec]), overlay: words.text()}


def _json_text(data: Any, before: str) -> str:
    """JSON in the style of the text before; a text in another style is kept unless its data changed."""
    if json.loads(before) == data:
        return before
    indent = 2 if "\n  " in before else None
    text = json.dumps(data, indent=indent, ensure_ascii=before.isascii())
    return text + ("\n" if before.endswith("\n") else "")


def _left(texts: dict[Path, str], spec: Path, document: Path) -> list[Finding]:
    """What still differs once the copy is compared."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for path, text in texts.items():
            (copy / path.name).write_bytes(text.encode("utf-8"))
        for path in (document,):
            shutil.copy(path, copy / f"document-{path.name}")
        return find_drift(copy / spec.name, copy / f"document-{document.name}").findings
