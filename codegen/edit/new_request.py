"""Requests that only the vendor's document has, written into a collection of ours and its overlay."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import evolve, frozen
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from codegen.changes.change import Change
from codegen.edit import introduction, requests
from codegen.edit.collection_files import CollectionFiles
from codegen.edit.nodes import flow_map, insert_key
from codegen.edit.requests import ContradictionError
from codegen.edit.schema import free_name
from codegen.edit.wording import idempotency, method_name, operation_text, snake, words_of
from codegen.facts.fact import Subject

_READS: Final = ("get", "list", "view", "monitor", "find", "search")


@frozen
class NewRequests:
    """Adds requests."""

    files: CollectionFiles

    def add(self, change: Change) -> bool:
        """A new request in the folder of its controller, with an entry in the overlay."""
        assert change.after is not None  # noqa: S101  (an added subject comes from the document)
        theirs = change.after.subject.operation
        name = self.files.document.text(change.after.subject, "title") or theirs
        route = self.files.document.text(change.after.subject, "route")
        if route and self.files.document.kind == "postman-collection":
            return self._add_whole(theirs, self._free(name, change.after.subject), route)
        return name not in self.files.items and self._add_name(change, name)

    def _free(self, name: str, subject: Subject) -> str:
        """A name that no other request has: collections use one in several folders, or twice in one."""
        if name not in self.files.items:
            return name
        folder = self.files.document.text(subject, "section").rsplit(" / ", 1)[-1]
        return free_name(f"{name} ({folder})" if folder else name, self.files.items)

    def _add_whole(self, theirs: str, name: str, route: str) -> bool:
        source = self.files.theirs(theirs)
        body = requests.body_of(source["request"])
        auth = requests.own_auth(self.files.source.get("collection", self.files.source), source)
        if auth is not None and auth["type"] == (self.files.collection.get("auth") or {}).get(
            "type", "noauth"
        ):
            auth = None
        method = str(source["request"].get("method") or "GET").upper()
        try:
            host = self.files.other_host(source["request"])
            url = requests.url_of(route, source["request"], None, {}, host)
        except ContradictionError as error:
            self.files.written.note(
                f"{name}: its URL asks for {error.text}, its parts for {error.target}: ask the vendor"
            )
            return False
        item = {
            "name": name,
            "request": {
                "method": method,
                "header": requests.headers_of(source["request"], body),
                "url": url,
                "description": operation_text(words_of(name).capitalize()),
                **({"body": body} if body is not None else {}),
                **({"auth": auth} if auth is not None else {}),
            },
            "response": requests.examples_of(source, None),
        }
        folder = self._folder(name, self.files.document.text(Subject("operation", theirs), "section"), route)
        folder["item"].append(item)
        self.files.items[name] = item
        self._place_entry(folder, name, self._entry(theirs, name, folder.get("name") or "api", route))
        self.files.written.note(f"{name}: new; look at its names, types and descriptions")
        return True

    def _entry(self, theirs: str, name: str, folder: str, route: str) -> CommentedMap:
        """The overlay's entry of a new request, with the models that its body and response need."""
        entry = self._named(folder, name)
        entry["since"] = DoubleQuotedScalarString(str(self.files.overlay.data["api"].get("version", "")))
        words: dict[str, Any] = dict.fromkeys(("name", "route", "request", "response"), "documented")
        response = Subject("response-field", theirs, "success")
        if response not in self.files.document:
            words["response"] = "inferred"
        entry["provenance"] = flow_map(words)
        entry["idempotency"] = idempotency(route.partition(" ")[0])
        entry["paging"] = "none"
        fields = {
            s.name: self.files.overlay.field(s, "documented", required=s.where == "path")
            for s in self.files.document.subjects("parameter", theirs)
            if len(s.path) == 1 and s.where in ("path", "query")
        }
        if fields:
            entry["parameters"] = CommentedMap(fields)
        body = self.files.overlay.members(Subject("request-field", theirs))
        if body:
            entry["body"] = CommentedMap({"model": f"{name}Request"})
            entry["body"]["fields"] = CommentedMap(
                {s.path[-1]: self.files.overlay.field(s, "documented") for s in body}
            )
        many = "array" in self.files.overlay.kinds(response)
        rows = evolve(response, path=("[]",)) if many else response
        if self.files.overlay.members(rows):
            model = self.files.overlay.model(
                re.sub(r"\A(?:Get|List|View|Find)", "", name) or name, rows, "documented"
            )
            entry["response"] = flow_map({"model": model, "many": many})
        return entry

    def _named(self, folder: str, name: str) -> CommentedMap:
        """The first words of an entry: where the method is in Python."""
        resource = self._resource(folder)
        taken = {
            e.get("method") for e in self.files.overlay.requests.values() if e.get("resource") == resource
        }
        return CommentedMap({"resource": resource, "method": method_name(words_of(name), resource, taken)})

    def _resource(self, folder: str) -> str:
        """The resource that the requests of a folder have already, else the name of the folder."""
        known: Any = next((f for f in self.files.collection["item"] if f.get("name") == folder), {})
        entries = (self.files.overlay.requests.get(item.get("name")) for item in known.get("item") or ())
        return next((str(e["resource"]) for e in entries if e), snake(folder))

    def _add_name(self, change: Change, name: str) -> bool:
        """A method of which only the name is known: its route follows from its folder."""
        reads = name.lower().startswith(_READS)
        folder = self._folder(name, "", "")
        controller = introduction.controller(folder)
        request: dict[str, Any] = {
            "method": "GET" if reads else "POST",
            "header": [{"key": "Accept", "value": "application/json"}],
            "url": {
                "raw": f"{{{{baseUrl}}}}/{controller}/{name}",
                "host": ["{{baseUrl}}"],
                "path": [controller, name],
            },
            "description": operation_text(words_of(name).capitalize()),
        }
        if not reads:
            request["header"].append({"key": "Content-Type", "value": "application/json"})
        item = {"name": name, "request": request, "response": introduction.examples()}
        folder["item"].append(item)
        self.files.items[name] = item
        entry = self._named(folder.get("name") or "api", name)
        since = re.search(r"\d+(?:\.\d+)+", change.note)
        entry["since"] = DoubleQuotedScalarString(
            since[0] if since else str(self.files.overlay.data["api"].get("version", ""))
        )
        words = {"name": "documented", "route": "inferred", "request": "inferred", "response": "inferred"}
        entry["provenance"] = flow_map(words)
        entry["idempotency"] = "safe" if reads else "unsafe"
        entry["paging"] = "none"
        if "ValidationMessage" in self.files.overlay.models:
            entry["response"] = flow_map({"model": "ValidationMessage", "many": False})
        self._place_entry(folder, name, entry)
        self.files.written.note(
            f"{name}: new; its route {request['method']} /{controller}/{name} is inferred, its parameters "
            "and its response are not known yet: complete the request and its entry in the overlay"
        )
        return True

    def _folder(self, name: str, section: str, route: str) -> Any:
        """The folder of a new request: of its section, by the controller in its route, or by likeness."""
        if section:
            return _folder_at(self.files.collection, section.split(" / "))
        folders = [item for item in self.files.collection["item"] if isinstance(item.get("item"), list)]
        first = route.partition(" ")[2].strip("/").partition("/")[0].lower()
        for folder in folders:
            if first and first == introduction.controller(folder).lower():
                return folder
        if route or not folders:
            return self.files.collection
        return max(folders, key=lambda folder: introduction.likeness(folder, name))

    def _place_entry(self, folder: Any, name: str, entry: CommentedMap) -> None:
        entries = self.files.overlay.requests
        known = [item["name"] for item in folder["item"][:-1]]
        spots = [list(entries).index(other) for other in known if other in entries]
        insert_key(entries, max(spots) + 1 if spots else len(entries), name, entry)


def _folder_at(node: Any, names: list[str]) -> Any:
    """The folder below a chain of folder names, made where it is missing."""
    for name in names:
        found = next((i for i in node["item"] if isinstance(i.get("item"), list) and i["name"] == name), None)
        if found is None:
            found = {"name": name, "item": []}
            node["item"].append(found)
        node = found
    return node
