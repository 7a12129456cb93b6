"""What an import did and what it leaves to a person."""

from __future__ import annotations

from attrs import define, field

from codegen.changes.change import Change


@define
class Written:
    """done: changes that are in the spec now; look: lines on what was written and wants a look."""

    done: list[Change] = field(factory=list)
    look: list[str] = field(factory=list)
    removed: list[str] = field(factory=list)

    def note(self, line: str) -> None:
        """Ask the person for a look, once."""
        if line not in self.look:
            self.look.append(line)
