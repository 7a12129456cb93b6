"""Writing the file beside a spec that keeps what a vendor document says beyond it."""

from __future__ import annotations

import io
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from codegen.drift.baseline import Baseline, digest, parse_baseline
from codegen.drift.evidence import statement_mark
from codegen.vendor.document import VendorDocument

_HEADER: Final = """\
# What the vendor's document says beyond the spec beside this file, as it was last looked at.
# Kept by `python -m codegen import`; `python -m codegen drift` reads it. It holds no text of the vendor.
#   releases      version: the facts its sentences state, or a digest of a sentence that no rule reads
#   sample_omits  operation: fields of its answer that its own sample leaves out; by hand
#   gone          what old notes still name and the spec has no more: routes, names of an operation
#   words         names in the prose that are neither methods nor fields of the API; by hand
"""


def release_marks(document: VendorDocument) -> dict[str, list[str]]:
    """What the baseline keeps of the releases of a document."""
    keep = digest_all if document.kind == "postman-page" else statement_marks
    return {release.version: keep(release.statements) for release in document.releases}


def statement_marks(statements: list[Any]) -> list[str]:
    """Facts of the sentences of an entry of release notes."""
    return [mark for statement in statements if (mark := statement_mark(statement))]


def digest_all(statements: list[Any]) -> list[str]:
    """Digests of the sentences of a row of a version table."""
    return [digest(statement.text) for statement in statements]


def baseline_text(before: str | None, seen: Baseline, document: VendorDocument) -> str:
    """The new content of the file. Unchanged content gives the same bytes.

    before: the content now, None where there is no file; seen: what to keep beside the releases.
    """
    marks, omits, gone = release_marks(document), seen.sample_omits, seen.gone
    known = parse_baseline(before, seen.path) if before is not None else None
    if known is not None and (marks, omits, gone) == (known.releases, known.sample_omits, known.gone):
        return before or ""
    writer = YAML()
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    data = CommentedMap()
    data["releases"] = CommentedMap({SingleQuotedScalarString(v): marks[v] for v in marks})
    for version, items in data["releases"].items():
        if not items:
            data["releases"][version] = writer.seq([])
            data["releases"][version].fa.set_flow_style()
    if omits:
        data["sample_omits"] = CommentedMap(omits)
    if gone:
        data["gone"] = list(gone)
    if seen.words:
        data["words"] = list(seen.words)
    stream = io.StringIO()
    writer.dump(data, stream)
    return _HEADER + stream.getvalue()
