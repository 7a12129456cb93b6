"""Parameters and body fields of an OpenAPI spec, added, removed and changed."""

from __future__ import annotations

import copy
import re
from typing import Any

from ruamel.yaml.comments import CommentedMap

from codegen.drift.compare_fields import KNOWN_TYPES, fits, sample_fields
from codegen.drift.finding import Finding
from codegen.drift.running import Drift
from codegen.drift.spec_facts import SpecField, SpecOperation
from codegen.vendor.document import Shape, VendorField, VendorOperation
from codegen.vendor_import.answers_edit import AnswerEdits, field_uses
from codegen.vendor_import.new_operation import body_entry, shared_parameter
from codegen.vendor_import.schemas import (
    allow_null,
    field_entry,
    field_words,
    schema_of,
    set_enum,
    shape_entry,
)
from codegen.vendor_import.wording import field_text
from codegen.vendor_import.written import Written
from codegen.vendor_import.yaml_text import (
    at_pointer,
    flow_map,
    place_key,
    quoted,
    resolved,
    set_required,
)

_PARAMETERS = ("path parameter", "query parameter", "header parameter", "cookie parameter")
_WHOLE = "request body"


class FieldEdits:
    """Rules for everything that has a type."""

    def __init__(self, data: Any, drift: Drift, theirs: dict[str, VendorOperation], written: Written) -> None:
        self._data = data
        self._drift = drift
        self._theirs = theirs
        self._written = written
        self._answers = AnswerEdits(data, drift, theirs, written)
        self._uses = field_uses(drift)

    def apply(self, finding: Finding) -> bool:
        """Write one finding; False when a person has to."""
        ours, theirs = self._drift.spec.operations.get(finding.operation), self._theirs.get(finding.operation)
        if ours is None or theirs is None:
            return False
        base = finding.facet.rsplit(" of ", 1)[-1]
        if finding.facet == "answer" or base == "answer field":
            return self._answers.apply(ours, theirs, finding)
        if finding.facet == _WHOLE and finding.kind in ("added", "removed"):
            return self._body(ours, theirs, finding)
        if base in _PARAMETERS:
            return self._parameter(ours, theirs, finding, base)
        if base == "body field":
            return self._body_field(ours, theirs, finding)
        return False

    # -- parameters --------------------------------------------------------------------------------

    def _parameter(self, ours: SpecOperation, theirs: VendorOperation, finding: Finding, base: str) -> bool:
        location = base.split(" ")[0]
        found = theirs.parameters.get((location, finding.name))
        node = at_pointer(self._data, ours.at.pointer)
        known = ours.parameters.get((location, finding.name))
        if finding.facet == "path parameter" and finding.kind == "changed" and known is not None:
            words = self._own_parameter(ours, known, finding).setdefault(
                "x-trunkline", flow_map({"provenance": "documented"})
            )
            words["page_name"] = finding.new
            return True
        if finding.facet == base and finding.kind == "added":
            if found is None or location == "path":
                return False
            self._add_parameter(node, theirs, found)
            return True
        if known is None or (location == "path" and finding.kind == "removed"):
            return False
        if finding.facet == base and finding.kind == "removed":
            entries = node["parameters"]
            spot = [self._parameter_key(entry) for entry in entries].index((location, finding.name))
            del entries[spot]
            if not entries:
                del node["parameters"]
            return True
        if found is None or (location == "path" and finding.facet.startswith("required mark")):
            # OpenAPI knows no optional path parameter.
            return False
        entry = self._own_parameter(ours, known, finding)
        if finding.facet.startswith("page "):
            return self._page_size(entry, finding)
        return _change(entry, entry["schema"], known, found, finding)

    def _page_size(self, entry: Any, finding: Finding) -> bool:
        word = "_".join(finding.facet.split(" ")[:2])
        entry["x-trunkline"][word] = int(finding.new)
        if re.search(rf"\b{finding.old}\b", str(entry.get("description", ""))):
            said = (
                f"the description of {finding.name} speaks of {finding.old}; the {word} is {finding.new} now"
            )
            if said not in self._written.open:
                self._written.open.append(said)
        return True

    def _add_parameter(self, node: Any, theirs: VendorOperation, found: VendorField) -> None:
        shared = shared_parameter(self._data, found)
        entry = (
            CommentedMap({"$ref": shared})
            if shared
            else CommentedMap({"name": found.name, "in": found.location})
        )
        if not shared:
            if found.required:
                entry["required"] = True
            entry["description"] = field_text(found.name)
            entry["schema"] = schema_of(found)
            entry["x-trunkline"] = field_words(found)
            self._written.open.append(f"{theirs.title}: describe the parameter {found.name}")
        if "parameters" not in node:
            place_key(node, "parameters", [], ("operationId", "summary", "description", "tags"))
        order = list(theirs.parameters)
        before = set(order[: order.index((str(found.location), found.name))])
        keys = [self._parameter_key(p) for p in node["parameters"]]
        spots = [index for index, key in enumerate(keys) if key in before]
        node["parameters"].insert(max(spots) + 1 if spots else 0, entry)

    def _parameter_key(self, entry: Any) -> tuple[str, str]:
        """Location and name as the page prints it."""
        target = resolved(self._data, entry)
        return str(target["in"]), str(target.get("x-trunkline", {}).get("page_name", target["name"]))

    def _own_parameter(self, ours: SpecOperation, known: SpecField, finding: Finding) -> Any:
        """The parameter to change: a shared one is copied into the operation, unless it changes for all."""
        entries = at_pointer(self._data, ours.at.pointer)["parameters"]
        key = (str(known.location), known.name)
        spot = [self._parameter_key(entry) for entry in entries].index(key)
        if "$ref" in entries[spot]:
            if self._changes_for_all(known, finding):
                return resolved(self._data, entries[spot])
            entries[spot] = copy.deepcopy(resolved(self._data, entries[spot]))
        return entries[spot]

    def _changes_for_all(self, known: SpecField, finding: Finding) -> bool:
        """Whether every operation that the document shows with a shared parameter has the same finding."""
        users = {
            title
            for title, operation in self._drift.spec.operations.items()
            if title in self._theirs and any(p.at == known.at for p in operation.parameters.values())
        }
        alike = {
            other.operation
            for other in self._drift.findings
            if (other.facet, other.kind, other.name, other.new)
            == (finding.facet, finding.kind, finding.name, finding.new)
        }
        return users <= alike

    # -- bodies ------------------------------------------------------------------------------------

    def _body(self, ours: SpecOperation, theirs: VendorOperation, finding: Finding) -> bool:
        node = at_pointer(self._data, ours.at.pointer)
        if finding.kind == "removed":
            node.pop("requestBody", None)
        else:
            place_key(
                node, "requestBody", body_entry(self._data, theirs), ("tags", "description", "parameters")
            )
            self._written.open.append(f"{ours.title}: look at the new request body")
        return True

    def _body_schema(self, ours: SpecOperation) -> Any:
        node = at_pointer(self._data, ours.at.pointer)
        content = node["requestBody"]["content"]
        schema = resolved(self._data, next(iter(content.values()))["schema"])
        return resolved(self._data, schema["items"]) if schema.get("type") == "array" else schema

    def _shared_body(self, ours: SpecOperation) -> bool:
        """Whether other operations or answers use the schema of this body."""
        field = next(iter(ours.body.fields.values()), None) if ours.body else None
        return field is not None and len(self._uses.get(field.at.pointer, ())) > 1

    def _body_field(self, ours: SpecOperation, theirs: VendorOperation, finding: Finding) -> bool:
        if ours.body is None or theirs.body is None or self._shared_body(ours):
            return False
        schema = self._body_schema(ours)
        found = theirs.body.fields.get(finding.name)
        known = ours.body.fields.get(finding.name)
        if finding.facet == "body field" and finding.kind == "removed":
            set_required(schema, finding.name, False)
            if finding.name in sample_fields(theirs):
                schema["properties"][finding.name]["x-trunkline"]["provenance"] = "inferred"
                self._written.open.append(
                    f"{ours.title}: the table lost {finding.name}, the sample has it; kept as inferred"
                )
            else:
                schema["properties"].pop(finding.name, None)
            return True
        if finding.facet == "body field" and finding.kind == "added":
            self._add_body_field(schema, theirs, found, finding)
            return True
        if known is None or found is None:
            return False
        if finding.facet.startswith("required mark"):
            set_required(schema, finding.name, found.required, list(theirs.body.fields))
            return True
        entry = schema["properties"][finding.name]
        shape = sample_fields(theirs).get(finding.name)
        if shape is not None and shape.kind != "null" and finding.facet == "type of body field":
            return self._type_of_both(entry, known, found, shape, finding)
        return _change(entry, entry, known, found, finding)

    def _type_of_both(
        self, entry: Any, known: SpecField, found: VendorField, shape: Shape, finding: Finding
    ) -> bool:
        """A printed type that the page's own sample contradicts: the sample is what the server takes."""
        if found.type == "array" or fits(shape.kind, found.type) or not fits(shape.kind, known.own_type):
            return _change(entry, entry, known, found, finding)
        entry.setdefault("x-trunkline", flow_map({"provenance": "documented"}))["documented_type"] = (
            found.type
        )
        self._written.open.append(
            f"{finding.operation}: {finding.name} is {found.type} in the table, {shape.kind} in the sample;"
            " the spec keeps the latter"
        )
        return True

    def _add_body_field(
        self, schema: Any, theirs: VendorOperation, found: VendorField | None, finding: Finding
    ) -> None:
        order = list(theirs.body.fields) if theirs.body else []
        if found is None:
            shape = sample_fields(theirs).get(finding.name) or Shape(kind="null", at=theirs.at)
            schema["properties"][finding.name] = shape_entry(finding.name, shape, "inferred")
        else:
            before = tuple(order[: order.index(finding.name)])
            place_key(schema["properties"], finding.name, field_entry(found), before)
            if found.required:
                set_required(schema, finding.name, True, order)
        self._written.open.append(f"{theirs.title}: describe the body field {finding.name}; is it sensitive?")

    def type_of_listed(self, finding: Finding, words: Any) -> None:
        """A new filterable, sortable or patchable name gets its type from the row; the row must know it."""
        ours = self._drift.spec.operations[finding.operation]
        if finding.facet == "patchable":
            model = self._data["components"]["schemas"].get(words.get("patch_model", ""))
            properties = model.get("properties") if model is not None else None
        else:
            rows = ours.rows.members if ours.rows is not None else {}
            pointer = next(iter(rows.values())).at.pointer.rsplit("/", 1)[0] if rows else None
            properties = at_pointer(self._data, pointer) if pointer else None
        if properties is None or finding.name in properties:
            return
        kind = "integer" if finding.name.endswith("ID") else "string"
        properties[finding.name] = CommentedMap(
            {
                "type": kind,
                "description": field_text(finding.name),
                "x-trunkline": flow_map({"provenance": "inferred"}),
            }
        )
        self._written.open.append(f"{finding.operation}: the type {kind} of {finding.name} is a guess")

    def revision(self, finding: Finding) -> bool:
        """A mark on a parameter, a body field or an answer field."""
        if finding.spec is None:
            return False
        ours = self._drift.spec.operations[finding.operation]
        name = finding.name.removeprefix("answer field ")
        known = next((p for p in ours.parameters.values() if p.name == name and p.at == finding.spec), None)
        entry = (
            self._own_parameter(ours, known, finding)
            if known
            else at_pointer(self._data, finding.spec.pointer)
        )
        words = entry.setdefault("x-trunkline", flow_map({"provenance": "documented"}))
        if finding.new:
            words["since"] = quoted(finding.new)
        else:
            words.pop("since", None)
        return True


def _change(entry: Any, schema: Any, known: SpecField, found: VendorField, finding: Finding) -> bool:
    """A type, an Enum, a required mark or a provenance of one field."""
    words = entry.get("x-trunkline")
    if finding.kind == "documented" and words is not None:
        words["provenance"] = "documented"
        return True
    if finding.facet.startswith("required mark"):
        if found.required:
            place_key(entry, "required", True, ("name", "in"))
        else:
            entry.pop("required", None)
        return True
    if finding.facet.startswith("Enum"):
        return set_enum(schema, found)
    if finding.facet.startswith("nullability"):
        return allow_null(schema)
    if not finding.facet.startswith("type of") or found.type not in KNOWN_TYPES:
        return False
    if words is not None:
        words.pop("documented_type", None)
        words.pop("format", None)
    new = schema_of(found)
    for key in ("type", "format", "items"):
        if key in new:
            place_key(schema, key, new[key], ("type",) if key != "type" else ())
        else:
            schema.pop(key, None)
    return True
