"""Parameters and body fields: names, types, formats, required marks, enums, revision marks."""

from __future__ import annotations

from typing import Final

from codegen.drift.evidence import Evidence, mark_finding
from codegen.drift.finding import Finding, change_kind
from codegen.drift.spec_facts import SpecField, SpecOperation, type_text
from codegen.vendor.document import At, Shape, VendorDocument, VendorField, VendorOperation

CONTENT_TYPE: Final = ("header", "Content-Type")
KNOWN_TYPES: Final = frozenset({"", "string", "integer", "number", "boolean", "object", "array", "any"})
_NUMBERS: Final = {"integer": {"integer", "number"}, "number": {"number"}}


def compare_parameters(
    ours: SpecOperation, theirs: VendorOperation, document: VendorDocument, evidence: Evidence
) -> list[Finding]:
    """Parameters by location and name. The Content-Type of a page is a flag of the spec."""
    findings: list[Finding] = []
    if "header" in document.tells:
        findings += _content_type(ours, theirs)
    printed = {known.name for known in ours.parameters.values()}
    shown: dict[tuple[str, str], VendorField] = {
        (where, next((k.name for k in ours.parameters.values() if k.own_name == name), name))
        if name not in printed
        else (where, name): found
        for (where, name), found in theirs.parameters.items()
    }
    shown, renamed = _renamed_variable(ours, shown)
    findings += renamed
    for key, found in shown.items():
        if key == CONTENT_TYPE and "header" in document.tells:
            continue
        known = ours.parameters.get(key)
        facet = f"{found.location} parameter"
        if known is None:
            findings.append(_added(ours, found, facet, ours.at))
            continue
        findings += _same_field(ours, known, found, facet, (str(found.location),), evidence)
    for key, known in ours.parameters.items():
        if key not in shown and not _only_inferred(known, ours.provenance.get("request")):
            findings.append(_removed(ours, known, f"{known.location} parameter", theirs.at))
    return findings


def _renamed_variable(
    ours: SpecOperation, shown: dict[tuple[str, str], VendorField]
) -> tuple[dict[tuple[str, str], VendorField], list[Finding]]:
    """A path variable cannot come or go without its route: one gone and one new are the same one."""
    new = [key for key in shown if key[0] == "path" and key not in ours.parameters]
    gone = [key for key in ours.parameters if key[0] == "path" and key not in shown]
    if len(new) != 1 or len(gone) != 1:
        return shown, []
    known, found = ours.parameters[gone[0]], shown[new[0]]
    finding = Finding(
        kind="changed",
        facet="path parameter",
        operation=ours.title,
        name=known.name,
        old=known.name,
        new=found.name,
        spec=known.at,
        vendor=found.at,
    )
    return {gone[0] if key == new[0] else key: entry for key, entry in shown.items()}, [finding]


def _only_inferred(known: SpecField, request: str | None) -> bool:
    return known.provenance == "inferred" or request == "inferred"


def _content_type(ours: SpecOperation, theirs: VendorOperation) -> list[Finding]:
    shown = theirs.parameters.get(CONTENT_TYPE)
    if (shown is not None) == ours.content_type_header:
        if shown is None or (shown.type == "string" and shown.required):
            return []
        now = f"{shown.type}{', required' if shown.required else ', optional'}"
        return [
            Finding(
                kind="changed",
                facet="header parameter",
                operation=ours.title,
                name="Content-Type",
                old="string, required",
                new=now,
                spec=ours.at,
                vendor=shown.at,
            )
        ]
    kind = change_kind(shown is None, shown)
    where = shown.at if shown is not None else theirs.at
    return [
        Finding(
            kind=kind,
            facet="header parameter",
            operation=ours.title,
            name="Content-Type",
            spec=ours.at,
            vendor=where,
        )
    ]


def compare_body(ours: SpecOperation, theirs: VendorOperation, evidence: Evidence) -> list[Finding]:
    """The body as a whole, then its fields."""
    known, found = ours.body, theirs.body
    if known is None and found is None:
        return []
    if known is None or found is None:
        side = found or known
        fields = ", ".join(side.fields) if side else ""
        if found is None and ours.provenance.get("request") == "inferred":
            return []
        return [
            Finding(
                kind="added" if found else "removed",
                facet="request body",
                operation=ours.title,
                old="" if found else fields,
                new=fields if found else "",
                spec=known.at if known else ours.at,
                vendor=found.at if found else theirs.at,
            )
        ]
    findings = []
    if found.media_type and known.media_type != found.media_type:
        findings.append(
            Finding(
                kind="changed",
                facet="media type of the body",
                operation=ours.title,
                old=known.media_type,
                new=found.media_type,
                spec=known.at,
                vendor=found.at,
            )
        )
    if known.is_array != found.is_array:
        old, new = (("array" if side else "object") for side in (known.is_array, found.is_array))
        findings.append(
            Finding(
                kind="changed",
                facet="request body",
                operation=ours.title,
                old=old,
                new=new,
                spec=known.at,
                vendor=found.at,
            )
        )
    sample = sample_fields(theirs)
    for name, entry in found.fields.items():
        if name in known.fields:
            findings += _same_field(ours, known.fields[name], entry, "body field", ("body",), evidence)
            findings += _sample_type(ours, known.fields[name], entry, sample.get(name))
        else:
            findings.append(_added(ours, entry, "body field", known.at))
    for name, ours_field in known.fields.items():
        if name not in found.fields and not _only_inferred(ours_field, ours.provenance.get("request")):
            findings.append(_removed(ours, ours_field, "body field", found.at))
    findings += [
        Finding(
            kind="added",
            facet="body field",
            operation=ours.title,
            name=name,
            new=shape.kind,
            note="only the request sample has it",
            spec=known.at,
            vendor=shape.at,
        )
        for name, shape in sample.items()
        if name not in known.fields and name not in found.fields
    ]
    return findings


