"""The result of a comparison: rules with a level, findings with their places, and all of them together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

from attrs import field, frozen

from codegen.ir import Place

Level = Literal["breaking", "warning", "info"]
Section = Literal["Added", "Changed", "Deprecated", "Removed"]
LEVELS: Final[tuple[Level, ...]] = ("breaking", "warning", "info")
"""Worst first."""


@frozen
class Rule:
    """One kind of change.

    id: stable, named like oasdiff's rules. level: how bad it is for code that calls the generated client.
    part: the part of the client that it concerns. section: heading of the changelog for it. doc: the reason
    for the level.
    """

    id: str
    level: Level
    part: str
    section: Section
    doc: str


@frozen(kw_only=True)
class Finding:
    """One change.

    operations: ids as in Python, "device.get"; empty for the document as a whole.
    subject: the Python name of what changed, "models.Device.pin", "device.get(region)".
    text: a clause in words, which follows the names of the operations.
    now: the subject's new name, where it was renamed.
    old, new: its place in each document, None where it is absent.
    """

    rule: Rule
    operations: tuple[str, ...] = ()
    subject: str
    text: str
    now: str | None = None
    old: Place | None = None
    new: Place | None = None
    id: str = ""

    @property
    def stable_id(self) -> str:
        """An id that does not depend on line numbers; accepted breaks are listed by it."""
        identity = f"{self.rule.id}\x00{self.subject}\x00{self.text}"
        return self.id or hashlib.sha256(identity.encode()).hexdigest()[:12]


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    # `sorted` is stable, which keeps the document's order within a level.
    return tuple(sorted(findings, key=lambda item: LEVELS.index(item.rule.level)))


@frozen(kw_only=True)
class Comparison:
    """All findings between two documents, worst first, in document order within a level."""

    old: str
    new: str
    api: str
    findings: tuple[Finding, ...] = field(converter=_worst_first)

    @property
    def level(self) -> Level | None:
        """The worst level; None when nothing changed."""
        return self.findings[0].rule.level if self.findings else None

    def at(self, level: Level) -> list[Finding]:
        """The findings of one level."""
        return [item for item in self.findings if item.rule.level == level]
