"""All files of a further API, written into a checkout."""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path
from typing import Final

from attrs import frozen

from codegen.edit.run import import_document
from codegen.new.client import client_files
from codegen.new.spec import NoSpecError, spec_files

_END: Final = re.compile(r"(?m)^_SHIPPED: Final = \(\n(?:.*\n)*?\)\n")
_ENTRY: Final = """\
    Api(
        name="{name}",
        title={title},
        module="trunkline.{name}",
        packages=(
            Generated(
                "{name}",
                "trunkline.{name}._generated",
                "{spec}",
                "src/trunkline/{name}/_generated",{overlay}
            ),
        ),
        handlers="trunkline.testing.sandbox_examples",
    ),
"""


@frozen
class Created:
    """The result. files: relative to the root; look: what a person should check."""

    files: list[str]
    operations: int
    look: list[str]


def create(document: Path, name: str, root: Path, title: str = "") -> Created:
    """Write spec, notes, overlay, client folder and registry line, and generate the package.

    Nothing is left behind when a step fails.

    Raises:
        NoSpecError: the name is taken or cannot be imported, or no spec can be made of the document.
        DocumentError, SpecError: the document cannot be read, or no client can be generated from it.
    """
    check_name(name, root)
    title = title or name.replace("_", " ").title()
    folder, package = root / "specs" / name, root / "src" / "trunkline" / name
    files, look = spec_files(document, title)
    try:
        for file, text in files.items():
            _write(folder / file, text)
        spec = next(f"specs/{name}/{file}" for file in files if file.startswith(("openapi.", "collection.")))
        # The facts that notes and samples add to the document's tables are written as an update does.
        imported = import_document(document, root / spec, allow_removal=True)
        imported.write()
        operations = _package(root, name, title, spec)
    # Also when interrupted: a half-written API would be taken for an existing one.
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(package, ignore_errors=True)
        raise
    # Last, so that the registry never names a package that was not made.
    register(root / "src" / "trunkline" / "apis.py", name, title, spec, overlay="overlay.yaml" in files)
    if left := len(imported.to_decide):
        shown = f"python -m codegen drift {spec} {document}"
        look = [*look, f"{left} statements of the document are left for you: {shown}"]
    written = sorted(path.relative_to(root).as_posix() for path in (*folder.iterdir(), *package.glob("*.py")))
    return Created([*written, "src/trunkline/apis.py"], operations, look)


def _package(root: Path, name: str, title: str, spec: str) -> int:
    """Generate the package and write its hand-written files; return the number of operations."""
    import contextlib

    from codegen.read import read_document
    from codegen.render import render_package, write_package

    overlay = Path(spec).with_name("overlay.yaml")
    # Paths relative to the root go into the manifest, as for the shipped packages.
    with contextlib.chdir(root):
        document = read_document(Path(spec), overlay=overlay if overlay.is_file() else None)
    package = root / "src" / "trunkline" / name
    write_package(render_package(document, api=name), package / "_generated")
    modules = [path.stem for path in (package / "_generated").glob("*.py")]
    for file, text in client_files(name, title, spec, document, modules).items():
        _write(package / file, text)
    return len(document.operations)


def check_name(name: str, root: Path) -> None:
    """Raise NoSpecError unless a package of this name can be made."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise NoSpecError(f"{name!r} cannot be a package: use small letters, digits and underscores")
    source = root / "src" / "trunkline"
    taken = [path for path in (root / "specs" / name, source / name, source / f"{name}.py") if path.exists()]
    if taken:
        raise NoSpecError(
            f"{taken[0].relative_to(root)} exists: choose another name, or follow it with `update`"
        )


def register(registry: Path, name: str, title: str, spec: str, *, overlay: bool) -> None:
    """Add the entry of an API to the registry, after the last one.

    Raises:
        NoSpecError: the registry has another form than expected.
    """
    text = registry.read_text(encoding="utf-8")
    match = _END.search(text)
    if match is None:
        raise NoSpecError(f"{registry}: no list of APIs is found; add the entry of {name} by hand")
    line = f'\n                "{Path(spec).with_name("overlay.yaml").as_posix()}",' if overlay else ""
    quoted = '"' + title.replace("\\", "/").replace('"', "'") + '"'
    entry = _ENTRY.format(name=name, title=quoted, spec=spec, overlay=line)
    spot = match.end() - len(")\n")
    registry.write_text(text[:spot] + entry + text[spot:], encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
