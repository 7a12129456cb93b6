"""The vendor's own words against a digest of them: quiet, one line each, and never compared with ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from attrs import evolve

from codegen.changes.baseline import Baseline
from codegen.changes.change import Change
from codegen.changes.compare import compare
from codegen.changes.descriptions import learnt
from codegen.changes.words import facet, name_of
from codegen.edit.run import import_document
from codegen.facts.fact import FactSet
from codegen.facts.reading import facts_of
from codegen.facts.redoc.page import read_redoc_text
from codegen.read.source.node import Source
from tests.codegen.changes import forms
from tests.codegen.changes.drifting import spec_of
from tests.codegen.changes.page import SHIPPED, page_text

MEANS = "What this one means."
DOES = "One sentence on what this does."
COUNT = ("Search Devices", "$count")


def read(text: str) -> FactSet:
    return read_redoc_text(text, "page.txt", spec_of()[2])


@cache
def looked_at() -> Baseline:
    """What is remembered once the page was looked at."""
    facts, known, _ = spec_of()
    page = read(page_text())
    pairs = compare(facts, page, known).pairs
    return evolve(known, descriptions=learnt({}, facts, page, pairs))


def changes(new: str, old: str = MEANS, known: Baseline | None = None) -> list[Change]:
    """What a page says otherwise whose description of Search Devices, or of `$count` in it, is another."""
    text = page_text()
    start = text.index("\nSearch Devices\n")
    start = text.index("\n$count\n", start) if old == MEANS else start
    at = text.index(old, start)
    page = read(text[:at] + new + text[at + len(old) :])
    return list(compare(spec_of()[0], page, known or looked_at()).changes)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (MEANS, "What it was always meant for.", ("changed", "description of query parameter", *COUNT)),
        (MEANS, "", ("removed", "description of query parameter", *COUNT)),
        (DOES, "Another sentence on it.", ("changed", "description", "Search Devices", "")),
    ],
)
def test_other_words_are_one_quiet_line(old: str, new: str, expected: tuple[str, ...]) -> None:
    """Nobody has to act on them."""
    (change,) = changes(new, old)
    assert (change.kind, facet(change), change.title, name_of(change)) == expected
    assert change.quiet


@pytest.mark.parametrize(
    ("new", "aspect"),
    [
        ("What this one means. It is deprecated.", "deprecated"),
        ("What this one means. [Rev 2.37]", "revision"),
        ("What this one means. This parameter is always required.", "required"),
    ],
)
def test_words_with_a_meaning_are_that_change_alone(new: str, aspect: str) -> None:
    """The text itself is not listed a second time."""
    (change,) = changes(new)
    assert (change.aspect, change.title, change.subject.name, change.quiet) == (aspect, *COUNT, False)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("Valid values are open, shut, and ajar.", ("open", "shut", "ajar")),
        ('Possible values: "open" or "shut".', ("open", "shut")),
        ("Must be one of open or shut.", ("open", "shut")),
        ("Valid values are those of the list below.", None),
    ],
)
def test_valid_values_in_a_sentence_are_an_enum(words: str, values: tuple[str, ...] | None) -> None:
    """Single words are; whole phrases are words like any other."""
    text = page_text()
    start = text.index("\n$filter\n", text.index("\nSearch Devices\n"))
    at = text.index(MEANS, start)
    page = read(f"{text[:at]}{words} {text[at:]}")
    (change,) = compare(spec_of()[0], page, looked_at()).changes
    assert (change.aspect, change.new) == (("enum", values) if values else ("description", change.new))


@pytest.mark.parametrize(
    "words", ["It is required when id is missing.", "It is not required.", "Required only then."]
)
def test_a_condition_makes_nothing_required(words: str) -> None:
    """The words are new, and that is all."""
    (change,) = changes(f"{MEANS} {words}")
    assert change.aspect == "description"


def test_words_without_a_digest_are_no_difference() -> None:
    """They are learnt by the next import."""
    assert changes("What it was always meant for.", known=spec_of()[1]) == []


def test_an_import_learns_new_words_and_keeps_ours(tmp_path: Path) -> None:
    """They come up once, in the list of what wants a look, and are no difference any more."""
    spec = tmp_path / "openapi.yaml"
    for name in (spec.name, "openapi.vendor.yaml"):
        (tmp_path / name).write_bytes(SHIPPED.with_name(name).read_bytes())
    page = tmp_path / "page.txt"
    page.write_text(page_text(SHIPPED), encoding="utf-8")
    import_document(page, spec).write()
    before = spec.read_bytes()
    text = page_text(SHIPPED).replace(DOES, "Another sentence on it.", 1)
    page.write_text(text, encoding="utf-8")
    found = import_document(page, spec)
    assert [change.aspect for change in found.before] == ["description"]
    assert len(found.written.look) == 1
    assert found.left == ()
    found.write()
    assert spec.read_bytes() == before
    assert (
        "sentence"
        not in spec.with_name("openapi.vendor.yaml").read_text(encoding="utf-8").split("releases:\n")[1]
    )
    again = import_document(page, spec)
    assert (again.before, again.changes) == ((), {})


def test_another_edition_as_a_whole_is_no_list_of_lines() -> None:
    """Where most texts are others, nobody learns anything from one line for each."""
    page = read(page_text().replace(MEANS, "What it was meant for.").replace(DOES, "Another sentence."))
    assert compare(spec_of()[0], page, looked_at()).changes == ()


def test_an_openapi_file_that_was_looked_at_is_no_difference(tmp_path: Path) -> None:
    """A response and the schema of its body are not taken for one thing."""
    facts, known, _ = spec_of()
    value = forms.openapi(facts, known)
    new = facts_of(Source("document.json", tmp_path / "document.json", b"", value, 1))
    pairs = compare(facts, new, known).pairs
    seen = evolve(known, descriptions=learnt({}, facts, new, pairs))
    assert [c for c in compare(facts, new, seen).changes if c.aspect == "description"] == []
