"""Which reader a file is for: told by its content, never by its name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from pathlib import Path

from codegen.facts.errors import DocumentError
from codegen.facts.fact import FactSet
from codegen.facts.observed import is_observed, read_observed
from codegen.facts.openapi import read_openapi
from codegen.facts.postman.collection import collection_of, read_collection
from codegen.facts.postman.metadata import is_metadata, read_metadata
from codegen.facts.postman.overlay import apply_overlay
from codegen.facts.redoc.html import read_redoc_html
from codegen.facts.redoc.page import read_redoc_text
from codegen.read.source.findings import Findings
from codegen.read.source.json_text import read_json
from codegen.read.source.load import load
from codegen.read.source.node import Source
from codegen.read.source.positions import DocumentSyntaxError
from codegen.read.source.yaml_text import read_yaml

_KEY = re.compile(r"%|['\"]?[A-Za-z][\w-]*['\"]?\s*:")
_TOP = re.compile(r"^['\"]?(?:openapi|swagger|components|paths)['\"]?\s*:", re.MULTILINE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_facts(path: Path, file: str = "", titles: Collection[str] = ()) -> FactSet:
    """Read a document of any kind.

    Args:
        path: the file.
        file: its name for messages, the path as given by default.
        titles: operations that are known already; they settle doubts about what a line of a page is.
    Raises:
        DocumentError: the file is missing, is no text, or is none of the known kinds.
    """
    name = file or str(path)
    text = _decoded(path, name)
    try:
        return _read(path, text, name, titles)
    except RecursionError:
        raise DocumentError(name, 1, "values are nested too deep in it to be read") from None


def read_spec(path: Path, overlay: Path | None = None) -> FactSet:
    """Read a spec of ours: an OpenAPI document, or a collection with the overlay beside it.

    Raises:
        SpecError: a file cannot be read.
        DocumentError: the file is neither.
    """
    findings = Findings()
    source = load(path.absolute(), str(path), findings)
    beside = overlay or path.with_name("overlay.yaml")
    collection = source is not None and collection_of(source.root) is not None
    words = load(beside.absolute(), str(beside), findings) if collection and beside.is_file() else None
    findings.raise_problems()
    if source is None:
        raise DocumentError(str(path), None, "cannot be read")
    return facts_of(source, words)


def facts_of(source: Source, overlay: Source | None = None) -> FactSet:
    """The facts of a structured document that is loaded already."""
    root = source.root
    value = root.value
    if isinstance(value, dict) and ("openapi" in value or "swagger" in value) and "info" in value:
        facts = read_openapi(root)
        if not any(facts.subjects("operation")):
            raise DocumentError(source.name, 1, "the OpenAPI document has no operation")
        return facts
    if is_metadata(value):
        return read_metadata(root)
    if is_observed(value):
        return read_observed(root)
    if isinstance(value, dict) and ("paths" in value or "components" in value):
        raise DocumentError(source.name, 1, "definitions alone; give the document that uses them")
    collection = collection_of(root)
    if collection is not None:
        facts = read_collection(collection)
        if overlay is not None:
            apply_overlay(facts, collection, overlay.root)
        return facts
    reason = (
        "neither an OpenAPI document, a Postman collection, Postman documenter metadata nor a drift report"
    )
    raise DocumentError(source.name, 1, reason)


def _read(path: Path, text: str, file: str, titles: Collection[str]) -> FactSet:
    head = text.lstrip("\ufeff \t\r\n")[:2000]
    if not head:
        raise DocumentError(file, 1, "the file is empty")
    if head.startswith("<"):
        return read_redoc_html(text, file, titles)
    if head[0] not in "{[" and not _is_yaml(text):
        return read_redoc_text(text, file, titles)
    try:
        clean = text.lstrip("\ufeff")
        value, spots, _ = read_json(clean) if head[0] in "{[" else read_yaml(clean)
    except DocumentSyntaxError as error:
        raise DocumentError(file, error.line, str(error)) from None
    source = Source(file, path.absolute(), text.encode(), value, spots)
    beside = path.with_name("overlay.yaml")
    return (
        read_spec(path) if beside.is_file() and collection_of(source.root) is not None else facts_of(source)
    )


def _is_yaml(text: str) -> bool:
    """Whether a text is YAML with the top level of an OpenAPI document, in any order of its keys."""
    first = next(
        (line for line in text.lstrip("\ufeff").splitlines() if line.strip(" -#") and line[0] != "#"), ""
    )
    return _KEY.match(first) is not None and _TOP.search(text) is not None


def _decoded(path: Path, file: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(file, None, f"cannot be read: {error.strerror}; check the path") from None
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"not {encoding} text (byte {error.start}); save the file as UTF-8"
        raise DocumentError(file, line, reason) from None
