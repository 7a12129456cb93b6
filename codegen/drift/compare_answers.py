"""Answers: the keys and JSON types of the sample (or of a response schema) against the schema of the spec."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.drift.baseline import Baseline
from codegen.drift.compare_fields import fits, other_format
from codegen.drift.evidence import Evidence
from codegen.drift.finding import Finding, change_kind
from codegen.drift.spec_facts import SpecField, SpecOperation, type_text
from codegen.vendor.document import At, Shape, VendorDocument, VendorField, VendorOperation


class Answers:
    """Compares answers one operation at a time, and at the end the revisions of shared schemas."""

    def __init__(self, document: VendorDocument, baseline: Baseline, evidence: Evidence) -> None:
        self._tells = document.tells
        self._baseline = baseline
        self._evidence = evidence
        self._versions: dict[str, dict[str, At]] = {}
        self._marks: dict[str, set[str]] = {}
        self._known: dict[str, tuple[SpecOperation, SpecField, At]] = {}

    def compare(self, ours: SpecOperation, theirs: VendorOperation) -> list[Finding]:
        """The answer of one operation."""
        self._collect(ours, theirs)
        sample = theirs.response_sample
        if theirs.broken_sample:
            return []
        if sample is None and theirs.response_fields:
            sample = _as_shape(theirs.response_fields, theirs.at)
        if "samples" not in self._tells and sample is None and not theirs.answers_nothing:
            return []
        is_error = sample is not None and set(sample.members) == {"errors"}
        findings = self._error_flag(ours, theirs, shown=is_error) if "header" in self._tells else []
        if is_error:
            return findings
        if sample is None or ours.answer is None:
            return findings + self._whole(ours, theirs, sample)
        return findings + self._members(ours, theirs, ours.answer, sample)

    def _error_flag(self, ours: SpecOperation, theirs: VendorOperation, *, shown: bool) -> list[Finding]:
        if shown == ours.errors_shown:
            return []
        sample = theirs.response_sample
        return [
            Finding(
                kind="added" if shown else "removed",
                facet="error sample",
                operation=ours.title,
                name="errors",
                spec=ours.at,
                vendor=sample.at if sample else theirs.at,
            )
        ]

    def _whole(self, ours: SpecOperation, theirs: VendorOperation, sample: Shape | None) -> list[Finding]:
        """An answer that one side does not have."""
        if sample is not None and (sample.members or sample.items):
            keys = ", ".join(sample.members or (sample.row.members if sample.row else {}))
            return [
                Finding(
                    kind="added",
                    facet="answer",
                    operation=ours.title,
                    new=keys or sample.kind,
                    spec=ours.at,
                    vendor=sample.at,
                )
            ]
        if sample is None and ours.answer is not None and ours.provenance.get("response") == "documented":
            return [
                Finding(
                    kind="removed",
                    facet="answer",
                    operation=ours.title,
                    old=", ".join(ours.answer.members),
                    spec=ours.answer.at,
                    vendor=theirs.at,
                )
            ]
        return []

    def _members(
        self, ours: SpecOperation, theirs: VendorOperation, answer: SpecField, sample: Shape
    ) -> list[Finding]:
        """An object, a collection, a bare list, or the one row that a page shows of a collection."""
        bare = ours.rows is answer
        if (sample.kind == "array") != bare and (bare or ours.rows is None):
            return [_answer_kind(ours, answer, sample)]
        if sample.kind == "array":
            row = sample.row
            return self._object(ours, ours.rows or answer, row, "", sample.at) if row is not None else []
        if ours.rows is not None and ours.rows is not answer and "value" not in sample.members:
            stated = [
                f
                for f in answer.members.values()
                if f.provenance == "documented" and f.name not in sample.members
            ]
            if not stated:
                return self._object(ours, ours.rows, sample, "", sample.at)
        return self._object(ours, answer, sample, "", theirs.at)

    def _object(
        self, ours: SpecOperation, known: SpecField, sample: Shape, prefix: str, missing_at: At
    ) -> list[Finding]:
        findings: list[Finding] = []
        for name, shape in sample.members.items():
            path = f"{prefix}{name}"
            field = known.members.get(name)
            if field is None:
                findings.append(
                    Finding(
                        kind="added",
                        facet="answer field",
                        operation=ours.title,
                        name=path,
                        new=shape.kind,
                        spec=known.at,
                        vendor=shape.at,
                    )
                )
                continue
            findings += self._field(ours, field, shape, path)
        omitted = set(self._baseline.sample_omits.get(ours.title, ()))
        for name, field in known.members.items():
            path = f"{prefix}{name}"
            if name in sample.members:
                if path in omitted:
                    findings.append(
                        Finding(
                            kind="documented",
                            facet="answer field",
                            operation=ours.title,
                            name=path,
                            note="the sample left it out before",
                            spec=field.at,
                            vendor=sample.members[name].at,
                        )
                    )
            elif field.provenance == "documented" and path not in omitted and not self._unseen(ours, path):
                findings.append(
                    Finding(
                        kind="removed",
                        facet="answer field",
                        operation=ours.title,
                        name=path,
                        spec=field.at,
                        vendor=missing_at,
                    )
                )
        return findings

    @staticmethod
    def _unseen(ours: SpecOperation, path: str) -> bool:
        """Whether a field may come from the samples of others: the rows here were never shown before."""
        paging = ours.answer is not None and path in ours.answer.members
        return ours.rows is not None and ours.provenance.get("response") == "inferred" and not paging

    def _field(self, ours: SpecOperation, field: SpecField, shape: Shape, path: str) -> list[Finding]:
        findings = _declared(ours, field, shape, path)
        collapsed = shape.kind in ("object", "array") and not shape.members and not shape.items
        if shape.kind != "null" and not fits(shape.kind, field.own_type) and not fits(shape.kind, field.type):
            findings.append(
                Finding(
                    kind="changed",
                    facet="type of answer field",
                    operation=ours.title,
                    name=path,
                    old=field.type or "any",
                    new=shape.kind,
                    spec=field.at,
                    vendor=shape.at,
                )
            )
        if field.provenance != "documented" and (not collapsed or field.type in ("object", "array")):
            findings.append(
                Finding(
                    kind="documented",
                    facet="answer field",
                    operation=ours.title,
                    name=path,
                    new=shape.kind,
                    spec=field.at,
                    vendor=shape.at,
                )
            )
        if shape.kind == "array" and shape.row is not None:
            findings += self._row(ours, field, shape, path)
        elif shape.members and field.members:
            findings += self._object(ours, field, shape, f"{path}.", shape.at)
        return findings

    def _row(self, ours: SpecOperation, field: SpecField, shape: Shape, path: str) -> list[Finding]:
        """The items of a list that the sample shows expanded: all rows together."""
        rows = [item for item in shape.items if item.kind == "object" and item.members]
        if rows:
            merged = Shape(kind="object", at=rows[0].at)
            for row in rows:
                merged.members = {**row.members, **merged.members}
            prefix = "" if field is ours.rows else f"{path}[]."
            return self._object(ours, field, merged, prefix, shape.at)
        item = shape.items[0]
        if item.kind in ("object", "null") or field.items is None or fits(item.kind, field.items):
            return []
        return [
            Finding(
                kind="changed",
                facet="type of answer field",
                operation=ours.title,
                name=f"{path}[]",
                old=field.items,
                new=item.kind,
                spec=field.at,
                vendor=item.at,
            )
        ]

    # -- revisions ---------------------------------------------------------------------------------

    def _collect(self, ours: SpecOperation, theirs: VendorOperation) -> None:
        """Marks are gathered over all operations that answer with a schema, since they share its fields."""
        if "releases" not in self._tells or ours.answer is None:
            return
        for field in _all_fields(ours.answer):
            key = field.at.pointer
            self._known.setdefault(key, (ours, field, theirs.at))
            said = self._evidence.versions(ours, ("response", ""), field.name)
            self._versions.setdefault(key, {}).update(said)
            for which in ("filterable", "sortable"):
                mark = theirs.lists[which].names.get(field.name) if which in theirs.lists else None
                if mark is not None and mark.since:
                    self._marks.setdefault(key, set()).add(mark.since)

    def revisions(self) -> list[Finding]:
        """Fields whose revision the document does not support, or gives otherwise. Call once, at the end."""
        findings = []
        for key, (ours, field, vendor_at) in self._known.items():
            said = self._versions.get(key, {})
            if (
                field.since in said
                or field.since in self._marks.get(key, set())
                or (field.since is None and not said)
            ):
                continue
            version, where = next(iter(said.items()), ("", vendor_at))
            kind = change_kind(field.since, version)
            findings.append(
                Finding(
                    kind=kind,
                    facet="revision mark",
                    operation=ours.title,
                    name=f"answer field {field.name}",
                    old=field.since or "",
                    new=version,
                    spec=field.at,
                    vendor=where,
                )
            )
        return findings


def _answer_kind(ours: SpecOperation, answer: SpecField, sample: Shape) -> Finding:
    return Finding(
        kind="changed",
        facet="type of the answer",
        operation=ours.title,
        old=answer.own_type,
        new=sample.kind,
        spec=answer.at,
        vendor=sample.at,
    )


def _declared(ours: SpecOperation, known: SpecField, shape: Shape, path: str) -> list[Finding]:
    """What a schema says beyond the type, and a null in a sample.

    Null is only ever added: neither a sample nor a schema that does not mention it says that it never comes.
    """
    found = shape.declared
    pairs: list[tuple[str, str, str]] = []
    null = found.nullable if found is not None else shape.kind == "null"
    if null and not known.nullable and known.own_type:
        pairs.append(("nullability", "never null", "or null"))
    if found is not None:
        if found.required != known.required:
            was, now = (("required" if side else "optional") for side in (known.required, found.required))
            pairs.append(("required mark", was, now))
        if found.type == known.own_type and other_format(known, found):
            pairs.append(("type", known.page_type, type_text(found.type, found.items, found.format)))
        if set(found.enum or ()) != set(known.enum or ()):
            pairs.append(("Enum", ", ".join(known.enum or ()), ", ".join(found.enum or ())))
    return [
        Finding(
            kind=change_kind(old, new),
            facet=f"{what} of answer field",
            operation=ours.title,
            name=path,
            old=old,
            new=new,
            spec=known.at,
            vendor=shape.at,
        )
        for what, old, new in pairs
    ]


def _all_fields(answer: SpecField) -> Iterator[SpecField]:
    for field in answer.members.values():
        yield field
        yield from _all_fields(field)


def _as_shape(fields: dict[str, VendorField], where: At) -> Shape:
    """A printed response schema as a sample of it."""
    members = {
        name: Shape(kind="null" if f.type == "any" else f.type, at=f.at, declared=f)
        for name, f in fields.items()
    }
    return Shape(kind="object", at=where, members=members)
