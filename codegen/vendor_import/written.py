"""What an import did and what it leaves to the person."""

from __future__ import annotations

from attrs import define, field


@define
class Written:
    """Lines for the report. done: written; open: to be looked at, although something was written."""

    done: list[str] = field(factory=list)
    open: list[str] = field(factory=list)
