"""Writing a package to disk: only over the generator's own files, formatted the same everywhere."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from codegen.errors import UnusableError
from codegen.render.manifest import MANIFEST, read_manifest
from codegen.render.package import HEADER, MARK, Package
from codegen.render.quoting import WIDTH


class ForeignFolderError(UnusableError):
    """The target folder holds files that are not ours to delete."""


def write_package(package: Package, folder: Path) -> None:
    """Replace the folder's generated files by the package.

    Raises:
        ForeignFolderError: the folder holds anything that the generator did not write.
        OSError: the folder cannot be written.
    """
    present = _ours(folder)
    contents = formatted(package)  # before anything is deleted: a failure leaves the old package whole
    for path in present:
        path.unlink()
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def formatted(package: Package) -> dict[str, bytes]:
    """The files as they are written, formatted by ruff in a folder of their own, away from any settings."""
    with tempfile.TemporaryDirectory(prefix="trunkline-codegen-") as scratch:
        for name, text in package.files.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        _format(scratch)
        return {name: Path(scratch, name).read_bytes() for name in package.files}


def _format(folder: str) -> None:
    # `--isolated`: the settings of a project around the folder must not change the bytes.
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--no-respect-gitignore"]
    command += ["--line-length", str(WIDTH), "--target-version", "py311", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ruff could not format the generated package: {done.stderr.strip()[:2000]}")


def _ours(folder: Path) -> list[Path]:
    """The files that an earlier run wrote: all are replaced, so that no stale one survives."""
    if folder.exists() and not folder.is_dir():
        raise ForeignFolderError(f"{folder} is a file, not a folder: choose another --out or --package")
    present = list(package_files(folder))
    foreign = [path for path in present if not _is_ours(path, folder)]
    if foreign:
        names = ", ".join(str(path.relative_to(folder)) for path in foreign[:5])
        more = f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""
        raise ForeignFolderError(
            f"{folder} holds files that trunkline codegen did not write ({names}{more}): "
            "choose another folder or move them away"
        )
    return present


def package_files(folder: Path) -> Iterator[Path]:
    """Every file below the folder but byte code."""
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")


def _is_ours(path: Path, folder: Path) -> bool:
    """A file with our header, the manifest we wrote, or the py.typed that the manifest lists."""
    if path == folder / MANIFEST:
        return read_manifest(folder) is not None
    # It is empty, so it cannot carry the header.
    if path.name == "py.typed":
        return read_manifest(folder) is not None
    try:
        with path.open("rb") as file:
            start = file.read(len(HEADER) + 10)
            return start.startswith((HEADER.encode(), f"<!-- {MARK}".encode()))
    except OSError:
        return False
