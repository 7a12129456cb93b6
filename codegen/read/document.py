"""The entry: what kind of document it is, and who reads it."""

from __future__ import annotations

import os.path
from pathlib import Path

from codegen.ir import Document, Place, Problem
from codegen.read.openapi.document import OpenApiKind, read_openapi
from codegen.read.operation.overlay import Overlay
from codegen.read.postman.collection import read_postman
from codegen.read.source.findings import Findings, SpecError
from codegen.read.source.load import load
from codegen.read.source.node import Node, Source
from codegen.read.source.references import Resolver


def read_document(
    path: Path, *, overlay: Path | None = None, ref_root: Path | None = None, large: bool = False
) -> Document:
    """Read a Swagger 2.0, OpenAPI 3.x or Postman v2.x document.

    Args:
        path: the document, YAML or JSON. Other files that it refers to are read from its folder and below.
        overlay: what the document cannot say of itself (paging, names, provenance …), keyed by operationId or
            request name. Without it, an `overlay.yaml` in the folder of a Postman collection is used.
        ref_root: a further folder that files may be read from, such as one above the document's.
        large: take files of any size; reading a file of more than 2,000,000 values is refused otherwise.
    Returns: the document with every decision made; `gaps` lists what the package does not hold as written.
    Raises:
        SpecError: the document cannot be used; it holds every problem with its place and what to change.
    """
    findings = Findings()
    try:
        document = _read(Path(path), overlay, findings, ref_root=ref_root, large=large)
    # Each reader guards the recursion it knows of. This is the last resort, so that no document ends in
    # a traceback.
    except RecursionError:
        place = Place(str(path), "", None)
        raise SpecError([Problem(place, "the document is nested too deeply to be read")]) from None
    # All problems are raised together: a person who corrects a document sees the whole list at once.
    findings.raise_problems()
    if document is None:
        raise SpecError([Problem(Place(str(path), "", None), "the document cannot be read")])
    return document


def _read(
    path: Path, overlay: Path | None, findings: Findings, *, ref_root: Path | None, large: bool
) -> Document | None:
    entry = load(path.absolute(), str(path), findings, large=large)
    if entry is None:
        return None
    root = entry.root
    collection = _collection(root)
    told = _overlay(path, overlay, collection is not None, findings)
    # An overlay with errors is not applied at all; reading on would blame the document for them.
    findings.raise_problems()
    resolver = Resolver(entry, findings, ref_root, large=large)
    wishes = Overlay(told, findings, root)
    if collection is not None:
        document = read_postman(collection, wishes, resolver, findings)
    else:
        kind = _openapi_kind(root, findings)
        if kind is None:
            return None
        document = read_openapi(root, kind, resolver, wishes, findings)
    sources = [s for s in resolver.sources.values() if s is not None] + ([told] if told else [])
    document.inputs = _inputs(path, sources)
    document.gaps = findings.gaps
    return document


def _overlay(path: Path, given: Path | None, postman: bool, findings: Findings) -> Source | None:
    if given is None:
        # Only a collection takes an overlay that nobody named: an OpenAPI document carries the same
        # words in `x-trunkline`.
        given = path.parent / "overlay.yaml"
        if not postman or not given.is_file() or given == path:
            return None
    return load(Path(given).absolute(), str(given), findings)


def _inputs(path: Path, sources: list[Source]) -> dict[str, str]:
    base = path.absolute().parent
    # Relative names with forward slashes: the manifest must be the same on every machine and platform.
    named = {os.path.relpath(s.path, base).replace(os.sep, "/"): s.sha256 for s in sources}
    return dict(sorted(named.items()))


def _collection(root: Node) -> Node | None:
    """The Postman collection of a document: itself, or what it wraps."""
    # Postman's API wraps an export in `{"collection": {…}}`; its application writes the collection
    # itself.
    for node in (root, root.get("collection")):
        schema = node.get("info").text("schema")
        # `info.schema` names the version of the format. It is required, but hand-made collections lack
        # it, so the id and the items count as well.
        if "getpostman.com" in schema or "postman.com/json/collection" in schema:
            return node
        if node.get("info").has("_postman_id") or (node.get("item").is_array and node.get("info").is_object):
            return node
    wrapped = root.get("collection")
    return wrapped if wrapped.is_object and not root.has("openapi") else None


def _openapi_kind(root: Node, findings: Findings) -> OpenApiKind | None:
    version = root.text("openapi") or root.text("swagger")
    if root.has("swagger") and version.startswith("2"):
        return "swagger-2.0"
    if root.has("openapi") and version.startswith("3."):
        # 3.2 adds to 3.1 and is read as such. 3.0 differs: its schemas are a dialect of their own, with
        # `nullable`.
        return "openapi-3.0" if version.startswith("3.0") else "openapi-3.1"
    if not version and root.get("components").is_object:
        # What other documents refer to: definitions without a version or paths of their own.
        findings.note(root, "document", "no `openapi` version; read as definitions of OpenAPI 3.0")
        return "openapi-3.0"
    if version:
        key = "openapi" if root.has("openapi") else "swagger"
        findings.problem(root.get(key), f"version {version!r} is not read; use Swagger 2.0 or OpenAPI 3.x")
    # v1 lists `requests` at the top and has no `item`; nothing of it could be read by chance.
    elif root.has("requests") and root.has("id"):
        findings.problem(root, "a Postman v1 collection; export it from Postman as Collection v2.1")
    else:
        message = (
            "neither OpenAPI (`openapi: 3.1.0`, `swagger: '2.0'`) nor a Postman collection (`info`, `item`)"
        )
        findings.problem(root, message)
    return None
