"""The `loader` method of a resource, typed for each operation that takes many keys."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from codegen.ir import ListOf, Scalar, Type
from codegen.ir.walk import bare
from codegen.render.plan import MethodPlan, ResourcePlan
from codegen.render.quoting import docstring, string
from codegen.render.responses import success_types
from codegen.render.scope import Scope
from codegen.render.type_text import type_text


@frozen
class _Way:
    """One way to load: the annotations of its name (`by`), of a key and of a row."""

    by: str
    key: str
    row: str


def loader_context(resource: ResourcePlan, scope: Scope) -> dict[str, Any] | None:
    """What the template prints; None for a resource none of whose methods takes many keys."""
    ways = [way for method in resource.methods if (way := _way(method, scope)) is not None]
    if not ways:
        return None
    loader, settings = scope.name("Loader", typing_only=True), f"**settings: {scope.name('Any')}"
    signatures = [f"(self, by: {way.by}, {settings}) -> {loader}[{way.key}, {way.row}]" for way in ways]
    # `overload` with a single signature is an error for type checkers.
    several = len(ways) > 1
    lines = ["Return a `trunkline.bulk.Loader`, which turns many lookups into few requests.", "", "Args:"]
    lines.append(f"    by: {_named(resource)}.")
    lines.append("    settings: Those of the loader, and further arguments of the search.")
    anything = scope.name("Any") if several else ""
    return {
        "overload": scope.name("overload") if several else "",
        "overloads": signatures if several else [],
        "signature": f"(self, by: {anything}, {settings}) -> {anything}" if several else signatures[0],
        "docstring": docstring(lines, 8),
    }


def _way(method: MethodPlan, scope: Scope) -> _Way | None:
    operation = method.operation
    if operation.bulk is not None:
        listed = next((p.type for p in operation.parameters if p.wire == operation.bulk.parameter), None)
        return _Way(
            by=f"{scope.name('Literal')}[{string(operation.method)}]",
            key=type_text(_item(listed), scope),
            row=type_text(_item(next(iter(success_types(operation)), None)), scope),
        )
    # Many keys go into one filter (`a eq 1 or a eq 2`), whose rows come in pages.
    if operation.paging is None or not operation.filterable or method.field_set is None:
        return None
    fields = f"{scope.name('fields', typing_only=True)}.{method.field_set}"
    key = scope.name("K")
    by = f"{scope.name('FilterField')}[{fields}, {key}]"
    return _Way(by=by, key=key, row=type_text(operation.paging.row_type, scope))


def _item(type_: Type | None) -> Type:
    """The item of a list; any value where the type is not a list."""
    held = bare(type_) if type_ is not None else None
    return held.item if isinstance(held, ListOf) else Scalar("any")


def _named(resource: ResourcePlan) -> str:
    """What a caller may give as `by`."""
    bulk = [string(m.operation.method) for m in resource.methods if m.operation.bulk is not None]
    field_sets = [m.field_set for m in resource.methods if m.operation.filterable and m.field_set]
    said = [f"A field of {' or '.join(f'`fields.{name}`' for name in field_sets)}"] if field_sets else []
    said += [f"The name of a method that takes many keys: {', '.join(bulk)}"] if bulk else []
    return ", or ".join(said)
