"""What a document holds against what the package and the report hold: nothing goes missing in silence."""

from __future__ import annotations

from codegen.ir import Document, Place
from codegen.read.source.findings import Findings


def check(document: Document, findings: Findings) -> None:
    """Report every kind of thing of which the package and the report together do not hold all."""
    dropped: dict[str, int] = {}
    for gap in findings.gaps:
        if gap.dropped:
            dropped[gap.what] = dropped.get(gap.what, 0) + 1
    for kind, held in packaged(document).items():
        missing = document.counts[kind] - held - dropped.get(_SINGULAR[kind], 0)
        if missing:
            reason = (
                f"{missing} of the {document.counts[kind]} {kind} of the document are neither read nor named"
            )
            findings.gap(Place(document.file, "", 1), _SINGULAR[kind], reason)


_SINGULAR = {
    "operations": "operation",
    "parameters": "parameter",
    "bodies": "body",
    "responses": "response",
    "schemas": "schema",
}


def packaged(document: Document) -> dict[str, int]:
    """What the intermediate form holds, in the words of `Document.counts`."""
    named = {c.place for c in document.models}
    named |= {c.place for c in document.enums}
    named |= {c.place for c in document.aliases}
    return {
        "operations": len(document.operations),
        "parameters": sum(len(o.parameters) for o in document.operations),
        "bodies": sum(1 for o in document.operations if o.body is not None),
        "responses": sum(len(o.responses) for o in document.operations),
        "schemas": len(document.definitions & {(place.file, place.pointer) for place in named}),
    }
