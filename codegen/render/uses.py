"""Where the classes of a document are used: a description for classes that have none."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.ir import Document, OperationIR, Type
from codegen.ir.walk import names_in
from codegen.render import quoting


def uses_of_classes(document: Document) -> dict[str, str]:
    """A sentence for each class that an operation or another class refers to: its first use."""
    found: dict[str, str] = {}
    for operation in document.operations:
        name = ".".join((*operation.resource, operation.method))
        for what, type_ in _of_operation(operation):
            for class_name in names_in(type_):
                found.setdefault(class_name, f"{what} of `{name}`.")
    for model in document.models:
        for item in model.fields:
            for class_name in names_in(item.type):
                found.setdefault(
                    class_name, f"The value of `{quoting.one_line(item.wire)}` of a `{model.name}`."
                )
        for class_name in names_in(model.additional) if model.additional else ():
            found.setdefault(class_name, f"The values of other keys of a `{model.name}`.")
    for alias in document.aliases:
        for class_name in names_in(alias.type):
            found.setdefault(class_name, f"Part of `{alias.name}`.")
    return found


def _of_operation(operation: OperationIR) -> Iterator[tuple[str, Type]]:
    """The roles of types in an operation, the most informative first."""
    if operation.paging is not None:
        yield "Row", operation.paging.row_type
    for body in operation.body.choices if operation.body is not None else ():
        if body.type is not None:
            yield "Request body", body.type
    for response in operation.responses:
        if response.type is not None:
            what = (
                "Response" if response.status.startswith("2") else f"Response with status {response.status}"
            )
            yield what, response.type
    for parameter in operation.parameters:
        yield f"Parameter `{quoting.one_line(parameter.wire)}`", parameter.type
