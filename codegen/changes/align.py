"""The facts of the new document under the keys of the old one, so that the two can be laid side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, evolve, field

from codegen.changes.change import Change
from codegen.facts.fact import FIELDS, Aspect, Fact, FactSet, Subject

_VARIABLE = re.compile(r"\{([^{}]*)\}")


@define
class Aligned:
    """facts: by the subject in the old document's keys; origin: that subject to the one in the new document.

    renames: names that are other spellings of one thing, which aligning has found.
    """

    facts: dict[Subject, dict[Aspect, Fact]] = field(factory=dict)
    origin: dict[Subject, Subject] = field(factory=dict)
    renames: list[Change] = field(factory=list)


def align(old: FactSet, new: FactSet, pairs: dict[str, str]) -> Aligned:
    """Lay the facts of `new` under the keys of `old`."""
    found = Aligned()
    back = {theirs: ours for ours, theirs in pairs.items()}
    moves = {theirs: _Moves(old, new, ours, theirs, found) for theirs, ours in back.items()}
    for subject in list(new.subjects()):
        key = subject
        if subject.operation in moves:
            key = moves[subject.operation].moved(subject)
        elif subject.operation:
            key = evolve(subject, operation=f"+{subject.operation}")
        elif subject.kind == "server":
            key = _server(old, new, subject)
        found.facts[key] = {**found.facts.get(key, {}), **new.of(subject)}
        found.origin.setdefault(key, subject)
        exists = new.get(subject, "exists")
        if subject.operation in moves and exists is not None:
            # A page may show one row of a collection as if it were the whole: then it has that row.
            row = moves[subject.operation].row_of(key)
            if row is not None:
                found.facts.setdefault(row, {"exists": exists})
                found.origin.setdefault(row, subject)
    return found


def _server(old: FactSet, new: FactSet, subject: Subject) -> Subject:
    """A server under the name that the old document has for its address."""
    url = new.text(subject, "url")
    if old.text(subject, "url") == url:
        return subject
    return next((s for s in old.subjects("server") if covers(old.text(s, "url"), url)), subject)


def covers(known: str, url: str) -> bool:
    """Whether a server, its variables standing for any segment, is this one."""
    if known.rstrip("/") == url.rstrip("/"):
        return True
    parts = re.split(r"\{[^}]*\}", known)
    return len(parts) > 1 and re.fullmatch("[^/]+".join(map(re.escape, parts)), url.rstrip("/")) is not None


class _Moves:
    """Where the subjects of one operation go."""

    def __init__(self, old: FactSet, new: FactSet, ours: str, theirs: str, found: Aligned) -> None:
        self._old, self._new = old, new
        self._ours, self._theirs = ours, theirs
        self._found = found
        self._names = self._parameters()
        self._statuses = self._successes()
        self._roots = {
            (kind, where): self._root(kind, where)
            for kind in ("request-field", "response-field")
            for where in {s.where for s in new.subjects(kind, theirs)}
        }

    def moved(self, subject: Subject) -> Subject:
        """The subject in the keys of the old document."""
        key = evolve(subject, operation=self._ours)
        if subject.kind in ("response", "response-field"):
            key = evolve(key, where=self._statuses.get(subject.where, subject.where))
        if subject.kind == "parameter":
            name = self._names.get((subject.where, subject.path[0]), subject.path[0])
            return evolve(key, path=(name, *subject.path[1:]))
        if subject.kind in FIELDS:
            drop, lead = self._roots[subject.kind, subject.where]
            if not subject.path and (drop or lead):
                return key
            if subject.path[: len(drop)] == drop:
                key = evolve(key, path=(*lead, *subject.path[len(drop) :]))
            return self._into_choices(key)
        return key

    def row_of(self, root: Subject) -> Subject | None:
        """The row of the old document that a whole body or response stands for, None for most."""
        if root.path or root.kind not in ("request-field", "response-field"):
            return None
        _, lead = self._roots[root.kind, root.where]
        row = root.at(*lead)
        return row if lead and row in self._old else None

    def _into_choices(self, key: Subject) -> Subject:
        """A sample shows one of several alternatives, and free keys under names of its own."""
        path: tuple[str, ...] = ()
        for step in key.path:
            if evolve(key, path=(*path, step)) in self._old:
                path = (*path, step)
            elif evolve(key, path=(*path, "{}")) in self._old:
                path = (*path, "{}")
            else:
                choice = next(
                    (o for o in self._choices(key, path) if evolve(key, path=(*o, step)) in self._old), path
                )
                path = (*choice, step)
        return evolve(key, path=path)

    def _choices(self, key: Subject, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        names = self._old.value(evolve(key, path=path), "alternatives")
        for name in names if isinstance(names, tuple) else ():
            yield (*path, f"<{name}>")

    def _successes(self) -> dict[str, str]:
        """Where responses go when a further 2xx took the place of the success that the old document has.

        Which of several successes a reader takes for the success is a matter of order. As long as the status
        that the old document knows is still listed, that one is the same response.
        """
        known = self._old.text(Subject("response", self._ours, "success"), "status")
        taken = self._new.text(Subject("response", self._theirs, "success"), "status")
        if known == taken or Subject("response", self._theirs, known) not in self._new:
            return {}
        return {"success": taken, known: "success"}

    # -- parameters --------------------------------------------------------------------------------

    def _parameters(self) -> dict[tuple[str, str], str]:
        """New names of parameters to the old ones: the page's own spelling, and variables of the path."""
        ours = {
            (s.where, s.path[0]): s for s in self._old.subjects("parameter", self._ours) if len(s.path) == 1
        }
        theirs = {
            (s.where, s.path[0]): s for s in self._new.subjects("parameter", self._theirs) if len(s.path) == 1
        }
        names: dict[tuple[str, str], str] = {}
        for (where, name), subject in ours.items():
            printed = self._old.text(subject, "page-name")
            if printed and (where, printed) in theirs and (where, printed) not in ours:
                names[where, printed] = name
        if self._theirs:
            self._headers(ours, theirs, names)
            self._variables(ours, theirs, names)
        return names

    def _headers(
        self,
        ours: dict[tuple[str, str], Subject],
        theirs: dict[tuple[str, str], Subject],
        names: dict[tuple[str, str], str],
    ) -> None:
        """Header names differ by more than their capitals or not at all (RFC 9110, section 5.1)."""
        known = {name.lower(): name for where, name in ours if where == "header"}
        for where, name in theirs:
            if where == "header" and (where, name) not in ours and name.lower() in known:
                names[where, name] = known[name.lower()]

    def _variables(
        self,
        ours: dict[tuple[str, str], Subject],
        theirs: dict[tuple[str, str], Subject],
        names: dict[tuple[str, str], str],
    ) -> None:
        """A variable of the path is told by its place in it; one gone and one new are the same one."""
        mine, yours = (
            _VARIABLE.findall(facts.text(Subject("operation", key), "route"))
            for facts, key in ((self._old, self._ours), (self._new, self._theirs))
        )
        pairs = list(zip(mine, yours, strict=True)) if len(mine) == len(yours) else []
        taken = set(names.values())
        gone = [n for w, n in ours if w == "path" and n not in taken and (w, n) not in theirs]
        come = [n for w, n in theirs if w == "path" and (w, n) not in ours and (w, n) not in names]
        if len(gone) == len(come) == 1:
            pairs.append((gone[0], come[0]))
        for was, now in pairs:
            if was in gone and now in come:
                names["path", now] = was
                gone.remove(was)
                come.remove(now)
                self._renamed(ours["path", was], theirs["path", now])

    def _renamed(self, was: Subject, now: Subject) -> None:
        before, after = self._old.get(was, "exists"), self._new.get(now, "exists")
        if before is None or after is None:
            return
        self._found.renames.append(
            Change(
                kind="changed",
                subject=was,
                aspect="name",
                before=evolve(before, value=was.name),
                after=evolve(after, value=now.name),
                title=self._old.text(Subject("operation", self._ours), "title"),
                old_place=before.place,
                new_place=after.place,
            )
        )

    # -- bodies ------------------------------------------------------------------------------------

    def _root(self, kind: str, where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Steps to leave out and to put in front: a page may show one row where a collection comes."""
        ours = Subject(kind, self._ours, self._statuses.get(where, where))  # type: ignore[arg-type]
        theirs = Subject(kind, self._theirs, where)  # type: ignore[arg-type]
        if ours not in self._old:
            return (), ()
        mine, yours = self._kind(self._old, ours), self._kind(self._new, theirs)
        if mine != yours and self._new.kind == "openapi" and self._new.get(theirs, "type") is not None:
            return (), ()  # a schema means the type that it declares
        rows = evolve(ours, path=("value", "[]"))
        paged = rows in self._old
        if mine == "object" and yours == "array":
            return (("[]",), ("value", "[]")) if paged else (("[]",), ())
        if mine == "array" and yours == "object":
            inner = evolve(theirs, path=("value", "[]"))
            return (("value", "[]"), ("[]",)) if inner in self._new else ((), ("[]",))
        if paged and yours == "object" and evolve(theirs, path=("value",)) not in self._new:
            shown = {
                s.path[0]
                for s in self._new.subjects(theirs.kind, self._theirs)
                if s.where == where and s.path
            }
            surely = [
                s
                for s in self._old.subjects(ours.kind, self._ours)
                if s.where == where
                and len(s.path) == 1
                and not self._old.is_assumed(s)
                and s.name not in shown
            ]
            if shown and not surely:
                return (), ("value", "[]")
        return (), ()

    @staticmethod
    def _kind(facts: FactSet, subject: Subject) -> str:
        return facts.text(subject, "type") or facts.text(subject, "seen-type")
