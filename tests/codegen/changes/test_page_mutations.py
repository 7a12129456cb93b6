"""Every single thing that a page states, changed one at a time: found as exactly that, and nothing else.

The mutations are made from the facts of the spec: one for each parameter, field, list entry, mark and sample
key of its operations on devices and SIMs, in the page as printed and as a browser copies it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve, frozen

from codegen.changes.baseline import Baseline, load_baseline
from codegen.changes.compare import compare
from codegen.facts.fact import FactSet, Subject
from codegen.facts.reading import facts_of, read_facts
from codegen.read.source.findings import Findings
from codegen.read.source.load import load
from tests.codegen.changes.drifting import Told, told
from tests.codegen.changes.page import IDI, Page

FORMS = ("printed", "Chromium", "Firefox")
SAMPLE = 25
"""Mutations tried in each form."""


@cache
def spec() -> tuple[FactSet, Baseline]:
    """The operations on devices and SIMs, and what is remembered of them."""
    source = load(IDI, "openapi.yaml", Findings())
    assert source is not None
    paths = {p: i for p, i in source.value["paths"].items() if p.startswith(("/api/device", "/api/sim"))}
    source.value = {**source.value, "paths": paths}
    facts = facts_of(source)
    routes = {facts.text(s, "route") for s in facts.subjects("operation")}
    known = load_baseline(IDI)
    kept = {v: [m for m in marks if any(r in m for r in routes)] for v, marks in known.releases.items()}
    return facts, evolve(known, releases=kept, gone=[])


@cache
def page(form: str) -> str:
    """The page in one of the ways in which it is saved."""
    facts, known = spec()
    text = Page(facts, known, browser=form != "printed", capitals=form == "Chromium")
    return "\n".join(text.lines())


@frozen
class Mutation:
    """One change of a page, and what it must be found as."""

    name: str
    text: str
    expected: Told


def _segment(form: str, title: str) -> tuple[int, int]:
    """Where an operation begins and ends."""
    text = page(form)
    facts, _ = spec()
    titles = [facts.text(s, "title") for s in facts.subjects("operation")]
    start = text.index(f"\n{title}\n")
    ends = [text.index(f"\n{other}\n") for other in titles if text.index(f"\n{other}\n") > start]
    return start, min([*ends, text.index("\nRelease Notes\n")])


def _swap(form: str, title: str, old: str, new: str) -> str:
    start, end = _segment(form, title)
    text = page(form)
    assert old in text[start:end], (title, old)
    return text[:start] + text[start:end].replace(old, new, 1) + text[end:]


def mutations(form: str) -> Iterator[Mutation]:
    """All of them."""
    facts, _ = spec()
    for subject in facts.subjects("operation"):
        title = facts.text(subject, "title")
        if not facts.is_assumed(subject):
            yield from _of_operation(form, subject, title)
            yield from _of_fields(form, subject, title)
            yield from _of_lists(form, subject, title)
            yield from _of_sample(form, subject, title)


def _of_operation(form: str, subject: Subject, title: str) -> Iterator[Mutation]:
    facts, _ = spec()

    def made(name: str, old: str, new: str, kind: str, facet: str) -> Mutation:
        return Mutation(f"{name} of {title}", _swap(form, title, old, new), (kind, facet, title, ""))

    yield made("title", f"\n{title}\n", f"\n{title} Anew\n", "changed", "title")
    yield made("badge", f"\n{title}\n", f"\n{title} Deprecated\n", "added", "deprecation")
    yield made("sentence", "what this does.", "what this does. It is deprecated.", "added", "deprecation")
    security = facts.get(subject, "security")
    if security is not None and security.provenance == "documented":
        yield made("authorization", ":\nSWT\n", ":\nKey\n", "changed", "authorizations")
    if form != "printed":
        path = facts.text(subject, "route").split(" ")[1]
        yield made("route", f"\n/{path}\n", f"\n/{path}/more\n", "changed", "route")
        # a response that is a list has a root of its own, which goes and comes with its status
        rooted = any(not s.path for s in facts.subjects("response-field", subject.operation))
        if "\n200 OK\n" in page(form)[slice(*_segment(form, title))] and not rooted:
            yield made("status", "\n200 OK\n", "\n201 Created\n", "changed", "status of the response")
            more = _swap(form, title, "\n200 OK\n", "\n200 OK\n404 Not Found\n")
            yield Mutation(f"404 of {title}", more, ("added", "response (404)", title, ""))


def _of_fields(form: str, subject: Subject, title: str) -> Iterator[Mutation]:
    facts, _ = spec()
    kinds = (("parameter", 1), ("request-field", 1), ("request-field", 2))
    for kind, depth in kinds:
        for s in facts.subjects(kind, subject.operation):  # type: ignore[arg-type]
            if len(s.path) != depth or s.path[-1] == "[]" or (depth == 2 and s.path[0] != "[]"):
                continue
            yield from _of_field(form, s, title)


def _of_field(form: str, s: Subject, title: str) -> Iterator[Mutation]:
    facts, _ = spec()
    what = f"{s.where} parameter" if s.kind == "parameter" else "body field"
    printed = facts.text(s, "page-name") or s.name
    required = bool(facts.value(s, "required"))
    kind = facts.text(s, "documented-type") or facts.text(s, "type")
    form_of = facts.text(s, "format")
    line = f"{kind} <{form_of}>" if form_of == "date" else kind
    head = f"\n{printed}\n{'required' + chr(10) if required else ''}{line}\n"

    def made(name: str, new: str, change: str, facet: str) -> Mutation:
        text = _swap(form, title, head, new)
        return Mutation(f"{name} of {title}.{s.dotted}", text, (change, facet, title, s.dotted))

    if s.where != "path":
        flipped = head.replace("\nrequired\n", "\n") if required else head.replace("\n", "\n", 1)
        if not required:
            flipped = f"\n{printed}\nrequired\n{line}\n"
        yield made("required", flipped, "removed" if required else "added", f"required mark of {what}")
    other = "boolean" if kind != "boolean" else "string"
    yield made("type", head.replace(f"\n{line}\n", f"\n{other}\n"), "changed", f"type of {what}")
    yield made("limit", head.replace(f"{line}\n", f"{line}^[0-9]+$\n"), "added", f"pattern of {what}")
    change = "added" if facts.value(s, "default") is None else "changed"
    yield made("default", f"{head}Default: 7\n", change, f"default of {what}")
    if facts.value(s, "enum") is None:
        yield made("enum", f'{head}Enum: "a" "b"\n', "added", f"Enum of {what}")
    yield made("badge", f"{head}Deprecated\n", "added", f"deprecation of {what}")


def _of_lists(form: str, subject: Subject, title: str) -> Iterator[Mutation]:
    facts, _ = spec()
    for kind in ("filterable", "sortable"):
        names = list(facts.subjects(kind, subject.operation))  # type: ignore[arg-type]
        lead = f"{kind.capitalize()} : "
        for s in names:
            mark = facts.text(s, "revision")
            entry = f"{s.name} [Rev {mark}]" if mark else s.name
            others = ", ".join(
                f"{o.name} [Rev {m}]" if (m := facts.text(o, "revision")) else o.name for o in names if o != s
            )
            whole = ", ".join(
                f"{o.name} [Rev {m}]" if (m := facts.text(o, "revision")) else o.name for o in names
            )
            gone = _swap(form, title, lead + whole, lead + others)
            yield Mutation(f"{kind} {s.name} of {title} gone", gone, ("removed", kind, title, s.name))
            come = _swap(form, title, lead + whole, lead + whole.replace(entry, f"{entry}, another", 1))
            yield Mutation(f"{kind} beside {s.name} of {title}", come, ("added", kind, title, "another"))
    for s in facts.subjects("patchable", subject.operation):
        verbs = facts.value(s, "verbs")
        assert isinstance(verbs, tuple)
        entry = f"{s.name} : {', '.join(verbs)}"
        new = f"{s.name} : {', '.join(verbs[:-1] or ('test',))}"
        text = _swap(form, title, entry, new)
        yield Mutation(f"verbs of {s.name}", text, ("changed", "verbs of patchable", title, s.name))


def _of_sample(form: str, subject: Subject, title: str) -> Iterator[Mutation]:
    start, end = _segment(form, title)
    segment = page(form)[start:end]
    if "Response samples" not in segment:
        return
    sample = segment[segment.index("Response samples") :]
    facts, _ = spec()
    for match in re.finditer(r'\n[ •]*"(?P<name>\w+)": (?P<value>"text"|7|true)(?P<comma>,?)(?=\n)', sample):
        name, value = match["name"], match["value"]
        fields = facts.subjects("response-field", subject.operation)
        s = next(s for s in fields if s.where == "success" and s.path[-1:] == (name,))
        if match["comma"]:
            text = _replaced(form, start, segment, sample, match, "")
            yield Mutation(f"{title} without {name}", text, ("removed", "response field", title, s.dotted))
        line = match[0].replace(value, "{ }")
        text = _replaced(form, start, segment, sample, match, line)
        yield Mutation(f"{name} of {title}", text, ("changed", "type of response field", title, s.dotted))
        more = f'{match[0].rstrip(",")},\n"more{name}": 1{match["comma"]}'
        text = _replaced(form, start, segment, sample, match, more)
        yield Mutation(f"beside {name} of {title}", text, ("added", "response field", title, f"more{name}"))


def _replaced(form: str, start: int, segment: str, sample: str, match: re.Match[str], new: str) -> str:
    text = page(form)
    at = start + segment.index("Response samples") + match.start()
    return text[:at] + new + text[at + len(match[0]) :]


def found(text: str, folder: Path) -> list[Told]:
    path = folder / "page.txt"
    path.write_text(text, encoding="utf-8")
    facts, known = spec()
    titles = [facts.text(s, "title") for s in facts.subjects("operation")]
    return told(list(compare(facts, read_facts(path, "page.txt", titles), known).changes), routes=False)


@pytest.mark.parametrize("form", FORMS)
def test_the_page_itself_says_what_the_spec_says(form: str, tmp_path: Path) -> None:
    """Nothing but the routes that a browser's copy shows."""
    assert found(page(form), tmp_path) == []


@pytest.mark.parametrize("form", FORMS)
def test_each_mutation_is_found_as_what_it_is(form: str, tmp_path: Path) -> None:
    """Every mutation is exactly one change; which ones were not is said by name.

    Each form tries one in many of them, and each other ones; `test_mutations` tries further forms.
    """
    every = list(mutations(form))
    chosen = every[FORMS.index(form) * 7 :: len(every) // SAMPLE]
    wrong = {m.name: f for m in chosen if (f := found(m.text, tmp_path)) != [m.expected]}
    assert len(chosen) >= SAMPLE
    assert wrong == {}
