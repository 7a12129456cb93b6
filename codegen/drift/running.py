"""A spec and a vendor document from files to findings."""

from __future__ import annotations

from pathlib import Path

from attrs import define

from codegen.drift.baseline import Baseline, load_baseline
from codegen.drift.compare import compare, match_operations
from codegen.drift.compare_page import compare_auth, compare_page
from codegen.drift.evidence import squeeze
from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecFacts
from codegen.drift.spec_openapi import read_spec
from codegen.drift.spec_postman import PageFacts, read_collection
from codegen.read.source.findings import Findings
from codegen.read.source.load import load
from codegen.read.source.node import Source
from codegen.vendor import VendorDocument, VendorError, read_vendor_document


class UsageError(Exception):
    """The spec and the document do not belong together."""


@define(kw_only=True)
class Drift:
    """Everything that a comparison read and found. page: of a Postman spec only."""

    spec: SpecFacts
    document: VendorDocument
    baseline: Baseline
    findings: list[Finding]
    page: PageFacts | None = None


def find_drift(spec: Path, document: Path) -> Drift:
    """Compare. Names in messages are the paths as given.

    Raises:
        SpecError: the spec cannot be read.
        VendorError: the document cannot be read.
        BaselineError: the file beside the spec cannot be read.
        UsageError: one speaks of a Postman collection, the other of an OpenAPI document.
    """
    findings = Findings()
    source = load(spec, str(spec), findings)
    overlay = _overlay(spec, findings)
    findings.raise_problems()
    assert source is not None  # noqa: S101  (load reports a problem otherwise)
    baseline = load_baseline(spec)
    if _is_collection(source):
        facts, page = read_collection(source, overlay)
        found = read_vendor_document(document, str(document), facts.operations)
        _refuse_another(facts, found)
        if found.kind == "postman-page":
            return Drift(
                spec=facts,
                document=found,
                baseline=baseline,
                page=page,
                findings=compare_page(facts, page, found, baseline),
            )
        differences = compare(facts, found, baseline) + (compare_auth(page, found) if found.auth else [])
        return Drift(spec=facts, document=found, baseline=baseline, page=page, findings=differences)
    facts = read_spec(source)
    found = read_vendor_document(document, str(document), facts.operations)
    if found.kind == "postman-page":
        raise UsageError(
            f"{document} is the introduction of a Postman collection, {spec} is an OpenAPI document"
        )
    _refuse_another(facts, found)
    _refuse_half(facts, found, baseline)
    return Drift(spec=facts, document=found, baseline=baseline, findings=compare(facts, found, baseline))


def _refuse_another(spec: SpecFacts, document: VendorDocument) -> None:
    """A document of another API would empty the spec and fill it anew."""
    pairs, _ = match_operations(spec, document)
    if document.operations and spec.operations and not pairs:
        name = f" ({document.title!r})" if document.title else ""
        raise UsageError(
            f"{document.file}{name} has none of the operations of {spec.file} ({spec.title!r}):"
            " it describes another API"
        )


def _refuse_half(spec: SpecFacts, document: VendorDocument, baseline: Baseline) -> None:
    """A page that was cut off must not pass for one that lost all that comes behind the cut."""
    if not document.kind.startswith("redoc") or "header" not in document.tells:
        return
    shown = {squeeze(title) for title in document.operations}
    written = [op.title for op in spec.operations.values() if op.provenance.get("request") != "inferred"]
    _refuse_cut_notes(document, baseline)
    missing = [title for title in written if squeeze(title) not in shown]
    tail = len(missing) > 1 and written[-len(missing) :] == missing
    if baseline.releases and not document.releases and shown and tail:
        raise VendorError(
            document.file,
            document.end_at.line,
            f"the page ends here; the release notes and {len(missing)} operations from {missing[0]!r} on are"
            " missing: save the page whole",
        )


def _refuse_cut_notes(document: VendorDocument, baseline: Baseline) -> None:
    """Notes are printed newest first: when the oldest ones are missing, the end of the page is."""
    shown = {release.version for release in document.releases}
    known = list(baseline.releases)
    missing = [version for version in known if version not in shown]
    if shown and len(missing) > 1 and known[-len(missing) :] == missing:
        raise VendorError(
            document.file,
            document.end_at.line,
            f"the page ends here; the release notes from {missing[0]} down to {missing[-1]} are missing: save"
            " the page whole (if the vendor dropped them, take them out of the .vendor.yaml beside the spec)",
        )


def _overlay(spec: Path, findings: Findings) -> Source | None:
    """`overlay.yaml` beside a collection, where there is one."""
    path = spec.with_name("overlay.yaml")
    if spec.suffix != ".json" or not path.exists():
        return None
    return load(path, str(path), findings)


def _is_collection(source: Source) -> bool:
    value = source.value
    return isinstance(value, dict) and "info" in value and "item" in value and "openapi" not in value
