"""The two documents of a comparison: files, or files of a git revision as `REVISION:path`."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from attrs import evolve, frozen

from codegen.diff.finding import Finding
from codegen.errors import UnusableError
from codegen.facts.fact import FactSet
from codegen.facts.reading import read_spec
from codegen.ir import Document, Place

_SPEC_SUFFIXES = (".json", ".yaml", ".yml")


class UnusableSourceError(UnusableError):
    """A document that cannot be found or read; `str()` states the reason and what to do."""


@frozen
class Source:
    """One side, read. name: as the user wrote it; revision: "" for a file; path: of the document."""

    name: str
    revision: str
    path: PurePosixPath
    document: Document
    facts: FactSet

    def place(self, place: Place | None) -> Place | None:
        """A place of this document with its revision, so that the user can find it."""
        if place is None or not self.revision:
            return place
        return evolve(place, file=f"{self.revision}:{place.file}")


def read_source(text: str) -> Source:
    """Read a file, or a file of a revision with the specs in its folder.

    Args:
        text: "specs/idi/openapi.yaml", or "HEAD:specs/idi/openapi.yaml" in git's own way of writing.
    Raises:
        UnusableSourceError: no such file, revision or path in it.
        SpecError: the document cannot be used.
    """
    from codegen.read import read_document

    # A file first: on Windows its name may contain a colon as well.
    if Path(text).is_file():
        file = Path(text)
        return Source(text, "", PurePosixPath(file.as_posix()), read_document(file), read_spec(file))
    revision, colon, name = text.partition(":")
    if not colon or not revision or not name:
        raise UnusableSourceError(f"{text}: no such file; give a file, or REVISION:path as in HEAD:specs/…")
    # Checked out whole instead of read blob by blob: the document may refer to other files.
    path = _path_in_tree(revision, name)
    with tempfile.TemporaryDirectory(prefix="trunkline-diff-") as scratch:
        _check_out(revision, path, Path(scratch))
        # Relative names keep the folder of this run out of every place and every generated line.
        with contextlib.chdir(scratch):
            document, facts = read_document(Path(path)), read_spec(Path(path))
    return Source(text, revision, PurePosixPath(path), document, facts)


def shown_places(findings: list[Finding], old: Source, new: Source) -> list[Finding]:
    """The findings with the places as the user named the documents."""
    return [evolve(item, old=old.place(item.old), new=new.place(item.new)) for item in findings]


def _path_in_tree(revision: str, name: str) -> str:
    """The path from the root of the tree; with a dot in front, from the current folder, as in git."""
    # To tell a wrong revision from a wrong path, which `ls-tree` reports alike.
    _git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{revision}^{{commit}}", what=revision)
    listed = _git(
        "ls-tree", "-z", "--full-name", "--name-only", revision, "--", name, what=f"{revision}:{name}"
    )
    rooted = _git("ls-tree", "-z", "--full-tree", "--name-only", revision, "--", name, what=name)
    found = (listed if name.startswith(".") else rooted).rstrip("\0")
    if not found or "\0" in found:
        raise UnusableSourceError(f"{revision}:{name}: no such file in that revision")
    return found


def _check_out(revision: str, path: str, folder: Path) -> None:
    """Write the document, and every spec that it may refer to, below the folder."""
    tree = _git("ls-tree", "-r", "-z", "--full-tree", "--name-only", revision, what=revision).split("\0")
    for name in _wanted(tree, path):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_git_bytes("cat-file", "blob", f"{revision}:{name}", what=f"{revision}:{name}"))


def _wanted(tree: list[str], path: str) -> Iterator[str]:
    """The document and the specs in its folder or below; a reference out of there is reported as missing."""
    home = PurePosixPath(path).parent
    for name in tree:
        if name == path or (name.endswith(_SPEC_SUFFIXES) and PurePosixPath(name).is_relative_to(home)):
            yield name


def _git(*arguments: str, what: str) -> str:
    return _git_bytes(*arguments, what=what).decode("utf-8", "surrogateescape")


def _git_bytes(*arguments: str, what: str) -> bytes:
    # git would take it as an option.
    if what.startswith("-"):
        raise UnusableSourceError(f"{what}: a revision does not start with a dash")
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise UnusableSourceError(f"{what}: no such file, and git is not installed to look further") from None
    if done.returncode:
        messages = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = messages[-1].removeprefix("fatal: ") if messages else "no such revision"
        raise UnusableSourceError(f"{what}: no such file, and git finds no such revision or path ({reason})")
    return done.stdout
