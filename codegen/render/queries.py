"""queries.py: OData options that several searches share, typed and documented once."""

from __future__ import annotations

from typing import Any

from codegen.render.described import field_notes
from codegen.render.methods import parameter_type
from codegen.render.plan import Plan, QuerySet
from codegen.render.quoting import WIDTH, docstring, identifier, section
from codegen.render.scope import Imports, Scope, exported


def queries_context(plan: Plan) -> dict[str, Any] | None:
    """What the template prints; None where no two searches take the same options."""
    if not plan.queries:
        return None
    imports = Imports()
    classes = [_class(item, imports) for item in plan.queries]
    generic = any(item.generic for item in plan.queries)
    variable = f'F = {Scope(imports).name("TypeVar")}("F")\n' if generic else ""
    names = exported(item.name for item in plan.queries)
    return {"imports": imports.text(), "variable": variable, "classes": classes, "all": names}


def _class(item: QuerySet, imports: Imports) -> dict[str, Any]:
    names = [argument.name for argument in item.arguments]
    scope = Scope(imports, names, prefix="models")
    bases = [
        scope.name("TypedDict"),
        *([f"{scope.name('Generic')}[F]"] if item.generic else []),
        "total=False",
    ]
    lines = ["Options of a search; each may be left out."]
    notes = [
        (argument.name, field_notes(argument.parameter)) for argument in item.arguments if argument.parameter
    ]
    lines += section("Attributes", [note for note in notes if note[1]], width=WIDTH - 4)
    return {
        "name": identifier(item.name),
        "bases": ", ".join(bases),
        "docstring": docstring(lines, 4),
        "members": [
            f"{argument.name}: {parameter_type(argument, argument.parameter, 'F', scope)}"
            for argument in item.arguments
            if argument.parameter
        ],
    }