def sample_fields(theirs: VendorOperation) -> dict[str, Shape]:
    """The fields that the request sample shows."""
    sample = theirs.request_sample
    if sample is not None and sample.kind == "array":
        sample = sample.row
    return sample.members if sample is not None else {}


def _sample_type(
    ours: SpecOperation, known: SpecField, found: VendorField, sample: Shape | None
) -> list[Finding]:
    """A sample that contradicts its own table, unless the spec already follows the sample."""
    if (
        sample is None
        or sample.kind == "null"
        or (found.type and fits(sample.kind, found.type))
        or fits(sample.kind, known.own_type)
    ):
        return []
    return [
        Finding(
            kind="changed",
            facet="type in the request sample of body field",
            operation=ours.title,
            name=found.name,
            old=known.own_type,
            new=sample.kind,
            spec=known.at,
            vendor=sample.at,
        )
    ]


def fits(kind: str, declared: str) -> bool:
    """Whether a value of a JSON kind can stand where a type is declared."""
    return declared in ("", "any") or declared in _NUMBERS.get(kind, {kind})


def _added(ours: SpecOperation, found: VendorField, facet: str, where: At) -> Finding:
    return Finding(
        kind="added",
        facet=facet,
        operation=ours.title,
        name=found.name,
        new=describe(found),
        spec=where,
        vendor=found.at,
    )


def describe(found: VendorField) -> str:
    """Type and marks of a field in words."""
    parts = [type_text(found.type, found.items, found.format)]
    parts += ["required"] if found.required else []
    parts += [f"Enum {', '.join(found.enum)}"] if found.enum else []
    parts += [f"Rev {found.since}"] if found.since else []
    return ", ".join(parts)


def _removed(ours: SpecOperation, known: SpecField, facet: str, where: At) -> Finding:
    return Finding(
        kind="removed", facet=facet, operation=ours.title, name=known.name, spec=known.at, vendor=where
    )


def _same_field(
    ours: SpecOperation,
    known: SpecField,
    found: VendorField,
    facet: str,
    facets: tuple[str, ...],
    evidence: Evidence,
) -> list[Finding]:
    findings = _type(ours, known, found, facet, evidence) if "types" in evidence.tells else []
    if found.nullable and not known.nullable and found.type and known.own_type:
        findings.append(_changed(ours, known, found, f"nullability of {facet}", "never null", "or null"))
    if "required" in evidence.tells and known.required != found.required:
        old, new = (("required" if side else "optional") for side in (known.required, found.required))
        findings.append(_changed(ours, known, found, f"required mark of {facet}", old, new))
    if "enums" in evidence.tells:
        findings += _enum(ours, known, found, facet)
    if "since" in evidence.tells:
        statements = evidence.versions(ours, facets, found.name)
        mark = mark_finding(ours.title, found.name, known.since, known.at, found.since, found.at, statements)
        findings += [mark] if mark else []
    for what, was, now in (
        ("page size", known.page_size, found.page_size),
        ("page limit", known.page_limit, found.page_limit),
    ):
        if was is not None and now is not None and was != now:
            findings.append(_changed(ours, known, found, f"{what} of {facet}", str(was), str(now)))
    if known.provenance == "inferred":
        findings.append(
            Finding(
                kind="documented",
                facet=facet,
                operation=ours.title,
                name=found.name,
                spec=known.at,
                vendor=found.at,
            )
        )
    return findings


def _type(
    ours: SpecOperation, known: SpecField, found: VendorField, facet: str, evidence: Evidence
) -> list[Finding]:
    # A machine-readable document has the types that the spec chose over those of the page.
    if found.type not in KNOWN_TYPES or not found.type:
        # The reader has said already that it does not know this word.
        return []
    own = "samples" not in evidence.tells and found.type == known.own_type
    new_type = type_text(found.type, found.items, found.format)
    bare = type_text(found.type, found.items, None) == type_text(
        known.own_type if own else known.type, known.items if found.items else None, None
    )
    if not bare or other_format(known, found):
        old_items = known.items if found.items or known.type != found.type else None
        old_type = type_text(known.type, old_items, known.format)
        return [_changed(ours, known, found, f"type of {facet}", old_type, new_type)]
    return []


def other_format(known: SpecField, found: VendorField) -> bool:
    """Whether a format differs: one of ours refines a bare type; one that is printed must be the spec's."""
    if found.format:
        return found.format != known.format
    return bool(known.format) and known.provenance == "documented" and known.format in _PRINTED


_PRINTED: Final = frozenset(
    {"date", "date-time", "int32", "int64", "float", "double", "uuid", "uri", "email", "byte", "binary"}
)
"""Formats that a page prints behind the type; the spec has others of its own, such as decimal."""


def _changed(
    ours: SpecOperation, known: SpecField, found: VendorField, facet: str, old: str, new: str
) -> Finding:
    return Finding(
        kind="changed",
        facet=facet,
        operation=ours.title,
        name=found.name,
        old=old,
        new=new,
        spec=known.at,
        vendor=found.at,
    )


def _enum(ours: SpecOperation, known: SpecField, found: VendorField, facet: str) -> list[Finding]:
    """Values in any order."""
    if set(known.enum or ()) == set(found.enum or ()):
        return []
    old, new = (", ".join(side or ()) for side in (known.enum, found.enum))
    kind = change_kind(old, new)
    return [
        Finding(
            kind=kind,
            facet=f"Enum of {facet}",
            operation=ours.title,
            name=found.name,
            old=old,
            new=new,
            spec=known.at,
            vendor=found.at,
        )
    ]
