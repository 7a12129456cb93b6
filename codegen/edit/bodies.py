"""Changes of a request body or a response as a whole: whether it is there, its status and media types."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen
from ruamel.yaml.comments import CommentedMap

from codegen.changes.change import Change, Comparison
from codegen.edit.locate import Locator
from codegen.edit.nodes import GoneError, insert_key, quoted, rename_key, resolved
from codegen.edit.operation import NewOperation
from codegen.edit.words import before, flag, words_of
from codegen.edit.written import Written


@frozen
class BodyEdits:
    """Rules for bodies and responses."""

    locator: Locator
    new: NewOperation
    written: Written

    def request(self, change: Change) -> bool:
        """A body that came or went, that is needed now, or that has other media types."""
        operation, aspect = change.subject.operation, change.aspect
        node = self.locator.operation(operation)
        if change.kind == "documented":
            return proven(words_of(node), "exists", change.provenance)
        if aspect == "exists" and change.kind == "removed":
            node.pop("requestBody", None)
            return True
        if aspect == "exists" and change.after is not None:
            self.new.place_body(node, change.after.subject.operation)
            self.written.note(f"{change.title}: look at the new request body")
            return True
        body = resolved(self.locator.data, node["requestBody"])
        if aspect == "required":
            return flag(body, "required", bool(change.new), ())
        if aspect == "media-types" and isinstance(change.new, tuple):
            return _media(body["content"], change.new)
        return False

    def response(self, change: Change) -> bool:
        """A response that came or went, or that has another status or other media types."""
        subject, aspect = change.subject, change.aspect
        node = self.locator.operation(subject.operation)
        if subject.where == "errors" and aspect == "exists" and self.locator.style.words:
            new = change.after.subject.operation if change.after is not None else ""
            if "default" not in node["responses"] and (
                reference := self.new.response_writer.errors_reference(new)
            ):
                node["responses"]["default"] = reference
            return flag(words_of(node), "errors_shown", change.kind != "removed", before("errors_shown"))
        if change.kind == "documented":
            return self._response_shown(node, change)
        responses = node["responses"]
        if aspect == "exists" and change.kind == "added" and change.after is not None:
            found = self.new.response_writer.responses(change.after.subject.operation)
            status = self.new.schemas.facts.text(change.after.subject, "status") or subject.where
            entry = next((v for k, v in found.items() if str(k) == status), None)
            if entry is None:
                return False
            insert_key(responses, _spot(responses, status), quoted(status), entry)
            return True
        key = next((k for k in responses if str(k) == self.locator.status(subject)), None)
        if key is None:
            return False
        if aspect == "exists" and change.kind == "removed" and subject.where != "success":
            del responses[key]
            return True
        if aspect == "status" and change.new is not None:
            rename_key(responses, key, quoted(str(change.new)))
            return True
        if aspect == "media-types" and isinstance(change.new, tuple):
            return _media(resolved(self.locator.data, responses[key])["content"], change.new)
        return False

    def settle(self, comparison: Comparison) -> None:
        """What the fields of a response tell of the whole, once all of them are written.

        A response that the document shows whole, its every field documented by now, is documented too.
        """
        spec, document, done = self.locator.facts, self.new.schemas.facts, self.written.done
        gone = {c.before.place for c in done if c.kind == "removed" and c.before is not None}
        proven = {c.subject for c in done if c.kind == "documented"}
        touched = {c.subject.operation for c in done if c.subject.kind == "response-field"}
        for ours, theirs in comparison.pairs.items():
            try:
                node = self.locator.operation(ours)
            except GoneError:
                continue
            words = node.get("x-trunkline") or {}
            if "provenance" not in words:
                continue
            if words["provenance"].get("response") != "inferred":
                continue
            fields = [s for s in spec.subjects("response-field", ours) if s.where == "success"]
            named = [s for s in fields if s.path and s.path[-1][0] not in "[{<"]
            facts = [f for s in named if (f := spec.get(s, "exists")) is not None]
            left = [f for f in facts if f.place not in gone]
            guessed = any(f.provenance != "documented" and f.subject not in proven for f in left)
            whole = bool(left) and all(evolve(f.subject, operation=theirs) in document for f in left)
            if not guessed and (whole or ours in touched):
                words["provenance"]["response"] = "documented"

    def _response_shown(self, node: Any, change: Change) -> bool:
        """A document shows a response that was a guess, or one that had no body."""
        words = words_of(node)
        if "provenance" in words and change.subject.where == "success":
            words["provenance"]["response"] = change.provenance
        return True


def _media(content: Any, names: tuple[str, ...]) -> bool:
    """Give the bodies the media types of the document; new ones take the schema of the first."""
    if not content or not names:
        return False
    first = content[next(iter(content))]
    for name in [name for name in content if name not in names]:
        del content[name]
    for name in names:
        content.setdefault(name, CommentedMap(first))
    return True


def _spot(responses: Any, status: str) -> int:
    """Statuses stand in their order, `default` behind them."""
    return sum(1 for key in responses if str(key) != "default" and str(key) < status)


def proven(words: Any, aspect: str, provenance: str) -> bool:
    """Give the part of an operation that an aspect is of the provenance that the document has for it."""
    part = {"route": "route", "exists": "request"}.get(aspect)
    if part is None or "provenance" not in words:
        return False
    # A route that the notes spell out is documented as one that the tables print.
    told = part == "route" and provenance == "release-notes"
    words["provenance"][part] = "documented" if told else provenance
    return True
