"""Whether a definition that operations share changes for all of them, or must be copied for one."""

from __future__ import annotations

from typing import Any, Final

from attrs import define, evolve, field

from codegen.changes.change import Change, Comparison
from codegen.edit.locate import Locator
from codegen.edit.nodes import GoneError
from codegen.facts.fact import FactSet, Subject

_FIELDS: Final = ("parameter", "request-field", "response-field")


@define
class Sharing:
    """Who else uses what a change is about. document: the facts that the changes come from."""

    locator: Locator
    document: FactSet
    comparison: Comparison
    _uses: dict[tuple[str, str], list[Subject]] = field(factory=dict)
    _targets: dict[int, list[Subject]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        spec = self.locator.facts
        for subject in spec.subjects():
            fact = spec.get(subject, "exists")
            if fact is not None and subject.kind in _FIELDS:
                self._uses.setdefault((fact.place.file, fact.place.pointer), []).append(subject)

    def shared(self, change: Change) -> bool:
        """Whether another operation keeps what this one changes: then a shared definition is forked."""
        subject = change.subject
        alike = {
            other.subject
            for other in self.comparison.changes
            if (other.aspect, other.kind, other.new) == (change.aspect, change.kind, change.new)
        }
        fact = self.locator.facts.get(subject, "exists")
        if fact is not None:
            others = self._uses.get((fact.place.file, fact.place.pointer), [])
        else:
            holders = self._holders(evolve(subject, path=subject.path[:-1]))
            others = [holder.at(subject.path[-1]) for holder in holders]
        return any(
            other.operation != subject.operation and other not in alike and self._keeps(other, change)
            for other in others
        )

    def _holders(self, container: Subject) -> list[Subject]:
        """The containers that are written by the same schema as this one."""
        if not self._targets:
            spec = self.locator.facts
            known = {evolve(s, path=s.path[:-1]) for s in spec.subjects() if s.kind in _FIELDS and s.path}
            for subject in known:
                if subject.kind != "parameter" and (target := self._target(subject)) is not None:
                    self._targets.setdefault(id(target), []).append(subject)
        target = self._target(container)
        return self._targets.get(id(target), []) if target is not None else []

    def _target(self, subject: Subject) -> Any:
        try:
            return self.locator.target(self.locator.field(subject), subject.operation)
        except (GoneError, KeyError, AttributeError, TypeError):
            return None

    def _keeps(self, subject: Subject, change: Change) -> bool:
        """Whether the document shows this other use and shows it as it was."""
        theirs = self.comparison.pairs.get(subject.operation)
        if theirs is None:
            return False
        shown = evolve(subject, operation=theirs)
        facts = self.document
        if change.aspect != "exists":
            return shown in facts and facts.can_tell(shown, change.aspect)  # type: ignore[arg-type]
        if change.kind == "removed":
            return shown in facts
        parent = shown.parent
        return parent is not None and parent in facts and facts.lists(parent) and facts.kind == "openapi"
