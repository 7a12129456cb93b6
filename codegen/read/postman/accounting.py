"""Counting what a collection holds, apart from reading it."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.ir import Document
from codegen.read.operation.accounting import check
from codegen.read.operation.parameters import PLACEHOLDER
from codegen.read.postman.body import saved
from codegen.read.postman.request import OWN_HEADERS
from codegen.read.postman.url import Url, entries_of
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node


def account_postman(document: Document, raw: Iterable[tuple[Node, Node, Url]], findings: Findings) -> None:
    """Fill `Document.counts`; what is neither read nor reported becomes a gap.

    raw: item, request and URL of every request. A request without a successful saved response counts one
    response all the same: its success is not known, and typed as any JSON value.
    """
    requests = list(raw)
    document.counts = {
        "operations": len(requests),
        "parameters": sum(_parameters(request, url) for _, request, url in requests),
        "bodies": sum(_has_body(request.get("body")) for _, request, _ in requests),
        "responses": sum(_response_count(item) for item, _, _ in requests),
        "schemas": 0,
        "properties": sum(len(m.fields) for m in document.models),
    }
    check(document, findings)


def _parameters(request: Node, url: Url) -> int:
    # Some exporters write `headers`, as v1 of the format did.
    headers = entries_of(request.get("header")) or entries_of(request.get("headers"))
    kept = {h.key for h in headers if h.key.lower() not in OWN_HEADERS}
    return len(set(PLACEHOLDER.findall(url.path))) + len({e.key for e in url.query}) + len(kept)


def _has_body(body: Node) -> bool:
    if not body.is_object:
        return False
    mode = body.text("mode")
    if mode == "none":
        return body.flag("disabled")
    if body.flag("disabled") or mode not in ("raw", "formdata", "urlencoded"):
        # A disabled body and one of an unknown mode count too: their findings account for them.
        return bool(mode) or body.flag("disabled")
    return bool(body.text("raw").strip()) if mode == "raw" else bool(entries_of(body.get(mode)))


def _response_count(item: Node) -> int:
    # Several saved responses of one status are examples of one response.
    codes = {node.text("code") or "200" for node in saved(item) if node.is_object}
    return len(codes) + (not any(code.startswith("2") for code in codes))
