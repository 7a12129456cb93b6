"""What a vendor document says beyond the spec, as it was last looked at: a small file beside the spec.

`openapi.vendor.yaml` beside `openapi.yaml` holds no text of the vendor. For each release it has the facts
that its sentences state, or a digest of a sentence that no rule reads; for an operation, the fields that its
sample leaves out; routes that only old notes still name; digests of descriptions and of values in samples;
for a page without operations, the names in its prose that are neither methods nor fields.
Without the file the comparison works on the spec alone and says a little more.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import yaml
from attrs import define, field

from codegen.errors import UnusableError
from codegen.facts.evidence import Statement, digest
from codegen.facts.fact import API, FactSet
from codegen.facts.marks import version_key

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAPPINGS: Final = ("releases", "sample_omits", "descriptions", "shown")


@define(kw_only=True)
class Baseline:
    """The file's content. path: where it stands or would stand."""

    path: Path | None = None
    exists: bool = False
    releases: dict[str, list[str]] = field(factory=dict)
    sample_omits: dict[str, list[str]] = field(factory=dict)
    words: list[str] = field(factory=list)
    gone: list[str] = field(factory=list)
    descriptions: dict[str, dict[str, str]] | None = None
    """Digests of the vendor's descriptions; None where the file does not keep them."""
    shown: dict[str, dict[str, str]] | None = None
    """Statuses and digests of sample values; None where the file does not keep them."""

    def is_new(self, statement: Statement, old: FactSet) -> bool:
        """Whether nobody has decided on a sentence; without a file, if `old` is of an older release."""
        if statement.verb == "none":
            return False
        if self.exists:
            return statement.mark not in self.releases.get(statement.version, ())
        version = old.text(API, "version")
        return not version or version_key(statement.version) > version_key(version)


class BaselineError(UnusableError):
    """The file beside the spec cannot be used."""


def baseline_path(spec: Path) -> Path:
    """Where the file of a spec stands."""
    return spec.with_name(f"{spec.stem}.vendor.yaml")


def load_baseline(spec: Path) -> Baseline:
    """Read the file of a spec; an empty baseline where there is none."""
    path = baseline_path(spec)
    if not path.exists():
        return Baseline(path=path)
    try:
        return parse_baseline(path.read_text(encoding="utf-8"), path)
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path}: {error}") from None


def parse_baseline(text: str, path: Path) -> Baseline:
    """The content of such a file."""
    try:
        data: Any = yaml.load(text, Loader=_LOADER) or {}  # noqa: S506  (a safe loader)
    except yaml.YAMLError as error:
        raise BaselineError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict) or not all(isinstance(data.get(key, {}), dict) for key in _MAPPINGS):
        raise BaselineError(f"{path}: {' and '.join(_MAPPINGS)} must be mappings")
    return Baseline(
        path=path,
        exists="releases" in data,
        releases={
            str(version): [str(item) for item in items or ()]
            for version, items in data.get("releases", {}).items()
        },
        words=[str(word) for word in data.get("words", ())],
        gone=[str(route) for route in data.get("gone", ())],
        descriptions=_marks(data, "descriptions"),
        shown=_marks(data, "shown"),
        sample_omits={
            str(title): [str(name) for name in names] for title, names in data.get("sample_omits", {}).items()
        },
    )


def _marks(data: Any, key: str) -> dict[str, dict[str, str]] | None:
    """Short marks by operation and name, None where the file does not keep them."""
    if key not in data:
        return None
    return {
        str(title): {str(name): str(mark) for name, mark in (marks or {}).items()}
        for title, marks in data[key].items()
    }


def gone_mark(facet: str, name: str, operation: str) -> str:
    """What is kept of a name that the page dropped while its notes still say that it was added."""
    return f"{facet} {name} @ {operation}"


def remembered(facts: FactSet) -> Baseline:
    """A baseline of all that a document says, as if it had been looked at."""
    return Baseline(exists=True, releases=release_marks(facts))


def release_marks(facts: FactSet, without: Collection[str] = ()) -> dict[str, list[str]]:
    """What is kept of the release notes of a document, version by version.

    without: marks of sentences that nobody has decided on yet; they come back until somebody has.
    """
    rows = facts.kind == "postman-metadata"
    marks: dict[str, list[str]] = {version: [] for version in facts.evidence.releases}
    for statement in facts.evidence.statements:
        mark = digest(statement.text) if rows else statement.mark
        if mark and mark not in without:
            marks.setdefault(statement.version, []).append(mark)
    return marks
