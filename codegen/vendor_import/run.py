"""An import from files to files: compare, write into a copy, compare again, put the copy in place."""

from __future__ import annotations

import difflib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from attrs import define

from codegen.drift.baseline import baseline_path
from codegen.drift.baseline_writing import baseline_text
from codegen.drift.finding import Finding
from codegen.drift.running import Drift, find_drift
from codegen.vendor_import.openapi_edit import OpenApiEdits
from codegen.vendor_import.postman_edit import PostmanEdits
from codegen.vendor_import.written import Written
from codegen.vendor_import.yaml_text import YamlText

_ROUNDS: Final = 3


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
    files = [path for path in (spec, spec.with_name("overlay.yaml"), baseline_path(spec)) if path.exists()]
    texts = {path: path.read_bytes().decode("utf-8") for path in files}
    written, new, left = Written(), texts, drift.findings
    said, state, now = Written(), texts, drift
    if not drift.findings:
        new = _remembered(texts, spec, drift)
    for _ in range(_ROUNDS if drift.findings else 0):
        # What is written may bring more to light, such as a field that a shared schema gained for all.
        said = Written(list(said.done), list(said.open))
        before = state
        state, now = _round(before, spec, document, now, said)
        if len(now.findings) < len(left):
            written, new, left = said, state, now.findings
        elif new is texts and now.findings == left:
            written, new = said, state
        if not now.findings or state == before:
            break
    written.open += [
        f"{finding.text}: read it; it is remembered as seen"
        for finding in drift.findings
        if finding.facet == "release note"
        or (finding.facet == "release" and finding.new and drift.page)
        or (finding.kind == "unplaced" and finding.note.startswith("no rule reads"))
    ]
    written.open += [
        f"{finding.operation}: the page calls it deprecated; say so in the collection, which has no mark"
        for finding in drift.findings
        if finding.facet == "deprecation" and drift.page
    ]
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


def _round(
    texts: dict[Path, str], spec: Path, document: Path, drift: Drift, written: Written
) -> tuple[dict[Path, str], Drift]:
    """Write what a comparison of these texts found: the new texts, and their comparison."""
    new = _remembered({**texts, **_edited(drift, spec, texts, written)}, spec, drift)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / f"document-{document.name}"
        shutil.copy(document, page)
        for path, text in new.items():
            (Path(folder) / path.name).write_bytes(text.encode("utf-8"))
        return new, find_drift(Path(folder) / spec.name, page)


def _remembered(texts: dict[Path, str], spec: Path, drift: Drift) -> dict[Path, str]:
    """The texts with what the file beside the spec keeps of the document."""
    if not drift.document.releases:
        return texts
    path, seen = baseline_path(spec), drift.baseline
    text = baseline_text(texts.get(path), seen, drift.document)
    return {**texts, path: text}
