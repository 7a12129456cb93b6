"""Which operation of one document is which of the other: by route, title, other names or likeness."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable

from attrs import define, field

from codegen.facts.evidence import squeeze
from codegen.facts.fact import FactSet, Subject

_VARIABLE = re.compile(r"\{[^{}]*\}")
_PREFIX = re.compile(r"\A(?:api|v\d+)/")


def route_shape(route: str) -> str:
    """A route without the names of its variables: they never reach the wire."""
    return _VARIABLE.sub("{}", route).rstrip("/")


def same_route(one: str, other: str) -> bool:
    """Whether two routes ask for the same; one may have a server's path in front."""
    if not one or not other:
        return False
    (method, path), (verb, place) = (
        (r.split(" ", 1) if " " in r else ["", r]) for r in map(route_shape, (one, other))
    )
    path, place = path.strip("/"), place.strip("/")
    if method and verb and method != verb:
        return False
    short, long = sorted((path, place), key=len)
    return path == place or long.endswith(f"/{short}") or _PREFIX.sub("", path) == _PREFIX.sub("", place)


@define
class Pairs:
    """Pairs of keys, old to new, with what is left on both sides."""

    old: FactSet
    new: FactSet
    found: dict[str, str] = field(factory=dict)
    _gone: list[str] = field(init=False)
    _come: list[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._gone = [subject.operation for subject in self.old.subjects("operation")]
        self._come = [subject.operation for subject in self.new.subjects("operation")]

    def by(self, old: Callable[[str], Iterable[str]], new: Callable[[str], Iterable[str]]) -> None:
        """Pair operations that share a word which no other operation left on its side has."""
        ours = Counter(word for key in self._gone for word in set(old(key)) if word)
        theirs = Counter(word for key in self._come for word in set(new(key)) if word)
        by_word = {word: key for key in self._come for word in new(key) if theirs[word] == 1}
        for key in list(self._gone):
            word = next((w for w in old(key) if ours[w] == 1 and w in by_word), None)
            if word is not None and by_word[word] in self._come:
                self.take(key, by_word[word])

    def in_order(self, word: Callable[[FactSet, str], str]) -> None:
        """Pair what several operations share, first with first."""
        for key in list(self._gone):
            mine = word(self.old, key)
            other = next((o for o in self._come if mine and word(self.new, o) == mine), None)
            if other is not None:
                self.take(key, other)

    def take(self, old: str, new: str) -> None:
        """Pair these two."""
        self._gone.remove(old)
        self._come.remove(new)
        self.found[old] = new

    def by_likeness(self) -> None:
        """Pair what is alike in title and parts."""
        for key in list(self._come):
            alike = [old for old in self._gone if _alike(self.old, old, self.new, key)]
            if alike:
                self.take(max(alike, key=lambda old: _ratio(self.old, old, self.new, key)), key)


def match_operations(old: FactSet, new: FactSet) -> dict[str, str]:
    """Keys of operations, old to new, in the order of the old document."""
    pairs = Pairs(old, new)
    # The surest evidence first: a pair that a weak rule makes would take the partner from a strong one.
    # A route that is our guess comes after titles and names, since it may be another operation's.
    pairs.by(lambda key: [_both(old, key)], lambda key: [_both(new, key)])
    pairs.by(lambda key: [_shape(old, key) if _is_sure(old, key) else ""], lambda key: [_shape(new, key)])
    pairs.by(lambda key: [_title(old, key)], lambda key: [_title(new, key)])
    pairs.by(lambda key: _names(old, key), lambda key: _names(new, key))
    pairs.by(lambda key: [_shape(old, key)], lambda key: [_shape(new, key)])
    # Documents may repeat an operation; what is still left with one title is paired in document order.
    pairs.in_order(_both)
    pairs.in_order(_title)
    pairs.by_likeness()
    order = [subject.operation for subject in old.subjects("operation")]
    return {key: pairs.found[key] for key in order if key in pairs.found}


def _itself(key: str) -> Subject:
    return Subject("operation", key)


def _title(facts: FactSet, key: str) -> str:
    return squeeze(facts.text(_itself(key), "title"))


def _shape(facts: FactSet, key: str) -> str:
    route = route_shape(facts.text(_itself(key), "route"))
    method, _, path = route.partition(" ")
    return f"{method} {_PREFIX.sub('', path)}" if route else ""


def _both(facts: FactSet, key: str) -> str:
    shape = _shape(facts, key)
    return f"{_title(facts, key)} {shape}" if shape else ""


def _is_sure(facts: FactSet, key: str) -> bool:
    fact = facts.get(_itself(key), "route")
    return fact is not None and fact.provenance == "documented"


def _names(facts: FactSet, key: str) -> list[str]:
    """What else an operation is called: its identifier, and former names of its title."""
    former = [subject.name for subject in facts.subjects("former-name", key)]
    own = facts.text(_itself(key), "operation-id")
    return [squeeze(name) for name in (own, facts.text(_itself(key), "title"), *former) if name]


def _parts(facts: FactSet, key: str) -> set[tuple[str, ...]]:
    kinds = ("parameter", "request-field", "filterable", "sortable", "patchable")
    return {
        (s.kind, s.where, *s.path)
        for s in facts.subjects(operation=key)
        if s.kind in kinds and s.where != "header" and s.path and len(s.path) == 1
    }


def _ratio(old: FactSet, ours: str, new: FactSet, theirs: str) -> float:
    one, other = (f.text(_itself(k), "title").lower() for f, k in ((old, ours), (new, theirs)))
    return difflib.SequenceMatcher(None, one, other).ratio()


def _alike(old: FactSet, ours: str, new: FactSet, theirs: str) -> bool:
    # Operations with other inputs are two operations, however alike their titles are.
    if _parts(old, ours) != _parts(new, theirs):
        return False
    mine, yours = (f.text(_itself(k), "route") for f, k in ((old, ours), (new, theirs)))
    if mine and yours and _is_sure(old, ours) and mine.split(" ")[0] != yours.split(" ")[0]:
        return False
    ratio = _ratio(old, ours, new, theirs)
    section = old.text(_itself(ours), "section") == new.text(_itself(theirs), "section")
    return ratio >= 0.6 and (section or ratio >= 0.8)
