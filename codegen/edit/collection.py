"""Changes written into a Postman collection of ours and its overlay.

Requests are taken over as a whole from the vendor's collection, in the form of ours; types, names,
provenance and former names follow change by change. From an introduction without requests come names,
versions, addresses and statuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from codegen.changes.change import Change, Comparison
from codegen.edit import introduction, requests
from codegen.edit.collection_files import CollectionFiles
from codegen.edit.new_request import NewRequests
from codegen.edit.nodes import GoneError, flow_list, rename_key
from codegen.edit.overlay import Overlay
from codegen.edit.overlay_fields import OverlayFields, proven
from codegen.edit.taking import Taking
from codegen.edit.wording import idempotency
from codegen.edit.written import Written
from codegen.facts.fact import FactSet


class CollectionEdits:
    """Applies the changes of a comparison.

    collection, overlay: loaded data of the old side; source: of the new one.
    """

    def __init__(
        self,
        collection: Any,
        overlay: Any,
        source: Any,
        spec: FactSet,
        document: FactSet,
        comparison: Comparison,
    ) -> None:
        self.files = CollectionFiles(
            collection, Overlay(overlay, document), source, spec, document, comparison
        )
        self._new = NewRequests(self.files)
        fields = OverlayFields(self.files)
        self._rules: dict[str, Callable[[Change], bool]] = {
            "api": self._api,
            "server": self._server,
            "status": self._status,
            "former-name": self._former,
            "operation": self._operation,
            "parameter": fields.field,
            "request-field": fields.field,
            "response-field": fields.field,
            "request": fields.part,
            "response": fields.part,
        }

    def apply(self) -> Written:
        """Write what can be written: names first, then fields, then the requests as the vendor has them."""
        for change in sorted(self.files.comparison.changes, key=_when):
            rule = self._rules.get(change.subject.kind)
            if rule is None or change.kind in ("sentence", "unread"):
                continue
            try:
                done = rule(change)
            except (GoneError, KeyError, AttributeError, TypeError, ValueError):
                continue
            if done:
                self.files.written.done.append(change)
        if self.files.document.kind == "postman-collection":
            taking = Taking(self.files)
            for ours, theirs in self.files.comparison.pairs.items():
                taking.take(ours, theirs)
            taking.drop_guesses()
        return self.files.written

    def _api(self, change: Change) -> bool:
        if change.aspect != "version" or change.new is None:
            return False
        self.files.overlay.data["api"]["version"] = DoubleQuotedScalarString(str(change.new))
        introduction.set_version(self.files.collection, str(change.old), str(change.new))
        return True

    def _server(self, change: Change) -> bool:
        """Base URLs by name; an address whose text leads elsewhere never gets here."""
        servers = self.files.overlay.data["api"]["servers"]
        name = change.subject.path[0]
        # Known from requests alone: they keep it, and no setting may send the others there.
        if change.kind == "added" and name == str(change.new) and self.files.is_other(name):
            return True
        if change.kind == "removed":
            servers.pop(name, None)
            return True
        url = (
            change.new
            if change.aspect == "url"
            else change.after and self.files.document.text(change.after.subject, "url")
        )
        if not url:
            return False
        introduction.set_address(self.files.collection, str(servers.get(name, "")), str(url))
        servers[name] = str(url)
        return True

    def _status(self, change: Change) -> bool:
        code = change.subject.path[0]
        title = change.after and self.files.document.text(change.after.subject, "title")
        done = introduction.set_status(
            self.files.collection, code, None if change.kind == "removed" else str(title or "")
        )
        if done and change.kind == "added":
            self.files.written.note(f"status {code}: say in the collection's introduction what it means here")
        return done

    def _former(self, change: Change) -> bool:
        """A former name that the vendor's notes give; of a name that no operation has, nothing is kept."""
        if change.kind != "added" or not change.subject.operation:
            return False
        name = self.files.name(change.subject.operation)
        renames = self.files.overlay.data.setdefault("renames", CommentedMap())
        former = change.subject.path[-1]
        if former not in renames.setdefault(name, flow_list([])):
            renames[name].append(former)
        return True

    def _operation(self, change: Change) -> bool:
        operation, aspect = change.subject.operation, change.aspect
        if aspect == "exists" and change.kind == "added":
            return self._new.add(change)
        name = self.files.name(operation)
        if aspect == "exists" and change.kind == "removed":
            return self._remove(name)
        if aspect == "title" and change.kind == "changed":
            return self._rename(str(change.old), str(change.new))
        entry = self.files.overlay.entry(name)
        if change.kind == "documented":
            return proven(
                entry, {"title": "name", "exists": "request"}.get(aspect, aspect), change.provenance
            )
        if aspect == "route" and change.after is not None:
            entry["provenance"]["route"] = change.provenance
            before, now = (str(route).partition(" ")[0] for route in (change.old, change.new))
            if now != before:
                entry["idempotency"] = idempotency(now)
            return self.files.document.kind == "postman-collection" or self._printed_route(name, change)
        if aspect == "deprecated":
            self.files.written.note(f"{name}: the page calls it deprecated; say so in its description")
            return True
        if aspect == "revision" and change.new is not None:
            entry["since"] = DoubleQuotedScalarString(str(change.new))
            return True
        return False

    def _printed_route(self, name: str, change: Change) -> bool:
        """A route that an introduction prints: method and path of the request that we have."""
        method = str(change.new).partition(" ")[0]
        request = self.files.items[name]["request"]
        request["method"] = method
        request["url"] = requests.url_of(str(change.new), request, request, {})
        return True

    def _rename(self, old: str, new: str) -> bool:
        """The new name in both files; the old one is kept among the former ones."""
        entries = self.files.overlay.requests
        if new in entries or old not in entries:
            return False
        rename_key(entries, old, new)
        for word in ("renames", "parameter_renames"):
            owner = self.files.overlay.data.get(word) or {}
            if old in owner:
                rename_key(owner, old, new)
        former = self.files.overlay.data.setdefault("renames", CommentedMap()).setdefault(new, flow_list([]))
        if new in former:
            former.remove(new)
        if old not in former:
            former.append(old)
        item = self.files.items.pop(old)
        item["name"] = new
        self.files.items[new] = item
        _mention(self.files.overlay.data, old, new)
        entries[new]["provenance"]["name"] = "documented"
        self.files.written.note(f"{new}: was {old}; its Python name is kept, rename it if it misleads")
        return True

    def _remove(self, name: str) -> bool:
        """A request that the whole collection lacks is taken out; a page only drops its word."""
        entry = self.files.overlay.entry(name)
        if self.files.document.kind != "postman-collection":
            entry["provenance"]["name"] = "inferred"
            self.files.written.note(f"{name}: the page no longer names it; remove it if it is gone")
            return True
        item = self.files.items.pop(name)
        holder = requests.holder_of(self.files.collection, item)
        if holder is not None:
            holder["item"].remove(item)
            if not holder["item"] and holder in self.files.collection["item"]:
                self.files.collection["item"].remove(holder)
        del self.files.overlay.requests[name]
        for word in ("renames", "parameter_renames"):
            (self.files.overlay.data.get(word) or {}).pop(name, None)
        self.files.written.note(
            f"{name}: removed with its method; restore it if the vendor left it out by mistake"
        )
        return True


def _when(change: Change) -> int:
    """Renames first, since what follows goes by the new names; new operations last."""
    if change.subject.kind != "operation":
        return 1
    return {"title": 0, "exists": 3 if change.kind == "added" else 1}.get(change.aspect, 1)


def _mention(node: Any, old: str, new: str) -> None:
    """Give descriptions the new name of a method that they mention."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "description" and isinstance(value, str) and re.search(rf"\b{re.escape(old)}\b", value):
                node[key] = type(value)(re.sub(rf"\b{re.escape(old)}\b", new, value))
            else:
                _mention(value, old, new)
