"""The layout of generated files, byte for byte: golden/ holds what `shop()` becomes.

`python -m tests.codegen.render.golden` writes it anew after a change that is meant.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from codegen.render import render_package, write_package
from codegen.render.writing import package_files
from tests.codegen.render.documents import shop

FOLDER = Path(__file__).with_name("golden")


def rendered(folder: Path) -> dict[str, str]:
    """The Python files of the shop package, under the names that golden/ keeps them by."""
    write_package(render_package(shop(), api="shop"), folder)
    files = [path for path in package_files(folder) if path.suffix == ".py"]
    return {f"{path.name}.txt": path.read_text(encoding="utf-8") for path in files}


def kept() -> dict[str, str]:
    """What golden/ holds."""
    return {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        texts = rendered(Path(scratch))
    for path in FOLDER.iterdir():
        path.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
