"""What a comparison says: rules with a level, findings with their places, and the report of all of them."""

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

    id: stable, in oasdiff's manner. level: how bad it is for code that calls the generated client.
    part: what of the client it is about. section: heading of the changelog it is written under. doc: why the
    level is what it is.
    """

    id: str
    level: Level
    part: str
    section: Section
    doc: str


@frozen(kw_only=True)
class Finding:
    """One change.

    operations: ids as they are called in Python, "device.get"; empty for the document as a whole.
    subject: the Python name of what changed, "models.Device.pin", "device.get(region)".
    text: a clause in words, to stand behind the operations.
    now: the subject as it is called from now on, where it was renamed.
    old, new: where it stands in each document, None where it does not.
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
        """Stays the same while the finding does, whatever lines move; accepted breaks are kept by it."""
        said = f"{self.rule.id}\x00{self.subject}\x00{self.text}"
        return self.id or hashlib.sha256(said.encode()).hexdigest()[:12]


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
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
