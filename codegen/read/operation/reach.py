"""The models that requests and responses reach, and the types of filters and patches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codegen.ir import (
    EnumIR,
    FieldIR,
    ListOf,
    ModelIR,
    Nullable,
    OperationIR,
    Ref,
    Scalar,
    Type,
    UnionOf,
)
from codegen.ir.walk import names_in, rebuilt, walk
from codegen.read.operation.paging import success
from codegen.read.schema.types import ANY, STRING
from codegen.read.source.findings import Findings


def mark_reachable(operations: Iterable[OperationIR], models: dict[str, ModelIR]) -> None:
    """Set `in_request` and `in_response` of every model, in one walk, since operations share models."""
    sent: list[Type] = []
    received: list[Type] = []
    for operation in operations:
        sent += [p.type for p in operation.parameters]
        if operation.body is not None:
            sent += [body.type for body in operation.body.choices if body.type is not None]
        received += [a.type for a in operation.responses if a.type is not None]
        received += [header.type for response in operation.responses for header in response.headers]
        # The row type may be a guess that no response declares.
        if operation.paging is not None:
            received.append(operation.paging.row_type)
    for model in reached(sent, models):
        model.in_request = True
    for model in reached(received, models):
        model.in_response = True


def reached(types: list[Type], models: dict[str, ModelIR]) -> Iterator[ModelIR]:
    """The models that types refer to, directly or by their fields, each once."""
    seen: set[str] = set()
    todo = list(types)
    while todo:
        for name in names_in(todo.pop()):
            model = models.get(name)
            if model is None or name in seen:
                continue
            seen.add(name)
            yield model
            todo += [f.type for f in model.fields]
            if model.additional:
                todo.append(model.additional)


class FieldTypes:
    """Finds the types of filterable, sortable and patchable fields in the models of rows and entities."""

    def __init__(
        self,
        models: dict[str, ModelIR],
        enums: dict[str, EnumIR],
        operations: list[OperationIR],
        findings: Findings,
    ) -> None:
        self._models = models
        self._enums = enums
        self._operations = operations
        self._findings = findings

    def fill(self, operation: OperationIR, patch_model: str | None) -> None:
        """Set `filter_types` and `patch_types`; a name that no schema has is any value, and reported."""
        names = dict.fromkeys([*operation.filterable, *operation.sortable])
        if names:
            # A filter names fields of the rows, not of the envelope around them.
            rows = [operation.paging.row_type] if operation.paging else _response_types(operation)
            operation.filter_types = {n: self._find(operation, n, rows, "filterable") for n in names}
        if operation.patchable:
            entities = self._entities(operation, patch_model)
            operation.patch_types = {
                n: self._find(operation, n, entities, "patchable") for n in operation.patchable
            }

    def _entities(self, operation: OperationIR, patch_model: str | None) -> list[Type]:
        if patch_model is not None:
            found = next((m for m in self._models.values() if patch_model in (m.name, m.wire_name)), None)
            if found is not None:
                return [Ref(found.name)]
            self._findings.problem(
                operation.place, f"`patch_model` names {patch_model!r}, which is no schema"
            )
        # A PATCH changes what a GET of its own path returns. Where there is none, the resource's other
        # operations return the entity.
        same_path = [o for o in self._operations if o.path == operation.path and o.http_method == "GET"]
        same_resource = [o for o in self._operations if o.resource == operation.resource]
        found_types = [t for o in (*same_path, *same_resource) for t in _response_types(o)]
        rows = [o.paging.row_type for o in same_resource if o.paging is not None]
        return [*found_types, *rows]

    def _find(self, operation: OperationIR, name: str, candidates: list[Type], word: str) -> Type:
        for candidate in candidates:
            # OData writes a path into a nested object with slashes, and so does JSON Pointer.
            found = self._member(candidate, name.split("/"))
            if found is not None:
                return found
        reason = f"{word} {name!r} is no property of the schema; any value is taken"
        self._findings.note(operation.place, "field type", reason)
        return ANY

    def _member(self, type_: Type, path: list[str]) -> Type | None:
        match type_:
            case Nullable(inner) | ListOf(inner):
                return self._member(inner, path)
            case UnionOf(options):
                return next((t for o in options if (t := self._member(o, path)) is not None), None)
            case Ref(name) if name in self._models:
                member: FieldIR | None = next(
                    (f for f in self._models[name].fields if f.wire == path[0]), None
                )
                if member is None:
                    return None
                return member.type if len(path) == 1 else self._member(member.type, path[1:])
        return None


def _response_types(operation: OperationIR) -> list[Type]:
    response = success(operation.responses)
    return [response.type] if response is not None and response.type is not None else []


# -- files: `format: binary` means bytes in a form, and a text in JSON ---------------------------------------

_FORMS = ("form", "multipart")
_FILE = Scalar("file")
_UPLOAD = Scalar("upload")
"""A file of a form that is only sent: bytes, or a `trunkline.operation.File` with a name and a type."""


def settle_files(operations: Iterable[OperationIR], models: dict[str, ModelIR]) -> None:
    """Name the files of forms; read other binary strings as text, since JSON has no bytes."""
    choices = [body for o in operations if o.body is not None for body in o.body.choices]
    bodies = [body for body in choices if body.type is not None]
    forms = [b.type for b in bodies if b.kind in _FORMS and b.type is not None]
    # A model that a form sends keeps its files, also where JSON uses it as well.
    sent = {model.name for model in reached(forms, models)}
    for body in bodies:
        named = [models[name] for name in names_in(body.type) if name in models] if body.type else []
        if body.kind == "multipart" and named:
            body.files = tuple(dict.fromkeys(f.wire for m in named for f in m.fields if _is_file(f.type)))
    parts = {name for b in bodies if b.kind == "multipart" and b.type for name in names_in(b.type)}
    for model in models.values():
        for field in model.fields:
            if model.name not in sent:
                field.type = _as_text(field.type)
            # A model that is received too must decode to plain bytes; a `File` with a name exists only on
            # the way out.
            elif model.name in parts and not model.in_response:
                field.type = rebuilt(field.type, lambda part: _UPLOAD if part == _FILE else part)
        if model.additional and model.name not in sent:
            model.additional = _as_text(model.additional)


def _is_file(type_: Type) -> bool:
    return any(part in (_FILE, _UPLOAD) for part in walk(type_))


def _as_text(type_: Type) -> Type:
    return rebuilt(type_, lambda part: STRING if part == _FILE else part)
