"""The introduction of a published collection against ours: methods, parameters, routes and rows it names."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field

from codegen.changes.change import Change, ChangeKind
from codegen.changes.mention_rows import compare_rows, sentence_of
from codegen.facts.evidence import Mention, Rename, squeeze
from codegen.facts.fact import Aspect, Fact, FactSet, Subject
from codegen.ir import Place

if TYPE_CHECKING:
    from codegen.changes.baseline import Baseline
    from codegen.changes.compare import Sides

_PREFIX: Final = re.compile(r"\A/?(?:api/)?")
_LOCAL: Final = ("parameter", "request-field", "response-field")


def compare_mentions(sides: Sides, known: Baseline, changes: list[Change]) -> list[Change]:
    """All changes, those added that only names in prose tell."""
    paired = _one_error_key(changes)
    paired += _Routes(sides).compare()
    names = _Names(sides, known)
    paired += names.compare()
    return [*paired, *compare_rows(sides, known, paired)]


def _one_error_key(changes: list[Change]) -> list[Change]:
    """A key of error bodies that went and one that came are one with another name."""
    gone = [c for c in changes if c.subject.kind == "error-field" and c.kind == "removed"]
    come = [c for c in changes if c.subject.kind == "error-field" and c.kind == "added"]
    if len(gone) != 1 or len(come) != 1:
        return list(changes)
    one, other = gone[0], come[0]
    renamed = _named(one.subject, one.subject.name, other.subject.name, one.old_place, other.new_place)
    return [renamed if c is one else c for c in changes if c is not other]


def _named(
    subject: Subject, old: str, new: str, old_place: Place | None, new_place: Place | None, title: str = ""
) -> Change:
    """Something with another name."""
    nowhere = Place("", "")
    return Change(
        kind="changed",
        subject=subject,
        aspect="name",
        before=Fact(subject, "exists", old, old_place or nowhere),
        after=Fact(subject, "exists", new, new_place or nowhere),
        title=title,
        old_place=old_place,
        new_place=new_place,
    )


# -- routes ------------------------------------------------------------------------------------------------


@define
class _Routes:
    """Printed routes: path and query names; the verb where it stands there."""

    sides: Sides

    def compare(self) -> list[Change]:
        old = self.sides.old
        operations = {s.operation: old.get(s, "route") for s in old.subjects("operation")}
        sure = {k for k, f in operations.items() if f is not None and f.provenance == "documented"}
        seen: set[str] = set()
        unmatched: list[Mention] = []
        found: list[Change] = []
        for mention in self.sides.new.evidence.mentions:
            if mention.role != "route":
                continue
            key = next((k for k in operations if self._is(mention.name, k)), None)
            if key is None:
                unmatched.append(mention)
                continue
            seen.add(key)
            if key not in sure:
                found.append(self._change("documented", key, mention))
        missing = [key for key in operations if key in sure and key not in seen]
        for mention in unmatched:
            ranked = sorted(missing, key=lambda k: -_ratio(self._printed(k), mention.name))
            if ranked:
                missing.remove(ranked[0])
                found.append(self._change("changed", ranked[0], mention))
            else:
                subject = Subject("operation", mention.name)
                after = Fact(subject, "route", mention.name, mention.place)
                found.append(
                    Change(
                        kind="added", subject=subject, aspect="route", after=after, new_place=mention.place
                    )
                )
        return found + [self._change("removed", key, None) for key in missing]

    def _printed(self, key: str) -> str:
        names = "&".join(
            f"{s.name}=" for s in self.sides.old.subjects("parameter", key) if s.where == "query"
        )
        route = self.sides.old.text(Subject("operation", key), "route")
        return route + (f"?{names}" if names else "")

    def _is(self, printed: str, key: str) -> bool:
        verb, _, rest = printed.partition(" ") if not printed.startswith("/") else ("", "", printed)
        where, _, query = rest.partition("?")
        shown = sorted(pair.split("=")[0] for pair in query.split("&") if pair)
        method, _, path = self.sides.old.text(Subject("operation", key), "route").partition(" ")
        names = sorted(s.name for s in self.sides.old.subjects("parameter", key) if s.where == "query")
        same = _PREFIX.sub("", where).strip("/") == _PREFIX.sub("", path).strip("/")
        return same and (not verb or verb == method) and shown == names

    def _change(self, kind: ChangeKind, key: str, mention: Mention | None) -> Change:
        subject = Subject("operation", key)
        before = self.sides.old.get(subject, "route")
        after = Fact(subject, "route", mention.name, mention.place) if mention is not None else None
        note = "" if mention is not None else "the document no longer prints it"
        return self.sides.change(kind, subject, before=before, after=after, note=note)


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


# -- names -------------------------------------------------------------------------------------------------


@define
class _Names:
    """Methods, parameters and other names. Renames come first, since they explain new and vanished names."""

    sides: Sides
    known: Baseline
    _methods: dict[str, Fact] = field(factory=dict)
    _former: dict[str, str] = field(factory=dict)
    _renamed: dict[str, dict[str, str]] = field(factory=dict)
    _fields: set[str] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        old = self.sides.old
        for subject in old.subjects("operation"):
            fact = old.get(subject, "title")
            if fact is not None:
                self._methods[str(fact.value)] = fact
        for subject in old.subjects("former-name"):
            title = self.sides.title(subject)
            if subject.where == "parameter":
                new, was = subject.path
                self._renamed.setdefault(title, {})[new] = was
                self._fields.add(squeeze(was))
            else:
                self._former[subject.name] = title
        self._fields |= {squeeze(s.name) for kind in _LOCAL for s in old.subjects(kind)}

    def compare(self) -> list[Change]:
        found = self._method_renames() + self._parameter_renames()
        explained = {str(c.old) for c in found} | {str(c.new) for c in found}
        gone = [
            title
            for title, fact in self._methods.items()
            if fact.provenance == "documented" and title not in explained and not self._is_mentioned(title)
        ]
        for mention in self._unknown(explained):
            was = self._before(mention, gone)
            if was is not None:
                gone.remove(was)
                found.append(self._method(was, mention.name, mention.place))
            else:
                found.append(_mentioned(mention))
        found += [self._removed(title) for title in gone]
        return found + self._parameters(explained)

    def _removed(self, title: str) -> Change:
        fact = self._methods[title]
        before = self.sides.old.get(fact.subject, "exists")
        return self.sides.change("removed", fact.subject, before=before)

    def _method(self, was: str, now: str, place: Place) -> Change:
        fact = self._methods[was]
        after = Fact(fact.subject, "title", now, place)
        return self.sides.change("changed", fact.subject, before=fact, after=after)

    def _before(self, mention: Mention, gone: list[str]) -> str | None:
        """The vanished method that this new name most likely was."""
        if mention.role == "parameter":
            return None
        alike = {title: _ratio(title, mention.name) for title in gone}
        since = {title: self._since(title) for title in gone}
        same = [
            title
            for title in gone
            if alike[title] >= 0.6 or (since[title] == mention.version and alike[title] >= 0.4)
        ]
        return max(same, key=lambda title: alike[title]) if same else None

    def _since(self, title: str) -> str:
        return self.sides.old.text(self._methods[title].subject, "revision")

    def _is_known(self, name: str) -> bool:
        """Whether ours has a name in any spelling of its capitals, or in the plural."""
        if name in self._methods or name in self._former or name in self.known.words:
            return True
        flat = squeeze(name)
        spaced = " " in name and flat in {squeeze(n) for n in (*self._methods, *self._former)}
        return spaced or flat in self._fields or flat.removesuffix("s") in self._fields

    def _is_mentioned(self, method: str) -> bool:
        evidence = self.sides.new.evidence
        own = {method, *(old for old, new in self._former.items() if new == method)}
        names = {mention.name for mention in evidence.mentions}
        names |= {name for rename in evidence.renames for name in (rename.old, rename.new)}
        flat = {squeeze(name) for name in names if " " in name}
        # `Submit Order call`: the words of the name, apart and without backticks.
        words = re.compile(rf"\b{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', re.escape(method))}\b")
        apart = any(words.search(statement.text) for statement in evidence.statements)
        return bool(own & names) or squeeze(method) in flat or (" " in words.pattern and apart)

    def _unknown(self, explained: set[str]) -> list[Mention]:
        """New names, each once, under the best role that the page gives it."""
        found: dict[str, Mention] = {}
        rank = ("method", "parameter", "name")
        for mention in self.sides.new.evidence.mentions:
            if mention.role == "route" or mention.name in explained or self._is_known(mention.name):
                continue
            before = found.get(mention.name)
            if before is None or rank.index(mention.role) < rank.index(before.role):
                found[mention.name] = mention
        return list(found.values())

    # -- renames -----------------------------------------------------------------------------------

    def _method_renames(self) -> list[Change]:
        found = []
        for rename in self.sides.new.evidence.renames:
            if rename.role != "method" or self._former.get(rename.old) == rename.new:
                continue
            method = self._former.get(rename.old, rename.old if rename.old in self._methods else "")
            if method and method != rename.new:
                found.append(self._method(method, rename.new, rename.place))
            elif rename.new in self._methods and rename.old.lower() != rename.new.lower():
                found.append(self._former_name(rename))
        return found

    def _former_name(self, rename: Rename) -> Change:
        fact = self._methods[rename.new]
        subject = Subject("former-name", fact.subject.operation, "", (rename.old,))
        after = Fact(subject, "exists", True, rename.place)
        return self.sides.change("added", subject, after=after)

    def _parameter_renames(self) -> list[Change]:
        found = []
        for rename in self.sides.new.evidence.renames:
            if rename.role != "parameter":
                continue
            known = self._renamed.get(rename.of, {})
            if known.get(rename.new) == rename.old:
                continue
            current = next((new for new, old in known.items() if old == rename.old), rename.old)
            fact = self._methods.get(rename.of)
            key = fact.subject.operation if fact is not None else rename.of
            subject = self._parameter_of(self.sides.old, key, current)
            place = self.sides.old.get(subject, "exists")
            old_place = place.place if place is not None else fact.place if fact is not None else None
            found.append(_named(subject, current, rename.new, old_place, rename.place, rename.of))
        return found

    @staticmethod
    def _parameter_of(facts: FactSet, key: str, name: str) -> Subject:
        named = (s for kind in _LOCAL[:2] for s in facts.subjects(kind, key) if s.name == name)
        return next(named, Subject("parameter", key, "query", (name,)))

    def _parameters(self, explained: set[str]) -> list[Change]:
        """Parameters that ours calls documented and the page has in no spelling any more."""
        evidence = self.sides.new.evidence
        parts = [s.text for s in evidence.statements] + [m.name for m in evidence.mentions]
        flat = squeeze(" ".join(parts))
        titles = explained
        found = []
        for kind in _LOCAL[:2]:
            for subject in self.sides.old.subjects(kind):
                fact = self.sides.old.get(subject, "exists")
                known = fact is not None and fact.provenance == "documented" and len(subject.path) == 1
                mentioned = squeeze(subject.name) in flat or subject.name in titles or subject.where == "path"
                if known and fact is not None and not mentioned:
                    found.append(self.sides.change("removed", subject, before=fact))
        return found


def _mentioned(mention: Mention) -> Change:
    """A name that ours does not have: a method is an operation, the rest is for a person."""
    is_method = mention.role == "method"
    subject = (
        Subject("operation", mention.name)
        if is_method
        else Subject("former-name", "", mention.role, (mention.name,))
    )
    aspect: Aspect = "exists"
    after = Fact(subject, aspect, True, mention.place)
    note = f"since {mention.version}" if mention.version else ""
    return Change(
        kind="added",
        subject=subject,
        aspect=aspect,
        after=after,
        title=mention.name if is_method else "",
        note=note,
        new_place=mention.place,
    )


def compare_names(old: FactSet, new: FactSet) -> list[Change]:
    """Two introductions: names that one of them mentions alone, and sentences that are new."""
    found: list[Change] = []
    ours, theirs = ({m.name for m in f.evidence.mentions} for f in (old, new))
    sides: tuple[tuple[FactSet, set[str], ChangeKind], ...] = (
        (new, theirs - ours, "added"),
        (old, ours - theirs, "removed"),
    )
    for facts, names, kind in sides:
        for mention in facts.evidence.mentions:
            if mention.name in names:
                names.discard(mention.name)
                change = _mentioned(mention)
                gone = kind == "removed"
                before, after = (change.after, None) if gone else (None, change.after)
                found.append(evolve(change, kind=kind, before=before, after=after))
    known = {s.mark for s in old.evidence.statements}
    return found + [sentence_of(s, "") for s in new.evidence.statements if s.mark not in known]
