"""A vendor's OpenAPI download: what its schemas declare of answers, and what else pages cannot say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from codegen.drift.finding import Finding
from codegen.drift.running import find_drift
from codegen.vendor_import.removal import unused_components
from codegen.vendor_import.run import import_document
from tests.codegen.drift.page import IDI

Document = dict[str, Any]
Change = Callable[[Document], object]


def _devices() -> Document:
    """The part of the spec that speaks of devices: small, since an import reads and writes it many times."""
    spec: Document = YAML(typ="safe", pure=True).load(IDI.read_text(encoding="utf-8"))
    spec["paths"] = {path: item for path, item in spec["paths"].items() if path.startswith("/api/device")}
    for kind, name in unused_components(spec):
        del spec["components"][kind][name]
    return spec


SPEC = _devices()
NOTES = "# Release Notes\n\n## Release Notes 1.13\n\n* Added Search Devices GET api/device\n"
VENDORS: Document = {**SPEC, "info": {**SPEC["info"], "description": NOTES}}


def field(document: Document, name: str, schema: str = "Device") -> Document:
    found: Document = document["components"]["schemas"][schema]["properties"][name]
    return found


def operation(document: Document, path: str = "/api/device", method: str = "get") -> Document:
    found: Document = document["paths"][path][method]
    return found


@pytest.fixture(name="taken", scope="module")
def _taken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The spec that has taken over what the vendor's document says."""
    folder = tmp_path_factory.mktemp("taken")
    spec, path = folder / "openapi.yaml", folder / "vendor.json"
    with spec.open("w", encoding="utf-8") as file:
        YAML().dump(SPEC, file)
    path.write_text(json.dumps(VENDORS, indent=1), encoding="utf-8")
    import_document(path, spec).write()
    return spec.read_text(encoding="utf-8")


def changed(change: Change, taken: str, folder: Path) -> tuple[Path, Path]:
    """The spec, and the vendor's document after a change."""
    spec, path = folder / "openapi.yaml", folder / "vendor.json"
    spec.write_text(taken, encoding="utf-8")
    document = json.loads(json.dumps(VENDORS))
    change(document)
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return spec, path


def drift(spec: Path, path: Path) -> list[Finding]:
    """The findings but what a guess of ours is documented by."""
    return [f for f in find_drift(spec, path).findings if f.kind != "documented"]


@pytest.mark.parametrize(
    ("change", "facet", "old", "new"),
    [
        (
            lambda d: field(d, "lastModifiedDate").update(format="date"),
            "type of answer field",
            "string <date-time>",
            "string <date>",
        ),
        (
            lambda d: field(d, "deviceStatus").update(enum=["Lost", "Stolen"]),
            "Enum of answer field",
            "",
            "Lost, Stolen",
        ),
        (
            lambda d: field(d, "deviceStatus").update(type=["string", "null"]),
            "nullability of answer field",
            "never null",
            "or null",
        ),
        (
            lambda d: d["components"]["schemas"]["Device"].update(required=["deviceStatus"]),
            "required mark of answer field",
            "optional",
            "required",
        ),
        (
            lambda d: field(d, "deviceID", "DeviceCreate").update(format="int64"),
            "type of body field",
            "integer",
            "integer <int64>",
        ),
        (lambda d: operation(d).update(deprecated=True), "deprecation", "", ""),
        (
            lambda d: d["paths"].update({"/api/devices": d["paths"].pop("/api/device")}),
            "route",
            "GET api/device",
            "GET api/devices",
        ),
    ],
)
def test_what_a_schema_declares_is_compared_and_imported(
    change: Change, facet: str, old: str, new: str, taken: str, tmp_path: Path
) -> None:
    """Found for each operation that meets it, written, and not found again."""
    spec, path = changed(change, taken, tmp_path)
    found = drift(spec, path)
    assert (facet, old, new) in {(f.facet, f.old, f.new) for f in found}
    assert {f.facet for f in found} <= {facet}
    result = import_document(path, spec)
    result.write()
    assert drift(spec, path) == []
    assert len([line for line in result.patch().splitlines() if line[:2] in ("+ ", "- ")]) <= 5


@pytest.mark.parametrize(
    ("change", "kind", "facet"),
    [
        (lambda d: d.update(security=[{"Key": []}]), "changed", "authorizations"),
        (
            lambda d: operation(d, "/api/device/{deviceID}")["responses"]["200"].pop("content"),
            "removed",
            "answer",
        ),
        (
            lambda d: field(d, "bind").update({"$ref": "#/components/schemas/Nowhere"}),
            "unplaced",
            "text",
        ),
        (
            lambda d: field(d, "bind").update({"$ref": "https://elsewhere.example/a.json#/b"}),
            "unplaced",
            "text",
        ),
    ],
)
def test_what_only_a_person_can_decide_is_left(
    change: Change, kind: str, facet: str, taken: str, tmp_path: Path
) -> None:
    """Another way to sign in, an answer that is gone, a reference that leads nowhere."""
    spec, path = changed(change, taken, tmp_path)
    assert (kind, facet) in {(f.kind, f.facet) for f in drift(spec, path)}
    assert (kind, facet) in {(f.kind, f.facet) for f in import_document(path, spec).left}


def test_a_schema_that_holds_itself_is_written_once(taken: str, tmp_path: Path) -> None:
    """Not opened again and again."""
    device = {"$ref": "#/components/schemas/Device"}
    spec, path = changed(
        lambda d: d["components"]["schemas"]["Device"]["properties"].update(parent=device), taken, tmp_path
    )
    result = import_document(path, spec)
    result.write()
    written = YAML(typ="safe").load(spec.read_text(encoding="utf-8"))["components"]["schemas"]["Device"]
    assert written["properties"]["parent"]["type"] == "object"
    assert "properties" not in written["properties"]["parent"]
    assert drift(spec, path) == []
