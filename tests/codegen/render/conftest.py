"""Rendering to a folder and importing what comes out."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from codegen.ir import Document
from codegen.render import render_package, write_package
from tests.codegen.render.documents import Generated

_numbers = itertools.count(1)


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Generated]:
    """Render a document and import the package, with all its modules."""
    names: list[str] = []

    def make(document: Document) -> ModuleType:
        name = f"generated_{next(_numbers)}"
        names.append(name)
        write_package(render_package(document, api="shop"), tmp_path / name)
        package = importlib.import_module(name)
        for path in sorted((tmp_path / name).rglob("*.py")):
            relative = path.relative_to(tmp_path).with_suffix("")
            importlib.import_module(".".join(relative.parts).removesuffix(".__init__"))
        return package

    monkeypatch.syspath_prepend(str(tmp_path))
    yield make
    for module in list(sys.modules):
        if module.split(".")[0] in names:
            del sys.modules[module]
