"""`python -m codegen update`: which steps run, where it stops, and what the summary tells the person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import define, field

from codegen.__main__ import main
from codegen.project import ROOT, TARGETS
from codegen.update.choice import UndecidedError, target_for, target_of
from codegen.update.run import Update
from codegen.update.step import Ran, Workshop
from codegen.update.summary import as_markdown, as_text

IDI = next(target for target in TARGETS if target.name == "idi")


@define
class Played(Workshop):
    """A workshop whose commands end as a test says. statuses: by command; left: differences, run by run."""

    statuses: dict[str, int] = field(factory=dict)
    left: list[int] = field(factory=lambda: [2, 0])
    dirty: bool = False
    in_git: bool = True
    called: list[str] = field(factory=list)

    def python(self, log: str, *arguments: str) -> Ran:
        name = arguments[2] if arguments[1] == "codegen" else "tests"
        output = f"{name} said this\n"
        if name == "drift":
            count = self.left[0]
            if arguments[-1] == "json":
                output = json.dumps({"findings": [{}] * self.left.pop(0)})
            status = self.statuses.get(name, 1 if count else 0)
        else:
            self.called.append(" ".join(arguments[2:] if name != "tests" else arguments[1:2]))
            status = self.statuses.get(name, 0)
        path = self.logs / log
        path.write_text(output, encoding="utf-8")
        return Ran(status, output, f"{name} failed here\n" if status else "", path)

    def git(self, *arguments: str) -> int | None:
        if not self.in_git:
            return None
        return int(self.dirty) if arguments[0] == "diff" else 0


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    (tmp_path / "specs" / "idi").mkdir(parents=True)
    (tmp_path / "specs" / "idi" / "openapi.yaml").write_text("openapi: 3.1.0\n", encoding="utf-8")
    (tmp_path / "logs").mkdir()
    return tmp_path


def update(shop: Played, *, tests: bool = True) -> tuple[int, dict[str, str], Update]:
    """Run it; the status, and the result of each step."""
    run = Update(
        document=shop.root / "page.txt",
        spec=shop.root / IDI.spec,
        target=IDI,
        tests=tests,
        announce=lambda _: None,
        shop=shop,
    )
    status = run.run()
    return status, {step.name: step.result for step in run.steps}, run


def test_update_all_steps_run_in_order(root: Path) -> None:
    """The commands are those of the documentation, with the last commit as the old side."""
    shop = Played(root, root / "logs")
    status, results, _ = update(shop)
    assert status == 0
    assert list(results) == ["drift", "import", "build", "diff", "changelog", "tests"]
    assert set(results.values()) == {"done"}
    old, new = f"HEAD:{IDI.spec}", IDI.spec
    assert shop.called == [
        f"import {root / 'page.txt'} --into {new}",
        "build --only idi",
        f"diff {old} {new} --format markdown",
        f"changelog {old} {new} --write {root / 'CHANGELOG.md'}",
        "pytest",
    ]


def test_update_without_difference_stops_at_once(root: Path) -> None:
    """Nothing is built or tested for nothing."""
    shop = Played(root, root / "logs", left=[0])
    status, results, run = update(shop)
    assert (status, results, shop.called) == (0, {"drift": "nothing to do"}, [])
    assert "Nothing to do" in as_text(run.steps, status)


def test_update_spec_edited_after_an_import_is_built_without_importing(root: Path) -> None:
    """The second run, when the person has decided the open list."""
    shop = Played(root, root / "logs", left=[0], dirty=True)
    status, results, _ = update(shop)
    assert status == 0
    assert results["import"] == "skipped"
    assert [results[name] for name in ("build", "diff", "changelog", "tests")] == ["done"] * 4


@pytest.mark.parametrize(
    ("name", "status", "last"),
    [
        ("drift", 2, "drift"),
        ("import", 2, "import"),
        ("build", 2, "build"),
        ("diff", 2, "diff"),
        ("changelog", 2, "changelog"),
    ],
)
def test_update_stops_where_a_step_fails(name: str, status: int, last: str, root: Path) -> None:
    """What comes after would be built on sand; the summary says what failed and where to read it."""
    shop = Played(root, root / "logs", statuses={name: status})
    got, results, run = update(shop)
    assert got == 2
    assert list(results)[-1] == last
    assert results[last] == "failed"
    text = as_text(run.steps, got)
    assert f"{name} failed here" in text
    assert "-> " in text
    assert "Stopped" in text


def test_update_drift_that_cannot_be_counted_fails(root: Path) -> None:
    """A report that is no report is not taken for an empty one."""

    class Mute(Played):
        def python(self, log: str, *arguments: str) -> Ran:
            path = self.logs / log
            path.write_text("", encoding="utf-8")
            return Ran(0, "", "", path)

    assert update(Mute(root, root / "logs"))[0] == 2


@pytest.mark.parametrize("statuses", [{}, {"import": 1}, {"import": 3}])
def test_update_open_list_is_left_to_the_person(statuses: dict[str, int], root: Path) -> None:
    """The rest still runs, so that the person sees everything at once."""
    shop = Played(root, root / "logs", statuses=statuses, left=[3, 1])
    status, results, run = update(shop)
    assert status == 1
    assert results["import"] == "for you"
    assert results["tests"] == "done"
    assert "1 differences are left" in " ".join(as_text(run.steps, status).split())


def test_update_failing_tests_are_left_to_the_person(root: Path) -> None:
    """They may well be right: the lists of what the page names are to be changed too."""
    status, results, _ = update(Played(root, root / "logs", statuses={"tests": 1}))
    assert (status, results["tests"]) == (1, "for you")


@pytest.mark.parametrize(
    ("status", "output", "says"),
    [
        (-9, "....... [ 20%]\n.......", "the tests were stopped (signal 9) before they came to an end"),
        (4, "no such option\n", "the tests did not come to an end (status 4)"),
        (1, "....F\nFAILED a\n== 1 failed, 4 passed in 0.10s ==\nleft over\n", "1 failed, 4 passed in 0.10s"),
    ],
)
def test_update_killed_tests_are_not_reported_as_dots(
    status: int, output: str, says: str, root: Path
) -> None:
    """The line that counts them, or that there is none."""

    @define
    class Ended(Played):
        def python(self, log: str, *arguments: str) -> Ran:
            ran = super().python(log, *arguments)
            return Ran(status, output, "", ran.log) if arguments[1] == "pytest" else ran

    _, results, run = update(Ended(root, root / "logs"))
    assert results["tests"] == "for you"
    assert run.steps[-1].said == says


@pytest.mark.parametrize(("diff", "words"), [(1, "warnings"), (3, "breaking version")])
def test_update_what_breaks_is_said_and_stops_nothing(diff: int, words: str, root: Path) -> None:
    """A vendor's change has to be followed whether it breaks or not."""
    status, results, run = update(Played(root, root / "logs", statuses={"diff": diff}), tests=False)
    assert (status, results["diff"], results["tests"]) == (0, "done", "skipped")
    assert words in next(step.then for step in run.steps if step.name == "diff")


