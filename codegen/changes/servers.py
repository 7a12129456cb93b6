"""Base URLs: servers of the document, or the next links in its samples, against the servers of the other."""

from __future__ import annotations

import re

from codegen.changes.align import covers
from codegen.changes.change import Change
from codegen.facts.fact import API, Fact, FactSet, Subject


def compare_servers(old: FactSet, new: FactSet) -> list[Change]:
    """Servers where the new document names them; else every next link in a sample must lie below a server."""
    if new.can_tell(Subject("server"), "url"):
        return _named(old, new)
    if new.kind == "postman-collection":
        return _bases(old, new)
    return _in_samples(old, new) if new.kind.startswith("redoc") else []


def _urls(facts: FactSet) -> dict[Subject, Fact]:
    return {s: fact for s in facts.subjects("server") if (fact := facts.get(s, "url")) is not None}


def _named(old: FactSet, new: FactSet) -> list[Change]:
    ours, theirs = _urls(old), _urls(new)
    if not ours and not old.can_tell(Subject("server"), "url"):
        return []
    left = dict(ours)
    unmatched: dict[Subject, Fact] = {}
    for subject, fact in theirs.items():
        match = next((s for s, f in ours.items() if covers(str(f.value), str(fact.value))), None)
        if match is None:
            unmatched[subject] = fact
        else:
            left.pop(match, None)
    changes = []
    for subject, fact in unmatched.items():
        same_name = next((s for s in left if s.name.lower() == subject.name.lower()), None)
        was = same_name or (next(iter(left)) if len(left) == len(unmatched) == 1 else None)
        before = left.pop(was) if was is not None else None
        changes.append(_change(was or subject, before, fact, old))
    return changes + [
        Change(kind="removed", subject=s, aspect="url", before=f, old_place=f.place, new_place=_top(new))
        for s, f in left.items()
    ]


def _change(subject: Subject, before: Fact | None, after: Fact, old: FactSet, note: str = "") -> Change:
    return Change(
        kind="changed" if before is not None else "added",
        subject=subject,
        aspect="url",
        before=before,
        after=after,
        note=note,
        old_place=before.place if before is not None else _top(old),
        new_place=after.place,
    )


def _top(facts: FactSet):  # type: ignore[no-untyped-def]
    fact = facts.get(API, "version") or facts.get(API, "exists")
    return fact.place if fact is not None else None


def _bases(old: FactSet, new: FactSet) -> list[Change]:
    """Base URLs that the requests of a collection use; it need not use every one."""
    ours = [str(f.value) for f in _urls(old).values()]
    if not ours:
        return []
    return [
        _change(subject, None, fact, old)
        for subject, fact in _urls(new).items()
        if not any(covers(known, str(fact.value)) for known in ours)
    ]


def _in_samples(old: FactSet, new: FactSet) -> list[Change]:
    """One change for each base that the spec does not have, at its first place, however often it occurs."""
    known = [f for f in _urls(old).values() if str(f.value).startswith("http")]
    unmatched: dict[str, Fact] = {}
    matched = False
    for subject in new.subjects("response-field"):
        fact = new.get(subject, "url")
        if fact is None or not known:
            continue
        if any(_below(str(server.value), str(fact.value)) for server in known):
            matched = True
        else:
            unmatched.setdefault(_base(str(fact.value), str(known[0].value)), fact)
    before = known[0] if not matched and len(known) == 1 else None
    return [
        _change(
            before.subject if before else Subject("server", path=(base,)),
            before,
            Fact(fact.subject, "url", base, fact.place),
            old,
            "in the samples",
        )
        for base, fact in unmatched.items()
    ]


def _below(server: str, url: str) -> bool:
    parts = re.split(r"\{[^}]*\}", server)
    return re.match("[^/]+".join(map(re.escape, parts)) + r"(?:[/?]|\Z)", url) is not None


def _base(text: str, like: str) -> str:
    """As many segments of an address as the known server has."""
    return "/".join(text.split("?", 1)[0].split("/")[: like.count("/") + 1])
