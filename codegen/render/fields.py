"""fields.py: typed OData names, one class per searchable operation."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from codegen.ir import EnumIR, Literals, Ref, Scalar, Type
from codegen.ir.walk import bare
from codegen.render.described import source_line
from codegen.render.plan import MethodPlan, Plan
from codegen.render.quoting import docstring, identifier, string
from codegen.render.scope import Imports, Scope, exported
from codegen.render.type_text import type_text
from codegen.render.words import python_names


def fields_context(plan: Plan) -> dict[str, Any] | None:
    """What the template prints; None if no operation can be filtered or sorted."""
    methods = [method for method in plan.methods if method.field_set]
    if not methods:
        return None
    imports = Imports()
    class_names = {method.field_set for method in methods if method.field_set}
    enums = {enum.name: enum for enum in plan.document.enums}
    classes = [_field_set(plan, method, imports, class_names, enums) for method in methods]
    names = exported(each["name"] for each in classes)
    return {"imports": imports.text(), "classes": classes, "all": names}


def _field_set(
    plan: Plan, method: MethodPlan, imports: Imports, class_names: Collection[str], enums: dict[str, EnumIR]
) -> dict[str, Any]:
    operation = method.operation
    wires = list(dict.fromkeys((*operation.filterable, *operation.sortable)))
    # The same names as the row's fields, so that `fields.X.rate_center` and `row.rate_center` agree.
    names = python_names(plan.document, operation, wires, _OWNED)
    scope = Scope(imports, {*class_names, *names.values()})
    module_scope = Scope(imports, class_names)
    lines = [f"What `{method.id}` can filter and sort by.", ""]
    lines.append(source_line(operation.place))
    return {
        "name": identifier(method.field_set or ""),
        "base": module_scope.name("FieldSet"),
        "docstring": docstring(lines, 4),
        "members": [_member(method, wire, names[wire], scope, enums) for wire in wires],
    }


_OWNED = frozenset({"fields", "filterable", "sortable", "mro"})
"""Names a field must not take: what a `FieldSet` class may have itself."""


def _member(method: MethodPlan, wire: str, name: str, scope: Scope, enums: dict[str, EnumIR]) -> str:
    operation = method.operation
    own = string(method.field_set or "")
    if wire not in operation.filterable:
        return f"{name}: {scope.name('Final')} = {scope.name('SortField')}[{own}]({string(wire)})"
    field_class = scope.name("FilterSortField" if wire in operation.sortable else "FilterField")
    kind = type_text(_compared(operation.filter_types.get(wire), enums), scope)
    # The class is also an argument at run time, where Any is not a class.
    runtime = scope.name("object") if kind.endswith("Any") else kind
    return f"{name}: {scope.name('Final')} = {field_class}[{own}, {kind}]({string(wire)}, {runtime})"


def _compared(kind: Type | None, enums: dict[str, EnumIR]) -> Type:
    """The scalar that a value in a filter is written from; Any for other types."""
    match kind and bare(kind):
        case Ref(name) if name in enums:
            # A filter may name a value that the enum does not know yet.
            return Scalar("string" if enums[name].base == "str" else "integer")
        case Scalar(scalar) if scalar not in ("any", "null", "file", "bytes"):
            return Scalar(scalar)
        case Literals(values) if values and all(isinstance(value, str) for value in values):
            return Scalar("string")
    return Scalar("any")
