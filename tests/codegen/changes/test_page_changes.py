"""Changes of a page: the page of the spec is silent, every small change of it is found, and nothing else."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from codegen.changes.running import find_drift
from codegen.facts.errors import DocumentError
from tests.codegen.changes.drifting import drift, told
from tests.codegen.changes.drifting import swap as swap_in
from tests.codegen.changes.page import IDI, SHIPPED, browser_text, page_text

PAGE = page_text()
VERSION = PAGE.partition("(")[2].partition(")")[0]


def swap(old: str, new: str, after: str = "") -> str:
    return swap_in(PAGE, old, new, after)


def wrapped(width: int) -> str:
    lines: list[str] = []
    for line in PAGE.split("\n"):
        indent = "    " if line.startswith("  ") else ""
        parts = textwrap.wrap(
            line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        lines += parts or [line]
    return "\n".join(lines)


@pytest.mark.parametrize("spec", [IDI, SHIPPED], ids=["frozen", "shipped"])
def test_page_of_the_spec_has_no_difference(spec: Path, tmp_path: Path) -> None:
    """The page states what the spec states."""
    path = tmp_path / "page.txt"
    path.write_text(page_text(spec), encoding="utf-8")
    assert find_drift(spec, path).changes == ()


def test_key_that_a_lone_row_lost_is_missed(tmp_path: Path) -> None:
    """A sample may show one row where a collection comes: its keys are those of the row."""
    path = tmp_path / "page.txt"
    path.write_text(swap('  • "featureID": 7,\n', "", "\nSearch Plan History\n"), encoding="utf-8")
    (change,) = find_drift(IDI, path).changes
    assert (change.kind, change.subject.path) == ("removed", ("value", "[]", "featureID"))


@pytest.mark.parametrize("capitals", [True, False], ids=["Chromium", "Firefox"])
@pytest.mark.parametrize("spec", [IDI, SHIPPED], ids=["frozen", "shipped"])
def test_a_copy_from_a_browser_tells_the_routes_and_nothing_else(
    spec: Path, capitals: bool, tmp_path: Path
) -> None:
    """The way that the manual recommends first."""
    path = tmp_path / "page.txt"
    path.write_text(browser_text(spec, capitals=capitals), encoding="utf-8")
    changes = find_drift(spec, path).changes
    assert {(c.kind, c.aspect) for c in changes} == {("documented", "route")}
    assert len(changes) == 28


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PAGE.replace("\n", "\r\n"), id="windows line ends"),
        pytest.param(PAGE.replace("\n", "\r"), id="old mac line ends"),
        pytest.param("\ufeff" + PAGE, id="byte order mark"),
        *(pytest.param(PAGE.replace("•", bullet), id=f"bullet {bullet}") for bullet in "-*\u2013\u2014·◦▪"),
        pytest.param(PAGE.replace(" ", "\u00a0"), id="no-break spaces"),
        pytest.param(PAGE.replace('"', "”"), id="curly quotes"),
        pytest.param(re.sub(r"^  •", "\t•", PAGE, flags=re.MULTILINE), id="tabs"),
        pytest.param(re.sub(r"^ +", "", PAGE, flags=re.MULTILINE), id="no indents"),
        pytest.param(re.sub(r"\n\n+", "\n", PAGE), id="no blank lines"),
        pytest.param(PAGE.replace("\n", "\n\n"), id="double blank lines"),
        pytest.param(PAGE + "\nAPI docs by Redocly\n", id="Redoc's own last words"),
        pytest.param(PAGE.replace("Content-Type", "Content\u2011Type"), id="no-break hyphens"),
        pytest.param(PAGE.replace("fi", "ﬁ"), id="ligatures"),
        *(pytest.param(wrapped(width), id=f"wrapped at {width}") for width in (100, 80, 72, 60)),
    ],
)
def test_layout_alone_is_no_difference(text: str, tmp_path: Path) -> None:
    """What only the layout changes is not reported."""
    assert told(drift(text, tmp_path)) == []


NEW = """Get a Widget

Reads one widget. [Rev 2.38]

Authorizations:
SWT
path Parameters
id
required
integer

Key.

Responses

Response samples

Content type
application/json
{
  • "id": 1
}

