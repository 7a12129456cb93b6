"""A Postman collection into facts: exported v2.0 or v2.1, or as a documentation site serves it.

A collection shows values, not types: it tells the names of parameters and the JSON types of the rest.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen

from codegen.facts import tells
from codegen.facts.fact import API, FactSet, Subject
from codegen.facts.prose import plain_text, tell_text
from codegen.facts.shapes import Shape, shape_of, tell_shape
from codegen.facts.writer import Writer, json_text, route_text
from codegen.ir import Place
from codegen.read.postman.auth import PostmanAuth
from codegen.read.postman.body import RawPostmanBody, SavedResponse, read_body, read_responses, saved
from codegen.read.postman.jsonish import MARK
from codegen.read.postman.url import Entry, Url, described, entries_of, parse_url, variables_of
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node

STANDARD: Final = frozenset(
    ("accept", "accept-encoding", "authorization", "cache-control", "connection", "content-length")
) | {"content-type", "host", "user-agent", "postman-token", "cookie"}
"""Headers that a client sets by itself."""


def collection_of(root: Node) -> Node | None:
    """The collection of a document: itself, or what Postman's API wraps; None where it is none."""
    for node in (root, root.get("collection")):
        if node.get("info").is_object and node.get("item").is_array:
            return node
    return None


def read_collection(root: Node) -> FactSet:
    """All facts of a collection."""
    facts = FactSet(file=root.source.name, kind="postman-collection", tells=tells.collection())
    reader = _Collection(Writer(facts), root)
    reader.read()
    return facts


@frozen
class _Folder:
    """What the requests of a folder share."""

    names: tuple[str, ...] = ()
    auth: tuple[str, ...] | None = None
    values: dict[str, str] = field(factory=dict)


@define
class _Collection:
    writer: Writer
    root: Node
    findings: Findings = field(factory=Findings)
    auth: PostmanAuth = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.auth = PostmanAuth(self.findings)

    def read(self) -> None:
        """State the collection and its requests."""
        info, writer = self.root.get("info"), self.writer
        writer.there(API, info.place)
        writer.say(API, "title", info.text("name"), info.get("name").place)
        version = info.get("version")
        writer.say(API, "version", version.spelled() if isinstance(version.value, str) else "", version.place)
        own = self.auth.names(self.root)
        self._items(self.root.get("item"), _Folder(auth=own, values=variables_of(self.root)))
        for name, scheme in self.auth.found.items():
            subject = writer.there(Subject("scheme", path=(name,)), scheme.place)
            writer.say(subject, "type", scheme.kind, scheme.place)
        for problem in self.findings.problems:
            writer.unread(problem.place, "", problem.message)

    def _items(self, items: Node, folder: _Folder) -> None:
        for item in items.each():
            if item.has("item"):
                auth = self.auth.names(item)
                names = (*folder.names, item.text("name"))
                values = {**folder.values, **variables_of(item)}
                self._items(
                    item.get("item"), _Folder(names, auth if auth is not None else folder.auth, values)
                )
            elif item.has("request") and item.get("request").value is not None:
                self._request(item, folder)
            else:
                reason = "an item of a collection is a folder or a request"
                self.writer.unread(item.place, item.text("name"), reason)

    def _request(self, item: Node, folder: _Folder) -> None:
        request = item.get("request")
        node = request if isinstance(request.value, str) else request.get("url")
        if request.has("urlObject"):  # a documentation site keeps the parts beside the text
            node = request.get("urlObject")
        url = parse_url(node, folder.values)
        method = (request.text("method") if request.is_object else "") or "GET"
        title = " ".join(item.text("name").split())
        route = route_text(method, url.path)
        writer = self.writer.about(title or route, route, item.place)
        itself = writer.itself
        writer.say(itself, "section", " / ".join(name for name in folder.names if name), item.place)
        own = self.auth.names(request) if request.is_object else None
        asked = own if own is not None else folder.auth
        writer.say(itself, "security", asked, item.place)
        _Request(writer, item, request).read(url, node)
        if url.base:
            server = Subject("server", path=(url.base,))
            writer.say(writer.there(server, node.place), "url", url.base, node.place)


