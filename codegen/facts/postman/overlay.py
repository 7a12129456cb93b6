"""A collection of ours: what its overlay adds to its facts, types and provenance above all."""

from __future__ import annotations

import re
from typing import Final

from attrs import define, evolve

from codegen.facts import tells
from codegen.facts.fact import API, Aspect, Fact, FactSet, Provenance, Subject
from codegen.facts.postman.tables import read_tables
from codegen.facts.writer import Writer, json_text
from codegen.read.source.node import Node

_KEYWORDS: Final[dict[str, Aspect]] = {
    "format": "format",
    "pattern": "pattern",
    "minimum": "minimum",
    "maximum": "maximum",
    "min_length": "min-length",
    "max_length": "max-length",
}
_DEEPEST: Final = 8


def apply_overlay(facts: FactSet, collection: Node, words: Node) -> None:
    """Turn the facts of a collection into those of a spec of ours."""
    facts.kind = "spec-postman"
    facts.tells = tells.own_collection()
    _Overlay(facts, words).apply(collection)


@define
class _Overlay:
    facts: FactSet
    words: Node

    def apply(self, collection: Node) -> None:
        """State what stands in the overlay."""
        self._api(collection)
        for subject in list(self.facts.subjects("operation")):
            entry = self.words.get("requests").get(self.facts.text(subject, "title"))
            if entry.present:
                self._operation(subject, entry)
        for name, olds in self.words.get("renames").items():
            for old in olds.each():
                self._former(name, "", (str(old.value),), old)
        for name, renamed in self.words.get("parameter_renames").items():
            for new, node in renamed.items():
                self._former(name, "parameter", (new, str(node.value)), node)

    def _former(self, title: str, where: str, path: tuple[str, ...], node: Node) -> None:
        for subject in self.facts.subjects("operation"):
            if self.facts.text(subject, "title") == title:
                Writer(self.facts).there(Subject("former-name", subject.operation, where, path), node.place)
                return

    def _api(self, collection: Node) -> None:
        api, writer = self.words.get("api"), Writer(self.facts)
        info = collection.get("info")
        for aspect in ("title", "version"):
            node = api.get(aspect)
            if node.present:
                self.facts.replace(Fact(API, aspect, node.spelled(), node.place))
        servers = api.get("servers")
        if servers.is_object:
            # The address that a variable holds has a name here; one that a request writes out stays its own.
            named = [str(url.value) for _, url in servers.items()]
            named += [entry.text("value") for entry in collection.get("variable").each()]
            for subject in list(self.facts.subjects("server")):
                if any(url.startswith(subject.path[0]) for url in named):
                    self.facts.drop(subject)
            for name, url in servers.items():
                subject = writer.there(Subject("server", path=(name,)), url.place)
                writer.say(subject, "url", str(url.value).rstrip("/"), url.place)
        auth = api.get("auth")
        if auth.present:
            subject = writer.there(Subject("scheme", path=(str(auth.value),)), auth.place)
            writer.say(subject, "type", str(auth.value), auth.place)
        for table in read_tables(info.text("description")):
            if "code" in " ".join(table.header):
                for row in table.rows:
                    for code in re.split(r"[,\s]+", row.cells[0]):
                        subject = writer.there(Subject("status", path=(code,)), info.get("description").place)
                        name = row.cells[1] if len(row.cells) > 1 else ""
                        writer.say(subject, "title", name, info.get("description").place)
        for entry in api.get("errors").values():
            fields = self.words.get("models").get(entry.text("model")).get("fields")
            for name, node in fields.items():
                if node.text("provenance") == "documented":
                    writer.there(Subject("error-field", path=(name,)), node.place)

    # -- operations --------------------------------------------------------------------------------

    def _operation(self, subject: Subject, entry: Node) -> None:
        given = {key: str(node.value) for key, node in entry.get("provenance").items()}
        writer = Writer(self.facts, subject.operation)
        sure = "documented" if "documented" in given.values() else given.get("request", "documented")
        self._resay(subject, "exists", sure)
        self._resay(subject, "title", given.get("name", "documented"))
        self._resay(subject, "route", given.get("route", "documented"))
        writer.say(subject, "revision", entry.text("since"), entry.get("since").place)
        writer.say(subject, "deprecated", entry.flag("deprecated"), entry.get("deprecated").place)
        for word in ("idempotency", "paging"):
            writer.say(subject, word, entry.text(word), entry.get(word).place)
        bulk = entry.get("bulk")
        writer.say(subject, "bulk", json_text(bulk.value) if bulk.present else "", bulk.place)
        own = ".".join(filter(None, (entry.text("resource"), entry.text("method"))))
        writer.say(subject, "operation-id", own, entry.place)
        self._request(writer, entry, given.get("request", "documented"))
        self._response(writer, entry.get("response"), given.get("response", "documented"))

    def _resay(self, subject: Subject, aspect: Aspect, provenance: str) -> None:
        fact = self.facts.get(subject, aspect)
        if fact is not None:
            self.facts.replace(evolve(fact, provenance=provenance))  # type: ignore[arg-type]

    def _request(self, writer: Writer, entry: Node, given: str) -> None:
        operation = writer.operation
        words = entry.get("parameters")
        for subject in list(self.facts.subjects("parameter", operation)):
            known = words.get(subject.name)
            if known.present:
                self._field(writer, subject, known, given, 0)
            else:
                self._resay(subject, "exists", given)
        fields = entry.get("body").get("fields")
        seen = list(self.facts.subjects("request-field", operation))
        for subject in seen:
            self._resay(subject, "exists", given)
        if fields.is_object:
            root = Subject("request-field", operation)
            writer.say(writer.there(root, fields.place), "type", "object", fields.place)
            for name, node in fields.items():
                self._field(writer, evolve(root, path=(name,)), node, given, 0)

    def _response(self, writer: Writer, response: Node, given: str) -> None:
        operation = writer.operation
        for subject in list(self.facts.subjects("response-field", operation)):
            self._resay(subject, "exists", given)
        for subject in list(self.facts.subjects("response", operation)):
            self._resay(subject, "exists", given)
        if not response.present:
            return
        writer.there(Subject("response", operation, "success"), response.place, given)  # type: ignore[arg-type]
        root = Subject("response-field", operation, "success")
        many = response.flag("many")
        writer.there(root, response.place)
        writer.say(root, "type", "array" if many else "object", response.place)
        row = evolve(root, path=("[]",)) if many else root
        if many:
            writer.there(row, response.place)
            writer.say(row, "type", "object", response.place)
        writer.say(row, "model", response.text("model"), response.place)
        self._model(writer, row, response.text("model"), given, 0)

    def _model(self, writer: Writer, subject: Subject, name: str, given: str, depth: int) -> None:
        fields = self.words.get("models").get(name).get("fields")
        if depth > _DEEPEST:
            return
        for key, node in fields.items():
            self._field(writer, subject.at(key), node, given, depth + 1)

    def _field(self, writer: Writer, subject: Subject, words: Node, given: str, depth: int) -> None:
        place = words.place
        own: Provenance = words.text("provenance") or given or "inferred"  # type: ignore[assignment]
        self.facts.replace(Fact(subject, "exists", True, place, own))
        required = words.flag("required") or (subject.kind == "parameter" and subject.where == "path")
        if not required:
            self.facts.forget(subject, "required")
        writer.say(subject, "required", required, place)
        items, model = words.get("items"), words.text("model")
        kind = words.text("type") or ("array" if items.present else "object" if model else "")
        writer.say(subject, "type", kind, place)
        writer.say(subject, "nullable", words.flag("nullable"), place)
        writer.say(subject, "deprecated", words.flag("deprecated"), place)
        writer.say(subject, "sensitive", words.flag("sensitive"), place)
        writer.say(subject, "revision", words.text("since"), place)
        writer.say(subject, "model", model, place)
        for word, aspect in _KEYWORDS.items():
            value = words.get(word).value
            writer.say(subject, aspect, value if isinstance(value, str | int | float) else None, place)
        enum = tuple(node.spelled() for node in words.get("enum").each())
        writer.say(subject, "enum", enum, place)
        if words.has("default"):
            writer.say(subject, "default", json_text(words.get("default").value), place)
        writer.say(subject, "description", words.text("description"), place)
        if model and not items.present:
            self._model(writer, subject, model, given, depth)
        if items.present:
            below = subject.at("[]")
            self.facts.replace(Fact(below, "exists", True, place, own))
            inner = items.text("model") or model
            writer.say(below, "type", items.text("type") or ("object" if inner else ""), place)
            self._model(writer, below, inner, given, depth)
