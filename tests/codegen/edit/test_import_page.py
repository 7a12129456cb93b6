"""Import: what the page says comes into the spec, and every other line of it stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from codegen.__main__ import main
from codegen.changes.change import Change
from codegen.changes.running import find_drift
from codegen.edit.run import Imported, import_document
from tests.codegen.changes.page import IDI
from tests.codegen.changes.test_page_changes import NEW, PAGE, VERSION, swap


def imported(text: str, folder: Path) -> tuple[Imported, Path, Path]:
    spec, page = folder / "openapi.yaml", folder / "page.txt"
    for source in (IDI, IDI.with_name("openapi.vendor.yaml")):
        shutil.copy(source, folder / source.name)
    page.write_text(text, encoding="utf-8")
    result = import_document(page, spec)
    return result, spec, page


def differences(spec: Path, page: Path) -> list[Change]:
    """What drift lists, the quiet class aside."""
    return [change for change in find_drift(spec, page).changes if not change.quiet]


def test_unchanged_page_changes_no_byte(tmp_path: Path) -> None:
    """An import of what the spec says already writes nothing."""
    result, _, _ = imported(PAGE, tmp_path)
    assert result.changes == {}


def test_note_that_brings_a_field_gives_its_revision_too(tmp_path: Path) -> None:
    """However many further sentences of the release the spec bears out once they are written."""
    notes = (
        "Release Notes 2.36\n\n"
        "  • Added MSAGDate to response of Validate MSAG POST api/service/validateMSAG\n\n"
        "  • Deprecated GET api/healthcheck\n"
    )
    page = swap('  • "MSAGValidated"', '  • "MSAGDate": "text",\n  • "MSAGValidated"', "Validate MSAG\n")
    result, spec, _ = imported(page.replace("Release Notes 2.36\n", notes), tmp_path)
    assert result.to_decide == []
    result.write()
    assert spec.read_text(encoding="utf-8").count("since: '2.36'") == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (swap("aKey\nstring", "aKey\nrequired\nstring"), 2),
        (swap("bind : replace", "bind : add, replace"), 2),
        (swap("Sortable : simClass, ", "Sortable : "), 2),
        (swap('Enum: "allpages" "none"', 'Enum: "allpages"'), 9),
        (swap(f"({VERSION})", "(99.1)"), 2),
        (swap("GET api/healthcheck", "GET api/health"), 4),
        (PAGE.replace("api.idibilling.com", "api.idibilling.net"), 2),
        (
            swap(
                "One sentence on what this does. [Rev 1.13]", "One sentence. [Rev 2.38]", "Search Devices\n"
            ),
            2,
        ),
        (swap('  • "kKey": "text",\n', "", "Get a SIM\n"), 2),
    ],
)
def test_mechanical_change_is_written_in_few_lines(text: str, lines: int, tmp_path: Path) -> None:
    """After the import nothing differs, and the diff holds the change alone."""
    result, spec, page = imported(text, tmp_path)
    result.write()
    changed = [
        line for line in result.patch().splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert result.to_decide == []
    assert len(changed) <= lines
    assert differences(spec, page) == []


def test_new_operation_gets_a_full_entry_and_a_line_for_the_person(tmp_path: Path) -> None:
    """The route is inferred from the others and says so."""
    result, spec, page = imported(swap("Search Devices\n", f"{NEW}Search Devices\n"), tmp_path)
    result.write()
    data = YAML(typ="safe").load(spec.read_text(encoding="utf-8"))
    entry = data["paths"]["/api/device/{id}/widget"]["get"]
    assert entry["summary"] == "Get a Widget"
    assert entry["x-trunkline"]["provenance"] == {
        "route": "inferred",
        "request": "documented",
        "response": "documented",
    }
    assert len(result.written.look) == 1
    assert differences(spec, page) == []


def test_inferred_rows_are_raised_to_documented(tmp_path: Path) -> None:
    """Provenance follows the page; descriptions stay."""
    rows = '"value": [\n      • {\n          • "enabled": true\n        }\n    ]'
    result, spec, _ = imported(swap('"value": [\n    ]', rows), tmp_path)
    result.write()
    data = YAML(typ="safe").load(spec.read_text(encoding="utf-8"))
    fields = data["components"]["schemas"]["PhoneBookSpecialNumber"]["properties"]
    assert fields["enabled"]["x-trunkline"]["provenance"] == "documented"
    assert fields["description"]["x-trunkline"]["provenance"] == "inferred"


def test_undecided_text_is_left_to_the_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1 and the list; a dry run writes nothing."""
    _, spec, page = imported(swap("Release Notes\n", "A stray line.\n\nRelease Notes\n"), tmp_path)
    before = spec.read_bytes()
    assert main(["import", str(page), "--into", str(spec), "--dry-run"]) == 1
    assert "A stray line." in capsys.readouterr().out
    assert spec.read_bytes() == before