@define
class _Request:
    writer: Writer
    item: Node
    request: Node

    def read(self, url: Url, node: Node) -> None:
        """State parameters, body and saved responses."""
        writer = self.writer
        text = plain_text(described(self.request) if self.request.is_object else "")
        tell_text(writer, writer.itself, text or plain_text(described(self.item)), self.item.place)
        self._path(url, node)
        for entry in url.query:
            self._entry("query", entry)
        headers = self.request.get("header") if self.request.is_object else self.request
        for entry in entries_of(headers) if self.request.is_object else ():
            if entry.key.lower() not in STANDARD:
                self._entry("header", entry)
        if self.request.is_object:
            originals = [n.get("originalRequest") for n in saved(self.item)]
            body = read_body(self.request, originals, Findings())
            if body is not None:
                self._body(body)
            elif self.request.get("body").text("mode") not in ("", "raw", "formdata", "urlencoded", "file"):
                place, mode = self.request.get("body").place, self.request.get("body").text("mode")
                writer.unread(place, mode, "a body of a mode that is not known")
                writer.facts.partial.add(writer.there(Subject("request", writer.operation), place))
        self._responses(read_responses(self.item, Findings()))

    def _path(self, url: Url, node: Node) -> None:
        for segment in url.path.split("/"):
            start, end = segment.find("{"), segment.find("}")
            if start < 0 or end < start:
                continue
            name = segment[start + 1 : end]
            known = url.variables.get(name)
            self._entry("path", known or Entry(key=name, value=None, node=node))

    def _entry(self, location: str, entry: Entry) -> None:
        subject = Subject("parameter", self.writer.operation, location, (entry.key,))
        if subject in self.writer.facts:
            return
        place = entry.node.place
        self.writer.there(subject, place)
        if location == "path":
            self.writer.say(subject, "required", True, place)
        if entry.value:
            self.writer.say(subject, "example", json_text(entry.value), place)
        tell_text(self.writer, subject, plain_text(entry.description), place)

    def _body(self, body: RawPostmanBody) -> None:
        writer, place = self.writer, body.node.place
        subject = writer.there(Subject("request", writer.operation), place)
        writer.say(subject, "media-types", (body.media_type,), place)
        root = Subject("request-field", writer.operation)
        if body.entries:
            writer.say(writer.there(root, place), "seen-type", "object", place)
        for entry in body.entries:
            below = Subject("request-field", writer.operation, "", (entry.key,))
            writer.there(below, entry.node.place)
            tell_text(writer, below, plain_text(entry.description), entry.node.place)
        for value in body.values:
            tell_shape(writer, root, _shape(value, body.node.get("raw").place))

    def _responses(self, responses: list[SavedResponse]) -> None:
        writer = self.writer
        good = sorted({a.status for a in responses if a.status.startswith("2")})
        full = any(a.readable and a.status in good for a in responses)
        for response in responses:
            where = "success" if good and response.status == good[0] else response.status
            if not full and response.readable and _shape(response.value, response.node.place).is_errors:
                where = "errors"  # the only sample is that of a failed request
            place = response.node.place
            subject = writer.there(Subject("response", writer.operation, where), place)
            writer.say(subject, "status", response.status if where == "success" else "", place)
            if response.media_type:
                writer.say(subject, "media-types", (response.media_type,), place)
            if response.readable:
                shape = _shape(response.value, response.node.get("body").place)
                tell_shape(writer, Subject("response-field", writer.operation, where), shape)


def _shape(value: object, place: Place) -> Shape:
    """The shape of a body; a variable in it may be anything."""
    shape = shape_of(value, place)
    todo = [shape]
    while todo:
        one = todo.pop()
        if one.value == MARK:
            one.kind, one.value = "any", None
        todo += [*one.members.values(), *one.items]
    return shape
