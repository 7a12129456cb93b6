"""Changes of a page that nobody expects: each is seen, written or left, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.codegen.drift.test_import import imported

from codegen.__main__ import main
from codegen.drift.running import UsageError, find_drift
from codegen.vendor import VendorError, read_vendor_document
from codegen.vendor_import.yaml_text import YamlText
from tests.codegen.drift.page import IDI
from tests.codegen.drift.test_page_drift import PAGE, drift, swap

LIMITS = "How many; the default value is {}, and you can ask for up to {}."
CAPPED = PAGE.replace("$top\ninteger\n\nWhat this one means.", f"$top\ninteger\n\n{LIMITS.format(100, 500)}")
# One search has a limit of its own.
_OWN = CAPPED.index("up to 500", CAPPED.index("Search Customer Service Summary\n"))
CAPPED = f"{CAPPED[:_OWN]}up to 100{CAPPED[_OWN + 9 :]}"


def patch_lines(text: str, folder: Path) -> list[str]:
    result, spec, page = imported(text, folder)
    result.write()
    assert find_drift(spec, page).findings == []
    return [
        line for line in result.patch().splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]


def test_a_page_cap_that_moved_is_written_where_it_stands(tmp_path: Path) -> None:
    """Fourteen operations share the parameter: one word of the spec changes, and none is copied."""
    text = CAPPED.replace("up to 500", "up to 1000")
    found = drift(text, tmp_path)
    assert {(f.facet, f.old, f.new) for f in found} == {("page limit of query parameter", "500", "1000")}
    (gone, new) = patch_lines(text, tmp_path)
    assert (gone[1:].strip(), new[1:].strip()) == (
        "x-trunkline: {provenance: documented, page_size: 100, page_limit: 500}",
        "x-trunkline: {provenance: documented, page_size: 100, page_limit: 1000}",
    )


def test_a_page_cap_of_one_operation_stays_with_it(tmp_path: Path) -> None:
    """The shared parameter keeps what the other pages say."""
    place = CAPPED.index("up to 500", CAPPED.index("Search Devices\n"))
    text = f"{CAPPED[:place]}up to 250{CAPPED[place + 9 :]}"
    assert [(f.operation, f.new) for f in drift(text, tmp_path)] == [("Search Devices", "250")]
    assert not any("page_limit: 500" in line for line in patch_lines(text, tmp_path) if line[0] == "-")


def test_an_enum_that_all_share_is_changed_once(tmp_path: Path) -> None:
    """No copy in each operation, and no shared parameter left without a user."""
    text = PAGE.replace('Enum: "allpages" "none"', 'Enum: "allpages" "none" "page"')
    assert [line.strip() for line in patch_lines(text, tmp_path)] == [
        "-        enum: [allpages, none]",
        "+        enum: [allpages, none, page]",
    ]


def test_a_removed_section_takes_its_own_heading_along(tmp_path: Path) -> None:
    """The comment behind an entry is the heading of what follows, and stays."""
    start, end = PAGE.index("Contract\n\nResources"), PAGE.index("Coverage Service Area\n\nResources")
    gone = [line for line in patch_lines(PAGE[:start] + PAGE[end:], tmp_path) if "# ----" in line]
    assert {line[1:].split("-- ")[1].split(" ")[0] for line in gone} == {"Contract"}


def test_a_removed_property_takes_the_comment_that_touches_it_along() -> None:
    """A comment after a blank line is a heading, and is no part of it."""
    text = "a:\n  # why b\n  b: 1\n  c: 2\n\n# heading\n\nd: 1\ne: 2\n"
    edited = YamlText(text)
    del edited.data["a"]["b"], edited.data["d"]
    assert edited.text() == "a:\n  c: 2\n\n# heading\n\ne: 2\n"


def test_a_schema_that_nothing_used_before_is_not_removed(tmp_path: Path) -> None:
    """An import takes away what it left behind, not what the person keeps."""
    spec, page = tmp_path / "openapi.yaml", tmp_path / "page.txt"
    kept = "    Kept:\n      type: object\n      description: For later.\n"
    spec.write_text(IDI.read_text(encoding="utf-8").replace("  schemas:\n", f"  schemas:\n{kept}", 1))
    (tmp_path / "openapi.vendor.yaml").write_bytes(IDI.with_name("openapi.vendor.yaml").read_bytes())
    page.write_text(swap("bind : replace", "bind : add, replace"), encoding="utf-8")
    assert main(["import", str(page), "--into", str(spec)]) == 0
    assert "Kept" in YAML(typ="safe").load(spec.read_text(encoding="utf-8"))["components"]["schemas"]


def test_null_in_a_sample_is_a_change(tmp_path: Path) -> None:
    """What the page sends as null may be null."""
    text = swap('"isNew": true', '"isNew": null', "Get a Device\n")
    assert [(f.facet, f.name, f.new) for f in drift(text, tmp_path)] == [
        ("nullability of answer field", "isNew", "or null")
    ]
    assert [line.strip() for line in patch_lines(text, tmp_path)] == [
        "-          type: boolean",
        "+          type: [boolean, 'null']",
    ]


ETF = 'Response samples\n\nContent type\napplication/json\n{\n  • "etf": 1.5\n}\n'


@pytest.mark.parametrize(
    ("sample", "reasons"),
    [
        (f"{ETF}\n{ETF}", []),
        (ETF + "\n" + ETF.replace("1.5", '"1.5"'), ["a second sample of the response, and it differs"]),
        (ETF.replace("1.5\n", '1.5,\n  • "etf": "x"\n'), ["the key 'etf' stands twice"]),
        (ETF.replace("1.5", "[" * 500 + "]" * 500), ["this sample is nested too deep"]),
    ],
    ids=["twice the same", "two that differ", "a key twice", "too deep"],
)
def test_samples_that_contradict_each_other_are_left(sample: str, reasons: list[str], tmp_path: Path) -> None:
    """The spec is not changed by the one that happens to come last."""
    text = swap(ETF, sample)
    found = drift(text, tmp_path)
    assert [f.kind for f in found] == ["unplaced"] * len(reasons)
    assert all(reason in f.note for reason, f in zip(reasons, found, strict=True))
    assert IDI.name not in {path.name for path in imported(text, tmp_path)[0].changes}


@pytest.mark.parametrize("text", [PAGE.replace("Content-Type", "Content\u2011Type"), PAGE.replace("fi", "ﬁ")])
def test_hyphens_and_ligatures_of_a_printed_page_are_layout(text: str, tmp_path: Path) -> None:
    """A PDF or a browser puts them where the vendor typed plain letters."""
    assert drift(text, tmp_path) == []


def test_a_page_cut_in_its_release_notes_is_refused(tmp_path: Path) -> None:
    """Else every route and mark that the old notes tell would be taken back."""
    with pytest.raises(VendorError, match=r"from 2\.06 down to 1\.00 are missing"):
        drift(PAGE[: PAGE.index("Release Notes 2.06")], tmp_path)


def test_the_page_of_another_api_is_refused(tmp_path: Path) -> None:
    """It would empty the spec and fill it anew."""
    other = "Balance (1.0)\n\nAccounts\n\nAll.\n\nGet an Account\n\nReads it.\n\nResponses\n"
    with pytest.raises(UsageError, match="describes another API"):
        drift(other, tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "openapi: " + "[" * 100_000])
def test_a_document_nested_without_end_is_refused(text: str, tmp_path: Path) -> None:
    """With a message and status 2, not with a traceback."""
    path = tmp_path / "deep.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VendorError):
        read_vendor_document(path, "deep.json")
    assert main(["drift", str(IDI), str(path)]) == 2


def test_a_field_renamed_in_every_answer_and_in_the_notes_is_imported(tmp_path: Path) -> None:
    """The mark of a field that the same import removes leads nowhere, and stops nothing."""
    lines = patch_lines(PAGE.replace("profileName", "profile"), tmp_path)
    assert {line.strip(" +-") for line in lines} >= {"profileName:", "profile:"}


def test_a_name_that_an_old_note_added_can_be_removed(tmp_path: Path) -> None:
    """The notes go on saying that it came; it is remembered as gone, and forgotten when it comes back."""
    entry = "  • sid : add, remove, replace [Rev 2.06]\n\n"
    result, spec, page = imported(swap(entry, ""), tmp_path)
    result.write()
    assert result.left == find_drift(spec, page).findings == []
    baseline = spec.with_name("openapi.vendor.yaml")
    assert "  - patchable sid @ Update a Device\n" in baseline.read_text(encoding="utf-8")
    page.write_text(PAGE, encoding="utf-8")
    assert [(f.kind, f.facet, f.name) for f in find_drift(spec, page).findings] == [
        ("added", "patchable", "sid")
    ]
    assert main(["import", str(page), "--into", str(spec)]) == 0
    assert find_drift(spec, page).findings == []
    assert "gone" not in YAML(typ="safe").load(baseline.read_text(encoding="utf-8"))