ADD = "Add Coverage Indicators\n"
TABLE = "coverageTypeID\ninteger"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(swap('"imsi": "text",', '"imsi": "text",\n  • "zoo": 5,', "Get a SIM\n"), id="shared"),
        pytest.param(swap("$top\n", "$limit\n", "Search SIM\n"), id="another name"),
        pytest.param(swap(TABLE, "coverageTypeID\nstring", ADD), id="against its sample"),
        pytest.param(
            swap(TABLE + "\n\nWhat this one means.\n\n", "", ADD),
            id="only in the sample",
        ),
        pytest.param(
            swap("path Parameters", "header Parameters\nX-Trace\nstring\n\npath Parameters", "Get a SIM\n"),
            id="header",
        ),
        pytest.param(swap('"@odata.count"', '"@count"', "Search SIM\n"), id="a key with a dot"),
        pytest.param(swap("charge [Rev 2.37]", "charge [Rev 2.38]"), id="mark of a list"),
        pytest.param(swap("simID\nrequired", "id\nrequired", "Get a SIM\n"), id="path variable"),
        pytest.param(
            PAGE[: PAGE.index("Get a SIM\n")] + PAGE[PAGE.index("Get an Available eSIM\n") :], id="operation"
        ),
        pytest.param(
            PAGE.replace('  • "kappli": "text",\n', ""),
            id="gone from every answer",
        ),
    ],
)
def test_import_leaves_no_difference(text: str, tmp_path: Path) -> None:
    """What the first writing brings to light is written too."""
    result, spec, page = imported(text, tmp_path)
    result.write()
    assert result.to_decide == []
    assert differences(spec, page) == []


@pytest.mark.parametrize(
    "text",
    [
        swap("simID\nrequired\n", "simID\n", "Get a SIM\n"),
        swap("$skip\ninteger", "$skip\nuuid", "Search SIM\n"),
        swap('"simID": 7', '"simID": "7"', "Get a SIM\n"),
    ],
)
def test_what_cannot_be_written_is_left_alone(text: str, tmp_path: Path) -> None:
    """An optional path variable, an unknown type, a type that other samples contradict: the spec stays."""
    result, spec, _ = imported(text, tmp_path)
    assert len(result.to_decide) == 1
    assert spec not in result.changes


def test_new_operation_stands_with_its_section(tmp_path: Path) -> None:
    """Behind the last path of the section, with the route that the notes give."""
    text = swap("Update a Device\n", f"{NEW}Update a Device\n").replace(
        "Release Notes 2.36\n", "Release Notes 2.36\n\n  • Added Get a Widget GET api/widget/{id}\n"
    )
    result, spec, page = imported(text, tmp_path)
    result.write()
    paths = YAML(typ="safe").load(spec.read_text(encoding="utf-8"))["paths"]
    keys = list(paths)
    new = keys.index("/api/widget/{id}")
    assert paths[keys[new]]["get"]["x-trunkline"]["provenance"]["route"] == "documented"
    assert next(iter(paths[keys[new - 1]].values()))["tags"] == paths[keys[new]]["get"]["tags"]
    assert new < len(keys) - 1
    assert "\n\n  /api/widget/{id}:\n" in spec.read_text(encoding="utf-8")
    assert f"\n\n  {keys[new + 1]}:\n" in spec.read_text(encoding="utf-8")
    assert differences(spec, page) == []
