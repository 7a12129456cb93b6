"""Changes in the order of the new document, each once, without those that another one explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from codegen.changes.change import Change
from codegen.facts.fact import FactSet, Subject

if TYPE_CHECKING:
    from codegen.changes.compare import Sides

_LISTS = ("filterable", "sortable")


def ordered(changes: list[Change], new: FactSet) -> list[Change]:
    """The document as a whole first, then operation by operation in the order of the document."""
    unique = list(dict.fromkeys(changes))
    order = {new.text(s, "title"): number for number, s in enumerate(new.subjects("operation"))}
    first: dict[str, tuple[int, int]] = {}
    for number, change in enumerate(unique):
        place = change.new_place or change.old_place
        line = (place.line if place else None) or 0
        known = order.get(change.title)
        # A page is read from top to bottom, so its lines are the order; elsewhere routes may be sorted.
        at = (known, 0) if known is not None and not new.kind.startswith("redoc") else (line, number)
        first[change.title] = min(first.get(change.title, at), at)
    return sorted(unique, key=lambda c: (c.title != "", first[c.title], c.title))


def without_echoes(changes: list[Change], sides: Sides) -> list[Change]:
    """The changes that no other one explains.

    An entry that cannot be read is not missing. A section with a new name is one change for all its
    operations. The mark of a name in a list takes that of the field in the responses along.
    """
    damaged = {(c.title, str(c.new).split(":")[0].strip()) for c in changes if c.kind == "unread"}
    listed = {c.subject.name for c in changes if c.subject.kind in _LISTS}
    moved = {c.title for c in changes if c.aspect == "route" and c.kind in ("changed", "removed")}
    kept = [
        c
        for c in changes
        if not (c.kind == "removed" and c.aspect == "exists" and (c.title, c.subject.name) in damaged)
        # The note that gave the revision named the former route, so it went with that route.
        and not (c.aspect == "revision" and c.after is None and c.title in moved and not c.subject.path)
        and not (c.aspect == "revision" and c.subject.kind == "response-field" and c.subject.name in listed)
    ]
    return _sections(_schemes(_items(kept, sides), sides))


def _items(changes: list[Change], sides: Sides) -> list[Change]:
    """Another type takes along what stood or stands in it: of a new array the note tells its items."""
    types = {c.subject: c for c in changes if c.aspect == "type" and c.kind == "changed"}
    found: list[Change] = []
    told: dict[Change, Change] = {}
    for change in changes:
        *above, last = change.subject.path or ("",)
        holder = types.get(evolve(change.subject, path=tuple(above))) if change.subject.path else None
        if holder is None or change.aspect != "exists" or change.kind not in ("added", "removed"):
            found.append(change)
        elif last == "[]" and change.kind == "added" and change.after is not None and not holder.note:
            theirs = sides.new.of(change.after.subject)
            kind = theirs.get("type") or theirs.get("seen-type")
            told[holder] = evolve(holder, note=f"of {kind.value}s" if kind else "")
    return [told.get(change, change) for change in found]


def _schemes(changes: list[Change], sides: Sides) -> list[Change]:
    """One way to sign in that came for one that went is one change, for all operations that ask for it.

    Documents of two kinds name the same way each by itself; then it is no change.
    """
    gone = [c for c in changes if c.subject.kind == "scheme" and c.kind == "removed"]
    come = [c for c in changes if c.subject.kind == "scheme" and c.kind == "added"]
    if len(gone) != 1 or len(come) != 1 or gone[0].before is None or come[0].after is None:
        return changes
    was, now = gone[0].subject.name, come[0].subject.name
    one = evolve(
        gone[0],
        kind="changed",
        before=evolve(gone[0].before, value=was),
        after=evolve(come[0].after, value=now),
        new_place=come[0].new_place,
    )
    same = sides.old.text(gone[0].subject, "type") == sides.new.text(come[0].subject, "type")
    echoes = [c for c in changes if c.aspect == "security" and (c.old, c.new) == ((was,), (now,))]
    renamed = [] if same and not sides.exact else [one]
    return [*renamed, *(c for c in changes if c not in (gone[0], come[0]) and c not in echoes)]


def _sections(changes: list[Change]) -> list[Change]:
    """One change for a section that has another name as a whole."""
    moved: dict[tuple[object, object], list[Change]] = {}
    for change in changes:
        if change.aspect == "section" and change.kind == "changed":
            moved.setdefault((change.old, change.new), []).append(change)
    olds = [old for old, _ in moved]
    drop: set[str] = set()
    whole: list[Change] = []
    for (old, _), group in moved.items():
        # One operation that moved, or a section that was split, is not a section with another name.
        if len(group) > 1 and olds.count(old) == 1:
            drop |= {change.id for change in group}
            whole.append(
                Change(
                    kind="changed",
                    subject=Subject("api"),
                    aspect="section",
                    before=group[0].before,
                    after=group[0].after,
                    old_place=group[0].old_place,
                    new_place=group[0].new_place,
                )
            )
    return [*whole, *(change for change in changes if change.id not in drop)]
