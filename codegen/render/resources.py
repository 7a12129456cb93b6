"""resources.py or resources/: one class per resource, with the resources below it as attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codegen.ir import Document
from codegen.render.described import sentence
from codegen.render.loaders import loader_context
from codegen.render.methods import arguments_taken, method_context
from codegen.render.plan import MethodPlan, Plan, ResourcePlan
from codegen.render.quoting import WIDTH, docstring, identifier, paragraphs, string
from codegen.render.scope import Imports, Scope, exported


def resource_modules(plan: Plan) -> dict[str, dict[str, Any]]:
    """What the templates print, by file name."""
    about = sentences_about(plan.document)
    if not plan.split:
        return {"resources.py": _module(plan.roots, ".", about)}
    return {f"{root.module.replace('.', '/')}.py": _module([root], "..", about) for root in plan.roots}


def split_index(plan: Plan) -> dict[str, Any]:
    """The lazy `resources/__init__.py`: class name -> module."""
    homes = [(item.class_name, root.module.rpartition(".")[2]) for root in plan.roots for item in root.walk()]
    return {
        "homes": [(string(name), string(f".{module}")) for name, module in homes],
        "typed": [
            f"from .{module} import {name} as {name}" for name, module in sorted(homes, key=_by_module)
        ],
        "all": exported(name for name, _ in homes),
    }


def _by_module(home: tuple[str, str]) -> tuple[str, str]:
    return home[1], home[0]


def _module(roots: list[ResourcePlan], relative: str, about: Mapping[str, str]) -> dict[str, Any]:
    imports = Imports(relative)
    resources = [item for root in roots for item in root.walk()]
    class_names = {item.class_name for item in resources}
    classes = [_class(item, imports, class_names, about) for item in resources]
    return {"imports": imports.text(), "classes": classes}


def _class(
    item: ResourcePlan, imports: Imports, class_names: set[str], about: Mapping[str, str]
) -> dict[str, Any]:
    taken = {*class_names, *arguments_taken(item.methods), *(child.attribute for child in item.children)}
    scope = Scope(imports, taken, prefix="models")
    path = ".".join(item.path)
    names = ", ".join(method.operation.method for method in item.methods)
    lines = paragraphs(f"The `{path}` operations{f': {names}' if names else ''}.", width=WIDTH - 4)
    if item.children:
        lines += ["", f"Below it: {', '.join(child.attribute for child in item.children)}."]
    children = [
        {
            "name": identifier(child.attribute),
            "class_name": child.class_name,
            "decorator": scope.name("property"),
            "docstring": docstring([f"The operations below `{'.'.join(child.path)}`."], 8),
        }
        for child in item.children
    ]
    return {
        "name": item.class_name,
        "base": Scope(imports, class_names).name("Resource"),
        "docstring": docstring(lines, 4),
        "children": children,
        "loader": loader_context(item, scope),
        "methods": [method_context(method, scope, about) for method in item.methods],
        "former": [one for method in item.methods for one in _former(path, method, scope)],
    }


def _former(path: str, method: MethodPlan, scope: Scope) -> list[dict[str, str]]:
    """The former names of a method, each an attribute that warns and calls it."""
    operation = method.operation
    ids = [string(f"{path}.{name}") for name in (*operation.former, operation.method)]
    return [
        {
            "name": identifier(name),
            "value": f"{scope.name('renamed')}({old}, {ids[-1]}, {identifier(operation.method)})",
        }
        for name, old in zip(operation.former, ids[:-1], strict=True)
    ]


def sentences_about(document: Document) -> dict[str, str]:
    """The first sentence of each class's description, for the arguments that are of it."""
    told = {model.name: sentence(model.description) for model in document.models if model.description.strip()}
    return {name: f"{text.split('. ')[0].rstrip('.')}." for name, text in told.items()}
