"""client.py and __init__.py: the client with its resources, auth schemes and servers."""

from __future__ import annotations

from typing import Any

from codegen.ir import AuthIR
from codegen.render.plan import Plan
from codegen.render.quoting import WIDTH, docstring, literal, one_line, paragraphs, string
from codegen.render.scope import Imports, Scope, exported
from trunkline.auth import TAKES


def client_context(plan: Plan) -> dict[str, Any]:
    """What the template prints."""
    imports = Imports()
    scope = Scope(imports, {root.attribute for root in plan.roots})
    text = scope.name("str")
    mapping, anything = scope.name("Mapping"), scope.name("Any")
    class_var = scope.name("ClassVar")
    operation = scope.name("Operation")
    table = f"{class_var}[{mapping}[{text}, {operation}[{anything}]]]"
    base = scope.name("BaseClient")
    # The table is a class attribute, so it is needed when the module is imported; resources are
    # imported when used.
    imports.sibling("operations", "OPERATIONS", typing_only=False)
    for root in plan.roots:
        imports.sibling(root.module, root.class_name, typing_only=True)
    decorator = scope.name("cached_property") if plan.roots else ""
    return {
        "base": base,
        "docstring": docstring(_lines(plan), 4),
        "constants": [
            f"operations: {table} = OPERATIONS",
            f"servers: {class_var}[{mapping}[{text}, {text}]] = {literal(plan.document.servers)}",
            f"auth_schemes: {class_var}[{mapping}[{text}, {mapping}[{text}, {anything}]]] = "
            + literal({item.name: _scheme(item) for item in plan.document.auth}),
            *_failure_keys(plan, scope),
        ],
        "auth": _auth(plan, scope),
        "resources": [
            {
                "decorator": decorator,
                "name": root.attribute,
                "module": root.module,
                "class_name": root.class_name,
                "docstring": docstring([f"The `{'.'.join(root.path)}` operations."], 8),
            }
            for root in plan.roots
        ],
        "imports": imports.text(),
    }


def _failure_keys(plan: Plan, scope: Scope) -> list[str]:
    keys = plan.document.failure_keys
    annotation = f"{scope.name('ClassVar')}[{scope.name('frozenset')}[{scope.name('str')}]]" if keys else ""
    return [f"failure_keys: {annotation} = {scope.name('frozenset')}({literal(keys)})"] if keys else []


def package_context(plan: Plan, *optional: str) -> dict[str, Any]:
    """The lazy `__init__.py`. optional: the modules that not every package has."""
    modules = ["models", "operations", "resources", *optional]
    title = one_line(f"{plan.document.title} {plan.document.version}") or plan.api
    lines = paragraphs(f"{title}: the generated client.", width=WIDTH)
    return {
        "docstring": docstring(lines, 0),
        "modules": ", ".join(sorted(modules)),
        "module_names": [string(name) for name in sorted(modules)],
        "all": exported(("OPERATIONS", "Client", *modules)),
    }


def _lines(plan: Plan) -> list[str]:
    document = plan.document
    lines = paragraphs(f"Client of {one_line(document.title) or plan.api}.", width=WIDTH - 4)
    lines += ["", f"{len(plan.methods)} operations; see `trunkline.client.BaseClient` for the settings."]
    if len(document.servers) > 1:
        lines += paragraphs("The document names several base URLs; see `servers`.", width=WIDTH - 4)
    if document.templates:
        lines += paragraphs("Base URLs with variables are made in `base_urls`.", width=WIDTH - 4)
    return lines


def _auth(plan: Plan, scope: Scope) -> dict[str, str] | None:
    """The method that makes an auth object; None for a document without schemes that have an Auth class."""
    usable = [item for item in plan.document.auth if item.kind in TAKES]
    if not usable:
        return None
    lines = ["Return the auth object of one of the document's schemes, for `Client(auth=…)`.", ""]
    for item in usable:
        taken = ", ".join(f"{name}=…" for name in TAKES[item.kind])
        lines += paragraphs(f"`Client.auth({string(one_line(item.name))}, {taken})`", width=WIDTH - 8)
        lines += [f"    {line}" for line in paragraphs(item.description, width=WIDTH - 12) if line]
    # A description may end with blank lines, which would split the list of schemes.
    lines = [line for index, line in enumerate(lines) if line or index == 1] + [
        "",
        "Raises:",
        "    ConfigError: no such scheme, or credentials that it does not take.",
    ]
    return {
        "docstring": docstring(lines, 8),
        "text": scope.name("str"),
        "type": scope.name("Auth"),
        "secret": scope.name("Secret"),
        "maker": scope.name("auth_of"),
    }


def usable_auth(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    """The schemes that have an Auth class: their names, and the credentials that each takes."""
    return [(item.name, TAKES[item.kind]) for item in plan.document.auth if item.kind in TAKES]


def _scheme(item: AuthIR) -> dict[str, Any]:
    """An auth scheme as plain data: the class of `trunkline.auth` and its arguments."""
    scheme: dict[str, Any] = {"kind": item.kind}
    for name in ("location", "parameter", "token_url"):
        if (value := getattr(item, name)) is not None:
            scheme[name] = value
    if item.scopes:
        scheme["scopes"] = item.scopes
    return scheme
