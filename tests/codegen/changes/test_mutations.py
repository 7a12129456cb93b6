"""Every single thing that a spec states, changed one at a time in each form that a vendor may publish it in.

Each is found as exactly that, and nothing else is. The mutations are made of the facts of both shipped specs:
routes, titles, types, marks, lists, verbs, statuses, fields of bodies and of responses; the forms are an
OpenAPI file, an exported collection, and a Redoc page as printed and as two browsers copy it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve, frozen

from codegen.changes.baseline import Baseline, load_baseline
from codegen.changes.compare import compare
from codegen.facts.fact import Aspect, Fact, FactSet, Subject, Value
from codegen.facts.reading import facts_of, read_facts, read_spec
from codegen.ir import Place
from codegen.read.source.node import Source
from tests.codegen.changes import forms
from tests.codegen.changes.drifting import Told, told
from tests.codegen.changes.page import FROZEN

SPECS: Final = {"idi": FROZEN / "openapi.yaml", "abzorb": FROZEN / "collection.json"}
FORMS: Final = ("printed", "Chromium", "Firefox", "OpenAPI", "collection")
CASES: Final = [pytest.param(api, form, id=f"{api} {form}") for api in SPECS for form in FORMS]
SAMPLE: Final = 24
"""Mutations tried in each form, others in each: together they try most of them."""
SHOWN: Final = {"idi": ("/device", "/sim"), "abzorb": ("/Connections/", "/Tasks/")}
_NOWHERE: Final = Place("", "")


@cache
def spec(api: str) -> tuple[FactSet, Baseline]:
    """Some operations of a spec, and what is remembered of them."""
    facts = read_spec(SPECS[api])
    kept = {
        s.operation
        for s in facts.subjects("operation")
        if any(part in f"/{facts.text(s, 'route').split(' ')[1]}" for part in SHOWN[api])
    }
    for subject in list(facts.subjects()):
        if subject.operation and subject.operation not in kept:
            facts.drop(subject)
    known = load_baseline(SPECS[api])
    routes = {facts.text(s, "route") for s in facts.subjects("operation")}
    releases = {v: [m for m in marks if any(r in m for r in routes)] for v, marks in known.releases.items()}
    return facts, evolve(known, releases=releases, gone=[])


def read(api: str, form: str, published: FactSet, folder: Path) -> FactSet:
    """What a vendor publishes in a form, read."""
    facts, known = spec(api)
    if form in ("OpenAPI", "collection"):
        value = forms.openapi(published, known) if form == "OpenAPI" else forms.collection(published)
        return facts_of(Source("document.json", folder / "document.json", b"", value, 1))
    text = forms.page(published, known, browser=form != "printed", capitals=form == "Chromium")
    path = folder / "page.txt"
    path.write_text(text, encoding="utf-8")
    return read_facts(path, "page.txt", [facts.text(s, "title") for s in facts.subjects("operation")])


def found(api: str, form: str, published: FactSet, folder: Path) -> list[Told]:
    """What differs from the spec, but for guesses that the document confirms."""
    facts, known = spec(api)
    changes = compare(facts, read(api, form, published, folder), known).changes
    return told([c for c in changes if c.kind != "documented" and not c.quiet])


@frozen
class Mutation:
    """One change of the facts, what it must be found as, and the forms that cannot show it."""

    name: str
    change: Callable[[FactSet], object]
    expected: Told
    unseen: frozenset[str] = frozenset()

    def of(self, facts: FactSet) -> FactSet:
        """The facts with the change."""
        changed = FactSet(file=facts.file, kind=facts.kind, tells=facts.tells, assumed=facts.assumed)
        changed.extend(facts)
        self.change(changed)
        return changed


_PAGES: Final = frozenset({"printed", "Chromium", "Firefox"})
_COLLECTION: Final = frozenset({"collection"})


def put(subject: Subject, **aspects: Value) -> Callable[[FactSet], object]:
    """State these aspects, and that the subject exists."""

    def change(facts: FactSet) -> None:
        for aspect, value in {"exists": True, **aspects}.items():
            name: Aspect = aspect.replace("_", "-")  # type: ignore[assignment]
            facts.replace(Fact(subject, name, value, _NOWHERE))

    return change


def without(subject: Subject) -> Callable[[FactSet], object]:
    """Take a subject out with all its parts."""

    def change(facts: FactSet) -> None:
        for other in [subject, *facts.below(subject)]:
            facts.drop(other)

    return change


def mutations(api: str) -> Iterator[Mutation]:
    """All of them."""
    facts, _ = spec(api)
    for subject in forms.Tree(facts).operations():
        yield from _of_operation(facts, subject)
        yield from _of_fields(facts, subject)
        yield from _of_lists(facts, subject)
        yield from _of_response(facts, subject)


def _of_operation(facts: FactSet, subject: Subject) -> Iterator[Mutation]:
    title, route, key = facts.text(subject, "title"), facts.text(subject, "route"), subject.operation
    yield Mutation(f"title of {title}", put(subject, title=f"{title} Anew"), ("changed", "title", title, ""))
    yield Mutation(
        f"badge of {title}", put(subject, deprecated=True), ("added", "deprecation", title, ""), _COLLECTION
    )
    yield Mutation(
        f"route of {title}",
        put(subject, route=f"{route}/more"),
        ("changed", "route", title, ""),
        frozenset({"printed"}),
    )
    response = Subject("response", key, "success")
    if Subject("response-field", key, "success") in facts and Subject("response", key, "errors") not in facts:
        yield Mutation(
            f"status of {title}",
            put(response, status="201"),
            ("changed", "status of the response", title, ""),
            frozenset({"printed"}),
        )
    more = Subject("response", key, "418")
    yield Mutation(
        f"418 of {title}", put(more), ("added", "response (418)", title, ""), frozenset({"printed"})
    )
    more = Subject("parameter", key, "query", ("another",))
    yield Mutation(
        f"another parameter of {title}",
        put(more, type="string"),
        ("added", "query parameter", title, "another"),
    )


def _of_fields(facts: FactSet, operation: Subject) -> Iterator[Mutation]:
    title, key = facts.text(operation, "title"), operation.operation
    for s in [*facts.subjects("parameter", key), *facts.subjects("request-field", key)]:
        what = f"{s.where} parameter" if s.kind == "parameter" else "body field"
        plain = [step for step in s.path if step != "[]"]
        if not plain or len(plain) > 1 or s.path[-1] == "[]":
            continue
        yield from _of_field(facts, s, title, what)
    rows = Subject("request-field", key, "", ("[]",))
    root = rows if rows in facts else evolve(rows, path=())
    if root in facts:
        more = root.at("another")
        expected = ("added", "body field", title, more.dotted)
        yield Mutation(f"another body field of {title}", put(more, type="string"), expected)


def _of_field(facts: FactSet, s: Subject, title: str, what: str) -> Iterator[Mutation]:
    def made(
        name: str, kind: str, facet: str, unseen: frozenset[str] = _COLLECTION, **aspects: Value
    ) -> Mutation:
        expected = (kind, f"{facet} of {what}", title, s.dotted)
        return Mutation(f"{name} of {title}.{s.dotted}", put(s, **aspects), expected, unseen)

    sure = not facts.is_assumed(s)
    kind = facts.text(s, "documented-type") or facts.text(s, "type")
    is_plain = not facts.value(s, "enum") and not facts.text(s, "format")
    if s.where != "path" and sure:
        expected = ("removed", what, title, s.dotted)
        yield Mutation(f"{title} without {s.dotted}", without(s), expected)
        if not facts.value(s, "required"):
            yield made("required", "added", "required mark", required=True)
    if kind not in ("object", "array", "any") and is_plain and not facts.text(s, "documented-type"):
        other = "boolean" if kind != "boolean" else "string"
        yield made(
            "type", "changed", "type", _COLLECTION if s.kind == "parameter" else frozenset(), type=other
        )
    if kind == "string" and not facts.value(s, "pattern"):
        yield made("pattern", "added", "pattern", pattern="^[0-9]+$")
    if kind == "string" and facts.value(s, "default") is None:
        yield made("default", "added", "default", default='"seven"')
    if kind == "string" and is_plain:
        yield made("enum", "added", "Enum", enum=("a", "b"))
    yield made("badge", "added", "deprecation", deprecated=True)


def _of_lists(facts: FactSet, operation: Subject) -> Iterator[Mutation]:
    title, key = facts.text(operation, "title"), operation.operation
    for kind in ("filterable", "sortable"):
        names = list(facts.subjects(kind, key))  # type: ignore[arg-type]
        for s in names:
            yield Mutation(
                f"{kind} {s.name} of {title}", without(s), ("removed", kind, title, s.name), _COLLECTION
            )
        if names:
            more = evolve(names[0], path=("another",))
            yield Mutation(
                f"another {kind} of {title}", put(more), ("added", kind, title, "another"), _COLLECTION
            )
    for s in facts.subjects("patchable", key):
        verbs = facts.value(s, "verbs")
        assert isinstance(verbs, tuple)
        fewer = verbs[:-1] or ("test",)
        yield Mutation(
            f"verbs of {title}.{s.name}",
            put(s, verbs=fewer),
            ("changed", "verbs of patchable", title, s.name),
            _COLLECTION,
        )


def _of_response(facts: FactSet, operation: Subject) -> Iterator[Mutation]:
    title, tree = facts.text(operation, "title"), forms.Tree(facts)
    if tree.shows_errors(operation.operation):
        return
    fields = [s for s in facts.subjects("response-field", operation.operation) if s.where == "success"]
    for holder in [s for s in fields if tree.members(s)]:
        more = holder.at("another")
        yield Mutation(
            f"another field of {title}.{holder.dotted}",
            put(more, type="string"),
            ("added", "response field", title, more.dotted),
        )
        for s in tree.members(holder):
            if not facts.is_assumed(s):
                expected = ("removed", "response field", title, s.dotted)
                yield Mutation(f"{title} without {s.dotted}", without(s), expected)
            kind = facts.text(s, "type")
            is_plain = not facts.value(s, "enum") and not facts.text(s, "format")
            if kind not in ("object", "array", "any") and " | " not in kind and is_plain:
                other = "boolean" if kind != "boolean" else "string"
                expected = ("changed", "type of response field", title, s.dotted)
                yield Mutation(f"type of {title}.{s.dotted}", put(s, type=other), expected)


@pytest.mark.parametrize(("api", "form"), CASES)
def test_a_spec_in_a_foreign_form_says_the_same(api: str, form: str, tmp_path: Path) -> None:
    """It confirms guesses, and differs in nothing."""
    facts, _ = spec(api)
    assert found(api, form, facts, tmp_path) == []


@pytest.mark.parametrize(("api", "form"), CASES)
def test_each_mutation_is_found_as_what_it_is(api: str, form: str, tmp_path: Path) -> None:
    """Exactly one change each; which ones were not is said by name."""
    facts, _ = spec(api)
    shown = [m for m in mutations(api) if form not in m.unseen]
    step = max(1, len(shown) // SAMPLE)
    chosen = shown[FORMS.index(form) % step :: step]
    wrong = {m.name: f for m in chosen if (f := found(api, form, m.of(facts), tmp_path)) != [m.expected]}
    assert len(chosen) >= SAMPLE
    assert wrong == {}
