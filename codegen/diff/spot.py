"""Where a type is used, and how sure the vendor is of a thing: what all comparers share."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from codegen.diff.collected import Collected
from codegen.diff.shapes import Direction
from codegen.ir import Place, Provenance


@frozen(kw_only=True)
class Spot:
    """One use of a type. prefix: of the rules that apply, "response-field"; subject and words: Python name of
    the thing, and the thing in a sentence."""

    operation: str
    direction: Direction
    prefix: str
    subject: str
    words: str
    old: Place
    new: Place


_SURE: Final = ("inferred", "release-notes", "documented")
_Said = tuple[Provenance, Place]


def report_provenance(
    found: Collected, *, subject: str, words: str, operation: str, old: _Said, new: _Said
) -> None:
    """Note when the vendor says more or less of a thing than before."""
    before, after = _SURE.index(old[0]), _SURE.index(new[0])
    if before == after:
        return
    found.add(
        "provenance-raised" if after > before else "provenance-lowered",
        subject=subject,
        text=f"{words} is {new[0]} now, before {old[0]}",
        operation=operation,
        old=old[1],
        new=new[1],
    )
