"""operations.py: one `Operation` constant per endpoint, types as text."""

from __future__ import annotations

from typing import Any

from codegen.ir import OperationIR, PagingIR, Type
from codegen.render.described import source_text
from codegen.render.models import class_names
from codegen.render.plan import MethodPlan, Plan, ResourcePlan
from codegen.render.quoting import call, literal, string
from codegen.render.requests import body_text, param_text
from codegen.render.responses import python_type, response_specs, return_type, success_types
from codegen.render.scope import Imports, Scope
from codegen.render.shared_tuples import Arguments, SharedTuples, Value
from codegen.render.type_text import type_text, union_text


def operations_context(plan: Plan) -> dict[str, Any]:
    """What the template prints."""
    imports = Imports()
    code = Scope(imports, prefix="models")
    # Types are text here and evaluated in models.py, so their imports belong to that module, not to
    # this one.
    text = Scope(Imports(), class_names(plan.document), discriminators=True)
    where = {
        method.id: (item, method) for root in plan.roots for item in root.walk() for method in item.methods
    }
    shared = SharedTuples()
    values = [_operation(plan, where[method.id][0], method, code, text, shared) for method in plan.methods]
    constants = [
        {
            "name": method.constant,
            "annotation": f"{code.name('Operation')}[{_response_type(method, code)}]",
            "value": call("_operation", shared.replaced(value)),
        }
        for method, value in zip(plan.methods, values, strict=True)
    ]
    common = [("api", string(plan.api)), ("namespace", 'f"{_PACKAGE}.models"')]
    spelled = {name.lower(): code.name(name) for name in ("Operation", "Any", "partial")}
    return {
        "mapping": code.name("dict"),
        "text": code.name("str"),
        **spelled,
        "common": ", ".join(f"{name}={value}" for name, value in common),
        "base_urls": _base_urls(plan),
        "shared": shared.constants(),
        "constants": constants,
        "table": [(string(method.id), method.constant) for method in plan.methods],
        "imports": imports.text(),
    }


def _base_urls(plan: Plan) -> str:
    """The base URLs of the document, for operations that have another; empty where there are none."""
    own = any(method.operation.server for method in plan.methods)
    return literal(plan.document.base_urls) if own else ""


def names_in_text(plan: Plan) -> list[str]:
    """The imported names that operations mention as text and models.py must therefore know."""
    found: set[str] = set()

    # A dry run of the same spelling, so that no second list of names has to be kept.
    class Noting(Scope):
        def name(self, name: str, *, typing_only: bool = False) -> str:
            found.add(name)
            return name

    scope = Noting(Imports(), discriminators=True)
    for method in plan.methods:
        for kind in _all_types(method.operation):
            type_text(kind, scope)
        union_text(success_types(method.operation), scope)
    return sorted(found - {"str", "int", "float", "bool", "bytes", "list", "dict"} | {"Any"})


def _all_types(operation: OperationIR) -> list[Type | None]:
    kinds: list[Type | None] = [item.type for item in operation.parameters]
    kinds += [python_type(content) for response in operation.responses for content in response.contents]
    kinds += [body.type for body in operation.body.choices] if operation.body else []
    kinds += [operation.paging.row_type] if operation.paging else []
    return kinds


def _response_type(method: MethodPlan, scope: Scope) -> str:
    if method.operation.paging is not None:
        return scope.name("Any")
    return return_type(method.operation, scope)


def _operation(
    plan: Plan, resource: ResourcePlan, method: MethodPlan, code: Scope, text: Scope, shared: SharedTuples
) -> list[Value]:
    operation = method.operation
    response = return_type(operation, text)
    arguments: list[Value] = [
        ("id", string(method.id)),
        ("title", string(operation.title)),
        ("method", string(operation.http_method.upper())),
        ("path", string(operation.path)),
    ]
    for location in ("path", "query", "header", "cookie"):
        params = [
            param_text(item.parameter, item.name, code, text)
            for item in method.sent_in(location)
            if item.parameter
        ]
        if params:
            arguments.append((f"{location}_params", [shared.tuple_of(params, f"_{location.upper()}")]))
    if operation.body is not None and operation.body.kind != "none":
        arguments.append(("body", body_text(operation.body, code, text)))
    if response != "None":
        arguments.append(("response", string(response)))
    arguments.append(("responses", response_specs(operation, code, text, shared)))
    arguments += _behaviour(operation, code, text)
    arguments.append(("source", string(source_text(operation.place))))
    function = f":{resource.class_name}.{operation.method}"
    arguments.append(("function", f"_PACKAGE + {string('.' + resource.module + function)}"))
    return arguments


def _behaviour(operation: OperationIR, code: Scope, text: Scope) -> Arguments:
    """Paging, filters, auth and provenance, as far as they differ from the defaults."""
    arguments: Arguments = []
    if operation.paging is not None:
        arguments.append(("paging", _paging(operation.paging, code, text)))
    if operation.bulk is not None:
        bulk = operation.bulk
        values = [("single", bulk.single), ("parameter", bulk.parameter), ("key", bulk.key)]
        arguments.append(("bulk", call(code.name("Bulk"), [(name, string(value)) for name, value in values])))
    if operation.idempotency != "unsafe":
        arguments.append(("idempotency", string(operation.idempotency)))
    if operation.content_type_header and operation.body is None:
        arguments.append(("content_type", string("application/json")))
    for name in ("filterable", "sortable", "patchable"):
        if value := getattr(operation, name):
            arguments.append((name, literal(value)))
    if operation.auth is not None:
        arguments.append(("auth", literal(operation.auth)))
    if operation.server is not None:
        arguments.append(("server", f"{code.name('Server')}({string(operation.server)}, _BASE_URLS)"))
    if operation.since is not None:
        arguments.append(("since", string(operation.since)))
    if operation.deprecated:
        arguments.append(("deprecated", "True"))
    if operation.former:
        # Callers name operations by id, on the command line for example, so an old id has to be found
        # as well.
        ids = tuple(".".join((*(operation.resource or ("api",)), former)) for former in operation.former)
        arguments.append(("former", literal(ids)))
    origin = [
        (part, string(getattr(operation, f"{part}_provenance")))
        for part in ("route", "request", "response")
        if getattr(operation, f"{part}_provenance") != "documented"
    ]
    if origin:
        arguments.append(("provenance", call(code.name("Origin"), origin)))
    return arguments


def _paging(paging: PagingIR, code: Scope, text: Scope) -> str:
    arguments: Arguments = []
    if paging.kind != "odata":
        arguments.append(("kind", string(paging.kind)))
    if paging.rows != "value":
        arguments.append(("rows", string(paging.rows)))
    arguments.append(("row_type", string(type_text(paging.row_type, text))))
    for name, plain in (
        ("next_link", ("@odata.nextLink", "@nextLink")),
        ("count", ("@odata.count", "@count")),
        ("skip_token", None),
        ("skip", None),
        ("top", None),
    ):
        if (value := getattr(paging, name)) != plain:
            arguments.append((name, literal(value)))
    return call(code.name("Paging"), arguments)
