"""Which of several media types the package uses."""

from __future__ import annotations

from collections.abc import Sequence

from codegen.ir import BodyKind
from codegen.read.openapi.dialect import RawContent
from codegen.read.operation.media import kind_of
from codegen.read.source.findings import Findings

_ORDER: tuple[BodyKind, ...] = ("json", "form", "multipart", "text", "binary")


def choose(contents: Sequence[RawContent], what: str, findings: Findings) -> RawContent | None:
    """The media type that the package uses: JSON before forms before text before bytes; others are reported.

    An answer in another media type is a note (the client asks for the chosen one), a body a gap.
    """
    if not contents:
        return None
    chosen = min(contents, key=_rank)
    for other in contents:
        if other is chosen:
            continue
        same = other.schema.value == chosen.schema.value
        findings.gap(
            other.node,
            "media type",
            f"{other.media_type} is not used for this {what}; {chosen.media_type} is"
            + (" (the schema is the same)" if same else ""),
            severity="note" if same or what.endswith("answer") else "gap",
        )
    if kind_of(chosen.media_type) == "text" and "xml" in chosen.media_type:
        findings.gap(chosen.node, "media type", f"{chosen.media_type} is handed over as text, not as objects")
    return chosen


def _rank(content: RawContent) -> tuple[int, int]:
    essence = content.media_type.partition(";")[0].strip().lower()
    exact = 0 if essence == "application/json" else 1 if "patch" not in essence else 2
    return _ORDER.index(kind_of(essence)), exact
