"""Parameters, body fields and answer fields of an OpenAPI spec, added, removed and changed."""

from __future__ import annotations

import copy
from typing import Any

from ruamel.yaml.comments import CommentedMap

from codegen.drift.finding import Finding
from codegen.drift.running import Drift
from codegen.drift.spec_facts import SpecField, SpecOperation
from codegen.vendor.document import Shape, VendorField, VendorOperation
from codegen.vendor_import.new_operation import (
    answer_schema,
    body_entry,
    field_entry,
    field_words,
    schema_of,
    shape_entry,
    shared_parameter,
)
from codegen.vendor_import.wording import field_text
from codegen.vendor_import.written import Written
from codegen.vendor_import.yaml_text import at_pointer, flow_list, flow_map, place_key, quoted

_PARAMETERS = ("path parameter", "query parameter", "header parameter", "cookie parameter")
_WHOLE = "request body"


class FieldEdits:
    """Rules for everything that has a type."""

    def __init__(self, data: Any, drift: Drift, theirs: dict[str, VendorOperation], written: Written) -> None:
        self._data = data
        self._drift = drift
        self._theirs = theirs
        self._written = written
        self._uses = _uses(drift)

    def apply(self, finding: Finding) -> bool:
        """Write one finding; False when a person has to."""
        ours, theirs = self._drift.spec.operations.get(finding.operation), self._theirs.get(finding.operation)
        if ours is None or theirs is None:
            return False
        base = finding.facet.rsplit(" of ", 1)[-1]
        if finding.facet == "answer" and finding.kind == "added":
            return self._answer(ours, theirs)
        if finding.facet == _WHOLE and finding.kind in ("added", "removed"):
            return self._body(ours, theirs, finding)
        if base in _PARAMETERS:
            return self._parameter(ours, theirs, finding, base)
        if base == "body field":
            return self._body_field(ours, theirs, finding)
        if base == "answer field":
            return self._answer_field(ours, theirs, finding)
        return False

    # -- parameters --------------------------------------------------------------------------------

    def _parameter(self, ours: SpecOperation, theirs: VendorOperation, finding: Finding, base: str) -> bool:
        location = base.split(" ")[0]
        found = theirs.parameters.get((location, finding.name))
        node = at_pointer(self._data, ours.at.pointer)
        known = ours.parameters.get((location, finding.name))
        if finding.facet == base and finding.kind == "added":
            if found is None or location == "path":
                return False
            self._add_parameter(node, theirs, found)
            return True
        if known is None or (location == "path" and finding.kind == "removed"):
            return False
        if finding.facet == base and finding.kind == "removed":
            entry = at_pointer(self._data, known.use.pointer)
            node["parameters"].remove(entry)
            if not node["parameters"]:
                del node["parameters"]
            return True
        if found is None:
            return False
        entry = self._own_parameter(ours, known)
        return _change(entry, entry["schema"], known, found, finding)

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
        order = [name for where, name in theirs.parameters if where != "header"]
        before = set(order[: order.index(found.name)])
        names = [self._parameter_name(p) for p in node["parameters"]]
        spots = [index for index, name in enumerate(names) if name in before]
        node["parameters"].insert(max(spots) + 1 if spots else 0, entry)

    def _parameter_name(self, entry: Any) -> str:
        target = at_pointer(self._data, entry["$ref"][1:]) if "$ref" in entry else entry
        return str(target.get("x-trunkline", {}).get("page_name", target["name"]))

    def _own_parameter(self, ours: SpecOperation, known: SpecField) -> Any:
        """The parameter of this operation alone: a shared one is copied into it first."""
        entry = at_pointer(self._data, known.use.pointer)
        if "$ref" not in entry:
            return entry
        own = copy.deepcopy(at_pointer(self._data, entry["$ref"][1:]))
        node = at_pointer(self._data, ours.at.pointer)
        node["parameters"][node["parameters"].index(entry)] = own
        return own

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
        schema = self._resolved(next(iter(content.values()))["schema"])
        return self._resolved(schema["items"]) if schema.get("type") == "array" else schema

    def _resolved(self, node: Any) -> Any:
        while "$ref" in node:
            node = at_pointer(self._data, node["$ref"][1:])
        return node

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
            schema["properties"].pop(finding.name, None)
            _set_required(schema, finding.name, False)
            return True
        if finding.facet == "body field" and finding.kind == "added":
            self._add_body_field(schema, theirs, found, finding)
            return True
        if known is None or found is None:
            return False
        if finding.facet.startswith("required mark"):
            _set_required(schema, finding.name, found.required, list(theirs.body.fields))
            return True
        entry = schema["properties"][finding.name]
        return _change(entry, entry, known, found, finding)

    def _add_body_field(
        self, schema: Any, theirs: VendorOperation, found: VendorField | None, finding: Finding
    ) -> None:
        order = list(theirs.body.fields) if theirs.body else []
        if found is None:
            sample = theirs.request_sample
            row = sample.row if sample is not None and sample.kind == "array" else sample
            shape = row.members.get(finding.name) if row is not None else None
            entry = shape_entry(finding.name, shape or Shape(kind="null", at=theirs.at))
            schema["properties"][finding.name] = entry
        else:
            before = tuple(order[: order.index(finding.name)])
            place_key(schema["properties"], finding.name, field_entry(found), before)
            if found.required:
                _set_required(schema, finding.name, True, order)
        self._written.open.append(f"{theirs.title}: describe the body field {finding.name}; is it sensitive?")

    # -- answers -----------------------------------------------------------------------------------

    def _answer(self, ours: SpecOperation, theirs: VendorOperation) -> bool:
        schema = answer_schema(self._data, theirs)
        if schema is None:
            return False
        node = at_pointer(self._data, ours.at.pointer)
        answer = node["responses"]["200"]
        answer["description"] = "The answer."
        answer["content"] = CommentedMap({"application/json": CommentedMap({"schema": schema})})
        node["x-trunkline"]["provenance"]["response"] = "documented"
        self._written.open.append(f"{ours.title}: look at the new answer, its names and sensitive fields")
        return True

    def _answer_field(self, ours: SpecOperation, theirs: VendorOperation, finding: Finding) -> bool:
        if finding.spec is None or "." in finding.name or "[]" in finding.name:
            return self._nested(finding)
        if finding.kind == "documented":
            return self._documented(ours, finding)
        if finding.kind == "removed":
            return self._forget(ours, finding)
        shape = _sample_member(theirs, finding.name)
        if finding.kind == "added":
            schema = self._answer_properties(finding)
            if schema is None or finding.name in schema:
                return schema is not None
            place_key(
                schema, finding.name, shape_entry(finding.name, shape or Shape(kind="null", at=theirs.at))
            )
            self._written.open.append(
                f"{ours.title}: describe the answer field {finding.name}; is it sensitive?"
            )
            return True
        entry = at_pointer(self._data, finding.spec.pointer)
        nullable = isinstance(entry.get("type"), list)
        if not finding.facet.startswith("type") or "$ref" in entry or finding.new in ("object", "array"):
            return False
        entry["type"] = flow_list([finding.new, quoted("null")]) if nullable else finding.new
        entry.pop("format", None)
        return True

    def _nested(self, finding: Finding) -> bool:
        if finding.kind != "documented" or finding.spec is None:
            return False
        at_pointer(self._data, finding.spec.pointer)["x-trunkline"]["provenance"] = "documented"
        return True

    def _documented(self, ours: SpecOperation, finding: Finding) -> bool:
        """A field that was inferred, or one that this sample left out before."""
        if finding.spec is None:
            return False
        omitted = self._drift.baseline.sample_omits.get(ours.title, [])
        if finding.name in omitted:
            omitted.remove(finding.name)
            return True
        entry = at_pointer(self._data, finding.spec.pointer)
        entry["x-trunkline"]["provenance"] = "documented"
        parent = at_pointer(self._data, finding.spec.pointer.rsplit("/", 1)[0])
        inferred = [f for f in parent.values() if f.get("x-trunkline", {}).get("provenance") == "inferred"]
        if not inferred:
            at_pointer(self._data, ours.at.pointer)["x-trunkline"]["provenance"]["response"] = "documented"
        return True

    def _forget(self, ours: SpecOperation, finding: Finding) -> bool:
        """A field that a sample lost: gone where no other operation shows it, else remembered as left out."""
        assert finding.spec is not None  # noqa: S101  (the caller has looked)
        users = self._uses.get(finding.spec.pointer, set())
        if len(users) > 1:
            self._drift.baseline.sample_omits.setdefault(ours.title, []).append(finding.name)
            return True
        parent, name = finding.spec.pointer.rsplit("/", 1)
        words = at_pointer(self._data, ours.at.pointer)["x-trunkline"]
        if finding.name in (
            *words.get("filterable", ()),
            *words.get("sortable", ()),
            *words.get("patchable", ()),
        ):
            at_pointer(self._data, finding.spec.pointer)["x-trunkline"]["provenance"] = "inferred"
            return True
        at_pointer(self._data, parent).pop(name.replace("~1", "/").replace("~0", "~"), None)
        return True

    def _answer_properties(self, finding: Finding) -> Any | None:
        """The properties of the schema that a finding on a new field points at."""
        assert finding.spec is not None  # noqa: S101  (the caller has looked)
        node = self._resolved(at_pointer(self._data, finding.spec.pointer))
        if node.get("type") == "array" and "items" in node:
            node = self._resolved(node["items"])
        properties = node.get("properties")
        return properties if isinstance(properties, dict) else None

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
        entry = self._own_parameter(ours, known) if known else at_pointer(self._data, finding.spec.pointer)
        words = entry.setdefault("x-trunkline", flow_map({"provenance": "documented"}))
        if finding.new:
            words["since"] = quoted(finding.new)
        else:
            words.pop("since", None)
        return True


