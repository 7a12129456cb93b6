"""An import from files to files: compare, write into the texts, compare again, put them in place."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from attrs import define

from codegen.changes.baseline import baseline_path
from codegen.changes.change import Change, Comparison
from codegen.changes.compare import compare
from codegen.changes.descriptions import learnt
from codegen.changes.match import match_operations
from codegen.changes.notes import ALREADY
from codegen.changes.report import line_of
from codegen.changes.running import refuse_another, refuse_half
from codegen.changes.shown import learnt_marks
from codegen.edit.collection import CollectionEdits
from codegen.edit.draft import Draft
from codegen.edit.notes import notes_text
from codegen.edit.openapi import OpenApiEdits
from codegen.edit.written import Written
from codegen.errors import UnusableError
from codegen.facts.fact import FactSet
from codegen.facts.reading import read_facts

_ROUNDS: Final = 5
_TOO_MUCH: Final = 0.1
"""The share of a spec's operations and fields that a document may take away unasked."""
_FEW: Final = 5
"""Removals that are never too many, however small the spec."""


class RefusedError(UnusableError):
    """The document would take away too much of the spec to be what it seems; the text says so."""


@define(kw_only=True)
class Imported:
    """The outcome.

    document: what was read. written: what is in the spec now. before: all differences that there were;
    left: those that a person must decide; changes: old and new text of the files that change.
    """

    document: FactSet
    written: Written
    before: tuple[Change, ...]
    left: tuple[Change, ...]
    changes: dict[Path, tuple[str, str]]

    @property
    def to_decide(self) -> list[Change]:
        """What is left and not of the quiet class."""
        return [change for change in self.left if not change.quiet]

    def patch(self) -> str:
        """The changes as a unified diff."""
        return "".join(
            line
            for path, (old, new) in self.changes.items()
            for line in difflib.unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=2
            )
        )

    def write(self) -> None:
        """Put the new texts in place, each file whole or not at all."""
        for path, (_, new) in self.changes.items():
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(new.encode("utf-8"))
            fresh.replace(path)


def import_document(
    document: Path,
    spec: Path,
    *,
    allow_removal: bool = False,
    decided: Collection[str] = (),
) -> Imported:
    """Write what a document says into the texts of a spec; nothing on disk changes yet.

    Args:
        allow_removal: the document may take away more than a tenth of the spec.
        decided: ids of sentences that a person has decided; they are remembered and do not come back.
    Raises:
        RefusedError: the document would take away more than a tenth of the spec.
        UsageError: it describes another API.
        DocumentError, SpecError: a file cannot be read; also an edited spec that nothing on disk shows.
    """
    draft = Draft.load(spec)
    old = draft.facts()
    titles = [old.text(subject, "title") for subject in old.subjects("operation")]
    new = read_facts(document, str(document), titles)
    source = _loaded(document) if new.kind == "postman-collection" else None
    first = compare(old, new, draft.baseline)
    refuse_another(old, new, first)
    if not allow_removal:
        refuse_half(old, new, draft.baseline)
        refuse_removal(old, first, document)
    before, written = draft.texts, Written()
    if first.changes:
        draft, written = _edited(draft, old, new, first, source)
    texts = draft.finished()
    finished = Draft(spec, texts, draft.baseline).facts()
    if draft.baseline.descriptions is not None:
        # Once they are remembered, statuses and values that a spec has no place for are no difference.
        pairs = match_operations(finished, new)
        draft.baseline.shown = learnt_marks(draft.baseline.shown or {}, finished, new, pairs)
    last = compare(finished, new, draft.baseline)
    left = last.changes
    open_marks = _open_marks(left, decided)
    for change in left:
        if _is_reworded(change):
            written.note(f"{line_of(change)}: does our description still fit?")
    if draft.baseline.descriptions is not None:
        draft.baseline.descriptions = learnt(draft.baseline.descriptions, finished, new, last.pairs)
    notes = notes_text(texts.get(baseline_path(spec)), draft.baseline, new, open_marks)
    if notes is not None:
        texts[baseline_path(spec)] = notes
    return Imported(
        document=new,
        written=written,
        before=first.changes,
        left=tuple(change for change in left if _is_open(change, open_marks)),
        changes={
            path: (before.get(path, ""), text) for path, text in texts.items() if before.get(path) != text
        },
    )


def _open_marks(left: tuple[Change, ...], decided: Collection[str]) -> set[str]:
    """Sentences of the release notes that a person has yet to decide; the others are covered by the spec."""
    return {
        change.subject.path[1]
        for change in left
        if change.kind == "sentence" and change.after is not None
        if change.id not in decided and not change.note.endswith(ALREADY)
    }


def _is_open(change: Change, open_marks: set[str]) -> bool:
    """Whether a change is left once the notes are written: what they remember does not come back."""
    if change.kind == "sentence":
        return change.after is not None and change.subject.path[1] in open_marks
    return change.subject.kind != "release" and not _is_reworded(change)


def _is_reworded(change: Change) -> bool:
    """Whether the vendor describes something in other words: that is remembered, and ours are kept."""
    return change.aspect == "description" and change.before is None


def _edited(
    draft: Draft, old: FactSet, new: FactSet, first: Comparison, source: Any
) -> tuple[Draft, Written]:
    """Write, compare, and write what that brought to light, as long as less is left each time."""
    written, now = Written(), first
    for _ in range(_ROUNDS):
        kept = draft.again(draft.finished()) if written.done else None
        said = _apply(draft, old, new, now, source)
        old = draft.facts()
        then = compare(old, new, draft.baseline)
        if kept is not None and _weight(then) >= _weight(now):
            return kept, written
        written = Written(
            [*written.done, *said.done], [*written.look, *said.look], [*written.removed, *said.removed]
        )
        now = then
        if not _weight(now) or not said.done:
            break
    return draft, written


def _apply(draft: Draft, old: FactSet, new: FactSet, comparison: Comparison, source: Any) -> Written:
    data = draft.data(draft.spec)
    if old.kind in ("openapi", "spec-openapi"):
        return OpenApiEdits(data, old, new, comparison, draft.baseline).apply()
    if draft.overlay is None:
        return Written()
    return CollectionEdits(data, draft.data(draft.overlay), source, old, new, comparison).apply()


def refuse_removal(old: FactSet, comparison: Comparison, document: Path) -> None:
    """Raise RefusedError where a document takes away more than a tenth of the operations or fields."""
    for kinds, what in (
        (("operation",), "operations"),
        (("parameter", "request-field", "response-field"), "fields"),
    ):
        have = sum(1 for subject in old.subjects() if subject.kind in kinds)
        gone = [
            c
            for c in comparison.changes
            if c.kind == "removed" and c.aspect == "exists" and c.subject.kind in kinds
        ]
        if len(gone) > max(_FEW, have * _TOO_MUCH):
            names = ", ".join(sorted({change.title or change.subject.name for change in gone})[:5])
            raise RefusedError(
                f"{document} lacks {len(gone)} of {have} {what} of the spec ({names}, …): was it saved "
                "whole, and is it the page of this API? If the vendor really took them away, repeat with "
                "--allow-removal"
            )


def _weight(comparison: Comparison) -> int:
    """How much is left; the quiet class does not count, nor do sentences that the spec bears out by now."""
    return sum(
        1
        for change in comparison.changes
        if not change.quiet and not (change.kind == "sentence" and change.note.endswith(ALREADY))
    )


def _loaded(document: Path) -> Any:
    return json.loads(document.read_bytes().decode("utf-8-sig"))
