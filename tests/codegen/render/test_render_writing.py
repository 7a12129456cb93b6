"""Folders: what is deleted, what is refused, and what counts as a difference."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import attrs
import pytest

from codegen import project
from codegen.render import ForeignFolderError, render_package, write_package
from codegen.render.manifest import generator_digest
from codegen.render.package import HEADER
from codegen.render.writing import package_files
from tests.codegen.render.documents import SPEC, document, operation, response, shop

ROOT = Path(__file__).parents[3]


def _write(folder: Path) -> Path:
    write_package(render_package(shop(), api="shop"), folder)
    return folder


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in package_files(folder)}


def test_two_runs_give_the_same_bytes_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _bytes(_write(tmp_path / "one"))
    elsewhere = tmp_path / "project"
    (elsewhere / "trunkline").mkdir(parents=True)
    (elsewhere / "pyproject.toml").write_text(
        '[tool.ruff]\nline-length = 40\n[tool.ruff.format]\nquote-style = "single"\n'
    )
    monkeypatch.chdir(elsewhere)
    assert _bytes(_write(elsewhere / "two")) == first


def test_writing_again_removes_what_is_stale(tmp_path: Path) -> None:
    _write(tmp_path)
    small = document(operation("thing", "get", responses=[response(None)]))
    write_package(render_package(small, api="shop"), tmp_path)
    assert "fields.py" not in _bytes(tmp_path)
    assert "fields.py" not in json.loads((tmp_path / "manifest.json").read_text())["files"]


@pytest.mark.parametrize("name", ["notes.txt", "models.py", "sub/code.py", "py.typed"])
def test_writing_refuses_a_folder_with_foreign_files(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine\n")
    with pytest.raises(ForeignFolderError, match=name):
        _write(tmp_path)
    assert (tmp_path / name).read_text() == "mine\n"
    assert len(_bytes(tmp_path)) == 1


def test_writing_that_fails_leaves_the_old_package_whole(tmp_path: Path) -> None:
    before = _bytes(_write(tmp_path))
    broken = render_package(shop(), api="shop")
    broken = attrs.evolve(broken, files={**broken.files, "client.py": f"{HEADER}x\nclass (:\n"})
    with pytest.raises(RuntimeError, match="ruff could not format"):
        write_package(broken, tmp_path)
    assert _bytes(tmp_path) == before


def test_writing_refuses_a_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ForeignFolderError, match="is a file"):
        _write(tmp_path / "out")


def test_manifest_lists_hashes_and_files_but_no_times(tmp_path: Path) -> None:
    manifest = json.loads((_write(tmp_path) / "manifest.json").read_text())
    assert manifest["inputs"] == {SPEC: "0" * 64}
    assert manifest["generator_sha256"] == generator_digest()
    assert manifest["files"] == sorted(_bytes(tmp_path))
    assert set(manifest) == {
        "document",
        "files",
        "generator",
        "generator_sha256",
        "generator_version",
        "inputs",
    }


def test_every_file_but_marker_and_manifest_carries_the_header(tmp_path: Path) -> None:
    for name, content in _bytes(_write(tmp_path)).items():
        if name not in ("py.typed", "manifest.json"):
            assert content.startswith(f"{HEADER}{SPEC}. Do not edit: run `make gen`.\n".encode()), name


def test_compare_sees_an_edit_a_missing_and_an_extra_file(tmp_path: Path) -> None:
    fresh, present = _write(tmp_path / "fresh"), _write(tmp_path / "present")
    assert project.compare(fresh, present, "src/shop") == []
    (present / "client.py").write_text(
        (present / "client.py").read_text().replace("Client of Shop", "My client")
    )
    (present / "fields.py").unlink()
    (present / "notes.py").write_text("# mine\n")
    missing, extra, changed = project.compare(fresh, present, "src/shop")
    assert missing == "missing: src/shop/fields.py"
    assert extra == "extra: src/shop/notes.py"
    assert changed.startswith("changed: src/shop/client.py\n")
    assert '-    """My client' in changed
    assert '+    """Client of Shop' in changed


def test_shipped_packages_carry_headers_and_no_dataclasses() -> None:
    folders = [ROOT / target.folder for target in project.TARGETS]
    files = [path for folder in folders for path in package_files(folder) if path.suffix == ".py"]
    assert {path.parent for path in files} >= {folder for folder in folders if folder.exists()}
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(HEADER), path
        assert "dataclass" not in text, path


def test_shipped_manifests_match_their_specs() -> None:
    for target in project.TARGETS:
        manifest = ROOT / target.folder / "manifest.json"
        if not manifest.exists():
            continue
        inputs = json.loads(manifest.read_text())["inputs"]
        name, digest = next(
            (name, digest) for name, digest in inputs.items() if name.endswith(Path(target.spec).name)
        )
        assert hashlib.sha256((ROOT / target.spec).read_bytes()).hexdigest() == digest, name


def test_chosen_targets() -> None:
    assert [target.name for target in project.chosen(["idi"])] == ["idi", "idi-login"]
    assert [target.name for target in project.chosen([])] == ["abzorb", "idi", "idi-login"]
