"""Documenter metadata that says what the shipped collection says, in sentences of our own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from codegen.facts.fact import Aspect, FactSet, Subject
from codegen.facts.marks import version_key
from codegen.facts.reading import read_spec
from tests.codegen.changes.page import FROZEN


def copied(folder: Path) -> Path:
    """The collection and its overlay, without what is remembered of the vendor's own page."""
    for name in ("collection.json", "overlay.yaml"):
        shutil.copy(FROZEN / name, folder / name)
    return folder / "collection.json"


def metadata(spec: Path) -> dict[str, Any]:
    """The metadata as the documentation page loads it."""
    facts = read_spec(spec)
    lines = ["## Addresses", "", "| Description | Base URL |", "| --- | --- |"]
    for server in facts.subjects("server"):
        url = facts.text(server, "url")
        lines.append(f"| {server.name.capitalize()} API | [{url}/]({url}/) |")
    lines += ["", "## Authentication", "", "Send `Basic` credentials. Errors stand under an `error` key.", ""]
    lines += ["## Errors", "", "| **HTTP Code** | **Name** | **Text** |", "| --- | --- | --- |"]
    lines += [f"| **{s.name}** | {facts.text(s, 'title')} | What it is. |" for s in facts.subjects("status")]
    lines += ["", "``` json", '{"response_message": "why"}', "```", "", "## Parameters", ""]
    lines += ["One finds it at `/api/Connections/?cli=XX`.", "", "### Versions", ""]
    lines += ["| **Version** | **Date** | **Editor** | **Description** |", "| --- | --- | --- | --- |"]
    operations = list(facts.subjects("operation"))
    for version in sorted({r for s in operations if (r := facts.text(s, "revision"))}, key=version_key):
        named = [
            s for s in operations if facts.text(s, "revision") == version and _is_sure(facts, s, "title")
        ]
        said = [f"\\- Added a {facts.text(s, 'title')} method" for s in named]
        for subject in named:
            said += _told(facts, subject)
        lines.append(f"| {version} | 01/02/2020 | Someone | {'  <br>'.join(said) or 'Small things.'} |")
    info = {"name": "Abzorb API Documentation - v6.3", "description": "\n".join(lines)}
    return {"collection": {"info": info}}


def written(value: dict[str, Any], folder: Path) -> Path:
    """The metadata as a file."""
    path = folder / "metadata.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def _is_sure(facts: FactSet, subject: Subject, aspect: Aspect) -> bool:
    fact = facts.get(subject, aspect)
    return fact is not None and fact.provenance == "documented"


def _told(facts: FactSet, subject: Subject) -> list[str]:
    """Sentences on the parameters and the former names of a method."""
    title, key = facts.text(subject, "title"), subject.operation
    parameters = [*facts.subjects("parameter", key), *facts.subjects("request-field", key)]
    known = [s.name for s in parameters if len(s.path) == 1 and _is_sure(facts, s, "exists")]
    former = [s for s in facts.subjects("former-name", key) if not s.where]
    said = [f"\\- The {title} call takes a `{name}` parameter" for name in known]
    return said + [f"\\- Renamed `{s.name}` method to `{title}`" for s in former]
