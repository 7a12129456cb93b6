"""Where bytes can stand as they are: `format: binary` means a file in a form, and a text in JSON."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.ir import ListOf, MapOf, ModelIR, Nullable, OperationIR, Scalar, Type, UnionOf
from codegen.read.reach import reached
from codegen.read.scalars import STRING

_FORMS = ("form", "multipart")


def settle_files(operations: Iterable[OperationIR], models: dict[str, ModelIR]) -> None:
    """Read binary strings of models that no form holds as text: JSON has no bytes."""
    bodies = [o.body for o in operations if o.body is not None]
    forms = [b.type for b in bodies if b.kind in _FORMS and b.type is not None]
    sent = {model.name for model in reached(forms, models)}
    for model in models.values():
        if model.name in sent:
            continue
        for field in model.fields:
            field.type = _as_text(field.type)
        if model.additional:
            model.additional = _as_text(model.additional)


def _as_text(type_: Type) -> Type:
    match type_:
        case Scalar("file"):
            return STRING
        case ListOf(inner):
            return ListOf(_as_text(inner))
        case MapOf(inner):
            return MapOf(_as_text(inner))
        case Nullable(inner):
            return Nullable(_as_text(inner))
        case UnionOf(options, discriminator, mapping):
            return UnionOf(tuple(dict.fromkeys(map(_as_text, options))), discriminator, mapping)
    return type_
