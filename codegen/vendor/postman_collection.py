"""A Postman collection of the vendor (v2.0 or v2.1) into the neutral form.

A collection shows values, not types: it tells the names of parameters and the JSON kinds of the rest.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from codegen.read.source.json_text import read_json
from codegen.read.source.node import Node, Source
from codegen.read.source.positions import DocumentSyntaxError
from codegen.vendor.document import (
    At,
    Route,
    Shape,
    Unplaced,
    VendorBody,
    VendorDocument,
    VendorError,
    VendorField,
    VendorOperation,
)
from codegen.vendor.markdown_notes import place
from codegen.vendor.samples import shape_of

TELLS: Final = frozenset({"operations", "sections", "parameters", "body", "removals"})
_VARIABLE: Final = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
FORMS: Final = {"urlencoded": "application/x-www-form-urlencoded", "formdata": "multipart/form-data"}
_STANDARD: Final = frozenset(
    ("accept", "accept-encoding", "authorization", "cache-control", "connection", "content-length")
) | {"content-type", "host", "user-agent", "postman-token", "cookie"}
"""Headers that a client sets by itself."""


def is_collection(value: Any) -> bool:
    """Whether a JSON value is a collection, bare or as the API of Postman wraps it."""
    inner = value.get("collection", value) if isinstance(value, dict) else None
    return (
        isinstance(inner, dict)
        and isinstance(inner.get("info"), dict)
        and isinstance(inner.get("item"), list)
    )


def own_headers(request: Node) -> list[tuple[str, Node]]:
    """Names of the headers that are the API's own, with their places; written as a list or as text."""
    headers = request.get("header")
    found = [(entry.text("key"), entry) for entry in headers.each()]
    if isinstance(headers.value, str):
        found = [(line.partition(":")[0].strip(), headers) for line in headers.value.splitlines()]
    return [(name, node) for name, node in found if name and name.lower() not in _STANDARD]


def read_postman_collection(value: Any, text: str, file: str) -> VendorDocument:
    """Read a collection."""
    from pathlib import Path

    try:
        parsed, spots, _ = read_json(text.lstrip("\ufeff"))
    except DocumentSyntaxError as error:
        raise VendorError(file, error.line, str(error)) from None
    root = Source(file, Path(file), b"", parsed, spots).root
    root = root.get("collection") if root.has("collection") else root
    info = root.get("info")
    document = VendorDocument(
        file=file,
        kind="postman-collection",
        tells=TELLS,
        title=info.text("name"),
        version_at=place(info.get("name")),
    )
    _Collection(document, root).read()
    if not document.operations:
        raise VendorError(file, place(root.get("item")).line, "the collection has no request")
    return document


class _Collection:
    def __init__(self, document: VendorDocument, root: Node) -> None:
        self._document = document
        self._root = root
        self._values = {entry.text("key"): entry.text("value") for entry in root.get("variable").each()}

    def read(self) -> None:
        auth = self._root.get("auth")
        if auth.present:
            self._document.auth[auth.text("type")] = place(auth)
        self._items(self._root.get("item"), "")

    def _items(self, items: Node, folder: str) -> None:
        for item in items.each():
            if item.has("item"):
                self._document.sections.append(item.text("name"))
                self._items(item.get("item"), item.text("name"))
            elif item.has("request"):
                self._request(item, folder)
            else:
                reason = "an item of a collection is a folder or a request"
                self._document.unplaced.append(Unplaced(place(item), item.text("name"), reason))

    def _request(self, item: Node, folder: str) -> None:
        request = item.get("request")
        url = request.get("url") if request.is_object else request
        raw = url.text("raw") if url.is_object else str(url.value)
        base, path, query = self._address(raw)
        where = place(url)
        method = (request.text("method") or "GET").upper()
        found = VendorOperation(
            title=item.text("name"), at=place(item), section=folder, route=Route(method, path, where)
        )
        if base.startswith("http"):
            self._document.servers.setdefault(base, (base, where))
        for name in re.findall(r"\{(\w+)\}", path):
            found.parameters["path", name] = VendorField(
                name=name, type="", at=where, required=True, location="path"
            )
        for name, at in self._query(url, query, where):
            found.parameters["query", name] = VendorField(name=name, type="", at=at, location="query")
        for name, node in own_headers(request):
            found.parameters["header", name] = VendorField(
                name=name, type="", at=place(node), location="header"
            )
        self._body(found, request.get("body"))
        self._answer(found, item)
        if self._document.operations.setdefault(found.title, found) is not found:
            self._document.repeated.append(found)

    def _address(self, raw: str) -> tuple[str, str, str]:
        """Base URL, path with `{name}` variables, and query of a request's address."""
        for _ in range(5):
            raw, count = _VARIABLE.subn(lambda m: self._values.get(m[1]) or f"<{m[1]}>", raw)
            if not count:
                break
        address, _, query = raw.partition("?")
        match = re.match(r"(https?://[^/]+(?:/api)?|<[\w.-]+>)/?(.*)\Z", address)
        base, path = (match[1], match[2]) if match else ("", address.lstrip("/"))
        path = re.sub(r"(?<=/):(\w+)|\A:(\w+)", lambda m: f"{{{m[1] or m[2]}}}", path)
        return base, re.sub(r"<([\w.-]+)>", r"{\1}", path), query

    @staticmethod
    def _query(url: Node, text: str, where: At) -> list[tuple[str, At]]:
        if url.has("query"):
            return [
                (entry.text("key"), place(entry)) for entry in url.get("query").each() if entry.text("key")
            ]
        return [(pair.split("=")[0], where) for pair in text.split("&") if pair]

    def _body(self, found: VendorOperation, body: Node) -> None:
        mode = body.text("mode")
        if mode in FORMS:
            fields = {entry.text("key"): place(entry) for entry in body.get(mode).each()}
            found.body = VendorBody(media_type=FORMS[mode], at=place(body))
            found.body.fields = {name: VendorField(name=name, type="", at=at) for name, at in fields.items()}
        elif mode not in ("", "raw"):
            reason = f"a body of {found.title} of the mode {mode!r}, which is not compared"
            self._document.unplaced.append(Unplaced(place(body), mode, reason))
        elif body.text("raw").strip():
            shape = self._shape(body.get("raw"), found.title)
            if shape is None:
                return
            row = shape.row if shape.kind == "array" else shape
            members = row.members if row is not None else {}
            found.request_sample = shape
            found.body = VendorBody(
                media_type="application/json", at=place(body), is_array=shape.kind == "array"
            )
            found.body.fields = {n: VendorField(name=n, type="", at=m.at) for n, m in members.items()}

    def _answer(self, found: VendorOperation, item: Node) -> None:
        for response in item.get("response").each():
            code = response.text("code")
            if (code.startswith("2") or not code) and response.text("body").strip():
                found.response_sample = self._shape(response.get("body"), found.title)
                return

    def _shape(self, node: Node, title: str) -> Shape | None:
        """A JSON text in the collection; variables without quotes stand for any value."""
        text = _VARIABLE.sub("null", re.sub(r'"\{\{[^}]*\}\}"', '""', str(node.value)))
        try:
            return shape_of(json.loads(text), place(node))
        except json.JSONDecodeError as error:
            reason = f"this body of {title} is not valid JSON: {error.msg}"
            self._document.unplaced.append(Unplaced(place(node), text[:80], reason))
            return None
