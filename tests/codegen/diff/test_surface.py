"""The generated Python of both sides is compared too, and says only what the documents did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.diff.finding import Finding
from codegen.diff.levels import compare_specs
from codegen.diff.surface import compare_packages, surface_findings
from codegen.facts.reading import read_spec
from codegen.read import read_document
from tests.codegen.diff.mutations import CHANGES
from tests.codegen.diff.shop import Spec, operation, shop, write

SURFACE: dict[str, tuple[str, str]] = {
    "python-object-removed": ("class A: ...", ""),
    "python-object-kind-changed": ("class A: ...", "A = 1"),
    "python-base-removed": ("class B: ...\nclass A(B): ...", "class B: ...\nclass A: ..."),
    "python-parameter-removed": ("def f(*, a=1, b=2): ...", "def f(*, a=1): ..."),
    "python-parameter-added-required": ("def f(): ...", "def f(*, a): ..."),
    "python-parameter-became-required": ("def f(*, a=1): ...", "def f(*, a): ..."),
    "python-parameter-moved": ("def f(a, b): ...", "def f(b, a): ..."),
    "python-parameter-default-changed": ("def f(*, a=1): ...", "def f(*, a=2): ..."),
    "python-return-changed": ("def f() -> int: ...", "def f(): ..."),
}


@pytest.mark.parametrize("rule", SURFACE)
def test_packages_each_kind_of_breakage_has_its_rule(rule: str, tmp_path: Path) -> None:
    """What breaks callers of a module is named."""
    for side, text in zip(("old", "new"), SURFACE[rule], strict=True):
        folder = tmp_path / side / "client"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("", encoding="utf-8")
        (folder / "models.py").write_text(text, encoding="utf-8")
    found = list(compare_packages(tmp_path / "old", tmp_path / "new", "client"))
    assert {item.rule for item in found} == {rule}
    assert all(item.name.startswith("models.") for item in found)


def both(new: Spec, folder: Path) -> tuple[list[Finding], list[Finding]]:
    """The findings of the documents, and those of the surface that they do not explain."""
    sides = write(shop(), folder / "old.json"), write(new, folder / "new.json")
    before, after = (read_document(side) for side in sides)
    known = compare_specs(read_spec(sides[0]), read_spec(sides[1]), (before, after))
    return known, surface_findings(before, after, "client", known)


@pytest.mark.parametrize(
    "rule",
    [
        "operation-removed",
        "operation-renamed",
        "request-parameter-removed",
        "request-parameter-renamed",
        "request-parameter-added-required",
        "request-body-became-optional",
        "request-body-field-removed",
        "model-renamed",
        "enum-value-removed",
        "filterable-removed",
        "patch-verb-removed",
        "paging-changed",
    ],
)
def test_surface_what_a_rule_explains_is_not_said_again(rule: str, tmp_path: Path) -> None:
    """A breaking change of the document breaks Python too: one finding is enough."""
    new = shop()
    CHANGES[rule][0](new)
    known, more = both(new, tmp_path)
    assert rule in {item.rule.id for item in known}
    assert more == []


def test_surface_class_without_operation_is_found(tmp_path: Path) -> None:
    """A model that no operation reaches is still imported by callers."""
    new = shop()
    new["components"]["schemas"].pop("ThingCollection")
    rows = {
        "type": "object",
        "properties": {"value": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}},
    }
    operation(new, "thing.search")["responses"]["200"]["content"]["application/json"]["schema"] = rows
    _, more = both(new, tmp_path)
    (found,) = more
    assert (found.rule.id, found.subject) == ("python-object-removed", "models.ThingCollection")
    assert found.old is not None
    assert "ThingCollection" in found.old.pointer


def test_surface_same_document_says_nothing(tmp_path: Path) -> None:
    """Generating twice gives the same surface."""
    assert both(shop(), tmp_path) == ([], [])
