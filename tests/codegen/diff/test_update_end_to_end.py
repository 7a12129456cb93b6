"""`python -m codegen update` as a process in a small copy of the project, with real steps and a real git."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ruamel.yaml import YAML

from codegen.project import ROOT
from tests.codegen.diff.shop import Spec, operation, schema, shop

CHECK = '''\
"""What the tests of the small project look at."""

from pathlib import Path


def test_generated_client_has_the_field() -> None:
    models = Path("src/trunkline/idi/_generated/models.py").read_text(encoding="utf-8")
    assert "email: str" in models
'''


def spec() -> Spec:
    """The shop without what an OpenAPI download cannot state."""
    made = shop()
    for item in made["paths"].values():
        for found in item.values():
            for word in ("filterable", "sortable", "patchable", "patch_model", "provenance"):
                found["x-trunkline"].pop(word, None)
    return made


def vendor(changed: bool) -> Spec:
    """The vendor's download: the same API without our words, and with a change."""
    made = spec()
    for item in made["paths"].values():
        for found in item.values():
            del found["x-trunkline"]
    if changed:
        schema(made, "Owner")["properties"]["email"] = {"type": "string"}
        operation(made, "thing.get")["parameters"].append(
            {"name": "lang", "in": "query", "schema": {"type": "string"}}
        )
        made["info"]["version"] = "1.1"
    return made


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=T", "-c", "user.email=t@shop.example", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def update(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codegen", "update", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """The generator, its project file, and the shop in the place of a shipped spec."""
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("codegen", "specs"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", root / "pyproject.toml")
    for path in (root / "specs" / "idi").glob("openapi.*"):
        path.unlink()
    # Lists indented, as in the specs that are kept by hand.
    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    with (root / "specs" / "idi" / "openapi.yaml").open("w", encoding="utf-8") as file:
        file.write("# Kept by hand.\n")
        writer.dump(spec(), file)
    (root / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n### Added\n- By hand.\n", encoding="utf-8"
    )
    (root / "tests").mkdir()
    (root / "tests" / "test_small.py").write_text(CHECK, encoding="utf-8")
    (root / ".gitignore").write_text("__pycache__/\n/out/\n", encoding="utf-8")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "start")
    return root


def test_update_follows_a_changed_document(project: Path, tmp_path: Path) -> None:
    """From the vendor's file to a reviewable tree; a second run changes nothing more."""
    document = tmp_path / "vendor.json"
    document.write_text(json.dumps(vendor(changed=True)), encoding="utf-8")
    done = update(project, str(document))
    # New names want a description from a person, so that the run is not called finished.
    assert done.returncode == 1, done.stdout + done.stderr
    assert "import     for you" in done.stdout
    rows = [line.split()[0] for line in done.stdout.splitlines() if line[:1].isalpha()]
    assert rows[1:7] == ["drift", "import", "build", "diff", "changelog", "tests"]
    assert "1 passed" in done.stdout
    written = (project / "specs/idi/openapi.yaml").read_text(encoding="utf-8")
    assert written.startswith("# Kept by hand.\n")
    assert (
        yaml.safe_load(written)["components"]["schemas"]["Owner"]["properties"]["email"]["type"] == "string"
    )
    log = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "- By hand.\n" in log
    assert "- `idi.system.whoami`: the field `Owner.email` is new.\n" in log
    assert "- `idi.thing.get`: the argument `lang` is new.\n" in log
    assert (project / "out/update/summary.md").is_file()
    state = git(project, "status", "--porcelain", "-uall"), git(project, "diff")
    again = update(project, str(document))
    assert again.returncode == 0, again.stdout + again.stderr
    assert (git(project, "status", "--porcelain", "-uall"), git(project, "diff")) == state


def test_update_has_nothing_to_do_for_the_same_document(project: Path, tmp_path: Path) -> None:
    """No file is touched."""
    document = tmp_path / "vendor.json"
    document.write_text(json.dumps(vendor(changed=False)), encoding="utf-8")
    done = update(project, str(document))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing to do" in done.stdout
    assert git(project, "status", "--porcelain") == ""


def test_update_document_that_cannot_be_read_stops(project: Path, tmp_path: Path) -> None:
    """The summary names the step; no file is touched."""
    document = tmp_path / "vendor.json"
    document.write_text(json.dumps(vendor(changed=True))[:-20], encoding="utf-8")
    done = update(project, str(document), "--spec", "specs/idi/openapi.yaml")
    assert done.returncode == 2
    assert "drift      failed" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert git(project, "status", "--porcelain") == ""
    assert update(project, str(tmp_path / "missing.txt")).returncode == 2
