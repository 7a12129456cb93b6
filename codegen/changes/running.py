"""A spec and a vendor's document from files to changes."""

from __future__ import annotations

from pathlib import Path

from attrs import define

from codegen.changes.baseline import Baseline, load_baseline
from codegen.changes.change import Change, Comparison
from codegen.changes.compare import compare
from codegen.errors import UnusableError
from codegen.facts.errors import DocumentError
from codegen.facts.evidence import squeeze
from codegen.facts.fact import FactSet
from codegen.facts.reading import read_facts, read_spec


class UsageError(UnusableError):
    """The spec and the document do not belong together."""


@define(kw_only=True)
class Drift:
    """Everything that a comparison read and found."""

    spec: FactSet
    document: FactSet
    known: Baseline
    comparison: Comparison

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the document says otherwise than the spec."""
        return self.comparison.changes


def find_drift(spec: Path, document: Path) -> Drift:
    """Compare a spec of ours with a document. Names in messages are the paths as given.

    Raises:
        SpecError: the spec cannot be read.
        DocumentError: the document cannot be read, or was cut off.
        BaselineError: the file beside the spec cannot be read.
        UsageError: they are of two APIs.
    """
    old = read_spec(spec)
    known = load_baseline(spec)
    titles = [old.text(subject, "title") for subject in old.subjects("operation")]
    new = read_facts(document, str(document), titles)
    if new.kind == "postman-metadata" and old.kind in ("openapi", "spec-openapi"):
        reason = f"{document} is the introduction of a Postman collection, {spec} is an OpenAPI document"
        raise UsageError(reason)
    comparison = compare(old, new, known)
    refuse_another(old, new, comparison)
    refuse_half(old, new, known)
    return Drift(spec=old, document=new, known=known, comparison=comparison)


def refuse_another(old: FactSet, new: FactSet, comparison: Comparison) -> None:
    """A document of another API would empty the spec and fill it anew.

    Raises:
        UsageError: no operation of the one is an operation of the other; or clients observed an operation
            that the spec lacks.
    """
    # A report has the name of an operation and no route, so nothing true could be written for a new one.
    unpaired = sorted({one.operation for one in new.subjects("operation")} - set(comparison.pairs.values()))
    if new.kind == "observed" and unpaired:
        raise UsageError(f"{new.file} has operations that {old.file} lacks: {', '.join(unpaired)}")
    ours, theirs = (any(True for _ in facts.subjects("operation")) for facts in (old, new))
    if ours and theirs and not comparison.pairs:
        from codegen.facts.fact import API

        name = new.text(API, "title")
        raise UsageError(
            f"{new.file}{f' ({name!r})' if name else ''} has none of the operations of {old.file}"
            f" ({old.text(API, 'title')!r}): it describes another API"
        )


def refuse_half(old: FactSet, new: FactSet, known: Baseline) -> None:
    """A page that was cut off must not pass for one that lost all that comes behind the cut.

    Raises:
        DocumentError: release notes or operations are missing from some place to the end.
    """
    if not new.kind.startswith("redoc"):
        return
    line = new.end.line if new.end is not None else None
    shown = list(new.evidence.releases)
    missing = [version for version in known.releases if version not in shown]
    # Notes are printed newest first: when the oldest ones are missing, the end of the page is.
    if shown and len(missing) > 1 and list(known.releases)[-len(missing) :] == missing:
        raise DocumentError(
            new.file,
            line,
            f"the page ends here; the release notes from {missing[0]} down to {missing[-1]} are missing: save"
            " the page whole (if the vendor dropped them, take them out of the .vendor.yaml beside the spec)",
        )
    here = {squeeze(new.text(subject, "title")) for subject in new.subjects("operation")}
    written = [old.text(s, "title") for s in old.subjects("operation") if not old.is_assumed(s)]
    gone = [title for title in written if squeeze(title) not in here]
    tail = len(gone) > 1 and written[-len(gone) :] == gone
    if known.releases and not shown and here and tail:
        raise DocumentError(
            new.file,
            line,
            f"the page ends here; the release notes and {len(gone)} operations from {gone[0]!r} on are"
            " missing: save the page whole",
        )
