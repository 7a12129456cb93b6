"""What a page says in sentences and around its tables: notes, deprecations, tabs, the introduction."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from codegen.changes.compare import compare
from codegen.changes.descriptions import learnt
from codegen.facts.fact import API
from codegen.facts.note_wordings import reworded
from codegen.facts.prose import is_deprecation
from codegen.facts.reading import facts_of, read_facts
from codegen.facts.redoc.page import read_redoc_text
from codegen.read.source.node import Source
from tests.codegen.changes.drifting import Told, drift, spec_of, swap, told
from tests.codegen.changes.page import browser_text, page_text

SIM, SEARCH, NOTES = "\nCreate a SIM\n", "\nSearch Devices\n", "Release Notes\n"


def noted(sentence: str, text: str = "") -> str:
    """The page with one sentence in a new release."""
    page = text or page_text()
    first = page.index("Release Notes 2.")
    return f"{page[:first]}Release Notes 98.1\n\n  • {sentence}\n\n{page[first:]}"


def found(sentence: str, folder: Path, text: str = "") -> list[tuple[str, str, str]]:
    """What the sentence alone is found as."""
    changes = [c for c in drift(noted(sentence, text), folder) if c.subject.kind != "release"]
    return [(kind, what, name) for kind, what, _, name in told(changes, routes=False)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Create a SIM POST api/sim now accepts carrierID.", [("added", "body field", "carrierID")]),
        ("Get a SIM GET api/sim/{simID} now returns carrierID.", [("added", "response field", "carrierID")]),
        ("The field pin1 of Create a SIM POST api/sim is deprecated.",
         [("added", f"deprecation of {kind} field", "pin1") for kind in ("body", "response")]),
        ("Added pin1 as a sortable property of Search SIM GET api/sim.", [("added", "sortable", "pin1")]),
    ],
)  # fmt: skip
def test_a_sentence_in_other_words_is_read(
    sentence: str, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    """It speaks of the names in it, never of their whole operation."""
    assert found(sentence, tmp_path) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Updated Update a Device PATCH api/device/{deviceID} to make sid no longer patchable.",
        "Updated pin1 to be required on Create a SIM POST api/sim.",
        "Updated imsi to be no longer required on Create a SIM POST api/sim.",
        "Removed imsi from the filterable properties of Search SIM GET api/sim.",
        "Added the value page to $inlinecount of Search SIM GET api/sim.",
        "Added support for application/xml to Create a SIM POST api/sim.",
    ],
)
def test_a_sentence_that_the_tables_contradict_is_for_a_person(sentence: str, tmp_path: Path) -> None:
    """It is neither taken for said already nor covered by a revision mark of something else."""
    changes = drift(noted(sentence), tmp_path)
    (change,) = [c for c in changes if c.subject.kind != "release" and c.kind != "documented"]
    assert (change.kind, change.note) == ("sentence", "release 98.1: decide what it means for the spec")


def test_a_removal_that_a_confirmed_route_belies_is_for_a_person(tmp_path: Path) -> None:
    """That a browser's copy shows the route is no change that the sentence could rest on."""
    sentence = "Removed Get an Available eSIM GET api/sim/availableESIM"
    assert found(sentence, tmp_path, browser_text()) == [("sentence", "release note", "")]


def test_long_sentences_are_left_in_peace() -> None:
    """No wording is looked for in a page's worth of names."""
    for text in ("a, " * 100_000, "a of A GET x " * 70, "a is now b on A " * 60):
        assert reworded(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This call is scheduled for removal in 2.40.", True),
        ("This operation is being phased out.", True),
        ("Support for this operation ends in 2027.", True),
        ("Please migrate to Search Services.", True),
        ("It will be sunset on 2027-06-30.", True),
        ("It replaces the deprecated call of the same name.", False),
    ],
)
def test_further_words_for_what_is_on_its_way_out(text: str, expected: bool) -> None:
    """A word about something else is none about this."""
    assert is_deprecation(text) is expected


def test_tabs_that_a_copy_joins_are_statuses(tmp_path: Path) -> None:
    """`200409` above a sample: both are listed, and the sample is that of the first."""
    page = swap(browser_text(), "200 OK", "200 OK\n409 Conflict", SEARCH)
    page = swap(page, "Response samples\n200", "Response samples\n200409", SEARCH)
    expected = [("added", "response (409)", "Search Devices", "")]
    assert told(drift(page, tmp_path), routes=False) == expected


def test_a_new_array_takes_its_items_along(tmp_path: Path) -> None:
    """One change, which tells of what."""
    page = swap(browser_text(), "\nimsi\nrequired\nstring\n", "\nimsi\nrequired\nArray of strings\n", SIM)
    (change,) = [c for c in drift(page, tmp_path) if c.kind != "documented"]
    assert (change.aspect, change.subject.dotted, change.note) == ("type", "imsi", "of strings")


def test_the_only_row_of_a_body_is_missed(tmp_path: Path) -> None:
    """A table without any row shows that there are none, whatever its sample has."""
    title = "Calculate Contract Early Termination Fee (ETF)"
    page = page_text()
    at = page.index("\ndate\nrequired\nstring", page.index(f"\n{title}\n"))
    rest = page[page.index("\nResponses\n", at) :]
    assert told(drift(page[:at] + rest, tmp_path)) == [("removed", "body field", title, "date")]


def test_another_media_type_is_found_where_it_is_shown(tmp_path: Path) -> None:
    """A saved page has the others in a menu; the text of one shows the chosen one alone."""
    page = tmp_path / "page.html"
    page.write_text(
        "<html><body><h1>Stock (1.0)</h1><h2>Goods</h2><h2>Add a Good</h2><p>Adds one.</p>"
        "<h5>Request Body schema: <div><select><option>application/json</option>"
        "<option>application/xml</option></select><label>application/json</label></div></h5>"
        "<table><tbody><tr><td>name</td><td>string</td></tr></tbody></table><h3>Responses</h3></body></html>"
    )
    facts = read_facts(page)
    (request,) = facts.subjects("request")
    assert facts.value(request, "media-types") == ("application/json", "application/xml")


def test_another_introduction_is_one_quiet_line() -> None:
    """Its limits and rules concern every operation; an OpenAPI file has the same text."""
    facts, known, titles = spec_of()
    page = read_redoc_text(page_text(), "page.txt", titles)
    seen = evolve(known, descriptions=learnt({}, facts, page, compare(facts, page, known).pairs))
    other = page_text().replace("in a sentence that ends.", "in a sentence that ends. At most 100 a minute.")
    changes = compare(facts, read_redoc_text(other, "page.txt", titles), seen).changes
    expected: list[Told] = [("changed", "introduction", "", "")]
    assert told(list(changes)) == expected
    assert changes[0].quiet
    name = page.text(API, "title")
    text = f"# {name} Concepts\n\nWhat this is about, in a sentence that ends.\n\n# Release Notes"
    paths = {"/a": {"get": {"summary": "A", "responses": {"200": {"description": "Done."}}}}}
    value = {"openapi": "3.0.0", "info": {"title": "T", "version": "1", "description": text}, "paths": paths}
    document = facts_of(Source("file.json", Path("file.json"), b"", value, 1))
    assert document.value(API, "description") == page.value(API, "description")
