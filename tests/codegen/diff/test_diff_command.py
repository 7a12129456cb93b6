"""`python -m codegen diff`: formats, exit status, git revisions, version step."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.diff.rules import RULES, rule_table
from codegen.diff.version import version_step
from tests.codegen.diff.mutations import CHANGES
from tests.codegen.diff.shop import Spec, schema, shop, write
from tests.codegen.diff.test_rules import findings

DOCS = Path(__file__).parents[3] / "docs" / "maintaining.md"


def files(tmp_path: Path, *rules: str) -> list[str]:
    """The shop, and the shop after some changes."""
    new = shop()
    for rule in rules:
        CHANGES[rule][0](new)
    return [str(write(shop(), tmp_path / "old.json")), str(write(new, tmp_path / "new.json"))]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@shop.example", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ((), 0),
        (("operation-added", "api-version-changed"), 0),
        (("operation-deprecated", "operation-added"), 1),
        (("operation-removed", "operation-deprecated"), 3),
    ],
)
def test_diff_exit_status_is_that_of_the_worst_finding(
    rules: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    """0 compatible, 1 warnings, 3 breaking."""
    assert main(["diff", *files(tmp_path, *rules), "--no-surface"]) == status


@pytest.mark.parametrize(
    "bad", ["missing.json", "HEAD:missing.json", "nosuchrevision:x.json", "-n:x.json", "HEAD:"]
)
def test_diff_document_that_cannot_be_had_is_unusable(
    bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2 and a line that names it, never a traceback."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "start")
    old, _ = files(tmp_path)
    assert main(["diff", "--no-surface", "--", old, bad]) == 2
    assert bad.split(":")[0] in capsys.readouterr().err


def test_diff_broken_document_is_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its problems are named with their lines."""
    old, new = files(tmp_path)
    Path(new).write_text('{"openapi": "3.1.0",', encoding="utf-8")
    assert main(["diff", old, new]) == 2
    assert "new.json" in capsys.readouterr().err


def test_diff_text_says_level_rule_words_and_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Worst first; the last line is the version step."""
    main(["diff", *files(tmp_path, "operation-added", "enum-value-removed"), "--no-surface", "--api", "shop"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("breaking  enum-value-removed  [")
    assert lines[1].startswith("  shop.thing.search, shop.thing.create, shop.thing.get and 1 more: ") or (
        lines[1].startswith("  shop.thing.search")
    )
    assert any(
        re.fullmatch(r"  old: .*old\.json:\d+ #/components/schemas/ThingStatus/enum", line) for line in lines
    )
    assert lines[-2] == "1 breaking, 0 warning, 1 info"
    assert lines[-1].startswith("major change: ")


def test_an_accepted_break_is_told_and_does_not_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is kept by an id that stays while the finding does."""
    sides = files(tmp_path, "request-parameter-removed")
    assert main(["diff", *sides, "--no-surface", "--format", "json"]) == 3
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    accepted = tmp_path / "accepted.txt"
    accepted.write_text(f"# breaks\n{found['id']}  nobody uses it\n", encoding="utf-8")
    assert main(["diff", *sides, "--no-surface", "--accepted", str(accepted)]) == 0
    assert found["id"] in capsys.readouterr().out


def test_diff_json_holds_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For programs: rule, level, operations, subject, words and both places."""
    arguments = [
        *files(tmp_path, "request-parameter-added"),
        "--format",
        "json",
        "--current-version",
        "1.2.3",
    ]
    assert main(["diff", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["level"] == "info"
    assert report["counts"] == {"breaking": 0, "warning": 0, "info": 1}
    assert report["version"] == {"change": "minor", "current": "1.2.3", "next": "1.3.0"}
    (found,) = report["findings"]
    assert found["rule"] == "request-parameter-added"
    assert found["operations"] == ["thing.get"]
    assert found["subject"] == "thing.get(shop)"
    assert found["new"]["pointer"].startswith("/paths/~1things~1{thingID}/get/parameters/")
    assert found["new"]["line"] > 1


def test_diff_markdown_is_one_table_a_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bars in sentences do not break the table."""
    new = shop()
    schema(new, "Owner")["properties"]["age"]["type"] = ["string", "boolean"]
    write(new, tmp_path / "new.json")
    write(shop(), tmp_path / "old.json")
    sides = [str(tmp_path / name) for name in ("old.json", "new.json")]
    assert main(["diff", *sides, "--format", "markdown", "--no-surface"]) == 3
    text = capsys.readouterr().out
    assert "## Breaking" in text
    assert r"`integer \| string`" in text or r"`boolean \| string`" in text
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("| `")] == [
        5
    ]


