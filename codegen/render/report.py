"""The report of a package: counts of the document and of the package, and every difference between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from codegen.ir import Document, Gap, Severity
from codegen.read.operation.accounting import packaged
from codegen.render.described import shown_file
from codegen.render.package import Package
from codegen.render.quoting import json_text

_NAMES: Final = re.compile(r"'[^']*+'|\"[^\"]*+\"|`[^`]*+`|\d++|(?<!\S)[^\s/]++/\S++")
"""The parts in which notes of one kind differ: names, numbers, paths and media types."""
_MORE: Final = 10


def report(package: Package) -> dict[str, Any]:
    """The report as data; the counts of document and package have the same keys where they mean the same."""
    document = package.document
    return {
        "document": {
            "file": shown_file(document.file),
            "kind": document.kind,
            "title": document.title,
            "version": document.version,
            "sha256": dict(sorted((shown_file(name), digest) for name, digest in document.inputs.items())),
        },
        "complete": is_complete(document),
        "counts": {
            "document": dict(sorted(document.counts.items())),
            "package": package_counts(package),
            "dropped": _dropped_counts(document),
            "rendered": rendered_counts(package),
        },
        "kinds": {
            "gaps": _kinds(document, "gap"),
            "notes": _kinds(document, "note"),
        },
        "gaps": [_gap(item) for item in document.gaps if item.severity == "gap"],
        # Gaps are listed one by one, as each is a loss; a note may apply to a thousand places alike.
        "notes": _folded(item for item in document.gaps if item.severity == "note"),
        "files": sorted(package.files),
    }


def is_complete(document: Document) -> bool:
    """Whether nothing of the document is missing; notes do not count."""
    return not any(item.severity == "gap" for item in document.gaps)


def package_counts(package: Package) -> dict[str, int]:
    """Counts of what the rendered package holds of the document, by the keys of `Document.counts`."""
    document = package.document
    operations = [method.operation for method in package.plan.methods]
    return {
        "bodies": sum(operation.body is not None for operation in operations),
        "operations": len(operations),
        "parameters": sum(len(operation.parameters) for operation in operations),
        "properties": _properties(document),
        "responses": sum(len(operation.responses) for operation in operations),
        "schemas": packaged(document)["schemas"],
    }


def _properties(document: Document) -> int:
    """Fields that are properties in the document, each once however many classes inherit it.

    The fields of a Postman document are read from its examples, where many share one place.
    """
    places = [item.place for model in document.models for item in model.fields]
    if document.kind.startswith("postman"):
        return len(places)
    return len({(place.file, place.pointer) for place in places if "/properties/" in place.pointer})


def rendered_counts(package: Package) -> dict[str, int]:
    """Counts of the package in Python terms, inline schemas and inherited fields included."""
    document = package.document
    return {
        "aliases": len(document.aliases),
        "auth": len(document.auth),
        "enums": len(document.enums),
        "fields": sum(len(model.fields) for model in document.models),
        "methods": len(package.plan.methods),
        "models": len(document.models),
        "resources": sum(len(root.walk()) for root in package.plan.roots),
    }


def _dropped_counts(document: Document) -> dict[str, int]:
    plural = {"body": "bodies", "property": "properties"}
    found = Counter(plural.get(item.what, f"{item.what}s") for item in document.gaps if item.dropped)
    return dict(sorted(found.items()))


def _kinds(document: Document, severity: Severity) -> dict[str, int]:
    """The number of findings of each kind, the most common first."""
    return dict(Counter(item.what for item in document.gaps if item.severity == severity).most_common())


def _folded(notes: Iterable[Gap]) -> list[dict[str, Any]]:
    """Notes that differ only in the names they contain as one entry, the most common first.

    An entry is the first of them with `count`, and in `more` the pointers of the next ones.
    """
    groups: dict[tuple[str, str], list[Gap]] = {}
    for item in notes:
        groups.setdefault((item.what, _NAMES.sub("…", item.reason)), []).append(item)
    ranked = sorted(groups.values(), key=len, reverse=True)
    return [
        {**_gap(group[0]), "count": len(group), "more": [item.place.pointer for item in group[1:_MORE]]}
        for group in ranked
    ]


def write_report(package: Package, path: Path) -> None:
    """Write report.json.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text(json_text(report(package)), encoding="utf-8", newline="\n")


def summary(package: Package) -> str:
    """One line for people."""
    document = package.document
    gaps = sum(item.severity == "gap" for item in document.gaps)
    notes = len(document.gaps) - gaps
    said = (
        f"{len(document.operations)} operations, {len(document.models)} models, {len(document.enums)} enums"
    )
    kinds = ", ".join(f"{count} {what}" for what, count in _kinds(document, "gap").items())
    found = [f"{gaps} gap{'s' if gaps != 1 else ''}"] if gaps else []
    found += [f"{notes} note{'s' if notes != 1 else ''}"] if notes else []
    counted = ", ".join(found) if found else "nothing left out"
    return f"{said}; {counted}" + (f" (gaps: {kinds})" if kinds else "")


def gap_text(item: Gap) -> str:
    """One line for one gap: place, kind, reason."""
    line = f":{item.place.line}" if item.place.line is not None else ""
    return f"{item.place.file}{line}: #{item.place.pointer}: {item.what}: {item.reason}"


def _gap(item: Gap) -> dict[str, Any]:
    return {
        "file": shown_file(item.place.file),
        "pointer": item.place.pointer,
        "line": item.place.line,
        "what": item.what,
        "reason": item.reason,
        "severity": item.severity,
        "dropped": item.dropped,
    }
