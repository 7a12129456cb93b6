"""A Postman collection kept by hand, with its overlay, into facts."""

from __future__ import annotations

import json
import re
from typing import Final

from attrs import define, field

from codegen.drift.spec_facts import SpecBody, SpecFacts, SpecField, SpecOperation
from codegen.drift.spec_openapi import at
from codegen.read.source.node import Node, Source
from codegen.vendor.document import NOWHERE, At, Route
from codegen.vendor.markdown_tables import read_tables
from codegen.vendor.postman_collection import FORMS, own_headers

_PATH_VARIABLE: Final = re.compile(r"\A:(\w+)\Z")


@define(kw_only=True)
class PageFacts:
    """What only the introduction of a published collection says. names: every wire name of the overlay."""

    methods: dict[str, At] = field(factory=dict)
    documented: set[str] = field(factory=set)
    former: dict[str, list[str]] = field(factory=dict)
    former_at: At = NOWHERE
    parameter_renames: dict[str, dict[str, str]] = field(factory=dict)
    parameters: dict[tuple[str, str], At] = field(factory=dict)
    names: set[str] = field(factory=set)
    statuses: dict[str, str] = field(factory=dict)
    statuses_at: At = NOWHERE
    error_keys: dict[str, At] = field(factory=dict)
    auth: str = ""
    auth_at: At = NOWHERE


def read_collection(collection: Source, overlay: Source | None) -> tuple[SpecFacts, PageFacts]:
    """All facts of a collection and of its overlay, which may be missing."""
    root = collection.root
    words = overlay.root if overlay is not None else Node(collection, ("",), {})
    api = words.get("api")
    info = root.get("info")
    versioned = api.get("version") if api.has("version") else info.get("version")
    facts = SpecFacts(
        file=collection.name,
        kind="postman",
        title=api.text("title") or info.text("name"),
        title_at=at(info.get("name")),
        version=versioned.spelled() if versioned.present else "",
        version_at=_where(versioned, collection),
        servers_at=_where(api.get("servers"), collection),
        paths_at=at(root.get("item")),
    )
    for name, url in api.get("servers").items():
        facts.servers[name] = (str(url.value).rstrip("/"), _where(url, collection))
    for folder, item in _requests(root, ""):
        found = _Request(item, folder, words).read()
        facts.operations[found.title] = found
    return facts, _page_facts(words, facts, info, collection)


def _where(node: Node, main: Source) -> At:
    """A place; in the overlay its file stands before the pointer."""
    place = at(node)
    return place if node.source is main else At(place.line, f"{node.source.name}#{place.pointer}")


def _requests(node: Node, folder: str) -> list[tuple[str, Node]]:
    found = []
    for item in node.get("item").each():
        if item.has("item"):
            found += _requests(item, item.text("name"))
        elif item.has("request"):
            found.append((folder, item))
    return found


