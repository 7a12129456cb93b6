"""Python names of the wire names in filterable, sortable and patchable lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from codegen.ir import Document, ModelIR, OperationIR, Type
from codegen.ir.walk import names_in
from codegen.read.schema.names import legal, snake_case
from codegen.render.quoting import identifier


def python_names(
    document: Document, operation: OperationIR, wires: Iterable[str], owned: Collection[str]
) -> dict[str, str]:
    """A name for every wire name: that of the row's field where there is one, else its snake_case."""
    known = {item.wire: item.name for model in _rows(document, operation) for item in model.fields}
    names: dict[str, str] = {}
    for wire in wires:
        name = known.get(wire) or legal(snake_case(wire))
        while name in owned or name in names.values() or name.startswith("_"):
            name = f"{name.lstrip('_') or 'field'}_"
        names[wire] = identifier(name)
    return names


def _rows(document: Document, operation: OperationIR) -> list[ModelIR]:
    """The models whose fields the lists of an operation name."""
    kinds: list[Type | None] = [operation.paging.row_type] if operation.paging else []
    kinds += [response.type for response in operation.responses if response.status.startswith("2")]
    models = {model.name: model for model in document.models}
    return [models[name] for kind in kinds if kind for name in names_in(kind) if name in models]
