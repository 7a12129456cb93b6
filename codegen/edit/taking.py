"""Requests of a vendor's collection taken over into ours: what they show takes the place of guesses."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from codegen.edit import requests
from codegen.edit.collection_files import CollectionFiles
from codegen.edit.nodes import GoneError
from codegen.edit.requests import ContradictionError
from codegen.facts.fact import Subject


@frozen
class Taking:
    """Takes over requests that both sides have."""

    files: CollectionFiles

    def take(self, ours: str, theirs: str) -> None:
        """Put the vendor's URL, body, headers and examples in place of our guesses."""
        name = self.files.name(ours)
        item, source = self.files.items.get(name), self.files.theirs(theirs)
        if item is None or not isinstance(source.get("request"), dict):
            return
        request = source["request"]
        route = self.files.route(ours, theirs)
        try:
            names, host = self.files.own_names(ours, theirs), self.files.other_host(request)
            url = requests.url_of(route, request, item["request"], names, host)
        except ContradictionError as error:
            self.files.written.note(
                f"{name}: its URL asks for {error.text}, its parts for {error.target}: ask the vendor"
            )
            return
        body = requests.body_of(request)
        self._prove(name, ours, theirs)
        parameters = self.files.overlay.requests.get(name, {}).get("parameters") or {}
        for pair in (*url.get("query", []), *url.get("variable", [])):
            if (words := parameters.get(pair["key"])) is not None:
                pair["description"] = requests.stated(pair["description"], words)
        fresh = {
            "method": str(request.get("method") or "GET").upper(),
            "header": requests.headers_of(request, body),
            "url": url,
            "description": item["request"].get("description", ""),
        }
        if body is not None:
            fresh["body"] = body
        order = [key for key in item["request"] if key in fresh]
        item["request"] = {key: fresh[key] for key in [*order, *(k for k in fresh if k not in order)]}
        item["response"] = requests.examples_of(source, item)

    def _prove(self, name: str, ours: str, theirs: str) -> None:
        """What the vendor's request shows is documented; guesses that it does not show are dropped."""
        entry = self.files.overlay.requests.get(name)
        if entry is None:
            return
        shown = self.files.overlay.members(Subject("response-field", theirs, "success"))
        responded = Subject("response-field", theirs, "success") in self.files.document
        for part in ("name", "route", "request", *(["response"] if shown or responded else [])):
            if part in entry["provenance"]:
                entry["provenance"][part] = "documented"
        own = self.files.own_names(ours, theirs)
        keys = {own.get(s.path[0], s.path[0]) for s in self.files.document.subjects("parameter", theirs)}
        self._drop(name, entry.get("parameters"), keys)
        if not entry.get("parameters"):
            entry.pop("parameters", None)
        root = Subject("request-field", theirs)
        if root in self.files.document and isinstance(entry.get("body"), dict):
            self._drop(
                name, entry["body"].get("fields"), {s.path[-1] for s in self.files.overlay.members(root)}
            )

    def _drop(self, name: str, fields: Any, shown: set[str]) -> None:
        for key in [key for key in fields or () if key not in shown]:
            sure = fields[key].get("provenance") != "inferred"
            del fields[key]
            if sure:
                self.files.written.note(
                    f"{name}: {key} is gone from the request, though the introduction names it"
                )

    def drop_guesses(self) -> None:
        """Fields of responses that were guesses and that no response of the vendor shows."""
        shown: dict[int, set[str]] = {}
        held: dict[int, Any] = {}
        for ours, theirs in self.files.comparison.pairs.items():
            root = Subject("response-field", theirs, "success")
            for container in [root, *self.files.document.below(root)]:
                members = self.files.overlay.members(container) if container.where == "success" else []
                if not members:
                    continue
                subject = evolve(members[0], operation=ours)
                try:
                    fields = self.files.overlay.fields_of(self.files.name(ours), subject)
                except (GoneError, KeyError):
                    continue
                held[id(fields)] = fields
                shown.setdefault(id(fields), set()).update(m.path[-1] for m in members)
        for key, fields in held.items():
            for name in [
                n for n in fields if n not in shown[key] and fields[n].get("provenance") == "inferred"
            ]:
                del fields[name]
                self.files.written.removed.append(f"{name}: a guess that no response of the vendor shows")
