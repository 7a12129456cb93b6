"""Changes of parameters, body fields and response fields written into an overlay."""

from __future__ import annotations

import re
from typing import Any

from attrs import evolve, frozen
from ruamel.yaml.comments import CommentedMap

from codegen.changes.change import Change
from codegen.edit.collection_files import CollectionFiles
from codegen.edit.nodes import flow_map, rename_key
from codegen.facts.fact import Provenance, Subject


@frozen
class OverlayFields:
    """Rules for everything that has a type."""

    files: CollectionFiles

    def field(self, change: Change) -> bool:
        """One change of a parameter, a body field or a response field."""
        subject, aspect = change.subject, change.aspect
        name = self.files.name(subject.operation)
        if subject.kind == "response-field" and subject.where != "success":
            return False
        if not subject.path or subject.path[-1] == "[]":
            return self._rows(change, name)
        fields = self.files.overlay.fields_of(name, subject)
        own = subject.path[-1]
        if aspect == "name" and change.after is not None:
            return self._rename_field(change, name, fields)
        if aspect == "exists" and change.kind == "added" and change.after is not None:
            required = subject.kind == "parameter" and subject.where == "path"
            if own not in fields:
                fields[own] = self.files.overlay.field(
                    change.after.subject, change.provenance, required=required
                )
                self.files.written.note(f"{name}: describe {subject.dotted}; is it sensitive?")
            return True
        if aspect == "exists" and change.kind == "removed":
            fields.pop(own, None)
            if not fields and subject.kind == "parameter":
                self.files.overlay.entry(name).pop("parameters", None)
            return True
        words = fields[own]
        if change.kind == "documented":
            words["provenance"] = change.provenance
            return True
        if aspect in ("type", "seen-type") and change.after is not None:
            self.files.overlay.retype(words, change.after.subject)
            words["provenance"] = change.provenance
            return True
        if aspect == "nullable":
            return _set(words, "nullable", change.kind != "removed")
        if aspect in ("required", "deprecated"):
            return aspect == "required" and _set(words, "required", bool(change.new))
        return False

    def _rename_field(self, change: Change, name: str, fields: Any) -> bool:
        """A parameter or field under another name; the former one is kept for users of the old client."""
        old, new = change.subject.path[-1], str(change.new)
        if new in fields or old not in fields:
            return False
        rename_key(fields, old, new)
        fields[new]["provenance"] = change.provenance
        if change.subject.kind != "response-field":
            renames = self.files.overlay.data.setdefault("parameter_renames", CommentedMap())
            renames.setdefault(name, flow_map({}))[new] = old
        return True

    def _rows(self, change: Change, name: str) -> bool:
        """A response that is a list where it was one thing, or the other way round, or that is new."""
        if change.subject.kind != "response-field" or change.after is None or change.kind == "documented":
            return change.kind == "documented"
        entry = self.files.overlay.entry(name)
        root = Subject("response-field", change.after.subject.operation, "success")
        many = "array" in self.files.overlay.kinds(root)
        rows = evolve(root, path=("[]",)) if many else root
        response = entry.get("response")
        if isinstance(response, dict) and response.get("model"):
            response["many"] = many
            return True
        if not self.files.overlay.members(rows):
            return False
        model = self.files.overlay.model(
            re.sub(r"\A(?:Get|List|View|Find)", "", name) or name, rows, change.provenance
        )
        entry["response"] = flow_map({"model": model, "many": many})
        return True

    def part(self, change: Change) -> bool:
        """A body or a response as a whole: its provenance, or that there is one."""
        name = self.files.name(change.subject.operation)
        entry = self.files.overlay.entry(name)
        if change.kind == "documented":
            return proven(entry, change.subject.kind, change.provenance)
        if change.aspect != "exists":
            return change.aspect in ("status", "media-types")
        if change.kind == "removed":
            if change.subject.kind == "request":
                entry.pop("body", None)
            return True
        if change.subject.kind == "request" and change.after is not None:
            members = self.files.overlay.members(Subject("request-field", change.after.subject.operation))
            entry["body"] = CommentedMap({"model": f"{name}Request"})
            entry["body"]["fields"] = CommentedMap(
                {s.path[-1]: self.files.overlay.field(s, change.provenance) for s in members}
            )
        return True


def proven(entry: Any, part: str, provenance: Provenance) -> bool:
    """Give a part of a request the provenance that the document has for it."""
    if part in entry["provenance"]:
        entry["provenance"][part] = provenance
    return True


def _set(words: Any, key: str, value: bool) -> bool:
    if value:
        words[key] = True
    else:
        words.pop(key, None)
    return True
