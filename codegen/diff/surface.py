"""The public Python names of both generated packages compared, for breaks that the rules do not cover."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import griffe
from attrs import define

from codegen.diff.finding import Finding
from codegen.diff.rules import RULES
from codegen.ir import Document, Place
from codegen.render import render_package
from codegen.render.plan import Plan

_RULE_OF: Final = {
    griffe.BreakageKind.OBJECT_REMOVED: "python-object-removed",
    griffe.BreakageKind.OBJECT_CHANGED_KIND: "python-object-kind-changed",
    griffe.BreakageKind.CLASS_REMOVED_BASE: "python-base-removed",
    griffe.BreakageKind.PARAMETER_REMOVED: "python-parameter-removed",
    griffe.BreakageKind.PARAMETER_ADDED_REQUIRED: "python-parameter-added-required",
    griffe.BreakageKind.PARAMETER_CHANGED_REQUIRED: "python-parameter-became-required",
    griffe.BreakageKind.PARAMETER_MOVED: "python-parameter-moved",
    griffe.BreakageKind.PARAMETER_CHANGED_KIND: "python-parameter-moved",
    griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT: "python-parameter-default-changed",
    griffe.BreakageKind.RETURN_CHANGED_TYPE: "python-return-changed",
}
_WORDS: Final = {
    "python-object-removed": "`{name}` is gone",
    "python-object-kind-changed": "`{name}` is another kind of thing: {old} became {new}",
    "python-base-removed": "`{name}` lost a base class",
    "python-parameter-removed": "`{name}` no longer takes `{parameter}`",
    "python-parameter-added-required": "`{name}` needs the new argument `{parameter}`",
    "python-parameter-became-required": "`{name}` needs the argument `{parameter}` now",
    "python-parameter-moved": "`{name}` takes `{parameter}` in another position or another way",
    "python-parameter-default-changed": "`{name}` has another default for `{parameter}`",
    "python-return-changed": "`{name}` no longer says what it returns",
}


def surface_findings(old: Document, new: Document, api: str, known: list[Finding]) -> list[Finding]:
    """Breaking changes in the generated Python of two documents that no known finding explains."""
    with tempfile.TemporaryDirectory(prefix="trunkline-surface-") as scratch:
        plans = [_generate(item, api, Path(scratch) / side) for side, item in (("old", old), ("new", new))]
        broken = list(compare_packages(Path(scratch) / "old", Path(scratch) / "new", api))
    explained = _Explained(plans[0], plans[1], known)
    return list(dict.fromkeys(item for found in broken if (item := explained.judge(found)) is not None))


@define
class Breakage:
    """One thing that griffe found. name: below the package, "resources.DeviceResource.get"."""

    rule: str
    name: str
    parameter: str | None
    text: str


def compare_packages(old: Path, new: Path, package: str) -> Iterator[Breakage]:
    """The breaking changes between two folders that hold the same package, read without importing them."""
    before, after = (_load(folder, package) for folder in (old, new))
    for found in griffe.find_breaking_changes(before, after):
        # A kind that a newer griffe adds is still a break.
        rule = _RULE_OF.get(found.kind, "python-object-kind-changed")
        name = found.obj.path.removeprefix(f"{package}.")
        value = found.old_value if found.old_value is not None else found.new_value
        parameter = getattr(value, "name", None) if "parameter" in rule else None
        words = {"old": _kind(found.old_value), "new": _kind(found.new_value), "parameter": parameter}
        yield Breakage(rule, name, parameter, _WORDS[rule].format(name=name, **words))


def _kind(value: object) -> str:
    return str(getattr(value, "value", value))


def _load(folder: Path, package: str) -> griffe.Object | griffe.Alias:
    """Load one side with a loader of its own, since both sides hold a package of the same name."""
    # Never imported: two packages of one name cannot both be, and a document's text must not run.
    loader = griffe.GriffeLoader(search_paths=[folder], allow_inspection=False)
    loaded = loader.load(package, try_relative_path=False)
    loader.resolve_aliases(implicit=False, external=False)
    return loaded


def _generate(document: Document, api: str, folder: Path) -> Plan:
    package = render_package(document, api=api)
    for name, text in package.files.items():
        path = folder / api / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return package.plan


class _Explained:
    """Maps Python names to operations, to recognise breaks that other findings report already."""

    def __init__(self, old: Plan, new: Plan, known: list[Finding]) -> None:
        breaking = [item for item in known if item.rule.level == "breaking"]
        self._subjects = {name for item in breaking for name in (item.subject, item.now) if name}
        self._enums = {item.subject for item in breaking if item.rule.id.startswith(("enum-", "literal-"))}
        self._gone = {
            item.subject for item in known if item.rule.id in ("operation-removed", "operation-renamed")
        }
        self._lists = {
            operation
            for item in known
            if item.rule.id.startswith(("filterable-", "sortable-", "patch"))
            for operation in item.operations
        }
        self._operations: dict[str, str] = {}
        self._families: dict[str, list[str]] = {}
        self._places: dict[str, tuple[Place | None, Place | None]] = {}
        # The old names last, since callers know those.
        for plan in (new, old):
            self._learn(plan)
        self._remember(old, new)

    def _learn(self, plan: Plan) -> None:
        """Record the Python names of a plan's operations."""
        for root in plan.roots:
            for item in root.walk():
                below = [method.id for part in item.walk() for method in part.methods]
                self._families[item.class_name] = below
                self._families[f"Client.{item.attribute}"] = below
                for method in item.methods:
                    self._operations[f"{item.class_name}.{method.operation.method}"] = method.id
        for method in plan.methods:
            for name in (method.constant, method.field_set, method.patch_class):
                if name:
                    self._operations[name] = method.id

    def _remember(self, old: Plan, new: Plan) -> None:
        for side, plan in enumerate((old, new)):
            named = {method.id: method.operation.place for method in plan.methods}
            named |= {f"models.{model.name}": model.place for model in plan.document.models}
            named |= {f"models.{enum.name}": enum.place for enum in plan.document.enums}
            for name, place in named.items():
                pair = list(self._places.get(name, (None, None)))
                pair[side] = place
                self._places[name] = (pair[0], pair[1])

    def judge(self, found: Breakage) -> Finding | None:
        """The finding for a breakage; None when a known one covers it."""
        module, _, rest = found.name.partition(".")
        if module == "resources":
            # One module each when there are many resources: the class is what callers know.
            rest = rest if rest[:1].isupper() else rest.partition(".")[2]
        operation, subject = self._subject(module, rest, found.parameter)
        if self._is_known(module, rest, operation, subject):
            return None
        key = operation or ".".join(found.name.split(".")[:2])
        old, new = self._places.get(key, (None, None))
        return Finding(
            rule=RULES[found.rule],
            operations=(operation,) if operation else (),
            subject=subject,
            text=found.text,
            old=old,
            new=new,
        )

    def _subject(self, module: str, rest: str, parameter: str | None) -> tuple[str | None, str]:
        """The operation a name belongs to, and the subject that the other rules use for it."""
        if module == "models" or not rest:
            return None, f"{module}.{rest}" if rest else module
        parts = rest.split(".")
        operation = self._operations.get(".".join(parts[:2])) or self._operations.get(parts[0])
        if module != "resources" or operation is None:
            return operation, f"{module}.{rest}"
        if parameter is None:
            return operation, operation
        return operation, f"{operation}({'body' if parameter in ('body', 'patch') else parameter})"

    def _is_known(self, module: str, rest: str, operation: str | None, subject: str) -> bool:
        family = self._families.get(rest)
        # A class that is gone because all of its operations are.
        if family and all(name in self._gone for name in family):
            return True
        if subject in self._subjects or operation in self._gone or subject.rpartition(".")[0] in self._enums:
            return True
        return module in ("fields", "patches") and (operation in self._lists or not rest)
