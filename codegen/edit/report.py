"""What an import did, for the terminal."""

from __future__ import annotations

from codegen.changes.change import Change
from codegen.changes.report import line_of
from codegen.edit.run import Imported

_SHOWN = 40
"""Lines of what was written before the rest is left to the diff."""


def import_text(imported: Imported, *, dry: bool) -> str:
    """What was written, and the list for the person."""
    if not imported.changes and not imported.to_decide:
        return "Nothing to import: spec and document agree.\n"
    lines = [f"{'would change' if dry else 'changed'} {path}" for path in imported.changes]
    written = imported.written
    if written.done:
        done = [
            f"  {'-' if change.kind == 'removed' else '+'} {line_of(change)}"
            for change in written.done
            if change.kind != "documented"
        ]
        proven = sum(1 for change in written.done if change.kind == "documented")
        lines += ["", "Written:", *_capped(done)]
        if proven:
            lines.append(f"  + {proven} guesses confirmed")
        lines += [f"  - {line}" for line in written.removed]
    if imported.to_decide:
        lines += ["", "Left for you to decide:", *(f"  ? {_with_places(c)}" for c in imported.to_decide)]
        if any(change.kind == "sentence" for change in imported.to_decide):
            lines += ["", "A sentence that you have decided: repeat with --decided ID."]
    if written.look:
        lines += ["", "Look at:", *(f"  ! {line}" for line in written.look)]
    if not imported.to_decide and not written.look:
        lines += ["", "Nothing is left to decide."]
    return "\n".join(lines).lstrip("\n") + "\n"


def _with_places(change: Change) -> str:
    places = [
        f"{side} {place.file}{':' + str(place.line) if place.line else ''}"
        for side, place in (("spec", change.old_place), ("document", change.new_place))
        if place is not None
    ]
    identity = f"[{change.id}] " if change.kind == "sentence" else ""
    return f"{identity}{line_of(change)}  ({', '.join(places)})"


def _capped(lines: list[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"  + … and {more} more, see the diff"] if more > 0 else lines
