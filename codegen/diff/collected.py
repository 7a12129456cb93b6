"""Findings as they come up: the same change of a shared model is said once, with all its operations."""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from codegen.diff.finding import Finding
from codegen.diff.rules import RULES
from codegen.ir import Document, EnumIR, ModelIR, Place


@define
class Collected:
    """Collects findings, in the order in which each first came up."""

    _found: dict[tuple[str, str, str], Finding] = field(factory=dict)

    def add(
        self,
        rule: str,
        *,
        subject: str,
        text: str,
        now: str | None = None,
        operation: str | None = None,
        old: Place | None = None,
        new: Place | None = None,
    ) -> None:
        """Note one change; see `codegen.diff.finding.Finding`."""
        key = (rule, subject, text)
        known = self._found.get(key)
        if known is None:
            operations = (operation,) if operation else ()
            self._found[key] = Finding(
                rule=RULES[rule],
                operations=operations,
                subject=subject,
                text=text,
                now=now,
                old=old,
                new=new,
            )
        elif operation and operation not in known.operations:
            self._found[key] = evolve(known, operations=(*known.operations, operation))

    @property
    def findings(self) -> list[Finding]:
        """Everything noted so far."""
        return list(self._found.values())


@frozen
class Named:
    """The named schemas of one document."""

    models: dict[str, ModelIR]
    enums: dict[str, EnumIR]

    @classmethod
    def of(cls, document: Document) -> Named:
        """Those of a document."""
        return cls({m.name: m for m in document.models}, {e.name: e for e in document.enums})

    def __contains__(self, name: str) -> bool:
        return name in self.models or name in self.enums


@frozen
class Sides:
    """The named schemas of both documents."""

    old: Named
    new: Named
