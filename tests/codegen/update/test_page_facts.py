"""The facts that the tests hold a spec to follow a page, and tell when it is read wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from codegen.facts.fact import Fact, Subject
from codegen.facts.reading import read_facts
from codegen.ir import Place
from codegen.update.page_facts import write
from tests.codegen.changes.page import page_text
from tests.codegen.changes.test_page_changes import swap

HEAD = "# By hand.\n\n"
PAGE = page_text()


def written(page: str, facts: Path, reported: set[str]) -> list[str]:
    path = facts.with_name("page.txt")
    path.write_text(page, encoding="utf-8")
    return write(facts, read_facts(path), reported)


def titles(page: str) -> set[str]:
    """Every line, which is more than every title."""
    return set(page.split("\n"))


def started(folder: Path) -> Path:
    """The facts of the page before any change."""
    facts = folder / "idi_page_facts.yaml"
    facts.write_text(HEAD, encoding="utf-8")
    assert written(PAGE, facts, titles(PAGE)) == []
    return facts


def test_facts_of_the_same_page_change_no_byte(tmp_path: Path) -> None:
    """Whatever order the page has its parts in."""
    facts = started(tmp_path)
    before = facts.read_bytes()
    assert before.startswith(HEAD.encode())
    entry = "  • bind : replace\n\n"
    moved = swap(entry, "").replace("  • msl : ", f"{entry}  • msl : ")
    assert moved != PAGE
    assert written(moved, facts, set()) == []
    assert facts.read_bytes() == before


def test_facts_of_what_drift_reported_are_written_and_no_others(tmp_path: Path) -> None:
    """One block changes, and the rest keeps its text."""
    facts = started(tmp_path)
    before = facts.read_text(encoding="utf-8").splitlines()
    assert written(swap("bind : replace", "bind : add, replace"), facts, {"Update a Device"}) == []
    after = facts.read_text(encoding="utf-8").splitlines()
    assert {line for line in after if line not in before} == {
        line.replace("bind:replace", "bind:add+replace") for line in before if "bind:replace" in line
    }


def test_facts_that_differ_unreported_show_a_wrong_reading(tmp_path: Path) -> None:
    """They stay as they are, and the operation is named."""
    facts = started(tmp_path)
    before = facts.read_bytes()
    changed = swap("bind : replace", "bind : add, replace")
    assert written(changed, facts, {"Get a SIM"}) == ["Update a Device (patchable)"]
    assert facts.read_bytes() == before


def test_facts_of_operations_come_and_go_with_the_page(tmp_path: Path) -> None:
    """A new title stands in its place, one that is gone takes its block along."""
    facts = started(tmp_path)
    written(PAGE.replace("Get a SIM\n", "Get One SIM: Now\n"), facts, set())
    found = YAML(typ="safe").load(facts.read_text(encoding="utf-8"))
    assert "Get a SIM" not in found
    assert found["Get One SIM: Now"]["path"] == ["simID:integer!"]


def test_route_of_a_fuller_document_is_added_and_none_is_taken_back(tmp_path: Path) -> None:
    """A copy from a browser shows the routes, the plain text does not."""
    facts = started(tmp_path)
    shown = read_facts(tmp_path / "page.txt")
    itself = Subject("operation", "Get a SIM")
    shown.add(Fact(itself, "route", "GET api/sim/{simID}", Place("page.txt", "", 1)))
    assert write(facts, shown, set()) == []
    assert "route: ['GET api/sim/{simID}']" in facts.read_text(encoding="utf-8")
    before = facts.read_bytes()
    assert written(PAGE, facts, set()) == []
    assert facts.read_bytes() == before


def test_route_that_differs_unreported_is_left_to_the_person(tmp_path: Path) -> None:
    """Only a first route is news that nobody has to look at."""
    facts = started(tmp_path)
    itself = Subject("operation", "Get a SIM")
    for route, left in (("GET api/sim/{simID}", []), ("GET api/sims/{simID}", ["Get a SIM (route)"])):
        shown = read_facts(tmp_path / "page.txt")
        shown.add(Fact(itself, "route", route, Place("page.txt", "", 1)))
        assert write(facts, shown, set()) == left


@pytest.mark.parametrize("reported", [set(), {"Update a Device"}])
def test_example_that_a_rendering_leaves_out_stays_with_its_parameter(
    reported: set[str], tmp_path: Path
) -> None:
    """A browser shows no example that is false; one of a parameter that is gone goes along."""
    facts = started(tmp_path)
    example = "validateReservedForRetail=false"
    shown = swap(
        "validateReservedForRetail\nboolean\n", f"validateReservedForRetail\nboolean\nExample: {example}\n"
    )
    assert written(shown, facts, {"Update a Device"}) == []
    assert written(PAGE, facts, reported) == []
    assert example in facts.read_text(encoding="utf-8")
    renamed = swap("validateReservedForRetail", "validateReserved")
    assert written(renamed, facts, {"Update a Device"}) == []
    assert example not in facts.read_text(encoding="utf-8")


def test_without_facts_nothing_is_written(tmp_path: Path) -> None:
    """Another project has none."""
    assert written(PAGE, tmp_path / "none.yaml", set()) == []
    assert not (tmp_path / "none.yaml").exists()
