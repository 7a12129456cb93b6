"""Documenter metadata that says what the shipped collection says, in sentences of our own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from codegen.drift.spec_postman import read_collection
from codegen.read.source.findings import Findings
from codegen.read.source.load import load
from codegen.vendor.marks import version_key
from tests.codegen.drift.page import FROZEN


def copied(folder: Path) -> Path:
    """The collection and its overlay, without what is remembered of the vendor's own page."""
    for name in ("collection.json", "overlay.yaml"):
        shutil.copy(FROZEN / name, folder / name)
    return folder / "collection.json"


def metadata(spec: Path) -> dict[str, Any]:
    """The metadata as the documentation page loads it."""
    findings = Findings()
    collection, overlay = (load(spec.with_name(n), n, findings) for n in ("collection.json", "overlay.yaml"))
    findings.raise_problems()
    assert collection is not None
    facts, page = read_collection(collection, overlay)
    lines = ["## Addresses", "", "| Description | Base URL |", "| --- | --- |"]
    lines += [f"| {name.capitalize()} API | [{url}/]({url}/) |" for name, (url, _) in facts.servers.items()]
    lines += ["", "## Authentication", "", "Send `Basic` credentials. Errors stand under an `error` key.", ""]
    lines += ["## Errors", "", "| **HTTP Code** | **Name** | **Text** |", "| --- | --- | --- |"]
    lines += [f"| **{code}** | {name} | What it is. |" for code, name in page.statuses.items()]
    lines += ["", "``` json", '{"response_message": "why"}', "```", "", "## Parameters", ""]
    lines += ["One finds it at `/api/Connections/?cli=XX`.", "", "### Versions", ""]
    lines += ["| **Version** | **Date** | **Editor** | **Description** |", "| --- | --- | --- | --- |"]
    for version in sorted({op.since for op in facts.operations.values() if op.since}, key=version_key):
        named = [t for t, op in facts.operations.items() if op.since == version and t in page.documented]
        said = [f"\\- Added a {name} method" for name in named]
        said += [f"\\- The {m} call takes a `{p}` parameter" for m, p in page.parameters if m in named]
        said += [
            f"\\- Renamed `{old}` method to `{m}`"
            for m, olds in page.former.items()
            if m in named
            for old in olds
        ]
        lines.append(f"| {version} | 01/02/2020 | Someone | {'  <br>'.join(said) or 'Small things.'} |")
    info = {"name": "Abzorb API Documentation - v6.3", "description": "\n".join(lines)}
    return {"collection": {"info": info}}


def written(value: dict[str, Any], folder: Path) -> Path:
    """The metadata as a file."""
    path = folder / "metadata.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
