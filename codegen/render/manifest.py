"""manifest.json: the inputs and the generator of a package, to check whether it is current."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from codegen import __version__
from codegen.ir import Document
from codegen.render.quoting import json_text

MANIFEST: Final = "manifest.json"
GENERATOR: Final = "trunkline codegen"
_ROOT: Final = Path(__file__).parents[1]
_SOURCES: Final = (".py", ".jinja", ".jinja2")


def manifest_text(document: Document, files: Iterable[str]) -> str:
    """The manifest of a package: hashes of inputs and generator, its version, the files; no times."""
    # No time and no machine: two runs over the same inputs must give the same bytes.
    return json_text(
        {
            "generator": GENERATOR,
            "generator_version": __version__,
            "generator_sha256": generator_digest(),
            "document": {"kind": document.kind, "title": document.title, "version": document.version},
            "inputs": {
                Path(name).name if Path(name).is_absolute() else name: digest
                for name, digest in document.inputs.items()
            },
            "files": sorted(files),
        }
    )


def read_manifest(folder: Path) -> Mapping[str, Any] | None:
    """The manifest of a folder that the generator wrote, or None."""
    try:
        value = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) and value.get("generator") == GENERATOR else None


@cache
def generator_digest() -> str:
    """One sha256 over the sources that turn a document into a package, the same on every platform."""
    digest = hashlib.sha256()
    sources: list[Path] = []
    # Only what a package's text depends on: a change of the fetching or comparing rooms makes no
    # package stale.
    for folder in ("ir", "read", "render", "templates"):
        sources += [path for path in (_ROOT / folder).rglob("*") if path.suffix in _SOURCES]
    for path in sorted(sources, key=lambda path: path.relative_to(_ROOT).as_posix()):
        # A checkout on Windows may have other line endings.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(_ROOT).as_posix()
        # With name and length, so that text moved from one file to the next gives another digest.
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
