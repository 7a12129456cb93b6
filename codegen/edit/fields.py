"""Changes of parameters, body fields and response fields written into an OpenAPI spec."""

from __future__ import annotations

from typing import Any, Final

from attrs import define, evolve
from ruamel.yaml.comments import CommentedMap

from codegen.changes.baseline import Baseline
from codegen.changes.change import Change
from codegen.edit.keywords import Keywords, set_or_drop
from codegen.edit.locate import Locator, Spot
from codegen.edit.nodes import (
    GoneError,
    flow_map,
    place_key,
    quoted,
    resolved,
    set_required,
)
from codegen.edit.operation import NewOperation
from codegen.edit.responses import Responses
from codegen.edit.schema import Schemas
from codegen.edit.sharing import Sharing
from codegen.edit.written import Written
from codegen.facts.fact import Subject

_COLLECTIONS: Final = {
    ("form", True): "multi",
    ("spaceDelimited", False): "ssv",
    ("pipeDelimited", False): "pipes",
    ("tabDelimited", False): "tsv",
}
"""What Swagger 2.0 calls a style; the rest is its default, csv."""
_SIZES: Final = {"page-size": "page_size", "page-limit": "page_limit"}


@define
class FieldEdits:
    """Rules for everything that has a type."""

    locator: Locator
    schemas: Schemas
    sharing: Sharing
    written: Written
    baseline: Baseline

    @property
    def keywords(self) -> Keywords:
        """The writer of types and constraints."""
        return Keywords(self.schemas, self.written)

    # -- parameters ----------------------------------------------------------------------------------

    def parameter(self, change: Change) -> bool:
        """One change of a parameter, or of something inside one."""
        subject = change.subject
        if len(subject.path) > 1:
            return False
        if change.aspect == "exists" and change.kind != "documented":
            return self._parameter_itself(change)
        spot = self.locator.parameter(subject, own=self.sharing.shared(change))
        entry = resolved(self.locator.data, spot.node)
        if change.aspect == "name":
            # The name never reaches the wire: ours stays, and the document's is remembered.
            words = entry.setdefault("x-trunkline", flow_map({"provenance": "documented"}))
            words["page_name"] = str(change.new)
            return subject.where == "path"
        if change.kind == "documented":
            return _proven(entry, change)
        if change.aspect == "required":
            return subject.where != "path" and set_or_drop(
                entry, "required", True if change.new else None, ("name", "in")
            )
        if change.aspect in ("deprecated", "example"):
            value = change.new
            if change.aspect == "example" and value is not None:
                entry.pop("examples", None)
                self.schemas.put(entry, "example", "example", value)
                return True
            return set_or_drop(
                entry, change.aspect, value, ("name", "in", "required", "description", "schema")
            )
        if change.aspect in _SIZES:
            return self._page_size(entry, change)
        if change.aspect == "revision":
            return _since(entry, change)
        if change.aspect == "encoding":
            return self._encoding(entry, change)
        schema = entry.get("schema") if self.locator.style.version != 2 else entry
        return schema is not None and self.keywords.write(
            change, entry, resolved(self.locator.data, schema), Spot(entry, "schema")
        )

    def _parameter_itself(self, change: Change) -> bool:
        subject, style = change.subject, self.locator.style
        node = self.locator.operation(subject.operation)
        if subject.where == "header" and subject.name.lower() == "content-type" and style.words:
            words = node.setdefault("x-trunkline", CommentedMap())
            return set_or_drop(
                words,
                "content_type_header",
                True if change.kind == "added" else None,
                ("provenance", "idempotency", "paging"),
            )
        if subject.where == "path":
            return False
        if change.kind == "removed":
            spot = self.locator.parameter(subject, own=True)
            del spot.holder[spot.key]
            if not node.get("parameters"):
                node.pop("parameters", None)
            return True
        if change.after is None:
            return False
        theirs = change.after.subject
        entry = NewOperation(self.schemas).parameter(theirs)
        if "$ref" not in entry:
            self.written.note(f"{change.title}: describe the parameter {theirs.name}")
        if "parameters" not in node:
            place_key(node, "parameters", [], ("operationId", "summary", "description", "tags"))
        order = [(s.where, s.name) for s in self.schemas.facts.subjects("parameter", theirs.operation)]
        before = set(order[: order.index((theirs.where, theirs.name))])
        keys = [self.locator.parameter_key(p) for p in node["parameters"]]
        spots = [index for index, key in enumerate(keys) if key in before]
        node["parameters"].insert(max(spots) + 1 if spots else 0, entry)
        return True

    def _encoding(self, entry: Any, change: Change) -> bool:
        """How a parameter is written: `pipeDelimited, joined, reserved`; "" is the default of its place."""
        style, *more = str(change.new or "").split(", ")
        if style == "json":
            return False
        exploded = "exploded" in more if more else None
        if self.locator.style.version == 2:
            return set_or_drop(
                entry, "collectionFormat", _COLLECTIONS.get((style, bool(exploded))), ("name", "in", "type")
            )
        for key, value in (("style", style), ("explode", exploded), ("allowReserved", "reserved" in more)):
            entry.pop(key, None)
            if value or (key == "explode" and value is not None):
                place_key(entry, key, value, ("name", "in", "required", "description", "style"))
        return True

    def _page_size(self, entry: Any, change: Change) -> bool:
        word = _SIZES[change.aspect]
        words = entry.setdefault("x-trunkline", flow_map({}))
        if change.new is None:
            words.pop(word, None)
        else:
            words[word] = change.new
        if str(change.old) in str(entry.get("description", "")) and change.old is not None:
            self.written.note(
                f"the description of {change.subject.name} speaks of {change.old}; the {word} is {change.new}"
            )
        return True

    # -- fields --------------------------------------------------------------------------------------

    def field(self, change: Change) -> bool:
        """One change of a field of a body or a response, or of the whole body (the empty path)."""
        subject = change.subject
        if not subject.path:
            return self._whole(change)
        if change.aspect == "exists" and change.kind == "added":
            return self._add(change)
        own = change.kind != "documented" and self.sharing.shared(change)
        if change.aspect == "exists" and change.kind == "removed":
            return self._remove(change, shared=own)
        if own and self._is_only_seen(change):
            # The samples of other operations show another type: which of them slipped is for the person.
            return False
        spot = self.locator.field(subject, own=own)
        if change.aspect == "required":
            order = [c.path[-1] for c in self._siblings(change)]
            set_required(spot.owner, subject.path[-1], bool(change.new), order)
            return True
        node = spot.node
        if change.kind == "documented":
            return _proven(node, change)
        if change.aspect == "revision":
            return _since(node, change)
        return self.keywords.write(change, node, self.locator.target(spot, subject.operation, own=own), spot)

    def _is_only_seen(self, change: Change) -> bool:
        """Whether a type is that of a sample, which nothing in the document declares."""
        theirs = change.after.subject if change.after is not None else None
        return change.aspect == "type" and theirs is not None and not self.schemas.facts.text(theirs, "type")

    def _whole(self, change: Change) -> bool:
        """A body or a response as a whole: a type, a nullability; its shape comes from the document."""
        spot = self.locator.root(change.subject)
        if change.kind == "documented" or change.aspect == "exists":
            return False
        return self.keywords.write(
            change, spot.node, self.locator.target(spot, change.subject.operation, own=True), spot
        )

    def _siblings(self, change: Change) -> list[Subject]:
        if change.after is None:
            return []
        return self.schemas.members(evolve(change.after.subject, path=change.after.subject.path[:-1]))

    def _add(self, change: Change) -> bool:
        """A new field, at its place among the others; also the first items or alternatives of a thing."""
        assert change.after is not None  # noqa: S101  (an added subject comes from the document)
        theirs, subject, step = change.after.subject, change.subject, change.subject.path[-1]
        holder = evolve(subject, path=subject.path[:-1])
        parent = self.locator.field(holder) if holder.path else self.locator.root(holder)
        schema = self.locator.target(parent, subject.operation, own=self.sharing.shared(change))
        if step in ("[]", "{}"):
            schema["items" if step == "[]" else "additionalProperties"] = self.schemas.schema(theirs)
            return True
        if step.startswith("<"):
            schema.setdefault("oneOf", []).append(self.schemas.schema(theirs))
            return True
        properties = schema.get("properties")
        if properties is None:
            schema.setdefault("type", "object")
            properties = schema["properties"] = CommentedMap()
        order = [child.path[-1] for child in self._siblings(change)]
        before = order[: order.index(theirs.path[-1])] if theirs.path[-1] in order else order
        if step not in properties:
            place_key(properties, step, self.schemas.entry(theirs, change.provenance), before)
        if self.schemas.facts.value(theirs, "required"):
            set_required(schema, step, True, order)
        sensitive = (
            " (marked sensitive, as elsewhere)"
            if self.locator.style.is_sensitive(step)
            else "; is it sensitive?"
        )
        self.written.note(f"{change.title}: describe the field {subject.dotted}{sensitive}")
        return True

    def _remove(self, change: Change, *, shared: bool) -> bool:
        """A field that the document lost.

        A sample that leaves out what the samples of other operations show is remembered as such. A name that
        the lists or the notes still have is a guess from now on.
        """
        subject, step = change.subject, change.subject.path[-1]
        sampled = subject.kind == "response-field" and self.schemas.facts.kind.startswith("redoc")
        if sampled and shared:
            omitted = self.baseline.sample_omits.setdefault(change.title, [])
            if subject.dotted not in omitted:
                omitted.append(subject.dotted)
            return True
        spot = self.locator.field(subject, own=shared)
        theirs = self.sharing.comparison.pairs.get(subject.operation, "")
        sampled_still = evolve(subject, operation=theirs) in self.schemas.facts
        if subject.kind == "request-field" and sampled_still and self.locator.style.words:
            self.written.note(
                f"{change.title}: the table lost {subject.dotted}, the sample has it: now inferred"
            )
            spot.node.setdefault("x-trunkline", flow_map({}))["provenance"] = "inferred"
            return True
        words = spot.node.get("x-trunkline") if isinstance(spot.node, dict) else None
        if sampled and isinstance(words, dict) and (kept := self._still_named(step)):
            words["provenance"] = kept
            return True
        if isinstance(spot.holder, list):
            del spot.holder[spot.key]
        else:
            spot.holder.pop(spot.key, None)
        if spot.owner is not None:
            set_required(spot.owner, step, False)
        return True

    def _still_named(self, name: str) -> str:
        """The provenance of a field that no sample shows, "" for none."""
        spec, document = self.locator.facts, self.schemas.facts
        if any(s.name == name for kind in ("filterable", "sortable") for s in spec.subjects(kind)):
            return "inferred"
        if any(name in statement.names for statement in document.evidence.statements):
            return "release-notes"
        return ""

    # -- names of lists ------------------------------------------------------------------------------

    def type_of_listed(self, subject: Subject, words: Any) -> None:
        """A new filterable, sortable or patchable name gets its type from the row; the row must know it."""
        properties = None
        if subject.kind == "patchable":
            model = self.locator.style.components(self.locator.data, "schemas").get(
                words.get("patch_model", "")
            )
            properties = model.get("properties") if model is not None else None
        else:
            rows = Subject("response-field", subject.operation, "success", ("value", "[]"))
            try:
                target = self.locator.target(self.locator.field(rows), subject.operation)
                properties = target.get("properties")
            except (GoneError, KeyError):
                return
        if properties is None or subject.name in properties:
            return
        entry = Responses(self.schemas).guessed_field(subject.name)
        place_key(properties, subject.name, entry)
        self.written.note(f"{subject.operation}: the type {entry['type']} of {subject.name} is a guess")


def _proven(entry: Any, change: Change) -> bool:
    words = entry.get("x-trunkline")
    if isinstance(words, dict) and "provenance" in words:
        words["provenance"] = change.provenance
    return True


def _since(entry: Any, change: Change) -> bool:
    words = entry.setdefault("x-trunkline", flow_map({}))
    if change.new is None:
        words.pop("since", None)
        if not words:
            del entry["x-trunkline"]
    else:
        words["since"] = quoted(str(change.new))
    return True
