"""The packages that this project generates from its own specs: building and checking them."""

from __future__ import annotations

import contextlib
import difflib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import frozen

from codegen.ir import Document
from codegen.render import Package, render_package, write_package
from codegen.render.writing import package_files
from trunkline.apis import Generated, all_apis

ROOT: Final = Path(__file__).resolve().parents[1]
_DIFF_LINES: Final = 12
"""Lines of a changed file that `check` shows, enough to recognise the change."""


TARGETS: Final = tuple(package for api in all_apis() for package in api.packages if package.spec)
"""The packages that are built from specs of this checkout, as the registry of APIs lists them."""


@frozen
class Built:
    """One package as rendered, with the document it came from."""

    target: Generated
    document: Document
    package: Package


def chosen(only: Iterable[str]) -> list[Generated]:
    """The targets of these names; all of them for none. "idi" includes its login service."""
    names = set(only)
    return [item for item in TARGETS if not names or item.name in names or item.name.split("-")[0] in names]


def render_target(target: Generated) -> Built:
    """Read and render one target; files are named relative to the root, whatever the current folder."""
    from codegen.read import read_document

    # Places in generated files are relative, so they are the same in every checkout.
    with contextlib.chdir(ROOT):
        document = read_document(Path(target.spec), overlay=Path(target.overlay) if target.overlay else None)
    return Built(target, document, render_package(document, api=target.api))


def build(only: Iterable[str] = ()) -> list[Built]:
    """Write the chosen packages into the source tree."""
    # All are rendered before the first is written: a spec that cannot be used leaves every package as
    # it was.
    built = [render_target(target) for target in chosen(only)]
    for item in built:
        write_package(item.package, ROOT / item.target.folder)
    return built


def check(only: Iterable[str] = ()) -> list[str]:
    """Differences between the source tree and a fresh build, one text per file; empty if there are none."""
    differences: list[str] = []
    with tempfile.TemporaryDirectory(prefix="trunkline-codegen-") as scratch:
        for target in chosen(only):
            fresh = Path(scratch) / target.name / Path(target.folder).name
            write_package(render_target(target).package, fresh)
            differences += compare(fresh, ROOT / target.folder, target.folder)
    return differences


def compare(fresh: Path, present: Path, shown: str) -> list[str]:
    """The differences of two folders, file by file, byte for byte."""
    expected = {path.relative_to(fresh).as_posix(): path for path in package_files(fresh)}
    found = {path.relative_to(present).as_posix(): path for path in package_files(present)}
    differences = [f"missing: {shown}/{name}" for name in sorted(expected.keys() - found.keys())]
    differences += [f"extra: {shown}/{name}" for name in sorted(found.keys() - expected.keys())]
    for name in sorted(expected.keys() & found.keys()):
        if expected[name].read_bytes() != found[name].read_bytes():
            differences.append(f"changed: {shown}/{name}\n{_excerpt(found[name], expected[name])}")
    return differences


def _excerpt(found: Path, expected: Path) -> str:
    lines = list(
        difflib.unified_diff(
            found.read_text(encoding="utf-8", errors="replace").splitlines(),
            expected.read_text(encoding="utf-8").splitlines(),
            "in the tree",
            "as generated",
            lineterm="",
            n=1,
        )
    )
    more = len(lines) - _DIFF_LINES
    return "\n".join(
        f"    {line}" for line in [*lines[:_DIFF_LINES], *([f"… {more} more lines"] if more > 0 else [])]
    )
