"""Answers and answer fields of an OpenAPI spec, added, removed and changed."""

from __future__ import annotations

from typing import Any

from ruamel.yaml.comments import CommentedMap

from codegen.drift.compare_fields import fits
from codegen.drift.finding import Finding
from codegen.drift.running import Drift
from codegen.drift.spec_facts import SpecField, SpecOperation
from codegen.vendor.document import Shape, VendorField, VendorOperation
from codegen.vendor_import.new_operation import answer_schema
from codegen.vendor_import.schemas import allow_null, set_enum, shape_entry
from codegen.vendor_import.written import Written
from codegen.vendor_import.yaml_text import at_pointer, flow_list, place_key, quoted, resolved, set_required


class AnswerEdits:
    """Rules for what an operation answers with."""

    def __init__(self, data: Any, drift: Drift, theirs: dict[str, VendorOperation], written: Written) -> None:
        self._data = data
        self._drift = drift
        self._theirs = theirs
        self._written = written
        self._uses = field_uses(drift)
        self._lost: dict[str, set[str]] = {}
        for finding in drift.findings:
            if finding.facet == "answer field" and finding.kind == "removed" and finding.spec is not None:
                self._lost.setdefault(finding.spec.pointer, set()).add(finding.operation)

    def apply(self, ours: SpecOperation, theirs: VendorOperation, finding: Finding) -> bool:
        """Write one finding; False when a person has to."""
        if finding.facet == "answer":
            return finding.kind == "added" and self._answer(ours, theirs)
        return self._answer_field(ours, theirs, finding)

    def _answer(self, ours: SpecOperation, theirs: VendorOperation) -> bool:
        schema = answer_schema(self._data, theirs)
        if schema is None:
            return False
        node = at_pointer(self._data, ours.at.pointer)
        success = next((code for code in node["responses"] if str(code).startswith("2")), None)
        if success is None:
            return False
        answer = resolved(self._data, node["responses"][success])
        answer["description"] = "The answer."
        answer["content"] = CommentedMap({"application/json": CommentedMap({"schema": schema})})
        node["x-trunkline"]["provenance"]["response"] = "documented"
        self._written.open.append(f"{ours.title}: look at the new answer, its names and sensitive fields")
        return True

    def _answer_field(self, ours: SpecOperation, theirs: VendorOperation, finding: Finding) -> bool:
        if finding.spec is None or is_nested(finding.name):
            return self._nested(finding)
        shape = sample_member(theirs, finding.name)
        if finding.facet != "answer field":
            return self._changed(finding, finding.spec.pointer, shape.declared if shape is not None else None)
        if finding.kind == "documented":
            return self._documented(ours, finding)
        if finding.kind == "removed":
            return self._forget(ours, finding)
        schema = self._answer_properties(finding)
        if schema is None or finding.name in schema:
            return schema is not None
        place_key(schema, finding.name, shape_entry(finding.name, shape or Shape(kind="null", at=theirs.at)))
        self._written.open.append(f"{ours.title}: describe the answer field {finding.name}; is it sensitive?")
        return True

    def _changed(self, finding: Finding, pointer: str, declared: VendorField | None) -> bool:
        entry = at_pointer(self._data, pointer)
        if finding.facet.startswith("required mark"):
            owner, _, name = pointer.rpartition("/properties/")
            bare = name.replace("~1", "/").replace("~0", "~")
            set_required(at_pointer(self._data, owner), bare, finding.new == "required")
            return True
        if "$ref" in entry or (finding.facet.startswith("type") and finding.new in ("object", "array")):
            return False
        if finding.facet.startswith("nullability"):
            return allow_null(entry)
        if finding.facet.startswith("Enum") and declared is not None:
            return set_enum(entry, declared)
        if not finding.facet.startswith("type") or self._contradicted(finding):
            return False
        kind, _, form = finding.new.partition(" <")
        entry["type"] = flow_list([kind, quoted("null")]) if isinstance(entry.get("type"), list) else kind
        entry.get("x-trunkline", {}).pop("format", None)
        if form:
            place_key(entry, "format", form.rstrip(">"), ("type",))
        else:
            entry.pop("format", None)
        return True

    def _contradicted(self, finding: Finding) -> bool:
        """Whether the sample of another operation shows the same field with a type of before."""
        assert finding.spec is not None  # noqa: S101  (the caller has looked)
        for title in self._uses.get(finding.spec.pointer, ()):
            other = self._theirs.get(title)
            shape = sample_member(other, finding.name) if other is not None else None
            if (
                shape is not None
                and shape.kind != "null"
                and not fits(shape.kind, finding.new.split(" <")[0])
            ):
                return True
        return False

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
        if any(self._shows(user, finding.name) for user in users - self._lost[finding.spec.pointer]):
            self._drift.baseline.sample_omits.setdefault(ours.title, []).append(finding.name)
            return True
        parent, name = finding.spec.pointer.rsplit("/", 1)
        operations = [op for title, op in self._drift.spec.operations.items() if title in users]
        if any(finding.name in names for op in operations for names in op.lists.values()):
            at_pointer(self._data, finding.spec.pointer)["x-trunkline"]["provenance"] = "inferred"
            return True
        if any(finding.name in statement.names for statement in self._drift.document.statements):
            at_pointer(self._data, finding.spec.pointer)["x-trunkline"]["provenance"] = "release-notes"
            return True
        bare = name.replace("~1", "/").replace("~0", "~")
        at_pointer(self._data, parent).pop(bare, None)
        set_required(at_pointer(self._data, parent.rsplit("/", 1)[0]), bare, False)
        return True

    def _shows(self, user: str, name: str) -> bool:
        """Whether an operation (or a body) speaks of its fields itself; inferred rows follow the others."""
        operation, theirs = self._drift.spec.operations.get(user), self._theirs.get(user)
        own = operation is None or operation.provenance.get("response") != "inferred"
        return own or (theirs is not None and sample_member(theirs, name) is not None)

    def _answer_properties(self, finding: Finding) -> Any | None:
        """The properties of the schema that a finding on a new field points at."""
        assert finding.spec is not None  # noqa: S101  (the caller has looked)
        node = resolved(self._data, at_pointer(self._data, finding.spec.pointer))
        if node.get("type") == "array" and "items" in node:
            node = resolved(self._data, node["items"])
        properties = node.get("properties")
        return properties if isinstance(properties, dict) else None


def is_nested(name: str) -> bool:
    """Whether a name is a path into an answer; the dot of `@odata.count` is part of the name."""
    bare = name.removeprefix("@odata.")
    return "." in bare or "[]" in bare


def field_uses(drift: Drift) -> dict[str, set[str]]:
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


def sample_member(theirs: VendorOperation, name: str) -> Shape | None:
    """What the sample shows of a field, in the answer itself or in its rows."""
    sample = theirs.response_sample
    if sample is None:
        return None
    if name in sample.members:
        return sample.members[name]
    row = sample.row or (sample.members["value"].row if "value" in sample.members else None)
    return row.members.get(name) if row is not None else None