"""


@pytest.mark.parametrize(
    ("text", "kind", "facet", "operation", "name"),
    [
        (swap("Search Devices\n", f"{NEW}Search Devices\n"), "added", "operation", "Get a Widget", ""),
        (swap("Search SIM\n", "Search SIMs\n"), "changed", "title", "Search SIM", ""),
        (
            swap("aKey\nstring", "aKey\nrequired\nstring"),
            "added",
            "required mark of body field",
            "Create a Device",
            "aKey",
        ),
        (swap("bind\nboolean", "bind\nstring"), "changed", "type of body field", "Create a Device", "bind"),
        (
            swap("eid\nstring\n\nWhat this one means. [Rev 2.00]\n\n", ""),
            "removed",
            "body field",
            "Create a Device",
            "eid",
        ),
        (
            swap('Enum: "allpages" "none"', 'Enum: "allpages"'),
            "changed",
            "Enum of query parameter",
            "Search Phone Book Special Numbers",
            "$inlinecount",
        ),
        (
            swap("Filterable : imsi, ", "Filterable : iccid, imsi, "),
            "added",
            "filterable",
            "Search SIM",
            "iccid",
        ),
        (swap("Sortable : simClass, ", "Sortable : "), "removed", "sortable", "Search SIM", "simClass"),
        (
            swap("bind : replace", "bind : add, replace"),
            "changed",
            "verbs of patchable",
            "Update a Device",
            "bind",
        ),
        (swap("  • msl : add, remove, replace\n\n", ""), "removed", "patchable", "Update a Device", "msl"),
        (swap("GET api/healthcheck", "GET api/health"), "changed", "route", "Health Check", ""),
        (
            PAGE.replace("PATCH api/device/{deviceID}", "PATCH api/devices/{deviceID}"),
            "changed",
            "route",
            "Update a Device",
            "",
        ),
        (swap(f"({VERSION})", "(99.1)"), "changed", "version", "", ""),
        (
            swap("[Rev 2.06]", "[Rev 2.38]", "updateAssociatedServices\nboolean"),
            "changed",
            "revision mark of query parameter",
            "Update a Device",
            "updateAssociatedServices",
        ),
        (swap('  • "kKey": "text",\n', "", "Get a SIM\n"), "removed", "response field", "Get a SIM", "kKey"),
        (swap('"simID": 7', '"simID": "7"'), "changed", "type of response field", "Create a SIM", "simID"),
        (swap("Authorizations:\nSWT\n", ""), "removed", "authorizations", "Health Check", ""),
        (
            swap("Release Notes 2.36\n", "Release Notes 2.36\n\n  • Things happened.\n"),
            "sentence",
            "release note",
            "",
            "",
        ),
        (swap("Release Notes 2.35\n\n", ""), "removed", "release", "", "2.35"),
        (
            swap("simID\nrequired\ninteger", "id\nrequired\ninteger", "Get a SIM\n"),
            "changed",
            "path parameter",
            "Get a SIM",
            "simID",
        ),
        (
            swap("charge [Rev 2.37]", "charge [Rev 2.38]"),
            "changed",
            "revision mark of sortable",
            "Search Services For Advance Pay",
            "charge",
        ),
        (
            swap("Added GET api/service/search", "Added POST api/service/search"),
            "changed",
            "route",
            "Search Services",
            "",
        ),
        (
            swap("Release Notes 2.36\n", "Release Notes 2.36\n\n  • Deprecated GET api/healthcheck\n"),
            "added",
            "deprecation",
            "Health Check",
            "",
        ),
        (
            swap("Release Notes\n", f"{NEW}Release Notes\n").replace(
                "Release Notes 2.36\n", "Release Notes 2.36\n\n  • Added Get a Widget GET api/widget/{id}\n"
            ),
            "added",
            "operation",
            "Get a Widget",
            "",
        ),
        (
            swap("msl : add, remove, replace\n", "msl : add, remove, replace\n\n%% x\n"),
            "unread",
            "text",
            "Update a Device",
            "",
        ),
        (swap("$skip\ninteger", "$skip\nuuid", "Search SIM\n"), "unread", "text", "Search SIM", ""),
        (swap("Responses\n", "Responses\n\n%% x\n", "Search SIM\n"), "unread", "text", "Search SIM", ""),
        (swap("\nGet a SIM\n", "\n%% x\n\nGet a SIM\n"), "unread", "text", "Search SIM", ""),
        (PAGE[: PAGE.index("Release Notes\n")], "removed", "release", "", "59 releases"),
        (
            swap("coverageTypeID\ninteger", "coverageTypeID\ninteger or null", "Add Coverage Indicators\n"),
            "added",
            "nullability of body field",
            "Add Coverage Indicators",
            "coverageTypeID",
        ),
        (
            swap("Release Notes\n", "A stray line.\n\nRelease Notes\n"),
            "unread",
            "text",
            "Get an Available eSIM",
            "",
        ),
        (
            swap("Get a SIM\n", "Get a SIM Deprecated\n", "Create a SIM\n"),
            "added",
            "deprecation",
            "Get a SIM",
            "",
        ),
        (
            swap("aKey\nstring", "aKey\nstring Deprecated"),
            "added",
            "deprecation of body field",
            "Create a Device",
            "aKey",
        ),
        (
            swap("eid\nstring\n\nWhat this one means.", "eid\nstring\n\nUse imei instead."),
            "added",
            "deprecation of body field",
            "Create a Device",
            "eid",
        ),
        (
            swap("aKey\nstring", "aKey\nstring^[0-9]{32}$"),
            "added",
            "pattern of body field",
            "Create a Device",
            "aKey",
        ),
        (
            swap("msl\nstring", "msl\nstring <= 12 characters"),
            "added",
            "max length of body field",
            "Create a Device",
            "msl",
        ),
        (
            swap("$skip\ninteger", "$skip\ninteger\nDefault: 0", "Search SIM\n"),
            "added",
            "default of query parameter",
            "Search SIM",
            "$skip",
        ),
    ],
)
def test_one_change_is_one_finding(
    text: str, kind: str, facet: str, operation: str, name: str, tmp_path: Path
) -> None:
    """Each change is found in its place, and nothing else is reported."""
    assert told(drift(text, tmp_path)) == [(kind, facet, operation, name)]


@pytest.mark.parametrize(
    ("table", "line", "facet"),
    [
        ("Create a Device\n", "softwareVersion\nstring\n", "body field"),
        ("Update a Device\n", "updateAssociatedServices\nboolean\n", "query parameter"),
    ],
)
def test_note_without_a_part_is_about_the_input_that_the_page_lists(
    table: str, line: str, facet: str, tmp_path: Path
) -> None:
    """`Added warrantyEnd to Create a Device` adds no field to the response, which shows none."""
    title = table.strip()
    method = "POST api/device" if facet == "body field" else "PATCH api/device/{deviceID}"
    page = swap_in(PAGE, line, f"warrantyEnd\nstring\n\nWhat it means.\n\n{line}", table)
    note = f"Release Notes 2.36\n\n  • Added warrantyEnd to {title} {method}\n"
    found = told(drift(page.replace("Release Notes 2.36\n", note), tmp_path))
    assert found[0] == ("added", facet, title, "warrantyEnd")
    assert {name for _, facet, _, name in found if facet == "response field"} == set()


def test_another_base_url_in_the_samples_is_one_finding(tmp_path: Path) -> None:
    """However often it occurs."""
    (change,) = drift(PAGE.replace("api.idibilling.com", "api.idibilling.net"), tmp_path)
    assert (change.kind, change.aspect, change.note) == ("changed", "url", "in the samples")


def test_expanded_rows_are_documented_now(tmp_path: Path) -> None:
    """Names that the spec inferred are said to be documented, each with both lines."""
    row = '{\n          • "enabled": true,\n          • "description": "a"\n        }'
    rows = f'"value": [\n      • {row}\n    ]'
    found = drift(swap('"value": [\n    ]', rows), tmp_path)
    assert [(c.kind, c.subject.name) for c in found] == [
        ("documented", "enabled"),
        ("documented", "description"),
    ]
    assert all(c.old_place and c.old_place.line and c.new_place and c.new_place.line for c in found)


@pytest.mark.parametrize("text", ["", "hello\nworld\n", "Name (1.0)\n\nNothing else.\n"])
def test_unusable_page_names_its_line(text: str, tmp_path: Path) -> None:
    """A document that is no page is refused with a line."""
    with pytest.raises(DocumentError, match=r"page\.txt:\d+: "):
        drift(text, tmp_path)


def test_half_a_page_is_refused(tmp_path: Path) -> None:
    """A cut must not pass for the end of all that stood behind it."""
    path = tmp_path / "page.txt"
    path.write_text(PAGE[: PAGE.index("Search SIM\n")], encoding="utf-8")
    with pytest.raises(DocumentError, match=r"page\.txt:\d+: the page ends here"):
        find_drift(IDI, path)


def test_a_page_cut_in_its_release_notes_is_refused(tmp_path: Path) -> None:
    """Else every route and mark that the old notes tell would be taken back."""
    path = tmp_path / "page.txt"
    path.write_text(PAGE[: PAGE.index("Release Notes 2.06")], encoding="utf-8")
    with pytest.raises(DocumentError, match=r"from 2\.06 down to 1\.00 are missing"):
        find_drift(IDI, path)
