"""A spec and a vendor document from files to findings."""

from __future__ import annotations

from pathlib import Path

from attrs import define

from codegen.drift.baseline import Baseline, load_baseline
from codegen.drift.compare import compare
from codegen.drift.compare_page import compare_page
from codegen.drift.finding import Finding
from codegen.drift.spec_facts import SpecFacts
from codegen.drift.spec_openapi import read_spec
from codegen.drift.spec_postman import PageFacts, read_collection
from codegen.read.findings import Findings
from codegen.read.load import load
from codegen.read.node import Source
from codegen.vendor import VendorDocument, read_vendor_document


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
        if found.kind == "postman-page":
            return Drift(
                spec=facts,
                document=found,
                baseline=baseline,
                page=page,
                findings=compare_page(facts, page, found, baseline),
            )
        return Drift(
            spec=facts, document=found, baseline=baseline, page=page, findings=compare(facts, found, baseline)
        )
    facts = read_spec(source)
    found = read_vendor_document(document, str(document), facts.operations)
    if found.kind == "postman-page":
        raise UsageError(
            f"{document} is the introduction of a Postman collection, {spec} is an OpenAPI document"
        )
    return Drift(spec=facts, document=found, baseline=baseline, findings=compare(facts, found, baseline))


def _overlay(spec: Path, findings: Findings) -> Source | None:
    """`overlay.yaml` beside a collection, where there is one."""
    path = spec.with_name("overlay.yaml")
    if spec.suffix != ".json" or not path.exists():
        return None
    return load(path, str(path), findings)


def _is_collection(source: Source) -> bool:
    value = source.value
    return isinstance(value, dict) and "info" in value and "item" in value and "openapi" not in value
