"""What a page says otherwise than the frozen spec, with the spec read once for all tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from codegen.changes.baseline import Baseline, load_baseline
from codegen.changes.change import Change
from codegen.changes.compare import compare
from codegen.changes.words import facet, name_of
from codegen.facts.fact import FactSet
from codegen.facts.reading import read_facts, read_spec
from tests.codegen.changes.page import IDI

Told = tuple[str, str, str, str]


@cache
def spec_of(path: Path = IDI) -> tuple[FactSet, Baseline, list[str]]:
    """Facts, baseline and titles of a spec."""
    facts = read_spec(path)
    titles = [facts.text(subject, "title") for subject in facts.subjects("operation")]
    return facts, load_baseline(path), titles


def drift(text: str | bytes, folder: Path, spec: Path = IDI) -> list[Change]:
    """The changes that a page brings."""
    path = folder / "page.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    old, known, titles = spec_of(spec)
    return list(compare(old, read_facts(path, "page.txt", titles), known).changes)


def told(changes: list[Change], *, routes: bool = True) -> list[Told]:
    """Kind, facet, operation and name of each change; routes: with those that are documented now."""
    return [
        (c.kind, facet(c), c.title, name_of(c))
        for c in changes
        if routes or (c.kind, c.aspect) != ("documented", "route")
    ]


def swap(page: str, old: str, new: str, after: str = "") -> str:
    """The page with one text replaced, at its first place behind another."""
    start = page.index(after) if after else 0
    index = page.index(old, start)
    return page[:index] + new + page[index + len(old) :]
