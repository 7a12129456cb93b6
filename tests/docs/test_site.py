"""The documentation site: what it is made from fits the code."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
from types import ModuleType

import pytest
import yaml

from tests.docs.blocks import ROOT

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    pytest.importorskip("mkdocs")
    spec = importlib.util.spec_from_file_location("site_pages", DOCS / "site" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_room_is_on_the_page_of_the_architecture() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)/`", text))
    for package in ("src/trunkline", "codegen"):
        rooms = {path.name for path in (ROOT / package).iterdir() if any(path.glob("**/*.py"))}
        assert rooms <= named, f"{package}: {sorted(rooms - named)} missing in docs/architecture.md"


def test_every_folder_of_the_checkout_is_on_the_page_of_the_architecture() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    folders = {path.partition("/")[0] for path in listed if "/" in path} - {"src"}
    assert [name for name in sorted(folders) if f"`{name}/`" not in text] == []


def test_every_public_name_is_in_the_reference(pages: ModuleType) -> None:
    text = "\n".join(content for path, content in pages.reference() if path.startswith("reference/"))
    for module in pages.MODULES:
        missing = [name for name in pages.public_names(module) if not re.search(rf"\b{name}\b", text)]
        assert not [name for name in missing if not name.startswith("__")], module


def test_every_public_module_is_in_the_reference(pages: ModuleType) -> None:
    package = ROOT / "src" / "trunkline"
    found = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    public = {name for name in found if not name.startswith("_")} - {"cli"}  # a command, with its own help
    assert {f"trunkline.{name}" for name in public} <= set(pages.MODULES)


def test_every_operation_is_in_a_catalogue(pages: ModuleType) -> None:
    for api in pages.GENERATED:
        text = pages.operations(api)
        module = importlib.import_module(f"trunkline.{api}._generated.operations")
        assert all(f"`{name}`" in text for name in module.OPERATIONS)


def test_every_page_is_in_the_navigation(pages: ModuleType) -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    made = {path for path, _ in pages._generated() if not path.startswith("reference/")}
    listed = set(re.findall(r"[\w/.-]+\.md", yaml.safe_dump(yaml.safe_load(config)["nav"])))
    assert listed == written | made
