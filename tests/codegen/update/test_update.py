"""`python -m codegen update`: which steps run, where it stops, and what the summary tells the person."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from codegen.__main__ import main
from codegen.project import ROOT, TARGETS
from codegen.update import run as update_run
from codegen.update.choice import UndecidedError, target_for, target_of
from codegen.update.command import again_line
from codegen.update.run import Update
from codegen.update.summary import as_markdown, as_text
from codegen.update.tests import Outcome, concerned
from tests.codegen.diff.shop import Spec, operation, schema, shop

IDI = next(target for target in TARGETS if target.name == "idi")
AGAIN = "python -m codegen update page.json"


def spec() -> Spec:
    """The shop without what an OpenAPI download cannot state."""
    made = shop()
    for item in made["paths"].values():
        for found in item.values():
            for word in ("filterable", "sortable", "patchable", "patch_model", "provenance"):
                found["x-trunkline"].pop(word, None)
    return made


def vendor() -> Spec:
    """The vendor's download: the same API without our words."""
    made = spec()
    for item in made["paths"].values():
        for found in item.values():
            del found["x-trunkline"]
    return made


def changed() -> Spec:
    made = vendor()
    schema(made, "Owner")["properties"]["email"] = {"type": "string"}
    parameters = operation(made, "thing.get").setdefault("parameters", [])
    parameters.append({"name": "lang", "in": "query", "schema": {"type": "string"}})
    made["info"]["version"] = "1.1"
    return made


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=T", "-c", "user.email=t@shop.example", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(name="root")
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the shop in the place of a spec, committed."""
    root = tmp_path / "project"
    (root / "specs" / "shop").mkdir(parents=True)
    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    with (root / "specs" / "shop" / "openapi.yaml").open("w", encoding="utf-8") as file:
        file.write("# Kept by hand.\n")
        writer.dump(spec(), file)
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n### Added\n- By hand.\n")
    (root / "logs").mkdir()
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "start")
    monkeypatch.chdir(root)
    return root


def update(root: Path, document: Spec | str, **settings: object) -> tuple[int, dict[str, str], Update]:
    """Run it without a package to build; the status, and the result of each step."""
    page = root.parent / "page.json"
    page.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    run = Update(
        root=root,
        logs=root / "logs",
        document=page,
        spec=root / "specs" / "shop" / "openapi.yaml",
        target=None,
        announce=lambda _: None,
        **({"tests": False, "full": False} | settings),  # type: ignore[arg-type]
    )
    status = run.run()
    return status, {step.name: step.result for step in run.steps}, run


def test_update_writes_spec_and_changelog_and_a_second_run_changes_nothing(root: Path) -> None:
    """New names want a description from a person, so that the first run is not called finished."""
    status, results, _ = update(root, changed())
    assert list(results) == ["drift", "import", "build", "diff", "changelog", "tests"]
    assert (status, results["import"], results["changelog"]) == (1, "for you", "done")
    written = (root / "specs" / "shop" / "openapi.yaml").read_text(encoding="utf-8")
    assert written.startswith("# Kept by hand.\n")
    log = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "- By hand.\n" in log
    assert "the field `Owner.email` is new." in log
    assert "the argument `lang` is new." in log
    state = git(root, "diff")
    status, results, _ = update(root, changed())
    assert (status, results["drift"]) == (0, "nothing to do")
    assert git(root, "diff") == state


def test_doubt_about_the_reading_hides_nothing_and_stays_until_it_is_settled(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row names both, and a second run with nothing to import still says it."""
    monkeypatch.setattr(update_run.page_facts, "write", lambda *_: ["Get a SIM (answer)"])
    update(root, changed())
    said = update(root, changed())[2].steps[1].outcome
    assert said.endswith("Get a SIM (answer)")
    git(root, "checkout", "-q", ".")
    said = update(root, changed())[2].steps[1].outcome
    assert "0 to decide, " in said
    assert "Get a SIM (answer)" in said


