"""Facts about the responses of an operation into the responses of an OpenAPI entry."""

from __future__ import annotations

import re

from attrs import evolve, frozen
from ruamel.yaml.comments import CommentedMap

from codegen.edit.nodes import flow_map, quoted
from codegen.edit.schema import Schemas
from codegen.edit.wording import field_text, pascal
from codegen.facts.fact import Subject


@frozen
class Responses:
    """Writes responses."""

    schemas: Schemas

    def response_schema(self, operation: str, where: str = "success") -> CommentedMap | None:
        """The schema of a response, its rows shared; None where no body is shown."""
        facts, schemas = self.schemas.facts, self.schemas
        root = Subject("response-field", operation, where)
        if root not in facts and not schemas.children(root):
            return None
        rows = evolve(root, path=("value", "[]"))
        title = facts.text(Subject("operation", operation), "title") or operation
        stem = re.sub(r"\A(?:Search|List|Get|Create|Add|Update)\s+(?:an?\s+|the\s+)?", "", title)
        schema, name = schemas.schema(root), pascal(stem)
        value = (schema.get("properties") or {}).get("value")
        if isinstance(value, dict) and value.get("type") == "array" and "$ref" not in value["items"]:
            row = (
                value["items"] if rows in facts and schemas.members(rows) else self._rows_by_lists(operation)
            )
            value["items"] = schemas.named(f"{name}Row", _described(row, f"A row of {title}."))
            return schemas.named(f"{name}Collection", _described(schema, f"One page of {title}."))
        if schema.get("type") == "array" and "properties" in (schema.get("items") or {}):
            schema["items"] = schemas.named(name, _described(schema["items"], f"Response of {title}."))
        elif "properties" in schema:
            schema = schemas.named(name, _described(schema, f"Response of {title}."))
        return schema

    def _rows_by_lists(self, operation: str) -> CommentedMap:
        """Rows that no sample shows: the names of the lists, inferred."""
        properties = CommentedMap()
        for subject in self.schemas.facts.subjects(None, operation):
            if subject.kind in ("filterable", "sortable") and subject.name not in properties:
                properties[subject.name] = self.guessed_field(subject.name)
        return CommentedMap({"type": "object", "properties": properties})

    def guessed_field(self, name: str) -> CommentedMap:
        """A field of which only the name is known."""
        kind = "integer" if name.endswith("ID") else "string"
        entry = CommentedMap({"type": kind, "description": field_text(name)})
        if self.schemas.style.words:
            entry["x-trunkline"] = flow_map({"provenance": "inferred"})
        return entry

    def responses(self, operation: str) -> CommentedMap:
        """All responses of an operation; the shared one for errors where the spec has it."""
        facts = self.schemas.facts
        found = CommentedMap()
        success = Subject("response", operation, "success")
        schema = self.response_schema(operation)
        found[quoted(facts.text(success, "status") or "200")] = self._response(success, schema)
        for subject in facts.subjects("response", operation):
            if subject.where not in ("success", "errors", "default"):
                found[quoted(subject.where)] = self._response(
                    subject, self.response_schema(operation, subject.where)
                )
        if reference := self.errors_reference(operation):
            found["default"] = reference
        elif Subject("response", operation, "default") in facts:
            schema = self.response_schema(operation, "default")
            found["default"] = self._response(Subject("response", operation, "default"), schema)
        return found

    def errors_reference(self, operation: str) -> CommentedMap | None:
        """The shared response for errors: that of the spec, or one of the errors that a page shows."""
        style, data = self.schemas.style, self.schemas.data
        shown = Subject("response", operation, "errors") in self.schemas.facts
        shared = (
            style.components(data, "responses")
            if shown or "responses" in (data.get("components") or data)
            else {}
        )
        if "Errors" not in shared:
            schema = self.response_schema(operation, "errors") if shown else None
            if schema is None:
                return None
            shared["Errors"] = self._response(Subject("response", operation, "default"), schema)
        return CommentedMap({"$ref": style.reference("responses", "Errors")})

    def _response(self, subject: Subject, schema: CommentedMap | None) -> CommentedMap:
        text = {"success": "The response.", "default": "An error."}.get(
            subject.where, f"Status {subject.where}."
        )
        if schema is None and subject.where == "success":
            text = "Done; no body is documented."
        text = self.schemas.description(subject, text)
        if schema is None:
            return CommentedMap({"description": text})
        if self.schemas.style.version == 2:
            return CommentedMap({"description": text, "schema": schema})
        media = self.schemas.facts.value(subject, "media-types")
        names = media if isinstance(media, tuple) and media else ("application/json",)
        content = CommentedMap({name: CommentedMap({"schema": schema}) for name in names})
        return CommentedMap({"description": text, "content": content})


def _described(schema: CommentedMap, text: str) -> CommentedMap:
    if "$ref" not in schema and "description" not in schema:
        schema.insert(1 if "type" in schema else 0, "description", text)
    return schema