def test_diff_reads_revisions_with_the_files_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`HEAD:path` from anywhere in the repository; a part in another file comes from the same revision."""
    split = shop()
    owner = split["components"]["schemas"].pop("Owner")
    split["components"]["schemas"]["Owner"] = {"$ref": "parts/owner.json"}
    folder = tmp_path / "specs"
    (folder / "parts").mkdir(parents=True)
    write(split, folder / "shop.json")
    (folder / "parts" / "owner.json").write_text(json.dumps(owner), encoding="utf-8")
    (tmp_path / "below").mkdir()
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "start")
    owner["properties"].pop("age")
    (folder / "parts" / "owner.json").write_text(json.dumps(owner), encoding="utf-8")
    monkeypatch.chdir(folder)
    for old in ("HEAD:specs/shop.json", "HEAD:./shop.json"):
        assert main(["diff", old, "shop.json", "--no-surface", "--format", "json"]) == 3
        (found,) = json.loads(capsys.readouterr().out)["findings"]
        assert found["rule"] == "response-field-removed"
        assert found["old"]["file"] == "HEAD:specs/parts/owner.json"
        assert found["new"]["file"] == "shop.json"
    monkeypatch.chdir(tmp_path / "below")
    assert main(["diff", "HEAD:specs/shop.json", "HEAD:specs/shop.json", "--no-surface"]) == 0


@pytest.mark.parametrize(
    ("rule", "current", "step", "after"),
    [
        ("operation-removed", "1.4.2", "major", "2.0.0"),
        ("operation-removed", "0.4.2", "major", "0.5.0"),
        ("operation-added", "1.4.2", "minor", "1.5.0"),
        ("operation-added", "0.4.2", "minor", "0.4.3"),
        ("operation-deprecated", "1.4.2", "minor", "1.5.0"),
        ("provenance-raised", "1.4.2", "patch", "1.4.3"),
        ("provenance-raised", "0.4.2", "patch", "0.4.3"),
    ],
)
def test_version_step_follows_semver(rule: str, current: str, step: str, after: str, tmp_path: Path) -> None:
    """Below 1.0.0 everything moves one place to the right."""
    found = version_step(findings(shop(), _changed(rule), tmp_path), current)
    assert (found.change, found.next) == (step, after)


def _changed(rule: str) -> Spec:
    new = shop()
    CHANGES[rule][0](new)
    return new


def test_version_that_is_none_is_refused(tmp_path: Path) -> None:
    """A step needs something to step from."""
    assert main(["diff", *files(tmp_path), "--no-surface", "--current-version", "soon"]) == 2


def test_shipped_specs_do_not_differ_from_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    """Both vendors, named as their clients are called, surface included."""
    root = DOCS.parents[1]
    for spec, api in (("idi/openapi.yaml", "idi"), ("abzorb/collection.json", "abzorb")):
        path = str(root / "specs" / spec)
        assert main(["diff", path, path, "--format", "json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["api"] == api
        assert report["findings"] == []


def test_documented_rules_are_the_rules_of_the_code() -> None:
    """The table in the documentation is printed from the registry."""
    text = DOCS.read_text(encoding="utf-8")
    table = text.partition("<!-- rules: begin -->\n")[2].partition("<!-- rules: end -->")[0].strip()
    assert table == rule_table().strip()
    assert len(RULES) >= 25


def test_diff_of_collections_sees_their_overlays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the overlay beside a collection says is part of the spec."""
    specs = DOCS.parents[1] / "specs" / "abzorb"
    for side in ("old", "new"):
        shutil.copytree(specs, tmp_path / side)
    overlay = tmp_path / "new" / "overlay.yaml"
    text = overlay.read_text(encoding="utf-8")
    before = "cli: {type: string, required: true, sensitive: true, provenance: documented"
    assert before in text
    overlay.write_text(text.replace(before, before.replace("true, s", "false, s"), 1), encoding="utf-8")
    sides = [str(tmp_path / side / "collection.json") for side in ("old", "new")]
    assert main(["diff", *sides, "--no-surface", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["rule"] == "request-parameter-became-optional"
    assert found["subject"] == "connections.get_by_cli(cli)"
