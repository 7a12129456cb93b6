"""Findings written into an OpenAPI spec, one rule for each facet; what a rule cannot decide it leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import evolve
from ruamel.yaml.comments import CommentedMap

from codegen.drift.baseline import gone_mark
from codegen.drift.compare import match_operations
from codegen.drift.evidence import route_in_notes
from codegen.drift.finding import Finding
from codegen.drift.running import Drift
from codegen.drift.spec_facts import SpecOperation
from codegen.vendor.document import Route, VendorField, VendorOperation
from codegen.vendor_import.fields_edit import FieldEdits
from codegen.vendor_import.new_operation import add_operation
from codegen.vendor_import.removal import Unused
from codegen.vendor_import.written import Written
from codegen.vendor_import.yaml_text import GoneError, at_pointer, flow_list, flow_map, place_key, quoted

Rule = Callable[[Finding], bool]
_WORDS_ORDER = (
    *("resource", "method", "filterable", "sortable", "patchable", "patch_model", "revisions", "since"),
    *("provenance", "idempotency", "paging", "content_type_header", "authorizations_shown", "errors_shown"),
)


class OpenApiEdits:
    """Applies findings to a loaded spec."""

    def __init__(self, data: Any, drift: Drift, written: Written) -> None:
        self._data = data
        self._drift = drift
        self._written = written
        self._unused = Unused(data)
        pairs, _ = match_operations(drift.spec, drift.document)
        self._theirs: dict[str, VendorOperation] = {ours.title: theirs for ours, theirs in pairs}
        self._fields = FieldEdits(data, drift, self._theirs, written)
        self._rules: dict[str, Rule] = {
            "version": self._version,
            "name of the API": self._name,
            "base URL": self._base_url,
            "title": self._title,
            "section": self._section,
            "route": self._route,
            "operation": self._operation,
            "revision mark": self._revision,
            "authorizations": self._authorizations,
            "header parameter": self._content_type,
            "error sample": self._error_sample,
            "filterable": self._listed,
            "sortable": self._listed,
            "patchable": self._listed,
            "verbs of patchable": self._verbs,
            "deprecation": self._deprecation,
        }

    def apply(self, findings: list[Finding]) -> None:
        """Write what can be written. Moves of whole operations come last, since they change the pointers."""
        late = ("operation", "route", "title")
        for finding in sorted(findings, key=lambda f: late.index(f.facet) if f.facet in late else -1):
            rule = self._rules.get(finding.facet, self._fields.apply)
            try:
                written = rule(finding)
            except GoneError:
                # The comparison that follows says what is left of it.
                continue
            if written:
                self._remember(finding)
                where = f"{finding.operation}: " if finding.operation else ""
                self._written.done.append(f"{where}{finding.kind} {finding.text}")
        self._unused.drop(self._written)

    def _remember(self, finding: Finding) -> None:
        """Keep in mind that a name is gone which old notes say was added; forget it when it comes back."""
        if not finding.name or finding.kind not in ("added", "removed"):
            return
        gone, mark = self._drift.baseline.gone, gone_mark(finding.facet, finding.name, finding.operation)
        told = any(
            finding.name in statement.names and statement.verb in ("added", "updated")
            for statement in self._drift.document.statements
        )
        if finding.kind == "added" and mark in gone:
            gone.remove(mark)
        elif finding.kind == "removed" and told and finding.facet != "answer field" and mark not in gone:
            gone.append(mark)

    # -- the document ------------------------------------------------------------------------------

    def _version(self, finding: Finding) -> bool:
        self._data["info"]["version"] = quoted(finding.new)
        return True

    def _name(self, finding: Finding) -> bool:
        self._data["info"]["title"] = finding.new
        return True

    def _base_url(self, finding: Finding) -> bool:
        """The variables of the server stay where they are."""
        if finding.kind != "changed" or not finding.old or len(self._data["servers"]) != 1:
            return False
        old, new = finding.old.split("/"), finding.new.split("/")
        if len(old) != len(new):
            return False
        parts = [was if was.startswith("{") else now for was, now in zip(old, new, strict=True)]
        self._data["servers"][0]["url"] = "/".join(parts)
        return True

    # -- operations --------------------------------------------------------------------------------

    def _node(self, finding: Finding) -> tuple[SpecOperation, Any] | None:
        ours = self._drift.spec.operations.get(finding.operation)
        return (ours, at_pointer(self._data, ours.at.pointer)) if ours else None

    def _words(self, finding: Finding) -> Any:
        found = self._node(finding)
        return found[1].setdefault("x-trunkline", CommentedMap()) if found else None

    def _title(self, finding: Finding) -> bool:
        found = self._node(finding)
        if found is None:
            return False
        found[1]["summary"] = finding.new
        self._written.open.append(
            f"{finding.new}: was {finding.old}; the Python name is kept, rename it if it misleads"
        )
        return True

    def _section(self, finding: Finding) -> bool:
        moved = [self._drift.spec.operations[finding.operation]] if finding.operation else [
            op for op in self._drift.spec.operations.values() if op.section == finding.old
        ]  # fmt: skip
        for operation in moved:
            at_pointer(self._data, operation.at.pointer)["tags"] = flow_list([finding.new])
        for tag in self._data.get("tags", []):
            if tag["name"] == finding.old and not finding.operation:
                tag["name"] = finding.new
        if all(tag["name"] != finding.new for tag in self._data.get("tags", [])):
            self._data.setdefault("tags", []).append(
                CommentedMap({"name": finding.new, "description": f"What concerns {finding.new}."})
            )
        return True

    def _route(self, finding: Finding) -> bool:
        found = self._node(finding)
        if found is None:
            return False
        ours, node = found
        provenance = node["x-trunkline"]["provenance"]
        if finding.kind == "removed":
            provenance["route"] = "inferred"
            return True
        provenance["route"] = "documented"
        if finding.kind == "documented":
            return True
        method, _, path = finding.new.partition(" ")
        new = re.findall(r"\{([^}]*)\}", path)
        if set(new) != set(re.findall(r"\{([^}]*)\}", ours.route.path)) and not self._rename_variables(
            ours, node, new
        ):
            return False
        self._move(ours, Route(method, path, ours.at))
        return True

    def _rename_variables(self, ours: SpecOperation, node: Any, new: list[str]) -> bool:
        """The path variables keep their order; a page that calls one otherwise is remembered."""
        own = re.findall(r"\{([^}]*)\}", ours.route.path)
        if len(own) != len(new):
            return False
        for parameter in node.get("parameters", ()):
            if parameter.get("in") == "path" and parameter["name"] in own:
                name = new[own.index(parameter["name"])]
                if name != parameter["name"]:
                    words = parameter.setdefault("x-trunkline", flow_map({"provenance": "documented"}))
                    words.setdefault("page_name", parameter["name"])
                    parameter["name"] = name
        return True

    def _move(self, ours: SpecOperation, route: Route) -> None:
        """Put an operation under another path, at the same spot of the file."""
        paths = self._data["paths"]
        old, new = f"/{ours.route.path}", f"/{route.path}"
        node = paths[old].pop(ours.route.method.lower())
        if new not in paths:
            keys = list(paths)
            paths.insert(keys.index(old), new, CommentedMap())
            if not paths[old] and old in paths.ca.items:
                paths.ca.items[new] = paths.ca.items.pop(old)
        paths[new][route.method.lower()] = node
        if not paths[old]:
            del paths[old]

    def _operation(self, finding: Finding) -> bool:
        if finding.kind == "removed":
            return self._remove(finding)
        theirs = self._drift.document.operations.get(finding.operation)
        if theirs is None:
            # Only the release notes name it: neither its parameters nor its answer are known.
            return False
        if theirs.route is None:
            theirs = evolve(theirs, route=route_in_notes(self._drift.document, theirs.title))
        route, printed = add_operation(self._data, self._drift.spec, theirs)
        guess = "" if printed else f"; its route {route.text} is inferred"
        self._written.open.append(
            f"{theirs.title}: new{guess}; look at names, types, sensitive fields and the descriptions"
        )
        return True

    def _remove(self, finding: Finding) -> bool:
        ours = self._drift.spec.operations.get(finding.operation)
        if ours is None:
            return False
        path = f"/{ours.route.path}"
        self._drift.baseline.gone.append(ours.route.text)
        del self._data["paths"][path][ours.route.method.lower()]
        if not self._data["paths"][path]:
            del self._data["paths"][path]
        self._written.open.append(
            f"{ours.title}: removed with its method; restore it if the page left it out by mistake"
        )
        return True

    def _deprecation(self, finding: Finding) -> bool:
        found = self._node(finding)
        if found is None:
            return False
        if finding.kind == "removed":
            found[1].pop("deprecated", None)
        else:
            place_key(found[1], "deprecated", True, ("operationId", "summary", "description", "tags"))
        return True

    # -- words of an operation ---------------------------------------------------------------------

    def _flag(self, finding: Finding, word: str, value: bool | None) -> bool:
        words = self._words(finding)
        if words is None:
            return False
        if value is None:
            words.pop(word, None)
        else:
            place_key(words, word, value, _WORDS_ORDER[: _WORDS_ORDER.index(word)])
        return True

    def _authorizations(self, finding: Finding) -> bool:
        theirs = self._theirs.get(finding.operation)
        if finding.kind == "removed":
            return self._flag(finding, "authorizations_shown", False)
        schemes = set(self._data.get("components", {}).get("securitySchemes", ()))
        known = theirs is not None and set(theirs.authorizations or ()) <= schemes
        new = finding.kind in ("added", "documented")
        return known and new and self._flag(finding, "authorizations_shown", None)

    def _content_type(self, finding: Finding) -> bool:
        if finding.name != "Content-Type" or finding.kind == "changed":
            return self._fields.apply(finding)
        return self._flag(finding, "content_type_header", True if finding.kind == "added" else None)

    def _error_sample(self, finding: Finding) -> bool:
        return self._flag(finding, "errors_shown", True if finding.kind == "added" else None)

    def _revision(self, finding: Finding) -> bool:
        """A mark of the operation, of a listed name, of an answer field, of a parameter or a body field."""
        words = self._words(finding)
        if words is None:
            return False
        part, _, name = finding.name.partition(" ")
        if not finding.name:
            self._since(words, finding.new, _WORDS_ORDER[:7])
            return True
        if part in ("filterable", "sortable", "patchable") and name:
            self._list_mark(words, part, name, finding.new)
            return True
        return self._fields.revision(finding)

    @staticmethod
    def _since(words: Any, version: str, after: tuple[str, ...]) -> None:
        if version:
            place_key(words, "since", quoted(version), after)
        else:
            words.pop("since", None)

    @staticmethod
    def _list_mark(words: Any, which: str, name: str, version: str) -> None:
        if "revisions" not in words:
            if not version:
                return
            place_key(words, "revisions", CommentedMap(), _WORDS_ORDER[:6])
        marks = words["revisions"].setdefault(which, flow_map({}))
        if version:
            marks[name] = quoted(version)
        else:
            marks.pop(name, None)
        if not marks:
            del words["revisions"][which]
        if not words["revisions"]:
            del words["revisions"]

    # -- lists -------------------------------------------------------------------------------------

    def _listed(self, finding: Finding) -> bool:
        words, theirs = self._words(finding), self._theirs.get(finding.operation)
        shown = theirs.lists.get(finding.facet) if theirs else None
        entry = shown.names.get(finding.name) if shown else None
        if words is None:
            return False
        if finding.kind == "removed":
            if finding.facet == "patchable":
                del words["patchable"][finding.name]
            else:
                words[finding.facet].remove(finding.name)
            self._list_mark(words, finding.facet, finding.name, "")
            return True
        if entry is None or shown is None:
            return False
        order = list(shown.names)
        before = order[: order.index(finding.name)]
        if finding.facet == "patchable":
            if "patchable" not in words:
                place_key(words, "patchable", CommentedMap(), _WORDS_ORDER[:4])
            place_key(words["patchable"], finding.name, flow_list(list(entry.verbs)), tuple(before))
        else:
            if finding.facet not in words:
                place_key(words, finding.facet, flow_list([]), _WORDS_ORDER[:3])
            names = words[finding.facet]
            names.fa.set_flow_style()
            spots = [names.index(name) for name in before if name in names]
            names.insert(max(spots) + 1 if spots else 0, finding.name)
        if entry.since:
            self._list_mark(words, finding.facet, finding.name, entry.since)
        self._fields.type_of_listed(finding, words)
        return True

    def _verbs(self, finding: Finding) -> bool:
        words, theirs = self._words(finding), self._theirs.get(finding.operation)
        if words is None or theirs is None:
            return False
        words["patchable"][finding.name] = flow_list(
            list(theirs.lists["patchable"].names[finding.name].verbs)
        )
        return True


def vendor_field(theirs: VendorOperation, name: str) -> VendorField | None:
    """A parameter or a body field of the page by its name."""
    body = theirs.body.fields if theirs.body else {}
    parameters = {found.name: found for found in theirs.parameters.values()}
    return parameters.get(name) or body.get(name)
