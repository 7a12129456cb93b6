"""docs/security.md promises only what a test shows: each promise names tests that exist, run and can fail."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
PROMISES = PAGE.partition("## Each promise and its test")[2].partition("\n## ")[0]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def promises() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for line in PROMISES.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if (
            line.startswith("|")
            and len(cells) == 2
            and not set(cells[0]) <= set("-")
            and cells[0] != "promise"
        ):
            yield cells[0], NAMED.findall(cells[1])


def all_named() -> list[tuple[str, str]]:
    return [named for _, tests in promises() for named in tests]


@cache
def functions(path: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a test module, those of its classes too."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {
        node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def can_fail(path: str, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function asserts something itself, expects an error, or calls one of its module that does."""
    for node in ast.walk(functions(path)[name]):
        if isinstance(node, ast.Assert):
            return True
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in ("raises", "fail"):
            return True
        inner = called.id if isinstance(called, ast.Name) else ""
        if inner in functions(path).keys() - seen and can_fail(path, inner, seen | {inner}):
            return True
    return False


def test_every_promise_names_a_test():
    found = dict(promises())
    assert len(found) > 30
    assert [promise for promise, tests in found.items() if not tests] == []


@pytest.mark.parametrize(("path", "name"), all_named())
def test_named_test_exists_and_can_fail(path: str, name: str):
    assert name.startswith("test_")
    assert name in functions(path), f"{path} has no {name}"
    marks = [ast.unparse(mark) for mark in functions(path)[name].decorator_list]
    assert not [mark for mark in marks if re.match(r"pytest\.mark\.(skip|xfail)", mark)]
    assert can_fail(path, name)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("assert 1", True),
        ("pass", False),
        ("check()", True),
        ("empty()", False),
        ("with raises.raises(E): f()", True),
    ],
)
def test_a_test_that_cannot_fail_is_noticed(body: str, expected: bool, tmp_path: Path, monkeypatch):
    module = tmp_path / "module.py"
    module.write_text(
        f"def test_x():\n    {body}\ndef check():\n    assert 0\ndef empty():\n    empty()\n", "utf-8"
    )
    functions.cache_clear()
    assert can_fail(str(module), "test_x") is expected


def test_files_and_targets_that_the_page_names_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", PAGE)) <= targets
    named = re.findall(r"`((?:tests|docs|\.github)/[\w./-]+?)(?:::\w+)?`", PAGE)
    assert [path for path in named if not (ROOT / path).exists()] == []
    constraints = re.findall(r"constraints\.\w+", PAGE)
    assert constraints
    assert all((ROOT / path).exists() for path in constraints)


def test_the_page_says_what_each_extra_opens():
    """A new extra is a new surface."""
    table = PAGE.partition("## What each extra adds")[2].partition("\n## ")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {name for cell in first for name in re.findall(r"`([\w-]+)`", cell)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert told | {"all", "numbers"} == set(project["optional-dependencies"])