def _uses(drift: Drift) -> dict[str, set[str]]:
    """The operations that take or answer a field, by the pointer of the field."""
    found: dict[str, set[str]] = {}

    def walk(fields: dict[str, SpecField], title: str) -> None:
        for field in fields.values():
            found.setdefault(field.at.pointer, set()).add(title)
            walk(field.members, title)

    for title, operation in drift.spec.operations.items():
        if operation.body is not None:
            walk(operation.body.fields, f"{title} body")
        if operation.answer is not None:
            walk(operation.answer.members, title)
    return found


def _sample_member(theirs: VendorOperation, name: str) -> Shape | None:
    sample = theirs.response_sample
    if sample is None:
        return None
    if name in sample.members:
        return sample.members[name]
    row = sample.row or (sample.members["value"].row if "value" in sample.members else None)
    return row.members.get(name) if row is not None else None


def _set_required(schema: Any, name: str, required: bool, order: list[str] | None = None) -> None:
    names = schema.get("required")
    if required:
        if names is None:
            place_key(schema, "required", flow_list([name]), ("type", "description"))
        elif name not in names:
            before = set((order or [])[: (order or [name]).index(name)])
            spots = [index for index, known in enumerate(names) if known in before]
            names.insert(max(spots) + 1 if spots else 0, name)
    elif names is not None and name in names:
        names.remove(name)
        if not names:
            del schema["required"]


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
    new = schema_of(found)
    if finding.facet.startswith("Enum"):
        if "enum" in new:
            place_key(schema, "enum", new["enum"], ("type", "format"))
        else:
            schema.pop("enum", None)
        return True
    if not finding.facet.startswith("type of"):
        return False
    if words is not None:
        words.pop("documented_type", None)
        words.pop("format", None)
    for key in ("type", "format", "items"):
        if key in new:
            place_key(schema, key, new[key], ("type",) if key != "type" else ())
        else:
            schema.pop(key, None)
    return True
