"""What clients met in responses, written into the specs as `observed`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from codegen.__main__ import main
from codegen.edit.run import import_document
from codegen.read import read_document
from tests.codegen.update.exports import SPECS


def seen(kind: str, path: str, example: str) -> dict[str, Any]:
    return {"kind": kind, "path": path, "count": 3, "example": example}


IDI = {
    "device.get": {
        "differences": [
            seen("unknown field", "$.colour", "text of 4"),
            seen("other type", "$.isNew", "text of 1"),
            seen("missing field", "$.pin", ""),
        ]
    },
    "device.search": {"differences": [seen("unknown field", "$.value[].colour", "text of 4")]},
}
ABZORB = {
    "connections.get_by_cli": {
        "differences": [
            seen("unknown field", "$.roamingZone", "text of 2"),
            seen("other type", "$.isEsim", "text of 1"),
        ]
    }
}


def followed(folder: Path, api: str, spec: str, report: dict[str, Any]) -> tuple[Path, Path]:
    shutil.copytree(SPECS / api, folder / api)
    drift, path = folder / "drift.json", folder / api / spec
    drift.write_text(json.dumps(report), encoding="utf-8")
    assert main(["import", str(drift), "--into", str(path)]) == 1
    return drift, path


def test_observed_fields_are_written_into_an_openapi_spec(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What never came is for the person; a second import of the report changes nothing."""
    drift, path = followed(tmp_path, "idi", "openapi.yaml", IDI)
    assert "it never came" in capsys.readouterr().out
    properties = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["components"]["schemas"]["Device"][
        "properties"
    ]
    assert properties["colour"]["type"] == "string"
    assert properties["colour"]["x-trunkline"]["provenance"] == "observed"
    assert properties["isNew"]["type"] == "string"
    assert properties["isNew"]["x-trunkline"]["provenance"] == "observed"
    assert read_document(path).operations
    assert import_document(drift, path).changes == {}


def test_observed_fields_are_written_into_an_overlay(tmp_path: Path) -> None:
    drift, path = followed(tmp_path, "abzorb", "collection.json", ABZORB)
    overlay = path.with_name("overlay.yaml")
    fields = YAML(typ="safe").load(overlay.read_text(encoding="utf-8"))["models"]["Connection"]["fields"]
    assert (fields["roamingZone"]["type"], fields["roamingZone"]["provenance"]) == ("string", "observed")
    assert (fields["isEsim"]["type"], fields["isEsim"]["provenance"]) == ("string", "observed")
    assert read_document(path, overlay=overlay).operations
    assert import_document(drift, path).changes == {}