def test_report_of_what_is_open_is_that_of_the_last_run(root: Path) -> None:
    """What an earlier run left is decided once the spec says so."""
    (root / "logs" / "open.md").write_text("earlier", encoding="utf-8")
    update(root, changed())
    update(root, changed())
    assert "earlier" not in (root / "logs" / "open.md").read_text(encoding="utf-8")


def test_update_of_the_same_document_stops_at_once(root: Path) -> None:
    status, results, run = update(root, vendor())
    assert (status, results) == (0, {"drift": "nothing to do"})
    assert "Nothing to do" in as_text(run.steps, status, AGAIN)
    assert git(root, "status", "--porcelain", "--", "specs", "CHANGELOG.md") == ""


@pytest.mark.parametrize("document", [json.dumps(changed())[:-20], "", "<html></html>"])
def test_update_stops_at_a_document_that_cannot_be_read(document: str, root: Path) -> None:
    status, results, run = update(root, document)
    assert (status, results) == (2, {"drift": "failed"})
    text = as_text(run.steps, status, AGAIN)
    assert "Stopped" in text
    assert AGAIN in text
    assert git(root, "status", "--porcelain", "--", "specs") == ""


def test_update_refuses_a_document_that_takes_away_too_much(root: Path) -> None:
    """The reason and the switch; with the switch it is followed."""
    half = vendor()
    for path in list(half["paths"])[1:]:
        del half["paths"][path]
    status, _, run = update(root, half)
    assert status == 2
    assert "--allow-removal" in run.steps[-1].outcome
    assert update(root, half, allow_removal=True)[1]["import"] == "for you"


def test_update_without_git_compares_with_a_copy(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The spec as it was before the import."""
    monkeypatch.setattr(Update, "_git", lambda *_: None)
    assert update(root, changed())[1]["changelog"] == "done"
    assert (root / "logs" / "before" / "shop" / "openapi.yaml").is_file()


@pytest.mark.parametrize("passed", [True, False])
def test_update_runs_the_tests_that_are_concerned(
    passed: bool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing one is left to the person: where the change breaks callers, their tests change too."""
    monkeypatch.setattr(update_run.tests, "run", lambda *_: Outcome(passed, "3 counted", "out"))
    status, results, run = update(root, changed(), tests=True)
    assert results["tests"] == ("done" if passed else "for you")
    assert (status, run.steps[-1].outcome) == (1, "3 counted")


def test_tests_that_are_concerned_are_those_of_the_api() -> None:
    """All of them with --full."""
    paths = concerned(ROOT, IDI, full=False)
    assert "tests/contract/test_idi_stubs.py" in paths
    assert "tests/specs/test_idi_spec.py" in paths
    assert not any("abzorb" in path for path in paths)
    assert concerned(ROOT, IDI, full=True) == []


def test_summary_as_markdown_is_one_row_a_step(root: Path) -> None:
    """Bars in outcomes do not break the table."""
    status, _, run = update(root, changed())
    lines = as_markdown(run.steps, status, "page.txt", IDI.spec, AGAIN).splitlines()
    assert lines[0] == f"# Update of `{IDI.spec}` from `page.txt`"
    assert len([line for line in lines if line.startswith("| ")]) == 1 + 6
    assert AGAIN in lines[-1]


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
        ([], "--api NAME"),
        (["page.txt", "--api", "idi"], "--api NAME"),
        (["--api", "nobody"], "nor an API"),
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


def test_line_to_run_again_is_the_one_that_was_typed() -> None:
    """With every switch that decides something."""
    from codegen.__main__ import _parser

    line = "python -m codegen update 'my page.txt' --follow=a.example --allow-removal --decided=1f --full"
    typed = ["update", "my page.txt", "--follow", "a.example", "--allow-removal", "--decided", "1f", "--full"]
    assert again_line(_parser().parse_args(typed)) == line