class _Request:
    def __init__(self, item: Node, folder: str, words: Node) -> None:
        self._item = item
        self._request = item.get("request")
        self._entry = words.get("requests").get(item.text("name"))
        self._models = words.get("models")
        url = self._request.get("url")
        self._segments = [str(s.value) for s in url.get("path").each()]
        if not url.is_object:
            raw = re.sub(r"\A(?:\{\{\w+\}\}|https?://[^/]+)/?", "", str(url.value)).split("?")[0]
            self._segments = raw.split("/")
        path = "/".join(_PATH_VARIABLE.sub(r"{\1}", segment) for segment in self._segments)
        method = self._request.text("method") or "GET"
        self._found = SpecOperation(
            title=item.text("name"), at=at(item), route=Route(method.upper(), path, at(url)), section=folder
        )

    def read(self) -> SpecOperation:
        found = self._found
        found.provenance = {key: str(node.value) for key, node in self._entry.get("provenance").items()}
        found.provenance.setdefault("route", "documented")
        since = self._entry.get("since")
        found.since = since.spelled() if since.present else None
        self._parameters()
        self._body()
        self._answer()
        return found

    def _parameters(self) -> None:
        words = self._entry.get("parameters")
        url = self._request.get("url")
        for segment in self._segments:
            if variable := _PATH_VARIABLE.match(segment):
                self._parameter(variable[1], "path", url, words)
        for entry in url.get("query").each():
            self._parameter(entry.text("key"), "query", entry, words)
        for name, node in own_headers(self._request):
            self._parameter(name, "header", node, words)

    def _parameter(self, name: str, location: str, node: Node, words: Node) -> None:
        known = self._field(name, words.get(name), at(node))
        known.location = location  # type: ignore[assignment]
        known.required = known.required or location == "path"
        self._found.parameters[location, name] = known

    def _body(self) -> None:
        body = self._request.get("body")
        fields = self._entry.get("body").get("fields")
        if not body.present and not fields.present:
            return
        value = _json(body.text("raw"))
        mode = body.text("mode")
        names = list(value) if isinstance(value, dict) else [e.text("key") for e in body.get(mode).each()]
        names += [name for name, _ in fields.items() if name not in names]
        self._found.body = SpecBody(
            at=at(body),
            media_type=FORMS.get(mode, "application/json" if mode in ("", "raw") else mode),
            is_array=isinstance(value, list),
            fields={name: self._field(name, fields.get(name), at(body.get("raw"))) for name in names},
        )

    def _answer(self) -> None:
        answer = self._entry.get("response")
        if not answer.present:
            return
        members = self._model(answer.text("model"), 0)
        many = answer.flag("many")
        kind = "array" if many else "object"
        found = SpecField(name="", at=at(answer), type=kind, own_type=kind, members=members)
        self._found.answer = found
        self._found.rows = found if many else None

    def _model(self, name: str, depth: int) -> dict[str, SpecField]:
        fields = self._models.get(name).get("fields")
        return (
            {key: self._field(key, node, at(node), depth + 1) for key, node in fields.items()}
            if depth < 6
            else {}
        )

    def _field(self, name: str, words: Node, where: At, depth: int = 0) -> SpecField:
        kind = words.text("type")
        items = words.get("items")
        enum = words.get("enum")
        model = words.text("model") or items.text("model")
        return SpecField(
            name=name,
            at=where,
            type=kind,
            own_type=kind,
            format=words.text("format") or None,
            items=(items.text("type") or "object") if items.present else None,
            nullable=words.flag("nullable"),
            required=words.flag("required"),
            enum=tuple(node.spelled() for node in enum.each()) if enum.present else None,
            provenance=words.text("provenance") or "inferred",
            members=self._model(model, depth) if model else {},
        )


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def _page_facts(words: Node, facts: SpecFacts, info: Node, main: Source) -> PageFacts:
    page = PageFacts(former_at=_where(words.get("renames"), main), auth=words.get("api").text("auth"))
    if not page.auth:
        # Without an overlay the collection speaks for itself.
        page.auth = main.root.get("auth").text("type")
    page.auth_at = _where(words.get("api").get("auth"), main)
    for name, operation in facts.operations.items():
        entry = words.get("requests").get(name)
        page.methods[name] = operation.at
        if entry.get("provenance").text("name") == "documented":
            page.documented.add(name)
        for group in (entry.get("parameters"), entry.get("body").get("fields")):
            for parameter, node in group.items():
                page.names.add(parameter)
                if node.text("provenance") == "documented":
                    page.parameters[name, parameter] = _where(node, main)
    for model in (node for _, node in words.get("models").items()):
        page.names |= {name for name, _ in model.get("fields").items()}
    for name, node in words.get("renames").items():
        page.former[name] = [str(old.value) for old in node.each()]
    for name, node in words.get("parameter_renames").items():
        page.parameter_renames[name] = {new: str(old.value) for new, old in node.items()}
        page.names |= {str(old.value) for _, old in node.items()}
    page.statuses_at = at(info.get("description"))
    for table in read_tables(info.text("description")):
        if "code" in " ".join(table.header):
            for row in table.rows:
                page.statuses |= {
                    code: row.cells[1] for code in re.split(r"[,\s]+", row.cells[0]) if len(row.cells) > 1
                }
    for entry in (node for _, node in words.get("api").get("errors").items()):
        for name, node in words.get("models").get(entry.text("model")).get("fields").items():
            if node.text("provenance") == "documented":
                page.error_keys[name] = _where(node, main)
    return page
