"""The choice among several media types of a body or response."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codegen.ir import BodyKind, Severity
from codegen.read.openapi.dialect import RawContent
from codegen.read.operation.media import kind_of
from codegen.read.source.findings import Findings

# JSON first, as it is the only one that becomes models.
_ORDER: tuple[BodyKind, ...] = ("json", "form", "multipart", "text", "binary")
KindOf = Callable[[RawContent], BodyKind]


def declared_kind(content: RawContent) -> BodyKind:
    """How content is written and read by its media type alone."""
    return kind_of(content.media_type)


def ranked(contents: Sequence[RawContent], kind: KindOf = declared_kind) -> list[RawContent]:
    """The media types in the order of preference: JSON before forms before text before bytes."""
    return sorted(contents, key=lambda content: _rank(content, kind))


def report_unused(
    unused: Sequence[RawContent], chosen: RawContent, findings: Findings, kind: KindOf = declared_kind
) -> None:
    """Report the media types of a request body that it is not sent as.

    A body of bytes may be sent as any of its types, since the caller can name one.
    """
    for other in unused:
        same = other.schema.value == chosen.schema.value
        # Of bytes the caller chooses the label, so no type of bytes is lost.
        raw = kind(other) == "binary" == kind(chosen)
        hint = "; File(type=…) sends it" if raw else " (the schema is the same)" if same else ""
        findings.gap(
            other.node,
            "media type",
            f"{other.media_type} is not used for this request body; {chosen.media_type} is{hint}",
            severity="note" if same or raw else "gap",
        )
    note_xml(chosen, findings)


def by_kind(
    contents: Sequence[RawContent], what: str, findings: Findings, is_object: Callable[[RawContent], bool]
) -> list[tuple[RawContent, bool]]:
    """The media types of a response, one of each kind, and whether to ask for it.

    The Content-Type of a response tells which one it is. Other spellings of objects and lists that are also
    offered as JSON are not requested, but are read if the server sends them.
    """
    if not contents:
        return []
    best: dict[BodyKind, RawContent] = {}
    for content in sorted(contents, key=lambda content: _rank(content, declared_kind)):
        kind = declared_kind(content)
        # Forms are not parsed in responses, see `OperationReader._content`.
        kind = "text" if kind in ("form", "multipart") else kind
        other = best.setdefault(kind, content)
        if other is not content:
            same = other.schema.value == content.schema.value
            reason = f"{content.media_type} is read as {other.media_type} for the {what}"
            findings.note(content.node, "media type", reason + (" (the schema is the same)" if same else ""))
    first, *others = best.values()
    found = [(first, True)]
    note_xml(first, findings)
    for other in others:
        form = declared_kind(other) in ("form", "multipart")
        asked = not form and "xml" not in other.media_type and not is_object(other)
        found.append((other, asked))
        if not asked:
            reason = f"{other.media_type} is not asked for where {first.media_type} is to be had"
            findings.note(other.node, "media type", reason)
    return found


def note_xml(content: RawContent, findings: Findings, *, severity: Severity = "gap") -> None:
    """Say that XML is not read into objects; only a note where there is another media type for these."""
    if kind_of(content.media_type) == "text" and "xml" in content.media_type:
        reason = f"{content.media_type} is handed over as text, not as objects"
        findings.gap(content.node, "media type", reason, severity=severity)


def _rank(content: RawContent, kind: KindOf) -> tuple[int, int]:
    essence = content.media_type.partition(";")[0].strip().lower()
    # The plain type before a vendor's own, a patch or a range, as servers support it most reliably.
    exact = 0 if essence == "application/json" else 1 if "patch" not in essence and "*" not in essence else 2
    if kind(content) == "binary" and kind_of(essence) == "json":
        exact = 3  # bytes that are labelled as JSON: any type of bytes says more
    return _ORDER.index(kind(content)), exact
