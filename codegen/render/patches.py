"""patches.py: typed JSON Patch builders, one class per operation with a patchable list."""

from __future__ import annotations

from typing import Any, Final

from codegen.ir import Scalar
from codegen.render.described import source_line
from codegen.render.plan import MethodPlan, Plan
from codegen.render.quoting import docstring, identifier, literal, one_line, string
from codegen.render.scope import Imports, Scope, exported
from codegen.render.type_text import type_text
from codegen.render.words import python_names

_WITH_VALUE: Final = ("add", "replace", "test")


def patches_context(plan: Plan) -> dict[str, Any] | None:
    """What the template prints; None if no operation takes a typed JSON Patch."""
    methods = [method for method in plan.methods if method.patch_class]
    if not methods:
        return None
    imports = Imports()
    classes = [_patch(plan, method, imports) for method in methods]
    names = exported(each["name"] for each in classes)
    return {"imports": imports.text(), "classes": classes, "all": names}


def _patch(plan: Plan, method: MethodPlan, imports: Imports) -> dict[str, Any]:
    operation = method.operation
    names = python_names(plan.document, operation, operation.patchable, ())
    planned = [
        (identifier(f"{verb}_{names[wire]}"), verb, wire)
        for wire, verbs in operation.patchable.items()
        for verb in verbs
        # move and copy (RFC 6902, sections 4.4 and 4.5) name two paths, which one typed method per
        # field cannot express.
        if verb in (*_WITH_VALUE, "remove")
    ]
    scope = Scope(imports, {name for name, _, _ in planned}, prefix="models")
    lines = [f"Changes for `{method.id}`; each method gives a new patch with one change more.", ""]
    lines.append(source_line(operation.place))
    allowed = f"{scope.name('Mapping')}[{scope.name('str')}, {scope.name('tuple')}[{scope.name('str')}, ...]]"
    return {
        "name": identifier(method.patch_class or ""),
        "base": scope.name("Patch"),
        "docstring": docstring(lines, 4),
        "allowed": f"_allowed: {scope.name('ClassVar')}[{allowed}] = {literal(operation.patchable)}",
        "methods": [_change(method, *item, scope) for item in planned],
    }


def _change(method: MethodPlan, name: str, verb: str, wire: str, scope: Scope) -> dict[str, str]:
    own = scope.name("Self")
    kind = type_text(method.operation.patch_types.get(wire) or Scalar("any"), scope)
    with_value = verb in _WITH_VALUE
    return {
        "name": name,
        "signature": f"self, value: {kind}" if with_value else "self",
        "returns": own,
        "docstring": docstring([f"{verb.capitalize()} `{one_line(wire)}`."], 8),
        "statement": f"return self._with({string(verb)}, {string(wire)}{', value' if with_value else ''})",
    }