def test_update_without_git_compares_with_a_copy(root: Path) -> None:
    """The spec as it was before the import."""
    shop = Played(root, root / "logs", in_git=False)
    update(shop)
    kept = "logs/before/idi/openapi.yaml"
    assert f"diff {kept} {IDI.spec} --format markdown" in shop.called
    assert (root / kept).read_text(encoding="utf-8") == "openapi: 3.1.0\n"
    again = Played(root, root / "logs", in_git=False, left=[0])
    assert update(again)[1] == {"drift": "nothing to do"}
    (root / IDI.spec).write_text("openapi: 3.1.1\n", encoding="utf-8")
    assert "build" in update(Played(root, root / "logs", in_git=False, left=[0]))[1]


def test_summary_as_markdown_is_one_row_a_step(root: Path) -> None:
    """Bars in outcomes do not break the table."""
    status, _, run = update(Played(root, root / "logs"))
    lines = as_markdown(run.steps, status, "page.txt", IDI.spec).splitlines()
    assert lines[0] == f"# Update of `{IDI.spec}` from `page.txt`"
    assert len([line for line in lines if line.startswith("| ")]) == 1 + 6


PAGES = {
    "idi": "Service and Feature Management (2.40)\n\nDownload OpenAPI specification:Download\n",
    "idi html": "<!DOCTYPE html><html><h1>Service and Feature\n Management <span>(2.40)</span></h1>",
    "idi json": '{"openapi": "3.0.0", "info": {"title": "Service and Feature Management"}}',
    "abzorb": '{"collection": {"info": {"_postman_id": "1", "name": "Abzorb API Documentation - v6.4"}}}',
    "abzorb collection": '{"info": {"name": "Abzorb API"}, "item": []}',
}


@pytest.mark.parametrize("page", PAGES)
def test_choice_is_the_spec_that_bears_the_title(page: str, tmp_path: Path) -> None:
    """Whatever kind of document was saved."""
    path = tmp_path / "page"
    path.write_text(PAGES[page], encoding="utf-8")
    assert target_for(path).name == page.split()[0]


@pytest.mark.parametrize(
    "text",
    [
        "Customer Management (1.9)\n" + "A line of text.\n" * 30 + "Service and Feature Management\n",
        '{"openapi": "3.0.0", "info": {"title": "Abzorb", "version": "1"}}',
        "",
    ],
)
def test_choice_of_a_strange_document_is_left_to_the_person(text: str, tmp_path: Path) -> None:
    """Another API of the family mentions this one; comparing them would be nonsense."""
    path = tmp_path / "page"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UndecidedError, match=r"--spec specs/idi/openapi\.yaml"):
        target_for(path)


def test_target_of_knows_the_shipped_specs(tmp_path: Path) -> None:
    """A spec of one's own builds nothing here."""
    assert target_of(ROOT / IDI.spec) == IDI
    assert target_of(tmp_path / "openapi.yaml") is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.txt"], "no such file"),
        (["page.txt"], "say which one it describes"),
        (["page.txt", "--spec", "missing.yaml"], "no such spec"),
    ],
)
def test_command_says_what_it_needs(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before any step, with status 2."""
    monkeypatch.chdir(tmp_path)
    Path("page.txt").write_text("Customer Management (1.9)\n", encoding="utf-8")
    assert main(["update", *arguments]) == 2
    assert words in capsys.readouterr().err
