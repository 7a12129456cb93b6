"""JSON Schemas (in the dialect of OpenAPI 3.1) of the generated models and of type expressions."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, get_args

import attrs

from trunkline._codec.annotations import (
    ModelField,
    NoneType,
    is_enum,
    is_model,
    members,
    model_fields,
    origin,
)
from trunkline._codec.annotations import resolve_in_module as resolve
from trunkline.model import Unset
from trunkline.sandbox.page import prose

Schema = dict[str, Any]

_SCALARS: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    # The wire form: an amount is a JSON number, whose digits the client keeps.
    Decimal: {"type": "number"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
    datetime.time: {"type": "string", "format": "time"},
    datetime.timedelta: {"type": "string", "format": "duration"},
    bytes: {"type": "string", "contentEncoding": "base64"},
}


class Schemas:
    """Collects the named schemas that a document refers to."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def of(self, expression: str, module: str) -> Schema:
        """The schema of a type expression such as `list[Connection]`."""
        return self._of(resolve(expression, module))

    def _of(self, tp: Any) -> Schema:
        choices = [member for member in members(tp) if member is not Unset]
        if len(choices) > 1:
            return {"anyOf": [self._of(choice) for choice in choices]}
        tp = choices[0]
        if tp is NoneType:
            return {"type": "null"}
        if is_model(tp) or is_enum(tp):
            return {"$ref": f"#/components/schemas/{self._name(tp)}"}
        inner = get_args(tp)
        match origin(tp):
            case container if container in (list, Sequence, tuple, set):
                return {"type": "array", "items": self._of(inner[0]) if inner else {}}
            case container if container in (dict, Mapping):
                return {"type": "object", "additionalProperties": self._of(inner[1]) if inner else {}}
        if origin(tp) is Literal:
            return {"enum": list(inner)}
        return dict(_SCALARS.get(tp, {}))

    def _name(self, tp: Any) -> str:
        name: str = tp.__name__
        if name not in self.named:
            # Entered before it is built: models may hold themselves.
            self.named[name] = {}
            self.named[name].update(self._model(tp) if is_model(tp) else _enum(tp))
        return name

    def _model(self, cls: Any) -> Schema:
        said = prose.of_model(cls)
        fields = model_fields(cls)
        schema: Schema = {"type": "object", "properties": {f.wire: self._field(cls, f) for f in fields}}
        if required := [f.wire for f in fields if f.default is attrs.NOTHING]:
            schema["required"] = required
        return schema | {"description": said.text} if said.text else schema

    def _field(self, cls: Any, field: ModelField) -> Schema:
        schema = self._of(field.type)
        if field.nullable and schema:
            schema = {"anyOf": [schema, {"type": "null"}]} if "type" not in schema else _or_null(schema)
        if text := prose.of_model(cls).of.get(field.name):
            schema = schema | {"description": text}
        meta = attrs.fields_dict(cls)[field.name].metadata
        words = {key: meta[key] for key in ("provenance", "sensitive", "since") if key in meta}
        return schema | {"x-trunkline": {"provenance": "documented"} | words}


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def _enum(cls: Any) -> Schema:
    values = [member.value for member in cls]
    kind = "integer" if all(isinstance(value, int) for value in values) else "string"
    schema: Schema = {"type": kind, "enum": values}
    if text := prose.of_model(cls).text:
        schema["description"] = text
    return schema


__all__ = ["Schema", "Schemas"]
